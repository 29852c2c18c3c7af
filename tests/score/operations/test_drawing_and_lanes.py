"""What a hand draws is what is kept, where it drew and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.events import Bend, Control, Pressure, ProgramChange
from score.note import Note, value_at
from score.operations.drawing import DrawVelocity, Redraw, Stroke
from score.operations.lanes import ClearLane, DrawLane, Lane, ScaleLane, ThinOut, lanes_of
from score.score import Score
from score.zone import Zone
from tests.score.made_up import notes
from tests.score.operations.gestures import STROKE, done, ids_of, notes_of, piece, row

EXPRESSION, WHEEL = Lane(number=11), Lane("bend")


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


def laned(*events):
    return Score().adding("", (), events)


def lane_done(operation, score):
    return done(score, operation.edit(score, score.tracks[0].id))


def values(score, lane=EXPRESSION):
    return lane.values(score.tracks[0])


def test_a_later_sweep_of_the_hand_takes_the_place_of_an_earlier_one():
    assert Stroke(((0, 1), (10, 2), (20, 3), (12, 9), (5, 8))).points == ((0, 1), (5, 8), (12, 9), (20, 3))
    assert Stroke(((30, 1), (20, 2), (10, 3))).points == ((10, 3), (20, 2), (30, 1))
    assert Stroke(((5, 1), (5, 2))).points == ((5, 2),)


def test_strokes_have_the_shapes_of_their_tools():
    ends = ((0, 0.0), (50, 80.0), (100, 10.0))
    assert [Stroke(ends).value(ticks) for ticks in (-5, 0, 25, 50, 100, 500)] == [0, 0, 40, 80, 10, 10]
    assert [Stroke(ends, "line").value(ticks) for ticks in (0, 50, 100)] == [0, 5, 10]
    assert [Stroke(ends, "steps").value(ticks) for ticks in (0, 49, 50, 99, 100)] == [0, 0, 80, 80, 10]
    eased = [Stroke(ends, "curve").value(ticks) for ticks in (0, 25, 50, 75, 100)]
    assert eased == pytest.approx([0, 1.46, 5, 8.54, 10], abs=0.01)
    assert Stroke(ends, "curve", bow=1).value(50) < 1 < 8 < Stroke(ends, "curve", bow=-1).value(50)
    with pytest.raises(EditError, match="Nothing was drawn"):
        Stroke(())


@settings(max_examples=150, deadline=None)
@given(notes(), STROKE, st.sampled_from([("bend_st", 0.0), ("pressure", 0), ("timbre", 64)]))
def test_a_redrawn_curve_follows_the_hand_and_stays_elsewhere(note, stroke, which):
    name, neutral = which
    after = notes_of(all_done(Redraw(stroke, name), piece(note)))[0]
    old, new = getattr(note, name), getattr(after, name)
    low = max(0, stroke.start_ticks - note.start_ticks)
    high = min(note.duration_ticks - 1, stroke.end_ticks - note.start_ticks)
    if high < low:
        assert after == note
        return
    for at in {0, low - 1, high + 1, note.duration_ticks - 1}:
        if 0 <= at < note.duration_ticks and not low <= at <= high:
            assert value_at(new, at, neutral) == value_at(old, at, neutral)
    assert len(new) <= 512 + 2 * 64 + len(old) + 2
    drawn = stroke.value(note.start_ticks + low)
    wanted = max(-96, min(96, drawn - note.pitch)) if name == "bend_st" else max(0, min(127, drawn))
    assert abs(value_at(new, low, neutral) - wanted) <= (0.05 if name == "bend_st" else 0.55)


def test_the_tremble_of_a_hand_is_not_kept():
    trembling = Stroke(tuple((10 * n, 60.0 + 0.02 * (n % 2)) for n in range(96)))
    after = notes_of(all_done(Redraw(trembling), piece(Note(0, 960, 60))))[0]
    assert len(after.bend_st) <= 3
    scoop = Stroke(tuple((10 * n, 60 - 0.9**n) for n in range(60)))
    after = notes_of(all_done(Redraw(scoop), piece(Note(0, 960, 60))))[0]
    assert all(abs(value_at(after.bend_st, 10 * n, 0) + 0.9**n) < 0.13 for n in range(60))


def test_a_path_over_two_notes_is_the_pitch_of_both():
    slide = Stroke(((480, 60.0), (1440, 62.0)), "line")
    first, second = notes_of(all_done(Redraw(slide), piece(Note(0, 960, 60), Note(960, 960, 62))))
    assert value_at(first.bend_st, 400, 9) == 0
    assert value_at(first.bend_st, 959, 9) == pytest.approx(1, abs=0.02)
    assert value_at(second.bend_st, 0, 9) == pytest.approx(-1, abs=0.02)
    assert value_at(second.bend_st, 481, 9) == 0


def test_velocities_are_drawn_over_the_notes_under_the_stroke():
    score = piece(*row(60, 62, 64, 65))
    after = all_done(DrawVelocity(Stroke(((400, 20), (1000, 120)), "line")), score)
    assert [note.velocity for note in notes_of(after)] == [80, 33, 113, 80]


def test_a_line_in_a_lane_passes_every_value_once():
    after = lane_done(DrawLane(EXPRESSION, Stroke(((0, 20), (960, 100)), "line")), laned())
    assert [value for _, value in values(after)] == list(range(20, 101))
    assert values(after)[0] == (0, 20)
    assert all(abs(20 + ticks / 12 - value) <= 0.6 for ticks, value in values(after))


def test_what_is_drawn_holds_until_the_next_event_or_gives_way_to_what_was_there():
    score = laned(Control(0, 0, 11, 50), Control(100, 0, 11, 60), Control(2000, 0, 11, 70), ProgramChange(100, 0, 5))
    flat = Stroke(((90, 10), (1000, 10)))
    assert values(lane_done(DrawLane(EXPRESSION, flat), score)) == ((0, 50), (90, 10), (2000, 70))
    back = lane_done(DrawLane(EXPRESSION, flat, last_value_holds=False), score)
    assert values(back) == ((0, 50), (90, 10), (1001, 60), (2000, 70))
    assert ProgramChange(100, 0, 5) in back.tracks[0].events


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(-8192, 8191)), max_size=12),
    STROKE,
    st.sampled_from([EXPRESSION, WHEEL, Lane("pressure")]),
)
def test_a_lane_is_as_it_was_outside_a_stroke_that_gives_way(told, stroke, lane):
    told = [lane.event(ticks, max(lane.lowest, min(lane.highest, value))) for ticks, value in told]
    score = laned(*told)
    after = lane_done(DrawLane(lane, stroke, last_value_holds=False), score)
    for at in {0, stroke.start_ticks - 1, stroke.end_ticks + 1, 60_001, *(event.ticks for event in told)}:
        if at >= 0 and not stroke.start_ticks <= at <= stroke.end_ticks:
            before = lane.value(score.tracks[0], at)
            # Before the first event nothing was said; behind the stroke it has to be, as what was meant by that.
            assert lane.value(after.tracks[0], at) == before
    percent = (lane.highest - lane.lowest) / 100
    for at in {stroke.start_ticks, stroke.end_ticks}:
        wanted = max(lane.lowest, min(lane.highest, stroke.value(at)))
        assert abs(lane.value(after.tracks[0], at) - wanted) <= percent + 1


def test_a_drawn_bend_reaches_its_ends_exactly():
    after = lane_done(DrawLane(WHEEL, Stroke(((0, 0), (960, 8191)), "curve")), laned())
    assert (values(after, WHEEL)[0], WHEEL.value(after.tracks[0], 960)) == ((0, 0), 8191)
    assert len(values(after, WHEEL)) < 600


def test_a_lane_is_scaled_along_a_ramp():
    score = laned(*(Control(100 * n, 0, 11, 100) for n in range(5)), Bend(100, 0, -4000))
    faded = lane_done(ScaleLane(EXPRESSION, 100, 400, 1.0, 0.0), score)
    assert [value for _, value in values(faded)] == [100, 100, 67, 33, 100]
    assert values(lane_done(ScaleLane(WHEEL, 0, 400, 3, 3), score), WHEEL) == ((100, -8192),)
    assert ScaleLane(EXPRESSION, 0, 900).edit(score, 1) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 127)), max_size=40), st.sampled_from([0.0, 2.0, 20.0]))
def test_a_thinned_lane_says_nearly_the_same_at_every_tick_and_ends_alike(told, percent):
    score = laned(*(Control(ticks, 0, 11, value) for ticks, value in told))
    after = lane_done(ThinOut(EXPRESSION, percent=percent), score)
    before_track, after_track = score.tracks[0], after.tracks[0]
    for ticks in {0, *(ticks for ticks, _ in told), 901}:
        if told and ticks >= min(ticks for ticks, _ in told):
            apart = EXPRESSION.value(before_track, ticks) - EXPRESSION.value(after_track, ticks)
            assert abs(apart) <= percent * 1.27
    assert EXPRESSION.value(before_track, 1000) == EXPRESSION.value(after_track, 1000)
    assert ThinOut(EXPRESSION, percent=percent).edit(after, 1) is None


def test_a_lane_is_cleared_in_a_range_and_lanes_are_listed():
    score = laned(Control(0, 0, 11, 1), Control(50, 0, 11, 2), Bend(0, 1, 3), Pressure(0, 0, 4), Control(0, 0, 1, 5))
    assert values(lane_done(ClearLane(EXPRESSION, 10, 60), score)) == ((0, 1),)
    assert lanes_of(score.tracks[0]) == [Lane("pressure", 0), Lane(number=1), Lane(number=11), Lane("bend", 1)]
    assert ClearLane(Lane(number=64)).edit(score, 1) is None


def test_a_lane_rests_where_instruments_rest():
    assert [Lane(number=n).neutral for n in (1, 7, 10, 11, 64)] == [0, 100, 64, 127, 0]
    assert (WHEEL.neutral, Lane("pressure").neutral) == (0, 0)
    for wrong in (
        lambda: Lane(number=128),
        lambda: Lane("tempo"),  # type: ignore[arg-type]
        lambda: Lane("bend", 16),
    ):
        with pytest.raises(EditError, match="Give"):
            wrong()


def test_a_channel_that_single_notes_use_has_no_lane_of_its_own():
    score = Score().adding("", (), (), (Zone(),))
    with pytest.raises(EditError, match="would move a single note"):
        lane_done(DrawLane(Lane("bend", 3), Stroke(((0, 0), (10, 100)))), score)
