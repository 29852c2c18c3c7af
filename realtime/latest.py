"""A value between exactly two threads of which only the newest matters: meters, clocks, knobs.

The writer fills a slot and gives it away, the reader takes the newest one given; neither waits, neither sees half a
value. Three slots make that possible: one is the writer's, one the reader's, and the third changes hands by a single
atomic exchange. Either end may be Python or compiled code, and the block plain or shared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, njit

from realtime.atomics import exchange, load_acquire, pointer
from realtime.block import Block

LATEST = np.dtype(
    {
        "names": ["slot_bytes", "writing", "offered", "reading"],
        "formats": ["i8"] * 4,
        "offsets": [0, 64, 128, 192],
        "itemsize": 256,
    }
)
LATEST_BYTES = LATEST.itemsize
_OFFERED = 128
_FRESH = 4  # set on the offered slot until the reader has taken it


@njit(cache=True, error_model="numpy")
def slot_to_write(latest: int) -> Any:
    """The address to write the next value to; it stays unseen until `offer`. [audio]"""
    state = carray(pointer(latest), (1,), LATEST)[0]
    return latest + np.uint64(LATEST_BYTES) + np.uint64(state.writing * state.slot_bytes)


@njit(cache=True, error_model="numpy")
def offer(latest: int) -> None:
    """Give the written slot away as the newest value. [audio]"""
    state = carray(pointer(latest), (1,), LATEST)[0]
    state.writing = exchange(latest + np.uint64(_OFFERED), state.writing | _FRESH) & 3


@njit(cache=True, error_model="numpy")
def newest(latest: int) -> Any:
    """The address of the newest value; it stays untouched until the next call. [any]"""
    state = carray(pointer(latest), (1,), LATEST)[0]
    if load_acquire(latest + np.uint64(_OFFERED)) & _FRESH:
        state.reading = exchange(latest + np.uint64(_OFFERED), state.reading) & 3
    return latest + np.uint64(LATEST_BYTES) + np.uint64(state.reading * state.slot_bytes)


class Writer:
    """The end that writes; it belongs to one thread. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike) -> None:
        self._block, self._dtype = block, np.dtype(dtype)
        self.address = np.uint64(block.address)

    def write(self, value: npt.NDArray[Any]) -> None:
        """Make `value` the newest. [any]"""
        offset = int(slot_to_write(self.address)) - self._block.address
        self._block.view(self._dtype, offset)[0] = value
        offer(self.address)


class Reader:
    """The end that reads; it belongs to one thread. [any]"""

    def __init__(self, block: Block, dtype: npt.DTypeLike) -> None:
        self._block, self._dtype = block, np.dtype(dtype)
        self.address = np.uint64(block.address)

    def read(self) -> npt.NDArray[Any]:
        """A copy of the newest value; zeros before the first. [any]"""
        offset = int(newest(self.address)) - self._block.address
        return self._block.view(self._dtype, offset)[0].copy()


def latest_bytes(dtype: npt.DTypeLike) -> int:
    """The size of the block that a triple buffer needs. [any]"""
    return LATEST_BYTES + 3 * _slot_bytes(dtype)


def latest(dtype: npt.DTypeLike, block: Block | None = None) -> tuple[Writer, Reader]:
    """The two ends of a new triple buffer, in plain memory or in a block given. [main]"""
    size = latest_bytes(dtype)
    if block is None:
        block = Block(size)
    if block.size < size:
        raise ValueError(f"a triple buffer of {np.dtype(dtype)} needs {size} bytes, this block has {block.size}")
    state = block.view(LATEST)
    if state["slot_bytes"] != _slot_bytes(dtype):  # else a writer takes over, and its readers look on undisturbed
        state["slot_bytes"] = _slot_bytes(dtype)
        state["writing"], state["offered"], state["reading"] = 0, 1, 2
    return Writer(block, dtype), Reader(block, dtype)


def _slot_bytes(dtype: npt.DTypeLike) -> int:
    return -(-np.dtype(dtype).itemsize // 64) * 64
