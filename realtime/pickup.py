"""From the microphone to those who listen: the ears, and the tape, each with a ring of its own.

What flows in: the mono samples of a block. What flows out: the same in a ring, whole, or a hole in it that is told
before the next sample; one who sleeps costs the other nothing. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit

from realtime.atomics import load_acquire, pointer
from realtime.layout import TAP, field_offset
from realtime.ring import push

_GAP_AT = field_offset(TAP, "gap")


@njit(nogil=True, cache=True, error_model="numpy")
def hand_over(samples: Any, frames: int, ring_at: Any, tap_at: Any) -> int:
    """Push samples into the ring whose address stands at `ring_at`; how many frames found no room there. [audio]"""
    tap = carray(pointer(tap_at), (1,), TAP)[0]
    ring = np.uint64(load_acquire(ring_at))  # once: the main thread may take it away any time
    if ring == 0:
        tap.lost_now += frames  # nobody listens: when somebody does, the frames must still be counted right
        return 0
    if tap.lost_now > 0:  # say where the hole is before the first sample behind it
        tap.gap.position, tap.gap.lost = tap.taken, tap.lost_now
        if push(tap.gaps, tap_at + np.uint64(_GAP_AT), 1):
            tap.lost_now = 0
    if tap.lost_now == 0 and push(ring, samples, frames):
        tap.taken += frames
        return 0
    tap.lost_now += frames
    return frames
