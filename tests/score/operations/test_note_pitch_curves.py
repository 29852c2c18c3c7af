"""Drift goes and vibrato stays, vibrato goes and drift stays, and pitches meet where notes do."""

from __future__ import annotations

from itertools import pairwise
from math import pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.note import Note, value_at
from score.operations.cutting import Glue
from score.operations.intonation import (
    CentrePitch,
    Detune,
    Drift,
    JoinPitch,
    Portamento,
    Straighten,
    Vibrato,
    pitch_parts,
)
from score.operations.smoothing import eased, simplified, slow_line, stairs
from score.tempo import TempoMap
from tests.score.operations.gestures import done, ids_of, notes_of, piece

TICKS_PER_SECOND = 1920  # 960 a quarter, 120 quarters a minute


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


def sung(seconds=2.0, vibrato_st=0.4, vibrato_hz=5.5, drift_st=0.3, centre_st=0.0):
    """A note as a voice sings it: a hop of 10 ms a point."""
    points = []
    for n in range(int(seconds * 100)):
        s = n / 100
        wander = drift_st * sin(2 * pi * 0.5 * s)
        points.append((round(s * TICKS_PER_SECOND), centre_st + wander + vibrato_st * sin(2 * pi * vibrato_hz * s)))
    return Note(480, round(seconds * TICKS_PER_SECOND), 60, bend_st=tuple(points))


def heard(note, begin=0.0, end=1.0, count=400):
    places = [begin + (end - begin) * n / count for n in range(count)]
    return [value_at(note.bend_st, place * (note.duration_ticks - 1), 0.0) for place in places]


def rms(values):
    return (sum(value * value for value in values) / len(values)) ** 0.5


def difference(first, second):
    return [one - other for one, other in zip(first, second, strict=True)]


@pytest.mark.parametrize("vibrato_hz", [4.5, 5.5, 7.0])
def test_without_vibrato_the_drift_is_left(vibrato_hz):
    note = sung(vibrato_hz=vibrato_hz)
    after = notes_of(all_done(Vibrato(0), piece(note)))[0]
    left = difference(heard(after), heard(sung(vibrato_st=0.0)))
    assert rms(left) < 0.035  # 3.5 cents of the vibrato's 28, cut off at the ends as it is
    assert rms(left[80:320]) < 0.015


def test_without_drift_the_vibrato_is_left():
    after = notes_of(all_done(Drift(), piece(sung())))[0]
    left = difference(heard(after, 0.1, 0.9), heard(sung(drift_st=0.0), 0.1, 0.9))
    mean = sum(left) / len(left)
    assert rms([each - mean for each in left]) < 0.03


def test_half_of_the_drift_and_twice_the_vibrato_are_that():
    after = notes_of(all_done(Vibrato(2), piece(sung())))[0]
    assert rms(difference(heard(after, 0.1, 0.9), heard(sung(vibrato_st=0.8), 0.1, 0.9))) < 0.03
    after = notes_of(all_done(Drift(0.5), piece(sung(vibrato_st=0))))[0]
    assert max(heard(after)) - min(heard(after)) == pytest.approx(0.3, abs=0.06)


def test_a_note_that_was_sung_flat_on_the_whole_stays_there_unless_it_is_tuned():
    score = piece(sung(centre_st=-0.3, drift_st=0.1))
    flat = heard(notes_of(all_done(Straighten(in_tune=False), score))[0])
    assert max(flat) - min(flat) < 1e-9
    assert flat[0] == pytest.approx(-0.3, abs=0.06)
    assert notes_of(all_done(Straighten(), score))[0].bend_st == ()
    half = notes_of(all_done(Straighten(0.5), score))[0]
    assert heard(half) == pytest.approx([each / 2 for each in heard(notes_of(score)[0])])


def test_a_flat_note_is_brought_onto_its_key_with_all_its_movement():
    score = piece(sung(centre_st=-0.3, drift_st=0.1))
    before, after = notes_of(score)[0], notes_of(all_done(CentrePitch(), score))[0]
    shift = difference(heard(after), heard(before))
    assert max(shift) - min(shift) < 0.005 and shift[0] == pytest.approx(0.3, abs=0.06)
    half = notes_of(all_done(CentrePitch(0.5), score))[0]
    assert difference(heard(half), heard(before))[0] == pytest.approx(shift[0] / 2, abs=0.005)


def test_a_note_goes_up_by_cents_and_back():
    score = piece(sung(), Note(0, 100, 60))
    up = all_done(Detune(35), score)
    for before, after in zip(notes_of(score), notes_of(up), strict=True):
        assert difference(heard(after), heard(before)) == pytest.approx([0.35] * 400)
    back = notes_of(all_done(Detune(-35), up))
    assert [each for note in back for each in heard(note)] == pytest.approx(
        [each for note in notes_of(score) for each in heard(note)]
    )


def test_what_is_left_as_it_was_is_no_edit():
    score = piece(sung(), Note(0, 100, 60))
    for operation in (Drift(0), Vibrato(1), Straighten(0), Straighten(0, in_tune=False), CentrePitch(0), Detune(0)):
        assert operation.edit(score, ids_of(score)) is None


def test_a_straight_slide_has_no_vibrato_to_take():
    slide = Note(0, 1920, 60, bend_st=tuple((20 * n, n / 96) for n in range(96)))
    after = notes_of(all_done(Vibrato(0), piece(slide)))[0]
    assert rms(difference(heard(after), heard(slide))) < 0.01


def test_a_sparse_curve_is_smoothed_with_points_of_its_own():
    trill = Note(0, 1920, 60, bend_st=tuple((192 * n, float(n % 2)) for n in range(10)))
    after = notes_of(all_done(Vibrato(0, vibrato_hz=5), piece(trill)))[0]
    middle = heard(after, 0.2, 0.8)
    assert max(middle) - min(middle) < 0.1


