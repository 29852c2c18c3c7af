"""Notes among many others: in order, found fast, and an edit leaves all others where they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.edits import ChangeNotes
from score.errors import EditError
from score.note import Note
from score.notes import CHUNK, Notes
from score.score import Score

MANY = 100_000


@pytest.fixture(scope="module")
def many():
    """A hundred thousand notes in one track, and one that lasts from the first to the last."""
    drone = [Note(0, MANY * 10, 30)]
    return Score().adding("Many", drone + [Note(10 * n, 15, 40 + n % 40) for n in range(1, MANY)])


def order(note):
    return note.start_ticks, note.pitch, note.id


SOME_NOTES = st.lists(st.builds(Note, st.integers(0, 3000), st.integers(1, 900), st.integers(50, 60)), max_size=900)


@settings(max_examples=60, deadline=None)
@given(SOME_NOTES, st.data())
def test_notes_are_a_sorted_list_whatever_is_taken_out_and_put_in(made, data):
    listed = {n: replace(note, id=n) for n, note in enumerate(made, 1)}
    notes = Notes(listed.values())
    for _ in range(3):
        ids = sorted(listed)
        gone = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
        changed = {n for n in gone if n % 2}
        fresh = [
            replace(note, id=len(made) + 10_000 + n)
            for n, note in enumerate(
                data.draw(
                    st.lists(
                        st.builds(Note, st.integers(0, 3000), st.integers(1, 900), st.integers(50, 60)), max_size=5
                    )
                )
            )
        ]
        fresh = [note for note in fresh if note.id not in listed]
        new = [replace(listed[n], start_ticks=listed[n].start_ticks + 700) for n in changed] + fresh
        before, before_list = notes, list(notes)
        notes = notes.replaced([listed[n] for n in gone], new)
        for n in gone:
            del listed[n]
        listed.update({note.id: note for note in new})
        wanted = sorted(listed.values(), key=order)
        assert [order(note) for note in notes] == [order(note) for note in wanted]
        assert len(notes) == len(wanted)
        assert all(notes.get(note.id) is note for note in wanted)
        assert all(notes.get(n) is None for n in gone - changed)
        assert list(before) == before_list
        assert all(0 < len(chunk.notes) <= 2 * CHUNK for chunk in notes.chunks)
        assert notes == Notes(wanted)
        start, length = data.draw(st.integers(0, 4000)), data.draw(st.integers(1, 2000))
        assert list(notes.between(start, start + length, 52, 57)) == [
            note
            for note in wanted
            if note.start_ticks < start + length and note.end_ticks > start and 52 <= note.pitch <= 57
        ]


def test_one_changed_note_of_a_hundred_thousand_leaves_all_but_one_chunk_untouched(many):
    note = many.tracks[0].notes.get(50_000)
    after, back = ChangeNotes((replace(note, pitch=note.pitch + 1),)).apply(many)
    was, now = many.tracks[0].notes.chunks, after.tracks[0].notes.chunks
    assert len(was) == len(now)
    fresh = [chunk for chunk, old in zip(now, was, strict=True) if chunk is not old]
    assert len(fresh) == 1
    assert len(fresh[0].notes) <= 2 * CHUNK
    assert back.apply(after)[0] == many


def test_a_note_moved_to_the_other_end_touches_two_chunks(many):
    note = many.tracks[0].notes.get(50_000)
    after, _ = ChangeNotes((replace(note, start_ticks=7),)).apply(many)
    old = {id(chunk) for chunk in many.tracks[0].notes.chunks}
    assert sum(id(chunk) not in old for chunk in after.tracks[0].notes.chunks) == 2


def test_a_question_about_a_moment_looks_at_few_of_a_hundred_thousand_notes(many):
    notes = many.tracks[0].notes
    looked_at = 0

    class Counting(tuple[Note, ...]):
        def __iter__(self):
            nonlocal looked_at
            for note in super().__iter__():
                looked_at += 1
                yield note

    counted = Notes()
    counted.chunks = tuple(chunk._replace(notes=Counting(chunk.notes)) for chunk in notes.chunks)
    counted._firsts, counted.count = notes._firsts, notes.count
    found = list(counted.between(500_000, 501_000))
    assert found == list(notes.between(500_000, 501_000))
    assert len(found) == 102  # those of the moment, one that still sounds, and the drone that began long before
    assert looked_at <= 4 * CHUNK


def test_a_track_that_was_thinned_out_is_as_compact_as_a_new_one():
    all_notes = [Note(n, 5, 60, id=n + 1) for n in range(40 * CHUNK)]
    thin = Notes(all_notes).replaced([note for note in all_notes if note.id % 40], ())
    assert len(thin) == CHUNK
    assert len(thin.chunks) <= 4
    assert [note.id for note in thin] == list(range(40, 40 * CHUNK + 1, 40))
    for note in thin:
        assert list(thin.between(note.start_ticks, note.start_ticks + 1)) == [note]
        assert thin.replaced([note], [replace(note, pitch=61)]).get(note.id) == replace(note, pitch=61)
    assert Notes(all_notes).replaced(all_notes, ()) == Notes()


def test_notes_that_are_not_there_or_there_twice_are_refused():
    notes = Notes([Note(0, 1, 60, id=1)])
    with pytest.raises(EditError, match="There is no note 2"):
        notes.replaced([Note(0, 1, 60, id=2)], ())
    with pytest.raises(EditError, match="There is no note 1"):
        notes.replaced([Note(0, 1, 60, id=1)] * 2, ())
    for taken in (1, 0, -1):
        with pytest.raises(EditError, match=f"No note can have the id {taken}"):
            notes.replaced((), [Note(5, 1, 60, id=taken)])
    with pytest.raises(EditError, match="No note can have the id 3"):
        notes.replaced((), [Note(5, 1, 60, id=3)] * 2)


def test_a_track_lasts_to_its_last_note_event_or_bar_of_silence():
    score = Score().adding("", [Note(0, 100, 60), Note(50, 10, 60)])
    assert (score.end_ticks, score.note_count) == (100, 2)
    assert Score().adding("", [Note(0, 100, 60)], length_ticks=3840).end_ticks == 3840
    assert Score().end_ticks == 0
