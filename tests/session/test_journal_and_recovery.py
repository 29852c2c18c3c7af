"""Whatever ends the app, and wherever, the next start finds all that was done."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gui.session.document import Document
from gui.session.setup import Change
from score.edits import AddNotes
from score.errors import EditError
from score.note import Note
from tests.score.made_up import described
from tests.session.crashing import add, crash, pitches
from tests.session.editing_child import step

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kill_after", [3, 38, 75, 160])
def test_a_process_that_is_killed_while_it_edits_loses_nothing_that_had_reached_the_disk(
    home: Path, tmp_path: Path, kill_after: int
):
    with Document.new(home) as document:
        document.change(Change("Name", ("name",), "Killed"))
        document.save_as(tmp_path / "Killed")
    path = tmp_path / "Killed"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.session.editing_child", str(path), str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    safe = said = 0
    assert child.stdout is not None
    for line in child.stdout:
        word, number = line.split()
        said = int(number)
        safe = said if word == "safe" else safe
        if said >= kill_after:
            break
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    safe = max([safe, *(int(line.split()[1]) for line in rest.splitlines() if line.startswith("safe ") and line[5:])])
    expected = {}
    with Document.new(home) as reference:
        reference.change(Change("Name", ("name",), "Killed"))
        for done in range(said + len(rest.splitlines()) + 3):
            step(reference, done)
            expected[done] = (described(reference.score), reference.setup)
    with Document.open(path, home) as again:
        found = (described(again.score), again.setup)
    assert found in [state for done, state in expected.items() if done >= safe]


def test_what_was_done_since_the_last_save_comes_back_and_is_told(piece: Path, home: Path):
    document = Document.open(piece, home)
    add(document, 60)
    document.change(Change("Turn down", ("tracks", "1", "level_db"), -6.0))
    document.undo()
    document.redo()
    assert not document.is_saved
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60] and again.setup.track(1).level_db == -6.0
        assert again.recovered == (
            "4 changes since the last save were brought back, the last of them 'Redo Turn down'.",
        )
        assert not again.is_saved and again.undo_name == "Turn down"
        again.undo()
        again.undo()
        assert pitches(again) == []
        again.save()
    with Document.open(piece, home) as once_more:
        assert once_more.recovered == () and once_more.is_saved and pitches(once_more) == []


def test_an_undo_of_what_was_done_before_the_save_comes_back_too(piece: Path, home: Path):
    document = Document.open(piece, home)
    add(document, 60)
    add(document, 62)
    document.change(Change("Level", ("tracks", "1", "level_db"), -6.0))
    document.save()
    for _ in range(3):
        document.undo()
    document.redo()
    document.redo()
    document.undo()
    assert pitches(document) == [60]
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60] and again.setup.track(1).level_db == 0.0


def test_a_fader_that_is_drawn_is_one_step_but_never_across_a_save(piece: Path, home: Path):
    with Document.open(piece, home) as document:
        for level in (-1.0, -2.0, -3.0):
            document.change(Change("Level", ("tracks", "1", "level_db"), level), goes_on=True)
        document.save()
        document.change(Change("Level", ("tracks", "1", "level_db"), -4.0), goes_on=True)
        assert not document.is_saved
        document.undo()
        assert document.setup.track(1).level_db == -3.0 and document.is_saved
        document.undo()
        assert document.setup.track(1).level_db == 0.0 and document.undo_name is None


def test_a_crash_between_the_save_and_its_new_journal_loses_nothing_and_doubles_nothing(piece: Path, home: Path):
    document = Document.open(piece, home)
    add(document, 60)
    saving = document.begin_save()
    add(document, 62)  # the hand goes on while the save is written
    saving.write()
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60, 62]
        assert again.recovered == ("1 change since the last save was brought back, the last of them 'Add 1 note'.",)
        add(again, 64)
    with Document.open(piece, home) as once_more:
        assert pitches(once_more) == [60, 62, 64]


def test_what_is_done_while_a_save_is_written_elsewhere_is_in_the_new_journal(piece: Path, home: Path):
    document = Document.open(piece, home)
    add(document, 60)
    saving = document.begin_save()
    add(document, 62)
    document.end_save(saving, saving.write())
    assert not document.is_saved
    document.undo()
    assert document.is_saved
    document.redo()
    crash(document)
    with Document.open(piece, home) as again:
        assert pitches(again) == [60, 62]


def test_a_save_in_the_middle_of_a_drag_is_refused(piece: Path, home: Path):
    with Document.open(piece, home) as document:
        drag = document.begin("Drag")
        drag.do(AddNotes(1, (Note(0, 10, 60),)))
        for refused in (document.save, document.undo, lambda: document.begin("Other")):
            with pytest.raises(EditError, match="not finished"):
                refused()
        drag.cancel()
        assert pitches(document) == [] and document.is_saved
