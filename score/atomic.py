"""Files whole or not at all: a crash, a full disk or a pulled plug leaves the old file or the new one, never half.

Paths and bytes in, bytes out. Safe on any thread, but it waits for the disk. Errors are of the kind that is asked for.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from score.errors import FileError


def read_whole(path: Path, most_bytes: int, error: type[FileError]) -> bytes:
    """All bytes of a file that is not too large. [any]"""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            # A pipe or a device might never end.
            raise error(f"'{path}' is no file.", "Name a file.")
        if about.st_size > most_bytes:
            raise error(f"'{path}' has {about.st_size} bytes; more than {most_bytes} are not read.", "Name another.")
        with path.open("rb") as file:
            return file.read(most_bytes)
    except (OSError, ValueError) as fault:
        raise error(f"'{path}' cannot be read: {_why(fault)}.", "Name a file that is there and may be read.") from fault


def write_whole(path: Path, data: bytes, error: type[FileError]) -> None:
    """Make a file of these bytes, or replace the one that is there; a link stays a link. [any]"""
    try:
        path = path.resolve()
        if path.is_dir():
            raise error(f"'{path}' is a folder.", "Name a file in it.")
        unfinished = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.unfinished")
        try:
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                shutil.copymode(path, unfinished)
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        _keep_name(path.parent)
    except (OSError, ValueError, RuntimeError) as fault:
        raise error(f"'{path}' cannot be written: {_why(fault)}.", "Name another place.") from fault


def _keep_name(folder: Path) -> None:
    """Where folders can be flushed, the new name survives a power cut too."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _why(fault: Exception) -> str:
    return fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
