"""The string plucked with a finger or struck with the bow's wood: no bow holds it, so physics alone says how it sounds.

What flows in: a pitch, a force, the time since the finger left. What flows out: amplitudes, as for a bowed frame. A
string drawn aside at one place and let go has every harmonic with 1/k² of the first, but for those with a node there;
the high ones die first, since the finger's flesh and the air take them (Fletcher and Rossing, "The Physics of Musical
Instruments", ch. 2 and 10). The bow's wood is harder and narrower than a finger: brighter, drier, more knock. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.fast_math import exp
from realtime.dsp.strings.plain import audible, ear, wood
from realtime.dsp.strings.sizes import BANDS, HARMONICS

_FINGER_AT, _WOOD_AT = 0.23, 0.09  # of the string
_RINGS_S, _RINGS_HZ, _RINGS_SHORTER = 0.55, 130.0, 0.6  # a time constant at a pitch, and its power law
_DRY = 0.16  # the wood stays on the string for a moment
_DULLER_HZ = 1_100.0
_KNOCK_S, _FINGER_KNOCK_DB, _WOOD_KNOCK_DB = 0.012, -19.0, -3.0
_DAMPED_S = 0.05

_fast = njit(error_model="numpy", fastmath=True)


@_fast
def ring(brain: Any, voice: Any, f0: float, age_s: float, damped_s: float, is_wood: bool, top_hz: float) -> None:
    """Fill `voice.goal` with one frame at full loudness, `damped_s` after a finger was laid on the string. [audio]"""
    lowest = np.float32(np.log2(f0 / 60.0))
    place = _WOOD_AT if is_wood else _FINGER_AT
    rings_s = _RINGS_S * (_RINGS_HZ / f0) ** _RINGS_SHORTER * (_DRY if is_wood else 1.0)
    power = 0.0
    for k in range(HARMONICS):
        hertz = f0 * (k + 1)
        node = np.sin(np.pi * place * (k + 1))
        shape = np.sqrt(node * node + 0.01) / (k + 1) ** (1.2 if is_wood else 1.8)
        first = shape * exp(wood(brain, lowest + brain.octaves[k])) * audible(hertz, top_hz)
        power += first * first * ear(hertz) * 0.5
        dies = age_s * (1.0 + (hertz / _DULLER_HZ) ** 1.3) / rings_s + damped_s / _DAMPED_S
        voice.goal[k] = first * exp(np.float32(-min(dies, 80.0)))
    whole = 1.0 / np.sqrt(max(power, 1e-30))
    for k in range(HARMONICS):
        voice.goal[k] = min(voice.goal[k] * whole, np.e)
    knock_db = _WOOD_KNOCK_DB if is_wood else _FINGER_KNOCK_DB
    knock = 10.0 ** (knock_db / 20.0) / np.sqrt(max(brain.bow_power, 1e-30)) * np.exp(-min(age_s / _KNOCK_S, 80.0))
    for band in range(BANDS):
        voice.goal[HARMONICS + band] = brain.bow_noise[band] * knock


@_fast
def loss_db(f0: float, age_s: float, damped_s: float, is_wood: bool) -> float:
    """How far the first harmonic has died by now. [audio]"""
    rings_s = _RINGS_S * (_RINGS_HZ / f0) ** _RINGS_SHORTER * (_DRY if is_wood else 1.0)
    return 8.685889638 * (age_s * (1.0 + (f0 / _DULLER_HZ) ** 1.3) / rings_s + damped_s / _DAMPED_S)
