"""A client of a running JACK server, first without ports: who is told of missed cycles and of the server's end.

What flows in: a running server. What flows out: a count of xruns that is not ours, to hold beside what the callback
says of itself, since under overload PortAudio has been seen to raise no flag where the server counted hundreds; word
of the server's end, after which neither PortAudio nor anything of ours may be asked to leave; and patches between
ports. The functions that libjack calls back are machine code: they run on its threads, where Python would make the
whole graph wait for the interpreter.
"""

from __future__ import annotations

import atexit
import ctypes
import ctypes.util
import threading
from functools import cache
from typing import Any

import numpy as np
from numba import cfunc

from realtime.atomics import load_acquire, store_release
from realtime.block import Block

_DO_NOT_START_ONE = 1
_CONNECTED_ALREADY = 17  # EEXIST
_SONAME = "libjack.so.0"

door = threading.RLock()
"""libjack frees its dead clients when it opens a new one: nobody may be inside with one of them."""

_clients: list[JackClient] = []
"""Those that did not take leave: JACK's threads may look at what is theirs. After a server's death nobody says when
they no longer do, so that such a client, some kilobytes, stays."""


class JackClient:
    """A client of the running server. [main]"""

    def __init__(self, handle: Any, library: Any) -> None:
        self.handle, self.library = handle, library
        self._count, self._gone = Block(8), Block(8)
        library.jack_set_xrun_callback(handle, _count_one.address, self._count.address)
        library.jack_on_shutdown(handle, _note_the_end.address, self._gone.address)
        self.keeps: object = None
        """What must live as long as JACK may run its callbacks."""
        _clients.append(self)

    @property
    def name(self) -> str:
        """The name it goes by, which JACK numbers where there is one of that name. [main]"""
        return str(self.library.jack_get_client_name(self.handle).decode())

    @property
    def gone(self) -> bool:
        """The server has ended, or has thrown us out; it never comes back to this client. [any]"""
        return bool(self._gone.bytes[0])

    @property
    def xruns(self) -> int:
        """Cycles that the server could not finish in time, since this client runs. [any]"""
        return int(self._count.view(np.int64)[0])

    def run(self) -> None:
        """Take part in the graph. [main]"""
        with door:
            if not self.gone:
                self.library.jack_activate(self.handle)

    def connect(self, source: str, target: str) -> bool:
        """Patch one port into another; False when either is missing or JACK refuses. [main]"""
        with door:
            if self.gone:
                return False
            error = self.library.jack_connect(self.handle, source.encode(), target.encode())
        return error in (0, _CONNECTED_ALREADY)

    def declare_gone(self) -> None:
        """Take the server for dead: something else has found out first. [any]"""
        self._gone.bytes[0] = 1

    def close(self) -> None:
        """Leave the server; one that has ended is left alone. [main]"""
        with door:
            if not self.gone:
                self.library.jack_client_close(self.handle)
                self.declare_gone()
                _clients.remove(self)


@atexit.register
def _leave() -> None:
    for client in list(_clients):
        client.close()


def join(name: str) -> JackClient | None:
    """A client of the running server; None where there is no JACK. [main]"""
    library = libjack()
    if library is None:
        return None
    with door:
        handle = library.jack_client_open(name.encode(), _DO_NOT_START_ONE, None)
        return JackClient(handle, library) if handle else None


def jack_witness() -> JackClient | None:
    """A client that only looks on. [main]"""
    witness = join("Vocello witness")
    if witness is not None:
        witness.run()
    return witness


@cache
def libjack() -> Any | None:
    """JACK's library, None where there is none; it is quiet, and its functions know their arguments. [main]"""
    try:
        library: Any = ctypes.CDLL(ctypes.util.find_library("jack") or _SONAME)
    except OSError:
        return None
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32
    for name, result, takes in (
        ("jack_client_open", handle, [text, ctypes.c_int, handle]),
        ("jack_client_close", ctypes.c_int, [handle]),
        ("jack_activate", ctypes.c_int, [handle]),
        ("jack_get_client_name", text, [handle]),
        ("jack_get_sample_rate", number, [handle]),
        ("jack_set_xrun_callback", ctypes.c_int, [handle, handle, handle]),
        ("jack_set_process_callback", ctypes.c_int, [handle, handle, handle]),
        ("jack_set_port_connect_callback", ctypes.c_int, [handle, handle, handle]),
        ("jack_on_shutdown", None, [handle, handle, handle]),
        ("jack_connect", ctypes.c_int, [handle, text, text]),
        ("jack_get_ports", ctypes.POINTER(text), [handle, text, text, ctypes.c_ulong]),
        ("jack_free", None, [handle]),
        ("jack_port_register", handle, [handle, text, text, ctypes.c_ulong, ctypes.c_ulong]),
        ("jack_port_get_all_connections", ctypes.POINTER(text), [handle, handle]),
        ("jack_set_error_function", None, [handle]),
        ("jack_set_info_function", None, [handle]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, takes
    library.jack_set_error_function(_say_nothing.address)  # or every look for a server writes five lines to the user
    library.jack_set_info_function(_say_nothing.address)
    return library


def names_of(library: Any, names: Any) -> list[str]:
    """A list of libjack's, taken and given back. [main]"""
    found: list[str] = []
    while names and names[len(found)]:
        found.append(names[len(found)].decode())
    if names:
        library.jack_free(ctypes.cast(names, ctypes.c_void_p))
    return found


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
