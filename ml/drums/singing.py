"""Whether the mouth sings or speaks: then its consonants are no drums.

What flows in: the pitch of each hop, and when something was struck. What flows out: whether a strike is to be believed.
Plain numbers on the ears thread.

A t before a vowel is the same sound as a hat; what tells them apart is the company they keep. A voice is believed
within a few tenths of a second, and for some seconds after, since who sings also breathes. Then only a strike well
above the voice is meant as one: who beats over their own humming does so louder.
"""

from __future__ import annotations

from ml.pitch import Pitch

_CLEAR = 0.85
_AUDIBLE_DB = -50.0
_BELIEVES_HOPS = 60.0  # 0.3 s
_FORGETS_HOPS = 400.0  # 2 s
_SINGS = 0.25  # of the hops of late, weighed so
_ABOVE_DB = 6.0
_LEVEL_HOPS = 20.0
_RINGS_HOPS = 30  # after a strike: a thump has a pitch too

_THUMP_MOST_HZ = 180.0
_RINGS_CLEAR = 0.9  # what repeats so well 16 ms after it began is a vowel, and no friction


class Singing:
    """How much voice there was of late. [ears]"""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all sound. [ears]"""
        self._share = 0.0
        self._level_db = _AUDIBLE_DB
        self._since_strike = _RINGS_HOPS
        self._now = Pitch(0.0, 0.0, _AUDIBLE_DB)

    def hear(self, pitch: Pitch) -> None:
        """One more hop. [ears]"""
        self._now = pitch
        self._since_strike += 1
        if self._since_strike <= _RINGS_HOPS:
            return
        if pitch.clarity > _CLEAR and pitch.level_db > _AUDIBLE_DB:
            self._share += (1.0 - self._share) / _BELIEVES_HOPS
            self._level_db += (pitch.level_db - self._level_db) / _LEVEL_HOPS
        else:
            self._share -= self._share / _FORGETS_HOPS

    def struck(self) -> None:
        """A strike was believed; what rings after it is no voice. [ears]"""
        self._since_strike = 0

    def doubts(self, level_db: float) -> bool:
        """Whether a strike of this level is rather a consonant. [ears]"""
        return self._share > _SINGS and level_db < self._level_db + _ABOVE_DB

    def vowel(self) -> bool:
        """Whether what was struck has a clear pitch already, above any thump's. [ears]"""
        return self._now.clarity > _RINGS_CLEAR and self._now.f0_hz > _THUMP_MOST_HZ
