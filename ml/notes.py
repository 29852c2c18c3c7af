"""From pitch, clarity, level and onset, hop by hop, to notes: begun early, put right by the bend, never left hanging.

What flows in: one `Heard` every 5 ms. What flows out: what to say to a synth, in order, and the notes that ended. No
model and no samples: a recording, a live voice and a test's made-up hops go the same way. Runs on the ears thread.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE


class Heard(NamedTuple):
    """One hop, as the ears understood it. [any]"""

    frame: int  # how many frames of the card had been heard
    f0_hz: float  # 0.0 for none
    clarity: float  # 0..1
    level_db: float
    onset: float  # how much the bands rose at once


class Said(NamedTuple):
    """One thing to tell the synth. [any]"""

    kind: int
    number: int = 0
    value: float = 0.0


@dataclass(frozen=True)
class Sung:
    """A note that has ended. [any]"""

    emitted_frame: int  # when its note-on was decided
    onset_frame: int
    offset_frame: int
    pitch_midi: float
    velocity: float  # 0..1


@dataclass(frozen=True)
class Tuning:
    """What the ears take for what; found on recordings. [any]"""

    onset: float = 0.7
    onset_rearm: float = 0.6
    onset_early_hops: float = 2.0
    start_early_hops: float = 2.0
    refractory_hops: int = 14
    clear: float = 0.85
    held: float = 0.6
    steady_st: float = 1.0
    sure_hops: int = 1
    late_hops: int = 6
    give_up_hops: int = 14
    start_hops: int = 3
    rest_hops: int = 3
    above_room_db: float = 12.0
    below_note_db: float = 24.0
    hold_hops: int = 6
    slur_st: float = 0.7
    slur_hops: int = 10
    slur_spread_st: float = 0.35
    scoop_hops: int = 16
    song_start: float = 0.4
    song: float = 0.3
    song_hops: float = 200.0
    song_spread_st: float = 0.5
    prove_hops: int = 14
    echo: float = 0.5
    echo_hops: float = 12.0
    by_step: float = 0.2
    step_hops: int = 8
    by_murk: float = 0.3
    by_dip: float = 0.02
    dip_hops: int = 14


class _Note:
    """The note that sounds."""

    def __init__(self, key: int, onset: int, emitted: int, pitch: float, velocity: float, level: float) -> None:
        self.key, self.onset, self.emitted = key, onset, emitted
        self.centre = pitch
        self.velocity = velocity
        self.loudest_db = level
        self.pitches: list[float] = []
        self.told = False
        self.even = 0
        self.checked = 0
        self.hops = 0
        self.lost_hops = 0
        self.lost_frame = 0
        self.bend = self.pressure = math.inf


class Notes:
    """Makes notes of hops. [ears]"""

    def __init__(self, bend_range_st: float = 2.0, tuning: Tuning = Tuning()) -> None:  # noqa: B008  frozen
        self.t = tuning
        self.bend_range_st = bend_range_st
        self.reset()

    def reset(self) -> None:
        self.sung: list[Sung] = []
        self.note: _Note | None = None
        self._room_db = -60.0
        self._armed = True
        self._hop = 0
        self._last_on = -1000
        self._pending = -1
        self._pending_frame = 0
        self._recent: deque[float] = deque([math.nan] * 32, 32)
        self._voiced = 0
        self._unvoiced = 100
        self._hop_frames = 240
        self._frame = 0
        self._echo = 0.0
        self._song = self.t.song_start
        self._claritys: deque[float] = deque([1.0] * 32, 32)
        self._levels: deque[float] = deque([0.0] * 32, 32)

    def finish(self, frame: int) -> list[Said]:
        said: list[Said] = []
        if self.note is not None:
            self._end(frame, said)
        self._pending = -1
        return said

    def hear(self, h: Heard) -> list[Said]:
        t = self.t
        said: list[Said] = []
        self._hop += 1
        self._hop_frames = h.frame - self._frame if self._frame else self._hop_frames
        self._frame = h.frame
        pitch = 69.0 + 12.0 * math.log2(h.f0_hz / 440.0) if h.f0_hz > 0 else math.nan
        gate = max(self._room_db + t.above_room_db, -72.0)
        clear = h.f0_hz > 0 and h.clarity >= t.clear and h.level_db > gate
        if clear:
            self._voiced += 1
            rested, self._unvoiced = self._unvoiced if self._voiced == 1 else 0, 0
            if self._voiced == 1:
                self._rested = rested
                self._voice_frame = h.frame
        else:
            self._voiced = 0
            self._unvoiced += 1
        self._recent.append(pitch if clear else math.nan)
        if h.level_db < self._room_db:
            self._room_db += 0.2 * (h.level_db - self._room_db)
        elif self.note is None and not clear:
            self._room_db += min(0.01, h.level_db - self._room_db)
        else:
            self._room_db += 0.001

        # onsets
        self._claritys.append(h.clarity)
        self._levels.append(h.level_db)
        evidence = h.onset
        if self.note is not None and clear:
            before = self._recent[-1 - t.step_hops]
            step = abs(pitch - before) if before == before else 0.0
            evidence += t.by_step * min(step, 2.0)
            evidence += t.by_murk * (h.clarity - min(list(self._claritys)[-t.dip_hops :]))
            evidence += t.by_dip * min(h.level_db - min(list(self._levels)[-t.dip_hops :]), 20.0)
        self._echo *= math.exp(-1.0 / t.echo_hops)
        if evidence < t.onset * t.onset_rearm:
            self._armed = True
        since = self._hop - self._last_on
        if self._armed and evidence >= t.onset + t.echo * self._echo and since >= t.refractory_hops:
            self._echo = max(self._echo, evidence)
            self._armed = False
            self._pending, self._pending_frame = 0, h.frame - int(t.onset_early_hops * self._hop_frames)
            self._last_on = self._hop
        elif self.note is None and self._pending < 0 and self._voiced == t.start_hops:
            self._pending = 0
            self._pending_frame = self._voice_frame - int(t.start_early_hops * self._hop_frames)
            self._last_on = self._hop
        elif since < t.refractory_hops:
            self._echo = max(self._echo, evidence)
        if self._pending >= 0:
            steady = self._voiced > t.sure_hops and abs(pitch - self._recent[-1 - t.sure_hops]) <= t.steady_st
            if clear and (steady or self._pending >= t.late_hops):
                if self._voiced - 1 < self._pending and self._rested > t.rest_hops:
                    self._pending_frame = max(
                        self._pending_frame, self._voice_frame - int(t.start_early_hops * self._hop_frames)
                    )
                self._begin(h, pitch, self._pending_frame, said)
                self._pending = -1
            else:
                self._pending += 1
                if self._pending > t.give_up_hops:
                    self._pending = -1
        if self.note is not None:
            self._follow(h, pitch, clear, said)
        return said

    def _follow(self, h: Heard, pitch: float, clear: bool, said: list[Said]) -> None:
        t, note = self.t, self.note
        assert note is not None
        note.hops += 1
        note.loudest_db = max(note.loudest_db - 0.02, h.level_db)
        alive = (
            h.f0_hz > 0
            and h.clarity >= t.held
            and h.level_db > max(self._room_db + 0.5 * t.above_room_db, note.loudest_db - t.below_note_db)
        )
        if not alive:
            if note.lost_hops == 0:
                note.lost_frame = h.frame - self._hop_frames
            note.lost_hops += 1
            if note.lost_hops >= t.hold_hops:
                self._end(note.lost_frame, said)
            return
        note.lost_hops = 0
        if not clear:
            return
        note.pitches.append(pitch)
        last = note.pitches[-12:]
        if len(last) == 12:
            note.checked += 1
            note.even += max(last) - min(last) < t.song_spread_st
            tail = note.pitches[-t.prove_hops:]
            if not note.told and len(tail) == t.prove_hops and max(tail) - min(tail) < t.song_spread_st:
                note.key = min(max(round(pitch), 0), 127)
                note.emitted = h.frame
                self._tell(h, pitch, said)
        recent = list(self._recent)[-t.slur_hops :]
        low, high = min(recent), max(recent)
        stable = not math.isnan(sum(recent)) and high - low < t.slur_spread_st
        if stable:
            middle = 0.5 * (low + high)
            if abs(middle - note.centre) > t.slur_st:
                if note.hops < t.scoop_hops and abs(middle - note.key) < self.bend_range_st - 0.5:
                    note.centre = middle
                else:
                    half = 0.5 * (middle + note.centre)
                    back = 0
                    for p in reversed(self._recent):
                        if math.isnan(p) or (p - half) * (middle - half) < 0:
                            break
                        back += 1
                    young = note.hops < t.scoop_hops
                    onset = note.onset if young else h.frame - (back + 1) * self._hop_frames
                    self._begin(h, pitch, onset, said, replace=young)
                    self._last_on = self._hop
                    return
            else:
                note.centre += 0.05 * (middle - note.centre)
        if note.told:
            self._express(h, pitch, said)

    def _express(self, h: Heard, pitch: float, said: list[Said]) -> None:
        note = self.note
        assert note is not None
        bend = min(max(pitch - note.key, -self.bend_range_st), self.bend_range_st)
        if abs(bend - note.bend) >= 0.02:
            note.bend = bend
            said.append(Said(BEND, 0, bend))
        pressure = min(max((h.level_db + 60.0) / 60.0, 0.0), 1.0)
        if abs(pressure - note.pressure) >= 1 / 127:
            note.pressure = pressure
            said.append(Said(PRESSURE, 0, pressure))

    def _begin(self, h: Heard, pitch: float, onset: int, said: list[Said], replace: bool = False) -> None:
        if self.note is not None:
            self._end(onset, said, keep=not replace)
        key = min(max(round(pitch), 0), 127)
        velocity = min(max((h.level_db + 55.0) / 50.0, 0.1), 1.0)
        self.note = _Note(key, onset, h.frame, pitch, velocity, h.level_db)
        if self._song >= self.t.song:
            self._tell(h, pitch, said)

    def _tell(self, h: Heard, pitch: float, said: list[Said]) -> None:
        note = self.note
        assert note is not None
        note.told = True
        self._express(h, pitch, said)
        said.append(Said(NOTE_ON, note.key, note.velocity))

    def _end(self, frame: int, said: list[Said], keep: bool = True) -> None:
        note = self.note
        assert note is not None
        if note.told:
            said.append(Said(NOTE_OFF, note.key, 0.5))
        p = note.pitches or [note.centre]
        n = len(p)
        even = note.even / note.checked if note.checked else float(n > 4 and max(p) - min(p) < self.t.song_spread_st)
        self._song += (1.0 - math.exp(-n / self.t.song_hops)) * (even - self._song)
        keep = keep and note.told
        p = sorted(p[int(0.2 * n) : max(n - int(0.15 * n), 1)])
        if keep:
            self.sung.append(
                Sung(note.emitted, note.onset, max(frame, note.onset + self._hop_frames), p[len(p) // 2], note.velocity)
            )
        self.note = None
