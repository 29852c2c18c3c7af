"""Colours that tracks may have: of one lightness in each theme, named, so that no colour speaks alone. [any]"""

from __future__ import annotations

from gui.theme.colour import oklch
from gui.theme.palette import DARK, Palette

HUES = {"blue": 248.0, "cyan": 205.0, "green": 155.0, "olive": 112.0, "rose": 8.0, "violet": 308.0}
"""Amber is missing: it is what the hand holds."""


def track_colour(name: str, palette: Palette) -> str:
    """The colour of that name in a theme; a track without one has the border's. [any]"""
    if name not in HUES:
        return palette.border
    lightness, chroma = (0.72, 0.12) if palette is DARK else (0.62, 0.13)
    return oklch(lightness, chroma, HUES[name])
