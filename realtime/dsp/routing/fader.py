"""The end of a chain: how loud, on which side, heard or not, and how high its level stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

_FALLS_DB_A_SECOND = 24.0

FADER = np.dtype(
    [
        ("level_db", GLIDE),
        ("pan", GLIDE),
        ("heard", GLIDE),
        ("peak", "f8", (2,)),  # falls slowly, for a meter to read at leisure
    ],
    align=True,
)


@kernel(
    FADER,
    Knob("level_db", MUTE_DB, 12.0, 0.0, unit="dB"),
    Knob("pan", -1.0, 1.0, 0.0),
    Knob("heard", 0.0, 1.0, 1.0),
)
def fader(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Louder or softer, further left or right; in the middle at 0 dB every bit passes as it is. [audio]"""
    fall = np.exp(-_FALLS_DB_A_SECOND / 8.685889638065037 / rate)
    db, lean, level, left, right = np.nan, np.nan, 1.0, 1.0, 1.0
    high, low = s.peak[0], s.peak[1]
    for n in range(frames):
        now = glide(s.level_db)
        if now != db:
            db, level = now, factor(now)
        now = glide(s.pan)
        if now != lean:
            lean = now
            left = np.cos(0.5 * np.pi * lean) if 0.0 < lean < 1.0 else 1.0 - (lean >= 1.0)
            right = np.cos(0.5 * np.pi * lean) if -1.0 < lean < 0.0 else 1.0 - (lean <= -1.0)
        heard = glide(s.heard) * level
        to_left, to_right = tame(xl[n]) * (heard * left), tame(xr[n]) * (heard * right)
        yl[n], yr[n] = to_left, to_right
        high, low = max(high * fall, abs(to_left)), max(low * fall, abs(to_right))
    s.peak[0], s.peak[1] = high, low
