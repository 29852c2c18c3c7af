"""Times that the hand is drawn to: bars, beats and their parts, triplets too, as fine as can be told apart.

A time that was pointed at comes in, the nearest one on the grid goes out. Pure, safe on any thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from score.note import LAST_TICK
from score.tempo import Meter, TempoMap

NEAREST_PX = 12.0
"""Adaptive snapping takes the finest step whose lines are at least so far apart."""

LEAST_STEP_PX = 8.0
"""Steps whose lines would lie closer are not drawn."""

STRAIGHT = (*(Fraction(1, 2**n) for n in range(8)),)
"""Parts of a whole note, from 1/1 to 1/128."""


@dataclass(frozen=True, slots=True)
class Snap:
    """How the hand is led: `part` of a whole note, or adaptive where it is None; not at all when off. [any]"""

    part: Fraction | None = None
    triplets: bool = False
    is_on: bool = True
    dotted: bool = False

    def step(self, px_per_quarter: float) -> Fraction:
        """The part of a whole note that holds at this zoom. [any]"""
        times = Fraction(2, 3) if self.triplets else Fraction(3, 2) if self.dotted else Fraction(1)
        if self.part is not None:
            return self.part * times
        fits = [part for part in STRAIGHT if part * times * 4 * px_per_quarter >= NEAREST_PX]
        return (fits[-1] if fits else STRAIGHT[0]) * times

    @property
    def name(self) -> str:
        """As a menu says it. [any]"""
        if not self.is_on:
            return "Off"
        part = "Adaptive" if self.part is None else str(self.part) if self.part < 1 else f"{self.part}/1"
        return f"{part} triplets" if self.triplets else f"{part} dotted" if self.dotted else part

    def nearest(self, ticks: float, tempo: TempoMap, px_per_tick: float) -> int:
        """The time on the grid that is nearest, or the tick itself when snapping is off. [any]"""
        if not self.is_on:
            return _kept(round(ticks))
        low, high = self._around(ticks, tempo, px_per_tick)
        return low if ticks - low < high - ticks else high

    def before(self, ticks: float, tempo: TempoMap, px_per_tick: float) -> int:
        """The last time on the grid that is not after it: where a note begins that is drawn here. [any]"""
        return self._around(ticks, tempo, px_per_tick)[0] if self.is_on else _kept(int(ticks // 1))

    def after(self, ticks: float, tempo: TempoMap, px_per_tick: float) -> int:
        """The first time on the grid that is later. [any]"""
        return self._around(ticks, tempo, px_per_tick)[1] if self.is_on else _kept(int(ticks // 1) + 1)

    def length(self, ticks: int, tempo: TempoMap, px_per_tick: float) -> int:
        """How long one step is there, in ticks; never 0. [any]"""
        low, high = self._around(ticks, tempo, px_per_tick)
        return max(1, high - low)

    def _around(self, ticks: float, tempo: TempoMap, px_per_tick: float) -> tuple[int, int]:
        """The two times on the grid between which it lies, or on the first of which."""
        ticks = min(max(ticks, 0.0), float(LAST_TICK - 1))
        quarter = tempo.ticks_per_quarter
        step = self.step(px_per_tick * quarter) * 4 * quarter
        bar = tempo.position(int(ticks)).bar
        start, end = tempo.ticks_of(bar), tempo.ticks_of(bar + 1)
        # Steps are counted from the bar's first tick, so that they fit it in any meter.
        inside = int(Fraction(ticks - start) // step) if ticks >= start else 0
        low = start + ceil(inside * step)
        high = start + ceil((inside + 1) * step)
        if low > ticks:
            low, high = start + ceil((inside - 1) * step), low
        return _kept(low), _kept(max(min(high, end), low + 1))


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be drawn, and for a bar its number. [any]"""

    ticks: int
    bar: int = 0
    is_beat: bool = False


