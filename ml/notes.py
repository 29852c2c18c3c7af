"""From what was understood, hop by hop, to notes: sent as soon as it pays, put right by the bend, never left hanging.

What flows in: one `Understood` every 5 ms. What flows out: what to tell a synth, in order, and the notes that ended. A
state machine with no model and no samples in it: a live voice, a recording and a test's made-up hops go the same way.
Runs on the ears thread.

An onset is a chance that grows. Once it is likely enough it is believed, and dated by the hop that was surest of it;
it is sent as soon as its pitch is sure enough. Both demands relax while the note grows older, so that a plain attack
leaves at once and a doubtful one a few hops later. A note that is over before anybody was sure of it is sent then.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ml.colours import Colours
from ml.compiled import compiled
from ml.frames import HOP_S
from ml.learned.heads import OCTAVE_ST, SOONEST_MS, SPAN_MS
from ml.learned.understood import Understood
from ml.pitches import Pitches
from ml.profile import Profile
from ml.said import Said, Sung
from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE

_HOP_MS = 1e3 * HOP_S
_BEND_STEP_ST = 0.01
_BEND_MARGIN_ST = 0.5
_PRESSURE_STEP = 1.0 / 127.0
_RANGE_MARGIN_ST = 3.0  # a voice reaches further than it did when it was measured
_HEADROOM_DB = 6.0  # the first note is taken for a moderate one
_QUIETENS_DB = 0.005  # each hop that sounds: a loud past is forgotten by 1 dB a second
_SOFTEST = 0.1
_RELEASE = 0.5
_OLD_MS = 70.0
_LAPSES_MS = 60.0  # behind the end of patience: what could not be sent so long was no note
_FLEETING_HOPS = 4  # an onset that was heard in fewer and never sure is none
_REMEMBERED_HOPS = 64
_SAME_ST = 0.7
_NO_ONSET_MS = 1e6


@dataclass(frozen=True)
class Tuning:
    """How bold the ears are; found on recordings that were kept out of training. [any]"""

    likely: float = 0.6  # the chance of an onset from which it is believed while it is new
    likely_still: float = 0.4  # and once it is `_OLD_MS` old
    sure: float = 0.6  # the chance that its pitch is right, from which it is sent
    patience_ms: float = 45.0  # age at which a note is sent, however unsure its pitch
    relaxes: float = 0.6  # how much of that sureness is waived by then
    sounds: float = 0.4
    sings: float = 0.5
    clear: float = 0.5
    gate_db: float = -60.0
    apart_ms: float = 75.0  # two onsets lie at least so far apart
    dated_back_ms: float = 0.0
    ends: float = 0.4  # the chance of sounding below which a note may be over
    hold_hops: int = 5
    missed: float = 0.85  # a voice that surely sounds for `missed_hops`, though no onset was heard, is a note
    missed_hops: int = 16
    slur_st: float = 0.8
    slur_hops: int = 14


class Notes:
    """Makes notes of hops, one voice at a time. [ears]"""

    def __init__(
        self,
        bend_range_st: float = 2.0,
        hop_frames: float = 240.0,
        tuning: Tuning | None = None,
        profile: Profile | None = None,
    ) -> None:
        self.sung: list[Sung] = []
        self.bend_range_st = bend_range_st
        self._hop_frames = hop_frames
        self._profile = profile or Profile()
        self._t = _personal(tuning or Tuning(), self._profile)
        self.reset()

    @property
    def key(self) -> int | None:
        """The key that sounds at the synth, if any. [any]"""
        return self._note.key if self._note is not None else None

    def reset(self) -> None:
        """Forget everything, the notes that ended too. [ears]"""
        self.sung.clear()
        self._loudest_db = math.nan
        self._start()

    def interrupt(self, frame: int) -> list[Said]:
        """The sound breaks off here: end what sounds. [ears]"""
        said = self.finish(frame)
        self._start()
        return said

    def finish(self, frame: int) -> list[Said]:
        """The voice ends here, and so does what sounds. [ears]"""
        said: list[Said] = []
        if self._note is not None:
            self._end(self._note.heard_frame or frame, said)
        return said

    def hear(self, hop: Understood) -> list[Said]:
        """One more hop, and what it brings about. [ears]"""
        said: list[Said] = []
        hop = self._within_range(hop)
        if hop.pitch == hop.pitch:
            self._past.append(hop)
        self._since_onset_ms += _HOP_MS
        self._since_end_ms += _HOP_MS
        is_voice, note = self._is_voice(hop), self._note
        self._await(hop, is_voice, said)
        if self._note is not note:  # what was over has just been sent; what follows it comes a hop later
            return said
        waits = self._awaited
        if waits is not None and is_voice and self._pays(hop, waits.age_ms):
            self._begin(hop, waits.age_ms, said)
        elif note is None and self._was_missed(hop):
            self._begin(hop, waits.age_ms if waits is not None else self._sounds_since_ms(hop), said)
        elif note is not None:
            self._follow(note, hop, said)
        return said

    def _start(self) -> None:
        self._note: _Note | None = None
        self._awaited: _Awaited | None = None
        self._since_onset_ms = self._since_end_ms = _NO_ONSET_MS
        self._missed_hops = 0
        self._past: deque[Understood] = deque(maxlen=_REMEMBERED_HOPS)
        self._bend_st = self._pressure = math.nan
        self._colours = Colours()

    def _await(self, hop: Understood, is_voice: bool, said: list[Said]) -> None:
        """Believe an onset, or go on waiting for its pitch, or wait no longer."""
        chance, age_ms = self._newest(hop)
        is_believed = chance >= self._believed(age_ms)
        waits = self._awaited
        if waits is not None:
            waits = waits._replace(age_ms=waits.age_ms + _HOP_MS)
            is_followed = is_believed and waits.age_ms - age_ms > self._t.apart_ms
            is_over = is_followed or (not is_voice and hop.sounds < self._t.sounds)
            lapses = waits.age_ms > self._t.patience_ms + _LAPSES_MS
            self._awaited = None if is_over or lapses else waits.heard_in(hop) if is_voice else waits
            if is_over and waits.hops >= _FLEETING_HOPS:
                self._begin(waits.hop._replace(frame=hop.frame), waits.age_ms, said)
                chance, age_ms = self._newest(hop)
                is_believed = chance >= self._believed(age_ms)
        if is_believed and is_voice:
            waits = self._awaited or _Awaited(age_ms, chance, hop, 1)
            self._awaited = waits._replace(age_ms=age_ms, chance=chance) if chance >= waits.chance else waits

    def _newest(self, hop: Understood) -> tuple[float, float]:
        """The chance of an onset that is not the last one again, and how long ago it was."""
        return _newest(hop.ages, self._since_onset_ms - self._t.apart_ms)

    def _believed(self, age_ms: float) -> float:
        aged = min(max(age_ms / _OLD_MS, 0.0), 1.0)
        return self._t.likely + aged * (self._t.likely_still - self._t.likely)

    def _within_range(self, hop: Understood) -> Understood:
        """A pitch that this voice does not have is another octave of one that it has."""
        low, high = self._profile.lowest_midi - _RANGE_MARGIN_ST, self._profile.highest_midi + _RANGE_MARGIN_ST
        if high - low < OCTAVE_ST + _RANGE_MARGIN_ST or hop.meant != hop.meant or low <= hop.meant <= high:
            return hop
        octaves = (
            math.ceil((low - hop.meant) / OCTAVE_ST) if hop.meant < low else -math.ceil((hop.meant - high) / OCTAVE_ST)
        )
        return hop._replace(meant=hop.meant + OCTAVE_ST * octaves)

    def _is_voice(self, hop: Understood) -> bool:
        t = self._t
        is_pitched = hop.pitch == hop.pitch and hop.clarity >= t.clear
        return is_pitched and hop.sounds >= t.sounds and hop.sings >= t.sings and hop.level_db > t.gate_db

    def _pays(self, hop: Understood, age_ms: float) -> bool:
        t = self._t
        waited = min(max(age_ms / t.patience_ms, 0.0), 1.0)
        return waited >= 1.0 or hop.sure >= t.sure * (1.0 - t.relaxes * waited)

    def _was_missed(self, hop: Understood) -> bool:
        t = self._t
        surely = hop.sounds > t.missed and self._is_voice(hop) and hop.sure > 0.5
        self._missed_hops = self._missed_hops + 1 if surely else 0
        return self._missed_hops >= t.missed_hops and self._since_onset_ms > t.missed_hops * _HOP_MS + t.apart_ms

    def _sounds_since_ms(self, hop: Understood) -> float:
        """How long this pitch has been held without a break, back to the last note's end at most."""
        since, begins = hop.frame, hop.frame - self._since_end_ms / _HOP_MS * self._hop_frames
        for each in reversed(self._past):
            gap_frames = since - each.frame
            if gap_frames > 1.5 * self._hop_frames or each.frame < begins or abs(each.pitch - hop.pitch) > _SAME_ST:
                break
            since = each.frame
        return (hop.frame - since) / self._hop_frames * _HOP_MS + _HOP_MS

    def _begin(self, hop: Understood, age_ms: float, said: list[Said]) -> None:
        age_ms = max(age_ms + self._t.dated_back_ms, 0.0)
        onset_frame = max(0, hop.frame - round(age_ms / _HOP_MS * self._hop_frames))
        if self._note is not None:
            self._end(min(onset_frame, self._note.heard_frame), said)
        self._since_onset_ms = age_ms
        self._missed_hops = 0
        self._awaited = None
        if self._loudest_db != self._loudest_db:
            self._loudest_db = hop.level_db + _HEADROOM_DB
        velocity = max(_SOFTEST, self._loudness(hop.level_db))
        self._note = note = _Note(hop, onset_frame, velocity, [each for each in self._past if each.frame > onset_frame])
        self._bend_st = self._pressure = math.nan
        self._bend(note.meant - note.key, said)  # before the note, so that it starts in tune
        self._press(hop, said)
        self._colours.begin(hop, said)
        said.append(Said(NOTE_ON, note.key, note.velocity))

    def _follow(self, note: _Note, hop: Understood, said: list[Said]) -> None:
        t = self._t
        self._loudest_db = max(self._loudest_db - _QUIETENS_DB, hop.level_db)
        is_heard = hop.sounds >= t.ends and hop.clarity >= 0.3 and hop.pitch == hop.pitch
        note.lost_hops = 0 if is_heard else note.lost_hops + 1
        if note.lost_hops >= t.hold_hops:
            self._end(note.heard_frame, said)
            return
        if not is_heard:
            return
        note.heard_frame = hop.frame
        pitch = note.pitches.hear(hop)
        if note.pitches.left_for(t.slur_st, t.slur_hops):
            since_ms = min(t.slur_hops * _HOP_MS, max(self._since_onset_ms - t.apart_ms, 0.0))
            self._begin(hop, self._awaited.age_ms if self._awaited is not None else since_ms, said)
            return
        bend_st = pitch - note.key
        if abs(bend_st) <= self.bend_range_st + 1.0:
            self._bend(bend_st, said)
        # else a slip of the tracker, or the way to another note: it stays where it was
        self._press(hop, said)
        self._colours.hear(hop, said)

    def _bend(self, bend_st: float, said: list[Said]) -> None:
        bend_st = min(max(bend_st, -self.bend_range_st), self.bend_range_st)
        if not abs(bend_st - self._bend_st) < _BEND_STEP_ST:
            self._bend_st = bend_st
            said.append(Said(BEND, 0, bend_st))

    def _press(self, hop: Understood, said: list[Said]) -> None:
        pressure = self._loudness(hop.level_db)
        if not abs(pressure - self._pressure) < _PRESSURE_STEP:
            self._pressure = pressure
            said.append(Said(PRESSURE, 0, pressure))

    def _end(self, offset_frame: int, said: list[Said]) -> None:
        note = self._note
        assert note is not None
        shortest = note.onset_frame + round(self._hop_frames)
        self.sung.append(
            Sung(
                emitted_frame=note.emitted_frame,
                onset_frame=note.onset_frame,
                offset_frame=max(offset_frame, shortest),
                pitch_midi=note.pitches.median(),
                velocity=note.velocity,
                sent_pitch_midi=note.meant,
            )
        )
        said.append(Said(NOTE_OFF, note.key, _RELEASE))
        self._note = None
        self._since_end_ms = 0.0

    def _loudness(self, level_db: float) -> float:
        loudest_db = self._profile.loudest_db if self._profile.loudest_db is not None else self._loudest_db
        return min(max(1.0 - (loudest_db - level_db) / self._profile.dynamics_db, 0.0), 1.0)


