"""Keys are found, pressed, taken from others, given back, and hold at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QWidget

from gui.commands.keymap import Keymap
from gui.commands.keys import Keys
from gui.commands.registry import Command, Commands
from gui.commands.shortcuts import ShortcutEditor
from gui.theme.palette import DARK, LIGHT

QTest: Any = _QTest  # its stubs take its functions for methods
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A window with commands, and what they did."""

    def __init__(self, qtbot: Any) -> None:
        self.done: list[str] = []
        rows = (("quantise", "Quantise", "Q"), ("loop", "Loop", "L"), ("undo", "Undo", "Ctrl+Z"), ("mute", "Mute", ""))
        self.commands = Commands(
            Command(id, title, lambda id=id: self.done.append(id), keys)  # type: ignore[misc]
            for id, title, keys in rows
        )
        self.keymap = Keymap(self.commands, {"V": "Select"})
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.show()
        self.keys = Keys(self.commands, self.window)
        self.editor = ShortcutEditor(self.commands, self.keymap, DARK, self.window)
        qtbot.addWidget(self.editor)
        self.changes = 0
        self.editor.changed.connect(self._changed)

    def _changed(self) -> None:
        self.changes += 1
        self.keys.lay()

    def keys_now(self) -> dict[str, str]:
        return {command.id: command.keys for command in self.commands}


@pytest.fixture
def desk(qtbot: Any, qapp: Any) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.editor.close()


def opened(desk: Desk, qtbot: Any, id: str) -> ShortcutEditor:
    desk.editor.show()
    qtbot.waitUntil(desk.editor.isActiveWindow)
    desk.editor.choose(id)
    desk.editor.field.setFocus()
    return desk.editor


def test_keys_that_are_pressed_are_the_commands_at_once(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "mute")
    QTest.keyClick(editor.field, Qt.Key.Key_M, CTRL | SHIFT)
    assert desk.keys_now()["mute"] == "Ctrl+Shift+M"
    assert desk.keymap.preferred == {"mute": "Ctrl+Shift+M"}
    editor.close()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    QTest.keyClick(desk.window, Qt.Key.Key_M, CTRL | SHIFT)
    QTest.keyClick(desk.window, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: desk.done == ["mute", "quantise"])


def test_keys_of_another_are_shown_to_be_and_taken_only_when_asked(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "mute")
    QTest.keyClick(editor.field, Qt.Key.Key_Q)
    assert "Quantise" in editor.objection.text()
    assert desk.changes == 0
    assert desk.done == []
    QTest.mouseClick(editor.take, LEFT)
    assert desk.keys_now() == {"quantise": "", "loop": "L", "undo": "Ctrl+Z", "mute": "Q"}
    assert desk.keymap.preferred == {"quantise": "", "mute": "Q"}
    assert not editor.take.isVisible()


def test_keys_of_a_tool_are_told_as_well(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "mute")
    QTest.keyClick(editor.field, Qt.Key.Key_V)
    assert "Select" in editor.objection.text()


def test_a_modifier_alone_is_no_key_and_escape_leaves_the_window(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "mute")
    QTest.keyClick(editor.field, Qt.Key.Key_Control)
    QTest.keyClick(editor.field, Qt.Key.Key_Shift)
    assert desk.changes == 0
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    assert desk.keymap.preferred == {}


def test_keys_go_and_come_back_one_by_one_and_all_together(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "loop")
    QTest.mouseClick(editor.none, LEFT)
    assert desk.keys_now()["loop"] == ""
    editor.choose("undo")
    editor.field.setFocus()
    QTest.keyClick(editor.field, Qt.Key.Key_L)
    assert desk.keys_now()["undo"] == "L"
    editor.choose("loop")
    QTest.mouseClick(editor.back, LEFT)
    assert (desk.keys_now()["loop"], desk.keys_now()["undo"]) == ("L", "")
    QTest.mouseClick(editor.all_back, LEFT)
    assert desk.keymap.preferred == {}
    assert desk.keys_now()["undo"] == "Ctrl+Z"
    assert not editor.all_back.isEnabled()


def test_the_list_is_searched_by_title_and_by_keys(desk: Desk, qtbot: Any) -> None:
    editor = opened(desk, qtbot, "quantise")
    editor.filter.setFocus()
    QTest.keyClicks(editor.filter, "ctrl+z")
    assert editor.chosen == "undo"
    editor.filter.clear()
    QTest.keyClicks(editor.filter, "nothing of the kind")
    assert editor.chosen == ""
    assert not editor.field.isEnabled()
    editor.set_palette(LIGHT)


def test_what_a_user_left_is_laid_again_and_what_is_no_more_is_told() -> None:
    commands = Commands((Command("a", "A", lambda: None, "A"), Command("b", "B", lambda: None, "B")))
    keymap = Keymap(commands)
    assert keymap.prefer({"b": "A", "gone": "G"}) == ["gone"]
    assert [each.keys for each in commands] == ["", "A"]
    assert keymap.prefer({"a": "B", "b": "A"}) == []
    assert [each.keys for each in commands] == ["B", "A"]
    assert keymap.prefer({}) == []
    assert [each.keys for each in commands] == ["A", "B"]
    assert keymap.taken_by("a", "b") == "A"
    assert keymap.taken_by("a", "a") == ""