def lines(tempo: TempoMap, start_ticks: int, end_ticks: int, px_per_tick: float, snap: Snap) -> Iterator[Line]:
    """Bars, beats and steps of the snap from start to before end, where they lie far enough apart to be seen. [any]

    Bars have their number; beats say so; the others are steps.
    """
    quarter = tempo.ticks_per_quarter
    step = snap.step(px_per_tick * quarter) * 4 * quarter
    bar = tempo.position(max(0, start_ticks)).bar
    bar -= (bar - 1) % _every(tempo, tempo.ticks_of(bar), px_per_tick)
    at = tempo.ticks_of(bar)
    parts: dict[tuple[int, int, int], tuple[tuple[int, bool], ...]] = {}
    while at < end_ticks and at <= LAST_TICK:
        every = _every(tempo, at, px_per_tick)
        if rest := (bar - 1) % every:
            # A meter with shorter bars began: the next bar that is drawn is one that can be counted by.
            at, bar = _bars_later(tempo, bar, at, every - rest), bar + every - rest
            continue
        then = _bars_later(tempo, bar, at, every)
        if at >= start_ticks:
            yield Line(at, bar)
        if every == 1:
            meter = tempo.meter_at(at)
            alike = (then - at, meter.numerator, meter.denominator)
            if alike not in parts:
                parts[alike] = _parts_of_bar(then - at, meter, quarter, step, px_per_tick)
            for after, is_beat in parts[alike]:
                if start_ticks <= at + after < end_ticks:
                    yield Line(at + after, 0, is_beat)
        bar, at = bar + every, then


def _every(tempo: TempoMap, at: int, px_per_tick: float) -> int:
    """Each how many-th bar is drawn there: a power of two, so that zooming takes lines away and moves none."""
    meter = tempo.meter_at(at)
    bar_px = 4 * tempo.ticks_per_quarter * meter.numerator / meter.denominator * px_per_tick
    every = 1
    while every * bar_px < NEAREST_PX:
        every *= 2
    return every


def _bars_later(tempo: TempoMap, bar: int, at: int, every: int) -> int:
    """Where the bar so many later begins; by plain counting where no meter changes before it."""
    meter = tempo.meter_at(at)
    whole, rest = divmod(4 * tempo.ticks_per_quarter * meter.numerator, meter.denominator)
    then = at + every * whole
    if rest or meter is not tempo.meter_at(then):
        return tempo.ticks_of(bar + every)
    return then


def _parts_of_bar(
    bar_ticks: int, meter: Meter, quarter: int, step: Fraction, px_per_tick: float
) -> tuple[tuple[int, bool], ...]:
    """Beats and steps that can be told apart, counted from the bar's first tick."""
    beat = Fraction(4 * quarter, meter.denominator)
    beats: set[int] = set()
    steps: set[int] = set()
    if beat * px_per_tick >= NEAREST_PX:
        beats = {ceil(n * beat) for n in range(1, meter.numerator)}
    if step * px_per_tick >= LEAST_STEP_PX:
        steps = {ceil(n * step) for n in range(1, ceil(bar_ticks / step))}
    return tuple((at, at in beats) for at in sorted(beats | steps) if at < bar_ticks)


ROOM_PX = 4096.0


class Ruling:
    """The lines of a window and of its neighbours, kept, since most frames show those of the frame before. [gui]"""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._start, self._end = 0, 0
        self._ticks: list[int] = []
        self._lines: list[Line] = []

    def between(self, tempo: TempoMap, start_ticks: int, end_ticks: int, px_per_tick: float, snap: Snap) -> list[Line]:
        """What `lines` says. [gui]"""
        of = (tempo, px_per_tick, snap)
        if of != self._of or start_ticks < self._start or end_ticks > self._end:
            # At a new zoom only what is seen: the next frame may have another one.
            room = int(ROOM_PX / px_per_tick) if of == self._of else 0
            self._of, self._start, self._end = of, max(0, start_ticks - room), end_ticks + room
            self._lines = list(lines(tempo, self._start, self._end, px_per_tick, snap))
            self._ticks = [line.ticks for line in self._lines]
        return self._lines[bisect_left(self._ticks, start_ticks) : bisect_left(self._ticks, end_ticks)]


def _kept(ticks: int) -> int:
    return min(max(ticks, 0), LAST_TICK)
