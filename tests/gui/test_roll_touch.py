"""Fingers on the roll: what they hit, what a long press asks, and how a trackpad zooms and scrolls."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QInputDevice, QMouseEvent, QNativeGestureEvent, QPointingDevice, QPointingDeviceUniqueId
from PyQt6.QtWidgets import QApplication

from gui.roll.corrections import proposal_at
from gui.roll.hit import Part, hit
from gui.roll.kinds import Of
from gui.roll.pitching import handle_at, handle_boxes
from gui.roll.scene import At, Handle, Proposal, Tool
from gui.roll.view import LONG_MS
from score.note import Note
from tests.gui.desk import Desk

CAPABLE = QInputDevice.Capability.Position
SCREEN = QPointingDevice(
    "screen",
    7,
    QInputDevice.DeviceType.TouchScreen,
    QPointingDevice.PointerType.Finger,
    CAPABLE,
    10,
    0,
    "",
    QPointingDeviceUniqueId(),
)
PAD = QPointingDevice(
    "pad",
    8,
    QInputDevice.DeviceType.TouchPad,
    QPointingDevice.PointerType.Finger,
    CAPABLE,
    10,
    3,
    "",
    QPointingDeviceUniqueId(),
)
LEFT, NO = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def desk(roll_desk) -> Desk:
    return roll_desk(Note(1920, 240, 64), Note(3840, 960, 67))


def touch(desk, kind: QEvent.Type, at: QPoint) -> None:
    """What Qt makes of a finger for a widget that knows only mice."""
    here = QPointF(at)
    button = NO if kind == QEvent.Type.MouseMove else LEFT
    held = NO if kind == QEvent.Type.MouseButtonRelease else LEFT
    there = desk.roll.mapToGlobal(here)
    QApplication.sendEvent(desk.roll, QMouseEvent(kind, here, here, there, button, held, PLAIN, SCREEN))


def tap(desk, at: QPoint) -> None:
    touch(desk, QEvent.Type.MouseButtonPress, at)
    touch(desk, QEvent.Type.MouseButtonRelease, at)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (0, 18), (0, -18), (20, 0), (-20, 0)])
def test_a_finger_hits_a_note_within_forty_pixels_about_it(desk, dx, dy):
    tap(desk, desk.at(2040, 64) + QPoint(dx, dy))
    assert desk.roll.selection == {desk.notes[0].id}


def test_a_mouse_that_far_away_hits_nothing_and_of_two_notes_a_finger_hits_the_nearer(desk):
    desk.click(desk.at(2040, 64) + QPoint(0, 18))
    assert desk.roll.selection == frozenset()
    grid, notes = desk.roll.grid, desk.roll.scene.notes
    found = hit(grid, notes, grid.x_of(3840) - 15, grid.middle_of(67), by_touch=True)
    assert found is not None and found.note.pitch == 67 and found.part is Part.START


def test_a_finger_that_rests_asks_for_the_menu_and_changes_nothing(desk):
    at = desk.at(4300, 67)
    touch(desk, QEvent.Type.MouseButtonPress, at)
    desk.qtbot.waitUntil(lambda: bool(desk.heard("menu")), timeout=10 * LONG_MS)
    touch(desk, QEvent.Type.MouseMove, at + QPoint(60, 60))
    touch(desk, QEvent.Type.MouseButtonRelease, at + QPoint(60, 60))
    assert desk.edits == [] and desk.heard("menu") == [desk.roll.mapToGlobal(at)]
    assert desk.roll.selection == {desk.notes[1].id}


def test_a_finger_that_moves_drags_and_asks_nothing(desk):
    at = desk.at(4300, 67)
    touch(desk, QEvent.Type.MouseButtonPress, at)
    for n in range(1, 9):
        touch(desk, QEvent.Type.MouseMove, at + QPoint(12 * n, 0))
    desk.qtbot.wait(LONG_MS + 100)
    touch(desk, QEvent.Type.MouseButtonRelease, at + QPoint(96, 0))
    assert desk.heard("menu") == [] and desk.notes[1].start_ticks == 4800


def test_a_finger_that_rests_on_a_lane_asks_for_the_lanes_menu(desk):
    touch(desk, QEvent.Type.MouseButtonPress, desk.in_lane(2900, 100))
    desk.qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=10 * LONG_MS)
    menu = QApplication.activePopupWidget()
    assert menu is not None and "Velocity" in menu.actions()[0].text()
    menu.close()
    assert Of.VELOCITY in desk.roll.lanes and desk.edits == []


def test_handles_and_corrections_are_as_large_as_a_finger(roll_desk):
    bend = tuple((at, 0.2) for at in range(0, 900, 30))
    desk = roll_desk(Note(1920, 1920, 64, bend_st=bend))
    desk.roll.set_tool(Tool.PITCH)
    scene, field = desk.roll.scene, desk.roll.layout_of_parts.notes
    x, y, wide, high = handle_boxes(scene.grid, desk.notes[0])[Handle.DRIFT]
    for dy in (-20, 20):
        spot = At(field.x + x + wide / 2, field.y + y + high / 2 + dy, by_touch=True)
        assert handle_at(scene, desk.notes[0], spot) is Handle.DRIFT
    desk.roll.set_proposals([Proposal("added", None, Note(5000, 100, 60))])
    place = desk.at(5050, 60)
    assert proposal_at(desk.roll.scene, At(place.x() + 20.0, place.y() + 20.0, by_touch=True)) == 0
    assert proposal_at(desk.roll.scene, At(place.x() + 20.0, place.y() + 20.0)) is None


def test_a_pinch_on_a_trackpad_zooms_about_the_pointer(desk):
    about = desk.at(3840, 67)
    before = desk.roll.grid
    kind = Qt.NativeGestureType.ZoomNativeGesture
    here = QPointF(about)
    there = desk.roll.mapToGlobal(here)
    event = QNativeGestureEvent(kind, PAD, 2, here, here, there, 0.25, QPointF())
    QApplication.sendEvent(desk.roll, event)
    assert desk.roll.grid.px_per_tick == pytest.approx(1.25 * before.px_per_tick)
    x = about.x() - desk.roll.layout_of_parts.notes.x
    assert desk.roll.grid.ticks_at(x) == pytest.approx(before.ticks_at(x), abs=20)


def test_a_trackpad_scrolls_by_its_pixels(desk):
    before = desk.roll.grid
    desk.wheel(desk.at(3840, 67), 0, pixels=QPoint(-7, -3))
    assert (desk.roll.grid.left_px - before.left_px, desk.roll.grid.top_px - before.top_px) == (7, 3)


def test_a_tap_with_the_pitch_tool_brings_the_handles(roll_desk):
    bend = tuple((at, 0.2) for at in range(0, 900, 30))
    desk = roll_desk(Note(1920, 1920, 64, bend_st=bend))
    desk.roll.set_tool(Tool.PITCH)
    tap(desk, desk.at(2400, 64))
    handled = desk.roll.hand.preview(desk.roll.scene).handled
    assert handled is not None and handled.id == desk.notes[0].id
    x, y, wide, _ = handle_boxes(desk.roll.grid, handled)[Handle.STRAIGHT]
    field = desk.roll.layout_of_parts.notes
    tap(desk, QPoint(round(field.x + x + wide / 2), round(field.y + y - 8)))
    assert desk.notes[0].bend_st == () and len(desk.edits) == 1
