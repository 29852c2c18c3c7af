"""The bow's hiss: 65 loops of band noise, each times a gain of its own.

What flows in: densities of 65 bands (the rms of one hertz) 250 times a second. What flows out: noise, added to the
piece of a voice. Each loop holds one band at a density of 1, with flanks such that the powers of neighbours add up to
1: equal gains make white noise, and any gains make noise that follows them in straight lines of power. Within a loop
all lines are equally strong and only their phases are drawn, so that no loop has a tone of its own; and no two loops
are equally long, so that what one hears never comes round again.

The loops are as many frames at every rate (a second at 48 kHz, half of one at 96), since a kernel's state has one
size, and of lengths without large prime factors, since they are made while somebody waits for the first sound. They
are drawn from a generator whose numbers are frozen: what was rendered sounds the same tomorrow. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.dsp.strings.bank import PIECE
from realtime.dsp.strings.sizes import BAND_CENTRES_HZ, BANDS, HARMONICS, HIGHEST_OF_RATE, RATE_HZ


def _easy(length: int) -> bool:
    """Whether a Fourier transform of this length is quick."""
    for prime in (2, 3, 5, 7, 11):
        while length % prime == 0:
            length //= prime
    return length == 1


_LENGTHS = [length for length in range(42_000, 60_000, 2) if _easy(length)][:BANDS]
_SHORTEST, LONGEST = _LENGTHS[0], _LENGTHS[-1]
TAIL = 512
"""So much of each loop's beginning stands again behind its end: a piece, or a hop at 96 kHz, is read in one go."""

NOISE = np.dtype([("tables", "f4", (BANDS, LONGEST + TAIL)), ("lengths", "i4", (BANDS,))], align=True)
"""The loops, 13 MB; all voices of a kernel share them."""

_SEED = 1_607
_LOWEST_HZ = 10.0  # below, a loudspeaker would only pump

_PIECE = np.uint64(PIECE)

_strict = njit(error_model="numpy")
_fast = njit(error_model="numpy", fastmath=True)


def noise_tables(rate: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """(BANDS, LONGEST + TAIL) loops of unit density, and how long each is, at a card's rate. [main]"""
    lengths = np.array([_LENGTHS[27 * band % BANDS] for band in range(BANDS)], np.int32)
    tables = np.zeros((BANDS, LONGEST + TAIL), np.float32)
    draw = np.random.RandomState(_SEED)
    for band, length in enumerate(lengths):
        hertz = np.fft.rfftfreq(length, 1.0 / rate)
        power = np.interp(hertz, BAND_CENTRES_HZ, np.arange(BANDS) == band)
        power[(hertz < _LOWEST_HZ) | (hertz > HIGHEST_OF_RATE * min(rate, RATE_HZ))] = 0.0
        there = np.flatnonzero(power)
        lines = np.zeros(len(hertz), complex)
        turned = np.exp(2j * np.pi * draw.random_sample(len(there)))
        lines[there] = np.sqrt(power[there] * rate * length / 2.0) * turned
        loop = np.fft.irfft(lines, length)
        tables[band, :length] = loop
        tables[band, length : length + TAIL] = loop[:TAIL]
    return tables, lengths


def begin_noise(noise: Any, rate: float) -> None:
    """Fill the loops for a card's rate. [main]"""
    noise["tables"], noise["lengths"] = noise_tables(rate)


def scatter(voice: Any, number: int) -> None:
    """Give a voice its own place in every loop, so that two voices of one pitch hiss as two. [main]"""
    draw = np.random.RandomState(_SEED + 1 + number)
    voice["places"] = draw.randint(0, _SHORTEST, BANDS)


@_strict
def noise(voice: Any, loops: Any, hop: int) -> None:
    """Add noise to the piece that `harmonics` has just made. [audio]"""
    _hiss(voice, loops, np.float32(1.0 / hop), np.float32((voice.at - voice.made) / hop))
    made = np.int32(voice.made)
    for band in range(BANDS):
        place = voice.places[band] + made
        voice.places[band] = place - loops.lengths[band] if place >= loops.lengths[band] else place


@_fast
def _hiss(voice: Any, loops: Any, step: np.float32, began: np.float32) -> None:
    for band in range(BANDS):
        start, goal = voice.start[HARMONICS + band], voice.goal[HARMONICS + band]
        if start == 0.0 and goal == 0.0:
            continue
        rise = goal - start
        gain = start + rise * began
        rise *= step
        place = np.uint64(voice.places[band])  # unsigned, so that no place needs to be asked whether it is negative
        for n in range(_PIECE):
            voice.piece[n] += (gain + rise * np.float32(np.int32(n))) * loops.tables[band, place + n]
