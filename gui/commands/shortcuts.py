"""Keys for every command: find it, press them, see who has them already; what is changed holds at once.

What flows in: a keymap. What flows out: the word that it changed. [gui]
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QKeyCombination, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.commands.keymap import Keymap
from gui.commands.registry import Commands
from gui.theme import metrics
from gui.theme.palette import Palette

_ID = Qt.ItemDataRole.UserRole
_ROW_PX = 7 * metrics.UNIT_PX
_ALONE = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown)


class KeyField(QLineEdit):
    """Takes the keys that are pressed in it, whatever they would do elsewhere; Escape and Tab leave it. [gui]"""

    pressed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setPlaceholderText(self.tr("Press keys"))
        self.setAccessibleName(self.tr("Press the keys for this command"))

    def event(self, event: QEvent | None) -> bool:
        """Shortcuts of the window are keys here. [gui]"""
        if event is not None and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Keys become a text as Qt writes them. [gui]"""
        if event is None:
            return
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = held == Qt.KeyboardModifier.NoModifier
        if plain and key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()
        elif key not in _ALONE:
            self.pressed.emit(QKeySequence(QKeyCombination(held, key)).toString())


class ShortcutEditor(QDialog):
    """All commands and their keys. [gui]"""

    changed = pyqtSignal()
    """Keys are others now: lay them anew, and keep `keymap.preferred`."""

    def __init__(self, commands: Commands, keymap: Keymap, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands, self.keymap, self._colours = commands, keymap, palette
        self._wanted = ""
        self.setWindowTitle(self.tr("Keys"))
        self.resize(160 * metrics.UNIT_PX, 150 * metrics.UNIT_PX)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a command, or keys"))
        self.filter.setAccessibleName(self.tr("Find a command, or keys"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.list = self._made_list()
        self.about, self.objection = QLabel(), QLabel()
        self.objection.setWordWrap(True)
        self.objection.setMinimumHeight(8 * metrics.UNIT_PX)
        policy = self.objection.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.objection.setSizePolicy(policy)
        self.field = KeyField()
        self.field.pressed.connect(self._press)
        self.take = self._button(self.tr("Take them"), self._take)
        self.none = self._button(self.tr("No keys"), lambda: self._give(""))
        self.back = self._button(self.tr("As it comes"), self._reset)
        self.all_back = self._button(self.tr("All as they come"), self._reset_all)
        self.closing = self._button(self.tr("Close"), self.accept)
        self._lay_out()
        self.set_palette(palette)
        self._fill()
        self.filter.setFocus()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._colours = palette
        self.objection.setStyleSheet(
            f"color: {palette.text}; border-left: {metrics.UNIT_PX}px solid {palette.warn};"
            f" padding-left: {metrics.GAP_PX}px;"
        )
        self.list.setStyleSheet(
            f"QTreeWidget {{ background: {palette.surface}; border: 1px solid {palette.border}; }}"
            f" QTreeWidget::item {{ padding: {metrics.UNIT_PX}px; }}"
            f" QTreeWidget::item:selected {{ background: {palette.accent}; color: {palette.on_accent}; }}"
            f" QHeaderView::section {{ background: {palette.surface}; color: {palette.dim_text}; border: none;"
            f" padding: {metrics.UNIT_PX}px {2 * metrics.UNIT_PX}px; }}"
        )

    @property
    def chosen(self) -> str:
        """The command whose keys are changed; "" for none. [gui]"""
        item = self.list.currentItem()
        return str(item.data(0, _ID)) if item is not None and not item.isHidden() else ""

    def choose(self, id: str) -> None:
        """Change the keys of this command. [gui]"""
        for item in self._items():
            if item.data(0, _ID) == id:
                self.list.setCurrentItem(item)

    # Inside

    def _made_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setColumnCount(2)
        made.setHeaderLabels([self.tr("Command"), self.tr("Keys")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName(self.tr("Commands and their keys"))
        header = made.header()
        assert header is not None
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        made.currentItemChanged.connect(lambda *_: self._show_chosen())
        made.itemActivated.connect(lambda *_: self.field.setFocus())
        return made

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[metrics.MARGIN_PX] * 4)
        column.setSpacing(metrics.GAP_PX)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addWidget(self.about)
        keys = QHBoxLayout()
        for widget in (self.field, self.take, self.none, self.back):
            keys.addWidget(widget, 1 if widget is self.field else 0)
        column.addLayout(keys)
        column.addWidget(self.objection)
        ends = QHBoxLayout()
        ends.addWidget(self.all_back)
        ends.addStretch(1)
        ends.addWidget(self.closing)
        column.addLayout(ends)

    def _button(self, text: str, does: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: does())
        return button

    def _fill(self) -> None:
        chosen = self.chosen
        self.list.clear()
        for command in self._commands:
            item = QTreeWidgetItem([command.title, ""])
            item.setData(0, _ID, command.id)
            item.setSizeHint(0, QSize(0, _ROW_PX))
            self.list.addTopLevelItem(item)
        self._show_keys()
        if chosen:
            self.choose(chosen)
        elif self.list.topLevelItemCount():
            self.list.setCurrentItem(self.list.topLevelItem(0))

    def _show_keys(self) -> None:
        for item in self._items():
            id = str(item.data(0, _ID))
            item.setText(1, _native(self.keymap.keys_of(id)))
            for column in (0, 1):
                letters = item.font(column)
                letters.setBold(not self.keymap.is_usual(id))
                item.setFont(column, letters)
            item.setForeground(1, QColor(self._colours.text if self.keymap.keys_of(id) else self._colours.faint_text))
            item.setToolTip(1, "" if self.keymap.is_usual(id) else self.tr("Not as it comes"))
        self._show_chosen()

    def _show_chosen(self) -> None:
        id = self.chosen
        self._wanted = ""
        self._object("")
        for widget in (self.field, self.none, self.back):
            widget.setEnabled(bool(id))
        if id:
            self.about.setText(self.tr("Keys for: {title}").format(title=self._commands[id].title))
            self.field.setText(_native(self.keymap.keys_of(id)))
            self.none.setEnabled(bool(self.keymap.keys_of(id)))
            self.back.setEnabled(not self.keymap.is_usual(id))
        else:
            self.about.setText(self.tr("Choose a command."))
            self.field.clear()
        self.all_back.setEnabled(bool(self.keymap.preferred))

    def _filter(self, typed: str) -> None:
        words = typed.casefold().split()
        first: QTreeWidgetItem | None = None
        for item in self._items():
            said = f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in said for word in words))
            first = first or (None if item.isHidden() else item)
        current = self.list.currentItem()
        if current is None or current.isHidden():
            self.list.setCurrentItem(first)
        self._show_chosen()

    def _press(self, keys: str) -> None:
        id = self.chosen
        taken = self.keymap.taken_by(keys, id)
        if not taken:
            self._give(keys)
            return
        self._wanted = keys
        self.field.setText(_native(keys))
        said = self.tr("{keys} belongs to “{title}”. Take them, or press others.")
        self._object(said.format(keys=_native(keys), title=taken))

    def _object(self, said: str) -> None:
        self.objection.setText(said)
        self.objection.setVisible(bool(said))
        self.take.setVisible(bool(said))

    def _take(self) -> None:
        self._give(self._wanted)

    def _give(self, keys: str) -> None:
        if self.chosen:
            self.keymap.give(self.chosen, keys)
            self._told()

    def _reset(self) -> None:
        if self.chosen:
            self.keymap.reset(self.chosen)
            self._told()

    def _reset_all(self) -> None:
        self.keymap.reset_all()
        self._told()

    def _told(self) -> None:
        self._show_keys()
        self.changed.emit()

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount()))
        return [item for item in items if item is not None]


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
