"""Takes in their lanes: which stands where, and one undo back to every byte."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session import comping
from gui.session.act import Act
from gui.session.document import Document
from gui.session.setup import Change, Setup, Span, Take
from gui.session.take_notes import TakeNotes, read_notes, write_notes
from gui.session.text import Saved, State, from_bytes, to_bytes
from score.edits import AddNotes, ChangeNotes, RemoveNotes, Together
from score.errors import EditError, SessionError
from score.events import Control
from score.note import Note
from score.score import Score
from score.tempo import TempoMap
from score.zone import Zone
from tests.session.crashing import all_of, closing, crash

VOICE = 1
BAR = 3840


class Piece:
    """A document of one track, and what was heard in its takes."""

    def __init__(self, home: Path, *own: Note) -> None:
        self.document = Document.new(home, State(Setup(), Score().adding("Voice", own, zones=(Zone(),))))
        self.heard: dict[str, TakeNotes] = {}

    def record(self, file: str, *notes: Note, start: int = 0, end: int = 4 * BAR, replaces: bool = True) -> None:
        self.heard[file] = TakeNotes(notes)
        take = Take(file, VOICE, start, end, file)
        self.act(
            comping.taken_in(
                "Record", self.document.score, self.document.setup, take, self.heard[file], replaces=replaces
            )
        )

    def choose(self, file: str, start: int, end: int) -> None:
        score, setup = self.document.score, self.document.setup
        self.act(comping.choose("Choose", score, setup, file, Span(start, end), self.heard[file]))

    def act(self, act: Act | None) -> None:
        if act is not None:
            self.document.act(act)

    @property
    def stands(self) -> list[tuple[int, int, int]]:
        return [(note.start_ticks, note.end_ticks, note.pitch) for note in self.document.score.track(VOICE).notes]

    def chosen(self, file: str) -> list[tuple[int, int]]:
        take = next(take for take in self.document.setup.takes if take.file == file)
        return [(span.start_ticks, span.end_ticks) for span in take.chosen]

    def bytes(self) -> bytes:
        """All that a file would say, but for the ids that are spent."""
        score = replace(self.document.score, next_id=10**6)
        return to_bytes(Saved(State(self.document.setup, score)))


def bars(pitch: int, *starts: int, long: int = BAR) -> tuple[Note, ...]:
    return tuple(Note(start * BAR, long, pitch) for start in starts)


A, B = "takes/a 1.flac", "takes/b 1.flac"


@pytest.fixture
def piece(home):
    made = Piece(home, Note(2 * BAR + 7, 100, 30))
    with closing(made.document, crash):
        yield made


OWN = (2 * BAR + 7, 2 * BAR + 107, 30)


def test_a_new_take_stands_where_it_was_sung_and_what_the_hand_drew_stays(piece):
    piece.record(A, *bars(60, 0, 1, 2, 3))
    piece.record(B, *bars(70, 1, 2), start=BAR, end=3 * BAR)
    assert piece.stands == [
        (0, BAR, 60),
        (BAR, 2 * BAR, 70),
        (2 * BAR, 3 * BAR, 70),
        OWN,
        (3 * BAR, 4 * BAR, 60),
    ]
    assert piece.chosen(A) == [(0, BAR), (3 * BAR, 4 * BAR)]
    assert piece.chosen(B) == [(BAR, 3 * BAR)]
    assert [take.file for take in comping.lanes_of(piece.document.setup, VOICE)] == [B, A]


def test_a_take_beside_the_others_takes_nothing_away(piece):
    piece.record(A, *bars(60, 0))
    piece.record(B, *bars(70, 0), replaces=False)
    assert piece.stands == [(0, BAR, 60), (0, BAR, 70), OWN]


def test_a_range_of_another_lane_brings_its_notes_and_only_there(piece):
    piece.record(A, *bars(60, 0, 1, 2, 3))
    piece.record(B, *bars(70, 0, 1, 2, 3))
    piece.choose(A, BAR, 2 * BAR)
    assert [pitch for _, _, pitch in piece.stands] == [70, 60, 70, 30, 70]
    assert (piece.chosen(A), piece.chosen(B)) == ([(BAR, 2 * BAR)], [(0, BAR), (2 * BAR, 4 * BAR)])
    before = piece.document.undo_name
    piece.choose(A, BAR, 2 * BAR)  # it stands there already
    assert piece.document.undo_name == before


def test_a_note_that_sounds_into_another_takes_range_ends_there_and_comes_back_whole(piece):
    piece.record(A, Note(0, 4 * BAR, 60, bend_st=((0, 0.0), (3 * BAR, 1.0))))
    piece.record(B, *bars(70, 2, long=2 * BAR), start=2 * BAR)
    assert piece.stands == [(0, 2 * BAR, 60), (2 * BAR, 4 * BAR, 70), OWN]
    piece.choose(A, 2 * BAR, 4 * BAR)
    assert piece.stands == [(0, 4 * BAR, 60), OWN]
    assert next(iter(piece.document.score.track(VOICE).notes)).bend_st == ((0, 0.0), (3 * BAR, 1.0))
    piece.choose(B, 2 * BAR, 3 * BAR)  # and of a chosen part only as much as there is room for
    assert piece.stands == [(0, 2 * BAR, 60), (2 * BAR, 3 * BAR, 70), OWN]


def test_what_the_hand_changed_of_a_take_stays_changed_until_another_take_is_chosen_there(piece):
    piece.record(A, *bars(60, 0, 1))
    first = next(iter(piece.document.score.track(VOICE).notes))
    piece.document.do(ChangeNotes((replace(first, pitch=61, velocity=11),)))
    piece.record(B, *bars(70, 1), start=BAR, end=2 * BAR)
    assert piece.stands[0] == (0, BAR, 61)
    piece.choose(A, BAR, 2 * BAR)
    assert [pitch for _, _, pitch in piece.stands] == [61, 60, 30]


def test_a_copy_that_the_hand_made_is_its_own(piece):
    piece.record(A, *bars(60, 0))
    piece.document.do(AddNotes(VOICE, bars(60, 1)))
    piece.record(B, start=0, end=4 * BAR)
    assert piece.stands == [(BAR, 2 * BAR, 60), OWN]


def test_a_lane_is_renamed_and_deleted_and_its_notes_stay_in_the_track(piece):
    piece.record(A, *bars(60, 0))
    piece.act(comping.renamed("Rename", piece.document.setup, A, "The good one"))
    assert piece.document.setup.takes[0].name == "The good one"
    piece.act(comping.deleted("Delete take", piece.document.setup, A))
    assert piece.document.setup.takes == ()
    assert piece.stands == [(0, BAR, 60), OWN]
    piece.document.undo()
    assert piece.document.setup.takes[0].name == "The good one"
    with pytest.raises(SessionError, match="no take"):
        comping.deleted("Delete take", piece.document.setup, "takes/c 1.flac")


def test_a_pedal_comes_with_its_take_and_goes_with_it(piece):
    take, heard = Take(A, VOICE, 0, BAR), TakeNotes(bars(60, 0), (Control(10, 0, 64, 127),))
    piece.act(comping.taken_in("Record", piece.document.score, piece.document.setup, take, heard))
    assert piece.document.score.track(VOICE).events == heard.events
    piece.document.undo()
    assert piece.document.score.track(VOICE).events == ()


def test_an_edit_that_somebody_else_made_brings_the_notes_and_they_are_known_as_the_takes(piece):
    score, heard = piece.document.score, TakeNotes(bars(60, 0))
    own = next(iter(score.track(VOICE).notes))
    edit = Together("Record", (RemoveNotes((own.id,)), AddNotes(VOICE, heard.notes)))
    take = Take(A, VOICE, 0, BAR)
    piece.act(comping.taken_in("Record", score, piece.document.setup, take, heard, edit=edit))
    assert piece.stands == [(0, BAR, 60)]
    assert comping.is_of(piece.document.setup.takes[0], next(iter(piece.document.score.track(VOICE).notes)).id)


def test_notes_without_a_take_come_alone_and_nothing_is_no_step(piece):
    score, setup = piece.document.score, piece.document.setup
    assert comping.taken_in("Record", score, setup, None, TakeNotes(), track_id=VOICE) is None
    act = comping.taken_in("Record", score, setup, None, TakeNotes(bars(60, 0)), track_id=VOICE)
    assert act is not None and act.changes == ()


def test_the_notes_of_a_take_lie_beside_its_sound_and_come_back_the_same(tmp_path):
    note = Note(5, 100, 60, 77, bend_st=((0, 0.25), (50, -0.5)), pressure=((0, 3),))
    heard = TakeNotes((note,), (Control(10, 0, 64, 127),), (Zone(),))
    write_notes(tmp_path / "a 1.flac", heard, TempoMap())
    assert read_notes(tmp_path / "a 1.flac") == heard
    (tmp_path / "a 1.json").write_text("[]")
    with pytest.raises(SessionError, match="a 1"):
        read_notes(tmp_path / "a 1.flac")


# Acts


def test_an_act_that_cannot_be_done_has_done_nothing(piece):
    before = all_of(piece.document)
    with pytest.raises(EditError):
        piece.document.act(Act("Both", (RemoveNotes((99,)),), (Change("Name", ("name",), "x"),)))
    with pytest.raises(SessionError):
        piece.document.act(Act("Both", (AddNotes(VOICE, bars(60, 0)),), (Change("Name", ("no",), "x"),)))
    assert all_of(piece.document) == before
    assert piece.document.undo_name is None
    with piece.document.begin("Drag") as drag:
        drag.do(AddNotes(VOICE, bars(61, 0)))
        with pytest.raises(EditError, match="not finished"):
            piece.document.act(Act("Name", (), (Change("Name", ("name",), "x"),)))


# No voice and no hand begins one key twice at a moment.
NOTES = st.lists(
    st.builds(Note, st.integers(0, 4000), st.integers(1, 3000), st.integers(40, 45)),
    max_size=6,
    unique_by=lambda note: (note.start_ticks, note.pitch),
).map(lambda notes: tuple(sorted(notes, key=lambda note: note.start_ticks)))


def doing(piece: Piece, data: st.DataObject, number: int) -> None:
    """Something that a hand does with takes, with notes, or with undo."""
    files = [take.file for take in piece.document.setup.takes]
    what = data.draw(st.sampled_from(["record", "choose", "choose", "choose", "draw", "delete", "rename", "change"]))
    if what == "record" or not files:
        start = data.draw(st.integers(0, 3000))
        notes = [note for note in data.draw(NOTES) if note.start_ticks >= start]
        replaces = data.draw(st.booleans())
        piece.record(f"takes/t {number}.flac", *notes, start=start, end=start + 4000, replaces=replaces)
    elif what == "choose":
        start, end = sorted((data.draw(st.integers(0, 8000)), data.draw(st.integers(0, 8000))))
        if start < end:
            piece.choose(data.draw(st.sampled_from(files)), start, end)
    elif what == "draw":
        piece.document.do(AddNotes(VOICE, data.draw(NOTES)))
    elif what == "change":
        ids = [note.id for note in piece.document.score.track(VOICE).notes]
        if ids:
            note = piece.document.score.track(VOICE).notes.get(data.draw(st.sampled_from(ids)))
            assert note is not None
            piece.document.do(ChangeNotes((replace(note, pitch=data.draw(st.integers(40, 45))),)))
    elif what == "delete":
        piece.act(comping.deleted("Delete", piece.document.setup, data.draw(st.sampled_from(files))))
    else:
        piece.act(comping.renamed("Rename", piece.document.setup, data.draw(st.sampled_from(files)), f"n {number}"))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_undo_of_whatever_was_done_with_takes_restores_every_byte_and_redo_brings_it_again(data):
    with tempfile.TemporaryDirectory() as folder:
        piece = Piece(Path(folder), Note(50, 100, 30))
        with closing(piece.document, crash):
            states, lines = [piece.bytes()], piece.document._journal.last_line
            for number in range(data.draw(st.integers(1, 8))):
                doing(piece, data, number)
                if piece.document._journal.last_line > lines:
                    lines = piece.document._journal.last_line
                    states.append(piece.bytes())
            for state in reversed(states[:-1]):
                piece.document.undo()
                assert piece.bytes() == state
            for state in states[1:]:
                piece.document.redo()
                assert piece.bytes() == state
            if len(states) > 1:
                piece.document.undo()
            last = all_of(piece.document)
        with Document.open(piece.document.path, Path(folder)) as again:  # killed, and brought back out of the journal
            assert all_of(again) == last
            if len(states) > 1:
                again.redo()
                assert again.setup.takes == from_bytes(states[-1]).state.setup.takes


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_where_takes_are_chosen_exactly_their_notes_stand_and_no_part_has_two(data):
    """Takes that are chosen one over the other, whatever was swiped, leave what a tape would have that was cut so."""
    with tempfile.TemporaryDirectory() as folder:
        piece = Piece(Path(folder))
        with closing(piece.document, crash):
            for number in range(data.draw(st.integers(1, 3))):
                piece.record(f"takes/t {number}.flac", *data.draw(NOTES), end=8000)
            for _ in range(data.draw(st.integers(0, 6))):
                start, end = sorted((data.draw(st.integers(0, 8000)), data.draw(st.integers(0, 8000))))
                if start < end:
                    piece.choose(data.draw(st.sampled_from(list(piece.heard))), start, end)
            spans = sorted(
                (span.start_ticks, span.end_ticks, take.file)
                for take in piece.document.setup.takes
                for span in take.chosen
            )
            assert all(one[1] <= two[0] for one, two in pairwise(spans))
            assert sum(end - start for start, end, _ in spans) == spans[-1][1] - spans[0][0]
            wanted = sorted(
                (note.start_ticks, min(note.end_ticks, end), note.pitch)
                for start, end, file in spans
                for note in piece.heard[file].notes
                if start <= note.start_ticks < end
            )
            assert sorted(piece.stands) == wanted
