"""One slot of a chain in the editor's list: on or not, how much of it, and a grip to draw it elsewhere. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gui.drawn_row import DrawnRow
from gui.mixing.chain import Link
from gui.mixing.fader import Dial
from gui.mixing.scales import PART
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette


class SlotRow(DrawnRow):
    """A slot; one of an instrument can neither be moved nor taken out here. [gui]"""

    picked = pyqtSignal(str)
    switched = pyqtSignal(str, bool)
    mixed = pyqtSignal(str, float, bool)
    moved = pyqtSignal(str, int)
    """So many places down, or, below 0, up."""
    removed = pyqtSignal(str)
    neighbour_wanted = pyqtSignal(str, int)

    def __init__(self, link: Link, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self._is_picked, self._trouble = False, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(metrics.TOUCH_PX + metrics.UNIT_PX)
        self.switch = QToolButton()
        self.switch.setCheckable(True)
        self.switch.setFixedWidth(metrics.TOUCH_PX)
        self.switch.setToolTip(self.tr("On, or bypassed"))
        self.switch.setAccessibleName(self.tr("On"))
        self.switch.clicked.connect(lambda on: self.switched.emit(self.link.name, on))
        self.title = QLabel()
        self.title.setFont(font(bold=True))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.mix = Dial(PART, self.tr("Dry to wet"), palette)
        self.mix.turned.connect(lambda value, goes_on: self.mixed.emit(self.link.name, value, goes_on))
        self.out = QToolButton()
        self.out.setText("✕")
        self.out.setFixedWidth(metrics.CONTROL_PX)
        self.out.setToolTip(self.tr("Take it out"))
        self.out.setAccessibleName(self.tr("Take it out"))
        self.out.clicked.connect(lambda: self.removed.emit(self.link.name))
        row = QHBoxLayout(self)
        row.setContentsMargins(metrics.GAP_PX, 0, metrics.UNIT_PX, 0)
        row.setSpacing(metrics.UNIT_PX)
        row.addWidget(self.switch)
        row.addWidget(self.title, 1)
        row.addWidget(self.mix)
        row.addWidget(self.out)
        for each in (self.switch, self.mix, self.out):
            each.setVisible(link.is_effect)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.mix.set_palette(palette)
        ring = palette.accent if self._is_picked else palette.border
        ground = palette.raised if self._is_picked else palette.surface
        ink = palette.warn if self._trouble else palette.text if self.link.on else palette.faint_text
        self.setStyleSheet(
            f"SlotRow {{ background: {ground}; border: 1px solid {ring}; border-radius: {metrics.RADIUS_PX}px; }}"
            f" SlotRow:focus {{ border: {metrics.FOCUS_RING_PX}px solid {palette.accent}; }}"
            f" SlotRow QLabel {{ color: {ink}; }} SlotRow QToolButton {{ padding: 0; }}"
        )

    def show_link(self, link: Link, is_picked: bool, trouble: str) -> None:
        """The slot as it is now. [gui]"""
        is_other = (link, is_picked, trouble) != (self.link, self._is_picked, self._trouble)
        self.link, self._is_picked, self._trouble = link, is_picked, trouble
        self.title.setText(f"⚠ {link.title}" if trouble else link.title)
        self.setToolTip(trouble)
        self.setAccessibleName(f"{link.title}: {trouble}" if trouble else link.title)
        self.switch.setChecked(link.on)
        self.switch.setText(self.tr("On") if link.on else self.tr("Off"))
        self.mix.show_value(link.mix)
        if is_other:
            self.set_palette(self._palette)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click picks it; an instrument stays where it is. [gui]"""
        self.picked.emit(self.link.name)
        self.setFocus()
        if self.link.is_effect:
            super().mousePressEvent(event)

    def _do_key(self, event: QKeyEvent, really: bool) -> bool:
        """B bypasses, Delete takes out, arrows go and, with Ctrl, move."""
        if not self.hasFocus():
            return False
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        name = self.link.name
        if by and held in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
            if really:
                (self.moved if held else self.neighbour_wanted).emit(name, by)
            return True
        if held or not self.link.is_effect or key not in (Qt.Key.Key_B, Qt.Key.Key_Delete):
            return False
        if really and key == Qt.Key.Key_B:
            self.switched.emit(name, not self.link.on)
        elif really:
            self.removed.emit(name)
        return True
