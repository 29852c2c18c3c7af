"""Geometry of the roll: pixels and ticks are one another's inverse, whatever the zoom; snapping and hitting."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gui.roll.grid import ALL_PITCHES, Grid, Rows
from gui.roll.hit import Part, hit, inside_lasso
from gui.roll.layout import Layout, Region, velocity_at, y_of_velocity
from gui.roll.scale import DEGREES, Key, pitch_name
from gui.roll.snap import NEAREST_PX, STRAIGHT, Snap, lines
from score.note import Note
from score.notes import Notes
from score.tempo import Meter, TempoMap

keys = st.builds(Key, st.integers(0, 11), st.sampled_from(list(DEGREES.values())))
rows = st.one_of(st.just(Rows()), st.builds(Rows.folded, keys, st.sets(st.integers(0, 127), max_size=5)))
grids = st.builds(
    lambda width, height, zoom, row, left, top, rows, end: Grid(
        width, height, zoom, row, left, top, rows, end
    ).within(),
    st.floats(50, 4000),
    st.floats(50, 3000),
    st.floats(2**-12, 4),
    st.floats(3, 48),
    st.floats(0, 1e6),
    st.floats(0, 3000),
    rows,
    st.integers(0, 10_000_000),
)
tempos = st.builds(
    TempoMap,
    st.sampled_from([24, 96, 480, 960]),
    st.just(()),
    st.lists(
        st.builds(Meter, st.integers(0, 40_000), st.integers(1, 13), st.sampled_from([2, 4, 8, 16])), max_size=4
    ).map(tuple),
)
snaps = st.builds(Snap, st.one_of(st.none(), st.sampled_from(STRAIGHT)), st.booleans())


@given(grids, st.floats(0, 1e7))
def test_a_tick_comes_back_from_its_pixel(grid, ticks):
    assert grid.ticks_at(grid.x_of(ticks)) == pytest.approx(ticks, abs=1e-6 * max(1.0, ticks))


@given(grids, st.integers(0, 127))
def test_a_pitch_that_has_a_row_comes_back_from_any_pixel_of_it(grid, pitch):
    assume(pitch in grid.rows.pitches)
    top = grid.y_of(pitch)
    for part in (0.01, 0.5, 0.99):
        assert grid.pitch_at(top + part * grid.row_px) == pitch


@given(grids, st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0, 1), st.floats(0, 1))
def test_what_is_under_the_pointer_stays_there_when_zooming(grid, time, pitch, part_x, part_y):
    x, y = part_x * grid.width_px, part_y * grid.height_px
    zoomed = grid.zoomed(time, pitch, x, y)
    if zoomed.left_px not in (0.0, zoomed.whole_width_px - zoomed.width_px):
        assert zoomed.ticks_at(x) == pytest.approx(grid.ticks_at(x), rel=1e-6, abs=1e-3)
    if zoomed.top_px not in (0.0, zoomed.whole_height_px - zoomed.height_px):
        row = (y + grid.top_px) / grid.row_px
        assert (y + zoomed.top_px) / zoomed.row_px == pytest.approx(row, rel=1e-6)


@given(grids, st.floats(-1e6, 1e6), st.floats(-1e4, 1e4))
def test_one_never_scrolls_beyond_the_piece(grid, right, down):
    there = grid.scrolled(right, down)
    assert 0 <= there.left_px <= max(0.0, there.whole_width_px - there.width_px)
    assert 0 <= there.top_px <= max(0.0, there.whole_height_px - there.height_px)
    assert there.scrolled() == there


@given(grids, st.integers(0, 5_000_000), st.integers(0, 127))
def test_what_is_asked_for_is_shown(grid, ticks, pitch):
    assume(ticks <= grid.end_ticks and pitch in grid.rows.pitches)
    shown = grid.showing(ticks, pitch)
    assert -1e-6 <= shown.x_of(ticks) <= shown.width_px + 1e-6
    assert shown.y_of(pitch) > -shown.row_px and shown.y_of(pitch) < shown.height_px


@given(keys, st.sets(st.integers(0, 127)))
def test_folding_hides_no_note_and_keeps_the_order_of_pitches(key, used):
    folded = Rows.folded(key, used)
    assert set(folded.pitches) >= used
    assert list(folded.pitches) == sorted(folded.pitches, reverse=True)
    places = [folded.place(pitch) for pitch in range(128)]
    assert places == sorted(places, reverse=True)


def test_all_rows_are_there_when_nothing_is_folded():
    assert [Rows().place(pitch) for pitch in ALL_PITCHES] == list(range(128))
    assert Rows().place(60.5) == 66.5


@given(tempos, snaps, st.floats(0, 200_000), st.floats(2**-6, 4))
def test_a_snapped_time_is_near_and_snapping_it_again_changes_nothing(tempo, snap, ticks, px_per_tick):
    low, high = snap.before(ticks, tempo, px_per_tick), snap.after(ticks, tempo, px_per_tick)
    nearest = snap.nearest(ticks, tempo, px_per_tick)
    assert low <= ticks < high
    assert nearest in (low, high) and abs(nearest - ticks) <= (high - low) / 2
    assert snap.nearest(nearest, tempo, px_per_tick) == nearest
    assert snap.length(round(ticks), tempo, px_per_tick) >= 1


@given(tempos, snaps, st.integers(1, 60))
def test_every_bar_can_be_reached_by_snapping(tempo, snap, bar):
    ticks = tempo.ticks_of(bar)
    assert snap.nearest(ticks, tempo, 1.0) == ticks
    assert snap.before(ticks, tempo, 1.0) == ticks


@given(st.floats(2**-10, 2**4), st.booleans())
def test_adaptive_steps_are_as_fine_as_can_be_told_apart(px_per_quarter, triplets):
    step = Snap(None, triplets).step(px_per_quarter)
    third = Fraction(2, 3) if triplets else 1
    assert step * 4 * px_per_quarter >= NEAREST_PX or step == third
    assert step / 2 * 4 * px_per_quarter < NEAREST_PX or step == STRAIGHT[-1] * third


def test_triplets_fall_on_thirds():
    snap = Snap(Fraction(1, 8), triplets=True)
    assert [snap.nearest(at, TempoMap(), 1.0) for at in (0, 310, 650, 950)] == [0, 320, 640, 960]


def test_a_note_that_is_not_led_lands_where_the_hand_is():
    assert Snap(is_on=False).nearest(1234.4, TempoMap(), 0.1) == 1234
    assert Snap().nearest(-500.0, TempoMap(), 0.1) == 0


@given(tempos, st.integers(0, 50_000), st.integers(1, 50_000), st.floats(2**-8, 2), snaps)
def test_lines_lie_in_the_window_in_order_and_bars_bear_their_numbers(tempo, start, length, px_per_tick, snap):
    drawn = list(lines(tempo, start, start + length, px_per_tick, snap))
    at = [line.ticks for line in drawn]
    assert at == sorted(at) and all(start <= ticks < start + length for ticks in at)
    assert len(set(at)) == len(at)
    for line in drawn:
        if line.bar:
            assert tempo.ticks_of(line.bar) == line.ticks
    assert len(drawn) <= length * px_per_tick / 6 + 2 * len(tempo.meters) + 2


def test_beats_follow_the_meter():
    tempo = TempoMap(960, (), (Meter(0, 3, 4), Meter(2880, 6, 8)))
    drawn = list(lines(tempo, 0, 5760, 0.05, Snap(Fraction(1, 4))))
    assert [line.ticks for line in drawn if line.bar] == [0, 2880]
    assert [line.ticks for line in drawn if line.is_beat] == [960, 1920, 3360, 3840, 4320, 4800, 5280]


@given(grids, st.integers(0, 100_000), st.integers(1, 20_000), st.integers(0, 127), st.booleans())
def test_the_middle_of_a_note_hits_its_body_and_far_away_nothing(grid, start, duration, pitch, by_touch):
    assume(pitch in grid.rows.pitches)
    note = Note(start, duration, pitch, id=1)
    x, y = grid.x_of(start + duration / 2), grid.middle_of(pitch)
    found = hit(grid, Notes([note]), x, y, by_touch)
    if duration * grid.px_per_tick >= 2:
        assert found == (note, Part.BODY)
    assert hit(grid, Notes([note]), grid.x_of(start + duration) + 40, y, by_touch) is None


@pytest.mark.parametrize(("x", "part"), [(97, Part.START), (102, Part.START), (110, Part.BODY), (190, Part.BODY)])
def test_the_ends_of_a_note_reach_a_little_out_of_it(x, part):
    grid = Grid(800, 400, 0.1, 16.0)
    found = hit(grid, Notes([Note(1000, 1000, 120, id=1)]), x, grid.middle_of(120))
    assert found is not None and found.part is part
    assert hit(grid, Notes([Note(1000, 1000, 120, id=1)]), 204, grid.middle_of(120)) is None
    assert hit(grid, Notes([Note(1000, 1000, 120, id=1)]), 206, grid.middle_of(120), by_touch=True) is not None


def test_of_notes_on_one_another_the_upper_is_hit_and_a_body_before_a_near_end():
    grid = Grid(800, 400, 0.1, 16.0)
    under, over, beside = Note(0, 1000, 120, id=1), Note(500, 1000, 120, id=2), Note(1500, 500, 120, id=3)
    notes, y = Notes([under, over, beside]), grid.middle_of(120)
    found = [hit(grid, notes, x, y) for x in (70, 20, 148, 151)]
    assert [each.note if each else None for each in found] == [over, under, over, beside]


def test_a_short_note_can_still_be_moved():
    grid = Grid(800, 400, 0.1, 16.0)
    found = hit(grid, Notes([Note(1000, 90, 120, id=1)]), 104, grid.middle_of(120))
    assert found is not None and found.part is Part.BODY


def test_a_lasso_of_two_points_goes_around_nothing():
    assert list(inside_lasso(Grid(), Notes([Note(0, 10, 60, id=1)]), [(0, 0), (100, 100)])) == []


@given(st.integers(0, 4000), st.integers(0, 3000), st.floats(0, 4000), st.floats(0, 3000))
def test_every_point_of_the_window_lies_in_one_part_of_it(width, height, x, y):
    layout = Layout(width, height)
    parts = [layout.notes, layout.keys, layout.ruler, layout.lane]
    assert sum(part.holds(x, y) for part in parts) == (layout.region(x, y) is not Region.CORNER)


@given(st.integers(1, 127), st.integers(300, 2000))
def test_a_velocity_comes_back_from_the_head_of_its_stem(velocity, height):
    lane = Layout(800, height).lane
    assume(lane.height > 40)
    assert velocity_at(lane, y_of_velocity(lane, velocity)) == velocity


def test_pitches_are_called_what_musicians_call_them():
    assert [pitch_name(60), pitch_name(61), pitch_name(61, True), pitch_name(0)] == ["C4", "C♯4", "D♭4", "C-1"]
