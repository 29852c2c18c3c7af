"""Ears whose voice a string follows: the notes leave as ever, and the follower's knobs are turned beside them.

What flows in: what the ears hear. What flows out: their notes, addressed to the follower, which plays none, so that a
cello beside it plays the keyboards' alone; and two knobs every 4 ms, each at a frame of its own. The line runs behind
the voice by a block of the card, within which the ears have heard what the callback has brought, and by SPARE_S for
the hop on which their thread is kept waiting. [ears]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.follower import RESTS_DB, follower
from realtime.events import EVENT, FROM_VOICE, KNOB, NOW
from realtime.host import Host
from vocello.around_ears import AroundEars, Ears
from vocello.playing.following import Bow, Told
from vocello.playing.rack import FOLLOWER

SPARE_S = 0.002
_LOOK_EVERY_S = 0.005
_HERTZ, _LOUDNESS = (follower.knob_offset(name) for name in ("hertz", "loudness_db"))


class Followed(AroundEars):
    """The ears, and a bow that follows what they hear. [ears]"""

    def __init__(self, inner: Ears, rate: float, host: Callable[[], Host | None], vibrato: float = 1.0) -> None:
        super().__init__(inner)
        self._rate, self._host = rate, host
        self._bow = Bow(rate, vibrato)
        self._piece = max(1, int(_LOOK_EVERY_S * rate))
        self._slot, self._next_frame = 0, 0
        self._bowed = False

    def reset(self, frame: int = 0) -> None:
        """Forget all sound; the next sample is number `frame` of the stream. [ears]"""
        self.inner.reset(frame)
        self._bow.reset(frame)
        self._next_frame = frame
        host = self._host()
        if host is not None and any(slot.name == FOLLOWER for slot in host.rack.slots):  # who knows what plays now
            self._slot = host.rack.number(FOLLOWER)

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """The events that these samples, the first of which is `frame`, bring about. [ears]"""
        made: list[npt.NDArray[Any]] = []
        if frame != self._next_frame:  # samples are missing: the bow sets down anew behind them
            made.append(self._rest())
            self._bow.reset(frame)
        lead = self._lead_frames()
        for start in range(0, len(samples), self._piece):
            piece = samples[start : start + self._piece]
            made.append(self._noted(self.inner.hear(frame + start, piece)))
            told = self._bow.hear(piece, self.inner.live)
            if told:
                made.append(self._turned(told, lead))
        self._next_frame = frame + len(samples)
        return np.concatenate(made) if made else np.zeros(0, EVENT)

    def finish(self) -> npt.NDArray[Any]:
        """The events that end what still sounds. [ears]"""
        return np.concatenate([self._noted(self.inner.finish()), self._rest()])

    def _lead_frames(self) -> int:
        """So long after a moment was heard the string may be told of it, and is not too late."""
        host = self._host()
        block = int(host.record["meters"]["block_frames"][0]) if host is not None else 0
        return block + round(SPARE_S * self._rate)

    def _noted(self, events: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if len(events):
            events = events.copy()
            events["slot"] = self._slot
        return events

    def _turned(self, told: Iterable[Told], lead: int) -> npt.NDArray[Any]:
        rows = []
        for frame, hertz, loudness_db in told:
            for offset, value in ((_HERTZ, hertz), (_LOUDNESS, loudness_db)):  # the bow is set down by the second
                rows.append((frame + lead, value, KNOB, 0, 0, FROM_VOICE, self._slot, offset))
            self._bowed = loudness_db > RESTS_DB
        return np.array(rows, EVENT)

    def _rest(self) -> npt.NDArray[Any]:
        if not self._bowed:
            return np.zeros(0, EVENT)
        self._bowed = False
        return np.array([(NOW, RESTS_DB, KNOB, 0, 0, FROM_VOICE, self._slot, _LOUDNESS)], EVENT)
