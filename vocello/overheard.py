"""A listener that is listened to: the ears work as ever, and somebody is told all that goes in and comes out.

What flows in and out: what the real listener hears and says, untouched. What goes aside: the same samples, events and
ended notes, to a function that must not wait, since the ears do while it runs. [ears]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.said import Sung
from vocello.around_ears import AroundEars, Ears

Tell = Callable[[int, npt.NDArray[np.float32], npt.NDArray[Any], Sequence[Sung]], None]
"""The frame of the first sample, the samples, the events they brought about, the notes that ended."""

_NOTHING = np.zeros(0, np.float32)


class Overheard(AroundEars):
    """The ears, with a witness. [ears]"""

    def __init__(self, inner: Ears, tell: Tell) -> None:
        super().__init__(inner)
        self._tell = tell
        self._told = 0
        self._next_frame = 0

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Pass on, and tell. [ears]"""
        events = self.inner.hear(frame, samples)
        self._next_frame = frame + len(samples)
        self._tell(frame, samples, events, self._ended())
        return events

    def finish(self) -> npt.NDArray[Any]:
        """Pass on, and tell. [ears]"""
        events = self.inner.finish()
        self._tell(self._next_frame, _NOTHING, events, self._ended())
        return events

    def reset(self, frame: int = 0) -> None:
        """Pass on; what was sung so far is forgotten there, and was told here. [ears]"""
        self.inner.reset(frame)
        self._told, self._next_frame = 0, frame

    def _ended(self) -> Sequence[Sung]:
        sung = self.inner.sung
        if len(sung) == self._told:
            return ()
        ended = tuple(sung[self._told :])
        self._told += len(ended)
        return ended
