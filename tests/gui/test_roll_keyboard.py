"""Everything in the roll by keyboard alone, and what somebody hears who does not see it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QContextMenuEvent, QKeyEvent
from PyQt6.QtWidgets import QApplication

from gui.roll.scene import Tool
from gui.roll.snap import Snap
from score.edits import ChangeNotes
from score.note import Note
from tests.gui.desk import ALT, CTRL, PLAIN, SHIFT, QTest
from tests.gui.test_roll_gestures import SIXTEENTHS, times


@pytest.fixture
def desk(roll_desk):
    desk = roll_desk(Note(0, 960, 60), Note(1920, 960, 64), Note(3840, 960, 67), snap=SIXTEENTHS)
    desk.roll.pick([desk.notes[1].id])
    return desk


@pytest.mark.parametrize(
    ("key", "held", "becomes"),
    [
        (Qt.Key.Key_Left, PLAIN, (1680, 960, 64)),
        (Qt.Key.Key_Right, PLAIN, (2160, 960, 64)),
        (Qt.Key.Key_Right, ALT, (1921, 960, 64)),
        (Qt.Key.Key_Right, SHIFT, (1920, 1200, 64)),
        (Qt.Key.Key_Left, SHIFT, (1920, 720, 64)),
        (Qt.Key.Key_Up, PLAIN, (1920, 960, 65)),
        (Qt.Key.Key_Down, PLAIN, (1920, 960, 63)),
        (Qt.Key.Key_Up, SHIFT, (1920, 960, 76)),
        (Qt.Key.Key_Down, SHIFT, (1920, 960, 52)),
    ],
)
def test_arrows_move_transpose_and_stretch_what_is_selected(desk, key, held, becomes):
    before = desk.history.score
    desk.key(key, held)
    assert times(desk.notes)[1] == becomes
    assert len(desk.edits) == 1
    assert desk.history.undo() == before


def test_ctrl_with_an_arrow_makes_a_note_louder_or_softer(desk):
    desk.key(Qt.Key.Key_Up, CTRL)
    desk.key(Qt.Key.Key_Up, CTRL)
    desk.key(Qt.Key.Key_Down, CTRL)
    assert desk.notes[1].velocity == 84


def test_an_arrow_that_is_held_is_one_step_of_undo(desk):
    before = desk.history.score
    QTest.keyPress(desk.roll, Qt.Key.Key_Right)
    for _ in range(5):
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
            repeat = QKeyEvent(kind, Qt.Key.Key_Right, PLAIN, "", True)
            QApplication.sendEvent(desk.roll, repeat)
    assert desk.edits == [] and times(desk.notes)[1] == (1920, 960, 64)
    QTest.keyRelease(desk.roll, Qt.Key.Key_Right)
    assert times(desk.notes)[1] == (1920 + 6 * 240, 960, 64)
    assert len(desk.edits) == 1
    assert desk.history.undo() == before


def test_escape_takes_back_an_arrow_that_is_still_held(desk):
    QTest.keyPress(desk.roll, Qt.Key.Key_Up)
    desk.key(Qt.Key.Key_Escape)
    QTest.keyRelease(desk.roll, Qt.Key.Key_Up)
    assert desk.edits == []
    assert desk.heard("auditioned") == [(65, True), (65, False)]


def test_a_held_arrow_becomes_an_edit_when_the_focus_goes(desk):
    QTest.keyPress(desk.roll, Qt.Key.Key_Up)
    desk.roll.clearFocus()
    assert times(desk.notes)[1] == (1920, 960, 65)


def test_notes_stay_within_the_piece_under_the_arrows(roll_desk):
    desk = roll_desk(Note(0, 960, 127), Note(960, 960, 120), snap=SIXTEENTHS)
    desk.key(Qt.Key.Key_A, CTRL)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        desk.key(key)
    assert desk.edits == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_removes_what_is_selected(desk, key):
    desk.key(key)
    assert times(desk.notes) == [(0, 960, 60), (3840, 960, 67)]
    assert desk.roll.selection == frozenset()


def test_ctrl_a_selects_everything_and_escape_nothing(desk):
    desk.key(Qt.Key.Key_A, CTRL)
    assert desk.roll.selection == {note.id for note in desk.notes}
    desk.key(Qt.Key.Key_Escape)
    assert desk.roll.selection == frozenset()


def test_ctrl_with_left_and_right_walks_from_note_to_note(desk):
    first, second, third = (note.id for note in desk.notes)
    desk.key(Qt.Key.Key_Right, CTRL)
    assert desk.roll.selection == {third}
    desk.key(Qt.Key.Key_Right, CTRL)
    assert desk.roll.selection == {third}
    for expected in (second, first, first):
        desk.key(Qt.Key.Key_Left, CTRL)
        assert desk.roll.selection == {expected}
    desk.key(Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_Home)
    desk.key(Qt.Key.Key_Right, CTRL)
    assert desk.roll.selection == {first}


def test_arrows_move_the_playhead_where_nothing_is_selected(desk):
    desk.key(Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Left)
    assert desk.heard("placed") == [240, 480, 240]


def test_home_and_end_go_to_the_ends_of_the_track(desk):
    desk.key(Qt.Key.Key_End)
    desk.key(Qt.Key.Key_Home)
    assert desk.heard("placed") == [4800, 0]
    assert desk.roll.grid.left_px == 0


def test_a_melody_is_written_with_enter_and_arrows_alone(roll_desk):
    desk = roll_desk(snap=Snap(SIXTEENTHS.part))
    for _ in range(3):
        desk.key(Qt.Key.Key_Return)
        desk.key(Qt.Key.Key_Up)
    pitches = [note.pitch for note in desk.notes]
    assert [note.start_ticks for note in desk.notes] == [0, 240, 480]
    assert [b - a for a, b in pairwise(pitches)] == [1, 1]


def test_letters_choose_a_tool(desk):
    tools = {Qt.Key.Key_B: Tool.DRAW, Qt.Key.Key_C: Tool.SPLIT, Qt.Key.Key_E: Tool.ERASE, Qt.Key.Key_V: Tool.SELECT}
    for key, tool in tools.items():
        desk.key(key)
        assert desk.roll.hand.tool is tool


def test_keys_zoom_and_turn_pages(desk):
    grid = desk.roll.grid
    desk.key(Qt.Key.Key_Plus, CTRL)
    assert desk.roll.grid.px_per_tick > grid.px_per_tick
    desk.key(Qt.Key.Key_Minus, CTRL | SHIFT)
    assert desk.roll.grid.row_px < grid.row_px
    desk.key(Qt.Key.Key_PageDown)
    assert desk.roll.grid.left_px > grid.left_px


def test_keys_that_mean_nothing_here_go_on_to_the_app(desk):
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Q, PLAIN, "q")
    QApplication.sendEvent(desk.roll, event)
    assert not event.isAccepted()


def test_it_has_a_name_and_says_what_is_selected(desk):
    assert desk.roll.accessibleName() == "Piano roll"
    said = desk.roll.accessibleDescription()
    assert said.startswith("3 notes, 1 selected, playhead at bar 1, beat 1")
    assert said.endswith("E4 at bar 1, beat 3, velocity 80")


def test_a_ring_shows_only_to_a_hand_that_came_by_keyboard(desk):
    desk.roll.clearFocus()
    desk.roll.setFocus(Qt.FocusReason.MouseFocusReason)
    without = desk.roll.grab().toImage()
    desk.roll.clearFocus()
    desk.roll.setFocus(Qt.FocusReason.TabFocusReason)
    field = desk.roll.layout_of_parts.notes
    ring = desk.roll.grab().toImage().pixelColor(field.x + 1, field.y + 200)
    assert ring != without.pixelColor(field.x + 1, field.y + 200)


def test_a_command_is_done_to_what_is_selected_or_to_everything(desk):
    done: list[tuple[int, ...]] = []

    def louder(score, ids):
        done.append(ids)
        return ChangeNotes(tuple(replace(score.find(each)[1], velocity=127) for each in ids), "Make louder")

    desk.roll.perform(louder)
    assert [note.velocity for note in desk.notes] == [80, 127, 80]
    desk.roll.pick(())
    desk.roll.perform(louder)
    assert [note.velocity for note in desk.notes] == [127, 127, 127]
    assert desk.history.undo_name == "Make louder"
    desk.roll.perform(lambda score, ids: None)
    assert len(desk.edits) == 2 and len(done) == 2


def test_the_menu_key_asks_for_a_menu(desk):
    asks = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, desk.at(480, 60), desk.roll.mapToGlobal(desk.at(480, 60))
    )
    QApplication.sendEvent(desk.roll, asks)
    assert desk.heard("menu") == [desk.roll.mapToGlobal(desk.at(480, 60))]


def test_arrows_are_the_rolls_before_they_are_a_shortcut_of_the_window(desk):
    for key, is_mine in ((Qt.Key.Key_Left, True), (Qt.Key.Key_Space, True), (Qt.Key.Key_S, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, PLAIN)
        event.ignore()
        QApplication.sendEvent(desk.roll, event)
        assert event.isAccepted() is is_mine
