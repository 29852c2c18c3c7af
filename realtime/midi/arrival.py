"""When a MIDI message arrived, and which frame that is.

What flows in: the moment a message was read from the driver's queue, and the seconds that the driver
counted between it and the message before. What flows out: the moment it arrived, free of the reader's own
lateness, and the frame at which it is to sound: one block later, so that two notes stand as far apart in
sound as under the fingers. Values only; used on the MIDI thread.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from realtime.events import NOW


class Arrivals:
    """The driver's clock of one port, laid on ours.

    A message read now arrived after the last moment the queue was seen empty: within these bounds the
    driver's intervals are believed. So a reader that was held up for 50 ms still stamps a run of notes as it
    was played, and an interval that the driver kept to itself, of a message it filtered, costs no more than
    the bounds are wide.
    """

    def __init__(self) -> None:
        self._driver_ns = 0
        self._ours_less_driver_ns: int | None = None

    def stamp(self, interval_s: float, read_ns: int, empty_ns: int) -> int:
        """The nanosecond of its arrival; `empty_ns` is when the queue was last seen empty. [midi]"""
        self._driver_ns += round(interval_s * 1e9)
        if self._ours_less_driver_ns is None:
            self._ours_less_driver_ns = read_ns - self._driver_ns
        arrived_ns = self._driver_ns + self._ours_less_driver_ns
        held_ns = min(max(arrived_ns, empty_ns), read_ns)
        self._ours_less_driver_ns += held_ns - arrived_ns
        return held_ns


def frame_of(at_ns: int, clock: npt.NDArray[Any]) -> int:
    """The frame at which what came then sounds, by the newest CLOCK; NOW before the first block. [midi]"""
    if clock["rate"] <= 0.0:
        return NOW
    return max(round(elapsed_frames(at_ns, clock)) + int(clock["block_frames"]), 0)


def elapsed_frames(at_ns: int, clock: npt.NDArray[Any]) -> float:
    """The frame that this moment is, if the newest block began with its first. [any]"""
    return int(clock["frame"]) + (at_ns - int(clock["began_ns"])) * float(clock["rate"]) / 1e9
