"""The ears at work: the microphone's ring in, notes out, to the rack and to the MIDI port.

What flows in: samples from the callback's capture ring, whole and stamped. What flows out: events, the moment the
listener decides on them: notes at once, knobs at the frame they name, since a line that is followed must not be jolted
by where a block happens to end. Live it runs on a thread of its own; a file device calls `step` between its blocks
instead, so that the notes of a file fall on the same frame each time. [ears]
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.atomics import load_acquire, sleep_ns
from realtime.block import Block
from realtime.door.window import PITCH
from realtime.events import FROM_VOICE, KNOB, NOW
from realtime.host import Host
from realtime.rights import ask_for_realtime
from realtime.ring import waiting

_NAP = 0.88  # of a block: the next one is hardly there earlier, and each look costs the processor a wake
_NAP_AT_MOST_NS = 20_000_000
_POLL = 0.08  # of a block, within these:
_POLL_BETWEEN_NS = 200_000, 1_000_000
_LOOK_EVERY_S = 0.005  # the line of the pitch has this many points, however long the card's blocks are
_BEHIND = 20  # pieces that wait: then catching up matters, and the line of the pitch has a gap
_LOCK_IS_ASKED_FOR_S = 0.001
_LOOK_UP_AFTER_POLLS = 100  # so that a stopped card does not keep the thread asleep in compiled code


class Live(Protocol):
    """What is heard at this moment. [any]"""

    @property
    def f0_hz(self) -> float:
        """0 where nobody sings. [any]"""

    @property
    def confidence(self) -> float:
        """0 to 1. [any]"""

    @property
    def level_db(self) -> float:
        """Of full scale. [any]"""


class Listener(Protocol):
    """What the engine needs of anything that turns a voice into notes. [ears]"""

    @property
    def live(self) -> Live:
        """What is heard at this moment, for those who watch. [any]"""

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """The events that these samples, the first of which is `frame`, bring about. [ears]"""

    def finish(self) -> npt.NDArray[Any]:
        """The events that end what still sounds. [ears]"""

    def reset(self, frame: int = 0) -> None:
        """Forget all sound; the next sample is number `frame` of the stream. [ears]"""


@dataclass
class Delivered:
    """What became of the ears' events, counted for whoever asks. [any]"""

    events: int = 0
    refused: int = 0  # the callback's ring was full
    steps: int = 0


class Hearing:
    """A listener between the capture ring and those who want its notes. [ears]"""

    def __init__(
        self,
        host: Host,
        listener: Listener,
        notes_out: Sequence[Callable[[npt.NDArray[Any]], object]] = (),
        pitches_out: Callable[[npt.NDArray[Any]], object] | None = None,
    ) -> None:
        self.listener = listener
        self.delivered = Delivered()
        self.trouble = ""
        """What went wrong on the ears' thread, until somebody has told it."""
        self._host = host
        self._notes_out, self._pitches_out = tuple(notes_out), pitches_out
        self._nap_ns, self._poll_ns = 0, _POLL_BETWEEN_NS[1]
        self._piece = max(1, round(_LOOK_EVERY_S * host.rate))
        host.capture.skip()  # what was said before anybody listened
        listener.reset(host.capture.frame)
        self._stop = Block(8)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on a thread of its own. [main]"""
        # A network gives Python's lock away once a hop; whoever holds it then gives it back in time for the next.
        sys.setswitchinterval(min(sys.getswitchinterval(), _LOCK_IS_ASKED_FOR_S))
        self._stop.view(np.int64)[0] = 0
        _wait_for_sound.compile("boolean(uint64, int64, int64, int64, uint64)")
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and what still sounds. [main]"""
        self._stop.view(np.int64)[0] = 1
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.step()
        self._deliver(self.listener.finish())

    def step(self) -> None:
        """Hear all that waits in the ring. [ears]"""
        self.delivered.steps += 1
        while len(self._host.capture):
            frame, samples = self._host.capture.read()
            lasts_ns = len(samples) / self._host.rate * 1e9
            self._nap_ns = min(round(_NAP * lasts_ns), _NAP_AT_MOST_NS)
            self._poll_ns = min(max(round(_POLL * lasts_ns), _POLL_BETWEEN_NS[0]), _POLL_BETWEEN_NS[1])
            piece = self._piece if len(samples) < _BEHIND * self._piece else len(samples)
            for start in range(0, len(samples), piece):
                self._hear(frame + start, samples[start : start + piece])

    def _run(self) -> None:
        ask_for_realtime(20)
        ring, stop = self._host.capture.address, np.uint64(self._stop.address)
        while not self._stop.view(np.int64)[0]:
            if not _wait_for_sound(ring, self._nap_ns, self._poll_ns, _LOOK_UP_AFTER_POLLS, stop):
                continue
            try:
                self.step()
            except Exception as error:  # deaf ears that look as if they listened would be the worst of all
                self.trouble = f"{type(error).__name__}: {error}"
                self.listener.reset(self._host.capture.frame)

    def _hear(self, frame: int, samples: npt.NDArray[np.float32]) -> None:
        self._deliver(self.listener.hear(frame, samples))
        if self._pitches_out is not None:
            live = self.listener.live
            level = 10.0 ** (live.level_db / 20.0)
            self._pitches_out(np.array([(frame + len(samples), live.f0_hz, live.confidence, level)], PITCH))

    def _deliver(self, events: npt.NDArray[Any]) -> None:
        if not len(events):
            return
        knobs = events["kind"] == KNOB
        notes = events if not knobs.any() else events[~knobs]
        if len(notes):
            for out in self._notes_out:  # the port first: a DAW is further away than our own next block
                out(notes)
        now = events.copy()
        now["frame"][~knobs] = NOW
        self.delivered.events += len(now)
        if not self._host.send(FROM_VOICE, now):
            self.delivered.refused += len(now)


@njit(nogil=True, cache=True, error_model="numpy")
def _wait_for_sound(ring: int, nap_ns: int, poll_ns: int, polls: int, stop: int) -> bool:
    """Sleep until something waits in the ring; the lock of Python's is free meanwhile. [ears]"""
    if nap_ns > 0 and waiting(ring) == 0:
        sleep_ns(nap_ns)
    for _ in range(polls):
        if waiting(ring) > 0:
            return True
        if load_acquire(stop) != 0:
            return False
        sleep_ns(poll_ns)
    return False
