"""What a lane under the notes can hold, and where in it a value lies. Pure values, safe on any thread.

Velocity, pressure and timbre belong to notes and go with them; a `Lane` of score.operations belongs to the track.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from gui.theme import metrics
from score.note import NEUTRAL_PRESSURE, NEUTRAL_TIMBRE
from score.operations.lanes import Lane

LANE_PX = 24 * metrics.UNIT_PX
LEAST_LANE_PX, MOST_LANE_PX = 12 * metrics.UNIT_PX, 60 * metrics.UNIT_PX
ROOM_PX = 2 * metrics.UNIT_PX
"""In a lane, above the greatest value and below the least."""


class Of(Enum):
    """What a note has of its own. [any]"""

    VELOCITY = "velocity"
    PRESSURE = "pressure"
    TIMBRE = "timbre"


Kind = Of | Lane


@dataclass(frozen=True, slots=True)
class OpenLane:
    """A lane that is shown, and how high the hand has made it. [any]"""

    kind: Kind
    height_px: int = LANE_PX


VELOCITIES = OpenLane(Of.VELOCITY)


class Span(NamedTuple):
    """The least and the greatest value, and the one that means nothing is done. [any]"""

    lowest: int
    highest: int
    neutral: int


_OF_NOTES = {
    Of.VELOCITY: Span(0, 127, 0),
    Of.PRESSURE: Span(0, 127, NEUTRAL_PRESSURE),
    Of.TIMBRE: Span(0, 127, NEUTRAL_TIMBRE),
}


def span_of(kind: Kind) -> Span:
    """What values a lane has. [any]"""
    return _OF_NOTES[kind] if isinstance(kind, Of) else Span(kind.lowest, kind.highest, kind.neutral)


def y_of_value(kind: Kind, top: float, height: float, value: float) -> float:
    """Where a value lies in a lane. [any]"""
    low, high, _ = span_of(kind)
    return top + height - ROOM_PX - (height - 2 * ROOM_PX) * (value - low) / (high - low)


def value_at_y(kind: Kind, top: float, height: float, y: float) -> float:
    """The value at a place, within what the lane can say. [any]"""
    low, high, _ = span_of(kind)
    part = (top + height - ROOM_PX - y) / max(1.0, height - 2 * ROOM_PX)
    return low + (high - low) * min(max(part, 0.0), 1.0)
