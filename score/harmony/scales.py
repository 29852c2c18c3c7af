"""Scales, and the names of notes: which of the twelve pitch classes belong, and how one walks among them.

Names and pitches in (60 is the middle C), pitches and names out; pure values, safe on any thread.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from score.errors import EditError

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1}

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),
    "hungarian minor": (0, 2, 3, 6, 7, 8, 11),
    "double harmonic": (0, 1, 4, 5, 7, 8, 11),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "diminished": (0, 2, 3, 5, 6, 8, 9, 11),
    "half-whole": (0, 1, 3, 4, 6, 7, 9, 10),
    "augmented": (0, 3, 4, 7, 8, 11),
    "chromatic": tuple(range(12)),
}
"""Semitones above the root, by the names that musicians use."""

# Fifths from C to the major scale of the same notes; what has more flats than sharps is written with flats.
_SHARPS_OF_MAJOR = {0: 0, 7: 1, 2: 2, 9: 3, 4: 4, 11: 5, 6: 6, 5: -1, 10: -2, 3: -3, 8: -4, 1: -5}
_MAJOR_BELOW = {"major": 0, "lydian": 7, "mixolydian": 5, "dorian": 10, "phrygian": 8, "locrian": 1}

Toward = Literal["nearest", "up", "down"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on a root (0 is C, 9 is A). [any]"""

    root: int = 0
    name: str = "major"

    def __post_init__(self) -> None:
        if type(self.root) is not int or not 0 <= self.root <= 11:
            raise EditError(f"No scale stands on {self.root!r}.", "Give 0 (C) to 11 (B).")
        if self.name not in SCALES:
            raise EditError(f"There is no scale {self.name!r}.", f"Give one of: {', '.join(SCALES)}.")

    def __str__(self) -> str:
        return f"{pitch_class_name(self.root, self.with_flats)} {self.name}"

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its pitch classes, from the root up. [any]"""
        return tuple((self.root + step) % 12 for step in SCALES[self.name])

    @property
    def with_flats(self) -> bool:
        """Whether its notes are named with flats, by the signature of the major scale nearest to it. [any]"""
        steps = SCALES[self.name]
        below = _MAJOR_BELOW.get(self.name, 3 if 3 in steps and 4 not in steps else 0)
        return _SHARPS_OF_MAJOR[(self.root + below) % 12] < 0

    def has(self, pitch: int) -> bool:
        """Whether a pitch belongs to it. [any]"""
        return (pitch - self.root) % 12 in SCALES[self.name]

    def nearest(self, pitch: int, toward: Toward = "nearest") -> int:
        """The pitch of the scale nearest to one, among 0 to 127; of two that are as near, the lower. [any]"""
        reach = range(13)
        ways = {"nearest": (-1, 1), "up": (1,), "down": (-1,)}[toward]
        for far in reach:
            for way in ways:
                if self.has(pitch + way * far) and 0 <= pitch + way * far <= 127:
                    return pitch + way * far
        return self.nearest(pitch)  # at the edge of all pitches there is none on that side

    def degree(self, pitch: int) -> int:
        """Steps of the scale from the lowest root to a pitch; one between two counts as the lower. [any]"""
        octave, above = divmod(pitch - self.root, 12)
        steps = SCALES[self.name]
        place = bisect_left(steps, above)
        return octave * len(steps) + (place if place < len(steps) and steps[place] == above else place - 1)

    def pitch(self, degree: int) -> int:
        """The pitch so many steps above the lowest root. [any]"""
        octave, step = divmod(degree, len(SCALES[self.name]))
        return self.root + 12 * octave + SCALES[self.name][step]

    def stepped(self, pitch: int, steps: int) -> int:
        """A pitch so many steps of the scale away; one between two keeps its distance from the lower. [any]"""
        degree = self.degree(pitch)
        return self.pitch(degree + steps) + pitch - self.pitch(degree)


C_MAJOR = Scale()


def scale_named(said: str) -> Scale:
    """A scale as one says it: "D minor", "Bb dorian", "f# harmonic minor". [any]"""
    root, _, name = said.strip().partition(" ")
    return Scale(pitch_class_named(root), " ".join(name.lower().split()) or "major")


def pitch_class_named(said: str) -> int:
    """0 to 11 for C to B, with any number of # and b. [any]"""
    letter, accidentals = said[:1].upper(), said[1:]
    if letter not in _LETTERS or not set(accidentals) <= set(_ACCIDENTALS):
        raise EditError(f"No note is named {said!r}.", "Give a letter from A to G, with # or b behind it.")
    return (_LETTERS[letter] + sum(_ACCIDENTALS[each] for each in accidentals)) % 12


def pitch_class_name(pitch: int, flats: bool = False) -> str:
    """The name of a pitch without its octave. [any]"""
    return (FLATS if flats else SHARPS)[pitch % 12]


def pitch_name(pitch: int, flats: bool = False) -> str:
    """The name of a pitch: 60 is C4, 69 is A4. [any]"""
    return f"{pitch_class_name(pitch, flats)}{pitch // 12 - 1}"
