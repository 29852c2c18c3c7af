"""The spectrum of the newest 16 ms, in bands as wide as the ear's: where vowels and consonants differ.

What flows in: the last samples at 16 kHz. What flows out: the logarithm of the power in each band. Runs on the ears
thread, compiled; the tables are made once on the main thread.

The window is not symmetric: it rises slowly and falls within 4 ms, so that a new note's first samples weigh as soon
as they come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.frames import RATE_HZ

WINDOW = 256
BANDS = 37
_HALF = 256  # points of the complex transform that does the work of a real one of twice as many
_BINS = _HALF + 1
_FALL = 64  # samples
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 5_500.0  # above lie the resampler's aliases: one wide band tells hiss from vowels
_TOP_HZ = 7_800.0
_FAINTEST = 1e-9  # power added to each band: digital silence has a logarithm too

TABLES = np.dtype(
    [
        ("window", "f4", (WINDOW,)),
        ("cos", "f4", (_HALF,)),  # of the turns of the real transform; every second one serves the complex
        ("sin", "f4", (_HALF,)),
        ("reversed", "i4", (_HALF,)),
        ("first", "i4", (BANDS,)),  # bin of each band
        ("last", "i4", (BANDS,)),
        ("weight", "f4", (BANDS, _BINS)),
    ],
    align=True,
)


def tables() -> npt.NDArray[Any]:
    """All that the transform looks up, as one record. [main]"""
    made = np.zeros(1, TABLES)
    t = made[0]
    rise = WINDOW - _FALL
    t["window"][:rise] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise)
    t["window"][rise:] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_FALL) + 0.5) / _FALL)
    turn = -np.pi * np.arange(_HALF) / _HALF
    t["cos"], t["sin"] = np.cos(turn), np.sin(turn)
    bits = _HALF.bit_length() - 1
    t["reversed"] = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(_HALF)]
    for band, weight in enumerate(_band_weights()):
        held = np.flatnonzero(weight)
        t["first"][band], t["last"][band], t["weight"][band] = held[0], held[-1], weight
    return made


def _band_weights() -> list[npt.NDArray[np.float64]]:
    """Triangles, evenly spaced on the mel scale (O'Shaughnessy 1987), then one wide band of hiss."""
    bins_hz = np.arange(_BINS) * RATE_HZ / (2 * _HALF)
    low, high = 1127.0 * np.log1p(_LOWEST_HZ / 700.0), 1127.0 * np.log1p(_HIGHEST_HZ / 700.0)
    edges_hz = 700.0 * np.expm1(np.linspace(low, high, BANDS + 1) / 1127.0)
    weights = []
    for before, middle, after in zip(edges_hz[:-2], edges_hz[1:-1], edges_hz[2:], strict=True):
        rising, falling = (bins_hz - before) / (middle - before), (after - bins_hz) / (after - middle)
        weight = np.clip(np.minimum(rising, falling), 0.0, None)
        if not weight.any():
            weight[np.argmin(abs(bins_hz - middle))] = 1.0
        weights.append(weight / weight.sum())
    hiss = ((bins_hz >= _HIGHEST_HZ) & (bins_hz < _TOP_HZ)).astype(np.float64)
    return [*weights, hiss / hiss.sum()]


@compiled
def band_powers(t: Any, samples: Any, real: Any, imaginary: Any, powers: Any) -> None:
    """The bands of the newest WINDOW of these samples; `real` and `imaginary` are room to work in. [ears]"""
    start = len(samples) - WINDOW
    for i in range(_HALF):
        real[i] = imaginary[i] = 0.0
    for pair in range(WINDOW // 2):  # even samples are the real parts, odd ones the imaginary; the rest is zeros
        place = t.reversed[pair]
        real[place] = samples[start + 2 * pair] * t.window[2 * pair]
        imaginary[place] = samples[start + 2 * pair + 1] * t.window[2 * pair + 1]
    _transform(t, real, imaginary)
    # Even and odd samples are told apart by symmetry, then joined into the spectrum of all.
    first = real[0]
    real[0], nyquist = first + imaginary[0], first - imaginary[0]
    imaginary[0] = 0.0
    for k in range(1, _HALF // 2 + 1):
        mirror = _HALF - k
        even_r, even_i = 0.5 * (real[k] + real[mirror]), 0.5 * (imaginary[k] - imaginary[mirror])
        odd_r, odd_i = 0.5 * (imaginary[k] + imaginary[mirror]), 0.5 * (real[mirror] - real[k])
        turned_r = odd_r * t.cos[k] - odd_i * t.sin[k]
        turned_i = odd_r * t.sin[k] + odd_i * t.cos[k]
        real[k], imaginary[k] = even_r + turned_r, even_i + turned_i
        real[mirror], imaginary[mirror] = even_r - turned_r, turned_i - even_i
    for i in range(_HALF):
        real[i] = real[i] * real[i] + imaginary[i] * imaginary[i]
    for band in range(BANDS):
        power = np.float32(0.0)
        for i in range(t.first[band], t.last[band] + 1):
            power += t.weight[band, i] * (real[i] if i < _HALF else nyquist * nyquist)
        powers[band] = np.log10(power + _FAINTEST)


@compiled
def _transform(t: Any, real: Any, imaginary: Any) -> None:
    """Cooley and Tukey's transform (1965), in place, of values that lie in bit-reversed order. [ears]"""
    size = 2
    while size <= _HALF:
        half = size // 2
        step = 2 * _HALF // size  # in the table of the real transform's turns
        for start in range(0, _HALF, size):
            for k in range(half):
                c, s = t.cos[k * step], t.sin[k * step]
                i, j = start + k, start + k + half
                r = real[j] * c - imaginary[j] * s
                m = real[j] * s + imaginary[j] * c
                real[j], imaginary[j] = real[i] - r, imaginary[i] - m
                real[i], imaginary[i] = real[i] + r, imaginary[i] + m
        size *= 2
