"""What a singer wants the notes to be made into: one value, every field a choice a musician knows.

What flows in: words of a command line, or knobs of a screen. What flows out: a `Shape`, which cannot hold what makes no
sense. Plain values on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from ml.shaping.chord import TRIAD, Chord
from ml.shaping.note_names import key_number
from ml.shaping.scale import Scale
from score.errors import UsageError

_MOST_OCTAVES = 5
_MOST_TRANSPOSED_ST = 48
_WIDEST_BEND_ST = 96.0
_FEWEST_TONES, _MOST_TONES = 5, 9  # of a scale in which a third is every second tone


class Mode(Enum):
    """What becomes of a sung pitch. [any]"""

    FREE = "free"  # it is played as sung, with every glide
    SEMITONE = "semitone"  # the nearest of the twelve, as on a piano
    SCALE = "scale"  # the nearest of a scale
    CHORD = "chord"  # a chord over the nearest of a scale


class Auto(Enum):
    """The scale is found by itself. [any]"""

    AUTO = "auto"


class Outside(Enum):
    """What becomes of a note outside the range. [any]"""

    FOLD = "fold"  # it is played in the nearest octave within
    LEAVE_OUT = "leave out"  # it is not played


AUTO = Auto.AUTO
_Choice = TypeVar("_Choice", Mode, Outside)


@dataclass(frozen=True)
class Shape:
    """How notes are shaped between the singer and the synth; as it stands, not at all. [any]"""

    mode: Mode = Mode.FREE
    scale: Scale | Auto = AUTO  # of modes SCALE and CHORD; AUTO finds the key from the last seconds
    chord: Chord = TRIAD  # of mode CHORD
    octave: int = 0  # how many octaves higher it is played than sung
    transpose_st: int = 0  # and how many semitones
    lowest: int = 0  # keys that are played, after octave and transposition
    highest: int = 127
    outside: Outside = Outside.FOLD
    hold: bool = False  # a note rings on until the next begins, or until it is released
    portamento: bool = True  # in mode FREE: off, and the pitch steps from key to key instead of gliding
    vibrato: float | None = None  # how much is kept, 0 to 1; None: all of it in mode FREE, none in the others
    follow_tuning: bool = True  # a singer who is flat throughout is in tune; not used in mode FREE
    bend_range_st: float = 48.0  # the furthest bend the synth is told, where anything is changed at all

    def __post_init__(self) -> None:
        _within("octave", self.octave, -_MOST_OCTAVES, _MOST_OCTAVES)
        _within("transposition", self.transpose_st, -_MOST_TRANSPOSED_ST, _MOST_TRANSPOSED_ST)
        _within("bend range", self.bend_range_st, 0.0, _WIDEST_BEND_ST)
        _within("lowest key", self.lowest, 0, 127)
        _within("highest key", self.highest, 0, 127)
        if self.lowest > self.highest:
            raise UsageError(
                f"The lowest key, {self.lowest}, is above the highest, {self.highest}.", "Exchange the two."
            )
        if self.vibrato is not None:
            _within("vibrato", self.vibrato, 0.0, 1.0)
        if self.mode is Mode.CHORD and self.chord.thirds and isinstance(self.scale, Scale):
            self._needs_thirds(self.scale)

    @classmethod
    def parse(
        cls,
        *,
        mode: str | None = None,
        scale: str | None = None,
        chord: str | None = None,
        octave: int = 0,
        transpose_st: int = 0,
        lowest: str | int = 0,
        highest: str | int = 127,
        outside: str = "fold",
        hold: bool = False,
        portamento: bool = True,
        vibrato: float | None = None,
        follow_tuning: bool = True,
        bend_range_st: float = 48.0,
    ) -> Shape:
        """A shape from words: mode 'scale', scale 'D dorian', chord 'triad', lowest 'C3'. A chord or a scale alone
        names the mode, too. [any]"""
        meant = _choice("mode", mode, Mode) if mode else Mode.CHORD if chord else Mode.SCALE if scale else Mode.FREE
        if chord and meant is not Mode.CHORD:
            raise UsageError(f"Mode '{meant.value}' plays no chords.", "Use mode 'chord', or leave the chord out.")
        if scale and meant not in (Mode.SCALE, Mode.CHORD):
            raise UsageError(
                f"Mode '{meant.value}' knows no scale.", "Use mode 'scale' or 'chord', or leave the scale out."
            )
        return cls(
            mode=meant,
            scale=AUTO if scale is None or scale.strip().lower() == AUTO.value else Scale.parse(scale),
            chord=TRIAD if chord is None else Chord.parse(chord),
            octave=octave,
            transpose_st=transpose_st,
            lowest=key_number(lowest),
            highest=key_number(highest),
            outside=_choice("way with notes outside the range", outside, Outside),
            hold=hold,
            portamento=portamento,
            vibrato=vibrato,
            follow_tuning=follow_tuning,
            bend_range_st=bend_range_st,
        )

    @property
    def vibrato_kept(self) -> float:
        """How much of the vibrato is heard, 0..1. [any]"""
        return float(self.mode is Mode.FREE) if self.vibrato is None else self.vibrato

    @property
    def steps(self) -> bool:
        """Whether the pitch goes from key to key, and does not glide. [any]"""
        return self.mode is not Mode.FREE or not self.portamento

    def played(self, key: int) -> int | None:
        """The key that is played for one that is meant, or None where it is left out. [any]"""
        key += 12 * self.octave + self.transpose_st
        if self.lowest <= key <= self.highest:
            return key
        if self.outside is Outside.LEAVE_OUT:
            return None
        folded = (
            self.lowest + (key - self.lowest) % 12 if key < self.lowest else self.highest - (self.highest - key) % 12
        )
        return folded if self.lowest <= folded <= self.highest else None

    def _needs_thirds(self, scale: Scale) -> None:
        if not _FEWEST_TONES <= len(scale.harmony.steps_st) <= _MOST_TONES:
            raise UsageError(
                f"There are no thirds to stack in '{scale.name}', so a {self.chord.name} has no tones there.",
                "Choose a key such as 'C major', or a chord that needs none: octave, power or '0 7 12'.",
            )


def _within(what: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"A {what} of {value} is not possible.", f"Choose from {least:g} to {most:g}.")


def _choice(what: str, word: str, choices: type[_Choice]) -> _Choice:
    for choice in choices:
        if choice.value == " ".join(word.lower().replace("-", " ").split()):
            return choice
    raise UsageError(f"'{word}' is not a {what}.", f"Choose one of: {', '.join(choice.value for choice in choices)}.")
