"""A listener that keeps what it hears: a mouth that teaches the kit a sound.

What flows in: samples at the card's rate. What flows out: no events; the recording at 16 kHz, and each strike the
moment it lands, for whoever shows them. Heard on the ears thread, read from the main one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.drums.strike import Strike, StrikeFinder
from ml.frames import HOP_S, Frames
from realtime.events import EVENT

LONGEST_S = 600.0
"""What comes later is not kept: nobody teaches one sound for longer, and memory is not endless."""


class Level(NamedTuple):
    """What meters ask of a listener; a take listens for no pitch. [any]"""

    f0_hz: float = 0.0
    confidence: float = 0.0
    level_db: float = -120.0


class Take:
    """A recording of hits. [ears]"""

    def __init__(self, rate: float) -> None:
        self.live = Level()
        self.strikes: list[Strike] = []
        """As they land; other threads may read it, and only its end ever changes."""
        self._hops: list[npt.NDArray[np.float32]] = []
        self._frames = Frames(round(rate))
        self._finder = StrikeFinder()
        self._next_frame = 0

    @property
    def seconds(self) -> float:
        """How much was kept. [any]"""
        return len(self._hops) * HOP_S

    @property
    def samples(self) -> npt.NDArray[np.float32]:
        """All that was kept, at 16 kHz. [any]"""
        return np.concatenate(self._hops) if self._hops else np.zeros(0, np.float32)

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Keep these samples; no events. [ears]"""
        if frame != self._next_frame:
            self._frames.reset(frame)
            self._finder.reset()
        self._next_frame = frame + len(samples)
        for hop in self._frames.hear(samples):
            strike = self._finder.hear(hop.samples)
            if self.seconds < LONGEST_S:
                self._hops.append(hop.samples)
                if strike is not None:
                    self.live = Level(level_db=strike.level_db)
                    self.strikes.append(strike)
        return np.zeros(0, EVENT)

    def finish(self) -> npt.NDArray[Any]:
        """Nothing sounds; what was kept stays. [ears]"""
        return np.zeros(0, EVENT)

    def reset(self, frame: int = 0) -> None:
        """A new take: forget all; the next sample is number `frame` of the stream. [ears]"""
        self._frames.reset(frame)
        self._finder.reset()
        self.strikes.clear()
        self._hops.clear()
        self._next_frame = frame
