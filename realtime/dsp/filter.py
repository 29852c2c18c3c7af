"""Shape a sound's colour: low-pass, band-pass and high-pass with resonance, 12 dB an octave.

The state-variable filter with trapezoidal integrators (V. Zavalishin, "The Art of VA Filter Design", 2018, ch. 4;
A. Simper, "Linear trapezoidal integrated state variable filter", 2011). Its state are the charges of two capacitors:
they stay what they are when the knobs move, which is why it can be swept at any speed without bursting.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

FILTER = np.dtype(
    [("cutoff_hz", GLIDE), ("resonance", GLIDE), ("mode", GLIDE), ("band", "f8"), ("low", "f8")],
    align=True,
)
FLAT_Q, SHARPEST_Q = np.sqrt(0.5), 25.0
HIGHEST = 0.49
"""Of the rate: a card at 22 kHz has no room for a cutoff of 20."""


@kernel(
    FILTER,
    Knob("cutoff_hz", 20.0, 20_000.0, 20_000.0, unit="Hz", curve="log"),
    Knob("resonance", 0.0, 1.0, 0.0),
    Knob("mode", 0.0, 2.0, 0.0),  # 0 low-pass, 1 band-pass, 2 high-pass, and all that lies between
)
def filter(s: Any, x: Any, y: Any, rate: float, frames: int) -> None:
    """Low-pass, band-pass or high-pass; without resonance flat up to its corner. [audio]"""
    band, low = s.band, s.low
    cutoff_hz, resonance = np.nan, np.nan
    damping = a1 = a2 = a3 = 0.0
    for n in range(frames):
        cutoff_now, resonance_now, mode = glide(s.cutoff_hz), glide(s.resonance), glide(s.mode)
        if cutoff_now != cutoff_hz or resonance_now != resonance:
            cutoff_hz, resonance = cutoff_now, resonance_now
            g = np.tan(np.pi * min(cutoff_hz / rate, HIGHEST))
            damping = 1.0 / (FLAT_Q * (SHARPEST_Q / FLAT_Q) ** resonance)
            a1 = 1.0 / (1.0 + g * (g + damping))
            a2 = g * a1
            a3 = g * a2
        sample = tame(x[n])
        pull = sample - low
        band_now = a1 * band + a2 * pull
        low_now = low + a2 * band + a3 * pull
        band = settle(2.0 * band_now - band)
        low = settle(2.0 * low_now - low)
        peak = damping * band_now  # as loud at its centre as what came in
        high = sample - peak - low_now
        y[n] = low_now + mode * (peak - low_now) if mode < 1.0 else peak + (mode - 1.0) * (high - peak)
    s.band, s.low = band, low
