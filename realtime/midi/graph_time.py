"""Two counters of frames laid on each other: that of our callback, and that of the JACK graph that a port lives in.

What flows in: the callback's clock, and the port's own word of when its cycles begin. What flows out: how far they are
apart. Of one thread.

Where our sound runs in the same graph, each block of ours belongs to one cycle and both counters go on together: the
distance between them is a whole number, which most blocks agree upon even when a machine stands still now and then. A
message is then on its frame, exactly. Where the sound runs elsewhere there is no such number, and frames mean nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from math import floor
from typing import Any

import numpy.typing as npt

from realtime.latest import Reader

_AGREE_OF = 9
_LATE_SHARE = 0.25
"""Of a cycle: threads of one cycle wake in any order, and so much earlier than the port may our callback have begun."""
_STALE_S = 0.5
_FIRM_VOTES, _DOUBTED_FOR = 5, 100
"""On a machine that stumbles blocks contradict each other for a while; what so many agreed upon is still true then."""
_BEGINNINGS = 8


class GraphTime:
    """The frames of a graph, as a stream of ours sees them. [any]"""

    def __init__(self, cycles: Reader) -> None:
        self._cycles = cycles
        self._cycle = cycles.read()
        self._apart: deque[int] = deque(maxlen=_AGREE_OF)
        self._agreed: int | None = None
        self._doubts = 0
        self._newest_frame = -1
        self._beginnings: deque[float] = deque(maxlen=_BEGINNINGS)

    def learn(self, clock: npt.NDArray[Any]) -> None:
        """Look where both counters stand now. [any]"""
        cycle = self._cycles.read()
        rate = float(cycle["rate"])
        if rate <= 0.0:
            return
        if int(cycle["frame"]) != int(self._cycle["frame"]):
            self._beginnings.append(int(cycle["began_ns"]) - int(cycle["frame"]) * 1e9 / rate)
        self._cycle = cycle
        frame = int(clock["frame"])
        if float(clock["rate"]) != rate or frame < self._newest_frame:  # another stream
            self._apart.clear()
            self._agreed, self._newest_frame = None, -1
        if float(clock["rate"]) != rate or frame == self._newest_frame:
            return
        self._newest_frame = frame
        length = int(cycle["block_frames"])
        behind = (int(clock["began_ns"]) - int(cycle["began_ns"])) * rate / 1e9 / length
        if abs(behind) * length < _STALE_S * rate:
            self._apart.append(int(cycle["frame"]) + floor(behind + _LATE_SHARE) * length - frame)
            self._agree()

    @property
    def apart(self) -> int | None:
        """Frames that the graph is ahead of our stream; None while they do not go together. [any]"""
        return self._agreed

    def _agree(self) -> None:
        frames, votes = Counter(reversed(self._apart)).most_common(1)[0]
        if 2 * votes > len(self._apart):
            self._agreed = frames
            self._doubts = 0 if votes >= _FIRM_VOTES else _DOUBTED_FOR
            return
        self._doubts += 1
        if self._doubts > _DOUBTED_FOR:
            self._agreed = None

    def ns_of(self, frame: int) -> int:
        """When this frame of the graph was, by the machine's clock: a cycle wakes late, and never early. [any]"""
        return round(min(self._beginnings) + frame * 1e9 / float(self._cycle["rate"]))
