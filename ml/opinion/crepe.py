"""How high the voice is, as CREPE hears it: a second opinion with the face of `ml/pitch.py`.

What flows in: hops of 5 ms at 16 kHz, as `ml/frames.py` cuts them. What flows out: f0, clarity and level of each. Runs
on the ears' thread.

CREPE (Kim et al., ICASSP 2018) looks at 64 ms at once and tells the pitch of their middle: what it says is 32 ms old,
and a note that has just begun fills only a part of what it sees. So it is the one to ask when a room is noisy or a
voice is rough, and not when a note is to be early. Each of its 360 bins of 20 cents says how likely the pitch is
there; the pitch lies between them, at the mean of those around the likeliest. How likely that one is, is told on the
scale of `ml/pitch.py`'s clarity, so that whoever judges the one judges the other alike.
"""

from __future__ import annotations

import math
import time

import numpy as np
import numpy.typing as npt

from ml.frames import HOP, HOP_S, RATE_HZ
from ml.opinion.weights import ACTIVATION, BINS, WINDOW, check_crepe
from ml.pitch import HIGHEST_HZ, LOWEST_HZ, SILENCE_DB, Pitch
from ml.session import Network
from score.errors import ModelError

DELAY_S = WINDOW / 2 / RATE_HZ  # from a sound to the pitch told of it: the window's middle

_LOWEST_BIN_CENTS = 1997.3794084376191  # above 10 Hz, as it was trained
_BIN_CENTS = 20.0
_AROUND = 4  # bins on either side of the likeliest that have a say in where the pitch lies
_NEAR_BINS = 7.5  # 1.5 semitones: as far as a voice glides between two looks
_STAYING = 0.1  # a pitch so near the last one may be this much less likely than another
_TRUSTED = 0.5  # likelihood from which a pitch is remembered
_FAINTEST = 0.2  # likelihood below which nothing repeats
# Likelihood, and the clarity that says the same: of 100 hops of breath one is above 0.4, of sung vowels few below 0.55.
_LIKELIHOODS, _CLARITIES = (0.0, 0.45, 0.55, 1.0), (0.0, 0.7, 0.93, 1.0)
_NOTHING = 1e-9  # power of a window at -90 dB: dither, which would otherwise be made as loud as a voice
_SHARE = 0.5  # of the time between two looks that one look may take, live
_FARTHEST_HOPS = 4  # between two looks: at 20 ms, vibrato still has nine points a turn

Likelihoods = npt.NDArray[np.float32]


class CrepePitch:
    """The pitch of a stream of hops; it looks at every so many of them, and tells the last pitch in between. [ears]"""

    def __init__(self, network: Network, every_hops: int = 1) -> None:
        check_crepe(network)
        self._network = network
        self._every_hops = max(1, every_hops)
        self._sound = np.zeros(WINDOW, np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._network.reset()
        self._sound[:] = 0.0
        self._until_look = 1
        self._f0_hz = self._clarity = 0.0
        self._last_bin: int | None = None

    def hear(self, hop: npt.NDArray[np.float32]) -> Pitch:
        """The pitch 32 ms before the end of this hop, and the level at its end. [ears]"""
        sound = self._sound
        sound[:-HOP] = sound[HOP:]
        sound[-HOP:] = hop
        self._until_look -= 1
        if self._until_look == 0:
            self._until_look = self._every_hops
            self._look()
        power = float(np.mean(np.square(sound[-2 * HOP :], dtype=np.float64)))
        return Pitch(self._f0_hz, self._clarity, max(SILENCE_DB, 10.0 * math.log10(power + 1e-12)))

    def _look(self) -> None:
        self._f0_hz = self._clarity = 0.0
        loudness = float(np.std(self._sound))
        if loudness * loudness < _NOTHING:
            self._last_bin = None
            return
        window = ((self._sound - np.mean(self._sound)) / loudness)[None, :]
        likelihoods = self._network.run(windows=window)[ACTIVATION][0]
        peak = likeliest_bin(likelihoods, self._last_bin)
        likelihood = float(likelihoods[peak])
        self._last_bin = peak if likelihood > _TRUSTED else None
        if likelihood > _FAINTEST:
            self._f0_hz = hz_around(likelihoods, peak)
            self._clarity = float(np.interp(likelihood, _LIKELIHOODS, _CLARITIES))


def hops_between_looks(network: Network) -> int:
    """How often this machine has the time to look: 1 is at every hop. A ModelError if not often enough. [main]"""
    silence = np.zeros((1, WINDOW), np.float32)
    times_s = []
    for _ in range(12):  # the first few warm up, and the middle one counts
        start_s = time.perf_counter()
        network.run(windows=silence)
        times_s.append(time.perf_counter() - start_s)
    look_s = sorted(times_s[2:])[5]
    hops = max(1, math.ceil(look_s / (_SHARE * HOP_S)))
    if hops > _FARTHEST_HOPS:
        raise ModelError(
            f"this machine takes {1000.0 * look_s:.0f} ms for one look of CREPE; "
            f"a voice that is sung needs one in {1000.0 * _SHARE * _FARTHEST_HOPS * HOP_S:.0f} ms.",
            "Sing without --pitch crepe.",
        )
    return hops


def likeliest_bin(likelihoods: Likelihoods, last_bin: int | None = None) -> int:
    """The peak where the pitch is, within a voice's range; one near the last pitch needs a little less. [ears]"""
    score = likelihoods[_RANGE].copy()
    if last_bin is not None:
        score[np.abs(_BINS_IN_RANGE - last_bin) < _NEAR_BINS] += _STAYING
    peak = int(_BINS_IN_RANGE[np.argmax(score)])
    while peak + 1 < _RANGE.stop and likelihoods[peak + 1] > likelihoods[peak]:
        peak += 1  # the slope of a peak that is not near is no peak
    while peak > _RANGE.start and likelihoods[peak - 1] > likelihoods[peak]:
        peak -= 1
    return peak


def hz_around(likelihoods: Likelihoods, peak: int) -> float:
    """The pitch between the bins around a peak. [ears]"""
    around = slice(max(0, peak - _AROUND), min(BINS, peak + _AROUND + 1))
    cents = float(np.average(_CENTS[around], weights=likelihoods[around]))
    return float(10.0 * 2.0 ** (cents / 1200.0))


def _bin_of(f0_hz: float) -> float:
    return (1200.0 * math.log2(f0_hz / 10.0) - _LOWEST_BIN_CENTS) / _BIN_CENTS


_CENTS = _LOWEST_BIN_CENTS + _BIN_CENTS * np.arange(BINS)
_RANGE = slice(math.floor(_bin_of(LOWEST_HZ)), math.ceil(_bin_of(HIGHEST_HZ)) + 1)
_BINS_IN_RANGE = np.arange(BINS)[_RANGE]
