"""How a lane of a take looks: its name at the left, its outline and its notes, lit where it stands. [gui]"""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.roll.backdrop import Seconds
from gui.roll.strokes import draw_rects
from gui.session.peaks import Peaks
from gui.session.setup import Span, Take
from gui.session.take_notes import TakeNotes
from gui.takes.lanes import LANE_PX, Lanes, whole_of
from gui.theme import metrics
from gui.theme.fonts import font
from gui.theme.palette import Palette
from score.tempo import TempoMap

_NOTE_PX = 3
_ROOM_PX = metrics.UNIT_PX


class LanePainter:
    """Colours, and what is known of the takes by now. [gui]"""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self.peaks: dict[str, Peaks] = {}
        self.heard: dict[str, TakeNotes] = {}
        self._seconds = Seconds(TempoMap())

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.palette = palette

    def set_tempo(self, tempo: TempoMap) -> None:
        """Where the seconds of a sound lie among the ticks. [gui]"""
        if tempo != self._seconds.tempo:
            self._seconds = Seconds(tempo)

    def paint_nothing(self, painter: QPainter, all_of_it: QRect, words: str) -> None:
        """Of no takes at all: what to do about it. [gui]"""
        painter.fillRect(all_of_it, QColor(self.palette.surface))
        painter.setPen(QColor(self.palette.border))
        painter.drawLine(all_of_it.topLeft(), all_of_it.topRight())
        painter.setFont(font(metrics.TEXT_PX))
        painter.setPen(QColor(self.palette.dim_text))
        inner = all_of_it.adjusted(metrics.MARGIN_PX, 0, -metrics.MARGIN_PX, 0)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    def paint(self, painter: QPainter, lanes: Lanes, lane: int, width_px: int, has_keyboard: bool) -> None:
        """One lane. [gui]"""
        take, top = lanes.takes[lane], lanes.top_of(lane)
        is_focused = lane == lanes.focused
        head_px = lanes.head_px
        body = QRectF(head_px, top, width_px - head_px, LANE_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(body, QColor(self.palette.dark_row))
        painter.save()
        painter.setClipRect(body)
        self._paint_extent(painter, lanes, take, body)
        self._paint_sound(painter, lanes, take, body)
        self._paint_notes(painter, lanes, take, body)
        if is_focused and lanes.drawn is not None:
            self._paint_drawn(painter, lanes, lanes.drawn, body)
        elif is_focused and lanes.cursor is not None and has_keyboard:
            painter.fillRect(QRectF(round(lanes.x_of(lanes.cursor)), top, 2, LANE_PX), QColor(self.palette.accent))
        painter.restore()
        self._paint_head(painter, take, QRect(0, top, head_px, LANE_PX), is_focused, has_keyboard)
        painter.setPen(QColor(self.palette.border))
        painter.drawLine(0, top, width_px, top)

    def _paint_head(self, painter: QPainter, take: Take, head: QRect, is_focused: bool, has_keyboard: bool) -> None:
        painter.fillRect(head, QColor(self.palette.raised if is_focused else self.palette.surface))
        painter.setPen(QColor(self.palette.border))
        painter.drawLine(head.topRight(), head.bottomRight())
        painter.setFont(font(metrics.SMALL_TEXT_PX, bold=is_focused))
        painter.setPen(QColor(self.palette.text if take.chosen else self.palette.dim_text))
        inner = head.adjusted(metrics.GAP_PX, metrics.UNIT_PX, -metrics.UNIT_PX, -metrics.UNIT_PX)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(inner, flags, take.name or take.stem)
        if is_focused and has_keyboard:
            ring = metrics.FOCUS_RING_PX
            painter.setPen(QPen(QColor(self.palette.accent), ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(head).adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2))

    def _paint_extent(self, painter: QPainter, lanes: Lanes, take: Take, body: QRectF) -> None:
        """Where it was sung, and, lit with a bar at its foot, where it stands."""
        painter.fillRect(_box(lanes, whole_of(take), body), QColor(self.palette.row))
        for span in take.chosen:
            box = _box(lanes, span, body)
            lit = QColor(self.palette.quiet_note)
            lit.setAlphaF(0.45)
            painter.fillRect(box, lit)
            painter.fillRect(
                QRectF(box.x(), box.bottom() - _NOTE_PX, box.width(), _NOTE_PX), QColor(self.palette.loud_note)
            )
            painter.setPen(QColor(self.palette.loud_note))
            painter.drawLine(box.topLeft(), box.bottomLeft())
            painter.drawLine(box.topRight(), box.bottomRight())

    def _paint_sound(self, painter: QPainter, lanes: Lanes, take: Take, body: QRectF) -> None:
        peaks = self.peaks.get(take.file)
        if peaks is None or not len(peaks.low):
            return
        x = np.arange(int(body.left()), int(body.right()) + 2, dtype=np.float64)
        at_s = self._seconds.at((x - lanes.head_px + lanes.grid.left_px) / lanes.grid.px_per_tick)
        starts_s = float(self._seconds.at(np.array([float(take.start_ticks)]))[0])
        zoom = peaks.zoom(float(np.median(np.diff(at_s))))
        place = np.floor((at_s - starts_s) * zoom.blocks_per_second).astype(np.int64)
        seen = (place[1:] >= 0) & (place[:-1] < len(zoom.low))
        if not seen.any():
            return
        first = np.clip(place[:-1][seen], 0, len(zoom.low) - 1)
        end = np.clip(place[1:][seen], first + 1, len(zoom.low))
        pairs = np.stack([first, np.minimum(end, len(zoom.low))], axis=1).ravel()
        high = np.maximum.reduceat(np.append(zoom.high, zoom.high[-1:]), pairs)[::2]
        low = np.minimum.reduceat(np.append(zoom.low, zoom.low[-1:]), pairs)[::2]
        middle, reach = body.center().y(), body.height() / 2 - _ROOM_PX
        drawn = x[:-1][seen].tolist()
        outline = [QPointF(a, b) for a, b in zip(drawn, (middle - reach * high).tolist(), strict=True)]
        under = zip(reversed(drawn), (middle - reach * low[::-1] + 1).tolist(), strict=True)
        outline += [QPointF(a, b) for a, b in under]
        painter.setPen(Qt.PenStyle.NoPen)
        sound = QColor(self.palette.heard)
        sound.setAlphaF(0.4)
        painter.setBrush(sound)
        painter.drawPolygon(QPolygonF(outline))

    def _paint_notes(self, painter: QPainter, lanes: Lanes, take: Take, body: QRectF) -> None:
        heard = self.heard.get(take.file)
        if heard is None or not heard.notes:
            return
        first, end = lanes.grid.visible_ticks()
        lowest, highest = (f(note.pitch for note in heard.notes) for f in (min, max))
        room = body.height() - 2 * _ROOM_PX - _NOTE_PX - metrics.UNIT_PX
        per_pitch = room / max(highest - lowest, 12)
        bright: list[QRectF] = []
        dim: list[QRectF] = []
        for note in heard.notes:
            if note.end_ticks <= first or note.start_ticks >= end:
                continue
            y = body.top() + _ROOM_PX + (highest - note.pitch) * per_pitch
            x = lanes.x_of(note.start_ticks)
            box = QRectF(x, round(y), max(lanes.x_of(note.end_ticks) - x, 2.0), _NOTE_PX)
            stands = any(span.start_ticks <= note.start_ticks < span.end_ticks for span in take.chosen)
            (bright if stands else dim).append(box)
        painter.setPen(Qt.PenStyle.NoPen)
        for boxes, colour in ((dim, self.palette.faint_text), (bright, self.palette.loud_note)):
            painter.setBrush(QColor(colour))
            draw_rects(painter, boxes)

    def _paint_drawn(self, painter: QPainter, lanes: Lanes, span: Span, body: QRectF) -> None:
        box = _box(lanes, span, body)
        soft = QColor(self.palette.accent)
        soft.setAlphaF(0.22)
        painter.fillRect(box, soft)
        painter.setPen(QPen(QColor(self.palette.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(1, 1, -1, -1))


def _box(lanes: Lanes, span: Span, body: QRectF) -> QRectF:
    left, right = round(lanes.x_of(span.start_ticks)), round(lanes.x_of(span.end_ticks))
    return QRectF(left, body.top() + 1, max(right - left, 1), body.height() - 1)
