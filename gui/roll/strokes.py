"""Many lines, many rectangles and whole arrays of pixels onto a painter, each in one call. [gui]"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRectF
from PyQt6.QtGui import QImage, QPainter


def draw_lines(painter: QPainter, lines: list[QLineF]) -> None:
    """All of them with the pen of the moment. [gui]"""
    if lines:
        painter.drawLines(lines)  # type: ignore[call-overload] # PyQt's stub knows no lists


def draw_rects(painter: QPainter, rects: list[QRectF]) -> None:
    """All of them with the pen and brush of the moment. [gui]"""
    if rects:
        painter.drawRects(rects)  # type: ignore[call-overload]


def draw_points(painter: QPainter, points: list[QPointF]) -> None:
    """All of them with the pen of the moment. [gui]"""
    if points:
        painter.drawPoints(points)  # type: ignore[call-overload]


def draw_pixels(painter: QPainter, at: QPointF, pixels: NDArray[np.uint32], density: float = 1.0) -> None:
    """An array of premultiplied ARGB, (rows, columns), which is read while it is drawn and not kept. [gui]"""
    high, wide = pixels.shape
    made = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied)  # type: ignore[call-overload]
    made.setDevicePixelRatio(density)
    painter.drawImage(at, made)
