"""Where a running engine is found by those who did not start it: a socket in a folder that is the user's alone.

What flows in: nothing. What flows out: a socket that listens, or one that is connected. A folder that others may enter
is refused, since whoever reaches the socket plays the instrument and sees the microphone's level. [main]
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
import warnings
from contextlib import suppress
from pathlib import Path

from platformdirs import user_runtime_path

from score.errors import EngineError

_NAME = "engine-{}.sock"
_BACKLOG = 64
_PATIENCE = struct.pack("@ll", 1, 0)  # a frozen engine lets nobody in, and a socket with a timeout waits for nobody
_asking = threading.Lock()  # two threads that hush warnings at once would leave them hushed


def needs_local_sockets() -> None:
    """EngineError where an engine cannot be a process of its own. [main]"""
    if not hasattr(socket, "AF_UNIX") or not hasattr(socket, "send_fds"):
        raise EngineError(
            "on this system the engine cannot hand its window of shared memory to another process.",
            "Use Engine.here() instead of Engine.apart().",
        )


def folder() -> Path:
    """The folder of sockets, made where it is missing; EngineError where others may enter it. [any]"""
    try:
        with _asking, warnings.catch_warnings():  # without XDG_RUNTIME_DIR there is a folder below /tmp to be had
            warnings.simplefilter("ignore")
            path = user_runtime_path("vocello", appauthor=False)
        for each in (path.parent, path):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise EngineError(f"'{path}' is not a folder of yours.", f"Type: sudo rm -r {path}")
        if stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise EngineError(
            f"there is no folder for the engine's socket: {error}.", "Set XDG_RUNTIME_DIR to a folder of yours."
        ) from error
    return path


def listen() -> tuple[socket.socket, Path]:
    """A socket under this process's number, on which others may connect. [main]"""
    needs_local_sockets()
    path = folder() / _NAME.format(os.getpid())
    hidden = path.with_name(f".{path.name}")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        for old in (hidden, path):
            old.unlink(missing_ok=True)
        listener.bind(str(hidden))
        listener.listen(_BACKLOG)
        hidden.rename(path)  # nobody sees it before it listens, so whoever is refused there has found a dead one
    except OSError as error:
        listener.close()
        hidden.unlink(missing_ok=True)
        raise EngineError(
            f"no socket can be made at '{path}': {error}.", "Set XDG_RUNTIME_DIR to a folder with a shorter name."
        ) from error
    listener.setblocking(False)
    return listener, path


def connect(path: Path | None = None) -> socket.socket:
    """A connection to the engine at a path, or to the newest that runs. [any]"""
    needs_local_sockets()
    choices = [path] if path is not None else sorted(_sockets(), key=_born, reverse=True)
    for choice in choices:
        connected = _try(choice)
        if connected is not None:
            return connected
    where = f" at '{path}'" if path is not None else ""
    raise EngineError(f"no engine runs{where}.", "Start one with: vocello live")


def sweep() -> None:
    """Remove the sockets of engines that were killed. [any]"""
    for path in _sockets():
        connected = _try(path)
        if connected is not None:
            connected.close()


def _sockets() -> list[Path]:
    return list(folder().glob(_NAME.format("*")))


def _born(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _try(path: Path) -> socket.socket | None:
    candidate = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _PATIENCE)
        candidate.connect(str(path))
        return candidate
    except ConnectionRefusedError:  # nobody listens any more
        with suppress(OSError):
            path.unlink(missing_ok=True)
    except OSError:
        pass
    candidate.close()
    return None
