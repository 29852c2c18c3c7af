"""What stands around the field of notes, drawn once as tiles: keys, ruler, names of chords, and all lanes. [gui]

They scroll with the field: the keys up and down, all others to and fro.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QPainter

from gui.roll import lane_curves
from gui.roll.chords import MOST_NOTES, NAME_PX, named, paint_chords
from gui.roll.columns import EVERYWHERE, Change
from gui.roll.frame import paint_corner, paint_keys, paint_loop_strip, paint_punch_strip, paint_ruler
from gui.roll.grid import Grid
from gui.roll.kinds import Kind, Of
from gui.roll.lane import HEAD_PX, paint_lane_tile
from gui.roll.lane_values import LaneValues
from gui.roll.layout import CHORDS_PX, KEYS_PX, RULER_PX, Layout, Rect
from gui.roll.tiles import TILE_PX, Tiles
from score.operations.lanes import Lane

if TYPE_CHECKING:
    from gui.roll.picture import Picture


class Strips:
    """The tiles of all that is not the field. [gui]"""

    def __init__(self, picture: Picture) -> None:
        self._of = picture
        self.keys = Tiles(self._draw_keys, is_opaque=True, wide_px=KEYS_PX)
        self.ruler = Tiles(self._draw_ruler, is_opaque=True, is_flat=True, high_px=RULER_PX)
        self.chords = Tiles(self._draw_chords, is_opaque=True, is_flat=True, high_px=CHORDS_PX)
        self.lanes: dict[Kind, Tiles] = {}
        self.values: dict[Lane, LaneValues] = {}

    def see(self, layout: Layout) -> None:
        """Other lanes are open, or have other heights. [gui]"""
        kinds = [lane.kind for lane in layout.open_lanes]
        self.lanes = {kind: self.lanes.get(kind) or self._new_lane(kind) for kind in kinds}
        self.values = {lane: self.values.get(lane) or LaneValues(lane) for lane in kinds if isinstance(lane, Lane)}
        for kind, rect in zip(kinds, layout.lanes, strict=True):
            self.lanes[kind].high_px = max(1, rect.height)
        self.follow()

    def follow(self) -> None:
        """Another score: what controllers do is read again where it changed. [gui]"""
        track = next((each for each in self._of.score.tracks if each.id == self._of.track_id), None)
        for lane, values in self.values.items():
            changes = values.follow(track)
            if changes:
                self.lanes[lane].drop_where(self._of.flat, changes)
                self._of.make_stale(QRect(*self._of.layout.lane_of(lane)))

    def drop(self) -> None:
        """Everything anew. [gui]"""
        for tiles in (self.keys, self.ruler, self.chords, *self.lanes.values()):
            tiles.drop()

    def drop_notes(self, changes: list[Change]) -> None:
        """Notes changed: what is seen of them here is drawn anew. [gui]"""
        for kind, tiles in self.lanes.items():
            if isinstance(kind, Of):
                tiles.drop_where(self._of.flat, changes)

    def drop_chords(self, changes: Iterable[Change] = (EVERYWHERE,)) -> None:
        """Other notes sound: names may change there, and those beside, which meet what changed. [gui]"""
        layout, room = self._of.layout, ceil(NAME_PX / self._of.grid.px_per_tick)
        if layout.names_chords:
            wide = [
                each._replace(start_ticks=each.start_ticks - room, end_ticks=each.end_ticks + room) for each in changes
            ]
            self.chords.drop_where(self._of.flat, wide)
            self._of.make_stale(QRect(*layout.chords))

    def drop_lanes(self) -> None:
        """All lanes of notes anew: others are selected, and only theirs are shown. [gui]"""
        for kind, tiles in self.lanes.items():
            if isinstance(kind, Of):
                tiles.drop()
        self._of.make_stale(QRect(*self._of.layout.below))

    def drop_keys(self, pitches: Iterable[int]) -> None:
        """These keys look otherwise: they sound, or are under the hand, or no longer. [gui]"""
        grid, keys = self._upright(), self._of.layout.keys
        changed = [Change(0, KEYS_PX, pitch, pitch) for pitch in pitches]
        self.keys.drop_where(grid, changed)
        for change in changed:
            top = keys.y + int(grid.y_of(change.lowest)) - 5
            rect = QRect(keys.x, top, keys.width, int(grid.row_px) + 10)
            self._of.make_stale(rect.intersected(QRect(*keys)))

    def zoom(self) -> None:
        """Tiles that are no longer of this zoom, or this key, are forgotten. [gui]"""
        of, flat = self._of, self._of.flat
        times = (of.snap, of.score.tempo)
        self.keys.zoom(self._upright(), of.density, (of.key, of.look.prefers_flats))
        self.ruler.zoom(flat, of.density, times)
        self.chords.zoom(flat, of.density, (of.key,))
        for kind, tiles in self.lanes.items():
            tiles.zoom(flat, of.density, (kind, *times))

    def prepare(self, room_px: int, until_ns: int) -> bool:
        """Draw ahead what is within the window and so far beside it. [gui]"""
        of, flat, layout = self._of, self._of.flat, self._of.layout
        strips = [(self.ruler, layout.ruler)] + [(self.lanes[k], layout.lane_of(k)) for k in self.lanes]
        strips += [(self.chords, layout.chords)] if layout.names_chords else []
        for tiles, rect in strips:
            part = QRect(-room_px, 0, rect.width + 2 * room_px, rect.height)
            if rect.height and not tiles.prepare(flat, of.density, part, until_ns):
                return False
        part = QRect(0, -min(room_px, TILE_PX), KEYS_PX, layout.keys.height + 2 * min(room_px, TILE_PX))
        return self.keys.prepare(self._upright(), of.density, part, until_ns)

    def compose(self, painter: QPainter, stale: QRect) -> None:
        """All of it that lies within a part of the widget. [gui]"""
        of, layout, flat = self._of, self._of.layout, self._of.flat
        if stale.x() < KEYS_PX and stale.y() < layout.above:
            paint_corner(painter, layout, of.look.ink, of.corner_words)
        keys = self._begin(painter, layout.keys, stale)
        if keys is not None:
            self.keys.paint(painter, self._upright(), of.density, keys)
            painter.restore()
        ruler = self._begin(painter, layout.ruler, stale)
        if ruler is not None:
            if of.is_rough:
                self._draw_ruler(painter, flat, ruler)
            else:
                self.ruler.paint(painter, flat, of.density, ruler)
            if of.ranges.loop is not None:
                paint_loop_strip(painter, flat, of.look.ink, of.ranges.loop)
            if of.ranges.punch is not None:
                paint_punch_strip(painter, layout.ruler, flat, of.look.ink, of.ranges.punch)
            painter.restore()
        chords = self._begin(painter, layout.chords, stale)
        if chords is not None:
            if of.is_rough:
                painter.fillRect(chords, of.look.ink.colour("surface"))  # no name is read while one zooms
            else:
                self.chords.paint(painter, flat, of.density, chords)
            painter.restore()
        for kind, tiles in self.lanes.items():
            rect = layout.lane_of(kind)
            part = self._begin(painter, rect, stale)
            if part is None:
                continue
            if of.is_rough:
                self._draw_lane(kind, painter, flat, part)
            else:
                tiles.paint(painter, flat, of.density, part)
            painter.setPen(of.look.ink.colour("border"))
            painter.drawLine(0, 0, rect.width, 0)
            painter.restore()

    def lane_rect_of(self, kind: Kind, change: Change) -> QRect:
        """The pixels of a lane in which a change of a note is seen. [gui]"""
        of, lane = self._of, self._of.layout.lane_of(kind)
        left = lane.x + int(of.grid.x_of(change.start_ticks))
        until = change.start_ticks if kind is Of.VELOCITY else change.end_ticks
        limit = 4 * of.layout.width
        right = lane.x + int(min(limit, of.grid.x_of(until)))
        reach = int(HEAD_PX) + 2
        left = max(-limit, left)
        return QRect(left - reach, lane.y, right - left + 2 * reach + 2, lane.height).intersected(QRect(*lane))

    def _begin(self, painter: QPainter, rect: Rect, stale: QRect) -> QRect | None:
        """Clip to a strip, whose own corner is then 0, 0; None where nothing of it is wanted."""
        part = stale.intersected(QRect(*rect))
        if part.isEmpty():
            return None
        painter.save()
        painter.setClipRect(part)
        painter.translate(rect.x, rect.y)
        return part.translated(-rect.x, -rect.y)

    def _upright(self) -> Grid:
        return replace(self._of.grid, px_per_tick=1.0, left_px=0.0)

    def _new_lane(self, kind: Kind) -> Tiles:
        return Tiles(partial(self._draw_lane, kind), is_opaque=True, is_flat=True, at_start=kind is Of.VELOCITY)

    def _draw_keys(self, painter: QPainter, one: Grid, part: QRect) -> None:
        of, keys = self._of, Rect(0, 0, KEYS_PX, TILE_PX)
        paint_keys(painter, keys, one, of.look.ink, of.key, of.sounding, of.named_pitch, part)

    def _draw_ruler(self, painter: QPainter, one: Grid, part: QRect) -> None:
        of = self._of
        # A number to the left of the tile may still reach into it.
        wide = replace(one, left_px=one.left_px - TILE_PX / 4, width_px=one.width_px + TILE_PX / 4)
        paint_ruler(painter, Rect(0, 0, int(one.width_px), RULER_PX), one, of.look.ink, of.score.tempo, of.lines(wide))

    def _draw_chords(self, painter: QPainter, one: Grid, part: QRect) -> None:
        of, band = self._of, Rect(0, 0, TILE_PX, CHORDS_PX)
        painter.fillRect(part, of.look.ink.colour("surface"))
        first, last = one.ticks_at(-NAME_PX), one.ticks_at(TILE_PX)
        if sum(columns.between(first, last).shape[1] for columns in of.sounding_columns()) <= MOST_NOTES:
            tracks = [columns.notes for columns in of.sounding_columns()]
            found = named(tracks, one, -NAME_PX, TILE_PX + NAME_PX, of.scale)
            paint_chords(painter, band, one, of.look.ink, found, -NAME_PX)

    def _draw_lane(self, kind: Kind, painter: QPainter, one: Grid, part: QRect) -> None:
        of, ink = self._of, self._of.look.ink
        lane = Rect(0, 0, int(one.width_px), of.layout.lane_of(kind).height)
        lines = of.lines(one)
        if kind is Of.VELOCITY:
            paint_lane_tile(painter, lane, one, ink, of.columns, of.picked, of.hidden, of.only_picked, lines, part)
            return
        lane_curves.paint_ground(painter, lane, one, ink, kind, lines)
        if isinstance(kind, Of):
            lane_curves.paint_note_curves(painter, lane, one, ink, kind, of.columns, of.picked, of.only_picked, part)
        else:
            lane_curves.paint_track_curve(painter, lane, one, ink, self.values[kind])
