"""Where the beats of a piece are, and how strong each is; and how far before a place a count begins. Values, no Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from score.tempo import Meter, TempoMap

BEAT, GROUP, BAR = range(3)
"""A beat, the first of a group within the bar (every third eighth of 6/8), the first of the bar."""

_GROUPED_FROM = 8
_GROUP = 3


class Beat(NamedTuple):
    """A beat, and its strength. [any]"""

    ticks: int
    strength: int


def beats(tempo: TempoMap, start: int, end: int) -> Iterator[Beat]:
    """The beats from one tick to before another; before the piece they go on as it begins. [any]"""
    bar = tempo.position(start).bar
    while tempo.ticks_of(bar) < end:
        begins, ends = tempo.ticks_of(bar), tempo.ticks_of(bar + 1)
        meter = tempo.meter_at(begins)
        for beat in range(1, meter.numerator + 1):
            ticks = tempo.ticks_of(bar, beat)
            if ticks >= min(end, ends):  # another meter may end a bar before its last beat
                break
            if ticks >= start:
                yield Beat(ticks, _strength(meter, beat))
        bar += 1


def count_from(tempo: TempoMap, ticks: int, bars: int) -> int:
    """Where a count begins that leads to a place: so many whole bars before the bar that it lies in. [any]"""
    return tempo.ticks_of(tempo.position(ticks).bar - bars) if bars else ticks


def _strength(meter: Meter, beat: int) -> int:
    if beat == 1:
        return BAR
    is_grouped = meter.denominator >= _GROUPED_FROM and meter.numerator > _GROUP and meter.numerator % _GROUP == 0
    return GROUP if is_grouped and (beat - 1) % _GROUP == 0 else BEAT
