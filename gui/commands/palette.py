"""Ctrl-K: a field in which a few letters find every command. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PyQt6.QtWidgets import QApplication, QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from PyQt6.sip import isdeleted

from gui.commands.registry import Command, Commands
from gui.theme import metrics
from gui.theme.palette import Palette

_WIDTH_PX, _ROWS = 130 * metrics.UNIT_PX, 10


class CommandPalette(QFrame):
    """Lies over the window while it is asked. [gui]"""

    def __init__(self, commands: Commands, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self._asked_from: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("What shall be done?"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _: self.do())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[metrics.GAP_PX] * 4)
        layout.setSpacing(metrics.GAP_PX)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.set_palette(palette)
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        unit = metrics.UNIT_PX
        self._border = palette.border
        self.setStyleSheet(
            f"CommandPalette {{ background: {palette.raised}; border: 1px solid {palette.border};"
            f" border-radius: {2 * unit}px; }}"
            f" QListWidget {{ background: transparent; border: none; color: {palette.text}; }}"
            f" QListWidget::item {{ padding: {unit}px {2 * unit}px; border-radius: {unit}px; }}"
            f" QListWidget::item:selected {{ background: {palette.accent}; color: {palette.on_accent}; }}"
        )

    def ask(self) -> None:
        """Come up, empty. [gui]"""
        if not self.field.hasFocus():
            self._asked_from = QApplication.focusWidget()
        self.field.clear()
        self._find("")
        self.show()
        self.raise_()
        self.field.setFocus()

    def do(self) -> None:
        """What is chosen. [gui]"""
        item = self.list.currentItem()
        self._go()
        if item is not None:
            command = self._commands[str(item.data(Qt.ItemDataRole.UserRole))]
            if command.is_possible():
                command.do()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keys of the field that move in the list. [gui]"""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.do()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._go()
                return True
        if watched is self.field and event is not None and event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The frame of the style sheet. [gui]"""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor(self._border))

    def _go(self) -> None:
        """Give the keyboard back to whoever had it."""
        back = self._asked_from if self._asked_from and not isdeleted(self._asked_from) else self.parentWidget()
        self._asked_from = None
        self.hide()
        if back is not None:
            back.setFocus()

    def _find(self, typed: str) -> None:
        self.list.clear()
        for command in self._commands.meant(typed):
            self.list.addItem(_item(command))
        if self.list.count():
            self.list.setCurrentRow(0)
        self._fit()

    def _fit(self) -> None:
        """As high as what was found."""
        parent = self.parentWidget()
        assert parent is not None
        rows = max(min(self.list.count(), _ROWS), 1)
        height = metrics.CONTROL_PX + rows * max(self.list.sizeHintForRow(0), metrics.CONTROL_PX) + 4 * metrics.GAP_PX
        width = min(_WIDTH_PX, parent.width() - 2 * metrics.MARGIN_PX)
        self.setGeometry((parent.width() - width) // 2, 18 * metrics.UNIT_PX, width, height)


def _item(command: Command) -> QListWidgetItem:
    keys = QKeySequence(command.keys).toString(QKeySequence.SequenceFormat.NativeText)
    item = QListWidgetItem(f"{command.title}    {keys}".rstrip())
    item.setData(Qt.ItemDataRole.UserRole, command.id)
    if not command.is_possible():
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
    return item
