"""Where in which beat each onset of a finished take is, given all of them.

What flows in: onsets in seconds. What flows out: for each its place, in beats since the first beat, and the tempo
there. Pure, on any thread; some milliseconds an onset.

The filter of the live tracker runs once forwards and once backwards (forward-backward smoothing: Rabiner, "A tutorial
on hidden Markov models", Proc. IEEE 77, 1989), so that what comes later tells which tempo it was from the first note.
The likeliest path over the tempi then keeps a take from changing octave half-way. Only some of the forward cells are
kept, the others made again when the backward pass comes to them: two hours of singing fit into some 20 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.beat.belief import (
    BPM,
    LOG_STEP,
    PHASES,
    TEMPI,
    Cells,
    doubted,
    doubted_backwards,
    heard,
    nothing_known,
    passed,
    places,
    usual_tempi,
)

_NEAR = 2  # rows to each side that are one tempo
_STRAYS = 0.02  # nepers a second that the path may stray at the cost of 1/2
_LEAP = 7.0  # what a leap to any other tempo costs
_FLOOR = 1e-5
_BLUR = np.exp(-0.5 * (np.arange(PHASES // 2 + 1) / 10.0) ** 2)  # over ±1/40 of a beat
_NEIGHBOURS = np.ones(2 * _NEAR + 1)


class Placed(NamedTuple):
    """Onsets in beats. [any]"""

    beats: Cells  # [onsets], the first is in the first beat: 0 to 1
    bpm: Cells  # [onsets]
    probability: Cells  # [onsets], of the tempo


def place(onsets_s: Cells) -> Placed:
    """The beat of each onset; they have to rise. [worker]"""
    count = len(onsets_s)
    shares, phases = np.empty((count, TEMPI)), np.empty((count, TEMPI))
    for n, cells in _smoothed(onsets_s):
        shares[n] = np.convolve(cells.sum(axis=1), _NEIGHBOURS, "same")
        phases[n] = _phase_of_rows(cells)
    rows = _path(np.log(shares + _FLOOR), np.diff(onsets_s))
    number = np.arange(count)
    bpm, phase = BPM[rows], phases[number, rows]
    beats = np.empty(count)
    beats[0] = phase[0]
    for n in range(1, count):
        reached = beats[n - 1] + (onsets_s[n] - onsets_s[n - 1]) * 0.5 * (bpm[n] + bpm[n - 1]) / 60.0
        beats[n] = reached + (phase[n] - reached + 0.5) % 1.0 - 0.5
    return Placed(beats, bpm, np.minimum(shares[number, rows], 1.0))


def _smoothed(onsets_s: Cells) -> Iterator[tuple[int, Cells]]:
    """The cells at each onset, given all of them, from the last to the first."""
    usual, likely = usual_tempi(), places()
    count = len(onsets_s)
    waits = np.diff(onsets_s, prepend=onsets_s[0])
    every = max(1, isqrt(count))

    def next_cells(cells: Cells, n: int) -> Cells:
        return heard(doubted(passed(cells, waits[n]) if n else cells, usual), likely)

    kept: list[Cells] = []  # the cells before every so many onsets
    cells = nothing_known(usual)
    for n in range(count):
        if n % every == 0:
            kept.append(cells)
        cells = next_cells(cells, n)
    future = np.ones((TEMPI, PHASES))
    for block in range(len(kept) - 1, -1, -1):
        numbers = range(block * every, min(count, (block + 1) * every))
        past = [kept[block]]
        for n in numbers:
            past.append(next_cells(past[-1], n))
        for n in reversed(numbers):
            both = past[n - numbers.start + 1] * future
            yield n, both / both.sum()
            if n:
                future = passed(doubted_backwards(future * likely, usual), -waits[n])
                future /= future.mean()


def _phase_of_rows(cells: Cells) -> Cells:
    """The likeliest phase of each tempo. [TEMPI]"""
    sums = np.cumsum(np.pad(cells, ((_NEAR + 1, _NEAR), (0, 0))), axis=0)
    near = sums[2 * _NEAR + 1 :] - sums[: -2 * _NEAR - 1]
    near = np.fft.irfft(np.fft.rfft(near, axis=1) * _BLUR, PHASES, axis=1)
    peak = near.argmax(axis=1)
    row = np.arange(TEMPI)
    before, at, after = near[row, peak - 1], near[row, peak], near[row, (peak + 1) % PHASES]
    # The top of the parabola through three cells lies between them.
    curved = np.maximum(2.0 * at - before - after, 1e-300)
    return np.asarray(((peak + np.clip(0.5 * (after - before) / curved, -0.5, 0.5)) / PHASES) % 1.0)


def _path(scores: Cells, waits_s: Cells) -> npt.NDArray[np.intp]:
    """The likeliest row at each onset, when rows change slowly, or leap and pay for it (Viterbi)."""
    away = (LOG_STEP * (np.arange(TEMPI)[:, None] - np.arange(TEMPI)[None, :])) ** 2
    best = scores[0]
    came_from = np.empty((len(scores), TEMPI), np.intp)
    for n in range(1, len(scores)):
        cost = np.minimum(0.5 * away / (_STRAYS**2 * max(waits_s[n - 1], 0.05)), _LEAP)
        ways = best[None, :] - cost
        came_from[n] = ways.argmax(axis=1)
        best = ways[np.arange(TEMPI), came_from[n]] + scores[n]
    rows = np.empty(len(scores), np.intp)
    rows[-1] = best.argmax()
    for n in range(len(scores) - 1, 0, -1):
        rows[n - 1] = came_from[n, rows[n]]
    return rows
