"""MIDI clock in: the tempo and the place of somebody else's song, steadier than the cable they came by.

What flows in: clock, start, stop, continue and song position, each with the moment it arrived, and with its frame where
the port knows frames. What flows out: a `SongPlace`, which any thread may read. Runs on the MIDI thread.

A straight line is fitted through the last two beats of pulses (least squares, in which a pulse delayed by a
USB frame counts for little), and once more without the pulses far off it. Two beats steady a jitter of 3 ms
to a tenth of a beat a minute; a tempo that jumps is seen by the newest pulses alone, and the older ones are
let go. So they are where a song begins elsewhere than the pulses before it would have gone on: those of a
song that was stopped say nothing about it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy.typing as npt

from realtime.midi.arrival import elapsed_frames
from realtime.midi.clock import CONTINUE, PULSES_PER_BEAT, PULSES_PER_SIXTEENTH, START, STOP, TIMING

WINDOW_PULSES = 2 * PULSES_PER_BEAT
SILENCE_NS = 500_000_000  # longer than the pulses of any tempo are apart: the sender paused or was unplugged
AHEAD_PULSES = 2.0

_JUMP_PULSES = 5
_JUMP_SHARE = 0.15
_JUMP_NS = 2_500_000  # more than a cable shakes
_FAR_OFF = 4.0
_TRUSTED_NS = 200_000.0


@dataclass(frozen=True)
class SongPlace:
    """Where the sender's song stands, as of its newest pulse."""

    running: bool = False
    bpm: float | None = None
    """None until three pulses were heard, after a silence, and between a start and its first pulse."""
    beats: float = 0.0
    at_ns: int = 0
    frame: float | None = None
    """Of our stream, where the pulses came with theirs."""

    def beats_at(self, moment_ns: int) -> float:
        """The beat at a moment; a sender that falls silent is not run away from. [any]"""
        if not self.running or self.bpm is None:
            return self.beats
        ahead = (moment_ns - self.at_ns) * self.bpm / 60e9
        return self.beats + min(ahead, AHEAD_PULSES / PULSES_PER_BEAT)


class ClockIn:
    """Follows the clock of one sender. [midi]"""

    def __init__(self) -> None:
        self._moments: deque[int] = deque(maxlen=WINDOW_PULSES)
        self._rate = 0.0  # of the frames that moments are counted in, 0 where they are the machine's
        self._period_ns = 0.0
        self._next_pulse = 0  # of the song
        self._running = self._begins = False
        self.place = SongPlace()
        """The newest estimate; replaced whole, never changed."""

    def hear(self, message: bytes, at_ns: int, frame: int | None = None, rate: float = 0.0) -> None:
        """One message, of any kind, and when it arrived; the frame is exact where it is known. [midi]"""
        if message == TIMING:
            self._pulse(at_ns, frame, rate if frame is not None else 0.0)
        elif message == START:
            self._next_pulse, self._running, self._begins = 0, True, True
            self._tell(at_ns)
        elif message == CONTINUE:
            self._running = self._begins = True
            self._tell(at_ns)
        elif message == STOP:
            self._running = False
            self._tell(at_ns)
        elif len(message) == 3 and message[0] == 0xF2 and not self._running:
            self._next_pulse = (message[1] & 0x7F | (message[2] & 0x7F) << 7) * PULSES_PER_SIXTEENTH
            self._tell(at_ns)

    def told(self, clock: npt.NDArray[Any] | None) -> dict[str, Any]:
        """The place as an app reads it: beats at a frame, and the age of the newest word in seconds. [any]"""
        place, known = self.place, clock is not None and bool(clock["rate"] > 0.0) and self.place.at_ns > 0
        return {
            "running": place.running and known,
            "bpm": place.bpm,
            "beats": place.beats,
            "frame": self._frame_of(place, clock) if clock is not None and known else 0.0,
            "age_s": (perf_counter_ns() - place.at_ns) / 1e9 if known else None,
        }

    def _frame_of(self, place: SongPlace, clock: npt.NDArray[Any]) -> float:
        return elapsed_frames(place.at_ns, clock) if place.frame is None else place.frame

    def _tell(self, at_ns: int) -> None:
        # Between a start and its first pulse the song stands at its place and does not move.
        self.place = SongPlace(self._running, None, self._next_pulse / PULSES_PER_BEAT, at_ns)

    def _pulse(self, at_ns: int, frame: int | None, rate: float) -> None:
        moments = self._moments
        moment = at_ns if frame is None else round(frame * 1e9 / rate)
        if rate != self._rate or (moments and not 0 <= moment - moments[-1] <= SILENCE_NS):
            moments.clear()
        if self._begins and moments and self._is_off(moment - moments[-1]):
            moments.clear()
        self._rate, self._begins = rate, False
        moments.append(moment)
        if self._has_jumped():
            kept = list(moments)[-_JUMP_PULSES // 2 - 1 :]
            moments.clear()
            moments.extend(kept)
        bpm, smooth, self._period_ns = None, float(moment), 0.0
        if len(moments) >= 3:
            smooth, self._period_ns = _fit(list(moments))
            bpm = 60e9 / (self._period_ns * PULSES_PER_BEAT) if self._period_ns > 0.0 else None
        beats = self._next_pulse / PULSES_PER_BEAT
        if frame is None:
            self.place = SongPlace(self._running, bpm, beats, round(smooth))
        else:
            self.place = SongPlace(self._running, bpm, beats, at_ns, smooth * rate / 1e9)
        if self._running:
            self._next_pulse += 1

    def _has_jumped(self) -> bool:
        # The median, since one pulse that hung in the cable makes a long distance and a short one, no tempo.
        newest = list(self._moments)[-_JUMP_PULSES - 1 :]
        if self._period_ns <= 0.0 or len(newest) <= _JUMP_PULSES:
            return False
        apart_ns = median(after - before for before, after in pairwise(newest))
        return self._is_off(apart_ns)

    def _is_off(self, apart_ns: float) -> bool:
        """Whether pulses so far apart are not of the tempo until now."""
        return abs(apart_ns - self._period_ns) > max(_JUMP_SHARE * self._period_ns, _JUMP_NS)


def _fit(moments: list[int]) -> tuple[float, float]:
    """When the newest pulse was due, and how far pulses are apart, in ns."""
    base = moments[0]
    points = [(float(n), float(moment - base)) for n, moment in enumerate(moments)]
    offset, period = _line(points)
    misses = [abs(moment - offset - period * n) for n, moment in points]
    bound = max(_FAR_OFF * median(misses), _TRUSTED_NS)
    near = [point for point, miss in zip(points, misses, strict=True) if miss <= bound]
    if 3 <= len(near) < len(points):
        offset, period = _line(near)
    return base + offset + period * (len(points) - 1), period


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return mean_y - slope * mean_x, slope
