"""What stands around the notes: the keyboard with its names at the left, and the ruler with its bars above. [gui]"""

from __future__ import annotations

from collections.abc import Iterable, Set

from PyQt6.QtCore import QLineF, QRect, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from gui.roll.grid import Grid
from gui.roll.ink import Ink
from gui.roll.layout import LOOP_PX, Layout, Rect
from gui.roll.scale import Key, is_black, pitch_name
from gui.roll.scene import Loop
from gui.roll.snap import Line
from gui.roll.strokes import draw_lines
from gui.theme import font, metrics
from score.tempo import TempoMap

BLACK_KEY_PART = 0.6
LABEL_EVERY_PX = 44.0
NAME_PX = 16.0
BRACKET_PX, DASH_PX = 6, 8


def paint_keys(
    painter: QPainter,
    keys: Rect,
    grid: Grid,
    ink: Ink,
    key: Key | None,
    sounding: Set[int],
    names_at: int | None,
    part: QRect,
) -> None:
    """A piano's keys within a part of a place, each as high as its row; those that sound are amber. [gui]"""
    painter.fillRect(keys.x, keys.y, keys.width, keys.height, ink.colour("white_key"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font(metrics.SMALL_TEXT_PX))
    black_width = round(keys.width * BLACK_KEY_PART)
    flats = key is not None and key.prefers_flats
    room = max(grid.row_px, NAME_PX)  # names reach into their neighbours' rows
    highest, lowest = grid.pitch_at(part.top() - keys.y - room), grid.pitch_at(part.bottom() - keys.y + room)
    for pitch in range(highest, lowest - 1, -1):
        if grid.rows.places[pitch] % 1:
            continue
        top = keys.y + round(grid.y_of(pitch))
        bottom = keys.y + round(grid.y_of(pitch) + grid.row_px)
        row = QRectF(keys.x, top, keys.width, bottom - top)
        black = is_black(pitch)
        if pitch in sounding:
            painter.fillRect(QRectF(keys.x, top, black_width if black else keys.width, bottom - top), ink.picked)
        elif black:
            painter.fillRect(QRectF(keys.x, top, black_width, bottom - top), ink.colour("black_key"))
        painter.setPen(ink.colour("ghost"))
        if black and pitch - 1 in range(128):
            painter.drawLine(QLineF(black_width, (top + bottom) / 2, keys.width, (top + bottom) / 2))
        elif pitch % 12 in (0, 5):
            painter.drawLine(QLineF(0, bottom - 1, keys.width, bottom - 1))
        if key is not None and key.is_tonic(pitch):
            painter.fillRect(QRectF(keys.x, top, metrics.UNIT_PX, bottom - top), ink.notes[-1])
        _name_key(painter, ink, row, pitch, black, flats, grid, pitch in sounding, pitch == names_at)
    painter.setPen(ink.colour("border"))
    painter.drawLine(QLineF(keys.width - 1, keys.y, keys.width - 1, keys.y + keys.height))


def _name_key(
    painter: QPainter,
    ink: Ink,
    row: QRectF,
    pitch: int,
    black: bool,
    flats: bool,
    grid: Grid,
    is_sounding: bool,
    is_under_hand: bool,
) -> None:
    every_white = grid.row_px >= 14 and not black
    if not (pitch % 12 == 0 and grid.row_px * 12 >= 14) and not every_white and not is_under_hand:
        return
    strong = pitch % 12 == 0 or is_under_hand
    painter.setFont(font(metrics.SMALL_TEXT_PX, strong))
    painter.setPen(ink.on_picked if is_sounding else ink.colour("on_white_key" if strong else "faint_text"))
    if not strong and ink.palette.name == "dark" and not is_sounding:
        painter.setPen(ink.colour("ghost"))
    box = QRectF(row.x(), row.center().y() - NAME_PX / 2, row.width() - 2 * metrics.UNIT_PX, NAME_PX)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(pitch, flats))


