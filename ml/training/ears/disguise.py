"""The same singing as if others had sung it elsewhere: rows are changed when they are drawn, never twice alike.

What flows in: the rows and targets of a prepared file, and dice. What flows out: a stretch of them, sung quicker or
slower, through another microphone, in a noisier room, with moments in which nothing but the pitch was heard. What
takes a new sound (other pitches, throats, rooms) is made once, by `prepare.py`; this costs nothing. [main]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S
from ml.learned.features import MEMORY
from ml.learned.spectrum import BANDS
from ml.training.ears.targets import NO_ONSET

Rows = npt.NDArray[np.float32]

SLOWEST, FASTEST = 0.8, 1.25
_CHANCES = {"tempo": 0.6, "flat": 0.3, "forgetful": 0.25, "noisy": 0.4}
_FLOOR_FROM, _FLOOR_TO = -6.0, -1.5  # in units of 10 dB, below the loudest of late
_GRAIN = 0.12
_DEAF_TIMES, _DEAF_HOPS = 3, (3, 16)


def longest(hops: int) -> int:
    """How many rows a stretch of so many hops may need. [any]"""
    return int(hops * FASTEST) + 2


def stretch(
    rows: npt.NDArray[np.float16], right: Rows, at: int, hops: int, chance: np.random.Generator
) -> tuple[Rows, Rows]:
    """`hops` rows and targets from place `at` on, as the dice would have them sung. [worker]"""
    drawn, wanted = _at_another_tempo(rows, right, at, hops, chance)
    _through_another_microphone(drawn, chance)
    if chance.random() < _CHANCES["noisy"]:
        floor = chance.uniform(_FLOOR_FROM, _FLOOR_TO) + chance.normal(0.0, 0.4, BANDS)
        drawn[:, :BANDS] = np.log10(10.0 ** drawn[:, :BANDS] + 10.0**floor)
    drawn[:, :BANDS] += chance.normal(0.0, _GRAIN, (hops, BANDS))
    for _ in range(int(chance.integers(_DEAF_TIMES))):
        long = min(int(chance.integers(*_DEAF_HOPS)), hops)
        first = int(chance.integers(hops - long + 1))
        drawn[first : first + long, :BANDS] = drawn[:, :BANDS].mean(axis=0)
    return drawn, wanted


def _at_another_tempo(
    rows: npt.NDArray[np.float16], right: Rows, at: int, hops: int, chance: np.random.Generator
) -> tuple[Rows, Rows]:
    """Between rows it is as between their sounds; an onset's age is told in the new time."""
    tempo = 1.0
    if chance.random() < _CHANCES["tempo"]:
        tempo = float(np.exp(chance.uniform(np.log(SLOWEST), np.log(FASTEST))))
    place = at + tempo * np.arange(hops)
    before = np.minimum(place.astype(int), len(rows) - 2)
    share = (place - before).astype(np.float32)[:, None]
    drawn = rows[before].astype(np.float32) * (1.0 - share) + rows[before + 1].astype(np.float32) * share
    nearest = np.minimum(np.round(place).astype(int), len(right) - 1)
    wanted = right[nearest]
    ages = wanted[:, 0]
    known = ages < 0.5 * NO_ONSET
    ages[known] = ((ages + 1e3 * HOP_S * (place - nearest)) / tempo)[known]
    return drawn, wanted


def _through_another_microphone(rows: Rows, chance: np.random.Generator) -> None:
    """Its colour, and now and then bands or memories that are missing."""
    bands = np.linspace(-1.0, 1.0, BANDS, dtype=np.float32)
    colour = chance.normal(0.0, 0.2) * bands
    for _ in range(2):
        colour += chance.normal(0.0, 0.25) * np.exp(
            -0.5 * ((bands - chance.uniform(-1, 1)) / chance.uniform(0.1, 0.5)) ** 2
        )
    rows[:, :BANDS] += colour.astype(np.float32) + chance.normal(0.0, 0.15)
    if chance.random() < _CHANCES["flat"]:
        at = int(chance.integers(BANDS - 5))
        rows[:, at : at + 5] = rows[:, at : at + 5].mean()
    if chance.random() < _CHANCES["forgetful"]:
        rows[:, -MEMORY:] = 0.0
