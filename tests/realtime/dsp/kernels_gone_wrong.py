"""Kernels that break a rule each, to see that it is noticed: by `kernel_check`, or by the suite of every kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.atomics import call_kernel
from realtime.kernel import Knob, kernel

LAST = np.dtype([("last", "f8")])
SMALL_TABLE = np.hanning(16)
LARGE_TABLE = np.hanning(1 << 18)


@kernel(LAST)
def allocating(s: Any, x: Any, y: Any, frames: int) -> None:
    """An array a block. [audio]"""
    scratch = np.zeros(frames)
    for n in range(frames):
        scratch[n] = x[n] + s.last
    for n in range(frames):
        y[n] = scratch[frames - 1 - n]


@njit(error_model="numpy")
def _sorted_middle(x: Any) -> float:
    return np.sort(x)[len(x) // 2]


@kernel(LAST)
def allocating_inside(s: Any, x: Any, y: Any, frames: int) -> None:
    """An array a block, in a function that it calls. [audio]"""
    for n in range(frames):
        y[n] = _sorted_middle(x)


@kernel(LAST)
def reading_a_small_table(s: Any, x: Any, y: Any, frames: int) -> None:
    """A global array, which numba copies into the code. [audio]"""
    for n in range(frames):
        y[n] = x[n] * SMALL_TABLE[n % 16]


@kernel(LAST)
def reading_a_large_table(s: Any, x: Any, y: Any, frames: int) -> None:
    """A global array, which numba reads where this process has it. [audio]"""
    for n in range(frames):
        y[n] = x[n] * LARGE_TABLE[n % (1 << 18)]


@kernel(LAST)
def raising(s: Any, x: Any, y: Any, frames: int) -> None:
    """An exception, for which the callback would wait for the interpreter. [audio]"""
    if frames > 4096:
        raise ValueError("too long")
    for n in range(frames):
        y[n] = x[n]


@njit(error_model="numpy")
def _checked(x: float) -> float:
    if x != x:
        raise ValueError("not a number")
    return x


@kernel(LAST)
def raising_inside(s: Any, x: Any, y: Any, frames: int) -> None:
    """An exception in a function that it calls. [audio]"""
    for n in range(frames):
        y[n] = _checked(x[n])


@kernel(LAST)
def printing(s: Any, x: Any, y: Any, frames: int) -> None:
    """Words, through the interpreter. [audio]"""
    print(frames)
    for n in range(frames):
        y[n] = x[n]


@kernel(LAST)
def calling_an_address(s: Any, x: Any, y: Any, frames: int) -> None:
    """Code that somebody has put the address of into the state. [audio]"""
    call_kernel(np.uint64(s.last), np.uint64(0), np.uint64(0), frames)
    for n in range(frames):
        y[n] = x[n]


@kernel(LAST)
def throwing_dice(s: Any, x: Any, y: Any, frames: int) -> None:
    """The process's random state: no two runs alike, and none outside this process. [audio]"""
    for n in range(frames):
        y[n] = x[n] + np.random.random()


STEPPING = np.dtype([("gain", "f8")])


@kernel(STEPPING, Knob("gain", 0.0, 1.0, 0.5))
def stepping(s: Any, x: Any, y: Any, frames: int) -> None:
    """Fit for the audio thread, but its knob jumps. [audio]"""
    for n in range(frames):
        y[n] = x[n] * s.gain


def careless_callback(_mic: Any, _speaker: Any, frames: int, _when: Any, _flags: int, _user: Any) -> int:
    """A callback that makes an array. [audio]"""
    return int(np.ones(np.int64(frames)).sum() == 0.0)
