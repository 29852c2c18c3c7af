"""Letters: the system's own family for interfaces, in four sizes and two weights. [gui]"""

from __future__ import annotations

from functools import lru_cache

from PyQt6.QtGui import QFont

from gui.theme import metrics

FAMILIES = ("Inter", "SF Pro Text", "Segoe UI Variable", "Segoe UI", "Noto Sans", "Cantarell", "DejaVu Sans")
"""The first that is installed is taken; each has figures of one width, so that a counting clock does not tremble."""


@lru_cache(maxsize=32)
def font(size_px: int = metrics.TEXT_PX, bold: bool = False) -> QFont:
    """Letters of this height, in pixels. [gui]"""
    letters = QFont(list(FAMILIES))
    letters.setPixelSize(size_px)
    letters.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return letters
