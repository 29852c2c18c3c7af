"""The ears in one piece: a card's samples in, notes out, with no weights to load.

What flows in: mono samples at the card's rate, in pieces of any size, each with the frame it begins at. What flows
out: events, the moment they are decided, the same however the samples were cut up; and the notes that ended. Runs on
the ears thread; `live` may be read from any.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S, Frames, Hop
from ml.heard import Heard
from ml.notes import Notes, Said
from ml.onset import OnsetDetector
from ml.pitch import SILENCE_DB, PitchTracker
from ml.sounding import Sung
from realtime.events import ALL_SLOTS, EVENT, FROM_VOICE

__all__ = ["Listener", "Live", "Sung"]


class Live(NamedTuple):
    """What the ears hear now, for meters. [any]"""

    f0_hz: float = 0.0
    confidence: float = 0.0  # 0..1
    level_db: float = SILENCE_DB
    note: int | None = None  # the key that sounds


class Listener:
    """Turns a voice into notes while they are sung. [ears]"""

    def __init__(self, rate: float, *, channel: int = 0, bend_range_st: float = 2.0) -> None:
        self.rate = rate
        self.live = Live()
        self._channel = channel
        self._frames = Frames(round(rate))
        self._pitch = PitchTracker()
        self._onset = OnsetDetector()
        self._notes = Notes(bend_range_st, rate * HOP_S)
        self._next_frame: int | None = None

    @property
    def sung(self) -> list[Sung]:
        """The notes that have ended since the last reset, oldest first. [any]"""
        return self._notes.sung

    def reset(self, frame: int = 0) -> None:
        """Forget all sound and all notes; the next sample is number `frame` of the stream. [ears]"""
        self._notes.reset()
        self._forget_sound(frame)

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """The events that these samples, the first of which is `frame`, bring about. [ears]"""
        events: list[tuple[Any, ...]] = []
        if frame != self._next_frame:
            self._jump(frame, events)
        for hop in self._frames.hear(samples):
            self._say(hop.frame, self._understand(hop), events)
        self._next_frame = frame + len(samples)
        return np.array(events, EVENT)

    def finish(self) -> npt.NDArray[Any]:
        """The events that end what still sounds. [ears]"""
        events: list[tuple[Any, ...]] = []
        frame = self._next_frame or 0
        self._say(frame, self._notes.finish(frame), events)
        self.live = self.live._replace(note=None)
        return np.array(events, EVENT)

    def _understand(self, hop: Hop) -> list[Said]:
        pitch = self._pitch.hear(hop.samples)
        onset = self._onset.hear(hop.samples)
        said = self._notes.hear(Heard(hop.frame, pitch.f0_hz, pitch.clarity, pitch.level_db, onset))
        self.live = Live(pitch.f0_hz, pitch.clarity, pitch.level_db, self._notes.key)
        return said

    def _jump(self, frame: int, events: list[tuple[Any, ...]]) -> None:
        """Samples are missing: what sounded ends where they stopped, and the filters start from silence."""
        if self._next_frame is not None:
            self._say(frame, self._notes.interrupt(self._next_frame), events)
        self._forget_sound(frame)

    def _forget_sound(self, frame: int) -> None:
        self._frames.reset(frame)
        self._pitch.reset()
        self._onset.reset()
        self.live = Live()
        self._next_frame = frame

    def _say(self, frame: int, said: list[Said], events: list[tuple[Any, ...]]) -> None:
        events += [(frame, s.value, s.kind, self._channel, s.number, FROM_VOICE, ALL_SLOTS, 0) for s in said]
