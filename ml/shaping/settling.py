"""When a note that began on one key turns out to be another.

What flows in: the pitch of the note, hop by hop. What flows out: the key it stands for. Called on the ears thread.

A note is sent before its pitch is sure, and the bend then puts it right. With no bend to do that, the other key must be
struck; but only once the voice stays there, or a scoop would play every key it passes, and a vibrato two in turn:
- early in the note, a pitch that stands still for 50 ms has arrived. No vibrato of up to a semitone stands so still,
  not even at its peaks: at 4 Hz it moves 19 cents in that time;
- a pitch that moves too, as in a note begun with vibrato, has left when it does not come back for longer than half a
  vibrato's swing, and is not on its way any more. The longer a note was itself, the longer another must last to
  take its place, and the clearer it must be: who sinks by half a semitone on a long note has not begun another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

_EARLY_S = 0.3
_STANDS_S = 0.05
_STANDS_ST = 0.12
_SWING_S = 0.12
_LONGEST_PATIENCE_S = 0.5
_PATIENCE_SHARE = 0.25  # of what the note has lasted
_CLEARER_ST = 0.2  # by how much nearer the other key is, early in a note
_CLEARLY_ST = 0.6  # and later
_DRIFT_ST = 0.25  # a movement so small is not on its way anywhere


class Settling:
    """The key that one note stands for, as its pitch settles. [ears]"""

    def __init__(self, pitch: float, nearest: Callable[[float], int], hop_s: float) -> None:
        self._nearest = nearest
        self._key = nearest(pitch)
        self._hop_s = hop_s
        self._stands_hops = max(2, round(_STANDS_S / hop_s))
        self._swing_hops = max(2, round(_SWING_S / hop_s))
        self._recent: deque[float] = deque(maxlen=max(2, round(_LONGEST_PATIENCE_S / hop_s)))
        self._hops = self._away_hops = 0

    @property
    def key(self) -> int:
        """What it stands for now. [any]"""
        return self._key

    def hear(self, pitch: float) -> bool:
        """One more hop; True when the note stands for another key from here on. [ears]"""
        self._recent.append(pitch)
        self._hops += 1
        self._away_hops = 0 if self._nearest(pitch) == self._key else self._away_hops + 1
        return self._away_hops >= self._stands_hops and (self._stands_elsewhere() or self._has_left())

    def _stands_elsewhere(self) -> bool:
        if self._hops * self._hop_s > _EARLY_S:
            return False
        last = list(self._recent)[-self._stands_hops :]
        return max(last) - min(last) <= _STANDS_ST and self._goes_to(_mean(last), _CLEARER_ST)

    def _has_left(self) -> bool:
        lasted_s = self._hops * self._hop_s
        patience_s = min(max(_SWING_S, _PATIENCE_SHARE * lasted_s), _LONGEST_PATIENCE_S)
        patience_hops = max(self._swing_hops, round(patience_s / self._hop_s))
        if self._away_hops < patience_hops or _is_passing(list(self._recent)[-self._swing_hops :]):
            return False
        return self._goes_to(
            _mean(list(self._recent)[-patience_hops:]), _CLEARER_ST if lasted_s <= _EARLY_S else _CLEARLY_ST
        )

    def _goes_to(self, pitch: float, clearer_st: float) -> bool:
        key = self._nearest(pitch)
        if key == self._key or abs(pitch - self._key) - abs(pitch - key) < clearer_st:
            return False
        self._key, self._away_hops = key, 0
        return True


def _is_passing(pitches: list[float]) -> bool:
    """Whether it went more one way than to and fro."""
    extent = max(pitches) - min(pitches)
    return extent > _DRIFT_ST and abs(pitches[-1] - pitches[0]) > 0.5 * extent


def _mean(pitches: list[float]) -> float:
    return sum(pitches) / len(pitches)
