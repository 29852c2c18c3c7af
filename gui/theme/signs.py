"""The signs on buttons, drawn and not fetched: they follow the theme and any density. [gui]"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZE_PX = 16
_DENSITIES = (1, 2, 3)
Points = tuple[tuple[float, float], ...]
Drawing = Callable[[QPainter], None]
"""It finds a painter that fills in the sign's colour, on a field of 16 by 16."""


def sign(name: str, colour: str, checked: str, disabled: str) -> QIcon:
    """A sign in three colours: at rest, on, and not to be had. [gui]"""
    made = QIcon()
    for mode, state, ink in (
        (QIcon.Mode.Normal, QIcon.State.Off, colour),
        (QIcon.Mode.Normal, QIcon.State.On, checked),
        (QIcon.Mode.Disabled, QIcon.State.Off, disabled),
    ):
        for density in _DENSITIES:
            made.addPixmap(_picture(SIGNS[name], ink, density), mode, state)
    return made


def _picture(drawing: Drawing, ink: str, density: int) -> QPixmap:
    picture = QPixmap(SIZE_PX * density, SIZE_PX * density)
    picture.setDevicePixelRatio(density)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _filled(painter, QColor(ink))
    drawing(painter)
    painter.end()
    return picture


def _filled(p: QPainter, ink: QColor) -> None:
    p.setBrush(ink)
    p.setPen(Qt.PenStyle.NoPen)


def _outlined(p: QPainter) -> QColor:
    """The ink, which is in the pen from here on."""
    ink = p.brush().color()
    p.setPen(QPen(ink, 1.6))
    p.setBrush(Qt.BrushStyle.NoBrush)
    return ink


# Of time


def _play(p: QPainter) -> None:
    _polygon(p, (4, 2), (14, 8), (4, 14))


def _stop(p: QPainter) -> None:
    p.drawRect(QRectF(3, 3, 10, 10))


def _record(p: QPainter) -> None:
    p.drawEllipse(QPointF(8, 8), 5.5, 5.5)


def _back(p: QPainter) -> None:
    p.drawRect(QRectF(2, 3, 2, 10))
    _polygon(p, (14, 3), (5, 8), (14, 13))


def _loop(p: QPainter) -> None:
    ink = _outlined(p)
    p.drawRoundedRect(QRectF(2.5, 4.5, 11, 7), 3.5, 3.5)
    _filled(p, ink)
    _polygon(p, (7, 1.5), (11, 4.5), (7, 7.5))


def _click(p: QPainter) -> None:
    _outlined(p)
    _polygon(p, (5.5, 2.5), (10.5, 2.5), (13, 13.5), (3, 13.5))
    p.drawLine(QPointF(8, 11), QPointF(13.5, 3.5))


def _punch(p: QPainter) -> None:
    ink = _outlined(p)
    for x, toward in ((3.5, 2.0), (12.5, -2.0)):
        p.drawLine(QPointF(x, 2.5), QPointF(x, 13.5))
        p.drawLine(QPointF(x, 2.5), QPointF(x + toward, 2.5))
        p.drawLine(QPointF(x, 13.5), QPointF(x + toward, 13.5))
    _filled(p, ink)
    p.drawEllipse(QPointF(8, 8), 2.5, 2.5)


def _light(p: QPainter) -> None:
    _outlined(p)
    p.drawEllipse(QPointF(8, 8), 4.2, 4.2)


def _lit(p: QPainter) -> None:
    p.drawEllipse(QPointF(8, 8), 5.0, 5.0)


def _undo(p: QPainter) -> None:
    ink = _outlined(p)
    path = QPainterPath(QPointF(4, 6))
    path.cubicTo(QPointF(8, 3), QPointF(14, 5), QPointF(12.5, 12.5))
    p.drawPath(path)
    _filled(p, ink)
    _polygon(p, (2, 7.5), (6.5, 2), (7.5, 8.5))


