"""Who has a session open: one app at a time, and a dead one holds nothing.

A folder in, a lock held or an error that says who has it. The lock is the system's own, on a file that stays: it ends
with its process however that ends, and no id that was given anew can keep it. Where a folder cannot be locked (some
network drives), the process that the file names is asked after. [gui]
"""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from score.errors import SessionError

LOCK_FILE = ".lock"
_KNOWS_NO_LOCKS = {"ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"}


class Lock:
    """A session that is open here. [gui]"""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        try:
            self._file: IO[bytes] | None = self._path.open("a+b", buffering=0)
        except OSError as fault:
            raise SessionError(f"'{folder}' cannot be opened: {fault.strerror}.", "Name a folder of yours.") from fault
        try:
            self._take(self._file, folder)
            self._file.truncate(0)
            about = {"pid": os.getpid(), "host": socket.gethostname()}
            self._file.write(json.dumps(about).encode("ascii"))
        except OSError as fault:
            self._file.close()
            raise SessionError(f"'{folder}' cannot be opened: {fault.strerror}.", "Make room there.") from fault
        except SessionError:
            self._file.close()
            raise

    def release(self) -> None:
        """Let others have it. [gui]"""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
            self._file.close()
            self._file = None

    def _take(self, file: IO[bytes], folder: Path) -> None:
        try:
            _lock(file)
        except BlockingIOError:
            raise _open_elsewhere(folder, _holder(file)) from None
        except OSError as fault:
            if _name_of(fault) not in _KNOWS_NO_LOCKS:
                raise
            holder = _holder(file)
            if holder is not None and _lives(*holder):
                raise _open_elsewhere(folder, holder) from None


def is_open(folder: Path) -> bool:
    """Whether an app has this session open now. [gui]"""
    if not (folder / LOCK_FILE).exists():
        return False
    try:
        Lock(folder).release()
    except SessionError:
        return True
    return False


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # what is locked cannot be read there: a byte beyond all that is said

    def _lock(file: IO[bytes]) -> None:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise BlockingIOError from None

    def _runs(pid: int) -> bool:
        return pid > 0  # asking might end it; whoever is named is believed

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True  # it is somebody else's
        return True


def _holder(file: IO[bytes]) -> tuple[int, str] | None:
    """The process that the file names, and its machine."""
    try:
        file.seek(0)
        said = json.loads(file.read(1000))
        return int(said["pid"]), str(said["host"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _lives(pid: int, host: str) -> bool:
    return host != socket.gethostname() or (pid > 0 and _runs(pid))


def _open_elsewhere(folder: Path, holder: tuple[int, str] | None) -> SessionError:
    who = f"process {holder[0]} on {holder[1]}" if holder else "another Vocello"
    return SessionError(f"'{folder}' is open already, in {who}.", "Close it there, or open another session here.")


def _name_of(fault: OSError) -> str:
    import errno

    return errno.errorcode.get(fault.errno or 0, "")
