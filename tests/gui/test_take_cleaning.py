"""Sound files that no take uses: found by a command, counted in a question, and gone only when a hand agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.session.comping import deleted
from gui.session.document import Document
from gui.session.take_notes import TakeNotes
from gui.session.takes import Takes
from gui.takes.cleaning import CleaningQuestion
from gui.window import MainWindow
from tests.session.taping import RATE, VOICE, a_piece, beside, sung, taped

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton


def a_session_with_a_deleted_take(home: Path) -> Path:
    """Two takes, of which the first was deleted before it was saved."""
    document = a_piece(home / "home")
    takes = Takes(document)
    tape = taped(home / "tape", sung(2.0))
    for first in (0, RATE):
        act = takes.act("Record", takes.keep(tape, RATE, (first, first + RATE), VOICE, 0, TakeNotes()))
        assert act is not None
        document.act(act)
    act = deleted("Delete take", document.setup, "takes/Voice 1.flac")
    assert act is not None
    document.act(act)
    document.save()
    takes.close()
    path = document.path
    document.close()
    return path


@pytest.fixture
def window(open_window, tmp_path):
    return open_window(Document.open(a_session_with_a_deleted_take(tmp_path), tmp_path / "home"))


def ask(window: MainWindow, qtbot: Any) -> None:
    """Through the palette, by a few letters."""
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.palette_of_commands.isVisible)
    QTest.keyClicks(window.palette_of_commands.field, "sound files no take")
    QTest.keyClick(window.palette_of_commands.field, Qt.Key.Key_Return)


def asked(window: MainWindow, qtbot: Any) -> CleaningQuestion:
    ask(window, qtbot)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), CleaningQuestion))
    question = QApplication.activeModalWidget()
    assert isinstance(question, CleaningQuestion)
    return question


def test_it_says_how_many_files_and_how_much_room_and_removes_them_when_told(window, qtbot):
    question = asked(window, qtbot)
    sizes = [path.stat().st_size for path in (window.document.path / "takes").glob("Voice 1.*")]
    assert question.text().startswith("One sound file")
    assert f"({sum(sizes) / 1e6:.1f} MB)" in question.text()
    assert question.detailedText() == "Voice 1"
    QTest.mouseClick(question.remove_button, LEFT)
    qtbot.waitUntil(lambda: not list((window.document.path / "takes").glob("Voice 1.*")))
    assert [name for name in beside(window.document) if not name.endswith(".meant")] == [
        *("Voice 2.flac", "Voice 2.json", "Voice 2.peaks")
    ]
    assert "removed" in window.strip.words
    ask(window, qtbot)
    assert "used by a take" in window.strip.words


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_who_presses_just_any_key_keeps_everything(window, qtbot, key):
    question = asked(window, qtbot)
    QTest.keyClick(question, key)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert "Voice 1.flac" in beside(window.document)
    assert "removed" not in window.strip.words


def test_a_take_that_was_deleted_in_this_sitting_can_be_brought_back_and_is_not_asked_about(window, qtbot):
    keeper = window.takes
    window.commands["view.takes"].do()
    keeper.lanes.setFocus()
    QTest.keyClick(keeper.lanes, Qt.Key.Key_Delete)
    assert window.document.setup.takes == ()
    question = asked(window, qtbot)
    assert question.detailedText() == "Voice 1"
    QTest.mouseClick(question.remove_button, LEFT)
    window.undo()
    [take] = window.document.setup.takes
    assert keeper.takes.sound(take).is_file()
