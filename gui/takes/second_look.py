"""Who listens to a take once more: a process of its own, one take after the other, while the window goes on.

Takes by their files in; what was meant is laid beside each, and its file told. Nothing heavy is loaded here: another
process does it, as `vocello listen --refine` in a terminal would. [gui]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from PyQt6.QtCore import QObject, pyqtSignal

from gui.errands import Errand
from gui.session.refined import meant_in, read_meant, write_meant
from score.errors import FileError


class Sent(Protocol):
    """Someone on an errand. [gui]"""

    done: Any
    failed: Any

    def begin(self) -> None:
        """Go. [gui]"""

    def give_up(self) -> None:
        """Come back with nothing. [gui]"""


class SecondLook(QObject):
    """Listens to takes once more. [gui]"""

    begun = pyqtSignal(str)
    """Somebody listens to this take."""
    found = pyqtSignal(str)
    """What was meant in this take lies beside it now: `gui.session.refined` says what is open."""
    failed = pyqtSignal(str, str)
    """This take could not be listened to, and why."""

    def __init__(
        self,
        path_of: Callable[[str], Path],
        send: Callable[[Sequence[str]], Sent] = Errand,
        parent: QObject | None = None,
    ) -> None:
        """`path_of` says where the sound of a take is."""
        super().__init__(parent)
        self._path_of, self._send = path_of, send
        self._waiting: deque[str] = deque()
        self._now: Sent | None = None
        self._file = ""

    @property
    def file(self) -> str:
        """The take that is listened to; "" for none. [gui]"""
        return self._file

    def ask(self, file: str) -> None:
        """Listen to this take, after those that wait; one that was listened to already is told at once. [gui]"""
        if read_meant(self._path_of(file)) is not None:
            self.found.emit(file)
        elif file != self._file and file not in self._waiting:
            self._waiting.append(file)
            self._next()

    def close(self) -> None:
        """Listen to nothing any more. [gui]"""
        self._waiting.clear()
        if self._now is not None:
            self._now.give_up()
        self._now, self._file = None, ""

    def _next(self) -> None:
        if self._now is not None or not self._waiting:
            return
        self._file = self._waiting.popleft()
        self._now = self._send(("listen", str(self._path_of(self._file)), "--refine", "--json"))
        self._now.done.connect(self._heard)
        self._now.failed.connect(self._refused)
        self._now.begin()
        self.begun.emit(self._file)

    def _heard(self, told: Mapping[str, Any]) -> None:
        file = self._file
        try:
            meant_in(told)  # what cannot be understood is not kept
            write_meant(self._path_of(file), told)
        except FileError as wrong:
            self._refused(str(wrong))
            return
        self._end()
        self.found.emit(file)
        self._next()

    def _refused(self, why: str) -> None:
        file = self._file
        self._end()
        self.failed.emit(file, why)
        self._next()

    def _end(self) -> None:
        self._now, self._file = None, ""
