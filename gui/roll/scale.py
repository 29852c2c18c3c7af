"""Names of pitches, and which of them belong to a key. Pure values, safe on any thread."""

from __future__ import annotations

from dataclasses import dataclass

from score.harmony.scales import SCALES, Scale

SHARPS = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
FLATS = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")
BLACK = frozenset((1, 3, 6, 8, 10))

DEGREES: dict[str, frozenset[int]] = {
    "major": frozenset((0, 2, 4, 5, 7, 9, 11)),
    "minor": frozenset((0, 2, 3, 5, 7, 8, 10)),
    "harmonic minor": frozenset((0, 2, 3, 5, 7, 8, 11)),
    "melodic minor": frozenset((0, 2, 3, 5, 7, 9, 11)),
    "dorian": frozenset((0, 2, 3, 5, 7, 9, 10)),
    "phrygian": frozenset((0, 1, 3, 5, 7, 8, 10)),
    "lydian": frozenset((0, 2, 4, 6, 7, 9, 11)),
    "mixolydian": frozenset((0, 2, 4, 5, 7, 9, 10)),
    "major pentatonic": frozenset((0, 2, 4, 7, 9)),
    "minor pentatonic": frozenset((0, 3, 5, 7, 10)),
    "blues": frozenset((0, 3, 5, 6, 7, 10)),
}
"""Scales by name: semitones above the tonic."""


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic, 0 for C to 11 for B, and the semitones above it that belong. [any]"""

    tonic: int
    degrees: frozenset[int]
    prefers_flats: bool = False

    @staticmethod
    def of(scale: Scale) -> Key:
        """A scale as it is drawn. [any]"""
        return Key(scale.root, frozenset(SCALES[scale.name]), scale.with_flats)

    def has(self, pitch: int) -> bool:
        """Whether a pitch belongs. [any]"""
        return (pitch - self.tonic) % 12 in self.degrees

    def is_tonic(self, pitch: int) -> bool:
        """Whether a pitch is the tonic, in any octave. [any]"""
        return (pitch - self.tonic) % 12 == 0


def pitch_name(pitch: int, prefers_flats: bool = False) -> str:
    """A pitch as musicians write it; 60 is C4. [any]"""
    return f"{(FLATS if prefers_flats else SHARPS)[pitch % 12]}{pitch // 12 - 1}"


def is_black(pitch: int) -> bool:
    """Whether a piano has a black key there. [any]"""
    return pitch % 12 in BLACK
