"""Things drawn once and kept as tiles: scrolling draws only what comes into sight, an edit only the pixels it changed.

Asked for by place, in pixels of the whole piece at the zoom of the moment. Tiles that are not there yet can be made
ahead, a few milliseconds at a time, so that a frame seldom has to wait for one. Lives on the app's thread.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor

from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QImage, QPainter

from gui.roll.columns import Change
from gui.roll.grid import Grid

TILE_PX = 256
MOST_BYTES = 96 * 2**20
"""Ten windows of 1600 × 900 on an ordinary screen, two on a dense one: scrolling to and fro draws nothing anew."""

Draw = Callable[[QPainter, Grid, QRect], None]
"""Draws into a tile: a painter, the Grid of that tile, and the part of it that is wanted."""

Place = tuple[int, int]


@dataclass(slots=True)
class _Tile:
    image: QImage
    stale: QRect


class Tiles:
    """Tiles of one zoom; flat ones show no pitches, and what changes touches all their height. [gui]"""

    def __init__(
        self,
        draw: Draw,
        is_opaque: bool = False,
        is_flat: bool = False,
        at_start: bool = False,
        wide_px: int = TILE_PX,
        high_px: int = TILE_PX,
    ) -> None:
        """`at_start`: of a note only its start is seen in them. [gui]"""
        self._draw, self._is_opaque, self._is_flat, self._at_start = draw, is_opaque, is_flat, at_start
        self.wide_px, self.high_px = wide_px, high_px
        self._tiles: OrderedDict[Place, _Tile] = OrderedDict()
        self._zoom: tuple[object, ...] = ()

    def zoom(self, grid: Grid, density: float, more: object = None) -> None:
        """What the tiles are to be of; those of another zoom go. `more` is what they depend on besides. [gui]"""
        zoom = (grid.px_per_tick, grid.row_px, grid.rows, density, self.high_px, more)
        if zoom != self._zoom:
            self._tiles.clear()
            self._zoom = zoom

    def missing(self, grid: Grid, part: QRect) -> int:
        """How many tiles of a part of the field, in pixels of the window, would have to be drawn. [gui]"""
        return sum(place not in self._tiles for place in _places(grid, part))

    def paint(self, painter: QPainter, grid: Grid, density: float, part: QRect) -> None:
        """All tiles that touch a part of the field. [gui]"""
        for place in _places(grid, part):
            at = QPointF(place[0] * TILE_PX - grid.left_px, place[1] * TILE_PX - grid.top_px)
            painter.drawImage(at, self._tile(grid, place, density))

    def prepare(self, grid: Grid, density: float, part: QRect, until_ns: int) -> bool:
        """Draw ahead what is missing of a part, until a moment has come; whether all of it is there. [gui]"""
        for place in _places(grid, part):
            if place not in self._tiles:
                if time.perf_counter_ns() >= until_ns:
                    return False
                self._tile(grid, place, density)
        return True

    def drop(self) -> None:
        """All of them are to be drawn anew. [gui]"""
        self._tiles.clear()

    def drop_where(self, grid: Grid, changes: Iterable[Change]) -> None:
        """The pixels in which something changed are to be drawn anew. [gui]"""
        for change in changes:
            left = floor(change.start_ticks * grid.px_per_tick) - (6 if self._is_flat else 2)
            right = ceil((change.start_ticks if self._at_start else change.end_ticks) * grid.px_per_tick) + 6
            top, bottom = 0, TILE_PX
            if not self._is_flat:
                top = floor(grid.rows.place(min(change.highest, 127)) * grid.row_px) - 4
                bottom = ceil((grid.rows.place(max(change.lowest, 0)) + 1) * grid.row_px) + 4
            columns, rows = _touched(left, right), _touched(top, bottom)
            few = len(columns) * len(rows) <= len(self._tiles)
            for column, row in [(c, r) for c in columns for r in rows] if few else list(self._tiles):
                tile = self._tiles.get((column, row))
                if tile is not None and column in columns and row in rows:
                    seen = QRect(left - column * TILE_PX, top - row * TILE_PX, right - left, bottom - top)
                    tile.stale = tile.stale.united(seen.intersected(QRect(0, 0, self.wide_px, self.high_px)))

    def _tile(self, grid: Grid, place: Place, density: float) -> QImage:
        tile = self._tiles.get(place)
        if tile is None:
            tile = self._tiles[place] = self._new(density)
        self._tiles.move_to_end(place)
        if not tile.stale.isEmpty():
            painter = QPainter(tile.image)
            painter.setClipRect(tile.stale)
            if not self._is_opaque:
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
                painter.fillRect(tile.stale, Qt.GlobalColor.transparent)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            left, top = place[0] * TILE_PX, place[1] * TILE_PX
            one = Grid(TILE_PX, TILE_PX, grid.px_per_tick, grid.row_px, left, top, grid.rows, grid.end_ticks)
            self._draw(painter, one, tile.stale)
            painter.end()
            tile.stale = QRect()
        return tile.image

    def _new(self, density: float) -> _Tile:
        wide, high = ceil(self.wide_px * density), ceil(self.high_px * density)
        kind = QImage.Format.Format_RGB32 if self._is_opaque else QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(wide, high, kind)
        image.setDevicePixelRatio(density)
        if len(self._tiles) >= max(64, MOST_BYTES // (4 * wide * high)):
            self._tiles.popitem(last=False)
        return _Tile(image, QRect(0, 0, self.wide_px, self.high_px))


def _places(grid: Grid, part: QRect) -> list[Place]:
    columns = _touched(max(0.0, part.left() + grid.left_px), part.right() + 1 + grid.left_px)
    rows = _touched(max(0.0, part.top() + grid.top_px), part.bottom() + 1 + grid.top_px)
    return [(column, row) for column in columns for row in rows]


def _touched(start: float, end: float) -> range:
    return range(floor(start / TILE_PX), floor((end - 1e-6) / TILE_PX) + 1)
