"""What is meant by a box, a lasso or a beat is picked; what is pressed in step input stands on the grid."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.note import LAST_TICK, Note
from score.operations import choosing
from score.operations.grid import QUARTERS, Grid
from score.operations.stepping import Cursor
from score.score import Score
from tests.score.made_up import scores
from tests.score.operations.gestures import done, ids_of, notes_of, piece

# Ids 2 to 6, in this order.
SCORE = piece(Note(0, 480, 60), Note(0, 480, 67), Note(490, 400, 72), Note(960, 960, 60), Note(2000, 100, 79))
TRACK = SCORE.tracks[0]


def test_notes_are_picked_by_pitch_by_box_by_range_and_by_place_in_a_chord():
    everything = choosing.all_of(TRACK)
    assert everything == {2, 3, 4, 5, 6}
    assert choosing.others(TRACK, [2, 3]) == {4, 5, 6}
    assert choosing.of_same_pitch(SCORE, [2]) == {2, 5}
    assert choosing.of_same_pitch(SCORE, [3], any_octave=True) == {3, 6}
    assert choosing.of_same_pitch(SCORE, [2], any_octave=True) == {2, 4, 5}
    assert choosing.in_box(TRACK, 470, 500, 60, 70) == {2, 3}
    assert choosing.in_box(TRACK, 470, 500) == {2, 3, 4}
    assert choosing.in_range(TRACK, 470, 961) == {4, 5}
    assert choosing.highest_of(SCORE, everything) == {3, 4, 5, 6}
    assert choosing.lowest_of(SCORE, everything) == {2, 4, 5, 6}
    assert choosing.on_beat(SCORE, everything) == {2, 3, 5}
    assert choosing.on_beat(SCORE, everything, Grid(8), within_ticks=10) == {2, 3, 4, 5}


def test_a_lasso_picks_what_it_goes_round():
    assert choosing.in_lasso(TRACK, [(100, 59), (400, 59), (400, 65), (100, 65)]) == {2}
    hollow = [(100, 59), (1800, 59), (1800, 65), (1000, 65), (1000, 61.5), (400, 61.5), (400, 69), (100, 69)]
    assert choosing.in_lasso(TRACK, hollow) == {2, 3, 5}
    assert choosing.in_lasso(TRACK, [(0, 0), (9999, 127)]) == frozenset()


@settings(deadline=None)
@given(scores(most_tracks=1, most_notes=10), st.integers(0, 50_000), st.integers(0, 50_000))
def test_a_box_and_a_lasso_of_the_same_shape_agree_on_what_lies_wholly_in_it(score, start, length):
    for track in score.tracks:
        end = start + length + 1
        boxed = choosing.in_box(track, start, end)
        lasso = choosing.in_lasso(track, [(start, 0), (end, 0), (end, 128), (start, 128)])
        whole = {n.id for n in track.notes if start < n.start_ticks and n.end_ticks < end}
        assert whole <= lasso <= boxed


def pressed(score, cursor, *pitches):
    edit, cursor = cursor.play(score, pitches)
    return done(score, edit), cursor


def test_what_is_pressed_stands_step_after_step():
    score, cursor = Score().adding(), Cursor(1)
    score, cursor = pressed(score, cursor, 60)
    score, cursor = pressed(score, cursor, 64, 67, 64)
    cursor = cursor.rest(score)
    score, cursor = pressed(score, cursor, 72)
    found = [(note.start_ticks, note.duration_ticks, note.pitch) for note in notes_of(score)]
    assert found == [(0, 480, 60), (480, 480, 64), (480, 480, 67), (1440, 480, 72)]
    assert cursor.ticks == 1920
    assert cursor.play(score, []) == (None, cursor)


def test_a_tie_makes_the_last_step_longer_and_a_step_back_takes_it_away():
    score, cursor = pressed(Score().adding(), Cursor(1), 60)
    score, cursor = pressed(score, cursor, 62, 65)
    edit, cursor = cursor.tie(score)
    score = done(score, edit)
    assert [note.duration_ticks for note in notes_of(score)] == [480, 960, 960]
    assert cursor.ticks == 1440
    edit, cursor = cursor.back(score)
    assert (edit, cursor.ticks) == (None, 960)  # the tie began a step before
    edit, cursor = cursor.back(score)
    assert [note.pitch for note in notes_of(score)] == [60, 62, 65]
    assert Cursor(1).back(score) == (None, Cursor(1))
    assert Cursor(1).tie(score) == (None, Cursor(1))


def test_a_step_back_takes_what_was_just_set():
    score, cursor = pressed(Score().adding(), Cursor(1, grid=QUARTERS, length_percent=50), 60)
    assert notes_of(score)[0].duration_ticks == 480
    edit, cursor = cursor.back(score)
    assert notes_of(done(score, edit)) == []
    assert cursor.ticks == 0


def test_no_step_goes_beyond_all_time():
    with pytest.raises(EditError, match="no time behind"):
        Cursor(1, LAST_TICK - 1).play(Score().adding(), [60])
    assert ids_of(Score().adding()) == []
