"""How likely each tempo is, and each place in its beat: a filter over a grid of both.

What flows in: time that passes, and onsets. What flows out: probabilities, one for each of TEMPI x PHASES cells. Plain
numpy on any thread; the live tracker runs it forwards, the offline one also backwards.

It is the bar pointer model (Whiteley, Cemgil and Godsill, "Bayesian modelling of temporal structure in musical audio",
ISMIR 2006) for one beat, heard through onsets instead of samples. Between onsets every tempo's row turns by its own
speed, and tempi mix a little with their neighbours, as a player's does (Cemgil and Kappen, "Monte Carlo methods for
tempo tracking and rhythm quantization", JAIR 18, 2003). Rows turn in the Fourier domain, where a turn by any fraction
of a cell is exact: with interpolation the beat would blur a little at every note.

An onset is likely on the beat, less so on its half, and so on. The weights are near those with which even notes fit a
tempo, its half and its double equally well (a slower tempo places them more narrowly in its longer beat, and pays with
the lesser weight of the off-beat). What is left to decide between octaves is where the gaps fall, and a gentle pull at
every note towards what people tend to call the beat.
"""

from __future__ import annotations

from math import ceil, log, pi

import numpy as np
import numpy.typing as npt

from ml.beat.grid import FASTEST_BPM, SLOWEST_BPM

Cells = npt.NDArray[np.float64]

TEMPI, PHASES = 121, 64
LOG_STEP = log(FASTEST_BPM / SLOWEST_BPM) / (TEMPI - 1)
BPM: Cells = SLOWEST_BPM * np.exp(LOG_STEP * np.arange(TEMPI))

# How many notes begin where in a beat. Halves at 1/4 and quarters at 1/8 would make octaves fit alike, thirds at 0.19.
_PLACES = ((0.0, 1.0), (0.5, 0.28), (0.25, 0.14), (0.75, 0.14), (1 / 3, 0.1), (2 / 3, 0.1))
_STRAY = 0.12  # the share of notes that are anywhere: ornaments, slips, onsets heard late
_JITTER_S = 0.023  # how far a singer is from where the note belongs, and the ears from the singer

_DRIFT = 0.016  # how far a tempo strays in a second, in nepers
_LOOSENESS = 0.01  # how far a beat strays in a second, in beats
_JUMP = 0.05  # how likely a note is the first of a new tempo
_PULL = 0.1  # of the usual tempi at each note, as a power
_STEP_S, _STEPS_AT_MOST = 0.6, 6  # in steps, since a tempo that has drifted also turns at another speed

_USUAL_BPM, _USUAL_SPREAD = 105.0, 0.32


def usual_tempi(centre_bpm: float = _USUAL_BPM, spread: float = _USUAL_SPREAD) -> Cells:
    """How likely each tempo is before anything is heard, in a bell over its logarithm.

    The bell is that of van Noorden and Moelants, "Resonance in the perception of musical pulse", JNMR 28, 1999, nearly;
    a thin floor lies under it for what is rare. [any]
    """
    bell = np.exp(-0.5 * (np.log(BPM / centre_bpm) / spread) ** 2) + 0.01
    return np.asarray(bell / bell.sum())


def places(
    jitter_s: float = _JITTER_S, weights: tuple[tuple[float, float], ...] = _PLACES, stray: float = _STRAY
) -> Cells:
    """How likely an onset is in each cell, next to one that may be anywhere. [TEMPI x PHASES] [any]"""
    phase = np.arange(PHASES) / PHASES
    width = np.sqrt((jitter_s * BPM[:, None] / 60.0) ** 2 + (0.4 / PHASES) ** 2)
    bumps = np.zeros((TEMPI, PHASES))
    for centre, weight in weights:
        away = (phase - centre + 0.5) % 1.0 - 0.5
        for turn in (-1.0, 0.0, 1.0):
            bumps += weight * np.exp(-0.5 * ((away[None, :] + turn) / width) ** 2) / width
    bumps /= bumps.mean(axis=1, keepdims=True)
    return np.asarray(stray + (1.0 - stray) * bumps)


_NUMBERS = np.arange(PHASES // 2 + 1)


def passed(cells: Cells, seconds: float) -> Cells:
    """The cells after (or, below 0, before) so much time, none of it heard. [any]"""
    steps = min(_STEPS_AT_MOST, max(1, ceil(abs(seconds) / _STEP_S)))
    step_s = seconds / steps
    blur = np.exp(-2.0 * (pi * _LOOSENESS * _NUMBERS) ** 2 * abs(step_s))
    turn = blur * np.exp((-2j * pi * step_s / 60.0) * np.outer(BPM, _NUMBERS))
    share = 0.5 * _DRIFT**2 * abs(step_s) / LOG_STEP**2
    mixes = max(1, ceil(share / 0.3))
    share /= mixes
    spectrum = np.fft.rfft(cells, axis=1)
    for _ in range(steps):
        spectrum *= turn
        for _ in range(mixes):
            flow = share * np.diff(spectrum, axis=0)
            spectrum[:-1] += flow
            spectrum[1:] -= flow
    # A narrow beat rings a little below nothing.
    return np.asarray(np.maximum(np.fft.irfft(spectrum, PHASES, axis=1), 0.0))


def doubted(cells: Cells, usual: Cells) -> Cells:
    """The cells before a note: it may be the first of a new tempo, and unusual tempi lose a little. [any]"""
    cells = _pulled(cells, usual)
    return np.asarray((1.0 - _JUMP) * cells + (_JUMP * cells.sum() / PHASES) * usual[:, None])


def doubted_backwards(cells: Cells, usual: Cells) -> Cells:
    """The same for what is known from the future: the transpose of `doubted`. [any]"""
    return _pulled((1.0 - _JUMP) * cells + _JUMP * float((cells.mean(axis=1) * usual).sum()), usual)


def _pulled(cells: Cells, usual: Cells) -> Cells:
    return np.asarray(cells * ((usual / usual.max()) ** _PULL)[:, None])


def heard(cells: Cells, likely: Cells, weight: float = 1.0) -> Cells:
    """The cells after an onset; a weight below 1 lets it count for less. Their sum is 1. [any]"""
    cells = cells * ((1.0 - weight) + weight * likely)
    return np.asarray(cells / cells.sum())


def nothing_known(usual: Cells) -> Cells:
    """The cells before anything is heard. [any]"""
    return np.asarray(np.repeat(usual[:, None] / PHASES, PHASES, axis=1))


def known(bpm: float, spread: float, phase_spread: float) -> Cells:
    """The cells on a beat of a tempo that is known so well (in nepers, and in beats). [any]"""
    rows = np.exp(-0.5 * (np.log(BPM / bpm) / max(spread, 0.7 * LOG_STEP)) ** 2)
    away = (np.arange(PHASES) / PHASES + 0.5) % 1.0 - 0.5
    cells = np.outer(rows, np.exp(-0.5 * (away / max(phase_spread, 0.7 / PHASES)) ** 2))
    return np.asarray(cells / cells.sum())
