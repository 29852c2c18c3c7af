"""The bowed string without a network: what physics alone says about a cello's sound.

What flows in: f0 and loudness, as for the network. What flows out: the same amplitudes. A bow drags the string to one
side and lets it snap back, which makes a sawtooth at the bridge: every harmonic, the k-th with 1/k of the first
(Helmholtz 1863). Those with a node under the bow are missing. A bow pressed harder has a sharper corner go round the
string, so that loud is bright. What the bridge passes on, the wood colours: the air in the box near 100 Hz, the main
wood resonances near 180 and 220 Hz, a dip, the hill of the bridge between 1 and 3 kHz, little above (figures as in
L. Cremer, "The Physics of the Violin", 1984, ch. 10-12, and E. Jansson, "Acoustics for Violin and Guitar Makers",
2002, ch. 7). And the hair hisses, louder in proportion the softer the bow. At the end all is scaled so that its
A-weighted power is the loudness that was asked for. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.dsp.strings.fast_math import exp
from realtime.dsp.strings.sizes import (
    BAND_CENTRES_HZ,
    BANDS,
    BODY_LOW_HZ,
    BODY_PER_OCTAVE,
    BODY_POINTS,
    FADES_HZ,
    HARMONICS,
    HIGHEST_OF_RATE,
)

_RESONANCES = (  # Hz, dB above what lies around it, Q
    (98.0, 12.0, 14.0),  # A0: the air breathes through the f-holes
    (147.0, 5.0, 12.0),
    (178.0, 11.0, 16.0),  # B1-: the box bends
    (219.0, 13.0, 18.0),  # B1+
    (262.0, 5.0, 14.0),
    (305.0, 7.0, 16.0),
    (401.0, 8.0, 14.0),
    (497.0, 6.0, 12.0),
    (612.0, 7.0, 12.0),
    (760.0, 5.0, 10.0),
    (985.0, 6.0, 8.0),
    (1_400.0, 7.0, 3.5),  # the bridge rocks: its hill
    (2_150.0, 8.0, 2.5),
    (3_000.0, 4.0, 3.0),
)
_WOOD_ENDS_HZ, _WOOD_FALLS_DB = 3_200.0, 11.0  # an octave, above

_BOW_AT = 0.117  # of the string, from the bridge
_WIDTH = 0.02  # of the bow's hair: no harmonic is missing altogether
_SOFT_HZ, _LOUD_HZ = 700.0, 5_500.0  # where brilliance ends, at 60 dB under full loudness and at 10
_HISS_DB, _HISS_SOFTER = -27.0, 0.25  # of the sound's power at -20 dB; so many dB more for each dB softer
_SILENT = 1e-30

_fast = njit(error_model="numpy", fastmath=True)


@njit(error_model="numpy")
def end_of_harmonics(rate: float) -> float:
    """The frequency in Hz above which nothing sounds. [audio]"""
    return min(FADES_HZ[1], HIGHEST_OF_RATE * rate)


@_fast
def audible(hertz: float, top_hz: float) -> np.float32:
    """What is left of a harmonic so high. [audio]"""
    return np.float32(min(max((top_hz - hertz) / (FADES_HZ[1] - FADES_HZ[0]), 0.0), 1.0))


@_fast
def wood(brain: Any, octaves: np.float32) -> np.float32:
    """The body's gain in nepers, so many octaves above its lowest point. [audio]"""
    place = min(max(octaves * np.float32(BODY_PER_OCTAVE), np.float32(0.0)), np.float32(BODY_POINTS - 1.001))
    low = np.int32(place)
    share = place - np.float32(low)
    return brain.body[low] + share * (brain.body[low + 1] - brain.body[low])


@_fast
def ear(hertz: float) -> float:
    """Power of a tone as the ear weighs it (the A curve of IEC 61672), 1 at 1 kHz. [any]"""
    square = hertz * hertz
    low, high = square / (square + 20.598997**2), 12_194.217**2 / (square + 12_194.217**2)
    return 1.5848932 * low * low * high * high * square * square / ((square + 107.65265**2) * (square + 737.86223**2))


@_fast
def plain(brain: Any, voice: Any, f0: float, loudness_db: float, top_hz: float) -> None:
    """Fill `voice.goal` with one frame, from an f0 in Hz and a loudness in dB within reason. [audio]"""
    lowest = np.float32(np.log2(f0 / BODY_LOW_HZ))
    press = min(max((loudness_db + 60.0) / 50.0, 0.0), 1.0)
    bright_hz = _SOFT_HZ * np.exp2(press * np.log2(_LOUD_HZ / _SOFT_HZ))
    power = 0.0
    for k in range(HARMONICS):
        hertz = f0 * (k + 1)
        under_bow = np.sin(np.pi * _BOW_AT * (k + 1))
        comb = np.sqrt(under_bow * under_bow + _WIDTH)
        dull = 1.0 / (1.0 + (hertz / bright_hz) * (hertz / bright_hz))
        amplitude = comb * dull / (k + 1) * exp(wood(brain, lowest + brain.octaves[k])) * audible(hertz, top_hz)
        voice.goal[k] = amplitude
        power += amplitude * amplitude * ear(hertz) * 0.5
    hiss = 10.0 ** ((_HISS_DB - _HISS_SOFTER * (loudness_db + 20.0)) / 10.0)
    whole = 10.0 ** (loudness_db / 10.0) / (1.0 + hiss)
    tones = np.sqrt(whole / max(power, _SILENT))
    hair = np.sqrt(whole * hiss / max(brain.bow_power, _SILENT))
    for k in range(HARMONICS):
        voice.goal[k] = min(voice.goal[k] * tones, np.e)
    for band in range(BANDS):
        voice.goal[HARMONICS + band] = min(brain.bow_noise[band] * hair, np.e)


def cello_body() -> npt.NDArray[np.float32]:
    """What a cello's wood adds, in nepers at the body's points. [main]"""
    hertz = BODY_LOW_HZ * 2.0 ** (np.arange(BODY_POINTS) / BODY_PER_OCTAVE)
    gain_db = -_WOOD_FALLS_DB * np.log2(np.maximum(hertz / _WOOD_ENDS_HZ, 1.0))
    for centre_hz, peak_db, q in _RESONANCES:
        detuned = q * (hertz / centre_hz - centre_hz / hertz)
        gain_db += peak_db / (1.0 + detuned**2)
    return (gain_db * np.log(10.0) / 20.0).astype(np.float32)


def bow_noise(rate: float) -> tuple[npt.NDArray[np.float32], float]:
    """Densities of the hair's hiss, not yet scaled, and its power as the ear weighs it. [main]"""
    body = np.interp(
        np.log2(np.maximum(BAND_CENTRES_HZ, BODY_LOW_HZ) / BODY_LOW_HZ) * BODY_PER_OCTAVE,
        np.arange(BODY_POINTS),
        cello_body(),
    )
    rise = BAND_CENTRES_HZ / 400.0
    density = np.exp(0.5 * body) * rise / (1.0 + rise**2) ** 0.5
    density[HIGHEST_OF_RATE * rate < BAND_CENTRES_HZ] = 0.0
    hertz = np.arange(1.0, HIGHEST_OF_RATE * rate)
    weighed = np.interp(hertz, BAND_CENTRES_HZ, density**2) * ear.py_func(hertz)
    return density.astype(np.float32), float(weighed.sum())
