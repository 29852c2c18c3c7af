"""The mixer: a strip for each track, one for each effect that they share, and the master. [gui]

What flows in: score, setup, levels, what the engine has on its shelf. What flows out: changes and edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QScrollArea, QWidget

from gui.mixing.arranged import effects_of
from gui.mixing.chooser import Shelf, with_rack
from gui.mixing.routes import MASTER_LINE, effect_lines, lines_of_score
from gui.mixing.strip import Place, Strip
from gui.session.setup import Change, Setup
from gui.theme import metrics
from gui.theme.palette import Palette
from score.edits import RenameTrack
from score.score import Score

HEIGHT_PX, LEAST_HEIGHT_PX = 76 * metrics.UNIT_PX, 54 * metrics.UNIT_PX
_COMPACT_BELOW_PX = 66 * metrics.UNIT_PX
_MASTER: Place = ("master",)


class Mixer(QFrame):
    """All strips. [gui]"""

    chosen = pyqtSignal(int)
    changed = pyqtSignal(object, bool)
    """A Change of the setup, and whether one hand still draws the same fader."""
    edited = pyqtSignal(object)
    """An Edit of the score."""
    chain_wanted = pyqtSignal(object)
    """The place of a strip whose effects shall be shown."""
    shelf_wanted = pyqtSignal()
    """Somebody chooses: what the engine has should be as new as can be."""
    rack_wanted = pyqtSignal(object, str)
    """A place, and a rack file that is to be its instrument: the engine reads it, `take_rack` has it."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._setup = Setup()
        self._lines: dict[Place, int] = {}
        self._shelf = Shelf()
        self._is_compact = False
        self.strips: dict[Place, Strip] = {}
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(metrics.GAP_PX, metrics.UNIT_PX, metrics.GAP_PX, metrics.UNIT_PX)
        self._row.setSpacing(metrics.UNIT_PX)
        self._row.addStretch(1)
        self._scroll.setWidget(inside)
        self.empty = QLabel(self.tr("No track yet. Add one, and its fader is here."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._fixed = QHBoxLayout()
        self._fixed.setContentsMargins(metrics.GAP_PX, metrics.UNIT_PX, metrics.GAP_PX, metrics.UNIT_PX)
        self._fixed.setSpacing(metrics.UNIT_PX)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.empty, 1)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(self._fixed)
        self.setMinimumHeight(LEAST_HEIGHT_PX)
        self.setAccessibleName(self.tr("Mixer"))
        self.set_palette(palette)

    def sizeHint(self) -> QSize:
        """As high as all of a strip is. [gui]"""
        return QSize(super().sizeHint().width(), HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Where the window is low, strips make do with less. [gui]"""
        super().resizeEvent(event)
        if self._is_compact != (self.height() < _COMPACT_BELOW_PX):
            self._is_compact = not self._is_compact
            for strip in self.strips.values():
                strip.set_compact(self._is_compact)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"Mixer, Mixer QScrollArea, Mixer QScrollArea > QWidget > QWidget {{ background: {palette.window}; }}"
            f" Mixer {{ border-top: 1px solid {palette.border}; }}"
        )
        self.empty.setStyleSheet(f"color: {palette.dim_text};")
        for strip in self.strips.values():
            strip.set_palette(palette)

    def show_mix(self, score: Score, setup: Setup, chosen: int | None) -> None:
        """The session as it is now. [gui]"""
        self._setup = setup
        effects = effects_of(setup)
        tracks: list[Place] = [("tracks", str(track.id)) for track in score.tracks]
        others: list[Place] = [*(("effects", name) for name in effects), _MASTER]
        if [*tracks, *others] != list(self.strips):
            self._build(tracks, others, tuple(effects))
        names: dict[Place, str] = {("tracks", str(each.id)): each.name or self.tr("Track") for each in score.tracks}
        lines = lines_of_score(score)
        self._lines = {("tracks", str(track.id)): lines[track.id] for track in score.tracks}
        self._lines |= {("effects", name): line for name, line in effect_lines(effects).items()} | {
            _MASTER: MASTER_LINE
        }
        for place in tracks:
            track_id = int(place[1])
            self.strips[place].show_strip(names[place], setup.track(track_id), track_id == chosen)
        for name, mine in effects.items():
            self.strips["effects", name].show_strip(name.capitalize(), mine, False)
        self.strips[_MASTER].show_strip(self.tr("Master"), setup.master, False)
        self.empty.setVisible(not tracks)
        self._scroll.setVisible(bool(tracks))

    def show_levels(self, levels: Mapping[int, tuple[float, float]]) -> None:
        """How loud all are, by line, some thirty times a second. [gui]"""
        if self.isVisible():
            for place, strip in self.strips.items():
                left, right = levels.get(self._lines.get(place, -1), (0.0, 0.0))
                strip.meter.show_peaks(left, right)

    def show_shelf(self, shelf: Shelf) -> None:
        """What there is to choose from. [gui]"""
        self._shelf = shelf
        for strip in self.strips.values():
            strip.shelf = shelf

    def take_rack(self, place: Place, file: str, plan: Mapping[str, object]) -> None:
        """A rack file was read: it is the instrument of a strip from now on. [gui]"""
        strip = self.strips.get(place)
        if strip is not None:
            wanted = with_rack(strip.setup, {"id": file, "plan": plan})
            self.changed.emit(Change(self.tr("Instrument"), place, wanted), False)

    def _build(self, tracks: list[Place], others: list[Place], shared: tuple[str, ...]) -> None:
        held = {place: strip for place, strip in self.strips.items() if strip.shared == shared}
        for place, strip in self.strips.items():
            strip.setParent(None)
            if place not in (*tracks, *others) or place not in held:
                strip.deleteLater()
        self.strips = {place: held.get(place) or self._made(place, shared) for place in (*tracks, *others)}
        for n, place in enumerate(tracks):
            self._row.insertWidget(n, self.strips[place])
        for place in others:
            self._fixed.addWidget(self.strips[place])
        for strip in self.strips.values():
            strip.show()

    def _made(self, place: Place, shared: tuple[str, ...]) -> Strip:
        strip = Strip(place, shared, self._palette)
        strip.shelf = self._shelf
        strip.set_compact(self._is_compact)
        strip.chosen.connect(self._choose)
        strip.changed.connect(self.changed)
        strip.renamed.connect(lambda place, name: self.edited.emit(RenameTrack(int(place[1]), name)))
        strip.chain_wanted.connect(self.chain_wanted)
        strip.shelf_wanted.connect(self.shelf_wanted)
        strip.rack_file_wanted.connect(self._ask_rack)
        strip.neighbour_wanted.connect(lambda widget, by, place=place: self._go(place, widget, by))
        return strip

    def _choose(self, place: Place) -> None:
        if place[0] == "tracks":
            self.chosen.emit(int(place[1]))

    def _ask_rack(self, place: Place) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Open a rack"), str(Path.home()), "Vocello (*.rack)")
        if name:
            self.rack_wanted.emit(place, name)

    def _go(self, place: Place, widget: QWidget | None, by: int) -> None:
        """The same control of the strip beside this one."""
        places = list(self.strips)
        at = places.index(place) + by
        if not 0 <= at < len(places):
            return
        here, there = self.strips[place], self.strips[places[at]]
        pairs = zip(_controls(here), _controls(there), strict=False)
        wanted = next((other for one, other in pairs if one is widget), there.fader)
        target = wanted if wanted.isVisible() and wanted.isEnabled() else there.fader
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(there, metrics.MARGIN_PX, 0)


def _controls(strip: Strip) -> list[QWidget]:
    return [strip.fader, strip.pan, strip.source, strip.chain, strip.readout, *strip.switches.values()]
