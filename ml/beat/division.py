"""Into what a beat is divided: the lines of the grid that notes are put on, straight or swung.

Plain values, on any thread. Places are parts of a beat, from 0 to 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from score.errors import SettingsError

DIVISIONS = {"1/4": 1, "1/8": 2, "1/8T": 3, "1/16": 4, "1/16T": 6}
"""How many lines a beat has, by the names musicians use; T are triplets."""

STRAIGHT, MOST_SWUNG = 0.5, 0.75


def lines(division: str, swing: float = STRAIGHT) -> tuple[float, ...]:
    """Where the lines of a beat are: the beat first, the next one (1) last.

    Swing is where the second of a pair of 1/8 or 1/16 falls: 0.5 is straight, 2/3 a triplet's, 0.75 a dotted one's.
    Quarters and triplets come in no pairs within a beat and do not swing. [any]
    """
    count = DIVISIONS.get(division)
    if count is None:
        raise SettingsError(f"No grid is called {division!r}.", f"Choose one of {', '.join(DIVISIONS)}.")
    if not STRAIGHT <= swing <= MOST_SWUNG:
        raise SettingsError(f"A swing cannot be {swing}.", f"Give {STRAIGHT} (straight) to {MOST_SWUNG}.")
    late = (swing - STRAIGHT) * 2.0 / count if count in (2, 4) else 0.0
    return (*(n / count + (late if n % 2 else 0.0) for n in range(count)), 1.0)


def nearest(places: Sequence[float], phase: float) -> float:
    """The line that a place in the beat is nearest to; half-way, the later one. [any]"""
    after = min(bisect_right(places, phase), len(places) - 1)
    before = after - 1
    return places[after] if places[after] - phase <= phase - places[before] else places[before]


def following(places: Sequence[float], phase: float) -> float:
    """The first line after a place in the beat. [any]"""
    return places[min(bisect_right(places, phase), len(places) - 1)]
