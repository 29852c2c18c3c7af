"""A queue between exactly two threads in which every item matters: audio, events, notes.

What flows in at the producer flows out at the consumer, whole and in order, or is refused and counted: the ring
never waits, never allocates, never tears. One thread holds the producer, one other the consumer; either end may be
Python or compiled code, in the same process or on the two sides of a shared block. Single producer, single consumer,
after Lamport (1983): each counter has one writer, and only acquire/release pairs order the items behind them.

Called from Python these functions keep the interpreter's lock: they take a microsecond, and to get the lock back from
a busy program may take a tenth of a second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, njit

from realtime.atomics import load_acquire, pointer, store_release
from realtime.block import Block

# The counters run on and are never wrapped; each has a cache line to itself, or every push would stall the popper.
RING = np.dtype(
    {
        "names": ["capacity", "item_bytes", "pushed", "dropped", "popped"],
        "formats": ["i8"] * 5,
        "offsets": [0, 8, 64, 72, 128],
        "itemsize": 192,
    }
)
_PUSHED, _POPPED = 64, 128


@njit(cache=True, error_model="numpy")
def push(ring: int, items: int, count: int) -> bool:
    """Copy `count` items from an address into the ring: all of them, or none and they are counted. [audio]"""
    state = carray(pointer(ring), (1,), RING)[0]
    pushed = state.pushed
    if count > state.capacity - (pushed - load_acquire(ring + np.uint64(_POPPED))):
        state.dropped += count
        return False
    size = state.item_bytes
    at = pushed % state.capacity
    first = min(count, state.capacity - at)
    _copy(items, ring + np.uint64(RING_BYTES) + np.uint64(at * size), first * size)
    _copy(items + np.uint64(first * size), ring + np.uint64(RING_BYTES), (count - first) * size)
    store_release(ring + np.uint64(_PUSHED), pushed + count)
    return True


@njit(cache=True, error_model="numpy")
def pop(ring: int, items: int, count: int) -> bool:
    """Copy the oldest `count` items to an address: all of them, or none. [audio] [ears]"""
    state = carray(pointer(ring), (1,), RING)[0]
    popped = state.popped
    if count > load_acquire(ring + np.uint64(_PUSHED)) - popped:
        return False
    size = state.item_bytes
    at = popped % state.capacity
    first = min(count, state.capacity - at)
    _copy(ring + np.uint64(RING_BYTES) + np.uint64(at * size), items, first * size)
    _copy(ring + np.uint64(RING_BYTES), items + np.uint64(first * size), (count - first) * size)
    store_release(ring + np.uint64(_POPPED), popped + count)
    return True


@njit(cache=True, error_model="numpy")
def waiting(ring: int) -> int:
    """How many items lie ready; the consumer's question. [audio] [ears]"""
    state = carray(pointer(ring), (1,), RING)[0]
    return load_acquire(ring + np.uint64(_PUSHED)) - state.popped


@njit(cache=True, error_model="numpy")
def oldest(ring: int) -> Any:
    """Where the oldest item stands that waits, until it is popped; 0 when none does. [audio]"""
    state = carray(pointer(ring), (1,), RING)[0]
    if load_acquire(ring + np.uint64(_PUSHED)) == state.popped:
        return np.uint64(0)
    return ring + np.uint64(RING_BYTES) + np.uint64(state.popped % state.capacity * state.item_bytes)


@njit(cache=True, error_model="numpy")
def _copy(source: int, target: int, size: int) -> None:
    # Whole words where they fit: items are records of 4 or 8 byte fields, and byte loops cost eight times as much.
    words = size // 4
    a, b = carray(pointer(source), (words,), np.uint32), carray(pointer(target), (words,), np.uint32)
    for n in range(words):
        b[n] = a[n]
    c, d = carray(pointer(source), (size,), np.uint8), carray(pointer(target), (size,), np.uint8)
    for n in range(words * 4, size):
        d[n] = c[n]


RING_BYTES = RING.itemsize


class Producer:
    """The end that pushes; it belongs to one thread. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike) -> None:
        self._block, self._dtype = block, np.dtype(dtype)
        self._state = block.view(RING)
        self.address = np.uint64(block.address)

    @property
    def dropped(self) -> int:
        """Items that were refused because the ring was full. [any]"""
        return int(self._state["dropped"][0])

    def push(self, items: npt.NDArray[Any]) -> bool:
        """Queue every item, or none: False when full, and counted in `dropped`. [any]"""
        items = np.ascontiguousarray(items, self._dtype)
        return bool(push(self.address, np.uint64(items.ctypes.data), items.size))


class Consumer:
    """The end that pops; it belongs to one thread. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike) -> None:
        self._block, self._dtype = block, np.dtype(dtype)
        self._state = block.view(RING)
        self.address = np.uint64(block.address)

    def __len__(self) -> int:
        return int(waiting(self.address))

    @property
    def popped(self) -> int:
        """Items taken since the ring was made: the consumer's own clock. [any]"""
        return int(self._state["popped"][0])

    def pop(self, items: npt.NDArray[Any]) -> bool:
        """Fill the whole of `items`, or leave it alone and say False. [any]"""
        if items.dtype != self._dtype or not (items.flags.c_contiguous and items.flags.writeable):
            raise TypeError(
                f"this ring carries contiguous {self._dtype} into arrays that may be written, not {items.dtype}"
            )
        return bool(pop(self.address, np.uint64(items.ctypes.data), items.size))

    def pop_all(self) -> npt.NDArray[Any]:
        """Everything that waits, oldest first. [any]"""
        items = np.empty(len(self), self._dtype)
        self.pop(items)
        return items


def ring_bytes(capacity: int, dtype: npt.DTypeLike) -> int:
    """The size of the block that a ring needs. [any]"""
    return RING_BYTES + capacity * np.dtype(dtype).itemsize


def ring(capacity: int, dtype: npt.DTypeLike = np.float32, block: Block | None = None) -> tuple[Producer, Consumer]:
    """The two ends of a new ring, in plain memory or in a block given. [main]"""
    size = ring_bytes(capacity, dtype)
    if block is None:
        block = Block(size)
    if block.size < size:
        raise ValueError(f"a ring of {capacity} items needs {size} bytes, this block has {block.size}")
    state = block.view(RING)
    state[:] = np.zeros(1, RING)
    state["capacity"], state["item_bytes"] = capacity, np.dtype(dtype).itemsize
    return Producer(block, dtype), Consumer(block, dtype)
