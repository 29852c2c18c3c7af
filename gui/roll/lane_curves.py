"""Lanes of curves: controllers, wheel and pressure of a track, and the pressure and timbre of single notes. [gui]"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from gui.roll.backdrop import paint_lines
from gui.roll.columns import END, ID, START, Columns, Ints, among
from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.kinds import ROOM_PX, Kind, Of, span_of, y_of_value
from gui.roll.lane_values import LaneValues
from gui.roll.layout import Rect
from gui.roll.snap import Line
from gui.roll.strokes import draw_lines, draw_points
from gui.theme.metrics import UNIT_PX
from score.note import Note

DOT_PX = 2.5
DOTS_APART_PX = 10.0
MOST_NOTES = 160
"""Notes in a tile above which their curves could not be told apart."""

FILL, FAINT = 0.28, 0.35


def paint_ground(painter: QPainter, lane: Rect, grid: Grid, ink: Ink, kind: Kind, drawn: Iterable[Line]) -> None:
    """The lane's ground: lines of time, its bounds, and the value that means nothing is done. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRect(*lane), ink.colour("surface"))
    paint_lines(painter, grid, ink, drawn, lane.height)
    low, high, neutral = span_of(kind)
    for value in {low, high, neutral}:
        y = round(y_of_value(kind, lane.y, lane.height, value))
        painter.setPen(ink.colour("beat_line" if value == neutral else "step_line"))
        painter.drawLine(QLineF(lane.x, y, lane.x + lane.width, y))


def paint_track_curve(painter: QPainter, lane: Rect, grid: Grid, ink: Ink, values: LaneValues) -> None:
    """What a controller does: stairs, filled down to its rest, and a dot where each step can be seen. [gui]

    Before its first event nothing is said: there the line is broken.
    """
    room = 2 * DOT_PX + 2
    first, last = max(0.0, grid.ticks_at(-room)), grid.ticks_at(lane.width + room)
    ticks, held = values.between(first, last)
    said = np.ones(len(ticks), np.bool_)
    said[0] = bool(len(values.ticks)) and values.ticks[0] <= first
    x = np.append(ticks * grid.px_per_tick - grid.left_px, lane.width + room)
    y = _heights(values.lane, lane, held)
    low, _, neutral = span_of(values.lane)
    rest = y_of_value(values.lane, lane.y, lane.height, neutral if low < 0 else low)
    kept = np.append(np.diff(np.floor(2 * x[:-1])) > 0, True)  # of steps within half a pixel the last one counts
    if kept.sum() < len(kept):
        x, y, said = np.append(x[:-1][kept], x[-1]), y[kept], said[kept]
    colour = ink.notes[-4]
    _stairs(painter, x, y, rest, colour, said)
    starts = np.flatnonzero(said & (np.arange(len(y)) > 0 if first > 0 else said))
    if len(starts) and (len(starts) == 1 or float(np.min(np.diff(x[:-1][starts]))) >= DOTS_APART_PX):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for n in starts.tolist():
            painter.drawEllipse(QPointF(float(x[n]), float(y[n])), DOT_PX, DOT_PX)


def paint_note_curves(
    painter: QPainter,
    lane: Rect,
    grid: Grid,
    ink: Ink,
    kind: Of,
    columns: Columns,
    picked: Ints,
    only_picked: bool,
    part: QRect,
) -> None:
    """What each note does while it sounds, from its start to its end; of selected ones in amber. [gui]"""
    block = columns.between(grid.ticks_at(-ROOM_PX), grid.ticks_at(lane.width + ROOM_PX))
    if block.shape[1] > MOST_NOTES:
        _too_many(painter, lane, grid, ink, kind, block)
        return
    first, last = grid.ticks_at(part.left() - ROOM_PX), grid.ticks_at(part.right() + ROOM_PX)
    block = block[:, (block[END] > first) & (block[START] < last)]
    is_picked = among(block[ID], picked)
    if only_picked and len(picked):
        block, is_picked = block[:, is_picked], is_picked[is_picked]
    for chosen in (False, True):
        notes = [columns.notes.get(note_id) for note_id in block[ID, is_picked == chosen].tolist()]
        _paint_some(painter, lane, grid, ink, kind, [note for note in notes if note is not None], chosen)


