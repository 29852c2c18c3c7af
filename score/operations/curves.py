"""A note cut, moved at one end, stretched or turned round, with its bend, pressure and timbre where they belong.

Notes and curves in, notes and curves out; pure values, safe on any thread. A curve's value holds until its next point
(see `score.note`), so what is cut begins with the value that sounded there, and what grows goes on with its last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from score.note import LAST_TICK, NEUTRAL_BEND_ST, NEUTRAL_PRESSURE, NEUTRAL_TIMBRE, Curve, Note, value_at

NEUTRAL: dict[str, float] = {"bend_st": NEUTRAL_BEND_ST, "pressure": NEUTRAL_PRESSURE, "timbre": NEUTRAL_TIMBRE}
"""The curves of a note by name, and what each says where it says nothing."""


def ended_at(note: Note, end_ticks: int) -> Note:
    """The note until another end, at least a tick long; what its curves said beyond it is gone. [any]"""
    duration = max(1, min(end_ticks, LAST_TICK) - note.start_ticks)
    if duration == note.duration_ticks:
        return note
    if not note.is_expressive:
        return _timed(note, note.start_ticks, duration)
    return _with_curves(note, lambda curve, _: until(curve, duration), duration_ticks=duration)


def begun_at(note: Note, start_ticks: int) -> Note:
    """The note from another start to the same end; its curves stay where they are in time. [any]"""
    start = max(0, min(start_ticks, note.end_ticks - 1))
    later = start - note.start_ticks
    if later == 0:
        return note
    return _with_curves(
        note,
        lambda curve, neutral: since(curve, later, neutral),
        start_ticks=start,
        duration_ticks=note.duration_ticks - later,
    )


def moved_to(note: Note, start_ticks: int) -> Note:
    """The whole note at another start; it is cut only where no time is left for it. [any]"""
    start = max(0, min(start_ticks, LAST_TICK - 1))
    if start == note.start_ticks:
        return note
    if start + note.duration_ticks > LAST_TICK:
        note = ended_at(note, note.start_ticks + LAST_TICK - start)
    return _timed(note, start, note.duration_ticks)


def stretched(note: Note, start_ticks: int, end_ticks: int) -> Note:
    """The note from one tick to another, with its curves stretched along. [any]"""
    start = max(0, min(start_ticks, LAST_TICK - 1))
    duration = max(1, min(end_ticks, LAST_TICK) - start)
    ratio = Fraction(duration, note.duration_ticks)
    return _with_curves(note, lambda curve, _: scaled(curve, ratio), start_ticks=start, duration_ticks=duration)


def turned_round(note: Note) -> Note:
    """The note with its curves from the end to the beginning. [any]"""
    return _with_curves(note, lambda curve, neutral: _mirrored(curve, note.duration_ticks, neutral))


def cut_at(note: Note, at_ticks: int) -> tuple[Note, Note]:
    """The two halves of a note that sounds before and after a tick; the second one has no id yet. [any]"""
    return ended_at(note, at_ticks), replace(begun_at(note, at_ticks), id=0)


def joined(first: Note, second: Note) -> Note:
    """One note from the start of the first to the end of the second, which begins within it or later.

    It is attacked as the first and released as the second. Where pitches differ, the bend goes to the second's. [any]
    """
    offset = second.start_ticks - first.start_ticks
    step_st = second.pitch - first.pitch
    end = max(first.end_ticks, second.end_ticks)
    curves: dict[str, Curve] = {}
    for name, neutral in NEUTRAL.items():
        mine, its = getattr(first, name), getattr(second, name)
        if name == "bend_st" and step_st:
            its = tuple((ticks, value + step_st) for ticks, value in (its or ((0, neutral),)))
        head = tuple(point for point in mine if point[0] < offset)
        tail = [(ticks + offset, value) for ticks, value in (its or ((0, neutral),))]
        if tail[0][1] == value_at(head, offset, neutral):
            tail = tail[1:]
        curves[name] = (*head, *tail)
    duration = end - first.start_ticks
    return replace(
        first,
        duration_ticks=duration,
        release_velocity=second.release_velocity,
        bend_st=curves["bend_st"],
        pressure=curves["pressure"],
        timbre=curves["timbre"],
    )


def until(curve: Curve, duration_ticks: int) -> Curve:
    """What a curve says before its note ends. [any]"""
    return tuple(point for point in curve if point[0] < duration_ticks)


def since(curve: Curve, later_ticks: int, neutral: float) -> Curve:
    """A curve whose note begins later, or, below 0, earlier: then its first value holds from the new start. [any]"""
    if not curve:
        return curve
    first = curve[0][1] if later_ticks < 0 else value_at(curve, later_ticks, neutral)
    rest = tuple((ticks - later_ticks, value) for ticks, value in curve[0 if later_ticks > 0 else 1 :])
    return ((0, first), *(point for point in rest if point[0] > 0))


def scaled(curve: Curve, ratio: Fraction) -> Curve:
    """A curve over a longer or shorter time; of points that fall together the last one stays. [any]"""
    return tuple({nearest(ticks * ratio): value for ticks, value in curve}.items())


def without_repeats(points: Iterable[tuple[int, float]]) -> Curve:
    """The same curve without points that change nothing. [any]"""
    kept: list[tuple[int, float]] = []
    for point in points:
        if not kept or point[1] != kept[-1][1]:
            kept.append(point)
    return tuple(kept)


def nearest(ticks: Fraction | float) -> int:
    """The nearest whole tick; a half goes up, everywhere alike, so that a grid does not limp. [any]"""
    return int((ticks + Fraction(1, 2)) // 1) if isinstance(ticks, Fraction) else int((ticks + 0.5) // 1)


def _timed(note: Note, start_ticks: int, duration_ticks: int) -> Note:
    """The note at another time. Not dataclasses.replace: it costs more than all the rest of moving 100 000 notes."""
    return Note(
        start_ticks,
        duration_ticks,
        note.pitch,
        note.velocity,
        note.channel,
        note.release_velocity,
        note.bend_st,
        note.pressure,
        note.timbre,
        note.muted,
        note.id,
    )


def _mirrored(curve: Curve, duration_ticks: int, neutral: float) -> Curve:
    if not curve:
        return curve
    points = [point for point in (curve if curve[0][0] == 0 else ((0, neutral), *curve)) if point[0] < duration_ticks]
    ends = [*(ticks for ticks, _ in points[1:]), duration_ticks]
    return tuple(
        (duration_ticks - end, value) for (_, value), end in zip(reversed(points), reversed(ends), strict=True)
    )


def _with_curves(note: Note, change: Callable[[Curve, float], Curve], **fields: int) -> Note:
    """The note with all its curves changed, and with other fields; checked once, when all of it fits together."""
    if not note.is_expressive:
        return replace(note, **fields) if fields else note  # type: ignore[arg-type]
    curves = {name: change(getattr(note, name), neutral) for name, neutral in NEUTRAL.items() if getattr(note, name)}
    return replace(note, **fields, **curves)  # type: ignore[arg-type]
