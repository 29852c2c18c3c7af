"""Which note lies under the hand, and which part of it. Pure, safe on any thread.

A note's ends are easier to hit than they look: they reach a little out of the note, and farther for a finger.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from math import hypot
from typing import NamedTuple

from gui.roll.grid import Grid
from gui.theme import metrics
from score.note import Note
from score.notes import Notes

INSIDE_PX, OUTSIDE_PX = 8.0, 4.0
FINGER_PX = metrics.TOUCH_PX
TOUCH_TIMES = 2.5
"""How much wider the ends of a note are for a finger."""

BODY_PX = 8.0
"""So much of a note is always its body, or a short one could only be stretched, never moved."""


class Part(Enum):
    """What of a note was hit. [any]"""

    BODY = "body"
    START = "start"
    END = "end"


class Hit(NamedTuple):
    """A note, and where it was hit. [any]"""

    note: Note
    part: Part


def hit(grid: Grid, notes: Notes, x: float, y: float, by_touch: bool = False) -> Hit | None:
    """The note at a place: of several the one drawn on top, and none that is only near before one there. [any]

    A finger covers more than a row: what it does not hit it hits beside, as far as a finger is wide.
    """
    outside = OUTSIDE_PX if not by_touch else FINGER_PX / 2
    row = (y + grid.top_px) / grid.row_px
    if not 0 <= row < len(grid.rows):
        return None
    pitch = grid.pitch_at(y)
    first, last = int(max(0.0, grid.ticks_at(x - outside))), int(grid.ticks_at(x + outside)) + 1
    if last <= 0:
        return None
    near: Hit | None = None
    on_top: Hit | None = None
    for note in notes.between(first, last, pitch, pitch):
        left, right = drawn_from_to(grid, note)
        if left <= x < right:
            on_top = Hit(note, _part(left, right, x, by_touch))
        elif left - outside <= x < left:
            near = Hit(note, Part.START)
        elif right <= x < right + outside:
            near = Hit(note, Part.END)
    return on_top or near or (_beside(grid, notes, x, y, first, last) if by_touch else None)


def _beside(grid: Grid, notes: Notes, x: float, y: float, first: int, last: int) -> Hit | None:
    """The note nearest to a finger that hit none."""
    reach = FINGER_PX / 2
    low, high = grid.pitch_at(y + reach), grid.pitch_at(y - reach)
    nearest, least = None, reach
    for note in notes.between(first, last, low, high):
        left, right = drawn_from_to(grid, note)
        top = grid.y_of(note.pitch)
        away = hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - top - grid.row_px))
        if away < least:
            nearest, least = Hit(note, _part(left, right, min(max(x, left), right), True)), away
    return nearest


def drawn_from_to(grid: Grid, note: Note) -> tuple[float, float]:
    """The left and right edge of a note as it is drawn, at least two pixels apart. [any]"""
    left = grid.x_of(note.start_ticks)
    return left, max(grid.x_of(note.end_ticks), left + 2.0)


def inside_box(notes: Notes, start_ticks: float, end_ticks: float, lowest: int, highest: int) -> Iterable[Note]:
    """The notes that a box touches. [any]"""
    first, last = int(max(0.0, min(start_ticks, end_ticks))), int(max(0.0, start_ticks, end_ticks)) + 1
    return notes.between(first, last, lowest, highest)


def inside_lasso(grid: Grid, notes: Notes, points: list[tuple[float, float]]) -> Iterable[Note]:
    """The notes whose middle lies within a line drawn around them; points are (ticks, rows from the top). [any]"""
    if len(points) < 3:
        return []
    times, places = [point[0] for point in points], [point[1] for point in points]
    low, high = grid.rows.pitch_at(max(places)), grid.rows.pitch_at(min(places))
    within = inside_box(notes, min(times), max(times), low, high)
    return [
        note
        for note in within
        if _winds_around(points, (note.start_ticks + note.end_ticks) / 2, grid.rows.place(note.pitch) + 0.5)
    ]


def _part(left: float, right: float, x: float, by_touch: bool) -> Part:
    edge = min(INSIDE_PX * (TOUCH_TIMES if by_touch else 1.0), max(0.0, right - left - BODY_PX) / 2)
    if x < left + edge:
        return Part.START
    return Part.END if x >= right - edge else Part.BODY


def _winds_around(points: list[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a closed line goes around a point: a ray from it crosses the line an odd number of times."""
    inside = False
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            inside = not inside
    return inside
