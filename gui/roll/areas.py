"""Which pixels a preview or a singing voice takes up, so that no others are painted. [gui]"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QRect, QRectF
from PyQt6.QtGui import QRegion

from gui.roll.columns import Change, where
from gui.roll.handles import area_of_handles
from gui.roll.kinds import Of
from gui.roll.overlay import LiveNote, Trace, plate_at
from gui.roll.picture import Picture
from gui.roll.scene import At, Preview

FEW_NOTES = 64
LETTER_PX = 9
"""No letter of the small size is wider."""


def area_of_preview(picture: Picture, preview: Preview, pointer: At) -> QRegion:
    """What a gesture shows: its notes and their velocities, its outline, and its words beside the pointer. [gui]"""
    field, lane = QRect(*picture.layout.notes), QRect(*picture.layout.lane)
    region = QRegion()
    if len(preview.notes) > FEW_NOTES:
        region = QRegion(field).united(lane)
    elif preview.outline or preview.cut_ticks is not None or preview.proposal is not None:
        region = QRegion(field)
    else:
        for note in preview.notes:
            region += picture.rect_of(where(note))
            region += picture.strips.lane_rect_of(Of.VELOCITY, where(note))
    if preview.lane is not None:
        region += QRect(*picture.layout.lane_of(preview.lane))
    if preview.handled is not None:
        area = area_of_handles(picture.grid, preview.handled).translated(field.topLeft())
        region += area.intersected(field)
    if preview.words:
        plate = plate_at(pointer.x, pointer.y, LETTER_PX * len(preview.words) + 24, QRectF(whole_field(picture)))
        region += plate.toAlignedRect().adjusted(-24, -2, 24, 2)
    return region


def whole_field(picture: Picture) -> QRect:
    """The field and the lanes below it, in which words stand beside the hand. [gui]"""
    return QRect(*picture.layout.notes).united(QRect(*picture.layout.below))


def area_of_live(picture: Picture, notes: Sequence[LiveNote], trace: Trace) -> QRect:
    """What a voice that is singing shows: its notes and its pitch. [gui]"""
    times = [float(at) for note in notes for at in (note.start_ticks, note.end_ticks)] + [at for at, _ in trace]
    pitches = [float(note.pitch) for note in notes] + [pitch for _, pitch in trace if pitch == pitch]
    if not times or not pitches:
        return QRect()
    lowest, highest = max(0, int(min(pitches))), min(127, int(max(pitches)) + 1)
    return picture.rect_of(Change(int(min(times)), int(max(times)) + 1, lowest, highest))
