"""What a hand draws over notes and lanes: a path of points, made simple, and laid onto what is there.

Points of a pointer in (`(tick, value)`, in any order), a Stroke out that says its value at any tick; for notes an Edit.
Pure values, safe on any thread. A pointer trembles and says a hundred points a second; what is kept is the shape.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from score.edits import Edit
from score.errors import EditError
from score.note import BEND_LIMIT_ST, Curve, Note, counted, value_at
from score.operations.curves import NEUTRAL, nearest, without_repeats
from score.operations.selection import changed, picked
from score.operations.smoothing import eased, simplified, stairs
from score.score import Score

Shape = Literal["pencil", "line", "curve", "steps"]
_CURVE_POINTS = 48
_STEP = {"bend_st": 0.03, "pressure": 1.0, "timbre": 1.0}  # three cents, and a step of MIDI
_MOST_STEPS = 512
_NAMES = {"bend_st": "pitch", "pressure": "pressure", "timbre": "timbre"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path from its first tick to its last: freehand, straight, bent, or in steps. [any]"""

    points: tuple[tuple[float, float], ...]
    shape: Shape = "pencil"
    bow: float = 0.0
    """Of a curve: 0 eases in and out; above, up to 1, it comes late, below, down to -1, early."""

    def __post_init__(self) -> None:
        if not self.points:
            raise EditError("Nothing was drawn.", "Draw at least a point.")
        if not -1 <= self.bow <= 1:
            raise EditError(f"A curve cannot be bowed by {self.bow}.", "Give -1 to 1.")
        # A hand that goes back draws over what it drew; of two points at a tick the last is meant.
        object.__setattr__(self, "points", tuple(_swept(self.points)))

    @property
    def start_ticks(self) -> int:
        """The first tick it says something of. [any]"""
        return nearest(self.points[0][0])

    @property
    def end_ticks(self) -> int:
        """The last tick it says something of. [any]"""
        return nearest(self.points[-1][0])

    def simplified(self, tolerance: float, most: int) -> Stroke:
        """The same shape in few points. [any]"""
        if self.shape != "pencil":
            return self
        return replace(self, points=tuple(simplified(self.points, tolerance, most)))

    def path(self) -> tuple[tuple[float, float], ...]:
        """It as a polyline, whatever its shape. [any]"""
        if self.shape == "pencil" or len(self.points) == 1:
            return self.points
        (begin, low), (end, high) = self.points[0], self.points[-1]
        if self.shape == "line":
            return ((begin, low), (end, high))
        if self.shape == "curve":
            shares = [n / _CURVE_POINTS for n in range(_CURVE_POINTS + 1)]
            return tuple((begin + n * (end - begin), low + self._bowed(n) * (high - low)) for n in shares)
        corners: list[tuple[float, float]] = [self.points[0]]
        for point in self.points[1:]:
            corners += [(point[0], corners[-1][1]), point]
        return tuple(corners)

    def value(self, ticks: float) -> float:
        """What it says at a tick; before and behind it, its first and its last value. [any]"""
        path = self.path()
        place = bisect_right(path, ticks, key=lambda point: point[0])
        if place in (0, len(path)):
            return path[min(place, len(path) - 1)][1]
        (begin, low), (end, high) = path[place - 1], path[place]
        return low + (high - low) * (ticks - begin) / (end - begin)

    def _bowed(self, share: float) -> float:
        return eased(share) if self.bow == 0 else float(share ** (4.0**self.bow))


@dataclass(frozen=True, slots=True)
class Redraw:
    """A note's own pitch, pressure or timbre, along a stroke; before and behind the stroke it stays. [any]"""

    stroke: Stroke
    """Of a pitch, in semitones as they sound (60.5 is 50 cents above the middle C); else 0 to 127."""
    of: Literal["bend_st", "pressure", "timbre"] = "bend_st"
    tolerance: float = 0.04
    """What is nearer to the shape, in semitones or steps, is the hand's tremble: four cents."""
    most_points: int = 64

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with the stroke in their curves, as one edit. [any]"""
        notes = picked(score, ids)
        stroke = self.stroke.simplified(self.tolerance, self.most_points)
        return changed(f"Draw {_NAMES[self.of]}", notes, [self._drawn(note, stroke) for note in notes])

    def _drawn(self, note: Note, stroke: Stroke) -> Note:
        begin = max(0, stroke.start_ticks - note.start_ticks)
        end = min(note.duration_ticks - 1, stroke.end_ticks - note.start_ticks)
        if end < begin:
            return note
        old, neutral = getattr(note, self.of), NEUTRAL[self.of]
        first, last = begin + note.start_ticks, end + note.start_ticks
        inner = [point for point in stroke.path() if first < point[0] < last]
        path = [(first, stroke.value(first)), *inner, *([(last, stroke.value(last))] if last > first else [])]
        drawn = dict(stairs(path, _STEP[self.of], _MOST_STEPS))
        for ticks in (first, last):  # in a stroke of few ticks other points are rounded onto these
            drawn[ticks] = stroke.value(ticks)
        head = [point for point in old if point[0] < begin]
        tail = [point for point in old if end + 1 < point[0] < note.duration_ticks]
        if end + 1 < note.duration_ticks:
            tail.insert(0, (end + 1, value_at(old, end + 1, neutral)))
        middle = [(ticks - note.start_ticks, self._kept(value, note)) for ticks, value in sorted(drawn.items())]
        curve: Curve = without_repeats([*head, *(point for point in middle if begin <= point[0] <= end), *tail])
        if self.of == "bend_st":
            return replace(note, bend_st=curve)
        return replace(note, pressure=curve) if self.of == "pressure" else replace(note, timbre=curve)

    def _kept(self, value: float, note: Note) -> float:
        if self.of == "bend_st":
            return max(-BEND_LIMIT_ST, min(BEND_LIMIT_ST, value - note.pitch))
        return max(0, min(127, nearest(value)))


@dataclass(frozen=True, slots=True)
class DrawVelocity:
    """The velocities of notes, along a stroke: each note takes what it says where the note begins. [any]"""

    stroke: Stroke

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes under the stroke as loud as it says, as one edit. [any]"""
        notes = picked(score, ids)
        under = [n for n in notes if self.stroke.start_ticks <= n.start_ticks <= self.stroke.end_ticks]
        drawn = [self._struck(note) for note in under]
        return changed(f"Draw velocity of {counted(len(under), 'note')}", under, drawn)

    def _struck(self, note: Note) -> Note:
        velocity = max(1, min(127, nearest(self.stroke.value(note.start_ticks))))
        return note if velocity == note.velocity else replace(note, velocity=velocity)


def _swept(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """The path of a pointer, where a later sweep takes the place of what it passes over."""
    if all(before[0] < after[0] for before, after in pairwise(points)):
        return points
    swept = [points[0]]
    for before, after in pairwise(points):
        low, high = sorted((before[0], after[0]))
        swept = [each for each in swept if not low <= each[0] <= high]
        swept += [before, after]
    return sorted(dict(swept).items())
