"""A line that sound travels along, and where one listens to it: in between samples too, and on the move.

A line is a ring of float32 whose length is a power of two; what is written at frame n is read `delay` frames later,
through the four samples around that point, by Lagrange's polynomial of third order (T. I. Laakso, V. Välimäki,
M. Karjalainen, U. K. Laine, "Splitting the unit delay", IEEE Signal Processing Magazine 13(1), 1996). Listening on the
move is what a tape does whose head is moved: pitch bends, and nothing clicks. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

LEAST_DELAY = 2.0
"""Nearer to the pen the polynomial would need a sample that is not written yet."""


@njit(error_model="numpy")
def between(line: Any, frame: int, delay: float) -> float:
    """What was written `delay` frames before `frame`, which may stand between two samples; `frame` itself may not be
    needed to have been written. [audio]"""
    mask = len(line) - 1
    whole = np.int64(delay)
    part = delay - whole
    at = frame - whole
    newer, here = np.float64(line[(at + 1) & mask]), np.float64(line[at & mask])
    older, oldest = np.float64(line[(at - 1) & mask]), np.float64(line[(at - 2) & mask])
    if part == 0.0:
        return here
    up, down, far = part + 1.0, part - 1.0, part - 2.0
    return (
        here * (up * down * far * 0.5)
        - newer * (part * down * far * (1.0 / 6.0))
        - older * (up * part * far * 0.5)
        + oldest * (up * part * down * (1.0 / 6.0))
    )


def spent(turns: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What `between` takes of a wave of so many turns a frame, in nepers, on an average of all places between two
    samples: what stands at a line that one listens to on the move has to give it back. [main]"""
    part = np.linspace(0.0, 1.0, 65)[:, None]
    up, down, far, wave = part + 1.0, part - 1.0, part - 2.0, np.exp(-2j * np.pi * turns)
    response = up * down * far / 2.0 - part * down * far / 6.0 / wave
    response = response - up * part * far / 2.0 * wave + up * part * down / 6.0 * wave * wave
    loss: npt.NDArray[np.float64] = -np.log(np.abs(response)).mean(axis=0)
    return loss


@njit(inline="always", error_model="numpy")
def travel(now: float, goal: float, near: float, fastest: float) -> float:
    """One frame of the head's way to another delay: by a part of what is left, but never faster than `fastest` frames
    a frame, and exactly there at last. [audio]"""
    left = goal - now
    if abs(left) < 0.01:
        return goal
    return now + min(max(near * left, -fastest), fastest)
