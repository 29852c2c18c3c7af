"""Notes onto a painter: one by one where a hand can read them, and as rows of pixels where there are thousands.

Columns of notes and a Grid in; paint out. Both ways put edges on the same pixels, so that zooming from one to the other
does not jump. Runs on the app's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QPainter, QPen, QPolygonF

from gui.roll.columns import BENT, END, FLAGS, ID, MUTED, PITCH, START, VELOCITY, Ints, among
from gui.roll.grid import Grid
from gui.roll.ink import Ink, shade_of
from gui.roll.scale import pitch_name
from gui.roll.strokes import draw_pixels
from gui.theme import font, metrics
from score.note import Curve
from score.notes import Notes

READABLE_ROW_PX = 7.0
MOST_READABLE = 80
"""Notes in one tile above which nobody could read them one by one, nor wait for them."""

NAMED_ROW_PX, NAMED_WIDTH_PX = 13.0, 34.0
CURVED_WIDTH_PX = 24
"""In a shorter note a curve would be a scribble."""

ONE = 2.0**32
"""What a note counts beside its velocity; a hundred thousand of them are still counted exactly."""

NO_IDS = np.zeros(0, np.int32)
NOTHING_THERE = np.zeros((8, 0), np.int32)


@dataclass(frozen=True, slots=True)
class Look:
    """How notes are drawn. [gui]"""

    ink: Ink
    prefers_flats: bool = False


def engrave(
    painter: QPainter,
    grid: Grid,
    block: Ints,
    notes: Notes,
    picked: Ints,
    look: Look,
    density: float,
    coarse: bool,
    ghosts: Ints = NOTHING_THERE,
    rough: bool = False,
) -> None:
    """Draw the notes of a block over ghosts; `picked` are the ids of selected ones, sorted. [gui]

    Roughly, for a frame of a zoom that is gone before the eye has rested on it, in steps of two pixels.
    """
    is_picked = among(block[ID], picked)
    detail = density / 2 if rough else density
    pixels = ghost_rows(grid, ghosts, look, detail) if ghosts.shape[1] else None
    if coarse and block.shape[1]:
        own = note_rows(grid, block, is_picked, look, detail)
        pixels = own if pixels is None else np.where(own > 0, own, pixels)
    if pixels is not None:
        pixels = np.repeat(pixels, 2, axis=1) if rough else pixels
        draw_pixels(painter, QPointF(0, 0), _as_high_as_rows(grid, pixels, density), density)
    if not coarse and block.shape[1]:
        _one_by_one(painter, grid, block, notes, is_picked, look)


def is_readable(grid: Grid, count: int) -> bool:
    """Whether so many notes in a tile can be told apart, and are worth being drawn one by one. [any]"""
    return grid.row_px >= READABLE_ROW_PX and count <= MOST_READABLE


def note_rows(grid: Grid, block: Ints, is_picked: NDArray[np.bool_], look: Look, density: float) -> NDArray[np.uint32]:
    """Thousands of notes: each pixel of a row shows the mean velocity there, amber where one is selected. [gui]"""
    spans = _Spans(grid, block, density)
    # Both numbers in one sum, as hours and minutes are: how many sound there, and how loud they are together.
    both = spans.sounding(block[VELOCITY] + ONE)
    count = np.floor(both / ONE)
    mean = (both - count * ONE) / np.maximum(count, 1)
    pixels = np.where(count > 0, look.ink.note_lut[mean.astype(np.int32)], 0).astype(np.uint32)
    if is_picked.any():
        pixels[spans.sounding(is_picked) > 0.5] = look.ink.picked_lut
    return pixels


def ghost_rows(grid: Grid, block: Ints, look: Look, density: float) -> NDArray[np.uint32]:
    """The same for notes of other tracks, all in one colour. [gui]"""
    count = _Spans(grid, block, density).sounding(None)
    return np.where(count > 0, look.ink.ghost_pixel, 0).astype(np.uint32)


class _Spans:
    """Notes as spans of pixels in rows, counted from the first row that is seen."""

    def __init__(self, grid: Grid, block: Ints, density: float) -> None:
        wide, (first, self._rows) = max(1, round(grid.width_px * density)), _rows_seen(grid)
        self._wide = wide + 1
        # What lies above or below goes to a row of its own, which nobody sees.
        row = np.floor(np.asarray(grid.rows.places)) - first
        row = np.where((row >= 0) & (row < self._rows), row, self._rows) * self._wide
        left, right = _edges_of(grid, block, density)
        # What lies beside the window begins and ends on the same pixel.
        np.clip(left, 0, wide, out=left)
        np.clip(right, 0, wide, out=right)
        start = row[block[PITCH]]
        self._begins, self._ends = (start + left).astype(np.int64), (start + right).astype(np.int64)

    def sounding(self, weights: NDArray[Any] | None) -> NDArray[Any]:
        """How much sounds at each pixel of each row: what has begun, less what has ended."""
        size = (self._rows + 1) * self._wide
        steps = np.bincount(self._begins, weights, size) - np.bincount(self._ends, weights, size)
        return steps.reshape(self._rows + 1, self._wide)[:-1, :-1].cumsum(axis=1)


def _as_high_as_rows(grid: Grid, pixels: NDArray[np.uint32], density: float) -> NDArray[np.uint32]:
    """One line of pixels a row, as high as the row is on the screen."""
    first, rows = _rows_seen(grid)
    height = (np.arange(max(1, round(grid.height_px * density))) / density + grid.top_px) / grid.row_px
    shown = pixels.take(np.clip(np.floor(height).astype(np.int64) - first, 0, rows - 1), axis=0)
    if grid.row_px >= 4:
        shown[(height % 1.0) * grid.row_px >= grid.row_px - 1] = 0  # a line of the row is seen between neighbours
    return shown


def _rows_seen(grid: Grid) -> tuple[int, int]:
    first = int(grid.top_px // grid.row_px)
    return first, int((grid.top_px + grid.height_px) // grid.row_px) + 1 - first


def _edges_of(grid: Grid, block: Ints, density: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right = block[START] * (grid.px_per_tick * density), block[END] * (grid.px_per_tick * density)
    for edge in (left, right):
        edge -= grid.left_px * density
        np.rint(edge, out=edge)
    # Of two notes in a row the second is seen to begin: a pixel stays free between them where there is room.
    right -= right - left >= 4
    return left, np.maximum(right, left + 1, out=right)


def _one_by_one(
    painter: QPainter, grid: Grid, block: Ints, notes: Notes, is_picked: NDArray[np.bool_], look: Look
) -> None:
    ink = look.ink
    lefts, rights = (edge.astype(np.int64) for edge in _edges_of(grid, block, 1.0))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(metrics.SMALL_TEXT_PX))
    height = round(grid.row_px) - 1
    columns = zip(
        block[PITCH].tolist(),
        block[VELOCITY].tolist(),
        block[FLAGS].tolist(),
        lefts.tolist(),
        rights.tolist(),
        is_picked.tolist(),
        strict=True,
    )
    for pitch, velocity, flags, left, right, picked in columns:
        shade = shade_of(velocity)
        top = round(grid.y_of(pitch))
        body = QRectF(left, top, right - left, height)
        fill, rim = (ink.picked, ink.picked_rim) if picked else (ink.notes[shade], ink.note_rims[shade])
        _body(painter, body, fill, rim, bool(flags & MUTED), picked)
        # A curve and a name in one row would cross each other out.
        row_px = grid.row_px - (NAMED_ROW_PX if flags & BENT else 0.0)
        if row_px >= NAMED_ROW_PX and right - left >= NAMED_WIDTH_PX:
            text = ink.on_picked if picked else ink.note_texts[shade]
            painter.setPen(fill if flags & MUTED else text)
            inner = body.adjusted(5, 0, -2, 0)
            across = Qt.AlignmentFlag.AlignTop if flags & BENT else Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, across, pitch_name(pitch, look.prefers_flats))
    shows_curve = ((block[FLAGS] & BENT) != 0) & (rights - lefts >= CURVED_WIDTH_PX)
    bent = block[:, shows_curve]
    for note_id, pitch, start, end, picked in zip(
        bent[ID].tolist(),
        bent[PITCH].tolist(),
        bent[START].tolist(),
        bent[END].tolist(),
        is_picked[shows_curve].tolist(),
        strict=True,
    ):
        note = notes.get(note_id)
        if note is not None:
            painter.setPen(ink.picked_curve if picked else ink.curve)
            painter.drawPolyline(curve_line(grid, start, end, pitch, note.bend_st))


def _body(painter: QPainter, body: QRectF, fill: object, rim: object, is_muted: bool, is_picked: bool) -> None:
    radius = min(3.0, body.width() / 2, body.height() / 2)
    if is_muted:
        painter.setPen(QPen(fill, 1.0))  # type: ignore[call-overload]
        painter.setBrush(QBrush(fill, Qt.BrushStyle.BDiagPattern))  # type: ignore[call-overload]
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)  # type: ignore[call-overload]
    painter.drawRoundedRect(body, radius, radius)
    if body.width() >= 6:
        # The rim is what tells a selected note from a loud one where colours do not.
        painter.setPen(QPen(rim, 1.0))  # type: ignore[call-overload]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def curve_line(grid: Grid, start_ticks: int, end_ticks: int, pitch: int, bend_st: Curve) -> QPolygonF:
    """The pitch of a note as a line: dense points are joined, and where a bend holds the line holds. [gui]"""
    ticks = np.array([start_ticks + at for at, _ in bend_st] + [end_ticks], np.float64)
    bends = np.array([value for _, value in bend_st] + [bend_st[-1][1]], np.float64)
    x = ticks * grid.px_per_tick - grid.left_px
    # Points closer than half a pixel are one; the last of them counts.
    kept = np.append(np.diff(np.floor(2 * x)) > 0, True)
    x, bends = x[kept], bends[kept]
    points: list[QPointF] = []
    last_y = None
    last_x = 0.0
    for at, bend in zip(x.tolist(), bends.tolist(), strict=True):
        y = grid.middle_of(pitch + bend) - 0.5
        if last_y is not None and at - last_x > 6:
            points.append(QPointF(at, last_y))
        points.append(QPointF(at, y))
        last_x, last_y = at, y
    return QPolygonF(points)
