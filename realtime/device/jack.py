"""A witness at a JACK server: how often it missed a cycle, whether it has died, and patches between its ports.

What flows in: a running server. What flows out: a count that is not ours, to hold beside what the callback says of
itself, since under overload PortAudio has been seen to raise no flag where the server counted hundreds; and word of
the server's end, after which PortAudio must not be terminated. The functions that libjack calls back are machine
code: they run on its threads. [main]
"""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from typing import Any

import numpy as np
from numba import cfunc

from realtime.atomics import load_acquire, store_release
from realtime.block import Block

_DO_NOT_START_ONE = 1


class JackWitness:
    """A client without ports. [main]"""

    def __init__(self, client: Any, library: Any) -> None:
        self._client, self._library = client, library
        self._count, self._gone = Block(8), Block(8)
        library.jack_set_xrun_callback(client, _count_one.address, self._count.address)
        library.jack_on_shutdown(client, _note_the_end.address, self._gone.address)
        library.jack_activate(client)

    @property
    def gone(self) -> bool:
        """Whether the server has ended since. [any]"""
        return bool(self._gone.bytes[0])

    @property
    def xruns(self) -> int:
        """Cycles that the server could not finish in time, since this witness came. [any]"""
        return int(self._count.view(np.int64)[0])

    def connect(self, source: str, target: str) -> bool:
        """Patch one port into another; False when either is missing or JACK refuses. [main]"""
        error = self._library.jack_connect(self._client, source.encode(), target.encode())
        return error in (0, 17)  # EEXIST: it was patched already

    def close(self) -> None:
        """Leave the server; one that has ended is left alone. [main]"""
        if not self.gone:
            self._library.jack_client_close(self._client)


def jack_witness() -> JackWitness | None:
    """A witness of the running server; None where there is no JACK. [main]"""
    library = _libjack()
    if library is None:
        return None
    client = library.jack_client_open(b"Vocello witness", _DO_NOT_START_ONE, None)
    return JackWitness(client, library) if client else None


@cache
def _libjack() -> Any:
    path = ctypes.util.find_library("jack")
    if path is None:
        return None
    library: Any = ctypes.CDLL(path)
    library.jack_client_open.restype = ctypes.c_void_p
    library.jack_client_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
    library.jack_set_xrun_callback.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.jack_on_shutdown.restype = None
    library.jack_on_shutdown.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.jack_connect.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    for name in ("jack_activate", "jack_client_close"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ("jack_set_error_function", "jack_set_info_function"):
        setter = getattr(library, name)
        setter.restype, setter.argtypes = None, [ctypes.c_void_p]
        setter(_say_nothing.address)
    return library


@cfunc("intc(uintp)", cache=True)
def _count_one(count: int) -> int:
    store_release(count, load_acquire(count) + 1)
    return 0


@cfunc("void(uintp)", cache=True)
def _note_the_end(gone: int) -> None:
    store_release(gone, 1)


@cfunc("void(uintp)", cache=True)
def _say_nothing(_text: int) -> None:
    pass
