"""What a block costs, step by step, beside an empty rack.

    python bench/callback_cost.py

Calls the callback as a card would, on this thread, and prints medians and tails in µs and as a part of the deadline.
"""

from __future__ import annotations

import ctypes
import time

import numpy as np

from realtime.device.file import CALLBACK
from realtime.dsp.catalogue import find_kernel, kernel_names
from realtime.events import FROM_APP, NOTE_ON, event
from realtime.host import Host
from realtime.rack import Slot

RATE, FRAMES, BLOCKS = 48_000.0, 128, 20_000


def cost_us(slots: tuple[Slot, ...], voices: int = 0) -> tuple[float, float, float]:
    """p50, p99 and p99.9 of one block. [main]"""
    host = Host(RATE, slots)
    callback = CALLBACK(host.callback_address)
    mic = np.random.default_rng(1).normal(0.0, 0.05, (FRAMES, 1)).astype(np.float32)
    speaker = np.zeros((FRAMES, 2), np.float32)
    host.open_gate()
    for key in range(voices):
        host.send(FROM_APP, event(NOTE_ON, number=40 + key, value=0.5))
    arguments = mic.ctypes.data, speaker.ctypes.data, ctypes.c_ulong(FRAMES), None, ctypes.c_ulong(0), host.address
    took_ns = np.empty(BLOCKS, np.int64)
    for n in range(BLOCKS):
        began = time.perf_counter_ns()
        callback(*arguments)
        took_ns[n] = time.perf_counter_ns() - began
        host.capture.read()
    return tuple(np.percentile(took_ns[100:] / 1e3, [50, 99, 99.9]))


def main() -> None:
    deadline_us = FRAMES / RATE * 1e6
    empty = cost_us(())
    rows = [("empty rack", empty)]
    rows += [(name, cost_us((Slot(name, find_kernel(name)),))) for name in kernel_names()]
    rows += [(f"tone, {n} voices", cost_us((Slot("tone", find_kernel("tone")),), n)) for n in (1, 8, 32)]
    print(f"{FRAMES} frames at {RATE:g} Hz: a deadline of {deadline_us:.0f} µs, {BLOCKS} blocks each")
    print(f"{'':20} {'p50 µs':>8} {'p99':>8} {'p99.9':>8} {'of deadline':>12} {'× empty':>8}")
    for name, (p50, p99, p999) in rows:
        print(f"{name:20} {p50:8.2f} {p99:8.2f} {p999:8.2f} {p50 / deadline_us:12.2%} {p50 / empty[0]:8.1f}")


if __name__ == "__main__":
    main()
