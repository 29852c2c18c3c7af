"""The bar over the roll: what the hand holds, what it is led by, which key, and what is shown. [gui]

It shows the choices of one roll and makes them; the roll says when others were made, by keys or commands.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from gui.roll.lane_menu import fill_lane_menu
from gui.roll.scene import Tool
from gui.roll.snap import Snap
from gui.roll.view import PianoRoll
from gui.theme import metrics
from gui.theme.palette import Palette
from gui.theme.signs import SIZE_PX, sign
from score.harmony.scales import FLATS, SCALES, SHARPS, Scale

HEIGHT_PX = 10 * metrics.UNIT_PX
SNAP_PX, KEY_PX, LANES_PX = 30 * metrics.UNIT_PX, 34 * metrics.UNIT_PX, 18 * metrics.UNIT_PX

PARTS = tuple(Fraction(1, 2**n) for n in range(6))
SNAPS = (
    Snap(),
    *(Snap(part) for part in PARTS),
    *(Snap(part, triplets=True) for part in PARTS[1:]),
    *(Snap(part, dotted=True) for part in PARTS[1:5]),
    Snap(is_on=False),
)
"""What a hand is led by, as the bar offers it."""


class RollBar(QFrame):
    """A strip over the roll. [gui]"""

    def __init__(self, roll: PianoRoll, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._roll = roll
        self._signs: dict[str, QToolButton] = {}
        self._scales: list[QMenu] = []
        self.setFixedHeight(HEIGHT_PX)
        self.setAccessibleName(self.tr("Tools of the piano roll"))
        self.tools = {
            Tool.SELECT: self._button("select", self.tr("Select, move and resize  (V)")),
            Tool.DRAW: self._button("draw", self.tr("Draw notes  (B)")),
            Tool.ERASE: self._button("erase", self.tr("Erase notes  (E)")),
            Tool.SPLIT: self._button("split", self.tr("Split notes  (C)")),
            Tool.GLUE: self._button("glue", self.tr("Glue notes together  (J)")),
            Tool.PITCH: self._button("pitch", self.tr("Draw the pitch within notes; drift and vibrato  (P)")),
        }
        for tool, button in self.tools.items():
            button.clicked.connect(partial(self._take, tool))
        self.snap = self._words_button(self.tr("Grid"), SNAP_PX)
        self.snap.setToolTip(self.tr("The grid that notes are led to; hold Alt to leave it"))
        self.snap_menu = QMenu(self)
        self.snap_menu.aboutToShow.connect(self._fill_snap_menu)
        self.snap.setMenu(self.snap_menu)
        self.key = self._words_button(self.tr("Key"), KEY_PX)
        self.key_menu = QMenu(self)
        self.key_menu.aboutToShow.connect(self._fill_key_menu)
        self.key.setMenu(self.key_menu)
        self.fold = self._switch("fold", self.tr("Only rows of the key"), roll.set_folded)
        self.lead = self._switch(
            "lead", self.tr("Lead notes to the key while drawing and moving"), roll.set_led_to_scale
        )
        self.ghosts = self._switch("ghost", self.tr("Notes of other tracks behind"), roll.set_ghosts)
        self.chords = self._switch("chords", self.tr("Names of chords"), roll.set_chords)
        self.steps = self._switch("steps", self.tr("Step input: keys set notes at the playhead"), roll.set_stepping)
        self.lanes = self._words_button(self.tr("Lanes"), LANES_PX)
        self.lanes_menu = QMenu(self)
        self.lanes_menu.aboutToShow.connect(self._fill_lanes_menu)
        self.lanes.setMenu(self.lanes_menu)
        self._lay_out()
        roll.chosen.connect(self.refresh)
        self.set_palette(palette)
        self.refresh()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.setStyleSheet(
            f"RollBar {{ background: {palette.surface}; border-bottom: 1px solid {palette.border}; }}"
            f"QToolButton::menu-indicator {{ subcontrol-position: right center; right: {metrics.UNIT_PX}px; }}"
        )
        for name, button in self._signs.items():
            button.setIcon(sign(name, palette.text, palette.on_accent, palette.faint_text))

    def refresh(self) -> None:
        """Show what is chosen now. [gui]"""
        roll = self._roll
        for tool, button in self.tools.items():
            button.setChecked(roll.hand.tool is tool)
        self.snap.setText(self._said(roll.snap))
        self.snap.setAccessibleDescription(self._said(roll.snap))
        for switch, is_on in (
            (self.fold, roll.is_folded),
            (self.lead, roll.is_led_to_scale),
            (self.ghosts, roll.shows_ghosts),
            (self.chords, roll.names_chords),
            (self.steps, roll.is_stepping),
        ):
            switch.setChecked(is_on)
        words = self._key_words()
        self.key.setText(words)
        self.key.setAccessibleDescription(words)

    def minimumSizeHint(self) -> QSize:
        """A narrow window cuts the bar off, and is not held open by it. [gui]"""
        return QSize(0, HEIGHT_PX)

    def _key_words(self) -> str:
        roll = self._roll
        if roll.scale is not None:
            name = written(roll.scale)
            return self.tr("found: {key}").format(key=name) if roll.finds_key else name
        if roll.found is not None:
            return self.tr("{key}?").format(key=written(roll.found.scale))
        return self.tr("No key")

    def _fill_key_menu(self) -> None:
        menu, roll = self.key_menu, self._roll
        menu.clear()
        for scales in self._scales:
            scales.deleteLater()
        self._scales = []
        found = self.tr("Find it by itself")
        if roll.found is not None:
            sure = round(100 * roll.found.confidence)
            found = self.tr("Find it by itself: {key}, {sure} %").format(key=written(roll.found.scale), sure=sure)
        self._add(menu, found, roll.finds_key, roll.find_key)
        self._add(menu, self.tr("No key"), roll.scale is None, lambda: roll.set_scale(None))
        menu.addSeparator()
        for root in range(12):
            name = SHARPS[root] if SHARPS[root] == FLATS[root] else f"{SHARPS[root]} / {FLATS[root]}"
            under = menu.addMenu(_signed(name))
            assert under is not None
            self._scales.append(under)
            for scale in SCALES:
                chosen = Scale(root, scale)
                self._add(under, scale, roll.scale == chosen, partial(roll.set_scale, chosen))

    def _fill_snap_menu(self) -> None:
        self.snap_menu.clear()
        before = SNAPS[0]
        for snap in SNAPS:
            if (snap.triplets, snap.dotted, snap.is_on) != (before.triplets, before.dotted, before.is_on):
                self.snap_menu.addSeparator()
            self._add(self.snap_menu, self._said(snap), self._roll.snap == snap, partial(self._roll.set_snap, snap))
            before = snap

    def _fill_lanes_menu(self) -> None:
        fill_lane_menu(self.lanes_menu, self._roll)

    def _add(self, menu: QMenu, words: str, is_checked: bool, do: Callable[[], object]) -> None:
        action = QAction(words, menu)
        action.setCheckable(True)
        action.setChecked(is_checked)
        action.triggered.connect(lambda: do())
        menu.addAction(action)

    def _take(self, tool: Tool) -> None:
        self._roll.set_tool(tool)
        self.refresh()  # a button that was down already stays down
        self._roll.setFocus()

    def _switch(self, name: str, words: str, set_to: Callable[[bool], None]) -> QToolButton:
        button = self._button(name, words)
        button.clicked.connect(lambda is_on: set_to(is_on))
        return button

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setIconSize(QSize(SIZE_PX, SIZE_PX))
        button.setFixedSize(metrics.CONTROL_PX, metrics.CONTROL_PX)
        button.setStyleSheet("padding: 0;")
        button.setToolTip(words)
        button.setAccessibleName(words.partition("  (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._signs[name] = button
        return button

    def _words_button(self, words: str, width_px: int) -> QToolButton:
        button = QToolButton(self)
        button.setText(words)
        button.setAccessibleName(words)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMinimumWidth(width_px)
        button.setFixedHeight(metrics.CONTROL_PX)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(metrics.GAP_PX, 0, metrics.GAP_PX, 0)
        row.setSpacing(metrics.UNIT_PX)
        groups: tuple[tuple[QWidget, ...], ...] = (
            tuple(self.tools.values()),
            (self.snap,),
            (self.key, self.fold, self.lead),
            (self.ghosts, self.chords, self.lanes),
            (self.steps,),
        )
        for place, group in enumerate(groups):
            if place:
                row.addSpacing(metrics.GAP_PX)
            for each in group:
                row.addWidget(each)
        row.addStretch(1)

    def _said(self, snap: Snap) -> str:
        if not snap.is_on:
            return self.tr("No grid")
        part = self.tr("Adaptive") if snap.part is None else str(snap.part) if snap.part < 1 else "1/1"
        if snap.triplets:
            return self.tr("{part} triplets").format(part=part)
        return self.tr("{part} dotted").format(part=part) if snap.dotted else part


def written(scale: Scale) -> str:
    """A scale as musicians write it. [any]"""
    root, _, name = str(scale).partition(" ")
    return f"{_signed(root)} {name}"


def _signed(name: str) -> str:
    return name.replace("#", "♯").replace("b", "♭")
