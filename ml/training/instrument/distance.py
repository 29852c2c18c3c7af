"""How far one sound is from another, as a gradient can follow it and as a figure can be compared.

What flows in: sounds at RATE_HZ. What flows out:

- `spectral`: spectra of six window lengths, from 43 ms to 1.3 ms; for each the mean difference of the magnitudes as a
  share of the mean magnitude, plus the mean difference of their logarithms (nepers); the mean over the lengths (after
  Engel et al. 2020, "DDSP").
- `envelope_db`: 40 bands on the mel scale from 40 Hz to 20 kHz, power smoothed over 30 ms; the mean difference in dB
  where the recording is within 50 dB of its loudest. It is blind to the fine structure of noise, which no two bow
  strokes share.

[any]
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from realtime.dsp.strings.sizes import RATE_HZ

WINDOWS = (2_048, 1_024, 512, 256, 128, 64)
_QUIET = 1e-5
_MEL_BANDS, _MEL_WINDOW, _SMOOTHED = 40, 1_024, 6
_MEL_HZ = (40.0, 20_000.0)


def spectral(made: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """(batch,) the linear and the logarithmic part. [any]"""
    linear = logarithmic = torch.zeros(len(made), device=made.device)
    for size in WINDOWS:
        with torch.no_grad():
            wanted = _magnitudes(right, size)
            level = wanted.mean((1, 2)) + _QUIET
        found = _magnitudes(made, size)
        linear = linear + (wanted - found).abs().mean((1, 2)) / level
        logarithmic = logarithmic + (torch.log(wanted + _QUIET) - torch.log(found + _QUIET)).abs().mean((1, 2))
    return linear / len(WINDOWS), logarithmic / len(WINDOWS)


def envelope_db(made: Tensor, right: Tensor) -> Tensor:
    """(batch,) decibels. [any]"""
    with torch.no_grad():
        wanted = _bands(right)
        power = wanted.sum(1)
        loud = (power > power.amax(1, keepdim=True) * 1e-5).to(wanted.dtype)[:, None]
    apart = 10.0 * (torch.log10(wanted + 1e-10) - torch.log10(_bands(made) + 1e-10)).abs()
    each: Tensor = (apart * loud).sum((1, 2)) / (loud.sum((1, 2)) * _MEL_BANDS + 1e-9)
    return each


def _magnitudes(sound: Tensor, size: int) -> Tensor:
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(sound, size, size // 4, size, window, center=False, return_complex=True)
    found: Tensor = spectrum.abs() * (2.0 / window.sum())
    return found


def _bands(sound: Tensor) -> Tensor:
    size = _MEL_WINDOW
    window = torch.hann_window(size, device=sound.device)
    spectrum = torch.stft(sound, size, size // 4, size, window, return_complex=True)
    power = (spectrum.real.square() + spectrum.imag.square()) * (4.0 / size**2)
    bands = _mel().to(sound.device) @ power
    smooth: Tensor = torch.nn.functional.avg_pool1d(bands, _SMOOTHED, _SMOOTHED // 2)
    return smooth


@cache
def _mel() -> Tensor:
    hertz = np.fft.rfftfreq(_MEL_WINDOW, 1.0 / RATE_HZ)
    low, high = (2_595.0 * np.log10(1.0 + each / 700.0) for each in _MEL_HZ)
    edges = 700.0 * (10.0 ** (np.linspace(low, high, _MEL_BANDS + 2) / 2_595.0) - 1.0)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return torch.tensor(weights / (weights.sum(1, keepdims=True) + 1e-9), dtype=torch.float32)
