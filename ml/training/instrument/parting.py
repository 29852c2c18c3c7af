"""What a training learned as one response, told apart into wood and room.

What flows in: a network whose hall is whatever made the sound nearer to the recordings. What flows out: the same sound,
told otherwise: the colour, which is the same at every moment, goes to the wood and the noise, and what is left in the
hall is when and from where the sound comes back. So an instrument without its hall is still that instrument, more hall
is more room and not more bass, and a plucked string, which no network drew, fits beside the bowed ones. [main]
"""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
import torch

from ml.training.instrument.network import Strings
from realtime.dsp.strings.sizes import (
    BAND_CENTRES_HZ,
    BODY_LOW_HZ,
    BODY_PER_OCTAVE,
    BODY_POINTS,
    HARMONICS,
    RATE_HZ,
)

_SIZE = 1 << 17
_SMOOTH_OCTAVES = 1.0 / 6.0
_COLOUR_HZ = (50.0, 20_000.0)  # beyond, the colour at the edge goes on

Array = npt.NDArray[np.float64]


def parted(network: Strings) -> Strings:
    """The same instrument, its wood and its room told apart. [main]"""
    made = copy.deepcopy(network)
    points_hz = BODY_LOW_HZ * 2.0 ** (np.arange(BODY_POINTS) / BODY_PER_OCTAVE)
    dies = network.dies.detach().double().numpy()
    with torch.no_grad():
        for source in range(network.corpora):
            whole = np.fft.rfft(_whole(network, source), _SIZE)
            colour = _smoothed(np.abs(whole))
            room = np.fft.irfft(whole / _least_phase(colour), _SIZE)[: len(dies)]
            room[0] -= 1.0
            made.hall[source] = torch.from_numpy(room / dies)
            made.body[source] += torch.from_numpy(_at(colour, points_hz))
            if source == 0:  # the one that is shipped; the noise has no table a corpus of its own
                made.out.bias[HARMONICS:] += torch.from_numpy(_at(colour, BAND_CENTRES_HZ))
    return made


def _whole(network: Strings, source: int) -> Array:
    """What a click becomes: itself, and what the hall adds."""
    answer = network.answers().detach().double().numpy()[source].copy()
    answer[0] += 1.0
    return np.asarray(answer)


def _smoothed(magnitude: Array) -> Array:
    """The root of the mean power, a sixth of an octave wide."""
    power = np.concatenate([[0.0], np.cumsum(np.square(magnitude))])
    at = np.arange(len(magnitude))
    low = np.clip(np.floor(at * 2.0 ** (-_SMOOTH_OCTAVES / 2.0)), 0, len(magnitude) - 1).astype(int)
    high = np.clip(np.ceil(at * 2.0 ** (_SMOOTH_OCTAVES / 2.0)), 0, len(magnitude) - 1).astype(int)
    smooth = np.sqrt((power[high + 1] - power[low]) / (high + 1 - low))
    first, last = (round(hertz * _SIZE / RATE_HZ) for hertz in _COLOUR_HZ)
    smooth[:first], smooth[last:] = smooth[first], smooth[last]
    return np.asarray(np.maximum(smooth, 1e-6))


def _least_phase(magnitude: Array) -> npt.NDArray[np.complex128]:
    """The spectrum of that magnitude whose sound comes soonest (Oppenheim and Schafer, ch. 13: by its cepstrum)."""
    cepstrum = np.fft.irfft(np.log(magnitude), _SIZE)
    cepstrum[1 : _SIZE // 2] *= 2.0
    cepstrum[_SIZE // 2 + 1 :] = 0.0
    return np.asarray(np.exp(np.fft.rfft(cepstrum)))


def _at(magnitude: Array, hertz: Array) -> npt.NDArray[np.float32]:
    """Nepers at some frequencies."""
    return np.log(np.interp(hertz, np.arange(len(magnitude)) * RATE_HZ / _SIZE, magnitude)).astype(np.float32)
