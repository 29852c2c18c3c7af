"""Names of chords over the notes: what sounds together, named where it begins. [gui]

Notes of some tracks in; names, and their picture in the band under the ruler, out.
"""

from __future__ import annotations

from collections.abc import Collection

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFontMetrics, QPainter

from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.layout import Rect
from gui.theme import font, metrics
from score.harmony.chords import Named, chords_between
from score.harmony.scales import Scale
from score.notes import Notes

NAME_PX = 96
"""No name that is written is wider."""

LEAST_PX = 14.0
MOST_NOTES = 200
"""In a tile with more notes than these no name could be read, nor placed."""


def named(tracks: Collection[Notes], grid: Grid, left_px: float, right_px: float, scale: Scale | None) -> list[Named]:
    """The chords that sound between two places, the first of them from there on. [any]"""
    first, last = max(0, int(grid.ticks_at(left_px))), max(1, int(grid.ticks_at(right_px)) + 1)
    return list(chords_between(tracks, first, last, scale, max(1, int(LEAST_PX / grid.px_per_tick))))


def paint_chords(painter: QPainter, band: Rect, grid: Grid, ink: Ink, found: Collection[Named], left_px: float) -> None:
    """Their names, each over the time for which it sounds; one that began before has its name there. [gui]"""
    painter.setFont(font(metrics.SMALL_TEXT_PX, True))
    letters = QFontMetrics(font(metrics.SMALL_TEXT_PX, True))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    first = max(0, int(grid.ticks_at(left_px)))
    for chord in found:
        left, right = round(grid.x_of(chord.start_ticks)), round(grid.x_of(chord.end_ticks))
        painter.fillRect(QRectF(left, band.height - 3, max(1, right - left - 2), 2), ink.notes[4])
        words = said(chord.name)
        began_here = chord.start_ticks > first or first == 0
        # A name that is cut off would be another chord's.
        if began_here and letters.horizontalAdvance(words) <= min(NAME_PX, right - left - 2):
            painter.setPen(ink.colour("dim_text"))
            painter.drawText(QRectF(left + 1, 0, NAME_PX, band.height - 2), flags, words)


def said(name: str) -> str:
    """With the signs that musicians write. [any]"""
    chord, slash, bass = name.rpartition("/")
    if not bass[:1].isalpha():
        chord, slash, bass = name, "", ""  # of a sixth with a ninth the nine is no bass
    head = 2 if chord[1:2] in ("#", "b") else 1
    root, quality = chord[:head], chord[head:]
    for number in ("5", "9"):
        quality = quality.replace(f"b{number}", f"♭{number}")
    return f"{_signed(root)}{quality.replace('#', '♯')}{slash}{_signed(bass)}"


def _signed(letter: str) -> str:
    return letter.replace("#", "♯").replace("b", "♭")
