"""Every edit can be taken back, every step done again, and what cannot be is refused with nothing changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.edits import (
    AddNotes,
    AddTrack,
    ChangeEvents,
    ChangeNotes,
    Edit,
    MoveTrack,
    RemoveNotes,
    RemoveTrack,
    RenamePiece,
    RenameTrack,
    SetEvents,
    SetLength,
    SetTempo,
    SetZones,
    Together,
)
from score.errors import EditError
from score.events import Bend, Control, text
from score.history import History
from score.note import Note
from score.notes import Notes
from score.score import Score, Track
from score.tempo import Meter, Tempo, TempoMap
from score.zone import Zone
from tests.score.made_up import METAS, NAMES, TICKS, described, events, notes, scores, zones_of_a_track


@pytest.fixture
def score():
    """Two tracks of three notes: ids 1 and 5 are the tracks', 2 to 4 and 6 to 8 the notes'."""
    made = [Note(100 * n, 90, 60 + n) for n in range(3)]
    return Score(name="Piece").adding("One", made).adding("Two", made)


@st.composite
def edits(draw, score):
    """Something that can be done to a score, or, now and then, that cannot."""
    ids = [note.id for _, note in score] or [1]
    tracks = [track.id for track in score.tracks] or [1]
    some = draw(st.lists(st.sampled_from(ids), max_size=4, unique=True))
    track_id = draw(st.sampled_from(tracks))
    found = [score.find(note_id) for note_id in some]
    moved = [replace(here[1], start_ticks=here[1].start_ticks + draw(st.integers(0, 50))) for here in found if here]
    return draw(
        st.one_of(
            st.builds(AddNotes, st.just(track_id), st.lists(notes(), max_size=3).map(tuple)),
            st.just(RemoveNotes(tuple(some))),
            st.just(ChangeNotes(tuple(moved))),
            st.builds(AddTrack, st.builds(Track, NAMES), st.none() | st.integers(0, 2)),
            st.just(RemoveTrack(track_id)),
            st.builds(MoveTrack, st.just(track_id), st.integers(0, 2)),
            st.builds(RenameTrack, st.just(track_id), NAMES),
            st.builds(SetZones, st.just(track_id), zones_of_a_track()),
            st.builds(SetLength, st.just(track_id), TICKS),
            st.builds(ChangeEvents, st.just(track_id), st.just(()), st.lists(events(), max_size=2).map(tuple)),
            st.builds(ChangeEvents, st.none(), st.just(score.events[:1]), st.lists(METAS, max_size=2).map(tuple)),
            st.builds(SetEvents, st.just(track_id), st.lists(events(), max_size=2).map(tuple)),
            st.just(SetTempo(score.tempo.with_tempo(Tempo(draw(TICKS), 400_000)))),
            st.just(SetTempo(score.tempo.with_meter(Meter(draw(TICKS), 3, 4)))),
            st.builds(RenamePiece, NAMES),
        )
    )


@settings(max_examples=150, deadline=None)
@given(scores(most_tracks=2, most_notes=6), st.data())
def test_an_edit_its_inverse_and_the_inverse_of_that_lead_there_and_back_and_there(score, data):
    edit = data.draw(edits(score))
    before = described(score)
    try:
        after, back = edit.apply(score)
    except EditError:
        assert described(score) == before
        return
    again, forth = back.apply(after)
    assert described(again) == before
    assert described(score) == before
    assert described(forth.apply(again)[0]) == described(after)


@settings(max_examples=60, deadline=None)
@given(scores(most_tracks=2, most_notes=4), st.data())
def test_every_state_comes_back_through_undo_and_through_redo(score, data):
    history = History(score)
    states = [described(score)]
    for _ in range(data.draw(st.integers(1, 8))):
        edit = data.draw(edits(history.score))
        try:
            history.do(edit)
        except EditError:
            assert described(history.score) == states[-1]
        else:
            states.append(described(history.score))
    for state in reversed(states[:-1]):
        history.undo()
        assert described(history.score) == state
    assert history.undo_name is None
    for state in states[1:]:
        history.redo()
        assert described(history.score) == state
    assert history.redo_name is None


def test_a_new_note_gets_an_id_of_its_own_and_keeps_it_through_undo_and_redo(score):
    history = History(score)
    history.do(AddNotes(5, (Note(7, 7, 77), Note(8, 8, 78))))
    ids = [note.id for note in history.score.track(5).notes if note.pitch > 70]
    assert ids == [9, 10]
    history.undo()
    assert history.score == score
    history.redo()
    assert [note.id for note in history.score.track(5).notes if note.pitch > 70] == ids
    history.undo()
    history.do(AddNotes(5, (Note(9, 9, 79),)))
    assert history.score.find(9) is None
    assert history.score.find(11) is not None


def test_an_id_that_a_note_brought_with_it_is_given_to_no_other(score):
    history = History(score)
    history.do(AddNotes(1, (Note(0, 1, 60, id=50), Note(0, 1, 61))))
    history.do(AddNotes(5, (Note(0, 1, 60),)))
    assert sorted(note.id for _, note in history.score)[-3:] == [9, 50, 51]


def test_a_drag_is_one_step_and_costs_no_more_than_one_move(score):
    history = History(score)
    step = history.begin("Move 2 notes")
    for n in range(200):
        step.do(ChangeNotes(tuple(replace(score.tracks[0].notes.get(i), start_ticks=1000 + n) for i in (2, 3))))
        assert [note.start_ticks for note in history.score.tracks[0].notes if note.id in (2, 3)] == [1000 + n] * 2
    assert len(step._back) == 1
    step.end()
    moved = history.score
    assert history.undo_name == "Move 2 notes"
    assert history.undo() == score
    assert history.redo_name == "Move 2 notes"
    assert history.redo() == moved


def test_a_step_of_different_edits_is_undone_as_a_whole(score):
    history = History(score)
    with history.begin("Split note") as step:
        step.do(ChangeNotes((replace(score.find(2)[1], duration_ticks=40),)))
        step.do(AddNotes(1, (Note(40, 50, 60),)))
        step.do(ChangeNotes((replace(score.find(2)[1], duration_ticks=30),)))
    assert history.score.track(1).notes.count == 4
    assert history.undo() == score


def test_a_step_that_is_cancelled_or_fails_has_never_been(score):
    history = History(score)
    history.begin("Move").cancel()
    step = history.begin("Move")
    step.do(RemoveNotes((2,)))
    assert step.cancel() == score
    with pytest.raises(EditError, match="There is no note 99"), history.begin("Move") as step:
        step.do(RemoveNotes((2,)))
        step.do(RemoveNotes((99,)))
    assert (history.score, history.undo_name) == (score, None)
    with pytest.raises(EditError, match="'Move' has ended"):
        step.do(RemoveNotes((2,)))
    history.begin("Nothing").end()
    assert history.undo_name is None


def test_nothing_else_happens_while_a_step_is_open(score):
    history = History(score)
    step = history.begin("Draw")
    for wrong in (history.undo, history.redo, history.saved, lambda: history.begin("Other")):
        with pytest.raises(EditError, match="'Draw' is not finished"):
            wrong()
    assert not history.is_saved
    step.end()
    assert history.is_saved


def test_there_is_no_undo_before_the_first_step_and_no_redo_after_another(score):
    history = History(score)
    with pytest.raises(EditError, match="nothing to undo"):
        history.undo()
    history.do(RenamePiece("A"))
    history.undo()
    history.do(RenamePiece("B"))
    with pytest.raises(EditError, match="nothing to redo"):
        history.redo()


def test_a_score_is_saved_when_it_is_as_it_was_saved_whichever_way_it_came(score):
    history = History(score)
    assert history.is_saved
    history.do(RenamePiece("A"))
    history.saved()
    history.do(RenamePiece("B"))
    assert not history.is_saved
    history.undo()
    assert history.is_saved
    history.undo()
    assert not history.is_saved
    history.do(RenamePiece("A"))
    assert not history.is_saved


def test_steps_have_the_names_that_a_menu_shows(score):
    named: list[tuple[Edit, str]] = [
        (AddNotes(1, (Note(0, 1, 60),)), "Add 1 note"),
        (RemoveNotes((2, 6)), "Delete 2 notes"),
        (ChangeNotes((score.find(3)[1],), "Transpose"), "Transpose"),
        (AddTrack(Track()), "Add track"),
        (MoveTrack(1, 1), "Move track"),
        (RenameTrack(1, "Cello"), "Rename track"),
        (RemoveTrack(1), "Delete track"),
        (SetZones(5, (Zone(),)), "Change MPE zones"),
        (SetLength(5, 99), "Change length of track"),
        (ChangeEvents(None, (), (text(0, 6, "A"),), "Add marker"), "Add marker"),
        (SetTempo(score.tempo.with_tempo(Tempo(0, 1))), "Change tempo"),
        (RenamePiece("New"), "Rename piece"),
        (Together("Quantise", (RenamePiece("X"), RenamePiece("Y"))), "Quantise"),
    ]
    history = History(score)
    for edit, name in named:
        history.do(edit)
        assert history.undo_name == name
    for _, name in reversed(named):
        assert history.undo_name == name
        history.undo()
    assert history.score == score


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (AddNotes(99, (Note(0, 1, 60),)), "no track 99"),
        (AddNotes(1, (Note(0, 1, 60, id=6),)), "id 6 is taken"),
        (AddNotes(1, (Note(0, 1, 60, id=5),)), "id 5 is taken"),
        (RemoveNotes((2, 99)), "no note 99"),
        (RemoveNotes((2, 2)), "no note 2"),
        (ChangeNotes((Note(0, 1, 60, id=99),)), "no note 99"),
        (ChangeNotes((Note(0, 1, 60, id=2), Note(0, 1, 61, id=2))), "two ways at once"),
        (AddTrack(Track(id=5)), "track 5 is there already"),
        (AddTrack(Track(notes=Notes([Note(0, 1, 60, id=2)]), id=90)), "one of its notes is"),
        (AddTrack(Track(), 3), "no place 3 among 3 tracks. Give 0 to 2."),
        (RemoveTrack(2), "no track 2"),
        (MoveTrack(1, -1), "no place -1"),
        (RenameTrack(9, ""), "no track 9"),
        (ChangeEvents(1, (Bend(0, 0, 0),)), "no Bend"),
        (ChangeEvents(None, (), (Control(0, 0, 0, 0),)), "Give it to a track"),
        (SetTempo(TempoMap(480)), "counts 960 ticks a quarter, not 480"),
        (Together("Both", (RemoveNotes((2,)), RemoveNotes((2,)))), "no note 2"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_the_score_as_it_was(score, edit, why):
    history, before = History(score), described(score)
    with pytest.raises(EditError) as refusal:
        history.do(edit)
    assert why in str(refusal.value)
    assert described(history.score) == before
    assert history.undo_name is None


def test_notes_of_two_tracks_are_deleted_and_return_each_to_its_own(score):
    after, back = RemoveNotes((2, 6, 3)).apply(score)
    assert [len(track.notes) for track in after.tracks] == [1, 2]
    assert described(back.apply(after)[0]) == described(score)


def test_a_track_copied_from_another_score_gets_new_ids(score):
    after, _ = AddTrack(replace(score.tracks[0], id=0), 0).apply(score)
    ids = [track.id for track in after.tracks] + [note.id for _, note in after]
    assert len(set(ids)) == len(ids) == 12
    assert after.tracks[0] == score.tracks[0]
