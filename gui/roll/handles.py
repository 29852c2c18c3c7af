"""What the hand can pull at: handles over a note's pitch, and the bracket over notes that are stretched. [gui]"""

from __future__ import annotations

from math import pi, sin

from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen, QPolygonF

from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.pitching import handle_boxes
from gui.roll.scene import Handle
from gui.roll.stretching import BRACKET_PX
from gui.theme import metrics
from score.note import Note

SIGN_PX = 12.0
END_PX = 5


def paint_handles(painter: QPainter, grid: Grid, ink: Ink, note: Note, held: Handle | None) -> None:
    """Three plates with signs: a line that wanders, one that swings, and one that does neither. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for handle, box in handle_boxes(grid, note).items():
        plate = QRectF(*box)
        painter.setPen(QPen(ink.picked if handle is held else ink.colour("border"), 1.0))
        painter.setBrush(ink.picked if handle is held else ink.colour("raised"))
        painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), metrics.RADIUS_PX, metrics.RADIUS_PX)
        painter.setPen(QPen(ink.on_picked if handle is held else ink.colour("text"), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(_sign(handle, plate.center())))


def area_of_handles(grid: Grid, note: Note) -> QRect:
    """Their pixels in the field. [any]"""
    area = QRectF()
    for box in handle_boxes(grid, note).values():
        area = area.united(QRectF(*box))
    return area.toAlignedRect().adjusted(-2, -2, 2, 2)


def paint_bracket(painter: QPainter, grid: Grid, ink: Ink, span: tuple[int, int]) -> None:
    """From the first selected note's start to the last one's end, with ends to be pulled. [gui]"""
    left, right = round(grid.x_of(span[0])), round(grid.x_of(span[1]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(left, 2, right - left, 2), ink.picked)
    for x in (left, right - END_PX):
        painter.fillRect(QRectF(x, 0, END_PX, BRACKET_PX), ink.picked)


def _sign(handle: Handle, middle: QPointF) -> list[QPointF]:
    steps = [n / 12 for n in range(13)]
    heights = {
        Handle.DRIFT: [3.5 * sin(2 * pi * share) for share in steps],
        Handle.VIBRATO: [3.5 * sin(5 * pi * share) for share in steps],
        Handle.STRAIGHT: [0.0 for _ in steps],
    }[handle]
    return [
        QPointF(middle.x() + SIGN_PX * (share - 0.5), middle.y() - height)
        for share, height in zip(steps, heights, strict=True)
    ]
