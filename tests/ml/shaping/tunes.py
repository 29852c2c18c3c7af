"""What ears would say of notes that are sung, hop by hop, and what is then played."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ml.said import Said
from ml.shaping import Shape, Shaper
from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE

HOP_S = 0.005
Hops = list[list[Said]]

C4 = 60
ODE_TO_JOY = "E E F G G F E D C C D E E D D"
TWINKLE = "C C G G A A G F F E E D D C"
FRERE_JACQUES = "C D E C C D E C E F G E F G G A G F E C G A G F E C C G- C C G- C"
KOROBEINIKI = "E B- C D C B- A- A- C E D C B- C D E C A- A- D F A G F E C E D C B- B- C D E C A- A-"
JOY_TO_THE_WORLD = (
    "C+ B A G F E D C G A A B B C+ C+ C+ B A G G F E C+ C+ B A G G F E "
    "E E E E E F G F E D D D E F E D C C+ A G F E F E D C"
)
DRUNKEN_SAILOR = "A A A A A D F A G G G G G C E G A A A A A B C+ D+ C+ A G E D D"
SCARBOROUGH = "D D A A E F E D A C+ D+ C+ A B G A D+ D+ D+ C+ A A G F E C D A G F E D C D"
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def tune(names: str, transposed_st: int = 0) -> list[int]:
    """Keys of a tune around middle C; + and - are an octave."""
    return [C4 + transposed_st + _STEPS[name[0]] + 12 * (name.count("+") - name.count("-")) for name in names.split()]


def hops(seconds: float) -> int:
    return round(seconds / HOP_S)


def held(pitch: float, seconds: float = 0.3) -> list[float]:
    return [pitch] * hops(seconds)


def vibrato(pitch: float, depth_st: float, rate_hz: float, seconds: float = 1.5, phase: float = 0.0) -> list[float]:
    turn = math.tau * rate_hz * HOP_S
    return [pitch + depth_st * math.sin(turn * n + phase) for n in range(hops(seconds))]


def glide(start: float, end: float, seconds: float) -> list[float]:
    count = hops(seconds)
    return [start + (end - start) * n / count for n in range(count)]


def sung(*notes: Sequence[float], rest_s: float = 0.05, key: int | None = None, pressure: float = 0.6) -> Hops:
    """Notes, each the pitches of its hops, with rests between; none of them is a slur."""
    said: Hops = []
    for pitches in notes:
        said += slurred(pitches, key=key, pressure=pressure) + rest(rest_s)
    return said


def slurred(*notes: Sequence[float], key: int | None = None, pressure: float = 0.6) -> Hops:
    """Notes without rests: one ends and the next begins in the same hop."""
    said: Hops = []
    ending: list[Said] = []
    for pitches in notes:
        sent = math.floor(pitches[0] + 0.5) if key is None else key
        bends = [Said(BEND, 0, pitch - sent) for pitch in pitches]
        said.append([*ending, bends[0], Said(PRESSURE, 0, pressure), Said(NOTE_ON, sent, 0.7)])
        said += [[bend] if bend != before else [] for before, bend in pairwise(bends)]
        ending = [Said(NOTE_OFF, sent, 0.5)]
    return [*said, ending]


def rest(seconds: float) -> Hops:
    return [[] for _ in range(hops(seconds))]


def told(shaper: Shaper | Shape, *parts: Hops) -> list[tuple[int, Said]]:
    """What is played, each with its hop, up to the end."""
    if isinstance(shaper, Shape):
        shaper = Shaper(shaper)
    said = [each for part in parts for each in part]
    answers = [shaper.shape(each) for each in said]
    return [(n, each) for n, answer in enumerate([*answers, shaper.finish()]) for each in answer]


def keys(said: Iterable[tuple[int, Said]], kind: int = NOTE_ON) -> list[int]:
    return [each.number for _, each in said if each.kind == kind]


def bends(said: Iterable[tuple[int, Said]]) -> list[float]:
    return [each.value for _, each in said if each.kind == BEND]
