"""One track in the list: its name, what it sounds by, mute, solo, arm, level. [gui]

What flows in: a track and its setup. What flows out: wishes, each as a signal.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from gui.drawn_row import DrawnRow
from gui.mixing.chooser import source_name
from gui.mixing.colours import track_colour
from gui.mixing.name import NameField
from gui.session.setup import Change, TrackSetup
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette
from score.score import Track

_LOWEST_DB, _HIGHEST_DB = -48, 12


class TrackRow(DrawnRow):
    """One track; drawn sideways out of the panel it goes to another program, as a file. [gui]"""

    goes_out = True

    chosen = pyqtSignal(int)
    changed = pyqtSignal(object, bool)
    renamed = pyqtSignal(int, str)
    moved = pyqtSignal(int, int)
    """So many places up (below 0) or down, by a key."""
    neighbour_wanted = pyqtSignal(int, int)
    deleted = pyqtSignal(int)
    menu_wanted = pyqtSignal(int, QPoint)

    def __init__(self, track_id: int, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.track_id = track_id
        self._is_chosen, self._colour = False, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.name = NameField(self)
        self.name.renamed.connect(lambda name: self.renamed.emit(self.track_id, name))
        self.about = QLabel()
        self.about.setFont(font(metrics.SMALL_TEXT_PX))
        self.mute = self._button("M", self.tr("Mute"), "muted")
        self.solo = self._button("S", self.tr("Solo"), "solo")
        self.arm = self._button("●", self.tr("Arm: keys and voice play it"), "armed")
        self.level = QSlider(Qt.Orientation.Horizontal)
        self.level.setRange(_LOWEST_DB, _HIGHEST_DB)
        self.level.setAccessibleName(self.tr("Level in dB"))
        self.level.valueChanged.connect(self._level_moved)
        self._goes_on = False
        above = QHBoxLayout()
        above.setSpacing(metrics.UNIT_PX)
        above.addWidget(self.name, 1)
        for button in (self.mute, self.solo, self.arm):
            above.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.MARGIN_PX, metrics.GAP_PX, metrics.GAP_PX, metrics.GAP_PX)
        column.setSpacing(metrics.UNIT_PX)
        column.addLayout(above)
        column.addWidget(self.level)
        column.addWidget(self.about)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        ring = palette.accent if self._is_chosen else palette.border
        ground = palette.raised if self._is_chosen else palette.surface
        stripe = track_colour(self._colour, palette)
        self.setStyleSheet(
            f"TrackRow {{ background: {ground}; border: 1px solid {ring};"
            f" border-left: {metrics.UNIT_PX}px solid {stripe}; border-radius: {metrics.RADIUS_PX}px; }}"
            f" TrackRow:focus {{ border: {metrics.FOCUS_RING_PX}px solid {palette.accent};"
            f" border-left: {metrics.UNIT_PX}px solid {stripe}; }}"
            f" TrackRow QLabel {{ background: transparent; }}"
        )
        self.about.setStyleSheet(f"color: {palette.dim_text};")

    def show_track(self, track: Track, setup: TrackSetup, chosen: bool) -> None:
        """The track as it is now. [gui]"""
        self.name.show_name(track.name or self.tr("Track"))
        self.setAccessibleName(track.name)
        count = self.tr("{count} notes").format(count=len(track.notes))
        self.about.setText(f"{source_name(setup)} · {count}")
        for button, on in ((self.mute, setup.muted), (self.solo, setup.solo), (self.arm, setup.armed)):
            button.setChecked(on)
        self.level.blockSignals(True)
        self.level.setValue(round(setup.level_db))
        self.level.setToolTip(f"{setup.level_db:.1f} dB")
        self.level.blockSignals(False)
        if (chosen, setup.colour) != (self._is_chosen, self._colour):
            self._is_chosen, self._colour = chosen, setup.colour
            self.set_palette(self._palette)

    # The hand

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click chooses it. [gui]"""
        self.chosen.emit(self.track_id)
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """All that can be done with it. [gui]"""
        assert event is not None
        self.menu_wanted.emit(self.track_id, event.globalPos())

    def _do_key(self, event: QKeyEvent, really: bool) -> bool:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        if by and held == Qt.KeyboardModifier.ControlModifier:
            if really:
                self.moved.emit(self.track_id, by)
            return True
        if held or not self.hasFocus():
            return False
        deeds: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_Delete: lambda: self.deleted.emit(self.track_id),
            Qt.Key.Key_F2: self.name.edit,
            Qt.Key.Key_Return: lambda: self.chosen.emit(self.track_id),
            Qt.Key.Key_Space: lambda: self.chosen.emit(self.track_id),
            Qt.Key.Key_M: self.mute.click,
            Qt.Key.Key_S: self.solo.click,
            Qt.Key.Key_R: self.arm.click,
            Qt.Key.Key_Menu: lambda: self.menu_wanted.emit(self.track_id, self.mapToGlobal(self.rect().center())),
        }
        if by:
            if really:
                self.neighbour_wanted.emit(self.track_id, by)
            return True
        deed = deeds.get(Qt.Key(key))
        if deed is not None and really:
            deed()
        return deed is not None

    # Inside

    def _button(self, sign: str, name: str, field: str) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setCheckable(True)
        button.setFixedWidth(metrics.CONTROL_PX - metrics.UNIT_PX)
        button.setStyleSheet("padding: 0;")
        button.clicked.connect(lambda on: self.changed.emit(self._change(name, field, on or None), False))
        return button

    def _level_moved(self, value: int) -> None:
        is_held = self.level.isSliderDown()
        self.changed.emit(self._change(self.tr("Level"), "level_db", float(value)), is_held and self._goes_on)
        self._goes_on = is_held

    def _change(self, name: str, field: str, value: object) -> Change:
        return Change(name, ("tracks", str(self.track_id), field), value)
