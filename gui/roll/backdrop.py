"""What lies behind the notes: rows of the keys, lines of bars and beats, and on demand the take itself. [gui]"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPolygonF

from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.scale import Key, is_black
from gui.roll.snap import Line
from gui.roll.strokes import draw_rects
from score.tempo import TempoMap

BLOCK_FRAMES = 256
"""Frames of a waveform whose extremes are kept: an hour takes 5 MB, and a repaint reads a window of them."""

LONGEST_GAP_SECONDS = 0.04
"""Between two points of the voice's pitch that lie farther apart it was silent, and no line is drawn."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """The extremes of a take's frames, block by block, from a moment of the piece on. [any]"""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    start_seconds: float
    blocks_per_second: float

    @staticmethod
    def of(frames: NDArray[np.float32], rate_hz: float, start_seconds: float = 0.0) -> Waveform:
        """From one channel of sound, -1 to 1. [any]"""
        whole = np.append(frames, np.zeros(-len(frames) % BLOCK_FRAMES, np.float32)).reshape(-1, BLOCK_FRAMES)
        low, high = whole.min(axis=1), whole.max(axis=1)
        return Waveform(low.astype(np.float32), high.astype(np.float32), start_seconds, rate_hz / BLOCK_FRAMES)


@dataclass(frozen=True, slots=True)
class Heard:
    """The pitch of a voice as it was heard, in semitones like a MIDI pitch; NaN where there was none. [any]"""

    seconds: NDArray[np.float64]
    pitch_st: NDArray[np.float64]


class Seconds:
    """The seconds of many ticks at once, and back: the map of tempo as two arrays. [any]"""

    def __init__(self, tempo: TempoMap) -> None:
        self.tempo = tempo
        last = tempo.tempos[-1].ticks
        far = last + 64 * tempo.ticks_per_quarter * 4
        ticks = [*(change.ticks for change in tempo.tempos), far]
        self._ticks = np.array(ticks, np.float64)
        self._seconds = np.array([tempo.seconds_at(at) for at in ticks], np.float64)
        self._last_rate = (self._seconds[-1] - self._seconds[-2]) / (far - last)

    def at(self, ticks: NDArray[np.float64]) -> NDArray[np.float64]:
        """When these ticks come. [any]"""
        beyond = np.maximum(ticks - self._ticks[-1], 0) * self._last_rate
        return np.interp(ticks, self._ticks, self._seconds) + beyond

    def ticks(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where one is after so many seconds. [any]"""
        beyond = np.maximum(seconds - self._seconds[-1], 0) / self._last_rate
        return np.interp(seconds, self._seconds, self._ticks) + beyond


def paint_rows(painter: QPainter, grid: Grid, ink: Ink, key: Key | None) -> None:
    """Rows, darker where a piano has black keys, or outside the key; those of the tonic are tinted. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    # Each pixel is filled once: a row, and under it its line.
    line = ink.colour("row_line")
    lowest, highest = grid.visible_pitches()
    for pitch in range(highest, lowest - 1, -1):
        if grid.rows.places[pitch] % 1:
            continue
        top = round(grid.y_of(pitch))
        bottom = round(grid.y_of(pitch) + grid.row_px)
        name = "row"
        if key is not None and key.is_tonic(pitch):
            name = "tonic_row"
        elif is_black(pitch) if key is None else not key.has(pitch):
            name = "dark_row"
        has_line = grid.row_px >= 8 or pitch % 12 == 0
        painter.fillRect(QRectF(0, top, grid.width_px, bottom - top - has_line), ink.colour(name))
        if has_line:
            painter.fillRect(QRectF(0, bottom - 1, grid.width_px, 1), line)
    if grid.whole_height_px < grid.height_px:
        below = QRectF(0, grid.whole_height_px, grid.width_px, grid.height_px - grid.whole_height_px)
        painter.fillRect(below, ink.colour("surface"))


def paint_lines(painter: QPainter, grid: Grid, ink: Ink, drawn: Iterable[Line], height_px: float) -> None:
    """Bars, beats and steps. [gui]"""
    rects: dict[str, list[QRectF]] = {"step_line": [], "beat_line": [], "bar_line": []}
    for line in drawn:
        kind = "bar_line" if line.bar else "beat_line" if line.is_beat else "step_line"
        rects[kind].append(QRectF(round(grid.x_of(line.ticks)), 0, 1, height_px))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for name, kept in rects.items():
        painter.setBrush(ink.colour(name))
        draw_rects(painter, kept)


def paint_waveform(painter: QPainter, grid: Grid, ink: Ink, seconds: Seconds, waveform: Waveform) -> None:
    """The take behind its notes: one column a pixel, as tall as a third of the window. [gui]"""
    if not len(waveform.low):
        return
    x = np.arange(int(grid.width_px) + 1, dtype=np.float64)
    at = seconds.at((x + grid.left_px) / grid.px_per_tick)
    place = ((at - waveform.start_seconds) * waveform.blocks_per_second).astype(np.int64)
    inside = (place[1:] > 0) & (place[:-1] < len(waveform.low))
    if not inside.any():
        return
    edges = np.clip(place, 0, len(waveform.low) - 1)[:-1][inside]
    drawn_x = x[:-1][inside]
    middle, reach = grid.height_px / 2, grid.height_px / 3
    highs = middle - reach * np.maximum.reduceat(waveform.high, edges)
    lows = middle - reach * np.minimum.reduceat(waveform.low, edges)
    # The last column would reach to the end of the take.
    highs[-1], lows[-1] = middle - reach * waveform.high[edges[-1]], middle - reach * waveform.low[edges[-1]]
    outline = [QPointF(a, b) for a, b in zip(drawn_x.tolist(), highs.tolist(), strict=True)]
    outline += [QPointF(a, b + 1) for a, b in zip(drawn_x[::-1].tolist(), lows[::-1].tolist(), strict=True)]
    painter.setPen(Qt.PenStyle.NoPen)
    behind = QColor(ink.colour("behind"))
    behind.setAlphaF(0.7)
    painter.setBrush(behind)
    painter.drawPolygon(QPolygonF(outline))


def paint_heard(painter: QPainter, grid: Grid, ink: Ink, seconds: Seconds, heard: Heard) -> None:
    """The raw pitch of the voice, where it was voiced. [gui]"""
    first, last = grid.visible_ticks()
    from_to = np.searchsorted(heard.seconds, seconds.at(np.array([first, last], np.float64)))
    start, end = max(0, int(from_to[0]) - 1), int(from_to[1]) + 1
    at, pitch = heard.seconds[start:end], heard.pitch_st[start:end]
    voiced = np.isfinite(pitch)
    x = seconds.ticks(at) * grid.px_per_tick - grid.left_px
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(ink.heard)
    line: list[QPointF] = []
    before = -np.inf
    for is_voiced, when, px, value in zip(voiced.tolist(), at.tolist(), x.tolist(), pitch.tolist(), strict=True):
        if line and (not is_voiced or when - before > LONGEST_GAP_SECONDS):
            painter.drawPolyline(QPolygonF(line))
            line = []
        if is_voiced and (not line or px - line[-1].x() >= 0.5):
            line.append(QPointF(px, grid.middle_of(value)))
        before = when
    if line:
        painter.drawPolyline(QPolygonF(line))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
