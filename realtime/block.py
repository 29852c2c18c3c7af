"""A block of memory that audio thread, ears and app can look at together.

What flows in: a size. What flows out: one address that stays the same as long as the block is held. Plain memory for
what one process needs; shared memory for what the app reads over the engine's shoulder. A shared block has no name
in any file system: it is reached through its file descriptor alone, so that no exit, not even a kill, leaves
anything behind.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.atomics import CACHE_LINE


class Block:
    """Zeroed bytes on a cache line of their own. [main]"""

    def __init__(self, size: int, descriptor: int | None = None) -> None:
        self.size = size
        self.descriptor = descriptor
        if descriptor is None:
            room = np.zeros(size + CACHE_LINE, np.uint8)
            start = -room.ctypes.data % CACHE_LINE
            self.bytes: npt.NDArray[np.uint8] = room[start : start + size]
        else:
            self._map = mmap.mmap(descriptor, size)
            self.bytes = np.frombuffer(self._map, np.uint8, size)
        self.address: int = self.bytes.ctypes.data

    @classmethod
    def shared(cls, size: int) -> Block:
        """A new block that another process can map, given its descriptor. [main]"""
        descriptor = _nameless_file()
        os.ftruncate(descriptor, size)
        return cls(size, descriptor)

    @classmethod
    def mapped(cls, descriptor: int) -> Block:
        """The block behind a descriptor that another process handed over; takes the descriptor. [main]"""
        return cls(os.fstat(descriptor).st_size, descriptor)

    def part(self, offset: int, size: int) -> Block:
        """A window on this block; keeps the whole alive. [main]"""
        if offset % 8 or offset < 0 or size < 0 or offset + size > self.size:
            raise ValueError(f"a part of {size} bytes at {offset} does not fit a block of {self.size}")
        window = object.__new__(Block)
        window.size, window.descriptor = size, None
        window.bytes = self.bytes[offset : offset + size]
        window.address = self.address + offset
        return window

    def view(self, dtype: npt.DTypeLike, offset: int = 0, count: int = 1) -> npt.NDArray[Any]:
        """The bytes from `offset` on, read as `count` items. [main]"""
        kind = np.dtype(dtype)
        if count < 0 or offset < 0 or offset + kind.itemsize * count > self.size:
            raise ValueError(f"{count} items of {kind.itemsize} bytes at {offset} do not fit a block of {self.size}")
        return self.bytes[offset : offset + kind.itemsize * count].view(kind)

    def close(self) -> None:
        """Give the descriptor back; the memory itself goes when the last view on it does. [main]"""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _nameless_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("vocello")
    with tempfile.TemporaryFile(prefix="vocello") as file:
        return os.dup(file.fileno())
