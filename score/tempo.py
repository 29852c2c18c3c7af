"""Ticks, seconds and bars: one map from each to the others, exact both ways.

Pure values, safe on any thread. Tempo is microseconds a quarter, as a MIDI file has it, so that no rounding ever adds
up: a take of hours stays in time with its metronome. Sums are whole numbers of 1 µs / ticks_per_quarter; a float
appears only as the last step.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeVar

from score.errors import EditError
from score.note import LAST_TICK, whole

TICKS_PER_QUARTER = 960
"""What new scores count in: it divides by 2 to the 6th, 3 and 5, so triplets and quintuplets fall on ticks."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """From here on a quarter lasts so many microseconds (500 000 is 120 a minute). [any]"""

    ticks: int
    us_per_quarter: int

    def __post_init__(self) -> None:
        whole(self.ticks, 0, LAST_TICK, "the time of a tempo, in ticks,")
        whole(self.us_per_quarter, 1, 0xFFFFFF, "a tempo, in microseconds a quarter,")


@dataclass(frozen=True, slots=True)
class Meter:
    """From here on bars are numerator/denominator; the last two are what MIDI says of its metronome. [any]"""

    ticks: int
    numerator: int
    denominator: int
    clocks_per_click: int = 24
    thirty_seconds_per_quarter: int = 8

    def __post_init__(self) -> None:
        whole(self.ticks, 0, LAST_TICK, "the time of a meter, in ticks,")
        whole(self.numerator, 1, 255, "the upper number of a meter")
        whole(self.denominator, 1, 128, "the lower number of a meter")
        if self.denominator & (self.denominator - 1):
            raise EditError(f"No note is a {self.denominator}th.", "Give 1, 2, 4, 8, 16, 32, 64 or 128 below.")
        whole(self.clocks_per_click, 0, 255, "a meter's clocks per click")
        whole(self.thirty_seconds_per_quarter, 0, 255, "a meter's 32nds per quarter")


class Position(NamedTuple):
    """A place as musicians say it: bars and beats count from 1, `ticks` is what lies beyond the beat. [any]"""

    bar: int
    beat: int
    ticks: int


Change = TypeVar("Change", Tempo, Meter)


@dataclass(frozen=True, slots=True)
class TempoMap:
    """All changes of tempo and meter; 120 a minute and 4/4 where nothing is said. [any]"""

    ticks_per_quarter: int = TICKS_PER_QUARTER
    tempos: tuple[Tempo, ...] = ()
    meters: tuple[Meter, ...] = ()
    _tempo_ticks: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _tempo_times: tuple[int, ...] = field(init=False, repr=False, compare=False)  # in µs / ticks_per_quarter
    _meter_ticks: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _meter_bars: tuple[int, ...] = field(init=False, repr=False, compare=False)  # bars before each meter

    def __post_init__(self) -> None:
        whole(self.ticks_per_quarter, 1, 0x7FFF, "the number of ticks a quarter")
        tempos = _in_order(self.tempos, Tempo(0, 500_000))
        meters = _in_order(self.meters, Meter(0, 4, 4))
        times, bars = [0], [0]
        for tempo, then in pairwise(tempos):
            times.append(times[-1] + (then.ticks - tempo.ticks) * tempo.us_per_quarter)
        for meter, after in pairwise(meters):
            # A meter that comes in the middle of a bar ends that bar.
            bars.append(bars[-1] + -((meter.ticks - after.ticks) // self._bar_ticks(meter)))
        for name, value in (
            ("tempos", tempos),
            ("meters", meters),
            ("_tempo_ticks", tuple(tempo.ticks for tempo in tempos)),
            ("_tempo_times", tuple(times)),
            ("_meter_ticks", tuple(meter.ticks for meter in meters)),
            ("_meter_bars", tuple(bars)),
        ):
            object.__setattr__(self, name, value)

    def seconds_at(self, ticks: float) -> float:
        """When a tick comes, fractions of one included; before 0 the first tempo holds. [any]"""
        at = max(0, bisect_right(self._tempo_ticks, ticks) - 1)
        tempo = self.tempos[at]
        beyond = ticks if isinstance(ticks, int) else Fraction(ticks)
        exact = self._tempo_times[at] + (beyond - tempo.ticks) * tempo.us_per_quarter
        # int / int and Fraction / int are both rounded once, to the nearest float.
        return float(exact / (1_000_000 * self.ticks_per_quarter))

    def ticks_at(self, seconds: float) -> float:
        """Where one is after so many seconds; `round(ticks_at(seconds_at(tick)))` is that tick again. [any]"""
        time = Fraction(seconds) * 1_000_000 * self.ticks_per_quarter
        at = max(0, bisect_right(self._tempo_times, time) - 1)
        tempo = self.tempos[at]
        return float(tempo.ticks + (time - self._tempo_times[at]) / tempo.us_per_quarter)

    def tempo_at(self, ticks: float) -> Tempo:
        """The tempo that holds at a tick. [any]"""
        return self.tempos[max(0, bisect_right(self._tempo_ticks, ticks) - 1)]

    def meter_at(self, ticks: float) -> Meter:
        """The meter that holds at a tick. [any]"""
        return self.meters[max(0, bisect_right(self._meter_ticks, ticks) - 1)]

    def position(self, ticks: int) -> Position:
        """Bar, beat and rest of a tick. [any]"""
        at = max(0, bisect_right(self._meter_ticks, ticks) - 1)
        meter, inside = self.meters[at], ticks - self._meter_ticks[at]
        bar_ticks = self._bar_ticks(meter)
        # Bars and beats may be fractions of ticks long; each begins at the first tick that is not before it.
        bar = _last_begun(inside, bar_ticks)
        in_bar = inside - _ceil(bar * bar_ticks)
        beat = min(_last_begun(in_bar, self._beat_ticks(meter)), meter.numerator - 1)
        return Position(self._meter_bars[at] + bar + 1, beat + 1, in_bar - _ceil(beat * self._beat_ticks(meter)))

    def ticks_of(self, bar: int, beat: int = 1, ticks: int = 0) -> int:
        """The tick of a bar, and of a beat in it. [any]"""
        at = max(0, bisect_right(self._meter_bars, bar - 1) - 1)
        meter = self.meters[at]
        start = _ceil((bar - 1 - self._meter_bars[at]) * self._bar_ticks(meter))
        return self._meter_ticks[at] + start + _ceil((beat - 1) * self._beat_ticks(meter)) + ticks

    def with_tempo(self, tempo: Tempo) -> TempoMap:
        """The map with this tempo, in place of one at the same tick. [any]"""
        return TempoMap(self.ticks_per_quarter, (*self.tempos, tempo), self.meters)

    def with_meter(self, meter: Meter) -> TempoMap:
        """The map with this meter, in place of one at the same tick. [any]"""
        return TempoMap(self.ticks_per_quarter, self.tempos, (*self.meters, meter))

    def without_change_at(self, ticks: int) -> TempoMap:
        """The map without the changes at a tick; those at 0 stay, for something must hold. [any]"""
        return TempoMap(
            self.ticks_per_quarter,
            tuple(tempo for tempo in self.tempos if tempo.ticks != ticks or ticks == 0),
            tuple(meter for meter in self.meters if meter.ticks != ticks or ticks == 0),
        )

    def _beat_ticks(self, meter: Meter) -> Fraction:
        return Fraction(4 * self.ticks_per_quarter, meter.denominator)

    def _bar_ticks(self, meter: Meter) -> Fraction:
        return meter.numerator * self._beat_ticks(meter)


def _in_order(changes: Iterable[Change], first: Change) -> tuple[Change, ...]:
    """Sorted, one a tick (the last said is meant), and one at the beginning."""
    at: dict[int, Change] = {first.ticks: first}
    at.update((change.ticks, change) for change in changes)
    return tuple(at[ticks] for ticks in sorted(at))


def _ceil(ticks: Fraction | int) -> int:
    return -int(-ticks // 1)


def _last_begun(inside: int, length: Fraction) -> int:
    """How many whole lengths have begun by a tick, the first of them not counted."""
    return int(inside // length)
