"""Notes drawn to a grid, all the way or a part of it, and the feel of other notes as a grid to draw them to.

A Score and ids in, an Edit or None out; pure values, safe on any thread. At full strength what is quantised is where
it belongs: to quantise it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from score.edits import Edit
from score.errors import EditError
from score.note import LAST_TICK, Note, counted
from score.operations.curves import ended_at, moved_to, nearest
from score.operations.grid import SIXTEENTHS, Grid, Lines
from score.operations.selection import changed, picked
from score.score import Score


@dataclass(frozen=True, slots=True)
class Groove:
    """Where the lines of a bar really are when somebody plays them, and how loud; the pattern repeats by bars. [any]"""

    grid: Grid = SIXTEENTHS
    shifts: tuple[float, ...] = ()
    """By how much of a step each line of a bar comes late, or early below 0."""
    velocities: tuple[int, ...] = ()
    """How loud each line is on average; 0 where nobody plays."""

    @classmethod
    def of(cls, score: Score, ids: Collection[int], grid: Grid | None = None) -> Groove:
        """The groove of these notes, with their lateness averaged line by line over all bars. [any]"""
        grid = grid or SIXTEENTHS
        lines = Lines(score.tempo, grid)
        late: dict[int, list[float]] = {}
        loud: dict[int, list[int]] = {}
        for note in sorted(picked(score, ids), key=lambda note: note.start_ticks):
            number, line = lines.place(note.start_ticks)
            late.setdefault(number, []).append((note.start_ticks - line) / float(grid.step_ticks(score.tempo, line)))
            loud.setdefault(number, []).append(note.velocity)
        count = max(late, default=-1) + 1
        # Beyond half a step a line would trade places with the next one.
        shifts = [max(-0.49, min(0.49, _mean(late[n]))) if n in late else 0.0 for n in range(count)]
        return cls(grid, tuple(shifts), tuple(round(_mean(loud[n])) if n in loud else 0 for n in range(count)))


@dataclass(frozen=True, slots=True)
class Quantise:
    """Starts and ends onto the lines of a grid, or into a groove. [any]"""

    grid: Grid = SIXTEENTHS
    starts: bool = True
    """The whole note moves, and keeps its length."""
    ends: bool = False
    strength: float = 1.0
    """How much of the way: 0.5 keeps half of what is human in it."""
    nearer_than: float = 1.0
    """Only what lies so near a line, as a share of the way to the middle between two; the rest was meant so."""
    groove: Groove | None = None
    """In place of the grid."""
    groove_velocity: float = 0.0
    """How much of the way to the groove's loudness."""

    def __post_init__(self) -> None:
        for name in ("strength", "nearer_than", "groove_velocity"):
            if not 0 <= getattr(self, name) <= 1:
                raise EditError(f"The {name} of a quantise cannot be {getattr(self, name)}.", "Give 0 to 1.")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes on the grid, as one edit. [any]"""
        groove = self.groove
        grid = self.grid if groove is None else groove.grid
        shifts = groove.shifts if groove is not None else ()
        # Each in order of time, so that a bar is counted once.
        starts, ends = Lines(score.tempo, grid, shifts), Lines(score.tempo, grid, shifts)
        plain = Lines(score.tempo, grid)
        before = picked(score, ids)
        after: list[Note] = []
        for note in before:
            new = note
            if self.starts:
                new = moved_to(note, self._toward(starts, note.start_ticks))
            if self.ends:
                end = self._toward(ends, note.end_ticks)
                if end <= new.start_ticks:
                    # At full strength a line; else as far behind the start as the strength goes toward that line.
                    end = self._part(note.end_ticks, ends.after(new.start_ticks))
                new = ended_at(new, max(end, new.start_ticks + 1))
            if groove is not None and groove.velocities and self.groove_velocity:
                number = plain.place(new.start_ticks)[0]
                loud = groove.velocities[number % len(groove.velocities)]
                if loud:
                    velocity = nearest(note.velocity + self.groove_velocity * (loud - note.velocity))
                    new = replace(new, velocity=max(1, min(127, velocity)))
            after.append(new)
        return changed(f"Quantise {counted(len(before), 'note')}", before, after)

    def _toward(self, lines: Lines, ticks: int) -> int:
        line = lines.nearest(ticks)
        if line == ticks or (self.nearer_than < 1 and abs(line - ticks) * 2 > self.nearer_than * lines.gap(ticks)):
            return ticks
        return self._part(ticks, line)

    def _part(self, ticks: int, line: int) -> int:
        return min(LAST_TICK, line if self.strength == 1 else ticks + nearest(self.strength * (line - ticks)))


def _mean(values: Collection[float]) -> float:
    return sum(values) / len(values)
