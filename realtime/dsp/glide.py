"""A knob that follows the hand without zipper noise. Belongs into a kernel's state as a field of type GLIDE.

A glide takes a fixed number of frames, not a block: the same gesture sounds the same at 64 frames and at 1024, live
and offline, however a block is split at events.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

GLIDE = np.dtype([("target", "f8"), ("aim", "f8"), ("value", "f8"), ("step", "f8"), ("left", "i8")], align=True)
GLIDE_FRAMES = 256


@njit(inline="always", error_model="numpy")
def glide(g: Any) -> float:
    """The knob's value at the next frame, on its way to `target`. [audio]"""
    if g.target != g.aim:
        g.aim = g.target
        g.step = (g.aim - g.value) / GLIDE_FRAMES
        g.left = GLIDE_FRAMES
    if g.left > 0:
        g.left -= 1
        g.value = g.aim - g.left * g.step
    return g.value
