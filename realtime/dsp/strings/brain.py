"""What a string's sound is made of at this moment: pitch and loudness in, amplitudes out, 250 times a second.

What flows in: f0 in hertz, A-weighted loudness in dB (-90..0), what the voice remembers. What flows out: the peak
amplitudes of 128 harmonics, then the densities of 65 bands of noise (the rms of one hertz). A network with a memory
decides: linear, GRU, linear, linear; and the wood, a gain at fixed places of the spectrum that the harmonics slide
along. Without weights `realtime.dsp.strings.plain` decides instead.

Weights lie (inputs, outputs), so that one input's share goes to all outputs in one sweep, eight rows at a time: what
costs is fetching the weights, 1.3 MB a frame, and so each is fetched once and in the order in which it lies. [audio]
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.dsp.strings.fast_math import exp, logistic, tanh
from realtime.dsp.strings.plain import audible, bow_noise, cello_body, end_of_harmonics, plain, wood
from realtime.dsp.strings.sizes import (
    AMPLITUDES,
    BODY_LOW_HZ,
    BODY_POINTS,
    FOURIER,
    HARMONICS,
    HIDDEN,
    INPUTS,
    LOW_C_HZ,
    LOWEST_DB,
)
from score.errors import ModelError

_OUTPUTS = 208
"""AMPLITUDES, rounded up to whole vectors; the rest of each row is zero."""

_ROWS = 8  # go into one sweep
_TOLD = 16  # INPUTS, rounded up to whole sweeps; the rest is zero

BRAIN = np.dtype(
    [
        ("learned", "i8"),  # 0: the plain string plays
        ("in_weight", "f4", (_TOLD, HIDDEN)),
        ("in_bias", "f4", (HIDDEN,)),
        ("gru_in_weight", "f4", (HIDDEN, 3 * HIDDEN)),  # gates: reset, update, new
        ("gru_in_bias", "f4", (3 * HIDDEN,)),
        ("gru_weight", "f4", (HIDDEN, 3 * HIDDEN)),
        ("gru_bias", "f4", (3 * HIDDEN,)),
        ("mid_weight", "f4", (2 * HIDDEN, HIDDEN)),  # of [memory, seen]
        ("mid_bias", "f4", (HIDDEN,)),
        ("out_weight", "f4", (HIDDEN, _OUTPUTS)),
        ("out_bias", "f4", (_OUTPUTS,)),
        ("body", "f4", (BODY_POINTS,)),  # nepers
        ("octaves", "f4", (HARMONICS,)),  # of each harmonic above the first
        ("bow_noise", "f4", (AMPLITUDES - HARMONICS,)),  # the plain string's, before it is scaled
        ("bow_power", "f4"),  # of that, as the ear weighs it
    ],
    align=True,
)

MEMORY = np.dtype([("kept", "f4", (HIDDEN,)), ("loudness_db", "f8"), ("is_fresh", "i8")], align=True)
"""What one voice remembers from frame to frame."""

SCRATCH = np.dtype(
    [
        ("told", "f4", (_TOLD,)),
        ("joined", "f4", (2 * HIDDEN,)),  # memory, seen
        ("seen", "f4", (HIDDEN,)),
        ("from_seen", "f4", (3 * HIDDEN,)),
        ("from_kept", "f4", (3 * HIDDEN,)),
        ("middle", "f4", (HIDDEN,)),
        ("drawn", "f4", (_OUTPUTS,)),
    ],
    align=True,
)
"""Where a frame is worked out; all voices of a kernel share one."""

LOWEST_HZ, HIGHEST_HZ, FAINTEST_DB = 20.0, 5_000.0, -120.0
LOUDEST_NEPER = 1.0
"""No amplitude is ever above e, whatever the weights say."""

_NEPER_A_DB = math.log(10.0) / 20.0
_LEAK = np.float32(0.1)
_HALF_STEP_DB, _MOST_STEPS = 6.0, 2.0

_strict = njit(error_model="numpy")
_fast = njit(error_model="numpy", fastmath=True)  # finite in, finite out: `learn` and `think` see to that


_SHAPES: dict[str, tuple[int, ...]] = {
    "in_weight": (INPUTS, HIDDEN),
    "in_bias": (HIDDEN,),
    "gru_in_weight": (HIDDEN, 3 * HIDDEN),
    "gru_in_bias": (3 * HIDDEN,),
    "gru_weight": (HIDDEN, 3 * HIDDEN),
    "gru_bias": (3 * HIDDEN,),
    "mid_weight": (2 * HIDDEN, HIDDEN),
    "mid_bias": (HIDDEN,),
    "out_weight": (HIDDEN, AMPLITUDES),
    "out_bias": (AMPLITUDES,),
    "body": (BODY_POINTS,),
}
_LARGEST = 1e4
"""A weight beyond it comes from no training; with weights below it no sum can leave float32, whatever is played."""


def begin(brain: Any, rate: float) -> None:
    """A brain that has learned nothing: the plain string, at a card's rate. [main]"""
    for name in _SHAPES:
        brain[name] = 0.0
    brain["learned"] = 0
    brain["octaves"] = np.log2(np.arange(1, HARMONICS + 1))
    brain["body"] = cello_body()
    brain["bow_noise"], brain["bow_power"] = bow_noise(rate)


