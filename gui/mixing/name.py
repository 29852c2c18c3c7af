"""A name that can be read, and, after a double click, written. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QStackedLayout, QWidget

from gui.theme import metrics
from gui.theme.fonts import font


class NameField(QWidget):
    """A track's name. [gui]"""

    renamed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.is_writable = True
        self._is_open = False
        self.label = QLabel()
        self.label.setFont(font(bold=True))
        self.field = _Field()
        self.field.setAccessibleName(self.tr("Name of the track"))
        self.field.returnPressed.connect(self._end)
        self.field.left.connect(self._end)
        self.field.given_up.connect(self._give_up)
        self._sides = QStackedLayout(self)
        self._sides.addWidget(self.label)
        self._sides.addWidget(self.field)
        self.setFixedHeight(6 * metrics.UNIT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def is_open(self) -> bool:
        """Whether it is being written. [gui]"""
        return self._is_open

    def show_name(self, name: str) -> None:
        """The name as it is now. [gui]"""
        self.name = name
        self._fit()
        self.setToolTip(name)

    def edit(self) -> None:
        """Let it be written. [gui]"""
        if self.is_writable:
            self.field.setText(self.name)
            self._is_open = True
            self._sides.setCurrentWidget(self.field)
            self.field.selectAll()
            self.field.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """A double click writes. [gui]"""
        self.edit()

    def resizeEvent(self, event: object) -> None:
        """As much of it as there is room for. [gui]"""
        self._fit()

    def _fit(self) -> None:
        room = max(self.width() - metrics.UNIT_PX, 0)
        self.label.setText(self.label.fontMetrics().elidedText(self.name, Qt.TextElideMode.ElideRight, room))

    def _end(self) -> None:
        if self._is_open:
            self._give_up()
            name = self.field.text().strip()
            if name and name != self.name:
                self.renamed.emit(name)

    def _give_up(self) -> None:
        self._is_open = False  # before the field loses the keyboard, which means that it was done
        self._sides.setCurrentWidget(self.label)


class _Field(QLineEdit):
    """A line that says when it is left, and when nothing shall come of it. [gui]"""

    left = pyqtSignal()
    given_up = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape gives up. [gui]"""
        assert event is not None
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Who goes elsewhere is done. [gui]"""
        super().focusOutEvent(event)
        self.left.emit()
