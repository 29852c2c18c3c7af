"""A theme's colours made ready for a painter: brushes and pens by what they draw, and shades as pixels. [gui]"""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QBrush, QColor, QPen

from gui.theme import Palette
from gui.theme.colour import contrast, mixed
from gui.theme.palette import SHADES


class Ink:
    """All that the roll is drawn with, in one theme. [gui]"""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._colours: dict[str, QColor] = {}
        shades = palette.shades()
        self.notes = [QColor(shade) for shade in shades]
        self.note_rims = [QColor(mixed(shade, palette.dark_row, 0.45)) for shade in shades]
        self.note_texts = [QColor(_readable(shade, palette.on_note, palette.on_quiet_note)) for shade in shades]
        self.picked = QColor(palette.accent)
        self.picked_rim = QColor(mixed(palette.accent, palette.text, 0.55))
        self.on_picked = QColor(palette.on_accent)
        self.picked_lut = np.array([self.picked.rgba()], np.uint32)[0]
        self.ghost_pixel = np.array([QColor(palette.ghost).rgba()], np.uint32)[0]
        self.note_lut = np.array([self.notes[shade_of(v)].rgba() for v in range(128)], np.uint32)
        self.curve = pen(palette.curve, 1.6)
        self.picked_curve = pen(palette.on_accent_curve, 1.6)
        self.live_curve = pen(palette.accent, 2.0)
        self.heard = pen(palette.heard, 1.2)
        soft = QColor(palette.accent)
        soft.setAlphaF(0.18)
        self.soft_accent = QBrush(soft)
        good = QColor(palette.good)
        good.setAlphaF(0.3)
        self.soft_good = QBrush(good)
        veil = QColor(palette.window)
        veil.setAlphaF(0.3)
        self.shade = QBrush(veil)

    def colour(self, name: str) -> QColor:
        """A colour of the palette by its name. [gui]"""
        found = self._colours.get(name)
        if found is None:
            found = self._colours[name] = QColor(getattr(self.palette, name))
        return found


def shade_of(velocity: int) -> int:
    """Which of the shades a velocity is drawn in. [any]"""
    return min(SHADES - 1, velocity * SHADES // 128)


def pen(colour: str, width: float) -> QPen:
    """A pen for curves: its joints are round, so that a sharp turn does not throw a spike. [gui]"""
    made = QPen(QColor(colour), width)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    return made


def _readable(under: str, *texts: str) -> str:
    return max(texts, key=lambda text: contrast(under, text))
