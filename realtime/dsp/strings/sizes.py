"""The sizes that a bowed string's network, its sound and its training agree on.

What flows in: nothing. What flows out: constants, and how loudness and pitch are put to the network. [any]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
"""At which networks learn; they sound at any rate, since they speak of amplitudes and not of samples."""

FRAMES_A_SECOND = 250
HARMONICS, BANDS = 128, 65
AMPLITUDES = HARMONICS + BANDS
HIDDEN = 192
FOURIER = (1, 2, 4, 8)
"""Waves an octave in which the network is told the pitch: fine enough for it to know a quarter tone."""

INPUTS = 3 + 2 * len(FOURIER)
LOW_C_HZ = 65.4
LOWEST_DB = -90.0

FADES_HZ = (21_000.0, 22_500.0)
"""Harmonics fade out between these, so that a glide takes none away with a click."""

HIGHEST_OF_RATE = 0.47
"""Where a card runs slower than 48 kHz, harmonics and noise end at this part of its rate instead."""

BODY_LOW_HZ, BODY_PER_OCTAVE, BODY_POINTS = 60.0, 24, 209
"""What the wood adds stands at fixed places of the spectrum, whatever is played."""

HALL_S = 0.5


def hop_frames(rate: float) -> int:
    """How many frames of the card's rate one frame of the network lasts. [any]"""
    return max(round(rate / FRAMES_A_SECOND), 1)


def erb(hertz: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far up the ear's own scale a frequency lies (Glasberg and Moore 1990). [any]"""
    return np.asarray(21.4 * np.log10(1.0 + 0.00437 * np.asarray(hertz, np.float64)))


BAND_CENTRES_HZ: npt.NDArray[np.float64] = (
    10.0 ** (np.linspace(0.0, float(erb(RATE_HZ / 2.0)), BANDS) / 21.4) - 1.0
) / 0.00437
"""Noise is told in as many steps as the ear tells apart."""
