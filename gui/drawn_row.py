"""Rows of a list that a hand draws to another place, and the line that shows where one would come to lie. [gui]"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QFrame, QWidget

from gui.own_keys import OwnKeys
from gui.theme import metrics
from gui.theme.palette import Palette


class DrawnRow(OwnKeys):
    """A row among its like. [gui]"""

    drawn = pyqtSignal(int)
    """A hand draws it: how far down the list that hand is."""
    let_go = pyqtSignal(int)
    drawn_out = pyqtSignal()
    """It is drawn sideways, out of the list; the list has seen the last of this hand."""
    goes_out = False
    """Whether it can be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grip: QPoint | None = None
        self._is_drawn = False

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """From here on it may be drawn. [gui]"""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip, self._is_drawn = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Draw it. [gui]"""
        assert event is not None
        if self._grip is None:
            return
        here = event.position().toPoint()
        self._is_drawn = self._is_drawn or (here - self._grip).manhattanLength() >= QApplication.startDragDistance()
        is_outside = not -metrics.TOUCH_PX < here.x() < self.width() + metrics.TOUCH_PX
        if self._is_drawn and self.goes_out and is_outside:
            self._grip, self._is_drawn = None, False
            self.drawn_out.emit()
        elif self._is_drawn:
            self.drawn.emit(self.mapToParent(here).y())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Leave it there. [gui]"""
        assert event is not None
        if self._is_drawn:
            self.let_go.emit(self.mapToParent(event.position().toPoint()).y())
        self._grip, self._is_drawn = None, False


class DropLine(QFrame):
    """The line between two rows, of the list that is its parent. [gui]"""

    def __init__(self, inside: QWidget, margin_px: int = 0) -> None:
        super().__init__(inside)
        self._inside, self._margin_px = inside, margin_px
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.setStyleSheet(f"background: {palette.accent};")

    def follow(self, y: int, rows: Sequence[QWidget]) -> None:
        """Show where a row would come to lie that is let go at this height. [gui]"""
        before = _place_at(y, rows)
        top = rows[before].y() - 3 if before < len(rows) else rows[-1].geometry().bottom() + 2
        width = self._inside.width() - 2 * self._margin_px
        self.setGeometry(self._margin_px, top, width, metrics.FOCUS_RING_PX)
        self.raise_()
        self.show()

    def end(self, y: int, row: QWidget, rows: Sequence[QWidget]) -> int:
        """The row is let go there: so many places down it goes, or, below 0, up. [gui]"""
        self.hide()
        at, before = rows.index(row), _place_at(y, rows)
        return (before - 1 if before > at else before) - at


def _place_at(y: int, rows: Sequence[QWidget]) -> int:
    """Before which of the rows a height lies."""
    return sum(row.geometry().center().y() < y for row in rows)
