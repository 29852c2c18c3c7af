"""Made-up performances of which the tempo is known: patterns played unevenly, with rests, drift and leaps of tempo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml.beat.belief import Cells

PATTERNS: dict[str, tuple[float, ...]] = {
    "quarters": (0, 1, 2, 3),
    "eighths and quarters": (0, 1, 1.5, 2, 3, 3.5),
    "sixteenths": (0, 0.25, 0.5, 1, 1.5, 1.75, 2, 2.75, 3),
    "off-beats": (0, 1, 1.5, 2.5, 3, 3.5, 4, 4.5, 5.5, 6, 7),
    "dotted": (0, 1.5, 2, 3, 4, 5.5, 6, 6.5, 7),
    "long rests": (0, 0.5, 1, 2, 7, 8, 8.5, 9, 10, 11),
    "triplets": (0, 1, 4 / 3, 5 / 3, 2, 3, 3 + 1 / 3, 3 + 2 / 3),
}
STARTS_S = 1.7


class Performance(NamedTuple):
    """What was played, and what was meant."""

    onsets_s: Cells
    beats: Cells  # where each onset belongs
    beat_s: Cells  # when each 1/48 of a beat was, for interpolation
    bpm_of: Cells

    def bpm_at(self, t_s: float) -> float:
        return float(np.interp(t_s, self.beat_s, self.bpm_of))

    def beat_at(self, t_s: float) -> float:
        return float(np.interp(t_s, self.beat_s, np.arange(len(self.beat_s)) / 48.0))


def perform(
    pattern: str,
    bpm: float,
    beats: int = 32,
    *,
    seed: int = 0,
    jitter_s: float = 0.0125,
    drift: float = 0.0,
    leap: float = 1.0,
    missing: float = 0.0,
) -> Performance:
    """Play a pattern; the jitter is Gaussian, cut at twice itself; a leap of tempo comes half-way."""
    random = np.random.default_rng(seed)
    length = 4 * (int(max(PATTERNS[pattern])) // 4 + 1)
    places = np.array([bar + place for bar in range(0, beats, length) for place in PATTERNS[pattern]])
    if missing:
        places = places[(random.random(len(places)) >= missing) | (places < 2)]
    fine = np.arange(0, beats + length, 1 / 48)
    bpm_of = bpm * (1.0 + drift * np.sin(2.0 * np.pi * fine / 24.0)) * np.where(fine >= beats / 2, leap, 1.0)
    beat_s = STARTS_S + np.concatenate(([0.0], np.cumsum(60.0 / bpm_of[:-1] / 48.0)))
    off = np.clip(random.normal(0.0, jitter_s, len(places)), -2 * jitter_s, 2 * jitter_s)
    onsets_s = np.interp(places, fine, beat_s) + off
    order = np.argsort(onsets_s)
    return Performance(onsets_s[order], places[order], beat_s, bpm_of)


def octave_of(bpm: float, true_bpm: float) -> float:
    """A tempo next to the true one, when its half and its double are as good."""
    return min((bpm * factor / true_bpm for factor in (0.5, 1.0, 2.0)), key=lambda ratio: abs(np.log(ratio)))
