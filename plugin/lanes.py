"""Parameters that move by themselves: lanes of points become turns of knobs, a little before they are due.

What flows in: lanes, a rate, and how far the sound has come. What flows out: frames and values. A line between two
points is told every STEP_FRAMES, which is as long as a knob glides, so that what one hears is the line. [main]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from plugin.plan import LanePlan
from realtime.dsp.glide import GLIDE_FRAMES

STEP_FRAMES = GLIDE_FRAMES


@dataclass(frozen=True)
class Turn:
    """A parameter's value from a frame on. [any]"""

    frame: int
    slot: str
    parameter: str
    value: float


class Lanes:
    """All lanes of a rack, told in order of time. [main]"""

    def __init__(self, lanes: tuple[LanePlan, ...], rate: float, begins_at: int) -> None:
        self._told_to = begins_at
        self._waiting = [_turns(lane, rate, begins_at) for lane in lanes if lane.points]
        self._next = [next(turns, None) for turns in self._waiting]

    def until(self, frame: int) -> list[Turn]:
        """What has not been told yet and falls before a frame. [main]"""
        due: list[Turn] = []
        for place, turns in enumerate(self._waiting):
            turn = self._next[place]
            while turn is not None and turn.frame < frame:
                due.append(turn)
                turn = next(turns, None)
            self._next[place] = turn
        return sorted(due, key=lambda turn: turn.frame)


def value_at(lane: LanePlan, seconds: float) -> float:
    """Where a lane stands: before its first point and behind its last it stands still. [any]"""
    after = bisect_right(lane.points, (seconds, float("inf")))
    if after == 0:
        return lane.points[0][1]
    if after == len(lane.points):
        return lane.points[-1][1]
    (from_s, here), (to_s, there) = lane.points[after - 1], lane.points[after]
    return here + (seconds - from_s) / (to_s - from_s) * (there - here)


def _turns(lane: LanePlan, rate: float, begins_at: int) -> Iterator[Turn]:
    last_frame = round(lane.points[-1][0] * rate)
    told = None
    for frame in range(0, last_frame + STEP_FRAMES, STEP_FRAMES):
        # a knob reaches its aim a glide later: it is told now where it is to be then
        value = value_at(lane, (frame + STEP_FRAMES) / rate if frame else 0.0)
        if value != told:
            told = value
            yield Turn(begins_at + frame, lane.slot, lane.parameter, value)
