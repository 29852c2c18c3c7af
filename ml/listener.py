"""The ears in one piece: a card's samples in, notes out.

What flows in: mono samples at the card's rate, in pieces of any size, each with the frame it begins at. What flows
out: events, the moment they are decided, the same however the samples were cut up; and the notes that ended. Runs on
the ears thread; `live` may be read from any.

One hop goes through the ear, which says what is sung; through the shape, which makes of it what is played; and, where
that is asked for, into time. A mouth that drums is heard beside, on a channel of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.beat.grid import Beat
from ml.drums.sounds import CHANNEL as DRUM_CHANNEL
from ml.ear import Ear, best_ear
from ml.frames import HOP_S, Frames
from ml.said import Live, Said, Sung
from ml.shaping import Shaper
from ml.timing import Timing
from ml.wish import Hearing
from realtime.events import ALL_SLOTS, EVENT, FROM_VOICE
from score.errors import ModelError

__all__ = ["Listener", "Live", "Sung"]

_AS_HEARD = Hearing()
_NO_EVENTS = np.zeros(0, EVENT)


class Listener:
    """Turns a voice into notes while they are sung. [ears]"""

    def __init__(self, rate: float, hearing: Hearing = _AS_HEARD, *, ear: Ear | None = None) -> None:
        self.rate = rate
        self.hearing = hearing
        self.trouble: ModelError | None = None  # why the ears are only those of rules
        self._frames = Frames(round(rate))
        if ear is None:
            ear, self.trouble = best_ear(hearing, rate * HOP_S)
        self._ear = ear
        self._shaper = Shaper(hearing.shape, HOP_S)  # also where nothing is to be shaped: it knows the key
        self._timing = None if hearing.quantise is None else Timing(hearing.quantise, rate)
        self._drums = _drums() if hearing.drums else None
        self._next_frame: int | None = None
        self._known_frame = 0  # when the newest hop was complete

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended since the last reset, oldest first. [any]"""
        return self._ear.sung

    @property
    def live(self) -> Live:
        """What is heard at this moment. [any]"""
        return self._ear.live._replace(frame=self._known_frame)

    @property
    def key_name(self) -> str | None:
        """The key that is played in, chosen or found. [any]"""
        return self._shaper.key_name

    @property
    def beat(self) -> Beat | None:
        """The beat that is played to, where there is one. [any]"""
        return self._timing.beat(self._next_frame or 0) if self._timing is not None else None

    def reset(self, frame: int = 0) -> None:
        """Forget all sound and all notes; the next sample is number `frame` of the stream. [ears]"""
        self._ear.reset()
        for part in (self._shaper, self._timing, self._drums):
            if part is not None:
                part.reset()
        self._frames.reset(frame)
        self._next_frame = self._known_frame = frame

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """The events that these samples, the first of which is `frame`, bring about. [ears]"""
        events: list[tuple[Any, ...]] = []
        if frame != self._next_frame:
            self._jump(frame, events)
        for hop in self._frames.hear(samples):
            self._known_frame = hop.frame
            self._say(hop.frame, self._ear.hear(hop), events)
            if self._drums is not None:
                self._tell(hop.frame, self._drums.hear(hop.samples), DRUM_CHANNEL, events)
        self._next_frame = frame + len(samples)
        return np.array(events, EVENT) if events else _NO_EVENTS

    def finish(self) -> npt.NDArray[Any]:
        """The events that end what still sounds. [ears]"""
        events: list[tuple[Any, ...]] = []
        frame = self._next_frame or 0
        self._end(frame, self._ear.finish(frame), events)
        return np.array(events, EVENT)

    def _jump(self, frame: int, events: list[tuple[Any, ...]]) -> None:
        """Samples are missing: what sounded ends where they stopped, and the filters start from silence."""
        if self._next_frame is not None:
            self._end(frame, self._ear.interrupt(self._next_frame), events)
        self._frames.reset(frame)
        self._next_frame = frame

    def _end(self, frame: int, said: list[Said], events: list[tuple[Any, ...]]) -> None:
        self._say(frame, said, events)
        self._time(frame, self._shaper.finish(), events)
        if self._timing is not None:
            for at, each in self._timing.finish():
                self._tell(at, [each], self.hearing.channel, events)
        if self._drums is not None:
            self._tell(frame, self._drums.finish(), DRUM_CHANNEL, events)

    def _say(self, frame: int, said: list[Said], events: list[tuple[Any, ...]]) -> None:
        self._time(frame, self._shaper.shape(said), events)

    def _time(self, frame: int, said: list[Said], events: list[tuple[Any, ...]]) -> None:
        if self._timing is None:
            self._tell(frame, said, self.hearing.channel, events)
            return
        for at, each in self._timing.shape(frame, said):
            self._tell(at, [each], self.hearing.channel, events)

    @staticmethod
    def _tell(frame: int, said: list[Said], channel: int, events: list[tuple[Any, ...]]) -> None:
        events += [(frame, s.value, s.kind, channel, s.number, FROM_VOICE, ALL_SLOTS, 0) for s in said]


def _drums() -> Any:
    from ml.drums.drums import Drums
    from ml.drums.kit import Kit
    from ml.drums.kit_file import kit_path

    return Drums(Kit.load(kit_path()))
