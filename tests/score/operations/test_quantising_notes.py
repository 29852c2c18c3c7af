"""Notes fall on lines, by as much as one asks, and stay there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.note import Note
from score.operations.grid import BARS, EIGHTHS, SIXTEENTHS, Grid, Lines
from score.operations.quantising import Groove, Quantise
from score.tempo import Meter, TempoMap
from tests.score.made_up import scores, tempo_maps
from tests.score.operations.gestures import GRID, GROOVE, SHARE, done, ids_of, notes_of, piece


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


def starts(score):
    return [note.start_ticks for note in notes_of(score)]


def lines(grid, count, tempo=None):
    found, counted = [0], Lines(tempo or TempoMap(), grid)
    while len(found) < count:
        found.append(counted.after(found[-1]))
    return found


@settings(max_examples=150, deadline=None)
@given(scores(most_tracks=2, most_notes=8), GRID, st.booleans(), st.booleans(), SHARE, st.none() | GROOVE)
def test_quantised_twice_is_quantised_once(score, grid, begin, end, near, groove):
    operation = Quantise(grid, begin, end, 1.0, near, groove)
    once = all_done(operation, score)
    assert operation.edit(once, ids_of(once)) is None


@settings(max_examples=100, deadline=None)
@given(tempo_maps(), GRID, st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_the_nearest_line_is_nearest_and_lines_are_found_in_any_order(tempo, grid, places):
    counted = Lines(tempo, grid)
    for ticks in places:
        line, before, after = counted.nearest(ticks), counted.before(ticks), counted.after(ticks)
        assert before <= ticks < after
        assert line in (before, after)
        assert abs(line - ticks) == min(ticks - before, after - ticks)
        assert Lines(tempo, grid).nearest(ticks) == line
        bar = tempo.ticks_of(tempo.position(ticks).bar)
        assert before >= bar
        assert counted.nearest(bar) == bar


def test_lines_are_where_a_musician_counts_them():
    assert lines(SIXTEENTHS, 5) == [0, 240, 480, 720, 960]
    assert lines(Grid(8, "triplet"), 4) == [0, 320, 640, 960]
    assert lines(Grid(8, "dotted"), 7) == [0, 720, 1440, 2160, 2880, 3600, 3840]
    assert lines(Grid(8, swing_percent=75), 5) == [0, 720, 960, 1680, 1920]
    assert lines(Grid(8, swing_percent=200 / 3), 5) == [0, 640, 960, 1600, 1920]
    assert lines(BARS, 4, TempoMap(meters=(Meter(3840, 3, 4),))) == [0, 3840, 6720, 9600]
    assert lines(EIGHTHS, 8, TempoMap(meters=(Meter(0, 7, 8),)))[-1] == 3360
    assert Lines(TempoMap(), BARS).is_bar(3840) and not Lines(TempoMap(), BARS).is_bar(3839)


def test_lines_that_a_groove_carries_into_the_bar_before_are_still_found():
    early, late = Lines(TempoMap(), BARS, (-0.49,)), Lines(TempoMap(), BARS, (0.49,))
    assert (early.after(1958), early.after(3800), early.before(3800)) == (5798, 5798, 1958)
    assert (late.before(100), late.after(100), late.nearest(3800)) == (0, 1882, 1882)


def test_a_note_moves_with_its_length_and_its_bend():
    note = Note(250, 100, 60, bend_st=((0, 1.0), (50, 0.0)))
    after = notes_of(all_done(Quantise(), piece(note)))[0]
    assert (after.start_ticks, after.duration_ticks, after.bend_st) == (240, 100, note.bend_st)


def test_half_the_strength_goes_half_the_way():
    assert starts(all_done(Quantise(strength=0.5), piece(Note(200, 100, 60), Note(280, 9, 60)))) == [220, 260]
    assert Quantise(strength=0).edit(piece(Note(200, 100, 60)), [2]) is None


def test_what_is_far_from_every_line_was_meant_so():
    score = piece(Note(20, 10, 60), Note(340, 10, 60))
    assert starts(all_done(Quantise(nearer_than=0.5), score)) == [0, 340]


def test_ends_are_drawn_to_lines_and_no_note_is_drawn_to_nothing():
    score = piece(Note(10, 200, 60), Note(470, 20, 62))
    after = notes_of(all_done(Quantise(ends=True), score))
    assert [(n.start_ticks, n.end_ticks) for n in after] == [(0, 240), (480, 720)]
    after = notes_of(all_done(Quantise(starts=False, ends=True), score))
    assert [(n.start_ticks, n.end_ticks) for n in after] == [(10, 240), (470, 480)]


def test_the_feel_of_one_part_is_given_to_another():
    bars = [
        Note(3840 * bar + 960 * beat + (40 if beat % 2 else 0), 100, 36, 60 + 40 * (beat % 2))
        for bar in range(3)
        for beat in range(4)
    ]
    drums = piece(*bars)
    groove = Groove.of(drums, ids_of(drums), Grid(4))
    assert groove.velocities == (60, 100, 60, 100)
    stiff = piece(*(Note(960 * beat, 100, 60) for beat in range(8)))
    after = all_done(Quantise(groove=groove, groove_velocity=1.0), stiff)
    assert starts(after) == [0, 1000, 1920, 2920, 3840, 4840, 5760, 6760]
    assert [note.velocity for note in notes_of(after)] == [60, 100] * 4
    assert [n.velocity for n in notes_of(all_done(Quantise(groove=groove, groove_velocity=0.5), stiff))] == [70, 90] * 4
    assert Quantise(groove=groove).edit(drums, ids_of(drums)) is None


def test_a_groove_of_nothing_is_the_grid():
    score = piece(Note(250, 100, 60))
    assert starts(all_done(Quantise(groove=Groove.of(score, [])), score)) == [240]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Grid(0),
        lambda: Grid(16, "odd"),  # type: ignore[arg-type]
        lambda: Grid(16, swing_percent=80),
        lambda: Quantise(strength=1.5),
        lambda: Quantise(nearer_than=-1),
        lambda: Quantise(groove_velocity=float("nan")),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(EditError, match="Give"):
        wrong()
