"""Velocities under the notes: a stem for each, as tall as it is loud, with a head that the hand takes. [gui]"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from gui.roll.backdrop import paint_lines
from gui.roll.columns import FLAGS, ID, MUTED, START, VELOCITY, Columns, Ints, among
from gui.roll.grid import Grid
from gui.roll.ink import Ink, shade_of
from gui.roll.kinds import ROOM_PX
from gui.roll.layout import Rect, y_of_velocity
from gui.roll.snap import Line
from gui.roll.strokes import draw_lines, draw_pixels

Ints64 = NDArray[np.int64]
HEAD_PX = 3.5
MOST_STEMS = 100
"""More in a tile, or in a window drawn in haste, are drawn as one stem a pixel."""


def paint_lane_tile(
    painter: QPainter,
    lane: Rect,
    grid: Grid,
    ink: Ink,
    columns: Columns,
    picked: Ints,
    hidden: Ints,
    only_picked: bool,
    drawn: Iterable[Line],
    part: QRect,
) -> None:
    """A part of the lane: its ground, its lines of time, and the stems of all notes that start there. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(part, ink.colour("surface"))
    painter.setPen(ink.colour("step_line"))
    for velocity in (64, 127):
        y = round(y_of_velocity(lane, velocity))
        painter.drawLine(QLineF(lane.x, y, lane.x + lane.width, y))
    paint_lines(painter, grid, ink, drawn, lane.height)
    room = 2 * HEAD_PX
    block = columns.starting(grid.ticks_at(part.left() - room), grid.ticks_at(part.right() + room))
    if len(hidden):
        block = block[:, ~among(block[ID], hidden)]
    is_picked = among(block[ID], picked)
    if only_picked and len(picked):
        block, is_picked = block[:, is_picked], is_picked[is_picked]
    paint_stems(painter, lane, grid, ink, block, is_picked)


def paint_stems(painter: QPainter, lane: Rect, grid: Grid, ink: Ink, block: Ints, is_picked: NDArray[np.bool_]) -> None:
    """Stems of these columns, selected ones in front; thousands of them as one a pixel. [gui]"""
    if not lane.height:
        return
    x = np.rint(block[START] * grid.px_per_tick - grid.left_px).astype(np.int64)
    if block.shape[1] > MOST_STEMS:
        _stems_as_pixels(painter, lane, ink, x, block[VELOCITY], is_picked)
        return
    order = np.argsort(is_picked, kind="stable")
    stems: dict[int, list[QLineF]] = {}
    heads: list[tuple[int, QRectF, bool]] = []
    floor_y = lane.y + lane.height - ROOM_PX
    for left, loud, picked, flags in zip(
        x[order].tolist(),
        block[VELOCITY][order].tolist(),
        is_picked[order].tolist(),
        block[FLAGS][order].tolist(),
        strict=True,
    ):
        kind = -1 if picked else shade_of(loud)
        middle, y = lane.x + left + 0.5, y_of_velocity(lane, loud)
        stems.setdefault(kind, []).append(QLineF(middle, y, middle, floor_y))
        heads.append((kind, QRectF(middle - HEAD_PX, y - HEAD_PX, 2 * HEAD_PX, 2 * HEAD_PX), bool(flags & MUTED)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for kind, drawn in sorted(stems.items(), key=lambda stem: (stem[0] < 0, stem[0])):
        painter.setPen(QPen(ink.picked if kind < 0 else ink.notes[kind], 2))
        draw_lines(painter, drawn)
    for kind, head, is_muted in heads:
        colour = ink.picked if kind < 0 else ink.notes[kind]
        painter.setPen(QPen(colour, 1.5) if is_muted else Qt.PenStyle.NoPen)
        painter.setBrush(ink.colour("surface") if is_muted else colour)
        painter.drawEllipse(head)


def _stems_as_pixels(
    painter: QPainter, lane: Rect, ink: Ink, x: Ints64, velocity: Ints, is_picked: NDArray[np.bool_]
) -> None:
    """The loudest stem in each pixel, a selected one before all others."""
    tallest = np.zeros(lane.width + 2, np.int64)
    np.maximum.at(tallest, np.clip(x, -1, lane.width) + 1, velocity + 128 * is_picked)
    tallest = tallest[1:-1]
    loud = tallest % 128
    colour = np.where(tallest >= 128, ink.picked_lut, ink.note_lut[loud]).astype(np.uint32)
    bottom = lane.height - ROOM_PX
    top = np.where(tallest > 0, bottom - (lane.height - 2 * ROOM_PX) * loud / 127, lane.height)
    y = np.arange(lane.height)[:, None]
    pixels = colour[None, :] * ((y >= np.ceil(top).astype(np.int64)[None, :]) & (y < bottom))
    draw_pixels(painter, QPointF(lane.x, lane.y), pixels)
