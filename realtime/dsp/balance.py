"""Lean a stereo sound to one side."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

BALANCE = np.dtype([("balance", GLIDE)], align=True)


@kernel(BALANCE, Knob("balance", -1.0, 1.0, 0.0))
def balance(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Turn down the side that the sound leaves; in the middle both pass untouched.

    The other side is not turned up: a rack that did not clip before does not clip because of a lean. [audio]
    """
    lean, left, right = np.nan, 1.0, 1.0
    for n in range(frames):
        now = glide(s.balance)
        if now != lean:
            lean = now
            # a cosine leaves the middle without a corner; at the end the far side is exactly silent
            left = np.cos(0.5 * np.pi * lean) if 0.0 < lean < 1.0 else 1.0 - (lean >= 1.0)
            right = np.cos(0.5 * np.pi * lean) if -1.0 < lean < 0.0 else 1.0 - (lean <= -1.0)
        yl[n] = tame(xl[n]) * left
        yr[n] = tame(xr[n]) * right
