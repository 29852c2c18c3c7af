"""Our song leads: MIDI clock at the tempo of a score, through every change of it, with start, stop and place.

What flows in: courses, each of which says which pulse of the song falls on which frame. What flows out, by way of a
timetable: START or a place and CONTINUE, 24 pulses a quarter, STOP. A course begins while the one before it still runs,
as when a loop comes round: the song stops, takes its new place and goes on there, between two pulses.

A port that knows frames is given pulses a while before: a stop that comes meanwhile makes it forget them.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from realtime.events import NOW
from realtime.midi.clock import CONTINUE, PULSES_PER_SIXTEENTH, START, STOP, TIMING, song_position
from realtime.midi.timetable import Timetable
from score.errors import UsageError

START_BEFORE_S = 0.002
"""A receiver that is told to start begins with the next pulse, if it was told early enough to be ready."""

EARLY_S = 0.1
"""By so much may a machine be late with everything, and the pulses are not; a course is told earlier than that."""


@dataclass(frozen=True)
class Course:
    """Which pulse falls on which frame: points of a line that is straight in between, and behind the last. [any]"""

    points: tuple[tuple[float, float], ...]
    """Pulse and frame; two at least."""
    goes_on: bool = False
    """Only the tempo is another: no start, and no place."""

    def __post_init__(self) -> None:
        ways = zip(self.points, self.points[1:], strict=False)
        if len(self.points) < 2 or any(a[0] >= b[0] or a[1] >= b[1] for a, b in ways):
            raise UsageError("a song's pulses do not go on in time.", "Give two points or more, each after the last.")

    @property
    def first_pulse(self) -> int:
        """The first whole pulse; of a song that begins or jumps the first on a sixteenth, as places are said. [any]"""
        step = 1 if self.goes_on else PULSES_PER_SIXTEENTH
        return max(-int(-self.points[0][0] // step) * step, 0)

    def frame_of(self, pulse: int) -> int:
        """The frame nearest to a pulse. [any]"""
        at = min(max(bisect_right(self.points, (pulse, float("inf"))), 1), len(self.points) - 1)
        (before, begins), (after, ends) = self.points[at - 1], self.points[at]
        return round(begins + (pulse - before) * (ends - begins) / (after - before))


@dataclass
class _Run:
    course: Course
    next_pulse: int
    """The first that was not given."""
    until_pulse: float = inf
    """From here on another goes on."""


class SongClock:
    """Leads whoever follows. [main]"""

    def __init__(self, send: Callable[[bytes, int], object], timetable: Timetable) -> None:
        self._send, self._timetable = send, timetable
        self._lock = threading.Lock()
        self._runs: list[_Run] = []
        """What sounds, and what waits for its turn."""
        self.is_running = False
        """Whether a start was sent, and no stop since. [any]"""

    def run(self, course: Course) -> None:
        """Play by a course from its first pulse on; until then by the one before. [main]"""
        early = round(EARLY_S * self._timetable.rate)
        with self._lock:
            first = course.first_pulse
            if course.goes_on and self._runs:
                first = max(first, self._runs[-1].next_pulse)
                for each in self._runs:
                    each.until_pulse = min(each.until_pulse, first)
            run = _Run(course, first)
            self._runs.append(run)
        at = course.frame_of(first)
        if not course.goes_on:
            before = at - round(START_BEFORE_S * self._timetable.rate)
            self._timetable.put(before, lambda: self._begin(run, first, before), early_frames=early)
        self._timetable.put(at, lambda: self._pulse(run, first, early), early_frames=early)

    def stop(self) -> None:
        """Stop; what was to come is no longer meant. [main]"""
        with self._lock:
            self._runs.clear()
            if self.is_running:
                self.is_running = False
                self._send(STOP, NOW)

    def _begin(self, run: _Run, pulse: int, frame: int) -> None:
        with self._lock:
            if not self._takes_over(run):
                return
            if self.is_running:
                self._send(STOP, frame)  # a place is only taken by who stands still
            if pulse:
                self._send(song_position(pulse // PULSES_PER_SIXTEENTH), frame)
            self._send(CONTINUE if pulse else START, frame)
            self.is_running = True

    def _pulse(self, run: _Run, pulse: int, early: int) -> None:
        with self._lock:
            if pulse >= run.until_pulse or not self._takes_over(run) or not self.is_running:
                return
            self._send(TIMING, run.course.frame_of(pulse))
            run.next_pulse = pulse + 1
        after = run.course.frame_of(pulse + 1)
        self._timetable.put(after, lambda: self._pulse(run, pulse + 1, early), early_frames=early)

    def _takes_over(self, run: _Run) -> bool:
        """Whether its turn has come: whatever was run before it is over."""
        if not any(each is run for each in self._runs):
            return False
        del self._runs[: next(n for n, each in enumerate(self._runs) if each is run)]
        return True
