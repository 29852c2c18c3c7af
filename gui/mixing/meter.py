"""How loud a track is: two bars, the highest of late, and a light that stays when it was too loud.

What flows in: peaks, some thirty times a second. What flows out: paint, where something has changed. [gui]
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from gui.mixing.scales import LEVEL, meter_part
from gui.theme import metrics
from gui.theme.palette import Palette

HOLDS_S = 1.5
_FALLS_A_SECOND = 0.5
_BAR_PX = metrics.UNIT_PX + 1
_CLIP_PX = 2 * metrics.UNIT_PX
_LOUD = 1.0
_WARM_DB, _HOT_DB = -12.0, -3.0


class LevelMeter(QWidget):
    """The level of one strip, left and right. [gui]"""

    cleared = pyqtSignal()
    """The light was put out by hand."""

    def __init__(self, palette: Palette, clock: Callable[[], float] = monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette, self._clock = palette, clock
        self.parts = [0.0, 0.0]
        self.held = [0.0, 0.0]
        self._held_since = [0.0, 0.0]
        self.has_clipped = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(2 * _BAR_PX + 1, 12 * metrics.UNIT_PX)
        self.setAccessibleName(self.tr("Level"))

    def sizeHint(self) -> QSize:
        """Narrow. [gui]"""
        return self.minimumSize()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._palette = palette
        self.update()

    def show_peaks(self, left: float, right: float) -> None:
        """What is loud now; called thirty times a second, also while nothing is. [gui]"""
        now, before = self._clock(), (*self._drawn(), self.has_clipped)
        for side, peak in enumerate((left, right)):
            part = meter_part(peak)
            self.parts[side] = part
            if part >= self.held[side]:
                self.held[side], self._held_since[side] = part, now
            elif now - self._held_since[side] > HOLDS_S:
                self.held[side] = max(part, self.held[side] - _FALLS_A_SECOND / 30.0)
        if max(left, right) >= _LOUD and not self.has_clipped:
            self.has_clipped = True
            self.setAccessibleDescription(self.tr("It was too loud"))
        if (*self._drawn(), self.has_clipped) != before:
            self.update()

    def clear(self) -> None:
        """Put the light out. [gui]"""
        self.has_clipped = False
        self.setAccessibleDescription("")
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click puts the light out. [gui]"""
        self.clear()
        self.cleared.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Light, bars, and a line where the highest was. [gui]"""
        colours, painter = self._palette, QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(
            QRectF(0, 0, self.width(), _CLIP_PX - 2), QColor(colours.bad if self.has_clipped else colours.sunken)
        )
        top, height = float(_CLIP_PX), float(self.height() - _CLIP_PX)
        for side in range(2):
            x = side * (_BAR_PX + 1)
            painter.fillRect(QRectF(x, top, _BAR_PX, height), QColor(colours.sunken))
            low = 0.0
            for until_db, colour in ((_WARM_DB, colours.good), (_HOT_DB, colours.warn), (LEVEL.high, colours.bad)):
                high = min(LEVEL.part(until_db), self.parts[side])
                if high > low:
                    painter.fillRect(
                        QRectF(x, top + (1.0 - high) * height, _BAR_PX, (high - low) * height), QColor(colour)
                    )
                    low = high
            if self.held[side] > 0.0:
                painter.fillRect(
                    QRectF(x, top + (1.0 - self.held[side]) * (height - 2), _BAR_PX, 2), QColor(colours.text)
                )

    def _drawn(self) -> tuple[int, ...]:
        """What of it can be seen: whole pixels."""
        height = max(self.height() - _CLIP_PX, 1)
        return tuple(round(part * height) for part in (*self.parts, *self.held))
