"""A tempo that is tapped: moments in, beats a minute out, calm about a tap that stumbled or was left out. No Qt."""

from __future__ import annotations

from statistics import median

FORGETS_AFTER_S = 2.0
SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0

_KEPT = 12
_STUMBLED = 0.25
"""So far from the middle of all, a distance says nothing."""
_DOUBTS = 3
"""So many of the newest that agree among themselves are another tempo."""


class TapTempo:
    """One hand that taps. [gui]"""

    def __init__(self) -> None:
        self._taps_s: list[float] = []

    @property
    def taps(self) -> int:
        """How many taps it goes by. [gui]"""
        return len(self._taps_s)

    def tap(self, now_s: float) -> float | None:
        """A tap at this moment; the tempo, from the second on. [gui]"""
        if self._taps_s and not 0.0 < now_s - self._taps_s[-1] <= FORGETS_AFTER_S:
            self._taps_s.clear()
        self._taps_s = [*self._taps_s, now_s][-_KEPT:]
        apart = [after - before for before, after in zip(self._taps_s, self._taps_s[1:], strict=False)]
        if not apart:
            return None
        newest = apart[-_DOUBTS:]
        if len(apart) > _DOUBTS and _agree(newest) and not _near(median(newest), median(apart[:-_DOUBTS])):
            self._taps_s = self._taps_s[-_DOUBTS - 1 :]
            apart = newest
        return min(max(60.0 / _beat_s(apart), SLOWEST_BPM), FASTEST_BPM)


def _beat_s(apart: list[float]) -> float:
    """The distance of two taps: a mean of those that are near the middle one, those over a left-out tap halved."""
    middle = median(apart)
    whole = [each / 2.0 if _near(each / 2.0, middle) else each for each in apart]
    near = [each for each in whole if _near(each, middle)]
    return sum(near) / len(near) if near else middle


def _agree(several: list[float]) -> bool:
    return all(_near(each, median(several)) for each in several)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _STUMBLED * other
