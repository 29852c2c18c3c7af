"""Scales: which of the twelve semitones belong to a key, by the names that musicians give them.

What flows in: a name such as 'D dorian', and sung pitches. What flows out: which keys are in it, and the nearest one.
Plain values on any thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from ml.shaping.note_names import TONIC, pitch_class, tonic_name
from score.errors import UsageError

_TIE_SHARE = 0.125  # of a gap, to either side of its middle: a wrong note there belongs to neither neighbour

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "major blues": (0, 2, 3, 4, 7, 9),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}

_SAME_AS = {
    "": "major",
    "maj": "major",
    "ionian": "major",
    "m": "minor",
    "min": "minor",
    "aeolian": "minor",
    "natural minor": "minor",
    "major pentatonic": "pentatonic",
    "pentatonic major": "pentatonic",
    "pentatonic minor": "minor pentatonic",
    "minor blues": "blues",
    "blues minor": "blues",
    "blues major": "major blues",
}

# Semitones from a mode's tonic up to that of the major scale whose signature it is written with.
_TO_PARENT_MAJOR = {
    "minor": 3,
    "dorian": 10,
    "phrygian": 8,
    "lydian": 7,
    "mixolydian": 5,
    "locrian": 1,
    "harmonic minor": 3,
    "melodic minor": 3,
    "minor pentatonic": 3,
    "blues": 3,
}

# Scales with too few tones, or too close ones, to stack thirds in borrow the chords of the key they are sung in.
_CHORDS_OF = {"pentatonic": "major", "major blues": "major", "minor pentatonic": "minor", "blues": "minor"}


@dataclass(frozen=True)
class Scale:
    """A tonic, 0 for C, and the semitones above it that belong; `Scale.parse` makes one of a name. [any]"""

    tonic: int
    mode: str
    steps_st: tuple[int, ...]

    @classmethod
    def of(cls, tonic: int, mode: str) -> Scale:
        """A scale by one of the names in MODES. [any]"""
        return cls(tonic % 12, mode, MODES[mode])

    @classmethod
    def parse(cls, name: str) -> Scale:
        """'C', 'C major', 'F#m', 'Bb dorian', 'chromatic', or a tonic and its own semitones: 'D 0 2 3 7 8'. [any]"""
        text = " ".join(name.split())
        if text.lower() == "chromatic":
            return cls.of(0, "chromatic")
        found = TONIC.match(text)
        if found is None:
            raise _not_a_scale(name)
        tonic, rest = pitch_class(*found.groups()), text[found.end() :].strip()
        if rest and all(word.isdecimal() for word in rest.split()):
            return cls(tonic, "own", _own_steps(name, rest))
        # 'CM' is C major and 'Cm' C minor: the one place where a capital means something.
        mode = "major" if rest == "M" else _SAME_AS.get(rest.lower(), rest.lower())
        if mode not in MODES:
            raise _not_a_scale(name)
        return cls.of(tonic, mode)

    @cached_property
    def name(self) -> str:
        """As it is shown: 'Bb dorian'. [any]"""
        if self.mode == "chromatic":
            return self.mode
        tonic = tonic_name(self.tonic, (self.tonic + _TO_PARENT_MAJOR.get(self.mode, 0)) % 12)
        own = " ".join(map(str, self.steps_st))
        return f"{tonic} {own if self.mode == 'own' else self.mode}"

    @cached_property
    def pitch_classes(self) -> frozenset[int]:
        """Those that belong, 0 for C whatever the tonic. [any]"""
        return frozenset((self.tonic + step) % 12 for step in self.steps_st)

    @property
    def harmony(self) -> Scale:
        """The scale that its chords are stacked in. [any]"""
        return Scale.of(self.tonic, _CHORDS_OF[self.mode]) if self.mode in _CHORDS_OF else self

    def __contains__(self, key: int) -> bool:
        return key % 12 in self.pitch_classes

    def nearest(self, pitch: float, lean: int = 0) -> int:
        """The key that a sung pitch means. A wrong note about half way between two tones of the scale goes where the
        melody leans: 1 up, -1 down, 0 to the nearer. [any]"""
        near = math.floor(pitch + 0.5)
        below, above = self._around[near % 12]
        if not below:
            return near
        middle = near + 0.5 * (above - below)
        if lean and abs(pitch - middle) <= _TIE_SHARE * (above + below):
            return near + above if lean > 0 else near - below
        return near + above if pitch > middle else near - below

    @cached_property
    def _around(self) -> tuple[tuple[int, int], ...]:
        """Of each pitch class, how far down and up the next tone of the scale is: looked up, since it is asked for
        every hop."""
        tones = self.pitch_classes
        return tuple(
            (
                next(st for st in range(12) if (each - st) % 12 in tones),
                next(st for st in range(12) if (each + st) % 12 in tones),
            )
            for each in range(12)
        )


def _own_steps(name: str, words: str) -> tuple[int, ...]:
    steps = tuple(sorted({int(word) for word in words.split()} | {0}))
    if steps[-1] > 11 or len(steps) < 2:
        raise UsageError(
            f"'{name}' is not a scale: its steps are semitones above the tonic.",
            "Write at least two of 0 to 11, such as 'D 0 2 3 7 8'.",
        )
    return steps


def _not_a_scale(name: str) -> UsageError:
    return UsageError(
        f"'{name}' is not a scale.",
        f"Write 'auto', or a tonic (C, F#, Bb …) and one of: {', '.join(MODES)}; or its own steps: 'D 0 2 3 7 8'.",
    )
