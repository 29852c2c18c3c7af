"""Chords: what one sung note plays.

What flows in: a sung key and the scale it is in. What flows out: the keys that sound, the sung one lowest. Plain
values on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml.shaping.scale import Scale
from score.errors import UsageError

_MOST_TONES = 8
_WIDEST_ST = 36
_PASSING = (0, 3, 6, 9)  # over a tone outside the key's own seven: the diminished chord that passes between two others


@dataclass(frozen=True)
class Chord:
    """Either so many thirds, stacked in the key, or intervals that are the same over every note. [any]"""

    name: str
    thirds: int = 0
    intervals_st: tuple[int, ...] = ()

    @classmethod
    def parse(cls, name: str) -> Chord:
        """One of CHORDS by its name, or intervals in semitones: '0 7 12 16'. [any]"""
        words = name.replace(",", " ").lower().split()
        if " ".join(words) in CHORDS:
            return CHORDS[" ".join(words)]
        try:
            intervals = tuple(sorted({int(word) for word in words}))
        except ValueError:
            intervals = ()
        if not 0 < len(intervals) <= _MOST_TONES or max(map(abs, intervals)) > _WIDEST_ST:
            raise UsageError(
                f"'{name}' is not a chord.",
                f"Write one of {', '.join(CHORDS)}, or up to {_MOST_TONES} intervals in semitones such as '0 7 12 16'.",
            )
        return cls(" ".join(map(str, intervals)), intervals_st=intervals)

    def keys(self, root: int, scale: Scale | None) -> tuple[int, ...]:
        """The keys over a sung one, low to high; with no key known yet, thirds wait, and the sung note stands alone.
        [any]"""
        if not self.thirds:
            return tuple(root + interval for interval in self.intervals_st)
        if scale is None:
            return (root,)
        tones = scale.harmony
        if root not in tones:
            return tuple(root + interval for interval in _PASSING[: self.thirds + 1])
        steps = tones.steps_st
        degree = steps.index((root - tones.tonic) % 12)
        return tuple(
            root - steps[degree] + steps[step % len(steps)] + 12 * (step // len(steps))
            for step in range(degree, degree + 2 * self.thirds + 1, 2)
        )


CHORDS = {
    chord.name: chord
    for chord in (
        Chord("third", thirds=1),
        Chord("triad", thirds=2),
        Chord("seventh", thirds=3),
        Chord("octave", intervals_st=(0, 12)),
        Chord("power", intervals_st=(0, 7, 12)),
    )
}
TRIAD = CHORDS["triad"]
