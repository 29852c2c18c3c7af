"""What a grid of likelihoods says in plain words: one tempo, one place in the beat, and how sure that is.

What flows in: the cells of `ml.beat.belief`. What flows out: a `Reading`. Pure, on any thread.
"""

from __future__ import annotations

from math import pi
from typing import NamedTuple

import numpy as np

from ml.beat.belief import BPM, PHASES, TEMPI, Cells

_NEAR = 3  # rows to each side that are one tempo: ±4.5 %
_BESIDE = PHASES // 8  # phases to each side that are one beat
_STAY = 0.6  # a new tempo has to be so much likelier than the old one: nobody likes a beat that doubles to and fro

_BELL = np.array([0.3, 0.7, 1.0, 0.7, 0.3])
_TURN = np.exp(2j * pi * np.arange(PHASES) / PHASES)


class Reading(NamedTuple):
    """The likeliest tempo and beat. [any]"""

    row: int  # of the tempo in the grid
    bpm: float
    phase: float  # 0 to 1
    probability: float  # that the tempo is within ±4.5 % and the beat within ±1/8 of it


def read(cells: Cells, last_row: int | None = None) -> Reading:
    """The likeliest tempo, or the one near the last row as long as that holds, and the beat in it. [any]"""
    tempi = np.convolve(cells.sum(axis=1), _BELL, "same")
    row = int(tempi.argmax())
    if last_row is not None:
        low = max(0, last_row - _NEAR)
        stayed = low + int(tempi[low : last_row + _NEAR + 1].argmax())
        if tempi[stayed] > _STAY * tempi[row]:
            row = stayed
    return read_row(cells, row)


def read_row(cells: Cells, row: int) -> Reading:
    """The tempo near a row, and the likeliest beat in it. [any]"""
    rows = slice(max(0, row - _NEAR), min(TEMPI, row + _NEAR + 1))
    near = cells[rows]
    share = near.sum(axis=1)
    phases = near.sum(axis=0)
    total = float(share.sum())
    if not total > 0.0:
        return Reading(row, float(BPM[row]), 0.0, 0.0)
    bpm = float(np.exp((share * np.log(BPM[rows])).sum() / total))
    around = np.concatenate((phases[-_BESIDE:], phases, phases[:_BESIDE]))
    sums = np.convolve(around, np.ones(2 * _BESIDE + 1), "valid")
    peak = int(sums.argmax())
    beside = np.arange(peak - _BESIDE, peak + _BESIDE + 1) % PHASES
    phase = float(np.angle((phases[beside] * _TURN[beside]).sum()) / (2.0 * pi)) % 1.0
    return Reading(row, bpm, phase if phase < 1.0 else 0.0, float(sums[peak] / cells.sum()))
