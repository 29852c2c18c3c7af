"""A thread for what takes its time: one errand after the other, and no end before the last is done.

Functions in; what they do is their own affair. An errand that fails in a way nobody thought of does not keep the next
from being run. [gui]
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable

_ENDS_WITHIN_S = 60.0


class Worker:
    """One thread, which begins with the first errand. [gui]"""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.is_closing = False
        """Whether an errand that nobody will ask for any more should end early."""

    def run(self, errand: Callable[[], object]) -> None:
        """Have this done, after all that waits. [gui]"""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._waiting.put(errand)

    def wait(self) -> None:
        """Until all that was asked for is done. [gui]"""
        if self._thread is not None:
            done = threading.Event()
            self._waiting.put(done.set)
            done.wait()

    def close(self) -> None:
        """Do what waits, and end; what takes too long is left. [gui]"""
        self.is_closing = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_ENDS_WITHIN_S)
            self._thread = None

    def _run(self) -> None:
        while (errand := self._waiting.get()) is not None:
            try:
                errand()
            except Exception:
                traceback.print_exc()
