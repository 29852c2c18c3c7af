"""Whatever is done, and wherever the journal is cut: the same state again, and every undo leads back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session.document import Document
from gui.session.replay import find
from gui.session.setup import Change, Setup
from gui.session.text import State
from score.edits import RenamePiece
from score.errors import EditError
from score.score import Score
from tests.score.made_up import scores
from tests.score.test_edits_and_history import edits
from tests.session.crashing import all_of, closing, crash

CHANGES = st.one_of(
    st.builds(Change, st.just("Level"), st.just(("tracks", "1", "level_db")), st.floats(-60, 6)),
    st.builds(Change, st.just("Mute"), st.sampled_from([("tracks", "1", "muted"), ("metronome",)]), st.booleans()),
    st.builds(Change, st.just("Name"), st.just(("name",)), st.text("ab", max_size=3)),
)


def do_something(document: Document, data: st.DataObject) -> None:
    what = data.draw(
        st.sampled_from(["edit"] * 5 + ["step", "cancel", "undo", "undo", "redo", "change", "drag", "save"])
    )
    try:
        if what == "edit":
            document.do(data.draw(edits(document.score)))
        elif what in ("step", "cancel"):
            stepping = document.begin("Two")
            try:
                stepping.do(data.draw(edits(document.score)))
                stepping.do(data.draw(edits(document.score)))
            except EditError:
                stepping.cancel()
            else:
                stepping.cancel() if what == "cancel" else stepping.end()
        elif what == "undo":
            document.undo()
        elif what == "redo":
            document.redo()
        elif what == "save":
            document.save()
        else:
            document.change(data.draw(CHANGES), goes_on=what == "drag")
    except EditError:
        pass


@settings(max_examples=30, deadline=None)
@given(scores(most_tracks=2, most_notes=5), st.data())
def test_a_journal_cut_at_any_byte_gives_the_state_of_its_last_whole_line(score: Score, data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        document = Document.new(home, State(Setup(), score))
        with closing(document, crash):
            states = {document._journal.last_line: all_of(document)}
            for _ in range(data.draw(st.integers(1, 12))):
                do_something(document, data)
                states[document._journal.last_line] = all_of(document)
            after_save = find_first(document)
        path = document.path / "journal.jsonl"
        whole = path.read_bytes()
        header = whole.index(b"\n") + 1
        cut = data.draw(st.integers(header, len(whole)))
        path.write_bytes(whole[:cut])
        lines = whole[header:cut].count(b"\n")
        with Document.open(document.path, home) as again:
            assert all_of(again) == states[after_save + lines]
            was_torn = cut > header and whole[cut - 1 : cut] != b"\n"
            assert any("only in part" in said for said in again.recovered) == was_torn
            assert any("brought back" in said for said in again.recovered) == (lines > 0)
            # It goes on from there, and what comes then is found as well.
            again.do(RenamePiece("After"))
            expected = all_of(again)
        with Document.open(document.path, home) as once_more:
            assert all_of(once_more) == expected


def find_first(document: Document) -> int:
    """The number of the line before the first that the journal holds now."""
    document.sync()
    found = find(document.path / "journal.jsonl")
    assert found is not None
    return document._journal.last_line - len(found.records)


@settings(max_examples=25, deadline=None)
@given(scores(most_tracks=2, most_notes=4), st.data())
def test_undo_and_redo_go_through_notes_and_faders_in_the_order_of_the_hand(score: Score, data: st.DataObject):
    with (
        tempfile.TemporaryDirectory() as folder,
        Document.new(Path(folder), State(Setup(), score)) as document,
    ):
        states = [all_of(document)]
        for _ in range(data.draw(st.integers(1, 8))):
            before = document._journal.last_line
            try:
                if data.draw(st.booleans()):
                    document.do(data.draw(edits(document.score)))
                else:
                    document.change(data.draw(CHANGES))
            except EditError:
                continue
            if document._journal.last_line > before:
                states.append(all_of(document))
        for state in reversed(states[:-1]):
            document.undo()
            assert all_of(document) == state
        assert document.undo_name is None and document.is_saved
        for state in states[1:]:
            document.redo()
            assert all_of(document) == state
        assert document.redo_name is None
