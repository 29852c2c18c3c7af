"""The lines that notes are drawn to: bars and their parts, straight, in triplets, dotted, swung, or with a groove.

A TempoMap and a Grid in, ticks out; pure values but for a memory of bars already counted, safe on one thread at a
time. Every bar begins a grid of its own, so that lines stay on the beat through any change of meter; dotted eighths in
4/4 are 3+3+3+3+3+1 sixteenths, as a drummer plays them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from score.errors import EditError
from score.note import LAST_TICK
from score.operations.curves import nearest
from score.tempo import TempoMap

Kind = Literal["straight", "triplet", "dotted", "bar"]
STRAIGHT_PERCENT, HARD_SWING_PERCENT = 50.0, 75.0
_LENGTH = {"straight": Fraction(1), "triplet": Fraction(2, 3), "dotted": Fraction(3, 2)}


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines a sixteenth apart (`divides` 16), or an eighth (8) …; at 66.7 % swing every second one is a triplet late.

    [any]
    """

    divides: int = 16
    kind: Kind = "straight"
    swing_percent: float = STRAIGHT_PERCENT

    def __post_init__(self) -> None:
        if type(self.divides) is not int or not 1 <= self.divides <= 128:
            raise EditError(f"A whole note is not divided by {self.divides!r}.", "Give 1 to 128; 16 for sixteenths.")
        if self.kind not in ("bar", *_LENGTH):
            raise EditError(f"No grid is {self.kind!r}.", f"Give one of: {', '.join(('bar', *_LENGTH))}.")
        if not STRAIGHT_PERCENT <= self.swing_percent <= HARD_SWING_PERCENT:
            raise EditError(f"A swing cannot be {self.swing_percent} %.", "Give 50 (straight) to 75 (hard).")

    def step_ticks(self, tempo: TempoMap, at_ticks: int = 0) -> Fraction:
        """From one line to the next, before swing; never less than a tick. [any]"""
        if self.kind == "bar":
            bar = tempo.position(at_ticks).bar
            return Fraction(max(1, tempo.ticks_of(bar + 1) - tempo.ticks_of(bar)))
        return max(Fraction(1), _LENGTH[self.kind] * 4 * tempo.ticks_per_quarter / self.divides)


BARS, QUARTERS, EIGHTHS, SIXTEENTHS = Grid(kind="bar"), Grid(4), Grid(8), Grid(16)


class Lines:
    """The lines of a grid over a map of time, found by tick. [any]"""

    def __init__(self, tempo: TempoMap, grid: Grid, shifts: Sequence[float] = ()) -> None:
        """`shifts`: by how much of a step each line of a bar comes late, or early below 0 (see `Groove`). [any]"""
        self._tempo, self._grid, self._shifts = tempo, grid, shifts
        self._bars: dict[int, tuple[int, list[int]]] = {}  # of a bar's first tick: the next one's, and its lines
        self._patterns: dict[int, list[int]] = {}  # of a bar's length: where its lines are, from its first tick
        self._start, self._end = 0, 0
        self._near: list[int] = []  # lines of the bar from _start to _end and of those before and behind it

    def nearest(self, ticks: int) -> int:
        """The line nearest to a tick, the earlier one of two. [any]"""
        lines = self._around(ticks)
        at = bisect_left(lines, ticks)
        return min(lines[max(0, at - 1) : at + 1], key=lambda line: abs(line - ticks))

    def after(self, ticks: int) -> int:
        """The first line behind a tick; the last tick of all where there is none. [any]"""
        lines = self._around(ticks)
        at = bisect_right(lines, ticks)
        while at == len(lines) and self._end <= LAST_TICK:
            lines = self._around(self._end)
            at = bisect_right(lines, ticks)
        return lines[at] if at < len(lines) else LAST_TICK

    def before(self, ticks: int) -> int:
        """The last line at a tick or before it; 0 where a groove has none. [any]"""
        lines = self._around(ticks)
        at = bisect_right(lines, ticks)
        return lines[at - 1] if at else 0

    def gap(self, ticks: int) -> int:
        """From the line before a tick to the one behind it. [any]"""
        return max(1, self.after(ticks) - self.before(ticks))

    def place(self, ticks: int) -> tuple[int, int]:
        """The line nearest to a tick: its number in its bar, from 0, and its tick. [any]"""
        line = self.nearest(ticks)
        self._around(line)
        return bisect_left(self._lines_from(self._start)[1], line), line

    def is_bar(self, ticks: int) -> bool:
        """Whether a bar begins there. [any]"""
        self._around(ticks)
        return ticks == self._start

    def _around(self, ticks: int) -> list[int]:
        """The lines near a tick; asked for in order of time, each bar is counted once."""
        if not self._start <= ticks < self._end:
            self._start = self._tempo.ticks_of(self._tempo.position(ticks).bar)
            self._end, lines = self._lines_from(self._start)
            before: list[int] = []
            if self._start > 0:
                before = self._lines_from(self._tempo.ticks_of(self._tempo.position(self._start - 1).bar))[1]
            near = [*before[-2:], *lines, *self._lines_from(self._end)[1][:2]]
            self._near = sorted({line for line in near if 0 <= line <= LAST_TICK}) or [self._start]
        return self._near

    def _lines_from(self, start: int) -> tuple[int, list[int]]:
        known = self._bars.get(start)
        if known is None:
            end = self._tempo.ticks_of(self._tempo.position(start).bar + 1)
            if end - start not in self._patterns:
                self._patterns[end - start] = self._pattern(start, end - start)
            known = self._bars[start] = (end, [start + line for line in self._patterns[end - start]])
        return known

    def _pattern(self, start: int, length: int) -> list[int]:
        step = self._grid.step_ticks(self._tempo, start)
        late = Fraction(self._grid.swing_percent - STRAIGHT_PERCENT) / 50
        lines, most = [], min(step, Fraction(length))
        for number in range(-(-length // step)):
            line = number * step + (late * step if number % 2 else 0)
            if line < length:
                shift = self._shifts[number % len(self._shifts)] if self._shifts else 0.0
                lines.append(nearest(line + Fraction(shift) * most))
        return lines
