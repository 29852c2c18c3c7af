"""A fader and a dial, as they are painted. [gui]"""

from __future__ import annotations

from math import cos, pi, sin

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from gui.mixing.scales import LEVEL, Scale
from gui.mixing.turner import Turner
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

_CAP_PX = metrics.CONTROL_PX - metrics.UNIT_PX
_GROOVE_PX = metrics.UNIT_PX
_MARKS_DB = (12, 6, 0, -6, -12, -24, -40)
_SWEEP = 1.5 * pi


class Fader(Turner):
    """A level, drawn up and down; what a finger takes hold of is as wide as the strip. [gui]"""

    def __init__(self, name: str, palette: Palette, scale: Scale = LEVEL, parent: QWidget | None = None) -> None:
        super().__init__(scale, name, palette, parent)
        self.setMinimumSize(metrics.TOUCH_PX, 17 * metrics.UNIT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As high as there is room. [gui]"""
        return QSize(metrics.TOUCH_PX, 36 * metrics.UNIT_PX)

    @property
    def way_px(self) -> float:
        """What its cap travels. [gui]"""
        return max(self.height() - _CAP_PX, 1.0)

    def way_of(self, by: QPointF) -> float:
        """Up and down alone. [gui]"""
        return -by.y()

    def y_of(self, part: float) -> float:
        """Where the middle of the cap stands. [gui]"""
        return _CAP_PX / 2 + (1.0 - part) * self.way_px

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Groove, marks, cap. [gui]"""
        colours = self.palette_of_theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, y = self.width() / 2, self.y_of(self.scale.part(self.value))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.sunken))
        painter.drawRoundedRect(
            QRectF(middle - _GROOVE_PX / 2, _CAP_PX / 2, _GROOVE_PX, self.way_px), _GROOVE_PX / 2, _GROOVE_PX / 2
        )
        painter.setFont(font(metrics.SMALL_TEXT_PX - 2))
        for db in _MARKS_DB:
            mark = round(self.y_of(self.scale.part(float(db))))
            painter.setPen(QColor(colours.faint_text if db == 0 else colours.border))
            for side in (-1, 1):
                painter.drawLine(
                    QPointF(middle + side * 2 * metrics.UNIT_PX, mark),
                    QPointF(middle + side * 3 * metrics.UNIT_PX, mark),
                )
        cap = QRectF(middle - 4 * metrics.UNIT_PX, y - _CAP_PX / 2, 8 * metrics.UNIT_PX, _CAP_PX).adjusted(1, 1, -1, -1)
        ring = colours.accent if self.hasFocus() else colours.faint_text
        painter.setPen(QPen(QColor(ring), metrics.FOCUS_RING_PX if self.hasFocus() else 1))
        painter.setBrush(QColor(colours.hovered if self.is_held else colours.raised))
        painter.drawRoundedRect(cap, metrics.RADIUS_PX, metrics.RADIUS_PX)
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.drawLine(QPointF(cap.left() + 5, y), QPointF(cap.right() - 5, y))


class Dial(Turner):
    """A knob with an arc; its name under it. [gui]"""

    def __init__(
        self, scale: Scale, name: str, palette: Palette, label: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(scale, name, palette, parent)
        self.label = label
        self._below_px = metrics.MARGIN_PX if label else 0
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.set_compact(False)

    def set_compact(self, on: bool) -> None:
        """Smaller and without its name, where there is little room. [gui]"""
        self._below_px = metrics.MARGIN_PX if self.label and not on else 0
        size = metrics.CONTROL_PX + metrics.UNIT_PX if on else metrics.TOUCH_PX
        self.setMinimumSize(metrics.TOUCH_PX, size + self._below_px)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """A finger's width. [gui]"""
        return self.minimumSize()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The arc from where it comes from to where it is. [gui]"""
        colours = self.palette_of_theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        below = self._below_px
        radius = min(self.width(), self.height() - below) / 2 - metrics.UNIT_PX
        centre = QPointF(self.width() / 2, (self.height() - below) / 2)
        ring = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        part = self.scale.part(self.value)
        begins = 0.5 if self.scale.is_two_sided else 0.0
        painter.setPen(_arc_pen(colours.sunken))
        painter.drawArc(ring, *_arc(0.0, 1.0))
        painter.setPen(_arc_pen(colours.accent if self.isEnabled() else colours.border))
        if part != begins:
            painter.drawArc(ring, *_arc(begins, part))
        painter.setBrush(QColor(colours.hovered if self.is_held else colours.raised))
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 2 if self.hasFocus() else 1))
        painter.drawEllipse(centre, radius - 5, radius - 5)
        angle = _angle(part)
        painter.setPen(QPen(QColor(colours.text), 2, cap=Qt.PenCapStyle.RoundCap))
        out = QPointF(cos(angle), -sin(angle))
        painter.drawLine(centre + out * (radius - 11), centre + out * (radius - 7))
        if below:
            painter.setFont(font(metrics.SMALL_TEXT_PX))
            painter.setPen(QColor(colours.dim_text))
            room = QRectF(0, self.height() - below, self.width(), below)
            painter.drawText(
                room,
                Qt.AlignmentFlag.AlignCenter,
                painter.fontMetrics().elidedText(self.label, Qt.TextElideMode.ElideRight, int(room.width())),
            )


def _angle(part: float) -> float:
    """From lower left over the top to lower right, counterclockwise from the right."""
    return 0.5 * pi + _SWEEP * (0.5 - part)


def _arc(start: float, end: float) -> tuple[int, int]:
    """As drawArc has it: sixteenths of a degree."""
    first, last = (round(_angle(part) * 180.0 / pi * 16) for part in (start, end))
    return first, last - first


def _arc_pen(colour: str) -> QPen:
    pen = QPen(QColor(colour), 3)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
