"""The head of a lane, beside it: its name, its bounds, and what it takes to make it higher, or close it. [gui]

A child of the roll with a focus of its own, so that lanes can be handled without a mouse: the arrows move what holds at
the playhead up and down, with Alt they make the lane higher or lower, and Delete closes it.
"""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QToolButton, QWidget

from gui.roll.ink import Ink
from gui.roll.kinds import Kind, Of, OpenLane, span_of, y_of_value
from gui.theme import font, metrics
from score.operations.lanes import Lane

CLOSE_PX = 5 * metrics.UNIT_PX
STEP_PX = 2 * metrics.UNIT_PX


class LaneHead(QWidget):
    """One lane's head. [gui]"""

    sized = pyqtSignal(object, int)
    """The lane's kind, and how high it is wanted."""
    closed = pyqtSignal(object)
    nudged = pyqtSignal(object, int)
    """What holds at the playhead is wanted so many steps higher."""
    menu_asked = pyqtSignal(object, QPoint)

    def __init__(self, kind: Kind, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind, self.name = kind, name
        self._lane = OpenLane(kind)
        self._ink: Ink | None = None
        self._from: tuple[float, int] | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setToolTip(self.tr("{name}: drag to resize, right-click for more").format(name=name))
        self._close = QToolButton(self)
        self._close.setText("×")
        self._close.setAccessibleName(self.tr("Close the lane {name}").format(name=name))
        self._close.setToolTip(self.tr("Close this lane"))
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.setCursor(Qt.CursorShape.ArrowCursor)
        self._close.setAutoRaise(True)
        self._close.clicked.connect(lambda: self.closed.emit(self.kind))

    def show_lane(self, lane: OpenLane, ink: Ink, x: int, y: int, width: int, height: int) -> None:
        """Where it is, and in which colours. [gui]"""
        if ink is not self._ink:
            self._close.setStyleSheet(
                f"QToolButton {{ min-height: 0; padding: 0; border: none; background: transparent;"
                f" color: {ink.palette.faint_text}; font-size: {metrics.LARGE_TEXT_PX}px; }}"
                f" QToolButton:hover {{ color: {ink.palette.text}; background: {ink.palette.hovered}; }}"
            )
            self.update()
        self._lane, self._ink = lane, ink
        self.setGeometry(x, y, width, height)
        self._close.setGeometry(metrics.UNIT_PX // 2, height - CLOSE_PX - 2, CLOSE_PX, CLOSE_PX)
        self._close.setVisible(height >= 2 * CLOSE_PX)
        self.setVisible(height > 0)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Its name, and the greatest and the least value. [gui]"""
        ink = self._ink
        if ink is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), ink.colour("surface"))
        painter.setPen(ink.colour("border"))
        painter.drawLine(0, 0, self.width(), 0)
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        low, high, _ = span_of(self.kind)
        low = 1 if self.kind is Of.VELOCITY else low
        letters = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(metrics.SMALL_TEXT_PX))
        painter.setPen(ink.colour("faint_text"))
        for value in (high, low) if self.height() >= 60 else ():
            y = min(max(y_of_value(self.kind, 0, self.height(), value), 8.0), self.height() - 8.0)
            box = QRectF(0, y - 8, self.width() - metrics.GAP_PX, 16)
            painter.drawText(box, letters, self._said(value))
        painter.setPen(ink.colour("dim_text"))
        inner = QRectF(metrics.GAP_PX, 0, self.width() - metrics.GAP_PX - 1, self.height()).adjusted(0, 12, 0, -12)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inner, flags, self.name)
        if self.hasFocus():
            painter.setPen(QPen(ink.picked, metrics.FOCUS_RING_PX))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Taken hold of. [gui]"""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._from = event.globalPosition().y(), self._lane.height_px

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Pulled up it is higher. [gui]"""
        if event is not None and self._from is not None:
            began, height = self._from
            self.sized.emit(self.kind, round(height + began - event.globalPosition().y()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go. [gui]"""
        self._from = None

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """What can be done with it. [gui]"""
        if event is not None:
            self.menu_asked.emit(self.kind, event.globalPos())
            event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows and Delete. [gui]"""
        if event is None:
            return
        sign = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0) if event.key() in _KNOWN else 0
        if sign and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.sized.emit(self.kind, self._lane.height_px + sign * STEP_PX)
        elif sign:
            times = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            step = 128 if isinstance(self.kind, Lane) and self.kind.kind == "bend" else 1
            self.nudged.emit(self.kind, sign * times * step)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.closed.emit(self.kind)
        else:
            event.ignore()

    def _said(self, value: int) -> str:
        if isinstance(self.kind, Lane) and self.kind.kind == "bend":
            return f"{100 * value / 8192:+.0f} %"
        return str(value)


_KNOWN = frozenset((Qt.Key.Key_Up.value, Qt.Key.Key_Down.value))
