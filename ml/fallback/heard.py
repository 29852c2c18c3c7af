"""What was heard in the last 160 ms, and whether it was a voice.

What flows in: one `Heard` every 5 ms. What flows out: the same with the voice told from the room, and questions
answered about the hops just before. No samples, no model: plain values on the ears thread.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

REMEMBERED_HOPS = 32
SEMITONES = 12.0
A4_MIDI, A4_HZ = 69.0, 440.0

_QUIETEST_ROOM_DB, _LOUDEST_ROOM_DB = -84.0, -45.0
_FIRST_ROOM_DB = -70.0
_ROOM_FALLS = 0.2  # of the way, each hop: a room that falls silent is believed at once
_ROOM_RISES_DB = 0.02  # each hop without a voice: a fan that starts is known in a few seconds
_ROOM_CREEPS_DB = 0.001  # each hop with one: a held note stays far above


class Heard(NamedTuple):
    """One hop, as the signal's trackers understood it. [any]"""

    frame: int  # of the card, how many had been heard when this was known
    f0_hz: float  # 0.0 where nothing repeats
    clarity: float  # 0..1
    level_db: float  # of full scale
    onset: float  # how much the bands rose at once: about 1 where a note begins


def midi_of(f0_hz: float) -> float:
    """The pitch as MIDI counts it, between the keys; no number where there is none. [any]"""
    return A4_MIDI + SEMITONES * math.log2(f0_hz / A4_HZ) if f0_hz > 0.0 else math.nan


@dataclass(frozen=True)
class Gate:
    """What is taken for a voice. [any]"""

    clear: float = 0.93  # the clarity of sung vowels; breath, hiss and consonants stay below
    likely: float = 0.91  # of a vowel's first 15 ms, while half the window still holds what was before
    held: float = 0.46  # what a note that sounds already may fall to
    above_room_db: float = 18.0
    held_above_room_db: float = 9.0  # lower, so that a note that fades does not flutter


class Voice:
    """The newest hop among its forerunners. [ears]"""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.reset()

    def reset(self, room_db: float = _FIRST_ROOM_DB) -> None:
        """Forget all sound, but not how loud the room is, if that is told. [ears]"""
        self.room_db = room_db
        self.pitch = math.nan  # MIDI; a number whenever f0 is
        self.clear = self.likely = self.held = False
        self.clear_hops = 0  # in a row, up to now
        self.began_frame = 0  # where this row began
        self.rested_hops = REMEMBERED_HOPS  # that were not clear before it
        self.now = Heard(0, 0.0, 0.0, -120.0, 0.0)
        self._unclear_hops = REMEMBERED_HOPS
        self.pitches: deque[float] = deque([math.nan] * REMEMBERED_HOPS, REMEMBERED_HOPS)  # of clear hops
        self._likely_pitches: deque[float] = deque([math.nan] * REMEMBERED_HOPS, REMEMBERED_HOPS)
        self._clarities: deque[float] = deque([0.0] * REMEMBERED_HOPS, REMEMBERED_HOPS)

    def hear(self, heard: Heard, sounding: bool) -> None:
        """One more hop; `sounding` while a note does. [ears]"""
        gate = self._gate
        self.now = heard
        self.pitch = midi_of(heard.f0_hz)
        above_db = heard.level_db - self.room_db
        is_voice = heard.f0_hz > 0.0 and above_db > gate.above_room_db
        self.clear = is_voice and heard.clarity >= gate.clear
        self.likely = is_voice and heard.clarity >= gate.likely
        self.held = heard.f0_hz > 0.0 and heard.clarity >= gate.held and above_db > gate.held_above_room_db
        if self.clear:
            if self.clear_hops == 0:
                self.began_frame, self.rested_hops = heard.frame, self._unclear_hops
            self.clear_hops, self._unclear_hops = self.clear_hops + 1, 0
        else:
            self.clear_hops, self._unclear_hops = 0, self._unclear_hops + 1
        self.pitches.append(self.pitch if self.clear else math.nan)
        self._likely_pitches.append(self.pitch if self.likely else math.nan)
        self._clarities.append(heard.clarity)
        self._know_the_room(heard.level_db, sounding)

    def moved_st(self, hops: int) -> float:
        """How far the pitch is from where it was so many hops ago; 0 if there was none. [ears]"""
        away = abs(self.pitch - self.pitches[-1 - hops])
        return away if self.clear and away == away else 0.0

    def is_steady(self, hops: int, within_st: float) -> bool:
        """Whether there has likely been a voice for more than so many hops, and its pitch is where it was. [ears]"""
        likely = self._last(self._likely_pitches, hops + 1)
        return max(likely) - min(likely) <= within_st if not math.isnan(sum(likely)) else False

    def cleared(self, hops: int) -> float:
        """How much clearer the voice is than at its murkiest of late: a consonant lies between. [ears]"""
        return self.now.clarity - min(self._last(self._clarities, hops))

    def plateau(self, hops: int, spread_st: float) -> float:
        """The pitch that the voice has kept to for so many hops, within `spread_st`; no number without. [ears]"""
        if self.clear_hops < hops:
            return math.nan
        kept = self._last(self.pitches, hops)
        low, high = min(kept), max(kept)
        return 0.5 * (low + high) if high - low < spread_st else math.nan

    def hops_beyond(self, border: float) -> int:
        """For how many hops up to now the pitch has been on its present side of `border`. [ears]"""
        hops = 0
        for pitch in reversed(self.pitches):
            if not (pitch - border) * (self.pitch - border) > 0.0:  # also where there was none
                break
            hops += 1
        return hops

    def settled_pitch(self, hops: int) -> float:
        """The middle one of the last clear pitches: one hop that took an octave for another is not heard. [ears]"""
        last = sorted(pitch for pitch in self._last(self.pitches, hops) if pitch == pitch)
        return last[len(last) // 2] if last else self.pitch

    def _know_the_room(self, level_db: float, sounding: bool) -> None:
        rise_db = _ROOM_CREEPS_DB if sounding or self.clear else _ROOM_RISES_DB
        if level_db < self.room_db:
            self.room_db += _ROOM_FALLS * (level_db - self.room_db)
        else:
            self.room_db += min(rise_db, level_db - self.room_db)
        self.room_db = min(max(self.room_db, _QUIETEST_ROOM_DB), _LOUDEST_ROOM_DB)

    @staticmethod
    def _last(values: deque[float], hops: int) -> list[float]:
        return list(values)[-hops:]
