"""All that stands still in the roll, drawn once into an image: what a moving playhead or a drag is laid over.

A score, a grid and a theme in; an image out, of which only what changed is drawn anew. Lives on the app's thread.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QRect
from PyQt6.QtGui import QImage, QPainter

from gui.roll.backdrop import Heard, Seconds, Waveform, paint_heard, paint_lines, paint_rows, paint_waveform
from gui.roll.columns import EVERYWHERE, ID, MOST_CHANGES, Change, Columns, Ints, among
from gui.roll.engrave import NO_IDS, NOTHING_THERE, Look, engrave, is_readable
from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.kinds import Of
from gui.roll.layout import KEYS_PX, Layout
from gui.roll.scale import Key
from gui.roll.scene import Ranges
from gui.roll.snap import Line, Ruling, Snap
from gui.roll.strips import Strips
from gui.roll.tiles import TILE_PX, Tiles
from gui.theme import Palette, metrics
from score.harmony.scales import Scale
from score.score import Score

SCROLL = metrics.SCROLL_BAR_PX
EDGE_PX = TILE_PX * 1.25
MOST_AT_ONCE = 12
"""Tiles that a frame may have to wait for; with more of them missing it is drawn roughly, and well a little later."""


class Picture:
    """What is drawn, and the image of it. [gui]"""

    def __init__(self, palette: Palette) -> None:
        self.look = Look(Ink(palette))
        self.grid, self.layout, self.density = Grid(), Layout(800, 600), 1.0
        self.score, self.track_id = Score(), 0
        self.key: Key | None = None
        self.scale: Scale | None = None
        """By which chords are spelt."""
        self.snap = Snap()
        self.ranges = Ranges()
        self.waveform: Waveform | None = None
        self.heard: Heard | None = None
        self.sounding: frozenset[int] = frozenset()
        self.named_pitch: int | None = None
        self.shows_ghosts = True
        self.corner_words = ""
        self.only_picked = False
        """Whether lanes show selected notes only, where any are."""
        self.columns = Columns()
        self._ghosts: dict[int, Columns] = {}
        self.picked: Ints = NO_IDS
        self.hidden: Ints = NO_IDS
        self._hidden_ids: frozenset[int] = frozenset()
        self._seconds = Seconds(self.score.tempo)
        self.ground = Tiles(self._draw_ground, is_opaque=True)
        self.tiles = Tiles(self._draw_notes)
        self.strips = Strips(self)
        self._ruling = Ruling()
        self._image = QImage()
        self._stale = QRect()
        self.is_rough = False
        """Whether notes were drawn without names and curves, because there were too many new ones for one frame."""
        self._is_patient = True
        self.strips.see(self.layout)

    def follow(self, score: Score, track_id: int) -> None:
        """Another score, or another track of it; what did not change stays drawn. [gui]"""
        if score.tempo != self.score.tempo:
            self._seconds = Seconds(score.tempo)
            self.make_stale()
        if track_id != self.track_id:
            self.columns = Columns()
            self._ghosts.clear()
            self.redraw()
        self.score, self.track_id = score, track_id
        changes: list[Change] = []
        there = {track.id: track for track in score.tracks}
        for track in there.values():
            if track.id == track_id:
                changes += self.columns.follow(track.notes)
            elif self.shows_ghosts:
                changes += self._ghosts.setdefault(track.id, Columns()).follow(track.notes)
        gone = [number for number in self._ghosts if number not in there]
        for number in gone:
            del self._ghosts[number]
        if gone or track_id not in there:
            self.columns = self.columns if track_id in there else Columns()
            self.redraw()
        self._drop(changes)
        if changes:
            self.strips.drop_chords(changes)
        self.strips.follow()

    @property
    def end_ticks(self) -> int:
        """When the piece is over; asked after every edit, so notes that are drawn are not counted again. [gui]"""
        known = {self.track_id: self.columns, **self._ghosts}
        ends = [self.score.events[-1].ticks if self.score.events else 0]
        for track in self.score.tracks:
            columns = known.get(track.id)
            is_known = columns is not None and columns.notes is track.notes
            ends.append(columns.end_ticks if is_known and columns is not None else track.notes.end_ticks)
            ends.append(max(track.length_ticks, track.events[-1].ticks if track.events else 0))
        return max(ends)

    def sounding_columns(self) -> list[Columns]:
        """The notes of which chords are made: those that are seen. [gui]"""
        return [self.columns, *(self._ghosts.values() if self.shows_ghosts else ())]

    def pick(self, ids: frozenset[int]) -> None:
        """Other notes are selected. [gui]"""
        before, self.picked = self.picked, _sorted_ids(ids)
        self._drop_notes(np.setxor1d(before, self.picked, assume_unique=True))
        if self.only_picked:
            self.strips.drop_lanes()

    def hide(self, ids: frozenset[int]) -> None:
        """Notes that are drawn elsewhere, while the hand holds them. [gui]"""
        if ids is not self._hidden_ids and ids != self._hidden_ids:
            before, self.hidden, self._hidden_ids = self.hidden, _sorted_ids(ids), ids
            self._drop_notes(np.setxor1d(before, self.hidden, assume_unique=True))

    def see(self, grid: Grid, layout: Layout, density: float) -> None:
        """Another part of the piece, in a window of another size. [gui]"""
        before, self.grid = self.grid, grid
        if (layout, density) != (self.layout, self.density) or not _only_scrolled(before, grid):
            is_other_size = (layout, density) != (self.layout, self.density)
            is_laid_out = layout == self.layout
            self.layout, self.density = layout, density
            if not is_laid_out:
                self.strips.see(layout)
            keys_stay = not is_other_size and (before.row_px, before.top_px, before.rows) == (
                grid.row_px,
                grid.top_px,
                grid.rows,
            )
            self.make_stale(QRect(KEYS_PX, 0, layout.width, layout.height) if keys_stay else None)
            return
        if before.left_px != grid.left_px:
            self.make_stale(QRect(KEYS_PX, 0, layout.width, layout.height))
        if before.top_px != grid.top_px:
            self.make_stale(QRect(0, layout.notes.y, layout.width, layout.notes.height))

    def wear(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.look = replace(self.look, ink=Ink(palette))
        self.redraw()

    def redraw(self) -> None:
        """Everything anew, the notes too. [gui]"""
        for tiles in (self.ground, self.tiles):
            tiles.drop()
        self.strips.drop()
        self.make_stale()

    def prepare(self, budget_ms: float) -> bool:
        """Draw ahead what is in the window and around it; whether all of it is there. [gui]

        What was drawn roughly is painted again as soon as the window itself can be drawn well.
        """
        until_ns = time.perf_counter_ns() + round(budget_ms * 1e6)
        field = self._field()
        around = field.adjusted(-TILE_PX, -TILE_PX // 2, TILE_PX, TILE_PX // 2)
        self._zoom_tiles()
        for all_of, room in ((field, 0), (around, TILE_PX)):
            if not (
                self.ground.prepare(self.grid, self.density, all_of, until_ns)
                and self.tiles.prepare(self.grid, self.density, all_of, until_ns)
                and self.strips.prepare(room, until_ns)
            ):
                return False
            if self.is_rough:
                self.is_rough = False
                self.make_stale()
        return True

    def settle(self) -> None:
        """Draw well what was drawn roughly, however long it takes. [gui]"""
        self._is_patient = True
        if self.is_rough:
            self.make_stale()

    def make_stale(self, part: QRect | None = None) -> None:
        """That part of the image, or all of it, is no longer true. [gui]"""
        whole = QRect(0, 0, self.layout.width, self.layout.height)
        self._stale = self._stale.united(whole if part is None else part.intersected(whole))

    @property
    def stale(self) -> QRect:
        """What has to be painted again. [gui]"""
        return self._stale

    def image(self) -> QImage:
        """The image, made true where it was not. [gui]"""
        wide, high = round(self.layout.width * self.density), round(self.layout.height * self.density)
        if self._image.width() != wide or self._image.height() != high:
            self._image = QImage(wide, high, QImage.Format.Format_RGB32)
            self.make_stale()
        self._image.setDevicePixelRatio(self.density)
        if not self._stale.isEmpty():
            was_rough = self.is_rough
            # Found once for the window and the tiles at its edges: each tile for itself would begin anew.
            self.lines(
                replace(self.grid, left_px=self.grid.left_px - EDGE_PX, width_px=self.grid.width_px + 2 * EDGE_PX)
            )
            self._judge()
            if was_rough != self.is_rough:
                self.make_stale()
            painter = QPainter(self._image)
            painter.setClipRect(self._stale)
            self._compose(painter, self._stale)
            painter.end()
            self._stale = QRect()
        return self._image

    def rect_of(self, change: Change) -> QRect:
        """The pixels of the widget in which a change is seen, in the field of notes and in the lane. [gui]"""
        grid, notes = self.grid, self.layout.notes
        left = notes.x + int(grid.x_of(change.start_ticks)) - 8
        right = notes.x + int(grid.x_of(change.end_ticks)) + 10
        top = notes.y + int(grid.y_of(min(change.highest, 127))) - 4
        bottom = notes.y + int(grid.y_of(max(change.lowest, 0)) + grid.row_px) + 6
        limit = 4 * max(self.layout.width, self.layout.height)
        left, right = max(-limit, left), min(limit, right)
        rect = QRect(left, top, max(0, right - left), max(0, bottom - top))
        return rect.intersected(QRect(*notes))

    def _drop(self, changes: list[Change]) -> None:
        if not changes:
            return
        if EVERYWHERE in changes or len(changes) > MOST_CHANGES:
            self.redraw()
            return
        self.tiles.drop_where(self.grid, changes)
        self.strips.drop_notes(changes)
        of_notes = [kind for kind in self.strips.lanes if isinstance(kind, Of)]
        for change in changes:
            for rect in (self.rect_of(change), *(self.strips.lane_rect_of(kind, change) for kind in of_notes)):
                if not rect.isEmpty():
                    self.make_stale(rect)

    def _drop_notes(self, ids: Ints) -> None:
        if len(ids) > MOST_CHANGES:
            self.redraw()
            return
        block = self.columns.block
        found = block[:, among(block[ID], ids)] if len(ids) else block[:, :0]
        self._drop([Change(int(n[0]), int(n[1]), int(n[5]), int(n[6])) for n in found.T])

    def _draw_ground(self, painter: QPainter, one: Grid, part: QRect) -> None:
        paint_rows(painter, one, self.look.ink, self.key)
        paint_lines(painter, one, self.look.ink, self.lines(one), one.height_px)

    def _draw_notes(self, painter: QPainter, one: Grid, part: QRect) -> None:
        # Whether a tile is drawn well depends on all of it, what is drawn on the part that is wanted.
        count = self.columns.between(*_bounds(one, QRect(0, 0, TILE_PX, TILE_PX))).shape[1]
        self._engrave(painter, one, part, not is_readable(one, count))

    def _engrave(self, painter: QPainter, one: Grid, part: QRect, is_coarse: bool, is_rough: bool = False) -> None:
        bounds = _bounds(one, part)
        ghosts = NOTHING_THERE
        if self._ghosts and self.shows_ghosts:
            some = [c.near(*bounds[:2]) if is_rough else c.between(*bounds) for c in self._ghosts.values()]
            ghosts = np.concatenate(some, axis=1)
        block = self.columns.near(*bounds[:2]) if is_rough else self.columns.between(*bounds)
        if len(self.hidden):
            block = block[:, ~among(block[ID], self.hidden)]
        notes = self.columns.notes
        engrave(painter, one, block, notes, self.picked, self.look, self.density, is_coarse, ghosts, is_rough)

    def lines(self, one: Grid) -> list[Line]:
        """Bars, beats and steps of a part of the piece. [gui]"""
        first, last = one.visible_ticks()
        return self._ruling.between(self.score.tempo, first, last, one.px_per_tick, self.snap)

    def _compose(self, painter: QPainter, stale: QRect) -> None:
        layout, ink, notes = self.layout, self.look.ink, self.layout.notes
        for margin in (
            QRect(0, layout.height - SCROLL, layout.width, SCROLL),
            QRect(layout.width - SCROLL, 0, SCROLL, layout.height),
        ):
            if stale.intersects(margin):
                painter.fillRect(margin, ink.colour("surface"))
        self._compose_notes(painter, stale.intersected(QRect(*notes)))
        self.strips.compose(painter, stale)
        if not self.is_rough:
            self._is_patient = False

    def _compose_notes(self, painter: QPainter, part: QRect) -> None:
        if part.isEmpty():
            return
        grid, ink, notes = self.grid, self.look.ink, self.layout.notes
        painter.save()
        painter.setClipRect(part)
        painter.translate(notes.x, notes.y)
        inside = part.translated(-notes.x, -notes.y)
        if self.is_rough:
            self._draw_ground(painter, grid, inside)
        else:
            self.ground.paint(painter, grid, self.density, inside)
        if self.waveform is not None:
            paint_waveform(painter, grid, ink, self._seconds, self.waveform)
        if self.heard is not None:
            paint_heard(painter, grid, ink, self._seconds, self.heard)
        if self.is_rough:
            self._engrave(painter, grid, self._field(), True, is_rough=True)
        else:
            self.tiles.paint(painter, grid, self.density, inside)
        painter.restore()

    def _zoom_tiles(self) -> None:
        """Tiles that are no longer of this zoom, or this key, are forgotten."""
        times = (self.snap, self.score.tempo)
        self.ground.zoom(self.grid, self.density, (self.key, *times))
        self.tiles.zoom(self.grid, self.density)
        self.strips.zoom()

    def _judge(self) -> None:
        """Whether this frame can be drawn well: not while zooming, when the next one is all new again."""
        self._zoom_tiles()
        missing = self.tiles.missing(self.grid, self._field())
        self.is_rough = missing > MOST_AT_ONCE and not self._is_patient

    @property
    def flat(self) -> Grid:
        """The grid of all that scrolls to and fro only. [gui]"""
        return replace(self.grid, top_px=0.0)

    def _field(self) -> QRect:
        return QRect(0, 0, self.layout.notes.width, self.layout.notes.height)


def _bounds(one: Grid, part: QRect) -> tuple[float, float, int, int]:
    """The times and pitches of a part of a tile, and of what reaches into it from beside. [any]"""
    first, last = one.ticks_at(part.left() - 2), one.ticks_at(part.right() + 3)
    return first, last, one.pitch_at(part.bottom() + one.row_px), one.pitch_at(part.top() - one.row_px)


def _only_scrolled(before: Grid, after: Grid) -> bool:
    return replace(before, left_px=after.left_px, top_px=after.top_px, end_ticks=after.end_ticks) == after


def _sorted_ids(ids: frozenset[int]) -> Ints:
    return np.sort(np.fromiter(ids, np.int32, len(ids)))
