"""One note made into another by a hand: moved, cut at either end, split, with its curves in their places.

Pure values, safe on any thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from score.harmony.scales import Scale
from score.note import LAST_TICK, Curve, Note

Point = tuple[float, float]
"""When, and how much."""


def moved(note: Note, ticks: int, semitones: int) -> Note:
    """Elsewhere in time and pitch, with all that it does while it sounds. [any]"""
    return replace(note, start_ticks=note.start_ticks + ticks, pitch=note.pitch + semitones)


def trimmed(note: Note, start_ticks: int, end_ticks: int) -> Note:
    """From another start to another end; its curves stay where they were in time. [any]

    What is new at the start holds the first value that the curve had: a note that begins earlier does not jump.
    """
    later, duration = start_ticks - note.start_ticks, end_ticks - start_ticks
    return replace(
        note,
        start_ticks=start_ticks,
        duration_ticks=duration,
        bend_st=_cut(note.bend_st, later, duration),
        pressure=_cut(note.pressure, later, duration),
        timbre=_cut(note.timbre, later, duration),
    )


def split(note: Note, ticks: int) -> tuple[Note, Note]:
    """The part before a time, which keeps the id, and the part from it on, which has none yet. [any]"""
    return trimmed(note, note.start_ticks, ticks), replace(trimmed(note, ticks, note.end_ticks), id=0)


def room(notes: Sequence[Note]) -> tuple[int, int, int, int]:
    """How far these notes can go together: earlier, later (in ticks), down, up (in semitones). [any]"""
    pitches = {note.pitch for note in notes}
    return (
        -min([note.start_ticks for note in notes]),
        LAST_TICK - max([note.start_ticks + note.duration_ticks for note in notes]),
        -min(pitches),
        127 - max(pitches),
    )


def drawn_over(points: list[Point], last: Point, here: Point) -> list[Point]:
    """A path with one step more, in order of time: a hand that goes back draws over what it drew. [any]"""
    low, high = sorted((last[0], here[0]))
    kept = [point for point in points if not low <= point[0] <= high]
    new = [last, here] if last[0] < here[0] else [here, last] if here[0] < last[0] else [here]
    place = bisect_left(kept, low, key=lambda point: point[0])
    return [*kept[:place], *new, *kept[place:]]


def stepped(pitch: int, steps: int, scale: Scale) -> int:
    """So many steps of a scale higher, and on it wherever it was before. [any]"""
    return scale.nearest(min(max(scale.stepped(pitch, steps), 0), 127))


def _cut(curve: Curve, later: int, duration: int) -> Curve:
    if not curve:
        return ()
    points: list[tuple[int, float]] = []
    for ticks, value in curve:
        at = ticks - later
        if at > duration:
            break
        if at <= 0:
            points = [(0, value)]
        else:
            points.append((at, value))
    if points and points[0][0] > 0:
        points.insert(0, (0, points[0][1]))
    return tuple(points) or ((0, curve[0][1]),)
