"""Deliberate load: what a busy Python program does to its own threads, only worse.

What flows in: a duration. What flows out: a process in which the interpreter's lock is held for 50 ms at a time by
two threads, and garbage is collected without need. [worker]
"""

from __future__ import annotations

import gc
import threading
from time import perf_counter
from types import TracebackType

HOLD_S = 0.050
_HOLDERS = 2
_PAUSE_S = 0.005
_COLLECT_EVERY_S = 0.25


class Load:
    """Runs while its `with` block does. [main]"""

    def __init__(self) -> None:
        self.holds = 0
        self.longest_hold_s = 0.0
        self.collections = 0
        self._count = _calibrate()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._hold, daemon=True) for _ in range(_HOLDERS)]
        self._threads.append(threading.Thread(target=self._collect, daemon=True))

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _hold(self) -> None:
        while not self._done.is_set():
            began = perf_counter()
            sum(range(self._count))  # one call into C: the interpreter cannot switch threads before it returns
            self.longest_hold_s = max(self.longest_hold_s, perf_counter() - began)
            self.holds += 1
            self._done.wait(_PAUSE_S)

    def _collect(self) -> None:
        while not self._done.wait(_COLLECT_EVERY_S):
            ring: list[object] = []
            for _ in range(1000):
                ring = [ring]
            gc.collect()
            self.collections += 1


def _calibrate() -> int:
    """How many numbers this machine adds up in HOLD_S."""
    count = 100_000
    while True:
        began = perf_counter()
        sum(range(count))
        took = perf_counter() - began
        if took >= HOLD_S / 4:
            return round(count * HOLD_S / took)
        count *= 2
