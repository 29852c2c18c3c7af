"""A mouth plays drums: hops in, notes of a drum kit out, each within some 20 ms of its strike.

What flows in: hops of `ml/frames.py`. What flows out: `Said`: a note on with its velocity, and 60 ms later its note
off. Runs on the ears thread, in the same state however the stream was cut into hops.

The two hats begin alike, and a drummer does not wait: each is sent as the closed one at once. Where the hiss goes on
for 75 ms the closed hat ends and the open one begins, somewhat softer: a struck hat whose foot is lifted. It lasts as
long as the hiss does, and the next strike on a hat chokes it, as pedals do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.drums.example import HELD_S, STILL_DB
from ml.drums.kit import Kit
from ml.drums.singing import Singing
from ml.drums.sounds import CLOSED_HAT, OPEN_HAT, Sound
from ml.drums.strike import Strike, StrikeFinder
from ml.frames import HOP, RATE_HZ
from ml.pitch import PitchTracker
from ml.said import Said
from realtime.events import NOTE_OFF, NOTE_ON

OFF_AFTER_HOPS = 12  # 60 ms: a sampler plays a drum to its end anyhow, and a DAW draws a note one can grab
OPENS_SOFTER = 0.8  # than the closed hat before it: heard as one stroke that opens, and not as two

_HELD_HOPS = round(HELD_S * RATE_HZ / HOP)
_LONGEST_HOPS = round(4.0 * RATE_HZ / HOP)  # wind in the microphone is no cymbal
_LOUDEST = 4.0  # what Frames never passes; whoever has no Frames before this may send anything
_SOFTEST, _SOFTEST_DB, _HARDEST_DB = 0.08, -50.0, -8.0


class Drums:
    """A kit that listens. [ears]"""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self._finder = StrikeFinder()
        self._tracker = PitchTracker()
        self._singing = Singing()
        self.reset()

    def reset(self) -> None:
        """Forget all sound, and what sounds. [ears]"""
        self._finder.reset()
        self._tracker.reset()
        self._singing.reset()
        self._hops_left: dict[int, int] = {}  # of each key that sounds
        self._hat_hops = -1  # since a hat was struck that may yet open; -1 where none may
        self._hat_velocity, self._hiss_db = 0.0, -120.0
        self._open_key = -1  # the open hat that sounds

    def hear(self, hop: npt.NDArray[np.float32]) -> list[Said]:
        """What these 5 ms bring about. [ears]"""
        said: list[Said] = []
        hop = np.nan_to_num(np.clip(hop, -_LOUDEST, _LOUDEST), copy=False)
        strike = self._finder.hear(hop)
        self._singing.hear(self._tracker.hear(hop))
        self._watch_hat(said)
        for key, left in tuple(self._hops_left.items()):
            self._hops_left[key] = left - 1
            if left <= 1:
                self._end(key, said)
        if strike is not None:
            sound = self.kit.recognise(strike.shape)
            if sound is None or self._sung(sound, strike):
                self._finder.refused()
            else:
                self._play(sound, strike, said)
        return said

    def finish(self) -> list[Said]:
        """End what still sounds. [ears]"""
        said: list[Said] = []
        for key in tuple(self._hops_left):
            self._end(key, said)
        self._hat_hops = -1
        return said

    def _sung(self, sound: Sound, strike: Strike) -> bool:
        """Whether it rather belongs to a word; a sound that was taught may have any pitch."""
        return self._singing.doubts(strike.level_db) or (not sound.examples and self._singing.vowel())

    def _play(self, sound: Sound, strike: Strike, said: list[Said]) -> None:
        velocity = velocity_of(strike.level_db)
        self._singing.struck()
        if sound.name == CLOSED_HAT:
            self._end(self._open_key, said)
            self._hat_hops, self._hat_velocity = strike.age_samples // HOP, velocity
            self._hiss_db = self._finder.hiss_db()
        self._begin(sound.key, velocity, OFF_AFTER_HOPS, said)

    def _watch_hat(self, said: list[Said]) -> None:
        """Open the hat whose hiss goes on, and close it where that has ended."""
        hiss_db = self._finder.hiss_db()
        lasts = hiss_db > self._hiss_db - STILL_DB
        if self._open_key >= 0 and not lasts:
            self._end(self._open_key, said)
        if self._hat_hops < 0:
            return
        self._hat_hops = self._hat_hops + 1 if lasts else -1
        if self._hat_hops >= _HELD_HOPS:
            self._hat_hops = -1
            closed, opened = self.kit.find(CLOSED_HAT), self.kit.find(OPEN_HAT)
            if closed is not None and opened is not None:
                self._end(closed.key, said)
                self._begin(opened.key, OPENS_SOFTER * self._hat_velocity, _LONGEST_HOPS, said)
                self._open_key = opened.key

    def _begin(self, key: int, velocity: float, hops: int, said: list[Said]) -> None:
        self._end(key, said)
        said.append(Said(NOTE_ON, key, velocity))
        self._hops_left[key] = hops

    def _end(self, key: int, said: list[Said]) -> None:
        if self._hops_left.pop(key, None) is not None:
            said.append(Said(NOTE_OFF, key, 0.0))
        if key == self._open_key:
            self._open_key = -1


def velocity_of(level_db: float) -> float:
    """How hard a strike was, 0..1. [any]"""
    share = (level_db - _SOFTEST_DB) / (_HARDEST_DB - _SOFTEST_DB)
    return min(1.0, max(_SOFTEST, _SOFTEST + (1.0 - _SOFTEST) * share))
