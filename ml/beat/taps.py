"""A tempo from taps: the straight line through the last of them.

What flows in: the times of taps, in seconds. What flows out: the pulse they make, once there are two. Runs on the ears
thread.
"""

from __future__ import annotations

from typing import NamedTuple

from ml.beat.grid import FASTEST_BPM, SLOWEST_BPM

_BOUNCE_S = 0.1  # a key that is hit once and told twice
_REMEMBERED = 8
_ALIKE = 0.2  # a tap that is further off than this part of a beat begins a new tempo
_MISSED_AT_MOST = 3  # beats that a finger may leave out between two taps
_JITTER = 0.025  # of a beat: how evenly a finger taps


class Pulse(NamedTuple):
    """A tempo, and how exactly it is known, in nepers. [any]"""

    bpm: float
    spread: float


class Taps:
    """Taps that belong together. [ears]"""

    def __init__(self) -> None:
        self._taps: list[tuple[int, float]] = []  # which beat, and when

    def tap(self, t_s: float) -> Pulse | None:
        """One more tap, and the pulse it makes with those before. [ears]"""
        if self._taps and 0.0 <= t_s - self._taps[-1][1] < _BOUNCE_S:
            return self._pulse()
        beat = self._beat_of(t_s)
        if beat is None:
            # The last tap may have been the first of the new tempo.
            self._taps = self._taps[-1:] if self._is_beat(t_s) else []
            beat = self._taps[-1][0] + 1 if self._taps else 0
        self._taps = [*self._taps, (beat, t_s)][-_REMEMBERED:]
        return self._pulse()

    def _beat_of(self, t_s: float) -> int | None:
        """Which beat this is of those that have been tapped, if it is one."""
        pulse = self._pulse()
        if pulse is None:
            return None
        beat, last_s = self._taps[-1]
        beats = (t_s - last_s) * pulse.bpm / 60.0
        whole = round(beats)
        return beat + whole if 1 <= whole <= 1 + _MISSED_AT_MOST and abs(beats - whole) < _ALIKE else None

    def _is_beat(self, t_s: float) -> bool:
        """Whether the time since the last tap could be a beat at all."""
        return bool(self._taps) and 60.0 / FASTEST_BPM <= t_s - self._taps[-1][1] <= 60.0 / SLOWEST_BPM

    def _pulse(self) -> Pulse | None:
        count = len(self._taps)
        if count < 2:
            return None
        mean_beat = sum(beat for beat, _ in self._taps) / count
        mean_s = sum(t_s for _, t_s in self._taps) / count
        spread = sum((beat - mean_beat) ** 2 for beat, _ in self._taps)
        beat_s = sum((beat - mean_beat) * (t_s - mean_s) for beat, t_s in self._taps) / spread
        return Pulse(min(max(60.0 / beat_s, SLOWEST_BPM), FASTEST_BPM), _JITTER / spread**0.5)
