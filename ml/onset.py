"""When a note begins: one hop in, the energies of its bands and how much they have risen out.

What flows in: hops of `ml/frames.py`. What flows out: onset strength of each. Runs on the ears thread, compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import HOP, RATE_HZ

BANDS = 24
_WINDOW = 256
_FALL = 48
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 5_500.0


def _window() -> npt.NDArray[np.float64]:
    rise = _WINDOW - _FALL
    up = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise)
    down = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_FALL) + 0.5) / _FALL)
    return np.concatenate([up, down])


def _waves(bins):
    angle = 2 * np.pi * np.outer(np.arange(bins), np.arange(_WINDOW)) / _WINDOW
    w = _window()
    w = w / w.sum() * 2
    return np.stack([np.cos(angle) * w, np.sin(angle) * w]).astype(np.float32)


def _bands(bins):
    mel = lambda f: np.log(1 + f / 700.0)
    edges = 700.0 * (np.exp(np.linspace(mel(_LOWEST_HZ), mel(_HIGHEST_HZ), BANDS + 2)) - 1)
    f = np.arange(bins) * RATE_HZ / _WINDOW
    out = np.zeros((BANDS, bins), np.float32)
    for b in range(BANDS):
        lo, mid, hi = edges[b : b + 3]
        lo, hi = min(lo, mid - 62.5), max(hi, mid + 62.5)
        out[b] = np.maximum(0, np.minimum((f - lo) / (mid - lo), (hi - f) / (hi - mid)))
    return out


@compiled
def _energies(history: Any, waves: Any, bands: Any, out: Any) -> None:
    for b in range(bands.shape[0]):
        out[b] = 0.0
    for k in range(waves.shape[1]):
        re, im = np.float32(0), np.float32(0)
        for i in range(history.shape[0]):
            re += history[i] * waves[0, k, i]
            im += history[i] * waves[1, k, i]
        p = re * re + im * im
        for b in range(bands.shape[0]):
            out[b] += bands[b, k] * p
