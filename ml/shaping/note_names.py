"""Names of notes: 'Bb', 'F#' and 'C4' to numbers and back.

What flows in: what a musician writes. What flows out: pitch classes (C is 0) and MIDI keys (C4, the middle C, is 60).
Plain values on any thread.
"""

from __future__ import annotations

import re

from score.errors import UsageError

_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
TONIC = re.compile(r"([a-gA-G])([#♯b♭]?)")
_KEY = re.compile(r"([a-gA-G])([#♯b♭]?)(-?\d)")

# The major scales that are written with flats: F, Bb, Eb, Ab and Db.
_FLAT_MAJORS = {5, 10, 3, 8, 1}


def pitch_class(letter: str, accidental: str = "") -> int:
    """0 for C to 11 for B. [any]"""
    return (_LETTERS[letter.lower()] + _ACCIDENTALS[accidental]) % 12


def tonic_name(tonic: int, parent_major: int) -> str:
    """A tonic, spelt as in the major scale that has the same notes: the tonic of C minor's third is Eb. [any]"""
    # F# major and Gb major are as hard to read; their D# and A# are met as Eb and Bb in every song book.
    flat = parent_major in _FLAT_MAJORS or (parent_major == 6 and tonic in (3, 10))
    return (_FLAT_NAMES if flat else _SHARP_NAMES)[tonic]


def key_number(name: str | int) -> int:
    """The MIDI key that is meant by 'C4', '60' or 60. [any]"""
    if isinstance(name, int):
        key: int | None = name
    elif found := _KEY.fullmatch(name.strip()):
        letter, accidental, octave = found.groups()
        key = _LETTERS[letter.lower()] + _ACCIDENTALS[accidental] + 12 * (int(octave) + 1)
    else:
        key = int(name) if name.strip().isdecimal() else None
    if key is None or not 0 <= key <= 127:
        raise UsageError(
            f"'{name}' is not a key of a keyboard.", "Write a note with its octave from C-1 to G9, or 0 to 127."
        )
    return key
