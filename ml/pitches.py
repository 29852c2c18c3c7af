"""The pitch of the note that sounds: where it is meant to be at first, where it is heard later, and where it was.

What flows in: hops of one note. What flows out: the pitch to bend to, whether the voice has left for another note, and
at the end the pitch of the whole. Plain values on the ears thread.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from ml.learned.heads import OCTAVE_ST
from ml.learned.understood import Understood

_TRUST_HOPS = 24  # until the pitch that is heard has taken over from the one that is meant
_REMEMBERED = 12_000  # hops: a minute of one note
_SETTLES = 0.06  # of the way, each hop: the middle of a vibrato, in about one swing
_NEAR_ST = 0.6
_CLEAR = 0.6
_STEADY_ST = 0.5
_SKIPPED_AT_START, _SKIPPED_AT_END = 0.2, 0.15  # of the note: scoops and falls say little of the pitch meant
_LEAST_SKIPPED = 5  # hops


class Pitches:
    """One note's pitch, from its attack to its end. [ears]"""

    def __init__(self, hop: Understood, before: Sequence[Understood] = ()) -> None:
        self.centre = hop.meant
        self._hops = 0
        self._meant: list[float] = []
        for each in before:  # of this note, before it was sent
            self._keep(each)
        self._recent: deque[float] = deque(maxlen=32)

    def hear(self, hop: Understood) -> float:
        """One more hop; the pitch that should sound now. [ears]"""
        self._hops += 1
        pitch = self._keep(hop)
        self._recent.append(pitch)
        trusted = min(self._hops / _TRUST_HOPS, 1.0)
        if self._hops < _TRUST_HOPS:
            self.centre += 0.15 * (hop.meant - self.centre) * hop.sure
        elif abs(pitch - self.centre) < _NEAR_ST:
            self.centre += _SETTLES * (pitch - self.centre)
        return pitch * trusted + (1.0 - trusted) * self.centre

    def left_for(self, away_st: float, hops: int) -> bool:
        """Whether the voice has stayed so far away, steadily, for so long. [ears]"""
        if self._hops < _TRUST_HOPS + hops or len(self._recent) < hops:
            return False
        last = list(self._recent)[-hops:]
        low, high = min(last), max(last)
        left_st = 0.5 * (low + high) - self.centre
        other_side_st = self.centre - (min(self._recent) if left_st > 0.0 else max(self._recent))
        swings_st = max(math.copysign(1.0, left_st) * other_side_st, 0.0)  # a vibrato was as far away just before
        return high - low < _STEADY_ST and abs(left_st) > away_st + 2.0 * swings_st

    def median(self) -> float:
        """The pitch of the whole note: what was meant, which glides and swings say less of than the network. [ears]"""
        heard = len(self._meant)
        if not heard:
            return self.centre
        first = min(max(int(_SKIPPED_AT_START * heard), _LEAST_SKIPPED), heard // 2)
        last = heard - int(_SKIPPED_AT_END * heard)
        kept = sorted(self._meant[first:last])
        return kept[len(kept) // 2] if kept else self.centre

    def _keep(self, hop: Understood) -> float:
        pitch = self._in_its_octave(hop)
        if hop.clarity > _CLEAR and len(self._meant) < _REMEMBERED:
            self._meant.append(hop.meant)
        return pitch

    def _in_its_octave(self, hop: Understood) -> float:
        """The pitch that is heard, an octave up or down where that is what was meant."""
        octaves = round((hop.meant - hop.pitch) / OCTAVE_ST)
        if octaves and math.isfinite(hop.meant):
            return hop.pitch + OCTAVE_ST * octaves
        return hop.pitch
