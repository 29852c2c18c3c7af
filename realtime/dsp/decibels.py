"""Decibels as a hand sets them, factors as samples need them."""

from __future__ import annotations

import numpy as np
from numba import njit

MUTE_DB = -80.0
"""Where a fader's way ends; there it is shut, not merely low."""


@njit(inline="always", error_model="numpy")
def factor(db: float) -> float:
    """What a level in dB multiplies a sample by; exactly zero at MUTE_DB and below. [audio]"""
    return np.exp(db * 0.11512925464970229) if db > MUTE_DB else 0.0
