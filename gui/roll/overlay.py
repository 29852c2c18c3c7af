"""What moves over the picture: the playhead, notes under the hand, notes being sung, and what to do first. [gui]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF

from gui.roll.columns import END, ID, START, columns_of
from gui.roll.engrave import Look, engrave, is_readable
from gui.roll.grid import Grid
from gui.roll.handles import paint_handles
from gui.roll.ink import Ink
from gui.roll.lane import paint_stems
from gui.roll.lane_curves import paint_cleared, paint_stroke
from gui.roll.layout import LOOP_PX, Layout
from gui.roll.scene import FEW, Loop, Preview, Ranges
from gui.roll.scene import Proposal as Proposal
from gui.theme import font, metrics
from score.notes import Notes

HEAD_PX, DASH_PX = 5, 4
PLATE_PX = 6 * metrics.UNIT_PX
MOST_TILES_SEEN = 12
"""A window is about so many tiles large: what is too dense for a tile is too dense for a twelfth of a preview."""


@dataclass(frozen=True, slots=True)
class LiveNote:
    """A note that is being sung, up to now. [any]"""

    start_ticks: int
    end_ticks: int
    pitch: int
    velocity: int = 80
    is_on: bool = True
    """Whether it sounds still: then its key is lit."""


Trace = Sequence[tuple[float, float]]
"""The voice up to now: (ticks, pitch in semitones), NaN where it is silent."""


def paint_live(painter: QPainter, grid: Grid, ink: Ink, notes: Sequence[LiveNote], trace: Trace) -> None:
    """Notes that grow, outlined in amber, and the voice that makes them. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.picked, 1.5))
    painter.setBrush(ink.soft_accent)
    for note in notes:
        left, right = grid.x_of(note.start_ticks), grid.x_of(note.end_ticks)
        if right >= 0 and left <= grid.width_px:
            body = QRectF(left, round(grid.y_of(note.pitch)), max(3.0, right - left), round(grid.row_px) - 1)
            painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(ink.live_curve)
    line: list[QPointF] = []
    for ticks, pitch in trace:
        x = grid.x_of(ticks)
        if pitch != pitch or x < -64 or x > grid.width_px + 64:  # NaN is not itself
            if len(line) > 1:
                painter.drawPolyline(QPolygonF(line))
            line = []
        elif not line or x - line[-1].x() >= 0.5:
            line.append(QPointF(x, grid.middle_of(pitch)))
    if len(line) > 1:
        painter.drawPolyline(QPolygonF(line))


def paint_preview(painter: QPainter, grid: Grid, look: Look, preview: Preview, density: float) -> None:
    """Notes as they would be, boxes and lassos, and where a note would be split. [gui]"""
    ink = look.ink
    if preview.notes:
        numbered = columns_of(preview.notes)
        first, last = grid.visible_ticks()
        numbered = numbered[:, (numbered[END] > first) & (numbered[START] < last)]
        coarse = not is_readable(grid, numbered.shape[1] // MOST_TILES_SEEN)
        notes = Notes(preview.notes) if numbered.shape[1] <= FEW and all(n.id for n in preview.notes) else Notes()
        engrave(painter, grid, numbered, notes, np.unique(numbered[ID]), look, density, coarse)
    if preview.handled is not None:
        paint_handles(painter, grid, ink, preview.handled, preview.handle)
    if preview.outline:
        points = [QPointF(grid.x_of(ticks), row * grid.row_px - grid.top_px) for ticks, row in preview.outline]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink.picked, 1, Qt.PenStyle.SolidLine))
        painter.setBrush(ink.soft_accent)
        painter.drawPolygon(QPolygonF(points))
    if preview.cut_ticks is not None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(ink.picked, 2))
        x = round(grid.x_of(preview.cut_ticks))
        for pitch in preview.cut_pitches:
            y = round(grid.y_of(pitch))
            painter.drawLine(x, y - 3, x, y + round(grid.row_px) + 2)


def paint_preview_lane(painter: QPainter, layout: Layout, grid: Grid, ink: Ink, preview: Preview) -> None:
    """The same notes' velocities, and what is drawn into a lane. [gui]"""
    if preview.lane is not None:
        rect = layout.lane_of(preview.lane)
        painter.save()
        painter.setClipRect(QRect(*rect), Qt.ClipOperation.IntersectClip)
        if preview.cleared is not None:
            paint_cleared(painter, rect, grid, ink, preview.cleared)
        paint_stroke(painter, rect, grid, ink, preview.lane, preview.stroke)
        painter.restore()
    if preview.notes:
        block = columns_of(preview.notes)
        painter.save()
        painter.setClipRect(QRect(*layout.lane), Qt.ClipOperation.IntersectClip)
        paint_stems(painter, layout.lane, grid, ink, block, np.ones(block.shape[1], bool))
        painter.restore()


