"""A glide that is looked at every few frames: for knobs whose every value costs a tangent or a power.

What flows in: a GLIDE. What flows out: its value so many frames later. The pieces are counted by the kernel from the
stream's first frame on, so that a block's length changes nothing. [audio]
"""

from __future__ import annotations

from typing import Any

from numba import njit

from realtime.dsp.glide import GLIDE_FRAMES


@njit(inline="always", error_model="numpy")
def glide_on(g: Any, frames: int) -> float:
    """The knob's value `frames` further on its way to `target`; GLIDE_FRAMES is a multiple of it. [audio]"""
    if g.target != g.aim:
        g.aim = g.target
        g.step = (g.aim - g.value) / GLIDE_FRAMES
        g.left = GLIDE_FRAMES
    if g.left > 0:
        g.left -= frames
        g.value = g.aim - g.left * g.step
    return g.value