@compiled
def _newest(ages: Any, youngest_ms: float) -> tuple[float, float]:
    """The chance of an onset that is younger than so much, and how long ago it was. [ears]"""
    chance = weighed = 0.0
    for span in range(2, len(ages)):  # the first are still to come
        age_ms = SOONEST_MS + (span + 0.5) * SPAN_MS
        share = min(max((youngest_ms - age_ms) / SPAN_MS + 0.5, 0.0), 1.0) * ages[span]
        chance += share
        weighed += share * age_ms
    return chance, weighed / chance if chance > 0.0 else 0.0


def _personal(tuning: Tuning, profile: Profile) -> Tuning:
    """The same boldness for one voice in one room."""
    waits = max(profile.patience, 0.1)
    sure = min(tuning.sure * profile.patience, 0.97)
    return replace(tuning, gate_db=profile.gate_db, patience_ms=tuning.patience_ms * waits, sure=sure)


class _Awaited(NamedTuple):
    """An onset that is believed, and not sent, since its pitch is not sure."""

    age_ms: float  # as the hop that was surest of it has it
    chance: float  # that it was, then
    hop: Understood  # the newest in which it was heard
    hops: int  # in how many

    def heard_in(self, hop: Understood) -> _Awaited:
        """The same, heard in one hop more. [ears]"""
        return self._replace(hop=hop, hops=self.hops + 1)


class _Note:
    """The note that sounds."""

    def __init__(self, hop: Understood, onset_frame: int, velocity: float, before: Sequence[Understood]) -> None:
        self.meant = hop.meant
        self.key = min(max(round(hop.meant), 0), 127)
        self.velocity = velocity
        self.onset_frame = onset_frame
        self.emitted_frame = self.heard_frame = hop.frame
        self.lost_hops = 0
        self.pitches = Pitches(hop, before)
