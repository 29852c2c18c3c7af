"""Which frame the engine plays now, between two looks at its meters. [gui]"""

from __future__ import annotations

import time
from typing import Any

import numpy.typing as npt

_FURTHEST_S = 0.5
"""Of an engine that has not been heard of for so long the frame stands still."""


class Clock:
    """Counts on from the newest block. [gui]"""

    def __init__(self) -> None:
        self.rate = 48_000.0
        self._frame, self._began_ns = 0, 0

    def look(self, meters: npt.NDArray[Any]) -> None:
        """The newest block. [gui]"""
        if float(meters["rate"]) > 0.0:
            self.rate = float(meters["rate"])
        self._frame, self._began_ns = int(meters["frame"]), int(meters["began_ns"])

    @property
    def frame(self) -> int:
        """The frame that sounds now, as near as one can say. [gui]"""
        if self._began_ns == 0:
            return self._frame
        since_s = min(max((time.monotonic_ns() - self._began_ns) / 1e9, 0.0), _FURTHEST_S)
        return self._frame + int(since_s * self.rate)