def _paint_some(
    painter: QPainter, lane: Rect, grid: Grid, ink: Ink, kind: Of, notes: Sequence[Note], is_picked: bool
) -> None:
    colour = ink.picked if is_picked else ink.notes[-4]
    rest = y_of_value(kind, lane.y, lane.height, span_of(kind).neutral)
    flat: list[QLineF] = []
    dots: list[QPointF] = []
    for note in notes:
        curve = note.pressure if kind is Of.PRESSURE else note.timbre
        left, right = grid.x_of(note.start_ticks), grid.x_of(note.end_ticks)
        if curve:
            ticks, values = zip(*(point for point in curve if point[0] < note.duration_ticks), strict=True)
            x = np.array([*ticks, note.duration_ticks], np.float64) * grid.px_per_tick + left
            y = _heights(kind, lane, np.array(values, np.float64))
            _stairs(painter, x, y, rest, colour, np.ones(len(y), np.bool_))
            dots.append(QPointF(left, float(y[0])))
        else:
            flat.append(QLineF(left, rest, right, rest))
            dots.append(QPointF(left, rest))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.5))
    draw_lines(painter, flat)
    head = QPen(colour, 2 * DOT_PX + 1)
    head.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(head)
    draw_points(painter, dots)


def paint_stroke(
    painter: QPainter, lane: Rect, grid: Grid, ink: Ink, kind: Kind, path: Sequence[tuple[float, float]]
) -> None:
    """A stroke while it is drawn. [gui]"""
    points = [QPointF(lane.x + grid.x_of(at), y_of_value(kind, lane.y, lane.height, value)) for at, value in path]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(ink.live_curve)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(points) > 1:
        painter.drawPolyline(QPolygonF(points))
    painter.setBrush(ink.picked)
    for point in (points[0], points[-1]) if points else ():
        painter.drawEllipse(point, DOT_PX, DOT_PX)


def paint_cleared(painter: QPainter, lane: Rect, grid: Grid, ink: Ink, span: tuple[float, float]) -> None:
    """The part of a lane that is being emptied. [gui]"""
    left, right = grid.x_of(span[0]), grid.x_of(span[1])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    hatched = QBrush(ink.picked, Qt.BrushStyle.BDiagPattern)
    painter.fillRect(QRectF(lane.x + left, lane.y, max(1.0, right - left), lane.height), hatched)


def _heights(kind: Kind, lane: Rect, values: NDArray[np.generic]) -> NDArray[np.float64]:
    low, high, _ = span_of(kind)
    top, bottom = (y_of_value(kind, lane.y, lane.height, each) for each in (high, low))
    return np.asarray(bottom - (bottom - top) * (values.astype(np.float64) - low) / (high - low), np.float64)


def _stairs(
    painter: QPainter,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rest: float,
    colour: QColor,
    said: NDArray[np.bool_],
) -> None:
    """A value holds from each x to the next; where nothing is said yet a dashed line shows what one assumes."""
    if not len(y):
        return
    across = np.repeat(x, 2)[1:-1].tolist()
    heights = np.repeat(y, 2).tolist()
    points = [QPointF(a, b) for a, b in zip(across, heights, strict=True)]
    soft = QColor(colour)
    soft.setAlphaF(FILL)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(soft)
    painter.drawPolygon(QPolygonF([QPointF(across[0], rest), *points, QPointF(across[-1], rest)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not said[0]:
        painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(points[:2]))
        points = points[2:]
    painter.setPen(QPen(colour, 1.5))
    if points:
        painter.drawPolyline(QPolygonF(points))


def _too_many(painter: QPainter, lane: Rect, grid: Grid, ink: Ink, kind: Of, block: Ints) -> None:
    """Thousands of notes: a band where there are any, for a hand to zoom into."""
    left = np.rint(block[START] * grid.px_per_tick - grid.left_px).astype(np.int64)
    right = np.rint(block[END] * grid.px_per_tick - grid.left_px).astype(np.int64)
    there = np.zeros(lane.width + 1, np.int64)
    np.add.at(there, np.clip(left, 0, lane.width), 1)
    np.add.at(there, np.clip(right, 0, lane.width), -1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (there.cumsum() > 0).astype(np.int8), [0]))))
    soft = QColor(ink.notes[-4])
    soft.setAlphaF(FAINT)
    y = y_of_value(kind, lane.y, lane.height, span_of(kind).neutral)
    for start, end in edges.reshape(-1, 2).tolist():
        painter.fillRect(QRectF(lane.x + start, y - UNIT_PX / 2, end - start, UNIT_PX), soft)
