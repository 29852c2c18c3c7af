"""What is told ahead of time leaves by a port when its frame comes.

What flows in: things to do, each with a frame of the callback's clock. What flows out: the same, done at that frame, or
as much earlier as somebody wants to be given them, who then keeps them; what is not taken back may be given earlier
still, so that a machine that stumbles does not make it late. One thread of its own, [midi], sleeps until the next is
due.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from realtime.midi.arrival import elapsed_frames
from realtime.midi.poll import fine_timer
from realtime.rights import ask_for_realtime

LONGEST_WAIT_S = 0.02
"""Then the callback's clock is asked again, which may have stumbled or stopped."""

_PRIORITY = 25  # below the thread that reads keys, above the ears'

Deed = Callable[[], object]


class Timetable:
    """Deeds by frame. [any]"""

    def __init__(self, clock: Callable[[], npt.NDArray[Any]], ahead_frames: Callable[[], float] = lambda: 0.0) -> None:
        self._clock, self._ahead_frames = clock, ahead_frames
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, Deed, object, int]] = []
        self._serials = itertools.count()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="midi out", daemon=True)
        self._thread.start()

    @property
    def rate(self) -> float:
        """Frames a second; 0 before there is any sound. [any]"""
        return float(self._clock()["rate"])

    @property
    def waiting(self) -> int:
        """How much is still to be done. [any]"""
        return len(self._waiting)

    def put(self, frame: int, deed: Deed, whose: object = None, early_frames: int = 0) -> None:
        """Do something for a frame, at once where it has passed; of one frame in the order it was put.

        So many frames earlier, if it goes to somebody who keeps it until its time. [any]
        """
        with self._lock:
            heapq.heappush(self._waiting, (frame - early_frames, next(self._serials), deed, whose, early_frames))
        self._wake.set()

    def forget(self, whose: object) -> None:
        """What somebody has put is not meant any more. [any]"""
        with self._lock:
            self._waiting = [each for each in self._waiting if each[3] is not whose]
            heapq.heapify(self._waiting)

    def close(self) -> None:
        """Forget all, and end the thread. [main]"""
        with self._lock:
            self._waiting.clear()
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        ask_for_realtime(_PRIORITY)
        with fine_timer():
            while not self._closing:
                self._wake.wait(self._do_what_is_due())
                self._wake.clear()

    def _do_what_is_due(self) -> float | None:
        """Seconds until the next is due, None while nothing waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                rate = self.rate
                if rate <= 0.0:
                    return LONGEST_WAIT_S
                ahead = self._ahead_frames()
                now = elapsed_frames(time.perf_counter_ns(), self._clock()) + ahead
                wait_frames = self._waiting[0][0] - now
                if wait_frames > 0.5:
                    return min(wait_frames / rate, LONGEST_WAIT_S)
                due, serial, deed, whose, early_frames = heapq.heappop(self._waiting)
                if early_frames and ahead <= 0.0:
                    heapq.heappush(self._waiting, (due + early_frames, serial, deed, whose, 0))
                    continue
            deed()  # without the lock: it may put the next of its kind
