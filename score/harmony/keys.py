"""The key of some notes, found from how long each pitch class sounds.

Notes in; all 24 keys by how well they fit, and how sure that is, out. Pure values, safe on any thread. After
C. L. Krumhansl, "Cognitive Foundations of Musical Pitch" (1990): the durations of the twelve pitch classes correlate
with how well listeners find each of them to fit a key. The profiles are those that D. Temperley fitted to a corpus of
scores ("What's Key for Key? The Krumhansl-Schmuckler Key-Finding Algorithm Reconsidered", Music Perception, 1999),
which favour the relative key less than the listeners' own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, sqrt

from score.harmony.scales import Scale
from score.note import Note

_PROFILES = {
    "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
    "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
}
_LONGEST_QUARTERS = 4.0  # a drone says no more of the key than a whole note
_SHARPNESS = 12.0  # of the odds between two keys whose correlations differ by one


@dataclass(frozen=True, slots=True)
class KeyFound:
    """One key, how well the notes fit it (-1 to 1), and the share of the odds it has among all of them. [any]"""

    scale: Scale
    fit: float
    confidence: float


def find_key(notes: Iterable[Note], ticks_per_quarter: int = 960) -> KeyFound | None:
    """The key of these notes, weighed by duration; None where nothing sounds. Muted notes say nothing. [any]"""
    ranked = rank_keys(weights_of(notes, ticks_per_quarter))
    return ranked[0] if ranked else None


def weights_of(notes: Iterable[Note], ticks_per_quarter: int = 960) -> tuple[float, ...]:
    """How many quarters each pitch class sounds; a bent note counts where it is bent to. [any]"""
    weights = [0.0] * 12
    for note in notes:
        if not note.muted:
            bend_st = _mean_bend_st(note) if note.bend_st else 0.0
            weights[round(note.pitch + bend_st) % 12] += min(note.duration_ticks / ticks_per_quarter, _LONGEST_QUARTERS)
    return tuple(weights)


def rank_keys(weights: Iterable[float]) -> list[KeyFound]:
    """All major and minor keys, the likeliest first; none where all pitch classes weigh the same. [any]"""
    heard = tuple(weights)
    fits: list[tuple[float, Scale]] = []
    for name, profile in _PROFILES.items():
        for root in range(12):
            fit = _correlation([heard[(root + step) % 12] for step in range(12)], profile)
            if fit is None:
                return []
            fits.append((fit, Scale(root, name)))
    best = max(fit for fit, _ in fits)
    odds = sum(exp(_SHARPNESS * (fit - best)) for fit, _ in fits)
    # Of keys that fit alike, major comes first, and then the one with the fewest steps from C: always the same answer.
    fits.sort(key=lambda found: -found[0])
    return [KeyFound(scale, fit, exp(_SHARPNESS * (fit - best)) / odds) for fit, scale in fits]


def _correlation(heard: list[float], profile: tuple[float, ...]) -> float | None:
    mean, usual = sum(heard) / 12, sum(profile) / 12
    spread = sqrt(sum((each - mean) ** 2 for each in heard))
    if spread <= 1e-9 * max(1.0, mean):
        return None
    both = sum((each - mean) * (weight - usual) for each, weight in zip(heard, profile, strict=True))
    return both / spread / sqrt(sum((weight - usual) ** 2 for weight in profile))


def _mean_bend_st(note: Note) -> float:
    ends = [*(ticks for ticks, _ in note.bend_st[1:]), note.duration_ticks]
    return sum(value * (end - at) for (at, value), end in zip(note.bend_st, ends, strict=True)) / note.duration_ticks
