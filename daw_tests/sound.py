"""Whether recorded sound is whole and in tune: measured without any of our own ears.

What flows in: samples. What flows out: gaps, jumps at the seams of blocks, pitches in cents, onsets. [any]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.floating[Any]]

_HOP_S, _WINDOW_PERIODS = 0.01, 12
_SEARCH_ST = 1.5


def hertz(key: float) -> float:
    """A key's pitch in equal temperament at 440 Hz. [any]"""
    return float(440.0 * 2.0 ** ((key - 69.0) / 12.0))


def longest_silence(samples: Samples) -> int:
    """The longest run of exact zeros, in frames: a block that was dropped is one. [any]"""
    sounds = np.flatnonzero(samples)
    if not len(sounds):
        return len(samples)
    edges = np.concatenate([[-1], sounds, [len(samples)]])
    return int(np.diff(edges).max()) - 1


def seams(samples: Samples, block_frames: int, first: int = 0) -> float:
    """How much rougher the sound is where two blocks meet than it is anywhere else; 1 if it cannot be told.

    Rough is the second difference: a lost, doubled or late block makes it jump at the seam, and bowing does not.
    `first` is the place of the first sample within its block. [any]
    """
    rough = np.abs(np.diff(samples.astype(float), 2))
    place = (np.arange(len(rough)) + first) % block_frames
    at_seam = (place >= block_frames - 2) | (place == 0)
    return float(rough[at_seam].max() / rough[~at_seam].max())


def cents_off(samples: Samples, key: int, rate: int) -> float:
    """How far the pitch is from a key's, in cents: the median over the sound, by its autocorrelation.

    The lag is looked for within a semitone and a half of the key's period, and of ten periods, since a longer lag is
    measured more exactly. [any]
    """
    found = []
    period = rate / hertz(key)
    window = round(_WINDOW_PERIODS * period)
    for many in (1, 4):
        low = int(many * period * 2.0 ** (-_SEARCH_ST / 12.0 / many))
        high = int(many * period * 2.0 ** (_SEARCH_ST / 12.0 / many)) + 1
        found = [
            1200.0 * np.log2(many * period / lag)
            for start in range(0, len(samples) - window - high - 1, round(_HOP_S * rate))
            if (lag := _lag(samples[start : start + window + high + 1], window, low, high)) > 0.0
        ]
    return float(np.median(found)) if found else float("nan")


def onset(samples: Samples, share: float = 0.05) -> int:
    """The first frame that is louder than a share of the loudest; -1 if all is silent. [any]"""
    loud = np.abs(samples)
    if not loud.max() > 0.0:
        return -1
    return int(np.argmax(loud > share * loud.max()))


def _lag(samples: Samples, window: int, low: int, high: int) -> float:
    """The lag between two bounds at which the sound is most like itself, between samples by a parabola; 0 if none."""
    head = samples[:window].astype(float)
    like = np.array([_likeness(head, samples[lag : lag + window].astype(float)) for lag in range(low - 1, high + 2)])
    best = int(np.argmax(like[1:-1])) + 1
    before, top, after = like[best - 1 : best + 2]
    if top <= 0.3 or top < before or top < after:
        return 0.0
    bow = before - 2.0 * top + after
    return float(low - 1 + best + (0.5 * (before - after) / bow if bow else 0.0))


def _likeness(one: Samples, other: Samples) -> float:
    power = float(np.sqrt(np.dot(one, one) * np.dot(other, other)))
    return float(np.dot(one, other)) / power if power else 0.0
