"""Whatever the hand does to notes can be taken back to the byte, and leaves notes that a score can have."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.history import History
from score.midifile import to_bytes
from score.note import LAST_TICK, Note
from score.operations.moving import Duplicate, Move, Mute
from score.operations.pitches import Transpose
from score.operations.quantising import Quantise
from score.operations.selection import new_ids, picked
from score.score import Score
from tests.score.made_up import described, scores
from tests.score.operations.gestures import LANE_OPERATIONS, OPERATIONS, done, ids_of, picks, piece, row


def assert_sound(score):
    """Every note passes its own examination again, and stands where its track looks for it."""
    for track, note in score:
        assert note == Note(
            note.start_ticks,
            note.duration_ticks,
            note.pitch,
            note.velocity,
            note.channel,
            note.release_velocity,
            note.bend_st,
            note.pressure,
            note.timbre,
            note.muted,
        )
        assert track.notes.get(note.id) is note
    for track in score.tracks:
        starts = [(note.start_ticks, note.pitch, note.id) for note in track.notes]
        assert starts == sorted(starts)


@settings(max_examples=250, deadline=None)
@given(scores(most_tracks=2, most_notes=8), st.data())
def test_any_sequence_of_operations_is_undone_to_the_byte_and_done_again(score, data):
    history = History(score)
    states = [(described(score), to_bytes(score))]
    for _ in range(data.draw(st.integers(1, 6))):
        now = history.score
        try:
            if now.tracks and data.draw(st.integers(0, 4)) == 0:
                edit = data.draw(LANE_OPERATIONS).edit(now, data.draw(st.sampled_from(now.tracks)).id)
            else:
                edit = data.draw(OPERATIONS).edit(now, data.draw(picks(now)))
            if edit is None:
                continue
            history.do(edit)
        except EditError:
            assert described(history.score) == states[-1][0]
            continue
        assert history.undo_name == edit.name != ""
        assert described(history.score) != states[-1][0], f"{edit} does nothing, and so is none"
        assert_sound(history.score)
        states.append((described(history.score), to_bytes(history.score)))
    for state, data_before in reversed(states[:-1]):
        history.undo()
        assert described(history.score) == state
        assert to_bytes(history.score) == data_before
    assert history.undo_name is None
    for state, data_after in states[1:]:
        history.redo()
        assert described(history.score) == state
        assert to_bytes(history.score) == data_after


@settings(max_examples=100, deadline=None)
@given(scores(most_tracks=1, most_notes=6), OPERATIONS)
def test_an_operation_on_nothing_is_no_edit(score, operation):
    assert operation.edit(score, []) is None


@settings(max_examples=30, deadline=None)
@given(OPERATIONS)
def test_a_note_that_is_gone_is_refused_by_every_operation(operation):
    with pytest.raises(EditError, match="There is no note 99"):
        operation.edit(piece(*row(60, 62)), [2, 99])


@settings(max_examples=150, deadline=None)
@given(OPERATIONS, st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000), st.integers(0, 127)), min_size=1))
def test_at_the_end_of_all_time_an_operation_is_done_or_refused(operation, places):
    made = [Note(LAST_TICK - gap, min(gap, length), pitch, bend_st=((0, 1.0),)) for gap, length, pitch in places]
    score = piece(*made)
    try:
        edit = operation.edit(score, ids_of(score))
    except EditError:
        return
    after = done(score, edit)
    assert_sound(after)
    if edit is not None:
        assert described(edit.apply(score)[1].apply(after)[0]) == described(score)


def test_steps_have_names_that_say_what_and_how_much():
    score = piece(*row(60, 62, 64))
    for operation, name in (
        (Transpose(2), "Transpose 3 notes"),
        (Move(10), "Move 3 notes"),
        (Duplicate(), "Duplicate 3 notes"),
        (Mute(), "Mute 3 notes"),
        (Quantise(ends=True, strength=0.5), None),
    ):
        edit = operation.edit(score, ids_of(score))
        assert (edit.name if edit else None) == name


def test_what_an_operation_added_can_be_picked_at_once():
    score = piece(*row(60, 62))
    after = done(score, Duplicate().edit(score, ids_of(score)))
    assert new_ids(score, after) == (4, 5)
    assert [note.pitch for note in picked(after, new_ids(score, after))] == [60, 62]


def test_a_hundred_thousand_notes_are_quantised_and_brought_back(record_property):
    notes = [Note(n * 61 + n % 17, 50, 30 + n % 60) for n in range(100_000)]
    score = Score().adding("Long", notes)
    ids = ids_of(score)
    began = time.perf_counter()
    edit = Quantise().edit(score, ids)
    assert edit is not None
    made = time.perf_counter()
    after, back = edit.apply(score)
    record_property("quantise_ms", round((made - began) * 1000))
    record_property("apply_ms", round((time.perf_counter() - made) * 1000))
    assert all(note.start_ticks % 240 == 0 for _, note in after)
    assert back.apply(after)[0] == score
