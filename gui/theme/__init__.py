"""How Vocello looks: one design in dark and in light, spacing on a grid of 4 px, one accent, one family of letters.

`theme("dark")` gives the colours, `metrics` the sizes, `font(...)` the letters, and `dress(app, theme)` clothes the
ordinary widgets of Qt, so that a view paints only what is its own. Colours and sizes are values, safe on any thread;
what touches Qt belongs to its thread.
"""

from gui.theme.fonts import font
from gui.theme.palette import DARK, LIGHT, Palette
from gui.theme.sheet import dress, system_name, theme

__all__ = ["DARK", "LIGHT", "Palette", "dress", "font", "system_name", "theme"]
