"""From what was heard, hop by hop, to notes: begun early, put right by the bend, never left hanging.

What flows in: one `Heard` every 5 ms. What flows out: what to tell a synth, in order, and the notes that ended. A
state machine with no model and no samples in it: a live voice, a recording and a test's made-up hops go the same way.
Runs on the ears thread.

Speech has onsets and pitches too, but few that keep. Each note that ends tells how even it was; after some that were
not, a new one is sent only when it has kept to a pitch for 0.1 s. So a singer who talks between songs is not played,
and pays for it with the first note of the next song.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ml.fallback.attack import Attack, AttackTuning
from ml.fallback.heard import Gate, Heard, Voice
from ml.fallback.sounding import Fate, Sounding, SoundingTuning, nearest_key
from ml.said import Said, Sung
from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE

_BEND_MARGIN_ST = 0.5  # kept free for the vibrato of a note that began on the wrong key
_BEND_STEP_ST = 0.01
_SLIP_ST = 1.0  # so far beyond the range a pitch is the tracker's slip or the way to another note, and is not bent to
_SETTLING_HOPS = 3
_PRESSURE_STEP = 1.0 / 127.0
_RANGE_DB = 40.0  # from the loudest of late, at full pressure, to none
_HEADROOM_DB = 6.0  # the first note is taken for a moderate one
_QUIETENS_DB = 0.005  # each hop that sounds, a loud past is forgotten by 1 dB a second
_SOFTEST = 0.1
_RELEASE = 0.5


@dataclass(frozen=True)
class Tuning:
    """What the ears take for what; found on one half of some recordings, scored on the other by bench/ears/run.py.
    [any]"""

    gate: Gate = field(default_factory=Gate)
    attack: AttackTuning = field(default_factory=AttackTuning)
    sounding: SoundingTuning = field(default_factory=SoundingTuning)
    doubt_below: float = 0.36  # of the last notes' evenness
    first_trust: float = 0.41
    trust_hops: float = 150.0  # of voice, over which evenness is averaged
    prove_hops: int = 17


class Notes:
    """Makes notes of hops, one voice at a time. [ears]"""

    def __init__(self, bend_range_st: float = 2.0, hop_frames: float = 240.0, tuning: Tuning | None = None) -> None:
        self.sung: list[Sung] = []
        self.bend_range_st = bend_range_st
        self._hop_frames = hop_frames
        self._t = tuning or Tuning()
        self._voice = Voice(self._t.gate)
        self._attack = Attack(self._t.attack)
        self.reset()

    @property
    def key(self) -> int | None:
        """The key that sounds at the synth, if any. [any]"""
        return self._note.key if self._note is not None and self._note.is_sent else None

    def reset(self) -> None:
        """Forget everything, the notes that ended too. [ears]"""
        self.sung.clear()
        self._trust = self._t.first_trust
        self._loudest_db = math.nan
        self._voice.reset()
        self._start()

    def interrupt(self, frame: int) -> list[Said]:
        """The sound breaks off here: end what sounds, and keep what is known of the room and the singer. [ears]"""
        said = self.finish(frame)
        self._voice.reset(self._voice.room_db)
        self._start()
        return said

    def finish(self, frame: int) -> list[Said]:
        """The voice ends here, and so does what sounds. [ears]"""
        said: list[Said] = []
        self._attack.cancel()
        if self._note is not None:
            self._end(min(self._note.offset_frame, frame), said)
        return said

    def hear(self, heard: Heard) -> list[Said]:
        """One more hop, and what it brings about. [ears]"""
        said: list[Said] = []
        voice = self._voice
        voice.hear(heard, self._note is not None)
        onset = self._attack.hear(voice, self._note is not None)
        if onset is not None:
            self._begin(onset, said)
        if self._note is not None:
            self._follow(self._note, said)
        return said

    def _start(self) -> None:
        self._attack.reset()
        self._note: Sounding | None = None
        self._bend_st = self._pressure = math.nan

    def _begin(self, onset_frame: int, said: list[Said]) -> None:
        voice = self._voice
        if self._note is not None:
            self._end(min(self._note.offset_frame, onset_frame), said)
        if self._loudest_db != self._loudest_db:
            self._loudest_db = voice.now.level_db + _HEADROOM_DB
        velocity = max(_SOFTEST, self._loudness(voice.now.level_db))
        self._note = Sounding(self._t.sounding, voice, max(0, onset_frame), velocity)
        if self._trust >= self._t.doubt_below:
            self._send(self._note, said)

    def _follow(self, note: Sounding, said: list[Said]) -> None:
        voice, t = self._voice, self._t
        self._loudest_db = max(self._loudest_db - _QUIETENS_DB, voice.now.level_db)
        fate = note.hear(voice, self.bend_range_st - _BEND_MARGIN_ST)
        if fate is Fate.OVER:
            self._end(note.offset_frame, said)
        elif fate is Fate.SLURRED:
            border = 0.5 * (note.centre + voice.pitch)
            self._attack.begin()
            began_hops = voice.hops_beyond(border) + 1
            self._begin(voice.now.frame - round(began_hops * self._hop_frames), said)
        elif fate is Fate.MISTAKEN:
            if note.is_sent:  # it was heard, so it is told
                self.sung.append(note.ended(voice.now.frame, round(self._hop_frames)))
            self._drop(note, said)
            self._attack.begin()
            self._begin(note.onset_frame, said)
        elif note.is_sent:
            self._express(note, said)
        elif note.clear_hops >= t.prove_hops:
            pitch = voice.plateau(t.prove_hops, t.sounding.even_spread_st)
            if pitch == pitch:
                note.key = nearest_key(pitch)
                self._send(note, said)

    def _send(self, note: Sounding, said: list[Said]) -> None:
        note.emitted_frame = self._voice.now.frame
        note.sent_pitch_midi = self._voice.pitch
        self._bend_st = self._pressure = math.nan
        self._bend(self._voice.pitch - note.key, said)  # before the note, so that it starts in tune
        self._press(said)
        said.append(Said(NOTE_ON, note.key, note.velocity))

    def _express(self, note: Sounding, said: list[Said]) -> None:
        if self._voice.clear:
            bend_st = self._voice.settled_pitch(min(_SETTLING_HOPS, max(1, note.clear_hops))) - note.key
            if abs(bend_st) <= self.bend_range_st + _SLIP_ST:
                self._bend(
                    bend_st, said
                )  # else a slip of the tracker, or the way to another note: it stays where it was
        if not note.is_lost:
            self._press(said)

    def _bend(self, bend_st: float, said: list[Said]) -> None:
        bend_st = min(max(bend_st, -self.bend_range_st), self.bend_range_st)
        if not abs(bend_st - self._bend_st) < _BEND_STEP_ST:
            self._bend_st = bend_st
            said.append(Said(BEND, 0, bend_st))

    def _press(self, said: list[Said]) -> None:
        pressure = self._loudness(self._voice.now.level_db)
        if not abs(pressure - self._pressure) < _PRESSURE_STEP:
            self._pressure = pressure
            said.append(Said(PRESSURE, 0, pressure))

    def _end(self, offset_frame: int, said: list[Said]) -> None:
        note = self._note
        assert note is not None
        share = 1.0 - math.exp(-note.clear_hops / self._t.trust_hops)
        self._trust += share * (note.evenness() - self._trust)
        if note.is_sent:
            self.sung.append(note.ended(offset_frame, round(self._hop_frames)))
        self._drop(note, said)

    def _drop(self, note: Sounding, said: list[Said]) -> None:
        if note.is_sent:
            said.append(Said(NOTE_OFF, note.key, _RELEASE))
        self._note = None

    def _loudness(self, level_db: float) -> float:
        return min(max(1.0 - (self._loudest_db - level_db) / _RANGE_DB, 0.0), 1.0)
