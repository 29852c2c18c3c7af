"""The window with real keys and a real mouse; its engine is never begun, so that what is proved is the window."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.app import beginning, open_document
from gui.commands.registry import Command, Commands
from gui.roll.scene import Loop
from gui.session.document import Document
from gui.theme.palette import DARK, LIGHT
from gui.window import MainWindow
from score.edits import AddNotes
from score.errors import UsageError
from score.note import Note

QTest: Any = _QTest  # its stubs take its functions for methods
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NOTES = (Note(10, 400, 60), Note(500, 300, 64), Note(1000, 300, 67))


@pytest.fixture
def window(open_window, tmp_path):
    return open_window(Document.new(tmp_path, beginning()))


def filled(window: MainWindow) -> MainWindow:
    window.do(AddNotes(window.roll.track_id, NOTES))
    return window


def starts(window: MainWindow) -> list[int]:
    return [note.start_ticks for _, note in window.document.score]


def test_a_new_session_has_a_track_for_the_voice_and_nothing_to_undo(window):
    assert [track.name for track in window.document.score.tracks] == ["Voice"]
    assert window.document.score.tracks[0].zones
    assert not window.commands["edit.undo"].is_possible()
    assert not window.commands["notes.quantise"].is_possible()


def test_keys_quantise_undo_and_do_again(window, qtbot):
    filled(window)
    QTest.keyClick(window, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: starts(window) == [0, 480, 960])
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: starts(window) == [10, 500, 1000])
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    qtbot.waitUntil(lambda: starts(window) == [0, 480, 960])


def test_the_palette_finds_a_command_by_a_few_letters_and_does_it(window, qtbot):
    filled(window)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = window.palette_of_commands
    qtbot.waitUntil(palette.isVisible)
    QTest.keyClicks(palette.field, "octave up")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert [note.pitch for _, note in window.document.score] == [72, 76, 79]
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    qtbot.waitUntil(palette.isVisible)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_who_had_the_keyboard_before_the_palette_has_it_afterwards(window, qtbot):
    window.roll.setFocus()
    held = QApplication.focusWidget()
    assert (held is not None and window.roll.isAncestorOf(held)) or held is window.roll
    palette = window.palette_of_commands
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        palette.ask()
        QTest.keyClicks(palette.field, "octave up")
        QTest.keyClick(palette.field, key)
        assert QApplication.focusWidget() is held


def test_mute_solo_and_level_are_steps_that_can_be_undone(window):
    track = window.document.score.tracks[0].id
    row = window.tracks.rows[track]
    QTest.mouseClick(row.mute, Qt.MouseButton.LeftButton)
    assert window.document.setup.track(track).muted
    QTest.mouseClick(row.solo, Qt.MouseButton.LeftButton)
    assert window.document.setup.track(track).solo
    row.level.setFocus()
    QTest.keyClick(row.level, Qt.Key.Key_Left)
    assert window.document.setup.track(track).level_db < 0.0
    for _ in range(3):
        window.undo()
    assert window.document.setup.track(track).level_db == 0.0
    assert not window.document.setup.track(track).muted
    assert not row.mute.isChecked()


def test_a_track_is_added_chosen_and_heard_or_not(window, qtbot):
    QTest.mouseClick(window.tracks.add_button, Qt.MouseButton.LeftButton)
    first, second = window.document.score.tracks
    assert window.roll.track_id == second.id
    QTest.mouseClick(window.tracks.rows[first.id], Qt.MouseButton.LeftButton)
    assert window.roll.track_id == first.id
    QTest.mouseClick(window.tracks.rows[second.id].solo, Qt.MouseButton.LeftButton)
    assert not window.deck.player.is_heard(first)  # at the port; here its fader is shut
    assert window.deck.player.is_heard(second)
    ways = [
        (track.id, way.route.to_rack, way.route.to_port)
        for track, way in window.deck.player.seats.ways((first, second))
    ]
    assert ways == [(track.id, to_rack, not to_rack) for track in (first, second) for to_rack in (True, False)]
    solo = {chain["name"]: chain.get("solo") for chain in window.console.mixing.rack["chains"]}
    assert solo[f"track {second.id}"] and not solo[f"track {first.id}"]


def test_the_tempo_is_an_edit(window):
    window.transport.tempo.setFocus()
    window.transport.tempo.selectAll()
    QTest.keyClicks(window.transport.tempo, "90")
    QTest.keyClick(window.transport.tempo, Qt.Key.Key_Return)
    assert window.document.score.tempo.tempo_at(0).us_per_quarter == 666_667
    window.undo()
    assert window.transport.tempo.value() == 120.0


def drag_in_ruler(window: MainWindow, from_ticks: int, to_ticks: int, y: int) -> None:
    roll = window.roll
    start, end = (
        QPoint(roll.layout_of_parts.ruler.x + round(roll.grid.x_of(each)), y) for each in (from_ticks, to_ticks)
    )
    QTest.mousePress(roll, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for n in range(1, 9):
        QTest.mouseMove(roll, start + (end - start) * n / 8)
    QTest.mouseRelease(roll, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)


@pytest.mark.parametrize(("which", "key", "y"), [("punch", Qt.Key.Key_P, 24), ("loop", Qt.Key.Key_L, 4)])
def test_a_part_in_the_ruler_is_drawn_by_its_end_and_that_is_one_step_of_undo(window, which, key, y):
    QTest.keyClick(window, key, SHIFT if which == "punch" else Qt.KeyboardModifier.NoModifier)
    before = getattr(window.document.setup, which)
    assert before.on and getattr(window.roll.ranges, which) == Loop(before.start_ticks, before.end_ticks)
    drag_in_ruler(window, before.end_ticks, before.end_ticks // 2, y)
    after = getattr(window.document.setup, which)
    assert (after.start_ticks, after.end_ticks, after.on) == (before.start_ticks, before.end_ticks // 2, True)
    window.undo()
    assert getattr(window.document.setup, which) == before
    assert getattr(window.roll.ranges, which) == Loop(before.start_ticks, before.end_ticks)


def test_both_themes_can_be_worn_while_it_runs(window):
    for expected in (LIGHT, DARK):
        window.commands["view.theme"].do()
        assert window.colours is expected
        assert window.grab().toImage().pixelColor(4, window.height() - 4).name() == expected.surface


def test_an_error_is_a_line_in_the_window_and_nothing_is_lost(window):
    filled(window)
    window.perform(type("Refuses", (), {"edit": staticmethod(lambda score, ids: AddNotes(999, NOTES))})())
    assert "999" in window.strip.words
    assert starts(window) == [10, 500, 1000]


def test_what_was_done_is_there_again_after_a_save_and_without(window, tmp_path):
    filled(window)
    QTest.keyClick(window, Qt.Key.Key_S, CTRL)
    assert window.document.is_saved
    window.do(AddNotes(window.roll.track_id, (Note(2000, 10, 50),)))
    path = window.document.path
    window.close()
    with Document.open(path, tmp_path) as again:
        assert [note.start_ticks for _, note in again.score] == [10, 500, 1000, 2000]


def test_a_folder_that_is_not_there_yet_becomes_a_session(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with open_document(tmp_path / "mine") as document:
        assert document.path == tmp_path / "mine"
    with open_document(tmp_path / "mine") as document:
        assert [track.name for track in document.score.tracks] == ["Voice"]


# Commands by name


def named(*rows: tuple[str, str, str]) -> Commands:
    return Commands(Command(id, title, lambda: None, keys) for id, title, keys in rows)


def test_the_best_fit_comes_first():
    commands = named(("a", "Quantise half way", ""), ("b", "Half as long", ""), ("c", "Legato", ""))
    assert [each.id for each in commands.meant("half")] == ["b", "a"]
    assert [each.id for each in commands.meant("qhw")] == ["a"]
    assert [each.id for each in commands.meant("")] == ["a", "b", "c"]
    assert commands.meant("zzz") == []


def test_keys_belong_to_one_command_and_can_be_given_to_another():
    with pytest.raises(UsageError, match="taken by 'One'"):
        named(("a", "One", "Ctrl+A"), ("b", "Two", "ctrl+a"))
    commands = named(("a", "One", "A"), ("b", "Two", "B"), ("c", "Three", ""))
    assert commands.remap({"c": "B"}) == ["'B' is taken by 'Two'."]
    assert commands.remap({"a": "B", "b": "A"}) == []
    assert (commands["a"].keys, commands["b"].keys) == ("B", "A")
    assert commands.remap({"nothing": "X"}) == ["there is no command 'nothing'."]
