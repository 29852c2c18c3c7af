"""A file that says: somebody is at work here. The system lets go of it with the process, however that ends.

What flows in: a path. What flows out: the lock, or None where another process has it. [main]
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from score.errors import FileError


class Lock:
    """Held until it is closed, or the process has ended. [main]"""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise FileError(f"'{path}' cannot be written: {error.strerror}.", "Name another folder.") from error
        try:
            _take(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise FileError(f"'{path.parent}' is in use.", "Wait until it is not.") from error

    @classmethod
    def unless_taken(cls, path: Path) -> Lock | None:
        """The lock, or None where it is not to be had. [main]"""
        try:
            return cls(path)
        except FileError:
            return None

    def close(self) -> None:
        """Let others have it. [main]"""
        held = sys.platform != "win32"  # there an open file cannot be removed; elsewhere it must be, while it is ours
        with suppress(OSError):
            if held:
                self.path.unlink(missing_ok=True)
        self._file.close()
        with suppress(OSError):
            if not held:
                self.path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
