"""Proposed corrections over the notes: what would come, what would go, and what would move where. [gui]

Proposals in; a picture out, and which of them lies under the hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen, QPolygonF

from gui.roll.grid import Grid
from gui.roll.hit import drawn_from_to
from gui.roll.ink import Ink
from gui.roll.scene import At, Proposal, Scene
from gui.theme import metrics
from score.note import Note

ARROW_PX = 4.0
LEAST_ARROW_PX = 10.0


def proposal_at(scene: Scene, at: At) -> int | None:
    """The proposal under the hand, by its note as it would be, or as it is where it would go. [any]"""
    x, y = at.x - scene.layout.notes.x, at.y - scene.layout.notes.y
    if not scene.proposals or not scene.layout.notes.holds(at.x, at.y):
        return None
    beyond = metrics.TOUCH_PX / 2 if at.by_touch else 3.0
    found, least = None, beyond + 1
    for index, proposal in enumerate(scene.proposals):
        note = proposal.after or proposal.before
        if note is None:
            continue
        left, right = drawn_from_to(scene.grid, note)
        top = scene.grid.y_of(note.pitch)
        away = max(left - x, x - right, top - y, y - top - scene.grid.row_px, 0.0)
        if away < least:
            found, least = index, away
    return found


def paint_proposals(
    painter: QPainter, grid: Grid, ink: Ink, proposals: Sequence[Proposal], under_hand: int | None, chosen: int | None
) -> None:
    """All that are seen; the one under the hand is filled. [gui]"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, proposal in enumerate(proposals):
        before, after = _box(grid, proposal.before), _box(grid, proposal.after)
        if not any(box is not None and box.right() >= 0 and box.left() <= grid.width_px for box in (before, after)):
            continue
        is_held = index in (under_hand, chosen)
        if before is not None:
            _strike(painter, ink, before, proposal.after is None, is_held)
        if after is not None:
            painter.setPen(QPen(ink.colour("good"), 2.0 if is_held else 1.5, Qt.PenStyle.DashLine))
            painter.setBrush(ink.soft_good if is_held else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(after, 3, 3)
        if before is not None and after is not None:
            _arrow(painter, ink, before, after)


def _box(grid: Grid, note: Note | None) -> QRectF | None:
    if note is None:
        return None
    left, right = drawn_from_to(grid, note)
    return QRectF(left + 0.75, round(grid.y_of(note.pitch)) + 0.75, right - left - 1.5, round(grid.row_px) - 2.5)


def _strike(painter: QPainter, ink: Ink, box: QRectF, goes: bool, is_held: bool) -> None:
    """A note that goes is struck through; one that only changes is outlined thinly."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink.colour("bad" if goes else "good"), 2.0 if is_held and goes else 1.0))
    painter.drawRoundedRect(box, 3, 3)
    if goes:
        middle = box.center().y()
        painter.setPen(QPen(ink.colour("bad"), 2.0))
        painter.drawLine(QLineF(box.left() - 3, middle, box.right() + 3, middle))


def _arrow(painter: QPainter, ink: Ink, before: QRectF, after: QRectF) -> None:
    """From where a note is to where it would be, where these lie far enough apart to be told from one another."""
    line = QLineF(before.center(), after.center())
    if line.length() < LEAST_ARROW_PX:
        return
    painter.setPen(QPen(ink.colour("good"), 1.5))
    painter.drawLine(line)
    step = line.unitVector()
    dx, dy = step.dx() * ARROW_PX, step.dy() * ARROW_PX
    tip = line.p2()
    head = [
        tip,
        QPointF(tip.x() - 2 * dx - dy, tip.y() - 2 * dy + dx),
        QPointF(tip.x() - 2 * dx + dy, tip.y() - 2 * dy - dx),
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.colour("good"))
    painter.drawPolygon(QPolygonF(head))
