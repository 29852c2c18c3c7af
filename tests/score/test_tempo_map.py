"""Ticks, seconds and bars: exact, both ways, for every map."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.note import LAST_TICK
from score.tempo import Meter, Position, Tempo, TempoMap
from tests.score.made_up import tempo_maps

ANY_TICK = st.one_of(st.integers(0, 300_000), st.integers(0, LAST_TICK))


def exact_seconds(tempo, tick):
    """Tick by segment, in fractions: slow and plain."""
    seconds, ends = Fraction(0), [change.ticks for change in tempo.tempos[1:]] + [LAST_TICK + 1]
    for change, end in zip(tempo.tempos, ends, strict=True):
        inside = max(0, min(tick, end) - change.ticks)
        seconds += Fraction(inside * change.us_per_quarter, tempo.ticks_per_quarter * 1_000_000)
    return seconds


@settings(deadline=None)
@given(tempo_maps(), ANY_TICK)
def test_seconds_are_the_nearest_float_to_the_exact_time(tempo, tick):
    assert tempo.seconds_at(tick) == float(exact_seconds(tempo, tick))


@settings(deadline=None)
@given(tempo_maps(), ANY_TICK)
def test_a_tick_comes_back_from_its_seconds(tempo, tick):
    assert round(tempo.ticks_at(tempo.seconds_at(tick))) == tick


@settings(deadline=None)
@given(tempo_maps(), st.floats(-10, LAST_TICK), st.floats(-10, LAST_TICK))
def test_later_ticks_are_never_earlier_in_seconds(tempo, one, other):
    early, late = sorted((one, other))
    assert tempo.seconds_at(early) <= tempo.seconds_at(late)
    assert tempo.ticks_at(early) <= tempo.ticks_at(late)


@settings(deadline=None)
@given(tempo_maps(), ANY_TICK)
def test_a_tick_comes_back_from_its_bar_and_beat(tempo, tick):
    place = tempo.position(tick)
    assert tempo.ticks_of(*place) == tick
    assert place.bar >= 1
    assert 1 <= place.beat <= tempo.meter_at(tick).numerator
    assert place.ticks >= 0


@settings(deadline=None)
@given(tempo_maps(), ANY_TICK, ANY_TICK)
def test_later_ticks_are_never_in_earlier_bars(tempo, one, other):
    early, late = sorted((one, other))
    assert tempo.position(early) <= tempo.position(late)


def test_without_a_word_it_is_120_a_minute_and_four_quarters():
    tempo = TempoMap()
    assert tempo.seconds_at(960) == 0.5
    assert tempo.ticks_at(0.25) == 480.0
    assert tempo.position(4 * 960 + 960 + 7) == Position(2, 2, 7)


def test_a_tenth_of_a_microsecond_too_much_never_adds_up():
    tempo = TempoMap(960, (Tempo(0, 333_333),))
    assert tempo.seconds_at(960 * 3_000 * 60) == 333_333 * 180_000 / 1_000_000


def test_bars_count_on_through_changes_of_meter_and_a_change_within_a_bar_ends_it():
    tempo = TempoMap(480, meters=(Meter(0, 3, 4), Meter(2880, 6, 8), Meter(2880 + 1440 + 100, 4, 4)))
    assert tempo.position(2879) == Position(2, 3, 479)
    assert tempo.position(2880) == Position(3, 1, 0)
    assert tempo.position(2880 + 240) == Position(3, 2, 0)
    assert tempo.position(2880 + 1440) == Position(4, 1, 0)
    assert tempo.position(2880 + 1540) == Position(5, 1, 0)
    assert tempo.ticks_of(5) == 2880 + 1540


def test_bars_and_beats_that_are_parts_of_ticks_long_lose_no_tick():
    for meter in (Meter(0, 3, 8), Meter(0, 7, 16), Meter(0, 1, 128), Meter(0, 5, 64)):
        for ticks_per_quarter in (1, 3, 7):
            tempo = TempoMap(ticks_per_quarter, meters=(meter, Meter(101, 5, 32)))
            places = [tempo.position(tick) for tick in range(200)]
            assert [tempo.ticks_of(*place) for place in places] == list(range(200))
            assert places == sorted(places)
    assert TempoMap(1, meters=(Meter(0, 3, 8),)).ticks_of(4) == 5  # three bars of a tick and a half


def test_changes_are_put_in_order_and_the_last_said_at_a_tick_holds():
    tempo = TempoMap(tempos=(Tempo(960, 1), Tempo(480, 2), Tempo(960, 3)))
    assert tempo.tempos == (Tempo(0, 500_000), Tempo(480, 2), Tempo(960, 3))
    assert tempo.with_tempo(Tempo(0, 9)).tempos[0] == Tempo(0, 9)
    assert tempo.with_meter(Meter(9, 3, 4)).meter_at(9).numerator == 3
    assert tempo.without_change_at(480).tempos == (Tempo(0, 500_000), Tempo(960, 3))
    assert tempo.without_change_at(0) == tempo
    assert [tempo.tempo_at(ticks).us_per_quarter for ticks in (0, 479, 480, 960)] == [500_000, 500_000, 2, 3]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Tempo(-1, 500_000),
        lambda: Tempo(0, 0),
        lambda: Tempo(0, 0x1000000),
        lambda: Tempo(0, 0.5),  # type: ignore[arg-type]
        lambda: Meter(0, 0, 4),
        lambda: Meter(0, 4, 3),
        lambda: Meter(0, 4, 256),
        lambda: TempoMap(0),
        lambda: TempoMap(0x8000),
    ],
)
def test_a_tempo_or_meter_that_cannot_be_is_refused(make):
    with pytest.raises(EditError):
        make()
