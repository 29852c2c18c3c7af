"""A line of values taken apart and made simple: its slow part, its few points that matter, its steps.

Numbers in, numbers out; pure values, safe on any thread. What is smoothed is smoothed from both sides alike: the slow
part of a pitch lies under it, not behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import accumulate, pairwise
from math import ceil, cos, pi

from score.note import Curve
from score.operations.curves import nearest, without_repeats

Points = Sequence[tuple[float, float]]
"""A polyline: (when, how much), in order."""

_PASSES = 3  # of a moving mean: its ripples fall by 13 dB each time, and what is left is nearly a bell


def slow_line(values: Sequence[float], width: int) -> list[float]:
    """Values without what swings once in `width` of them, or faster; a straight line stays as it is.

    Beyond its ends a line is taken to go on as it goes there, and to swing on: so a vibrato that is cut off anywhere in
    its swing leaves no bump at the end, as it would if nothing, or a mirror, stood there. [any]
    """
    half = min(width, len(values)) // 2
    if half < 1:
        return list(values)
    before = _going_on(values, 2 * half + 1, _PASSES * half)
    behind = _going_on(values[::-1], 2 * half + 1, _PASSES * half)
    line = [*before[::-1], *values, *behind]
    for _ in range(_PASSES):
        sums = [0.0, *accumulate(line)]
        line = [(sums[n + 2 * half + 1] - sums[n]) / (2 * half + 1) for n in range(len(line) - 2 * half)]
    return line


def simplified(points: Points, tolerance: float, most: int) -> list[tuple[float, float]]:
    """The points of a polyline that matter: no other is further than the tolerance from it, in value.

    After U. Ramer (1972), and D. Douglas and T. Peucker (1973), but the point that is furthest off comes first, so
    that a bounded number of them are the ones that one would miss most. [any]
    """
    if len(points) < 3:
        return list(points)
    kept = {0, len(points) - 1}
    waiting: list[tuple[float, int, int, int]] = []

    def look(first: int, last: int) -> None:
        far, at = _furthest(points, first, last)
        if far > tolerance:
            heappush(waiting, (-far, at, first, last))

    look(0, len(points) - 1)
    while waiting and len(kept) < max(2, most):
        _, at, first, last = heappop(waiting)
        kept.add(at)
        look(first, at)
        look(at, last)
    return [points[n] for n in sorted(kept)]


def stairs(points: Points, step: float, most: int) -> Curve:
    """A polyline as values that hold: within half a step of it, and exact where it turns.

    Where that were more than `most`, and twice the points, the steps are larger. [any]
    """
    while points:
        made: list[tuple[int, float]] = []
        for (begin, low), (end, high) in pairwise(points):
            count = min(ceil(abs(high - low) / step), nearest(end - begin))
            made.append((nearest(begin), low))
            # Half a step before the line gets there, and half a step long behind it.
            for n in range(1, count + 1):
                made.append((nearest(begin + (end - begin) * (n - 0.5) / count), low + (high - low) * n / count))
        made.append((nearest(points[-1][0]), points[-1][1]))
        curve = without_repeats(dict(made).items())
        if len(curve) <= max(most, 2 * len(points)):
            return curve
        step *= 2
    return ()


def eased(share: float) -> float:
    """From 0 to 1 without a corner at either end: half a swing of a cosine. [any]"""
    return 0.5 - 0.5 * cos(pi * max(0.0, min(1.0, share)))


def reshaped(
    curve: Curve,
    neutral: float,
    times: Sequence[int],
    value_of: Callable[[int, float], float],
    least_step: float,
) -> Curve:
    """A curve with other values at its own points, and at more times where they would differ by a step. [any]"""
    own = dict(curve) if curve and curve[0][0] == 0 else {0: neutral, **dict(curve)}
    made: list[tuple[int, float]] = []
    held = neutral
    last = times[-1] if times else 0
    for ticks in sorted(own.keys() | set(times)):
        held = own.get(ticks, held)
        value = value_of(ticks, held)
        if (
            ticks in own
            or not made
            or abs(value - made[-1][1]) >= least_step
            or (ticks == last and value != made[-1][1])
        ):
            made.append((ticks, value))
    return tuple(made)


def values_of(curve: Curve, neutral: float, times: Sequence[int]) -> Iterator[float]:
    """What a curve says at some times, in order. [any]"""
    place, held = 0, neutral
    for ticks in times:
        while place < len(curve) and curve[place][0] <= ticks:
            held = curve[place][1]
            place += 1
        yield held


def spread(duration_ticks: int, step: Fraction, most: int) -> list[int]:
    """Times from 0 on to before the end, a step apart or further: as few as asked for. [any]"""
    step = max(step, Fraction(1), Fraction(duration_ticks, most))
    return [n * step.numerator // step.denominator for n in range(-int(-duration_ticks // step))]


def _going_on(values: Sequence[float], swing: int, count: int) -> list[float]:
    """What would stand before some values, the nearest first: the same swings, along the same slope."""
    swing, part = min(swing, len(values)), max(1, min(swing, len(values) // 2))
    # From one whole swing to the next there is no vibrato, only the slope.
    slope = (sum(values[part : 2 * part]) - sum(values[:part])) / part / part if len(values) > 1 else 0.0
    found: list[float] = []
    for n in range(1, count + 1):
        swings = -(-n // swing)
        found.append(values[swings * swing - n] - swings * swing * slope)
    return found


def _furthest(points: Points, first: int, last: int) -> tuple[float, int]:
    (begin, low), (end, high) = points[first], points[last]
    slope = (high - low) / (end - begin) if end > begin else 0.0
    far, at = 0.0, first
    for n in range(first + 1, last):
        off = abs(points[n][1] - (low + slope * (points[n][0] - begin)))
        if off > far:
            far, at = off, n
    return far, at
