"""Which part of the widget is what: keys at the left, bars above, lanes below, notes in the middle. Pure. [any]"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from gui.roll.kinds import ROOM_PX, VELOCITIES, Kind, Of, OpenLane
from gui.theme import metrics

KEYS_PX = 18 * metrics.UNIT_PX
RULER_PX = 8 * metrics.UNIT_PX
LOOP_PX = 3 * metrics.UNIT_PX
"""The upper part of the ruler, where a loop is drawn and dragged."""

CHORDS_PX = 5 * metrics.UNIT_PX
"""The band under the ruler in which chords are named."""

EDGE_PX = 4
"""So near to the upper edge of a lane the hand takes hold of it."""

LEAST_NOTES_PX = 20 * metrics.UNIT_PX


class Rect(NamedTuple):
    """A rectangle in pixels. [any]"""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies within. [any]"""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Region(Enum):
    """Where the hand is. [any]"""

    NOTES = "notes"
    KEYS = "keys"
    RULER = "ruler"
    CHORDS = "chords"
    LANE = "lane"
    EDGE = "edge"
    """Of a lane, by which it is made higher or lower."""
    CORNER = "corner"


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a roll of this size. [any]"""

    width: int
    height: int
    open_lanes: tuple[OpenLane, ...] = (VELOCITIES,)
    names_chords: bool = False
    notes: Rect = field(init=False, compare=False)
    """The field of notes."""
    lanes: tuple[Rect, ...] = field(init=False, compare=False)
    """One under the other, in the order in which they are open."""

    def __post_init__(self) -> None:
        above = self.above
        below = max(1, self.height - above - metrics.SCROLL_BAR_PX)
        wide = max(1, self.width - metrics.SCROLL_BAR_PX - KEYS_PX)
        wanted = sum(lane.height_px for lane in self.open_lanes)
        # Lanes give way where a window is very low.
        room = max(0, min(wanted, below - LEAST_NOTES_PX))
        heights = [lane.height_px * room // wanted for lane in self.open_lanes] if wanted else []
        notes = Rect(KEYS_PX, above, wide, max(1, below - sum(heights)))
        top, lanes = notes.y + notes.height, []
        for height in heights:
            lanes.append(Rect(KEYS_PX, top, wide, height))
            top += height
        object.__setattr__(self, "notes", notes)
        object.__setattr__(self, "lanes", tuple(lanes))

    @property
    def above(self) -> int:
        """What stands above the notes. [any]"""
        return RULER_PX + (CHORDS_PX if self.names_chords else 0)

    @property
    def keys(self) -> Rect:
        """The keyboard. [any]"""
        return Rect(0, self.notes.y, KEYS_PX, self.notes.height)

    @property
    def ruler(self) -> Rect:
        """Bars. [any]"""
        return Rect(KEYS_PX, 0, self.notes.width, RULER_PX)

    @property
    def chords(self) -> Rect:
        """Names of chords; no height where there are none. [any]"""
        return Rect(KEYS_PX, RULER_PX, self.notes.width, self.above - RULER_PX)

    @property
    def lane(self) -> Rect:
        """Velocities; no height where they are not shown. [any]"""
        return self.lane_of(Of.VELOCITY)

    @property
    def below(self) -> Rect:
        """All lanes together. [any]"""
        top = self.notes.y + self.notes.height
        return Rect(KEYS_PX, top, self.notes.width, sum(lane.height for lane in self.lanes))

    def lane_of(self, kind: Kind) -> Rect:
        """Where a lane of this kind is; no height where it is not open. [any]"""
        for lane, rect in zip(self.open_lanes, self.lanes, strict=True):
            if lane.kind == kind:
                return rect
        return Rect(KEYS_PX, self.notes.y + self.notes.height, self.notes.width, 0)

    def kind_at(self, y: float) -> Kind | None:
        """What the lane at this height is of. [any]"""
        for lane, rect in zip(self.open_lanes, self.lanes, strict=True):
            if rect.y <= y < rect.y + rect.height:
                return lane.kind
        return None

    def edge_at(self, x: float, y: float) -> Kind | None:
        """The lane whose upper edge the hand can take hold of here; a finger drags its name instead. [any]"""
        if not KEYS_PX <= x < KEYS_PX + self.notes.width or y < self.notes.y:
            return None
        for lane, rect in zip(self.open_lanes, self.lanes, strict=True):
            if rect.height > EDGE_PX and rect.y - EDGE_PX <= y < rect.y + EDGE_PX:
                return lane.kind
        return None

    def region(self, x: float, y: float) -> Region:
        """What lies at a point. [any]"""
        if self.edge_at(x, y) is not None:
            return Region.EDGE
        for region, rect in (
            (Region.NOTES, self.notes),
            (Region.KEYS, self.keys),
            (Region.RULER, self.ruler),
            (Region.CHORDS, self.chords),
            (Region.LANE, self.below),
        ):
            if rect.holds(x, y):
                return region
        return Region.CORNER


def y_of_velocity(lane: Rect, velocity: float) -> float:
    """Where the head of a stem lies. [any]"""
    return lane.y + lane.height - ROOM_PX - (lane.height - 2 * ROOM_PX) * velocity / 127


def velocity_at(lane: Rect, y: float) -> int:
    """How loud a place in the lane is, 1 to 127. [any]"""
    part = (lane.y + lane.height - ROOM_PX - y) / max(1, lane.height - 2 * ROOM_PX)
    return min(max(round(127 * part), 1), 127)