def paint_words(painter: QPainter, ink: Ink, x: float, y: float, words: str, inside: QRectF) -> None:
    """A few words beside the hand, on a plate. [gui]"""
    letters = font(metrics.SMALL_TEXT_PX, True)
    width = QFontMetrics(letters).horizontalAdvance(words) + 2 * metrics.GAP_PX
    plate = plate_at(x, y, width, inside)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.colour("border"), 1))
    painter.setBrush(ink.colour("raised"))
    painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), metrics.RADIUS_PX, metrics.RADIUS_PX)
    painter.setFont(letters)
    painter.setPen(ink.colour("text"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def plate_at(x: float, y: float, width: float, inside: QRectF) -> QRectF:
    """Where the words stand: beside the hand, within the field. [gui]"""
    plate = QRectF(x + 14, y - 34, width, 24)
    plate.moveRight(min(plate.right(), inside.right() - 4))
    plate.moveTop(max(plate.top(), inside.top() + 4))
    return plate


def paint_playhead(painter: QPainter, layout: Layout, grid: Grid, ink: Ink, ticks: float) -> None:
    """A thin line over everything, and its head in the ruler. [gui]"""
    x = playhead_x(layout, grid, ticks)
    if not layout.notes.x <= x <= layout.notes.x + layout.notes.width:
        return
    bottom = layout.below.y + layout.below.height
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(x, LOOP_PX, 1, bottom - LOOP_PX), ink.colour("playhead"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.colour("playhead"))
    top = layout.ruler.height - 2 * HEAD_PX
    head = [QPointF(x + 0.5 - HEAD_PX, top), QPointF(x + 0.5 + HEAD_PX, top), QPointF(x + 0.5, top + 1.6 * HEAD_PX)]
    painter.drawPolygon(QPolygonF(head))


def playhead_x(layout: Layout, grid: Grid, ticks: float) -> int:
    """The pixel of the widget on which the playhead stands. [gui]"""
    return layout.notes.x + round(grid.x_of(ticks))


def paint_ranges(painter: QPainter, grid: Grid, ink: Ink, ranges: Ranges, height_px: int) -> None:
    """The ends of the loop and of the punched part through the field; those are lines, and these are dashed. [gui]"""
    if ranges.loop is not None:
        _paint_loop(painter, grid, ink, ranges.loop, height_px)
    if ranges.punch is not None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for ticks, inwards in ((ranges.punch.start_ticks, 0), (ranges.punch.end_ticks, -1)):
            x = round(grid.x_of(ticks)) + inwards
            for y in range(0, height_px, 2 * DASH_PX):
                painter.fillRect(x, y, 1, DASH_PX, ink.colour("bad"))


def _paint_loop(painter: QPainter, grid: Grid, ink: Ink, loop: Loop, height_px: float) -> None:
    """With a shade over what lies outside it."""
    left, right = round(grid.x_of(loop.start_ticks)), round(grid.x_of(loop.end_ticks))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for x, width in ((0, left), (right, grid.width_px - right)):
        if width > 0:
            painter.fillRect(QRectF(x, 0, width, height_px), ink.shade)
    for x in (left, right):
        painter.fillRect(QRectF(x, 0, 1, height_px), ink.picked)


def paint_focus(painter: QPainter, layout: Layout, ink: Ink) -> None:
    """A ring around the field while the keyboard writes here. [gui]"""
    notes = layout.notes
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink.picked, metrics.FOCUS_RING_PX))
    painter.drawRect(QRectF(notes.x + 1, notes.y + 1, notes.width - 2, notes.height - 2))


def paint_empty(painter: QPainter, layout: Layout, ink: Ink, title: str, what_to_do: str) -> None:
    """An empty track says how notes come into it, on a plate that keeps the lines out of the words. [gui]"""
    notes = layout.notes
    letters, small = font(metrics.TITLE_PX, True), font(metrics.LARGE_TEXT_PX)
    width = min(notes.width - 2 * metrics.MARGIN_PX, 480)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    words = QFontMetrics(small).boundingRect(0, 0, width - 2 * PLATE_PX, 1000, int(flags), what_to_do)
    head = QFontMetrics(letters).height()
    plate = QRectF(0, 0, width, 2 * PLATE_PX + head + metrics.GAP_PX + words.height())
    plate.moveCenter(QPointF(notes.x + notes.width / 2, notes.y + notes.height / 2))
    ground = QColor(ink.colour("surface"))
    ground.setAlphaF(0.92)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(plate, 2 * metrics.RADIUS_PX, 2 * metrics.RADIUS_PX)
    inside = plate.adjusted(PLATE_PX, PLATE_PX, -PLATE_PX, -PLATE_PX)
    painter.setPen(ink.colour("text"))
    painter.setFont(letters)
    painter.drawText(inside, flags, title)
    painter.setPen(ink.colour("dim_text"))
    painter.setFont(small)
    painter.drawText(inside.adjusted(0, head + metrics.GAP_PX, 0, 0), flags, what_to_do)
