"""What the network's chances say in a musician's terms, hop by hop.

What flows in: the chances of a hop and what the trackers told of it. What flows out: plain numbers for the state
machine. Pure values; runs on the ears thread, and over a whole file at once in training.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.compiled import compiled
from ml.learned.features import BRIGHTNESS, CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, VOWEL
from ml.learned.heads import AGE, DRUMS, OCTAVE_ST, PITCH, PITCH_REACH_ST, PITCH_STEP_ST, PITCHES, SOUNDS

_AGES = slice(AGE.start, AGE.stop - 1)  # without the chance that there is none
_SIDE = 2  # steps either side of the likeliest that belong to the same pitch


class Understood(NamedTuple):
    """One hop. [any]"""

    frame: int  # of the card, how many had been heard when this was known
    ages: npt.NDArray[
        np.float32
    ]  # the chance that the newest note began so long ago (ml/learned/heads.py: SPAN_AGES_MS)
    sounds: float  # the chance that a note sounds
    sings: float  # the chance that this voice sings, and does not talk
    drums: float
    pitch: float  # MIDI, now heard; no number where nothing repeats
    meant: float  # MIDI, of the note that begins or sounds, as far as it can be told already
    sure: float  # the chance that `meant` is right within a quarter tone or so
    clarity: float
    level_db: float
    brightness: float = 0.5  # 0..1
    vowel: float = 0.5  # 0: "oo", 1: "ee"


def understood(frame: int, chances: npt.NDArray[np.float32], told: npt.NDArray[np.float64]) -> Understood:
    """One hop's chances, read. [ears]"""
    away_st, sure = _likeliest(chances[PITCH])
    t = told.tolist()
    pitch = t[PITCH_MIDI]
    sounds, sings, drums = chances[SOUNDS : DRUMS + 1].tolist()
    return Understood(
        frame,
        chances[_AGES],
        sounds,
        sings,
        drums,
        pitch,
        pitch + away_st,
        sure if pitch == pitch else 0.0,
        max(t[CLARITY], t[LONG_CLARITY]),
        t[LEVEL_DB],
        t[BRIGHTNESS],
        t[VOWEL],
    )


@compiled
def meant_in_all(chances: Any, pitches: Any, meant: Any) -> None:
    """(hops, chances of PITCH) and the pitches that were heard → the pitches that were meant. [any]"""
    for i in range(len(chances)):
        away_st, _ = _likeliest(chances[i])
        meant[i] = pitches[i] + away_st


@compiled
def _likeliest(chances: Any) -> tuple[float, float]:
    """How far the pitch that is meant lies from the one that is heard, and how sure that is. [ears]"""
    best, most = 0, -1.0
    for middle in range(PITCHES):
        total = 0.0
        for step in range(max(0, middle - _SIDE), min(PITCHES, middle + _SIDE + 1)):
            total += chances[step]
        if total > most:
            best, most = middle, total
    down, up = chances[PITCHES], chances[PITCHES + 1]
    if max(down, up) > most:
        return (-OCTAVE_ST, float(down)) if down > up else (OCTAVE_ST, float(up))
    weighed = 0.0
    for step in range(max(0, best - _SIDE), min(PITCHES, best + _SIDE + 1)):
        weighed += chances[step] * (step * PITCH_STEP_ST - PITCH_REACH_ST)
    return weighed / max(most, 1e-9), min(1.0, most)
