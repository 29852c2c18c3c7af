"""Take out what never moves: an offset of a cheap microphone costs headroom and clicks at every cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.tame import settle, tame
from realtime.kernel import kernel

CORNER_HZ = 5.0
"""Two octaves under the lowest note of any instrument: what one hears passes without loss or lag."""

DC_BLOCK = np.dtype([("offset", "f8")], align=True)


@kernel(DC_BLOCK)
def dc_block(s: Any, x: Any, y: Any, rate: float, frames: int) -> None:
    """High-pass of one pole: follow the mean slowly, and take it away. [audio]"""
    follow = 1.0 - np.exp(-2.0 * np.pi * CORNER_HZ / rate)
    offset = s.offset
    for n in range(frames):
        moving = tame(x[n]) - offset
        offset = settle(offset + follow * moving)
        y[n] = moving
    s.offset = offset
