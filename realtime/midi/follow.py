"""MIDI clock in: the tempo and the place of somebody else's song, steadier than the cable they came by.

What flows in: clock, start, stop, continue and song position, each with the moment it arrived. What flows
out: a `SongPlace`, which any thread may read and ask for the beat at a moment. Runs on the MIDI thread.

A straight line is fitted through the last two beats of pulses (least squares, in which a pulse delayed by a
USB frame counts for little), and once more without the pulses far off it. Two beats steady a jitter of 3 ms
to a tenth of a beat a minute; a tempo that jumps is seen by the newest pulses alone, and the older ones are
let go.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

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
        self._period_ns = 0.0
        self._next_pulse = 0  # of the song
        self._running = False
        self.place = SongPlace()
        """The newest estimate; replaced whole, never changed."""

    def hear(self, message: bytes, at_ns: int) -> None:
        """One message, of any kind, and when it arrived. [midi]"""
        if message == TIMING:
            self._pulse(at_ns)
        elif message == START:
            self._next_pulse, self._running = 0, True
            self._tell(at_ns)
        elif message == CONTINUE:
            self._running = True
            self._tell(at_ns)
        elif message == STOP:
            self._running = False
            self._tell(at_ns)
        elif len(message) == 3 and message[0] == 0xF2 and not self._running:
            self._next_pulse = (message[1] & 0x7F | (message[2] & 0x7F) << 7) * PULSES_PER_SIXTEENTH
            self._tell(at_ns)

    def _tell(self, at_ns: int) -> None:
        # Between a start and its first pulse the song stands at its place and does not move.
        self.place = SongPlace(self._running, None, self._next_pulse / PULSES_PER_BEAT, at_ns)

    def _pulse(self, at_ns: int) -> None:
        moments = self._moments
        if moments and not 0 <= at_ns - moments[-1] <= SILENCE_NS:
            moments.clear()
        moments.append(at_ns)
        if self._has_jumped():
            kept = list(moments)[-_JUMP_PULSES // 2 - 1 :]
            moments.clear()
            moments.extend(kept)
        bpm, smooth_ns, self._period_ns = None, float(at_ns), 0.0
        if len(moments) >= 3:
            smooth_ns, self._period_ns = _fit(list(moments))
            bpm = 60e9 / (self._period_ns * PULSES_PER_BEAT) if self._period_ns > 0.0 else None
        beats = self._next_pulse / PULSES_PER_BEAT
        self.place = SongPlace(self._running, bpm, beats, round(smooth_ns))
        if self._running:
            self._next_pulse += 1

    def _has_jumped(self) -> bool:
        # The median, since one pulse that hung in the cable makes a long distance and a short one, no tempo.
        newest = list(self._moments)[-_JUMP_PULSES - 1 :]
        if self._period_ns <= 0.0 or len(newest) <= _JUMP_PULSES:
            return False
        apart_ns = median(after - before for before, after in pairwise(newest))
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
