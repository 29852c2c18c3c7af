"""Widgets in rows, as many in a row as there is room for. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QRect, QSize, Qt
from PyQt6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """A layout that breaks like a line of text. [gui]"""

    def __init__(self, parent: QWidget, spacing_px: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing_px)

    def addItem(self, item: QLayoutItem | None) -> None:
        """One more. [gui]"""
        if item is not None:
            self._items.append(item)

    def count(self) -> int:
        """How many there are. [gui]"""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them. [gui]"""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """One less. [gui]"""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It takes what it is given, and no more. [gui]"""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher. [gui]"""
        return True

    def heightForWidth(self, width: int) -> int:
        """How high it is at a width. [gui]"""
        return self._lay(QRect(0, 0, width, 0), really=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put all where they belong. [gui]"""
        super().setGeometry(rect)
        self._lay(rect, really=True)

    def sizeHint(self) -> QSize:
        """The widest of them, as high as it must be. [gui]"""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The widest of them. [gui]"""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _lay(self, rect: QRect, really: bool) -> int:
        x, y, row = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, row = rect.x(), y + row + self.spacing(), 0
            if really:
                item.setGeometry(QRect(x, y, size.width(), size.height()))
            x, row = x + size.width() + self.spacing(), max(row, size.height())
        return y + row - rect.y()
