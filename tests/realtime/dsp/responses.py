"""What a kernel does to clicks and tones, as figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.kernel import Kernel
from tests.realtime.dsp.playing import RATE, play

Curve = npt.NDArray[np.float64]


def click_response(kernel: Kernel, frames: int, rate: float = RATE, **knobs: float) -> Curve:
    """Both sides' answer to a click on the left."""
    click = np.zeros((2, frames), np.float32)
    click[0, 0] = 1.0
    return play(kernel, click, state=kernel.new_state(rate, **knobs), rate=rate).astype(np.float64)


def gain_db(kernel: Kernel, rate: float = RATE, **knobs: float) -> tuple[Curve, Curve]:
    """Frequencies from 20 Hz to 20 kHz, and a linear kernel's gain there."""
    frames = 1 << 15
    heard = np.abs(np.fft.rfft(click_response(kernel, frames, rate, **knobs)[0]))
    hz = np.fft.rfftfreq(frames, 1 / rate)
    inside = (hz >= 20.0) & (hz <= min(20_000.0, 0.45 * rate))
    level: Curve = 20 * np.log10(np.maximum(heard[inside], 1e-9))
    return hz[inside].astype(np.float64), level


def tone(hz: float, frames: int, level: float, rate: float = RATE) -> Any:
    """A sine on both sides."""
    return np.tile(level * np.sin(2 * np.pi * hz * np.arange(frames) / rate), (2, 1)).astype(np.float32)


def lines(sound: npt.NDArray[Any]) -> Curve:
    """Amplitudes of a second of sound, hertz by hertz; tones of whole hertz leak into no other."""
    second = int(RATE)
    assert len(sound) == second
    return np.abs(np.fft.rfft(sound.astype(np.float64))) * 2 / second
