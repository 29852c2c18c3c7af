"""Take the edge off a sound: one pole, 6 dB an octave."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

LOWPASS = np.dtype([("cutoff_hz", GLIDE), ("last", "f8")], align=True)


@kernel(LOWPASS, Knob("cutoff_hz", 20.0, 20_000.0, 20_000.0, unit="Hz", curve="log"))
def lowpass(s: Any, x: Any, y: Any, rate: float, frames: int) -> None:
    """One-pole low-pass; the cutoff glides, so that turning the knob makes no zipper noise. [audio]"""
    last = s.last
    cutoff_hz, open_by = np.nan, 1.0
    for n in range(frames):
        now = glide(s.cutoff_hz)
        if now != cutoff_hz:
            cutoff_hz, open_by = now, 1.0 - np.exp(-2.0 * np.pi * now / rate)
        last = settle(last + open_by * (tame(x[n]) - last))
        y[n] = last
    s.last = last
