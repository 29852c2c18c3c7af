"""What every knob and fader of the mixer does with a hand: drags, fine drags, wheels, keys, a double click.

What flows in: a value. What flows out: values that the hand wants, and whether it still draws the same one, so that a
whole drag is one step of undo. It shows what it is told and never changes by itself. [gui]
"""

from __future__ import annotations

from time import monotonic

from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from gui.mixing.scales import Scale
from gui.theme.palette import Palette

_FINE = 0.1
_PAGE_STEPS = 6.0
_ONE_TURN_OF_A_WHEEL_S = 0.6
_WHEEL_STEP = 120.0

_KEYS = {
    Qt.Key.Key_Up: 1.0,
    Qt.Key.Key_Plus: 1.0,
    Qt.Key.Key_Down: -1.0,
    Qt.Key.Key_Minus: -1.0,
    Qt.Key.Key_PageUp: _PAGE_STEPS,
    Qt.Key.Key_PageDown: -_PAGE_STEPS,
}
_TO_USUAL = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_0)
_ENDS = {Qt.Key.Key_Home: 1.0, Qt.Key.Key_End: 0.0}


class Turner(QWidget):
    """Something to turn; subclasses say how long its way is, and paint it. [gui]"""

    turned = pyqtSignal(float, bool)
    """The value that is wanted, and whether the hand goes on with what it began."""

    def __init__(self, scale: Scale, name: str, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scale, self.palette_of_theme = scale, palette
        self.value = scale.usual
        self._name = name
        self._grip: tuple[QPointF, float] | None = None
        self._has_moved = False
        self._wheeled_at = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self._say()

    @property
    def way_px(self) -> float:
        """So far must a hand go from one end to the other. [gui]"""
        return 160.0

    def way_of(self, by: QPointF) -> float:
        """How far a hand has drawn it: up and to the right is more. [gui]"""
        return by.x() - by.y()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.palette_of_theme = palette
        self.update()

    def set_scale(self, scale: Scale) -> None:
        """Another range. [gui]"""
        if scale != self.scale:
            self.scale = scale
            self.update()

    def show_value(self, value: float) -> None:
        """Where it stands now. [gui]"""
        if value != self.value:
            self.value = value
            self._say()
            self.update()

    # The hand

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold. [gui]"""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._take_hold(event.position())
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Draw. [gui]"""
        assert event is not None
        if self._grip is None:
            return
        was, part = self._grip
        moved = self.way_of(event.position() - was) / self.way_px
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        part += moved * (_FINE if fine else 1.0)
        # What lies beyond an end stays there, so that the hand must come back before anything moves.
        self._grip = event.position(), part
        self._want(self.scale.at(part), self._has_moved)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go. [gui]"""
        self._grip = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Back to where it comes from. [gui]"""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
            self._want(self.scale.usual, False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """A step for each notch; one turn of the wheel is one step of undo. [gui]"""
        assert event is not None
        steps = event.angleDelta().y() / _WHEEL_STEP
        if not steps or not self.hasFocus():
            event.ignore()  # whoever scrolls past it does not turn it
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        now = monotonic()
        goes_on, self._wheeled_at = now - self._wheeled_at < _ONE_TURN_OF_A_WHEEL_S, now
        self._want(self.scale.stepped(self.value, steps * (_FINE if fine else 1.0)), goes_on)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows, pages, ends; a key that repeats is one step of undo. [gui]"""
        assert event is not None
        key, fine = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in _KEYS:
            steps = _KEYS[Qt.Key(key)] * (_FINE if fine else 1.0)
            self._want(self.scale.stepped(self.value, steps), event.isAutoRepeat())
        elif key in _TO_USUAL:
            self._want(self.scale.usual, False)
        elif key in _ENDS:
            self._want(self.scale.at(_ENDS[Qt.Key(key)]), False)
        else:
            event.ignore()

    def event(self, event: QEvent | None) -> bool:
        """Keys that it knows are its own while it has the keyboard, whatever the window does with them. [gui]"""
        if event is not None and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            if plain and (event.key() in _KEYS or event.key() in _TO_USUAL or event.key() in _ENDS):
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show where the keyboard is. [gui]"""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """And where it no longer is. [gui]"""
        super().focusOutEvent(event)
        self.update()

    @property
    def is_held(self) -> bool:
        """Whether the hand is on it. [gui]"""
        return self._grip is not None

    def _take_hold(self, at: QPointF) -> None:
        self._grip, self._has_moved = (at, self.scale.part(self.value)), False
        self.update()

    def _want(self, value: float, goes_on: bool) -> None:
        if value != self.value:
            self._has_moved = True
            self.turned.emit(value, goes_on)

    def _say(self) -> None:
        text = self.scale.text(self.value)
        self.setAccessibleDescription(text)
        self.setToolTip(f"{self._name}: {text}")
