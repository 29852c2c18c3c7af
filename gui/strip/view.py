"""The strip above the roll: how loud it is in here, what is sung, how far it is from the note, and what is wrong.

What flows in: meters, pitches, messages. What flows out: nothing; it is looked at. It repaints only what has moved by a
pixel. [gui]
"""

from __future__ import annotations

from math import log10
from typing import Any

import numpy.typing as npt
from PyQt6.QtCore import QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from gui.strip.tuner import Reading, Tuner
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette

HEIGHT_PX = 14 * metrics.UNIT_PX
_FLOOR_DB = -60.0
_HOT_DB = -6.0
_FALLS_DB = 0.6
"""A peak falls so much each look, a third of a second through the whole meter."""
_METER_PX, _NAME_PX, _NEEDLE_PX = 40 * metrics.UNIT_PX, 16 * metrics.UNIT_PX, 60 * metrics.UNIT_PX


class Strip(QWidget):
    """Level, tuner, and a line of words. [gui]"""

    pressed = pyqtSignal()
    """The line of words was clicked: whoever wrote it knows what is to be done."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_of_theme = palette
        self.tuner = Tuner()
        self._level_db = self._peak_db = _FLOOR_DB
        self._clipped = 0
        self._words, self._is_trouble, self._leads_on = self.tr("Listening starts …"), False, False
        self._load, self._missed = 0.0, 0
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What is heard"))
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """Wide enough to be of use. [gui]"""
        return QSize(_METER_PX + _NAME_PX + _NEEDLE_PX + 80 * metrics.UNIT_PX, HEIGHT_PX)

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.palette_of_theme = palette
        self.update()

    def meter(self, meters: npt.NDArray[Any]) -> None:
        """Show levels. [gui]"""
        peak = float(meters["peak_in"].max())
        level_db = max(20.0 * log10(max(float(meters["rms_in"].max()), 1e-6)), _FLOOR_DB)
        peak_db = max(20.0 * log10(max(peak, 1e-6)), self._peak_db - _FALLS_DB, _FLOOR_DB)
        self._clipped = 60 if peak >= 1.0 else max(self._clipped - 1, 0)
        load, missed = round(float(meters["load"]), 2), int(meters["missed"])
        if abs(level_db - self._level_db) > 0.2 or abs(peak_db - self._peak_db) > 0.2:
            self._level_db, self._peak_db = level_db, peak_db
            self.update(self._meter_rect())
        if (load, missed) != (self._load, self._missed):
            self._load, self._missed = load, missed
            self.update(self._words_rect())

    def hear(self, pitches: npt.NDArray[Any]) -> None:
        """Show what is sung. [gui]"""
        before = self.tuner.reading
        now = self.tuner.hear(pitches)
        if now.name != before.name or abs(now.cents - before.cents) >= 0.5:
            self.update(self._tuner_rect())
            if now.name != before.name:
                self.setAccessibleDescription(now.says)

    def say(self, words: str, trouble: bool = False, leads_on: bool = False) -> None:
        """One line of words; one that leads on can be clicked. [gui]"""
        self._words, self._is_trouble, self._leads_on = words, trouble, leads_on
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update(self._words_rect())

    @property
    def words(self) -> str:
        """What it says now. [gui]"""
        return self._words

    @property
    def reading(self) -> Reading:
        """What it shows of the voice. [gui]"""
        return self.tuner.reading

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Over words that lead on the hand shows it. [gui]"""
        if event is not None:
            leads_on = self._leads_on and self._words_rect().contains(event.position().toPoint())
            self.setCursor(Qt.CursorShape.PointingHandCursor if leads_on else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click on the words. [gui]"""
        if event is not None and self._leads_on and self._words_rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw what is to be seen. [gui]"""
        colours = self.palette_of_theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.surface))
        self._paint_meter(painter)
        self._paint_tuner(painter)
        self._paint_words(painter)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _meter_rect(self) -> QRect:
        return QRect(metrics.MARGIN_PX, 0, _METER_PX, self.height())

    def _tuner_rect(self) -> QRect:
        return QRect(self._meter_rect().right() + metrics.MARGIN_PX, 0, _NAME_PX + _NEEDLE_PX, self.height())

    def _words_rect(self) -> QRect:
        left = self._tuner_rect().right() + 2 * metrics.MARGIN_PX
        return QRect(left, 0, max(self.width() - left - metrics.MARGIN_PX, 0), self.height())

    def _paint_meter(self, painter: QPainter) -> None:
        colours, where = self.palette_of_theme, self._meter_rect()
        bar = QRectF(where.left(), where.center().y() - metrics.UNIT_PX, where.width(), 2 * metrics.UNIT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.sunken))
        painter.drawRoundedRect(bar, metrics.UNIT_PX, metrics.UNIT_PX)
        filled = QRectF(bar)
        filled.setWidth(bar.width() * _part(self._level_db))
        hot = self._peak_db > _HOT_DB
        painter.setBrush(QColor(colours.bad if self._clipped else colours.warn if hot else colours.good))
        if filled.width() >= metrics.UNIT_PX:
            painter.drawRoundedRect(filled, metrics.UNIT_PX, metrics.UNIT_PX)
        x = bar.left() + bar.width() * _part(self._peak_db)
        if self._peak_db > _FLOOR_DB:
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.drawLine(QPointF(x, bar.top()), QPointF(x, bar.bottom()))
        painter.setPen(QColor(colours.dim_text))
        painter.setFont(font(metrics.SMALL_TEXT_PX))
        above = QRectF(bar.left(), 0, bar.width(), bar.top() - 2)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self.tr("Microphone"))
        label = self.tr("too loud") if self._clipped else f"{self._peak_db:.0f} dB" if self._peak_db > _FLOOR_DB else ""
        painter.drawText(above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, label)

    def _paint_tuner(self, painter: QPainter) -> None:
        colours, where, reading = self.palette_of_theme, self._tuner_rect(), self.tuner.reading
        painter.setFont(font(metrics.TITLE_PX, bold=True))
        sung = reading.pitch is not None
        painter.setPen(QColor(colours.text if sung else colours.faint_text))
        name = QRectF(where.left(), 0, _NAME_PX, where.height())
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, reading.name if sung else "–")
        left, right = name.right() + metrics.GAP_PX, float(where.right())
        middle, y = (left + right) / 2.0, where.center().y()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for cents in (-50, -25, 0, 25, 50):
            x = middle + cents / 50.0 * (right - left) / 2.0
            height = 3 * metrics.UNIT_PX if cents == 0 else metrics.UNIT_PX
            painter.drawLine(QPointF(x, y - height), QPointF(x, y + height))
        if sung:
            x = middle + max(min(reading.cents, 50.0), -50.0) / 50.0 * (right - left) / 2.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.good if abs(reading.cents) < 10.0 else colours.accent))
            painter.drawEllipse(QPointF(x, y), 2 * metrics.UNIT_PX, 2 * metrics.UNIT_PX)

    def _paint_words(self, painter: QPainter) -> None:
        colours, where = self.palette_of_theme, QRectF(self._words_rect())
        painter.setFont(font(metrics.SMALL_TEXT_PX))
        painter.setPen(QColor(colours.faint_text))
        engine = self.tr("{load:.0%} busy").format(load=self._load)
        if self._missed:
            engine += self.tr(", {missed} blocks missed").format(missed=self._missed)
        width = painter.fontMetrics().horizontalAdvance(engine) + metrics.GAP_PX
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, engine)
        letters = QFont(font())
        letters.setUnderline(self._leads_on)
        painter.setFont(letters)
        painter.setPen(QColor(colours.warn if self._is_trouble else colours.dim_text))
        room = QRectF(where.left(), where.top(), max(where.width() - width - metrics.GAP_PX, 0.0), where.height())
        line = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)


def _part(level_db: float) -> float:
    """How far a meter is filled. [any]"""
    return min(max(1.0 - level_db / _FLOOR_DB, 0.0), 1.0)
