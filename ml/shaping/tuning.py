"""How far from concert pitch a singer is: a whole song may be sung 30 cents flat and be in tune with itself.

What flows in: the pitch each note kept to, and for how long. What flows out: the offset of the singer's semitones from
the piano's. Called on the ears thread, once a note.

The distance to the nearest semitone is an angle: 49 cents sharp and 49 cents flat are neighbours, not opposites. So the
notes are unit vectors, their forgetting sum points at the centre, and its length says how much they agree (Mardia and
Jupp, Directional Statistics, 2000, section 2.2).
"""

from __future__ import annotations

import cmath
import math

_HALF_LIFE_S = 12.0  # of singing: a voice that slides down over a song is followed, one odd phrase is not
_DOUBT_S = 1.0  # of singing at concert pitch, believed in before the first note and never forgotten
_LONGEST_S = 1.0  # what a held note counts for at most
_BEYOND_ST = 0.6  # a singer who slides flat is followed past the border, so that no key jumps by a semitone there


class SingersTuning:
    """Finds the singer's own concert pitch, slowly. [ears]"""

    def __init__(self) -> None:
        self.reset()

    @property
    def offset_st(self) -> float:
        """What the singer's semitones are above (or, below zero, under) the piano's. [any]"""
        return self._offset_st

    def reset(self) -> None:
        """Another singer, or the same after a tuning fork. [ears]"""
        self._sum = 0j
        self._offset_st = 0.0

    def hear(self, pitch: float, seconds: float) -> None:
        """A note kept to this pitch, in semitones, for so long. [ears]"""
        seconds = min(seconds, _LONGEST_S)
        self._sum = self._sum * 0.5 ** (seconds / _HALF_LIFE_S) + cmath.rect(seconds, math.tau * pitch)
        offset = cmath.phase(self._sum + _DOUBT_S) / math.tau
        offset += round(self._offset_st - offset)  # the turn of the circle that it was on
        if abs(offset) > _BEYOND_ST:
            offset -= math.copysign(1.0, offset)
        self._offset_st = offset
