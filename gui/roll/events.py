"""Qt's events as a Hand understands them: places and names of keys, and how far a wheel turned. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QInputDevice, QMouseEvent, QSinglePointEvent, QWheelEvent

from gui.roll.scene import At, Button

KEYS = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Delete: "delete",
    Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Escape: "escape",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
    Qt.Key.Key_Return: "enter",
    Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_A: "a",
}

BUTTONS = {
    Qt.MouseButton.LeftButton: Button.LEFT,
    Qt.MouseButton.RightButton: Button.RIGHT,
    Qt.MouseButton.MiddleButton: Button.MIDDLE,
}

CURSORS = {
    "move": Qt.CursorShape.SizeAllCursor,
    "stretch": Qt.CursorShape.SizeHorCursor,
    "draw": Qt.CursorShape.CrossCursor,
    "split": Qt.CursorShape.SplitHCursor,
    "erase": Qt.CursorShape.PointingHandCursor,
    "glue": Qt.CursorShape.PointingHandCursor,
    "edge": Qt.CursorShape.SizeVerCursor,
    "pull": Qt.CursorShape.SizeVerCursor,
    "grab": Qt.CursorShape.ClosedHandCursor,
    "": Qt.CursorShape.ArrowCursor,
}

WHEEL_STEP_PX = 64.0
ZOOM_STEP = 1.2


def at_of(event: QSinglePointEvent, button: Button, space: bool = False) -> At:
    """Where a mouse, a pen or a finger is. [gui]"""
    device = event.pointingDevice()
    touch = device is not None and device.type() == QInputDevice.DeviceType.TouchScreen
    return place(event.position(), event.modifiers(), button, space, touch)


def place(
    position: QPointF,
    modifiers: Qt.KeyboardModifier,
    button: Button = Button.LEFT,
    space: bool = False,
    by_touch: bool = False,
) -> At:
    """A position and the keys that are held with it. [gui]"""
    held = Qt.KeyboardModifier
    return At(
        position.x(),
        position.y(),
        button,
        bool(modifiers & held.ShiftModifier),
        bool(modifiers & held.ControlModifier),
        bool(modifiers & held.AltModifier),
        space,
        by_touch,
    )


def button_of(event: QMouseEvent) -> Button | None:
    """The button that went down or up; None for one that means nothing here. [gui]"""
    return BUTTONS.get(event.button())


def turned(event: QWheelEvent) -> tuple[float, float]:
    """How far to go to the right and down: pixels from a trackpad, steps from a wheel. [gui]"""
    pixels, angle = event.pixelDelta(), event.angleDelta()
    if not pixels.isNull():
        return -float(pixels.x()), -float(pixels.y())
    return -angle.x() / 120 * WHEEL_STEP_PX, -angle.y() / 120 * WHEEL_STEP_PX


def zoom_of(event: QWheelEvent) -> float:
    """By how much a wheel zooms; Alt turns a wheel on its side on some systems. [gui]"""
    angle = event.angleDelta()
    return float(ZOOM_STEP ** ((angle.y() or angle.x()) / 120))
