"""The last in a rack: whatever comes before it, nothing leaves louder than the ceiling.

It looks not ahead, since looking ahead is waiting, and a player hears every millisecond of that. A peak that it did
not see coming is cut at the ceiling for the quarter of a wave it rises in; from there on the gain holds, and what
follows passes undistorted, only softer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.decibels import factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

LIMITER = np.dtype([("ceiling_db", GLIDE), ("release_s", "f8"), ("gain", "f8"), ("hold", "i8")], align=True)
HOLD_S = 0.0125
"""Half a wave of 40 Hz: the gain rests between a bass note's peaks, instead of bending each of its waves."""

STILL = 0.999
"""Of the ceiling: a tone that keeps reaching so high keeps the gain where it is, and is not bent at all."""

WHOLE = 1.0 - 1e-6
"""A gain so near to one is one: what is soft enough leaves as it came, bit by bit."""


@kernel(
    LIMITER,
    Knob("ceiling_db", -24.0, 0.0, -0.3, unit="dB"),
    Knob("release_s", 0.01, 1.0, 0.1, unit="s", curve="log"),
)
def limiter(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Hold both sides under the ceiling by one gain, so that the picture does not sway. [audio]"""
    back = 1.0 - np.exp(-1.0 / (s.release_s * rate))
    hold_frames = np.int64(HOLD_S * rate)
    gain, hold = s.gain, s.hold
    ceiling_db, ceiling = np.nan, 1.0
    for n in range(frames):
        now = glide(s.ceiling_db)
        if now != ceiling_db:
            ceiling_db = now
            ceiling = np.float64(np.float32(factor(now)))  # what a float32 sample can reach, not 1e-8 more
        left, right = tame(xl[n]), tame(xr[n])
        peak = max(abs(left), abs(right))
        if peak * gain > ceiling * STILL:
            gain, hold = min(gain, ceiling / peak), hold_frames
        elif hold > 0:
            hold -= 1
        elif gain < 1.0:
            gain += back * (1.0 - gain)
            gain = min(gain, ceiling / peak) if peak > ceiling else gain
            gain = gain if gain < WHOLE else 1.0
        yl[n] = min(max(left * gain, -ceiling), ceiling)
        yr[n] = min(max(right * gain, -ceiling), ceiling)
    s.gain, s.hold = gain, hold


@limiter.prepare
def _begin_open(s: Any, _rate: float) -> None:
    s["gain"] = 1.0