def paint_ruler(painter: QPainter, ruler: Rect, grid: Grid, ink: Ink, tempo: TempoMap, drawn: Iterable[Line]) -> None:
    """Numbers of bars, and of beats where there is room. [gui]

    Which bars have a number does not depend on where the window begins, so that scrolling changes none.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(0, 0, ruler.width, ruler.height, ink.colour("surface"))
    painter.fillRect(0, 0, ruler.width, LOOP_PX, ink.colour("sunken"))
    bars: list[QLineF] = []
    beats: list[QLineF] = []
    labels: list[tuple[float, str, bool]] = []
    bar = beat = 0
    beat_px = bar_px = 0.0
    for line in drawn:
        x = float(round(grid.x_of(line.ticks)))
        if line.bar:
            bar, beat = line.bar, 1
            meter = tempo.meter_at(line.ticks)
            beat_px = 4 * tempo.ticks_per_quarter / meter.denominator * grid.px_per_tick
            bar_px = beat_px * meter.numerator
            bars.append(QLineF(x, LOOP_PX + 2, x, ruler.height))
            every = 1
            while every * bar_px < LABEL_EVERY_PX:
                every *= 2
            if not (bar - 1) % every:
                labels.append((x, str(bar), True))
        elif line.is_beat:
            if not bar:
                at = tempo.position(line.ticks)
                bar, beat = at.bar, at.beat - 1
                beat_px = 4 * tempo.ticks_per_quarter / tempo.meter_at(line.ticks).denominator * grid.px_per_tick
            beat += 1
            beats.append(QLineF(x, ruler.height - 6, x, ruler.height))
            if beat_px >= LABEL_EVERY_PX:
                labels.append((x, f"{bar}.{beat}", False))
    for x, words, is_bar in labels:
        painter.setFont(font(metrics.SMALL_TEXT_PX, is_bar))
        painter.setPen(ink.colour("text" if is_bar else "faint_text"))
        box = QRectF(x + 5, LOOP_PX, LABEL_EVERY_PX, ruler.height - LOOP_PX)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
    for name, kept in (("beat_line", beats), ("bar_line", bars)):
        painter.setPen(QPen(ink.colour(name), 1))
        draw_lines(painter, kept)
    painter.setPen(ink.colour("border"))
    painter.drawLine(0, ruler.height - 1, ruler.width, ruler.height - 1)


def paint_loop_strip(painter: QPainter, grid: Grid, ink: Ink, loop: Loop) -> None:
    """The loop above the numbers of bars. [gui]"""
    left, right = round(grid.x_of(loop.start_ticks)), round(grid.x_of(loop.end_ticks))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(left, 0, right - left, LOOP_PX), ink.soft_accent)
    painter.fillRect(QRectF(left, LOOP_PX - 3, right - left, 3), ink.picked)
    for edge in (left, right - 3):
        painter.fillRect(QRectF(edge, 0, 3, LOOP_PX), ink.picked)


def paint_punch_strip(painter: QPainter, ruler: Rect, grid: Grid, ink: Ink, punch: Loop) -> None:
    """The part that is recorded in, around the numbers of bars: brackets, and dashes from one to the other. [gui]"""
    left, right = round(grid.x_of(punch.start_ticks)), round(grid.x_of(punch.end_ticks))
    top, bottom, red = LOOP_PX + 1, ruler.height - 1, ink.colour("bad")
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    first = left + BRACKET_PX  # of the dashes that are in sight, however long the part is
    first += max(0, -first // DASH_PX) * DASH_PX
    for x in range(first, min(right - BRACKET_PX, ruler.width), DASH_PX):
        painter.fillRect(x, bottom - 2, min(DASH_PX // 2, right - BRACKET_PX - x), 2, red)
    for edge, hook in ((left, left), (right - 2, right - BRACKET_PX)):
        painter.fillRect(edge, top, 2, bottom - top, red)
        for y in (top, bottom - 2):
            painter.fillRect(hook, y, BRACKET_PX, 2, red)


def paint_corner(painter: QPainter, layout: Layout, ink: Ink, words: str) -> None:
    """What the hand is led by, where the keyboard and the ruler meet. [gui]"""
    ruler = layout.ruler
    painter.fillRect(0, 0, ruler.x, ruler.height, ink.colour("surface"))
    painter.setFont(font(metrics.SMALL_TEXT_PX))
    painter.setPen(ink.colour("dim_text"))
    box = QRectF(metrics.GAP_PX, 0, ruler.x - 2 * metrics.GAP_PX, ruler.height)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
    painter.setPen(ink.colour("border"))
    painter.drawLine(0, ruler.height - 1, ruler.x, ruler.height - 1)
    painter.drawLine(ruler.x - 1, 0, ruler.x - 1, ruler.height)
