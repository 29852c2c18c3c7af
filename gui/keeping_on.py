"""The music goes on while the window is busy: a large piece is laid out, a dialog of the system holds all still.

What flows in: how far the engine has come, looked at by itself. What flows out: a word to whoever tells the engine what
is due. One thread of its own, [worker], fifty times a second while there is music. No Qt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from gui.clock import Clock

LOOKS_EVERY_S = 0.02


class KeepingOn:
    """Looks at the engine's frames beside the window. [gui]"""

    def __init__(
        self, meters: Callable[[], npt.NDArray[Any] | None], plays: Callable[[], bool], tell: Callable[[int], object]
    ) -> None:
        self._meters, self._plays, self._tell = meters, plays, tell
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="music goes on", daemon=True)

    def begin(self) -> None:
        """From now on. [gui]"""
        self._thread.start()

    def close(self) -> None:
        """No more. [gui]"""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        clock = Clock()
        while not self._ends.wait(LOOKS_EVERY_S):
            if self._plays() and (meters := self._meters()) is not None:
                clock.look(meters)
                self._tell(clock.frame)
