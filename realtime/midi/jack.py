"""The JACK server behind a MIDI port, watched, so that its death is noticed instead of waited for.

What flows in: nothing. What flows out: whether the server is gone, and where its clock stands. rtmidi tells
neither, and its JACK ports become a trap once the server has died: a send spins for ever when 16 kB lie
unread, holding the interpreter, and closing a port after the next attempt to connect reads freed memory. So
a client without ports, opened in the very libjack that rtmidi has loaded, is told by the server's end; and
`client` asks here first.

The two functions that libjack calls back are machine code: they run in JACK's own threads, where Python
would make the whole audio graph wait for the interpreter.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from numba import cfunc

from realtime.atomics import store_release
from realtime.block import Block
from score.errors import PortError

CLIENT_NAME = "Vocello watch"

_NO_SERVER = "no JACK server is running."
_START_ONE = "Start one (qjackctl, or: jackd -d alsa) and try again."
_DO_NOT_START_ONE = 1


class JackWatch:
    """A client of the running server that has no port and plays nothing. [main]"""

    def __init__(self) -> None:
        libjack = _libjack()
        self._gone = Block(8)
        self._frame_time = libjack.frame_time
        self._library = libjack.library
        self._client = libjack.library.jack_client_open(CLIENT_NAME.encode(), _DO_NOT_START_ONE, None)
        if not self._client:
            raise PortError(_NO_SERVER, _START_ONE)
        self._library.jack_on_shutdown(self._client, _note_the_end.address, self._gone.address)

    @property
    def gone(self) -> bool:
        """The server has died, or has thrown us out; it never comes back to this client. [any]"""
        return bool(self._gone.bytes[0])

    @property
    def cycle(self) -> int:
        """The frame at which the server's period began: it stands still when the server does. [any]"""
        return int(self._frame_time(self._client))

    def declare_gone(self) -> None:
        """Take it for dead: something else has found out first. [any]"""
        self._gone.bytes[0] = 1

    def close(self) -> None:
        """Leave the server; a dead one is left alone, since libjack may have freed what is ours. [main]"""
        if not self.gone:
            self._library.jack_client_close(self._client)
            self.declare_gone()


class _LibJack:
    """What is used here of the libjack that rtmidi has loaded: its clients and ours share one fate."""

    def __init__(self, path: str) -> None:
        library: Any = ctypes.CDLL(path)
        library.jack_client_open.restype = ctypes.c_void_p
        library.jack_client_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        library.jack_client_close.argtypes = [ctypes.c_void_p]
        library.jack_on_shutdown.restype = None
        library.jack_on_shutdown.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        for setter in (library.jack_set_error_function, library.jack_set_info_function):
            setter.restype, setter.argtypes = None, [ctypes.c_void_p]
            setter(_say_nothing.address)  # or every look for a server writes five lines to the user
        self.library = library
        # Asked before every send: by PyDLL, which keeps the interpreter, since giving it away may cost 5 ms.
        self.frame_time: Any = ctypes.PyDLL(path).jack_last_frame_time
        self.frame_time.restype, self.frame_time.argtypes = ctypes.c_uint32, [ctypes.c_void_p]


@lru_cache(maxsize=1)
def _libjack() -> _LibJack:
    path = loaded_library("libjack")
    if path is None:
        raise PortError("this build of python-rtmidi brings no libjack that can be watched.", "Use ALSA.")
    return _LibJack(path)


@lru_cache(maxsize=1)
def quiet_alsa() -> None:
    """Let ALSA report by its return codes alone, and not on the user's terminal. [main]"""
    path = loaded_library("libasound")
    if path is not None:
        library: Any = ctypes.CDLL(path)
        library.snd_lib_error_set_handler.argtypes = [ctypes.c_void_p]
        library.snd_lib_error_set_handler(_say_nothing_of_alsa.address)


def loaded_library(name: str) -> str | None:
    """The file of a library that this process has loaded; wheels bring theirs under other names. [any]"""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return None
    paths = (line.split(None, 5)[-1] for line in lines)
    return next((path for path in paths if Path(path).name.startswith(name)), None)


@cfunc("void(uintp)", cache=True)
def _note_the_end(gone: int) -> None:
    store_release(gone, 1)


@cfunc("void(uintp)", cache=True)
def _say_nothing(text: int) -> None:
    pass


@cfunc("void(uintp, intc, uintp, intc, uintp)", cache=True)
def _say_nothing_of_alsa(file: int, line: int, function: int, error: int, text: int) -> None:
    pass
