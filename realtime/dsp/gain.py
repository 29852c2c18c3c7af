"""Louder or softer."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

GAIN = np.dtype([("gain_db", GLIDE)], align=True)


@kernel(GAIN, Knob("gain_db", MUTE_DB, 24.0, 0.0, unit="dB"))
def gain(s: Any, x: Any, y: Any, frames: int) -> None:
    """A fader: it moves in decibels, so that a slow fade sounds even, and at its lowest it is shut. [audio]"""
    db, by = np.nan, 1.0
    for n in range(frames):
        now = glide(s.gain_db)
        if now != db:  # the exponential is paid for only while the fader moves
            db, by = now, factor(now)
        y[n] = tame(x[n]) * by
