"""A semaphore in shared memory: the callback posts it and never waits, a plugin's process sleeps on it.

What flows in: an address of 32 bytes in a shared block. What flows out: sleep, until there is something to do. Where
the system has no such semaphores (macOS), whoever waits looks again and again instead: that costs a few thousandths
of a core for each plugin, and half a millisecond at most. [worker] [main]
"""

from __future__ import annotations

import ctypes
import errno
import sys
import time

HAS_SEMAPHORES = sys.platform == "linux"
LOOKS_EVERY_S = 0.0003


class _Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


if HAS_SEMAPHORES:
    _libc = ctypes.CDLL(None, use_errno=True)
    _libc.sem_init.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint]
    _libc.sem_post.argtypes = [ctypes.c_void_p]
    _libc.sem_trywait.argtypes = [ctypes.c_void_p]
    _libc.sem_timedwait.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Time)]


def create(address: int) -> None:
    """Make 32 bytes a semaphore that processes share, at zero. [main]"""
    if HAS_SEMAPHORES and _libc.sem_init(address, 1, 0) != 0:
        raise OSError(ctypes.get_errno(), "no semaphore")


def post(address: int) -> None:
    """Wake whoever sleeps on it. [any]"""
    if HAS_SEMAPHORES:
        _libc.sem_post(address)


def wait(address: int, seconds: float) -> bool:
    """Sleep until it is posted, or for so long: whether it was; what was posted meanwhile is used up. [worker]"""
    if not HAS_SEMAPHORES:
        time.sleep(min(seconds, LOOKS_EVERY_S))
        return True
    until = time.time() + seconds
    end = _Time(int(until), int(until % 1.0 * 1e9))
    while _libc.sem_timedwait(address, ctypes.byref(end)) != 0:
        if ctypes.get_errno() != errno.EINTR:
            return False
    while _libc.sem_trywait(address) == 0:
        pass
    return True


class Fence:
    """Keeps in order what this side writes and reads: plain stores of Python may overtake each other on ARM. [any]

    POSIX has a post publish what was written before it, and a wait see it; one after the other on a semaphore of our
    own holds back everything behind them until everything before them is seen.
    """

    def __init__(self) -> None:
        self._room = ctypes.create_string_buffer(64)
        self.address = ctypes.addressof(self._room) + -ctypes.addressof(self._room) % 16
        if sys.platform == "darwin":
            self._barrier = ctypes.CDLL(None).OSMemoryBarrier
        else:
            create(self.address)

    def __call__(self) -> None:
        if sys.platform == "darwin":
            self._barrier()
        elif HAS_SEMAPHORES:
            _libc.sem_post(self.address)
            _libc.sem_trywait(self.address)