def learn(brain: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Put a network's weights into a brain that has begun; what is none raises and changes nothing. [main]"""
    checked = {name: _checked(name, shape, arrays) for name, shape in _SHAPES.items()}
    for name, array in checked.items():
        place = brain[name]
        place[...] = 0.0
        place[tuple(slice(0, size) for size in array.shape)] = array
    brain["learned"] = 1


def _checked(name: str, shape: tuple[int, ...], arrays: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    if name not in arrays:
        raise ModelError(f"The instrument has no array '{name}'.", _ANEW)
    array = np.asarray(arrays[name])
    if array.shape != shape:
        raise ModelError(f"The instrument's '{name}' is {_by(array.shape)}, where {_by(shape)} is needed.", _ANEW)
    if not np.issubdtype(array.dtype, np.floating):
        raise ModelError(
            f"The instrument's '{name}' holds {array.dtype}, where numbers with a point are needed.", _ANEW
        )
    if not (np.abs(array) <= _LARGEST).all():  # false for what is not a number, too
        raise ModelError(f"The instrument's '{name}' holds numbers that no training leaves behind.", _ANEW)
    return array.astype(np.float32)


_ANEW = "Train it anew with: vocello train instrument FOLDER --name NAME"


def _by(shape: tuple[int, ...]) -> str:
    return " by ".join(map(str, shape)) or "a single number"


def forget(memory: Any) -> None:
    """A voice that has not played yet. [any]"""
    memory["kept"], memory["loudness_db"], memory["is_fresh"] = 0.0, FAINTEST_DB, 1


@_strict
def begin_anew(memory: Any) -> None:
    """The same on the audio thread: a note that follows nothing. [audio]"""
    for i in range(HIDDEN):
        memory.kept[i] = 0.0
    memory.loudness_db, memory.is_fresh = FAINTEST_DB, 1


@_strict
def think(brain: Any, memory: Any, scratch: Any, voice: Any, hertz: float, loudness_db: float, rate: float) -> None:
    """One frame of one voice: fill `voice.goal`, harmonics first, then noise. [audio]"""
    f0 = min(max(hertz, LOWEST_HZ), HIGHEST_HZ) if hertz == hertz else LOW_C_HZ
    loud = min(max(loudness_db, FAINTEST_DB), 0.0) if loudness_db == loudness_db else FAINTEST_DB
    change = 0.0 if memory.is_fresh else (loud - memory.loudness_db) / _HALF_STEP_DB
    memory.loudness_db, memory.is_fresh = loud, 0
    top_hz = end_of_harmonics(rate)
    if brain.learned == 0:
        plain(brain, voice, f0, loud, top_hz)
        return
    _tell(scratch, f0, loud, min(max(change, -_MOST_STEPS), _MOST_STEPS))
    _remember(brain, memory, scratch)
    _draw(brain, memory, scratch)
    _sound_out(brain, scratch, voice, f0, loud, top_hz)


@_strict
def _tell(scratch: Any, f0: float, loud: float, change: float) -> None:
    octaves = np.log2(f0 / LOW_C_HZ)
    scratch.told[0] = octaves / 4.0
    scratch.told[1] = (loud - LOWEST_DB) / 45.0 - 1.0
    scratch.told[2] = change
    for i in range(len(FOURIER)):
        angle = 2.0 * np.pi * FOURIER[i] * octaves
        scratch.told[3 + 2 * i], scratch.told[4 + 2 * i] = np.sin(angle), np.cos(angle)


@_fast
def _remember(brain: Any, memory: Any, scratch: Any) -> None:
    """The GRU, as PyTorch writes its equations (Cho et al. 2014)."""
    for i in range(HIDDEN):
        scratch.seen[i] = brain.in_bias[i]
    _add(scratch.told, brain.in_weight, scratch.seen)
    for i in range(HIDDEN):
        scratch.seen[i] = max(scratch.seen[i], _LEAK * scratch.seen[i])
    for i in range(3 * HIDDEN):
        scratch.from_seen[i], scratch.from_kept[i] = brain.gru_in_bias[i], brain.gru_bias[i]
    _add(scratch.seen, brain.gru_in_weight, scratch.from_seen)
    _add(memory.kept, brain.gru_weight, scratch.from_kept)
    for i in range(HIDDEN):
        reset = logistic(scratch.from_seen[i] + scratch.from_kept[i])
        update = logistic(scratch.from_seen[i + HIDDEN] + scratch.from_kept[i + HIDDEN])
        new = tanh(scratch.from_seen[i + 2 * HIDDEN] + reset * scratch.from_kept[i + 2 * HIDDEN])
        memory.kept[i] = new + update * (memory.kept[i] - new)


@_fast
def _draw(brain: Any, memory: Any, scratch: Any) -> None:
    """Logarithms of the amplitudes, relative to the loudness."""
    for i in range(HIDDEN):
        scratch.joined[i], scratch.joined[i + HIDDEN] = memory.kept[i], scratch.seen[i]
        scratch.middle[i] = brain.mid_bias[i]
    _add(scratch.joined, brain.mid_weight, scratch.middle)
    for i in range(HIDDEN):
        scratch.middle[i] = max(scratch.middle[i], _LEAK * scratch.middle[i])
    for i in range(_OUTPUTS):
        scratch.drawn[i] = brain.out_bias[i]
    _add(scratch.middle, brain.out_weight, scratch.drawn)


@_fast
def _sound_out(brain: Any, scratch: Any, voice: Any, f0: float, loud: float, top_hz: float) -> None:
    lowest = np.float32(np.log2(f0 / BODY_LOW_HZ))
    for k in range(HARMONICS):
        scratch.drawn[k] += wood(brain, lowest + brain.octaves[k])
    level = np.float32(_NEPER_A_DB * loud)
    for i in range(AMPLITUDES):
        voice.goal[i] = exp(min(scratch.drawn[i] + level, np.float32(LOUDEST_NEPER)))
    for k in range(HARMONICS):
        voice.goal[k] *= audible((k + 1) * f0, top_hz)


@_fast
def _add(x: Any, weight: Any, y: Any) -> None:
    """y += x @ weight"""
    for i in range(0, x.shape[0], _ROWS):
        a, b, c, d, e, f, g, h = x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[i + 7]
        for o in range(y.shape[0]):
            y[o] += (
                a * weight[i, o]
                + b * weight[i + 1, o]
                + c * weight[i + 2, o]
                + d * weight[i + 3, o]
                + e * weight[i + 4, o]
                + f * weight[i + 5, o]
                + g * weight[i + 6, o]
                + h * weight[i + 7, o]
            )
