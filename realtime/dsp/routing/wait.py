"""A delay of whole frames, that brings a quick chain back in step with a slow one."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE_FRAMES
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

LONGEST_FRAMES = 1 << 15
_MASK = LONGEST_FRAMES - 1

WAIT = np.dtype(
    [
        ("frames", "f8"),
        ("now", "i8"),  # what is waited for, and before: while the two differ they fade over
        ("before", "i8"),
        ("fading", "i8"),
        ("begun", "i8"),
        ("at", "i8"),
        ("line", "f4", (2, LONGEST_FRAMES)),
    ],
    align=True,
)


@kernel(WAIT, Knob("frames", 0.0, LONGEST_FRAMES - 1.0, 0.0, unit="frames"))
def wait(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """The same samples, so many frames later; another number of them is faded over to. [audio]"""
    if s.begun == 0:
        s.now, s.before, s.begun = np.int64(s.frames), np.int64(s.frames), 1
    at = s.at
    for n in range(frames):
        if s.fading == 0 and s.now != np.int64(s.frames):
            s.before, s.now, s.fading = s.now, np.int64(s.frames), GLIDE_FRAMES
        s.line[0, at & _MASK], s.line[1, at & _MASK] = tame(xl[n]), tame(xr[n])
        place = (at - s.now) & _MASK
        left, right = s.line[0, place], s.line[1, place]
        if s.fading > 0:
            s.fading -= 1
            old = np.float32(s.fading / GLIDE_FRAMES)
            place = (at - s.before) & _MASK
            left += old * (s.line[0, place] - left)
            right += old * (s.line[1, place] - right)
        yl[n], yr[n] = left, right
        at += 1
    s.at = at
