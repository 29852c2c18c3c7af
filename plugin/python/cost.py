"""What a kernel costs: blocks of 128 frames at 48 kHz, timed one by one inside compiled code.

What flows in: an address, and the kernel it belongs to. What flows out: nanoseconds a block, in the order played. The
clock is read around the kernel and nothing else; noise comes in, and an instrument holds four notes. [main]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.atomics import call_kernel, clock_ns, flush_denormals, restore_denormals
from realtime.events import NOTE_ON, event
from realtime.kernel_source import IO
from realtime.rack import Part

RATE, BLOCK_FRAMES = 48_000.0, 128
BLOCKS, WARM_UP, AT_MOST_NS = 3_000, 20, 1_000_000_000
_LAPS = 16
"""Blocks of noise, played in turn: a kernel that is fast only on silence does not get away with it."""


def dearest_block_ns(address: int, kernel: Part) -> npt.NDArray[np.int64]:
    """The same, with knobs as they come, all low or all high: whichever costs most. [main]"""
    lowest = {knob.name: knob.low for knob in kernel.knobs.values()}
    highest = {knob.name: knob.high for knob in kernel.knobs.values()}
    settings = ({}, lowest, highest) if kernel.knobs else ({},)
    return max((block_ns(address, kernel, **each) for each in settings), key=lambda took: float(np.median(took)))


def block_ns(address: int, kernel: Part, /, **knobs: float) -> npt.NDArray[np.int64]:
    """How long each block took; of fewer than BLOCKS, where they would take more than a second. [main]"""
    state = kernel.new_state(RATE, **knobs)
    random = np.random.default_rng(1)
    heard = random.uniform(-0.5, 0.5, (4, _LAPS * BLOCK_FRAMES)).astype(np.float32)
    played = np.zeros((4, BLOCK_FRAMES), np.float32)
    notes = np.concatenate([event(NOTE_ON, number=48 + 7 * k, value=0.7) for k in range(4)])
    io, took = np.zeros(1, IO), np.zeros(WARM_UP + BLOCKS, np.int64)
    io["rate"] = RATE
    io["outputs"][0] = [played[channel].ctypes.data for channel in range(4)]
    inputs = np.array([heard[channel].ctypes.data for channel in range(4)], np.uint64)
    addresses = np.uint64(address), np.uint64(state.ctypes.data), io, np.uint64(io.ctypes.data), inputs
    _play(*addresses, notes.ctypes.data, 4, took[:WARM_UP])
    worth = AT_MOST_NS // max(int(np.median(took[:WARM_UP])), 1)
    took = took[WARM_UP:][: max(min(BLOCKS, worth), WARM_UP)]
    _play(*addresses, notes.ctypes.data, 0, took)
    return took


@njit(cache=True, error_model="numpy")
def _play(address: int, state: int, io: Any, io_address: int, inputs: Any, notes: int, used: int, took: Any) -> None:
    mode = flush_denormals()  # as the callback does
    io[0].events, io[0].events_used = notes, used
    for k in range(len(took)):
        for channel in range(4):
            io[0].inputs[channel] = inputs[channel] + np.uint64(4 * BLOCK_FRAMES * (k % _LAPS))
        io[0].frame = k * BLOCK_FRAMES
        began = clock_ns()
        call_kernel(address, state, io_address, BLOCK_FRAMES)
        took[k] = clock_ns() - began
        io[0].events_used = 0
    restore_denormals(mode)