def _redo(p: QPainter) -> None:
    p.translate(SIZE_PX, 0)
    p.scale(-1, 1)
    _undo(p)


def _capture(p: QPainter) -> None:
    ink = _outlined(p)
    p.drawArc(QRectF(2.5, 2.5, 11, 11), 90 * 16, 270 * 16)
    p.drawLine(QPointF(8, 5), QPointF(8, 8))
    p.drawLine(QPointF(8, 8), QPointF(10.5, 9.5))
    _filled(p, ink)
    _polygon(p, (8, -0.5), (8, 5.5), (4, 2.5))


# Of notes


def _chords(p: QPainter) -> None:
    _strokes(*(((3, y), (13, y)) for y in (3.5, 8, 12.5)))(p)
    p.setBrush(p.pen().color())
    for y in (3.5, 8, 12.5):
        p.drawRect(QRectF(3, y - 1, 4, 2))


def _strokes(*lines: Points) -> Drawing:
    """A sign of nothing but lines, with round ends."""

    def draw(p: QPainter) -> None:
        pen = QPen(p.brush().color(), 1.5)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        p.setPen(pen)
        p.setBrush(Qt.BrushStyle.NoBrush)
        for points in lines:
            p.drawPolyline(QPolygonF([QPointF(*point) for point in points]))

    return draw


def _polygon(p: QPainter, *corners: tuple[float, float]) -> None:
    p.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


_SWING: Points = tuple((1.5 + n, 8 - 4 * sin(2 * pi * n / 13 * 1.5)) for n in range(14))

SIGNS: dict[str, Drawing] = {
    "play": _play,
    "stop": _stop,
    "record": _record,
    "back": _back,
    "loop": _loop,
    "click": _click,
    "punch": _punch,
    "light": _light,
    "lit": _lit,
    "undo": _undo,
    "redo": _redo,
    "capture": _capture,
    "select": _strokes(((4, 2), (4, 13), (7, 10.2), (9, 14.5), (10.8, 13.7), (8.9, 9.5), (12.8, 9.2), (4, 2))),
    "draw": _strokes(
        ((2.5, 13.5), (3.2, 10.2), (10.8, 2.6), (13.4, 5.2), (5.8, 12.8), (2.5, 13.5)), ((9, 4.4), (11.6, 7))
    ),
    "erase": _strokes(
        ((6.2, 13.5), (2.5, 9.8), (9.2, 3.1), (13.4, 7.3), (7.2, 13.5), (6.2, 13.5)), ((5.6, 6.7), (9.8, 10.9))
    ),
    "split": _strokes(
        ((8, 1.5), (8, 14.5)),
        ((6, 5), (1.5, 5), (1.5, 11), (6, 11)),
        ((10, 5), (14.5, 5), (14.5, 11), (10, 11)),
    ),
    "glue": _strokes(((1.5, 5), (14.5, 5), (14.5, 11), (1.5, 11), (1.5, 5)), ((5, 8), (11, 8))),
    "pitch": _strokes(_SWING),
    "fold": _strokes(
        ((2, 3), (14, 3)), ((2, 13), (14, 13)), ((5, 6), (8, 8), (11, 6)), ((5, 10.5), (8, 8.5), (11, 10.5))
    ),
    "lead": _strokes(((2, 12.5), (5, 12.5), (5, 9), (8, 9), (8, 5.5), (11, 5.5), (11, 2.5), (14, 2.5))),
    "ghost": _strokes(
        ((1.5, 9), (9, 9), (9, 13), (1.5, 13), (1.5, 9)), ((7, 6.5), (7, 3), (14.5, 3), (14.5, 7), (11.5, 7))
    ),
    "chords": _chords,
    "steps": _strokes(((2, 13), (2, 3)), ((6, 13), (6, 8)), ((10, 13), (10, 5)), ((14, 13), (14, 10))),
}
