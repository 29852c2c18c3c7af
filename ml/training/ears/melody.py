"""Melodies that nobody wrote, for voices that sing them: scales, leaps, repeats, slurs, rests and human timing.

What flows in: a seeded generator of chance. What flows out: syllables, each with the notes sung on it. Plain values.
[main]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 3, 5, 7, 8, 11),
    (0, 2, 4, 7, 9),
    (0, 3, 5, 6, 7, 10),
    (0, 2, 3, 5, 7, 9, 10),
    tuple(range(12)),
)
_LENGTHS_BEATS = (0.25, 0.5, 0.5, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0)
_SHORTEST_S = 0.09
_REACH_ST = 10.0  # a voice is at ease within a tenth or so either side of its middle


@dataclass(frozen=True)
class Note:
    """One note, as it is meant. [any]"""

    onset_s: float
    offset_s: float
    pitch_midi: float


@dataclass(frozen=True)
class Syllable:
    """Notes on one vowel; the first begins where the vowel does. [any]"""

    notes: tuple[Note, ...]
    ends_phrase: bool


@dataclass(frozen=True)
class Manner:
    """How someone sings. [any]"""

    middle_midi: float
    beat_s: float
    repeats: float  # the chance that a note is the one before
    slurs: float  # the chance that a syllable goes on to another note
    untrue_st: float  # how far notes miss their pitch
    early_s: float  # and their time

    @staticmethod
    def by_chance(chance: np.random.Generator) -> Manner:
        """A manner of singing. [any]"""
        return Manner(
            middle_midi=float(chance.uniform(46, 74)),
            beat_s=float(np.exp(chance.uniform(np.log(0.28), np.log(0.9)))),
            repeats=float(chance.uniform(0.05, 0.4)),
            slurs=float(chance.choice([0.05, 0.2, 0.5])),
            untrue_st=float(chance.uniform(0.0, 0.25)),
            early_s=float(chance.uniform(0.0, 0.03)),
        )


def melody(chance: np.random.Generator, manner: Manner, syllables: int) -> list[Syllable]:
    """So many syllables, in phrases with rests between. [any]"""
    scale = _SCALES[chance.choice(len(_SCALES), p=(0.3, 0.2, 0.1, 0.12, 0.05, 0.13, 0.1))]
    tonic = manner.middle_midi + chance.uniform(-6, 6)
    keys = sorted(tonic + 12 * octave + step for octave in range(-3, 4) for step in scale)
    keys = [key for key in keys if abs(key - manner.middle_midi) <= _REACH_ST]
    place = int(chance.integers(len(keys)))
    now_s = float(chance.uniform(0.3, 1.0))
    sung: list[Syllable] = []
    left_in_phrase = int(chance.integers(3, 12))
    for _ in range(syllables):
        notes: list[Note] = []
        while not notes or chance.random() < manner.slurs:
            place = _next(chance, manner, place, len(keys), is_slur=bool(notes))
            length_s = max(_SHORTEST_S, manner.beat_s * chance.choice(_LENGTHS_BEATS) * chance.uniform(0.85, 1.15))
            if notes:
                length_s = max(length_s, 0.12)
            onset_s = now_s + chance.normal(0.0, manner.early_s) if notes or sung else now_s
            pitch = keys[place] + chance.normal(0.0, manner.untrue_st)
            notes.append(Note(onset_s, now_s + length_s, pitch))
            now_s += length_s
            if len(notes) == 4:
                break
        left_in_phrase -= 1
        ends = left_in_phrase <= 0
        sung.append(Syllable(_joined(notes), ends))
        if ends:
            now_s += float(chance.uniform(0.12, 1.2))
            left_in_phrase = int(chance.integers(2, 12))
    return sung


def _next(chance: np.random.Generator, manner: Manner, place: int, keys: int, *, is_slur: bool) -> int:
    """The place of the next note on the scale: mostly a step away, sometimes a leap."""
    if not is_slur and chance.random() < manner.repeats:
        return place
    away = int(chance.choice([1, 1, 1, 2, 2, 3, 4, 5, 7])) * int(chance.choice([-1, 1]))
    return place + away if 0 <= place + away < keys else min(max(place - away, 0), keys - 1)


def _joined(notes: list[Note]) -> tuple[Note, ...]:
    """The same notes, each ending where the next begins."""
    ends = [each.onset_s for each in notes[1:]] + [notes[-1].offset_s]
    return tuple(Note(n.onset_s, max(end, n.onset_s + 0.04), n.pitch_midi) for n, end in zip(notes, ends, strict=True))
