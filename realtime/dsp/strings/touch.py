"""How a bow is held, where it touches, what sits on the bridge: the same note, another colour.

What flows in: a frame's amplitudes and the controls as felt. What flows out: the amplitudes, coloured. Nearer to the
bridge or pressed harder, a bow excites more high harmonics and fewer low ones; over the fingerboard the opposite. A
mute is a weight on the bridge, through which the high ones hardly pass (Fletcher and Rossing, ch. 10). A finger that
touches the middle of a string leaves every other harmonic. Controls in their middle change nothing, to the bit. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.controls import BOW_POSITION, BOW_PRESSURE, FLAGEOLET, HAIR, MUTE
from realtime.dsp.strings.fast_math import exp
from realtime.dsp.strings.sizes import BANDS, HARMONICS, RATE_HZ, erb

_HINGE_HZ = 700.0
"""What is brighter is louder above it and softer below."""

_POSITION_DB, _PRESSURE_DB = 4.5, 3.0  # an octave, at a control's end
_FARTHEST_OCTAVES = 3.5
_MUTED_DB, _MUTED_HZ, _MUTED_LEVEL_DB = 19.0, 900.0, 3.0
_HAIR_DB, _PRESSED_HAIR_DB = 14.0, 9.0
_WHISTLE_DB = 70.0
_ERB_A_BAND = float(erb(RATE_HZ / 2.0)) / (BANDS - 1)
_NEPER_A_DB = 0.11512925464970229

_fast = njit(error_model="numpy", fastmath=True)


@_fast
def colour(bow: Any, voice: Any, f0: float, gain: float) -> None:
    """Colour the frame in `voice.goal` and set its level. [audio]"""
    place, pressure = 2.0 * bow.felt[BOW_POSITION] - 1.0, 2.0 * bow.felt[BOW_PRESSURE] - 1.0
    mute, whistle, hair = bow.felt[MUTE], bow.felt[FLAGEOLET], 2.0 * bow.felt[HAIR] - 1.0
    if place == 0.0 and pressure == 0.0 and mute == 0.0 and whistle == 0.0 and hair == 0.0:
        if gain != 1.0:
            for i in range(HARMONICS + BANDS):
                voice.goal[i] *= np.float32(gain)
        return
    tilt = _NEPER_A_DB * (_POSITION_DB * place + _PRESSURE_DB * pressure)
    lowest = np.log2(f0 / _HINGE_HZ)
    for k in range(HARMONICS):
        octaves = min(max(lowest + np.log2(k + 1.0), -_FARTHEST_OCTAVES), _FARTHEST_OCTAVES)
        neper = tilt * octaves + _damped(f0 * (k + 1), mute)
        if k % 2 == 0:
            neper -= _NEPER_A_DB * _WHISTLE_DB * whistle * whistle
        neper -= whistle * 0.06 * k
        voice.goal[k] = min(voice.goal[k] * exp(np.float32(neper)) * np.float32(gain), np.float32(np.e))
    hiss_db = _HAIR_DB * hair + _PRESSED_HAIR_DB * abs(pressure) + _PRESSED_HAIR_DB * max(place, 0.0)
    for band in range(BANDS):
        neper = _NEPER_A_DB * hiss_db + (_damped(_centre_hz(band), mute) if mute > 0.0 else 0.0)
        louder = exp(np.float32(neper)) * np.float32(gain)
        voice.goal[HARMONICS + band] = min(voice.goal[HARMONICS + band] * louder, np.float32(np.e))


@_fast
def _centre_hz(band: int) -> float:
    return (10.0 ** (band * _ERB_A_BAND / 21.4) - 1.0) / 0.00437


@_fast
def _damped(hertz: float, mute: float) -> float:
    """Nepers that the weight on the bridge takes."""
    over = hertz / _MUTED_HZ
    return -_NEPER_A_DB * mute * (_MUTED_LEVEL_DB + _MUTED_DB * over * over / (1.0 + over * over))
