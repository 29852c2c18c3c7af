"""The list of tracks: each with its name, what it sounds by, its switches and its level; one of them is chosen. [gui]

A score and a setup in; signals out. It owns neither.
"""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPixmap, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from gui.drawn_row import DropLine
from gui.mixing.colours import HUES, track_colour
from gui.session.setup import Change, Setup
from gui.theme import metrics
from gui.theme.palette import Palette
from gui.tracks.row import TrackRow
from score.edits import MoveTrack, RemoveTrack, RenameTrack
from score.score import Score

WIDTH_PX = 56 * metrics.UNIT_PX
_PART = 0.1
"""Of a wide window, so that long names can be read there."""


class TrackPanel(QFrame):
    """All tracks of a session. [gui]"""

    chosen = pyqtSignal(int)
    changed = pyqtSignal(object, bool)
    """A Change of the setup, and whether one hand still draws the same fader."""
    edited = pyqtSignal(object)
    """An Edit of the score: a track renamed, moved, deleted."""
    added = pyqtSignal()
    taken_out = pyqtSignal(int)
    """A track is drawn out of the window, as a file."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._setup, self._chosen = Setup(), 0
        self.rows: dict[int, TrackRow] = {}
        self.setMinimumWidth(WIDTH_PX)
        self.setMaximumWidth(2 * WIDTH_PX)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(metrics.GAP_PX, metrics.GAP_PX, metrics.GAP_PX, metrics.GAP_PX)
        self._column.setSpacing(metrics.UNIT_PX)
        self._column.addStretch(1)
        self._scroll.setWidget(self._inside)
        outer.addWidget(self._scroll, 1)
        self.add_button = QPushButton(self.tr("Add a track"))
        self.add_button.clicked.connect(self.added)
        below = QHBoxLayout()
        below.setContentsMargins(metrics.GAP_PX, 0, metrics.GAP_PX, metrics.GAP_PX)
        below.addWidget(self.add_button)
        outer.addLayout(below)
        self._line = DropLine(self._inside, metrics.GAP_PX)
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.setStyleSheet(
            f"TrackPanel, TrackPanel QScrollArea, TrackPanel QScrollArea > QWidget > QWidget"
            f" {{ background: {palette.surface}; }}"
        )
        self._line.set_palette(palette)
        for row in self.rows.values():
            row.set_palette(palette)

    def show_tracks(self, score: Score, setup: Setup, chosen: int) -> None:
        """The tracks as they are now. [gui]"""
        self._setup, self._chosen = setup, chosen
        ids = [track.id for track in score.tracks]
        if ids != list(self.rows):
            self._build(ids)
        for track in score.tracks:
            self.rows[track.id].show_track(track, setup.track(track.id), track.id == chosen)

    def menu_of(self, track_id: int) -> QMenu:
        """All that can be done with a track. [gui]"""
        menu, place = QMenu(self), list(self.rows).index(track_id)
        for text, do, can in (
            (self.tr("Rename"), self.rows[track_id].name.edit, True),
            (self.tr("Up"), lambda: self.move_track(track_id, -1), place > 0),
            (self.tr("Down"), lambda: self.move_track(track_id, 1), place < len(self.rows) - 1),
            (self.tr("Delete"), lambda: self.delete_track(track_id), len(self.rows) > 1),
        ):
            action = menu.addAction(text)
            assert action is not None
            action.setEnabled(can)
            action.triggered.connect(lambda _checked=False, do=do: do())
        colours = menu.addMenu(self.tr("Colour"))
        assert colours is not None
        for name in ("", *HUES):
            action = colours.addAction(_swatch(track_colour(name, self._palette)), name or self.tr("none"))
            assert action is not None
            action.setCheckable(True)
            action.setChecked(self._setup.track(track_id).colour == name)
            action.triggered.connect(lambda _checked=False, name=name: self._paint(track_id, name))
        return menu

    def move_track(self, track_id: int, by: int) -> None:
        """So many places down, or, below 0, up. [gui]"""
        place = list(self.rows).index(track_id) + by
        if by and 0 <= place < len(self.rows):
            self.edited.emit(MoveTrack(track_id, place))
            self.rows[track_id].setFocus()

    def delete_track(self, track_id: int) -> None:
        """Take a track out; the last one stays, for the roll has to show something. [gui]"""
        ids = list(self.rows)
        if len(ids) > 1:
            place = ids.index(track_id)
            if track_id == self._chosen:
                self.chosen.emit(ids[place + 1] if place + 1 < len(ids) else ids[place - 1])
            self.edited.emit(RemoveTrack(track_id))

    # Inside

    def _build(self, ids: list[int]) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
        for track_id in [each for each in self.rows if each not in ids]:
            row = self.rows.pop(track_id)
            row.hide()
            row.deleteLater()
        self.rows = {track_id: self.rows.get(track_id) or self._made(track_id) for track_id in ids}
        for place, row in enumerate(self.rows.values()):
            self._column.insertWidget(place, row)

    def _made(self, track_id: int) -> TrackRow:
        row = TrackRow(track_id, self._palette)
        row.chosen.connect(self.chosen)
        row.changed.connect(self.changed)
        row.renamed.connect(lambda track_id, name: self.edited.emit(RenameTrack(track_id, name)))
        row.moved.connect(self.move_track)
        row.deleted.connect(self.delete_track)
        row.menu_wanted.connect(self._menu)
        row.neighbour_wanted.connect(self._go)
        row.drawn.connect(lambda y: self._line.follow(y, list(self.rows.values())))
        row.let_go.connect(partial(self._drop, track_id))
        row.drawn_out.connect(partial(self._take_out, track_id))
        return row

    def _menu(self, track_id: int, where: QPoint) -> None:
        self.menu_of(track_id).popup(where)

    def _paint(self, track_id: int, name: str) -> None:
        self.changed.emit(Change(self.tr("Colour"), ("tracks", str(track_id), "colour"), name or None), False)

    def _go(self, track_id: int, by: int) -> None:
        """The keyboard goes to the track above or below, which is chosen."""
        ids = list(self.rows)
        place = ids.index(track_id) + by
        if 0 <= place < len(ids):
            self.rows[ids[place]].setFocus()
            self.chosen.emit(ids[place])

    def _take_out(self, track_id: int) -> None:
        self._line.hide()
        self.taken_out.emit(track_id)

    def _drop(self, track_id: int, y: int) -> None:
        self.move_track(track_id, self._line.end(y, self.rows[track_id], list(self.rows.values())))


class BesideTracks(QSplitter):
    """The tracks, and something beside them: the wider the window the more for both, until a hand parts them. [gui]"""

    def __init__(self, tracks: TrackPanel, beside: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._is_drawn = False
        self.addWidget(tracks)
        self.addWidget(beside)
        self.setStretchFactor(1, 1)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._remember)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Another width. [gui]"""
        super().resizeEvent(event)
        if not self._is_drawn:
            whole = sum(self.sizes())
            tracks = max(round(_PART * whole), WIDTH_PX)
            self.setSizes([tracks, max(whole - tracks, 0)])

    def _remember(self) -> None:
        self._is_drawn = True


def _swatch(colour: str) -> QIcon:
    picture = QPixmap(4 * metrics.UNIT_PX, 4 * metrics.UNIT_PX)
    picture.fill(QColor(colour))
    return QIcon(picture)