def test_the_slow_line_can_be_drawn():
    parts = pitch_parts(sung(), TempoMap())
    assert len(parts) == 400
    assert parts[0][0] == 0
    assert rms([slow - 0.3 * sin(2 * pi * 0.5 * ticks / TICKS_PER_SECOND) for ticks, _, slow in parts]) < 0.05


@settings(deadline=None)
@given(st.lists(st.floats(-90, 90), min_size=1, max_size=60), st.integers(0, 200))
def test_smoothing_shifts_nothing_in_time_and_invents_nothing(values, width):
    line = slow_line(values, width)
    assert len(line) == len(values)
    assert slow_line(values[::-1], width)[::-1] == pytest.approx(line, abs=1e-6)
    straight = [0.5 * n - 3 for n in range(len(values))]
    assert slow_line(straight, width) == pytest.approx(straight, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(-90, 90), min_size=1, max_size=80), st.sampled_from([0.01, 0.5, 10.0]), st.integers(2, 90))
def test_a_simplified_path_keeps_to_its_tolerance_or_to_its_number(values, tolerance, most):
    points = [(float(n), value) for n, value in enumerate(values)]
    kept = simplified(points, tolerance, most)
    assert kept[0] == points[0] and kept[-1] == points[-1]
    assert set(kept) <= set(points)
    assert len(kept) <= most or len(points) <= 2
    if len(kept) < most:
        for (begin, low), (end, high) in pairwise(kept):
            for n in range(int(begin), int(end)):
                assert abs(values[n] - (low + (high - low) * (n - begin) / (end - begin))) <= tolerance + 1e-9


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 500), st.floats(-90, 90)), min_size=2, max_size=8), st.sampled_from([0.5, 4.0])
)
def test_stairs_keep_to_half_a_step_of_their_path(given_points, step):
    points, at = [], 0
    for gap, value in given_points:
        at += gap
        points.append((at, value))
    curve = stairs(points, step, 100_000)
    assert value_at(curve, points[0][0], 0) == points[0][1]
    assert value_at(curve, points[-1][0], 0) == points[-1][1]
    for (begin, low), (end, high) in pairwise(points):
        slope = abs(high - low) / (end - begin)  # a stair stands on a tick, and so up to half of one beside its place
        for ticks in range(begin, end):
            on_path = low + (high - low) * (ticks - begin) / (end - begin)
            assert abs(value_at(curve, ticks, 0) - on_path) <= step / 2 + max(slope, 0) + 1e-9


def test_stairs_that_were_too_many_are_larger():
    curve = stairs([(0, 0.0), (10_000, 90.0)], 0.01, 50)
    assert len(curve) <= 50
    assert (curve[0], curve[-1][1]) == ((0, 0.0), 90.0)


def test_easing_begins_and_ends_without_a_corner():
    assert [eased(share) for share in (-1, 0, 0.5, 1, 2)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_two_halves_that_were_tuned_apart_meet_again():
    left = Note(0, 960, 60, bend_st=((0, 0.2),))
    right = Note(960, 960, 60, bend_st=((0, -0.2),))
    first, second = notes_of(all_done(JoinPitch(), piece(left, right)))
    assert value_at(first.bend_st, 959, 0) == pytest.approx(value_at(second.bend_st, 0, 0), abs=0.03)
    assert value_at(first.bend_st, 500, 0) == 0.2
    assert value_at(second.bend_st, 500, 0) == -0.2
    steps = [b[1] - a[1] for a, b in pairwise(first.bend_st)]
    assert max(map(abs, steps)) < 0.06


def test_a_step_that_was_meant_is_not_joined_nor_a_rest_bridged():
    assert JoinPitch().edit(piece(Note(0, 960, 60), Note(960, 960, 62)), [2, 3]) is None
    assert JoinPitch().edit(piece(Note(0, 900, 60, bend_st=((0, 0.5),)), Note(960, 960, 60)), [2, 3]) is None


def test_a_slur_becomes_a_slide_and_the_slide_one_note():
    score = all_done(Portamento(time_ms=100), piece(Note(0, 960, 60), Note(960, 960, 64)))
    first, second = notes_of(score)
    assert first == Note(0, 960, 60)
    assert second.bend_st[0] == (0, -4.0)
    assert value_at(second.bend_st, 96, 0) == pytest.approx(-2, abs=0.3)
    assert value_at(second.bend_st, 192, -1) == 0
    assert [value for _, value in second.bend_st] == sorted(value for _, value in second.bend_st)
    whole = notes_of(all_done(Glue(across_pitches=True), score))[0]
    assert (whole.pitch, whole.duration_ticks) == (60, 1920)
    assert value_at(whole.bend_st, 961, 0) == pytest.approx(0, abs=0.1)
    assert value_at(whole.bend_st, 1900, 0) == 4


def test_a_slide_begins_where_the_voice_before_it_was():
    left = Note(0, 960, 60, bend_st=((0, 0.0), (900, 0.7)))
    _, second = notes_of(all_done(Portamento(), piece(left, Note(970, 960, 62, bend_st=((0, -0.1),)))))
    assert second.bend_st[0][1] == pytest.approx(60.7 - 62)
    assert second.bend_st[-1][1] == -0.1


@pytest.mark.parametrize("wrong", [lambda: Drift(2), lambda: Vibrato(-1), lambda: Straighten(float("nan"))])
def test_amounts_beyond_all_are_refused(wrong):
    with pytest.raises(EditError, match="Give 0 to"):
        wrong()


def test_no_voice_swings_so_fast():
    with pytest.raises(EditError, match="Give 1 to 20"):
        Vibrato(0, vibrato_hz=0).edit(piece(sung()), [2])
