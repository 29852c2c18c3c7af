"""What a kernel lets in and what it keeps: numbers that can do no harm.

A plugin that divides by zero sends infinity once; a filter that took it in would hum or hold its tongue until the
program ends. So samples pass through `tame` on their way in, and what circulates passes through `settle`.
"""

from __future__ import annotations

from numba import njit

LOUDEST = 1e6
"""120 dB over full scale: no music is up there, and no gain of a rack takes it past what a float32 can hold."""

FAINTEST = 1e-18
"""360 dB under full scale; below it a sound is over. Denormals, which slow a filter down, lie further down still."""


@njit(inline="always", error_model="numpy")
def tame(x: float) -> float:
    """The sample within ±LOUDEST; silence for what is not a number. [audio]"""
    if x > LOUDEST:
        return LOUDEST
    if x < -LOUDEST:
        return -LOUDEST
    return x if x == x else 0.0


@njit(inline="always", error_model="numpy")
def settle(x: float) -> float:
    """What a state keeps: exactly zero, once it is inaudible by far. [audio]"""
    return 0.0 if abs(x) < FAINTEST else x
