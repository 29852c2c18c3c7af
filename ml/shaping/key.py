"""Which key is being sung, from the last seconds alone.

What flows in: the sung notes as they end, each with how long it was. What flows out: the key as a scale, or nothing
yet. Called on the ears thread, once a note.

Each key expects its twelve tones with known odds, as counted in folk songs (Temperley, Music and Probability, 2007,
chapter 6: the Essen collection); that a singer may miss adds the same small odds to all. A note's logarithm of odds,
under every key, joins a sum that forgets exponentially: Bayes' rule with a short memory. Dorian and mixolydian are a
minor and a major key with one tone exchanged, and are told from them by which of the two tones is sung.
"""

from __future__ import annotations

import math

from ml.shaping.scale import Scale

_ODDS = {
    "major": (0.184, 0.001, 0.155, 0.003, 0.191, 0.109, 0.005, 0.214, 0.001, 0.078, 0.004, 0.055),
    "minor": (0.192, 0.005, 0.149, 0.179, 0.002, 0.144, 0.002, 0.201, 0.038, 0.012, 0.053, 0.022),
}
# What a mode becomes, the tone of its own that is exchanged, the tone it is exchanged for, and how many notes of that,
# of late, it takes: a flat seventh in major may be a slip, but a raised sixth in minor is seldom one.
_EXCHANGED = {"major": ("mixolydian", 11, 10, 1.5), "minor": ("dorian", 8, 9, 0.7)}
_LEADING_NOTE_ST = 11

_MISSED = 0.15  # share of notes that say nothing of the key: missed, passing, or misheard
_HALF_LIFE_NOTES = 16.0  # of ordinary notes
_ORDINARY_S = 0.4
_MOST_NOTES = 2.0  # that one held note counts for
_FIRST_NOTES = 4.0  # sung before anything is said
_CHANGE_ODDS = 2.0  # nats ahead of the key that is held before it gives way: one chromatic note is no modulation


class KeyFinder:
    """Names the key of what is sung, and keeps to it until another is clearly more likely. [ears]"""

    def __init__(self) -> None:
        self._keys = [(tonic, mode) for mode in _ODDS for tonic in range(12)]
        self._says = [
            [math.log((1 - _MISSED) * _ODDS[mode][(each - tonic) % 12] + _MISSED / 12) for each in range(12)]
            for tonic, mode in self._keys
        ]
        self.reset()

    @property
    def scale(self) -> Scale | None:
        """The key that is held, or None as long as too little was sung. [any]"""
        if self._held is None:
            return None
        tonic, mode = self._keys[self._held]
        return Scale.of(tonic, _EXCHANGED[mode][0] if self._is_exchanged else mode)

    @property
    def tones(self) -> Scale | None:
        """What of that key's notes are right: in minor the raised leading note too, which is sung as often. [any]"""
        held = self.scale
        if held is None or held.mode not in ("minor", "dorian"):
            return held
        return Scale(held.tonic, held.mode, (*held.steps_st, _LEADING_NOTE_ST))

    def reset(self) -> None:
        """Another song. [ears]"""
        self._held: int | None = None
        self._is_exchanged = False
        self._heard_notes = 0.0
        self._sums = [0.0] * len(self._keys)
        self._sung = [0.0] * 12

    def hear(self, pitch: float, seconds: float) -> None:
        """A note kept to this pitch, in the singer's own semitones, for so long. [ears]"""
        notes = min(math.sqrt(seconds / _ORDINARY_S), _MOST_NOTES)
        keeps = 0.5 ** (notes / _HALF_LIFE_NOTES)
        tone = math.floor(pitch + 0.5) % 12
        self._heard_notes += notes
        self._sung = [keeps * had for had in self._sung]
        self._sung[tone] += notes
        self._sums = [keeps * had + notes * says[tone] for had, says in zip(self._sums, self._says, strict=True)]
        best = max(range(len(self._sums)), key=self._sums.__getitem__)
        if self._held is None:
            if self._heard_notes < _FIRST_NOTES:
                return
            self._held = best
        elif self._sums[best] > self._sums[self._held] + _CHANGE_ODDS:
            self._held, self._is_exchanged = best, False
        tonic, mode = self._keys[self._held]
        _, own_st, other_st, enough = _EXCHANGED[mode]
        own, other = self._sung[(tonic + own_st) % 12], self._sung[(tonic + other_st) % 12]
        self._is_exchanged = other >= own if self._is_exchanged else other > max(enough, 2.0 * own)
