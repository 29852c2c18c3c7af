"""A track's lane as two arrays, when and how much, so that a picture of ten thousand events is made by arithmetic.

A track in; arrays, and where they changed, out. Lives on the app's thread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui.roll.columns import EVERYWHERE, Change
from score.events import Event
from score.note import LAST_TICK
from score.operations.lanes import Lane
from score.score import Track


class LaneValues:
    """What holds in a lane, and from when on. [gui]"""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.ticks: NDArray[np.int64] = np.zeros(0, np.int64)
        self.values: NDArray[np.int64] = np.zeros(0, np.int64)
        self._events: tuple[Event, ...] | None = None

    def follow(self, track: Track | None) -> list[Change]:
        """Take other events, and say where the lane differs. [gui]"""
        events = () if track is None else track.events
        if events is self._events:
            return []
        self._events = events
        values = () if track is None else self.lane.values(track)
        ticks = np.array([at for at, _ in values], np.int64)
        held = np.array([value for _, value in values], np.int64)
        before = (self.ticks, self.values)
        self.ticks, self.values = ticks, held
        return _differences(*before, ticks, held)

    def value_at(self, ticks: float) -> int:
        """What holds at a tick. [gui]"""
        place = int(np.searchsorted(self.ticks, ticks, side="right"))
        return int(self.values[place - 1]) if place else self.lane.neutral

    def between(self, start_ticks: float, end_ticks: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When a value begins to hold and which, from the one that holds at the start on. [gui]"""
        first = int(np.searchsorted(self.ticks, start_ticks, side="right"))
        last = int(np.searchsorted(self.ticks, end_ticks, side="left"))
        ticks = np.append(np.int64(start_ticks), self.ticks[first:last])
        return ticks, np.append(np.int64(self.value_at(start_ticks)), self.values[first:last])


def _differences(
    old_ticks: NDArray[np.int64], old: NDArray[np.int64], ticks: NDArray[np.int64], new: NDArray[np.int64]
) -> list[Change]:
    least = min(len(old), len(new))
    if not len(old) and not len(new):
        return []
    same = (old_ticks[:least] == ticks[:least]) & (old[:least] == new[:least])
    first = int(np.argmin(same)) if not same.all() else least
    if first == len(old) == len(new):
        return []
    most = least - first
    tail = (old_ticks[len(old) - most :] == ticks[len(new) - most :]) & (
        old[len(old) - most :] == new[len(new) - most :]
    )
    last = int(np.argmin(tail[::-1])) if not tail.all() else most
    begins = [int(some[first]) for some in (old_ticks, ticks) if first < len(some)]
    ends = [int(some[len(some) - last]) if last else LAST_TICK for some in (old_ticks, ticks)]
    return [Change(min(begins), max(ends), EVERYWHERE.lowest, EVERYWHERE.highest)]
