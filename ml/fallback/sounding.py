"""The note that sounds: where its pitch has settled, how it swells, and whether it is sung at all.

What flows in: the voice, hop by hop. What flows out: whether the note goes on, has gone over into another or is over,
and at its end what it was. Plain values on the ears thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from ml.fallback.heard import Voice
from ml.said import Sung

_REMEMBERED_HOPS = 12_000  # a minute of one note: its pitch is known by then
_CENTRE_ST = 0.5  # a plateau further from the centre is on its way to another note, and leaves the centre where it is
_SETTLES = 0.05  # of the way, each hop on a plateau: the middle of a vibrato, in about one swing
_FADES_DB = 0.02  # each hop: a note's loudest moment is slowly forgotten, so that a diminuendo is not its end
_SKIPPED_AT_START, _SKIPPED_AT_END = 0.2, 0.15  # of the note: scoops and falls say little of the pitch meant


@dataclass(frozen=True)
class SoundingTuning:
    """What holds a note together. [any]"""

    below_note_db: float = 11.5  # its loudest, of late: what fades further is the room's echo of it
    hold_hops: int = 9  # without a voice before the note is over: a glottal stop is none
    slur_st: float = 0.8  # a plateau so far from the note's pitch is another note, and no swing of a vibrato
    slur_hops: int = 14  # of a plateau: longer than a vibrato stays at either end
    slur_spread_st: float = 0.64
    leap_st: float = 1.5  # so far away no vibrato swings, and a new pitch is believed sooner
    leap_hops: int = 10
    scoop_hops: int = 31  # within so many a note may look for its pitch; later, another pitch is another note
    even_hops: int = 10  # of the plateaus that singing has and speech has not
    even_spread_st: float = 0.43


class Fate(Enum):
    """What one more hop means for a note."""

    GOES_ON = auto()
    SLURRED = auto()  # into another pitch
    MISTAKEN = auto()  # it is another pitch, and too young to have been this one
    OVER = auto()


class Sounding:
    """One note from its attack to its end. [ears]"""

    def __init__(self, tuning: SoundingTuning, voice: Voice, onset_frame: int, velocity: float) -> None:
        self._t = tuning
        self.key = nearest_key(voice.pitch)
        self.velocity = velocity
        self.onset_frame = onset_frame
        self.offset_frame = voice.now.frame
        self.emitted_frame = -1  # not sent yet
        self.sent_pitch_midi = voice.pitch
        self.centre = voice.pitch
        self._pitches: list[float] = []
        self._loudest_db = voice.now.level_db
        self._hops = self._lost_hops = 0
        self._even_hops = self._checked_hops = 0
        self._has_settled = False

    @property
    def is_sent(self) -> bool:
        """Whether a synth has been told of it. [any]"""
        return self.emitted_frame >= 0

    @property
    def is_lost(self) -> bool:
        """Whether there was no voice in the last hop. [any]"""
        return self._lost_hops > 0

    @property
    def clear_hops(self) -> int:
        """For how long its pitch was heard, up to a minute. [any]"""
        return len(self._pitches)

    def hear(self, voice: Voice, reach_st: float) -> Fate:
        """One more hop; `reach_st` is how far from its key a bend can carry the note. [ears]"""
        t = self._t
        self._hops += 1
        self._loudest_db = max(self._loudest_db - _FADES_DB, voice.now.level_db)
        if not voice.held or voice.now.level_db < self._loudest_db - t.below_note_db:
            self._lost_hops += 1
            return Fate.OVER if self._lost_hops >= t.hold_hops else Fate.GOES_ON
        self._lost_hops = 0
        self.offset_frame = voice.now.frame
        if not voice.clear:
            return Fate.GOES_ON
        if len(self._pitches) < _REMEMBERED_HOPS:
            self._pitches.append(voice.pitch)
        if self.clear_hops >= t.even_hops and voice.clear_hops >= t.even_hops:
            self._checked_hops += 1
            self._even_hops += voice.plateau(t.even_hops, t.even_spread_st) > 0.0
        settled = voice.plateau(t.slur_hops, t.slur_spread_st)
        leapt = voice.plateau(t.leap_hops, t.slur_spread_st)
        if settled != settled and abs(leapt - self.centre) > t.leap_st:
            settled = leapt
        if settled != settled:
            return Fate.GOES_ON
        if not self._has_settled and self._hops < t.scoop_hops:
            if abs(settled - self.key) > reach_st:
                return Fate.MISTAKEN
            self.centre = settled
        self._has_settled = True
        away_st = abs(settled - self.centre)
        if away_st <= _CENTRE_ST:
            self.centre += _SETTLES * (settled - self.centre)
        return Fate.SLURRED if away_st > t.slur_st else Fate.GOES_ON

    def evenness(self) -> float:
        """How much of the note kept to a pitch: most of a sung note, little of a spoken syllable. [ears]"""
        if self._checked_hops:
            return self._even_hops / self._checked_hops
        is_even = len(self._pitches) > 4 and max(self._pitches) - min(self._pitches) < self._t.even_spread_st
        return float(is_even)

    def ended(self, offset_frame: int, shortest_frames: int) -> Sung:
        """What the note was, now that it is over. [ears]"""
        heard = len(self._pitches)
        first, last = int(_SKIPPED_AT_START * heard), heard - int(_SKIPPED_AT_END * heard)
        pitches = sorted(self._pitches[first:last]) or [self.centre]
        return Sung(
            emitted_frame=self.emitted_frame,
            onset_frame=self.onset_frame,
            offset_frame=max(offset_frame, self.onset_frame + shortest_frames),
            pitch_midi=pitches[len(pitches) // 2],
            velocity=self.velocity,
            sent_pitch_midi=self.sent_pitch_midi,
        )


def nearest_key(pitch: float) -> int:
    """The key to send for this pitch. [any]"""
    return min(max(round(pitch), 0), 127)
