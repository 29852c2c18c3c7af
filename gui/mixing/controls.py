"""Controls that are made of what a processor says of its parameters: dials, switches, lists; each can learn.

What flows in: a parameter as the engine describes it, and where it stands. What flows out: values that the hand wants,
and wishes to learn or forget a controller. [gui]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QKeyEvent
from PyQt6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from gui.mixing.fader import Dial
from gui.mixing.scales import Scale
from gui.own_keys import OwnKeys
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

WIDTH_PX = 24 * metrics.UNIT_PX


class Control(OwnKeys):
    """One parameter of a slot. [gui]"""

    turned = pyqtSignal(str, float, bool)
    """Its parameter, a value, and whether the hand goes on."""
    learn_wanted = pyqtSignal(str)
    forget_wanted = pyqtSignal(str)

    def __init__(self, told: Mapping[str, Any], palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.id, self.scale = str(told["id"]), Scale.of(told)
        self.title = str(told.get("name") or self.id)
        self.value = self.scale.usual
        self.controller: int | None = None
        self.is_learning = False
        self._palette = palette
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(self.title)
        self.label = QLabel()
        self.label.setFont(font(metrics.SMALL_TEXT_PX))
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field: QLineEdit | None = None
        self.hand: Dial | QToolButton | QComboBox
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.UNIT_PX, metrics.UNIT_PX, metrics.UNIT_PX, metrics.UNIT_PX)
        column.setSpacing(metrics.UNIT_PX)
        column.addWidget(self.label)
        self.hand = self._switch() if self.scale.is_switch else self._list() if self.scale.choices else self._dial()
        self.hand.setAccessibleName(self.title)
        column.addWidget(self.hand, 0, Qt.AlignmentFlag.AlignHCenter)
        if self.field is not None:
            column.addWidget(self.field)
        column.addStretch(1)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        if isinstance(self.hand, Dial):
            self.hand.set_palette(palette)
        ring = palette.accent if self.is_learning else "transparent"
        self.setStyleSheet(
            f"Control {{ border: {metrics.FOCUS_RING_PX}px dashed {ring}; border-radius: {metrics.RADIUS_PX}px; }}"
            f" Control QLabel {{ color: {palette.accent if self.is_learning else palette.dim_text}; border: none; }}"
            f" Control QLineEdit {{ min-height: {5 * metrics.UNIT_PX}px; padding: 0; }}"
        )

    def show_value(self, value: float, controller: int | None, is_learning: bool) -> None:
        """Where it stands, and what turns it. [gui]"""
        self._show(value)
        if (controller, is_learning) != (self.controller, self.is_learning):
            self.controller, self.is_learning = controller, is_learning
            self.set_palette(self._palette)
        name, room = self.title, WIDTH_PX - 2 * metrics.GAP_PX
        mark = f" · {controller}" if controller is not None else ""
        if is_learning:
            name, mark = self.tr("Listening …"), ""
        room -= self.label.fontMetrics().horizontalAdvance(mark)
        self.label.setText(self.label.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room) + mark)
        learned = self.tr("{name}, turned by controller {number}").format(name=self.title, number=controller)
        self.label.setToolTip(learned if controller is not None else self.title)

    @property
    def is_held(self) -> bool:
        """Whether a hand is on it. [gui]"""
        return isinstance(self.hand, Dial) and self.hand.is_held

    def menu(self) -> QMenu:
        """What can be done with it, beside turning it. [gui]"""
        menu = QMenu(self)
        for text, do, can in (
            (self.tr("Learn a controller"), lambda: self.learn_wanted.emit(self.id), not self.is_learning),
            (
                self.tr("Forget"),
                lambda: self.forget_wanted.emit(self.id),
                self.controller is not None or self.is_learning,
            ),
            (self.tr("As it comes"), lambda: self._want(self.scale.usual, False), self.value != self.scale.usual),
        ):
            action = menu.addAction(text)
            assert action is not None
            action.setEnabled(can)
            action.triggered.connect(lambda _checked=False, do=do: do())
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """The same, where the mouse is. [gui]"""
        assert event is not None
        self.menu().popup(event.globalPos())

    def _do_key(self, event: QKeyEvent, really: bool) -> bool:
        if event.modifiers() or isinstance(self.hand, QComboBox):
            return False
        signal = {Qt.Key.Key_L: self.learn_wanted, Qt.Key.Key_F: self.forget_wanted}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Menu and really:
            self.menu().popup(self.mapToGlobal(QPoint(0, self.height())))
        if signal is not None and really:
            signal.emit(self.id)
        return signal is not None or event.key() == Qt.Key.Key_Menu

    def _show(self, value: float) -> None:
        self.value = value
        if isinstance(self.hand, Dial):
            self.hand.show_value(value)
        elif isinstance(self.hand, QComboBox):
            self.hand.setCurrentIndex(int(self.scale.clip(value)))
        else:
            self.hand.setChecked(value >= 0.5)
            self.hand.setText(self.scale.text(value))
        if self.field is not None and not self.field.hasFocus():
            self.field.setText(self.scale.text(value))

    def _want(self, value: float, goes_on: bool) -> None:
        if value != self.value:
            self.turned.emit(self.id, value, goes_on)

    def _dial(self) -> Dial:
        dial = Dial(self.scale, self.title, self._palette)
        dial.turned.connect(self._want)
        self.field = QLineEdit()
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field.setFont(font(metrics.SMALL_TEXT_PX))
        self.field.setAccessibleName(self.title)
        self.field.editingFinished.connect(self._typed)
        return dial

    def _switch(self) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setMinimumWidth(metrics.TOUCH_PX)
        button.clicked.connect(lambda on: self._want(float(on), False))
        return button

    def _list(self) -> QComboBox:
        box = QComboBox()
        box.addItems(self.scale.choices)
        box.setFixedWidth(WIDTH_PX - 2 * metrics.UNIT_PX - 2 * metrics.FOCUS_RING_PX)
        box.activated.connect(lambda index: self._want(float(index), False))
        return box

    def _typed(self) -> None:
        assert self.field is not None
        value = self.scale.value(self.field.text())
        if value is not None and self.field.text() != self.scale.text(self.value):
            self._want(value, False)
        self.field.setText(self.scale.text(self.value))
