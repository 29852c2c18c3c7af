"""Which pitch each key has: scales by name, Scala's files, and what MIDI says about tuning.

What flows in: a name, the text of a .scl and a .kbm file, a system exclusive message. What flows out: a tuning, 128
numbers in semitones, of which 69 is the a' that the knob `a4_hz` sets; 69.5 is a quarter tone above it. A key that a
keyboard map leaves out sounds as the next mapped one below it.

The formats: M. Op de Coul, "Scala scale file format" and "Scala keyboard mapping files"; MIDI Tuning Standard (MMA
CA-020, CA-021, RP-020). [main]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.events import ALL_SLOTS, EVENT, NOW, TUNE
from score.errors import FileError, UsageError

Tuning = npt.NDArray[np.float64]

KEYS, A4_KEY, A4_HZ = 128, 69, 440.0
MIDDLE_C = 60
_MOST_DEGREES = 4_096
FARTHEST_ST = 256.0

_FIFTH_CENTS = 1200.0 * math.log2(1.5)
_MEANTONE_FIFTH_CENTS = 300.0 * math.log2(5.0)  # four of them make a pure third
_FIFTHS = (0, 7, 2, -3, 4, -1, 6, 1, 8, 3, -2, 5)  # from C to each of the twelve: E flat to G sharp
_JUST = ("1", "16/15", "9/8", "6/5", "5/4", "4/3", "45/32", "3/2", "8/5", "5/3", "9/5", "15/8")


@dataclass(frozen=True)
class Scale:
    """Steps above the first note, in cents; the last one is the period after which they come again. [any]"""

    description: str
    cents: tuple[float, ...]


@dataclass(frozen=True)
class KeyMap:
    """Which key plays which degree of a scale. [any]"""

    first: int = 0
    last: int = KEYS - 1
    middle: int = MIDDLE_C  # plays degree 0
    reference: int = A4_KEY
    reference_hz: float = A4_HZ
    octave: int = 0  # the degree that stands for the map's period; 0: the scale's
    degrees: tuple[int | None, ...] = ()  # from the middle key on; none: each key the next degree


def equal(steps: int = 12) -> Scale:
    """An octave in so many equal steps. [any]"""
    if not 1 <= steps <= _MOST_DEGREES:
        raise UsageError(f"An octave cannot be divided into {steps} steps.", f"1 to {_MOST_DEGREES} can be had.")
    return Scale(f"{steps} equal steps", tuple(1200.0 * step / steps for step in range(1, steps + 1)))


def _by_fifths(description: str, fifth_cents: float) -> Scale:
    return Scale(description, (*((fifths * fifth_cents) % 1200.0 for fifths in _FIFTHS[1:]), 1200.0))


PRESETS: Mapping[str, Callable[[], Scale]] = {
    "equal": equal,
    "just": lambda: Scale("pure thirds and fifths", (*(_cents(ratio) for ratio in _JUST[1:]), 1200.0)),
    "pythagorean": lambda: _by_fifths("pure fifths", _FIFTH_CENTS),
    "meantone": lambda: _by_fifths("quarter-comma meantone: pure thirds", _MEANTONE_FIFTH_CENTS),
}
"""Scales by name. [any]"""


def preset(name: str, tonic: int = MIDDLE_C) -> Tuning:
    """The tuning of that name, pure on a tonic (of which octave does not matter). [any]"""
    if name not in PRESETS:
        raise UsageError(f"There is no scale '{name}'.", f"There are: {', '.join(PRESETS)}.")
    return tuning(PRESETS[name](), KeyMap(middle=_key(tonic)))


def tuning(scale: Scale, keys: KeyMap | None = None) -> Tuning:
    """What each key plays in a scale. [any]"""
    keys = keys or KeyMap()
    cents = [_cents_of_key(scale, keys, key) for key in range(KEYS)]
    reference = cents[keys.reference]
    if reference is None:
        raise FileError(
            f"Key {keys.reference} gives the keyboard map its pitch, but plays nothing itself.",
            "Choose a key that is mapped.",
        )
    above_a4 = 12.0 * math.log2(keys.reference_hz / A4_HZ)
    made = np.full(KEYS, np.nan)
    for key, each in enumerate(cents):
        if each is not None and keys.first <= key <= keys.last:
            made[key] = A4_KEY + above_a4 + (each - reference) / 100.0
    mapped = np.flatnonzero(np.isfinite(made))
    if mapped.size == 0:
        raise FileError("The keyboard map leaves every key out.", "Map at least one.")
    nearest = mapped[np.maximum(np.searchsorted(mapped, np.arange(KEYS), "right") - 1, 0)]
    return np.clip(made[nearest], A4_KEY - FARTHEST_ST, A4_KEY + FARTHEST_ST)


def _cents_of_key(scale: Scale, keys: KeyMap, key: int) -> float | None:
    size = len(keys.degrees) or len(scale.cents)
    octaves, place = divmod(key - keys.middle, size)
    degree = keys.degrees[place] if keys.degrees else place
    if degree is None:
        return None
    period = _cents_of_degree(scale, keys.octave or len(scale.cents))
    return octaves * period + _cents_of_degree(scale, degree)


def _cents_of_degree(scale: Scale, degree: int) -> float:
    periods, place = divmod(degree, len(scale.cents))
    return periods * scale.cents[-1] + (scale.cents[place - 1] if place else 0.0)


def read_scl(path: Path) -> Scale:
    """A scale from a Scala file. [main]"""
    return parse_scl(_text(path))


def read_kbm(path: Path) -> KeyMap:
    """A keyboard map from a Scala file. [main]"""
    return parse_kbm(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("latin-1")  # as the format's description says
    except OSError as error:
        raise FileError(f"'{path.name}' cannot be read: {error.strerror}.", "Name a file that can.") from error


def parse_scl(text: str) -> Scale:
    """The scale that the text of a .scl file describes; '!' begins a comment. [any]"""
    lines = _lines(text)
    if len(lines) < 2:
        raise FileError("This is no scale: a description and the number of notes are missing.", _SCL)
    count = _whole(lines[1], "the number of notes")
    if not 1 <= count <= _MOST_DEGREES:
        raise FileError(f"A scale of {count} notes cannot be played.", f"1 to {_MOST_DEGREES} can.")
    pitches = [line.split()[0] for line in lines[2:] if line.split()]
    if len(pitches) < count:
        raise FileError(f"The scale announces {count} notes and has {len(pitches)}.", _SCL)
    cents = tuple(_cents(each) for each in pitches[:count])
    if not cents[-1] > 0.0:
        raise FileError("The last note of the scale is no higher than the first.", "It is the octave, as a rule 2/1.")
    return Scale(lines[0].strip(), cents)


def parse_kbm(text: str) -> KeyMap:
    """The map that the text of a .kbm file describes. [any]"""
    lines = [line.split()[0] for line in _lines(text) if line.split()]
    if len(lines) < 7:
        raise FileError(f"This is no keyboard map: it has {len(lines)} values, where 7 are needed.", _KBM)
    size, first, last, middle, reference = (_whole(line, "a key") for line in lines[:5])
    hertz, octave = _number(lines[5]), _whole(lines[6], "the octave's degree")
    for key in (first, last, middle, reference):
        _key(key)
    if not 1.0 <= hertz <= 20_000.0:
        raise FileError(f"The reference cannot be {lines[5]} Hz.", "1 to 20000 Hz can be had.")
    if not (0 <= size <= _MOST_DEGREES and 0 <= octave <= _MOST_DEGREES):
        raise FileError("The keyboard map is larger than any keyboard.", _KBM)
    degrees = [None if each.lower() == "x" else _whole(each, "a degree") for each in lines[7 : 7 + size]]
    degrees += [None] * (size - len(degrees))
    if any(each is not None and not 0 <= each <= _MOST_DEGREES for each in degrees):
        raise FileError("The keyboard map names a degree that no scale has.", _KBM)
    return KeyMap(first, last, middle, reference, hertz, octave, tuple(degrees))


_SCL = "A .scl file has a description, the number of notes, and a line for each: cents with a point, or a ratio."
_KBM = "A .kbm file has size, first, last, middle and reference key, its frequency, the octave's degree, the degrees."


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("!")]


def _cents(pitch: str) -> float:
    """A value with a point is in cents, one without is a ratio."""
    if "." in pitch:
        cents = _number(pitch)
        if abs(cents) > 100.0 * FARTHEST_ST:
            raise FileError(f"'{pitch}' cents are beyond everything that can be heard.", _SCL)
        return cents
    try:
        ratio = Fraction(pitch)
    except (ValueError, ZeroDivisionError):
        raise FileError(f"'{pitch}' is neither cents nor a ratio.", _SCL) from None
    if not Fraction(1, 1 << 20) <= ratio <= 1 << 20:
        raise FileError(f"No string sounds a ratio of '{pitch}'.", _SCL)
    return 1200.0 * math.log2(ratio)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FileError(f"'{text}' is no number.", "Write it as 440.0, for example.")
    return value


def _whole(text: str, what: str) -> int:
    first = (text.split() or [""])[0]
    try:
        return int(first)
    except ValueError:
        raise FileError(f"'{first}' stands where {what} is expected.", "It is a whole number.") from None


def _key(key: int) -> int:
    if not 0 <= key < KEYS:
        raise UsageError(f"There is no key {key}.", f"Keys count from 0 to {KEYS - 1}; {MIDDLE_C} is middle C.")
    return key


def tuning_events(pitches: Sequence[float] | Tuning, frame: int = NOW) -> npt.NDArray[Any]:
    """What gives every instrument a tuning, all of it on one frame; notes that sound go there. [any]"""
    wanted = np.asarray(pitches, np.float64)
    if wanted.shape != (KEYS,) or not np.isfinite(wanted).all():
        raise UsageError(f"A tuning has {KEYS} numbers, a pitch for each key.", "'preset' and 'tuning' make one.")
    made = np.zeros(KEYS, EVENT)
    made["frame"], made["kind"], made["slot"] = frame, TUNE, ALL_SLOTS
    made["number"], made["value"] = np.arange(KEYS), wanted
    return made
