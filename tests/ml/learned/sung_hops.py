"""Hops as a network would have understood them, made by hand: attacks, held notes, glides and silence.

What flows in: pitches and lengths. What flows out: `Understood`, one every 5 ms; frames count 240 a hop.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ml.learned.heads import SPAN_AGES_MS, SPANS
from ml.learned.understood import Understood
from ml.notes import Notes
from ml.said import Said
from realtime.events import NOTE_OFF, NOTE_ON

HOP_FRAMES = 240
HOP_MS = 5.0
NO_AGE = np.zeros(SPANS, np.float32)
Hops = list[Understood]


def ages(age_ms: float, chance: float = 1.0) -> np.ndarray:
    """The newest onset was so long ago; outside the spans there is none."""
    said = NO_AGE.copy()
    place = int(np.argmin(abs(SPAN_AGES_MS - age_ms)))
    if abs(SPAN_AGES_MS[place] - age_ms) <= 5.0:
        said[place] = chance
    return said


def voice(midi: float, **other: Any) -> Understood:
    """A hop of a clear voice that sings."""
    plain = Understood(0, NO_AGE, 0.95, 0.95, 0.0, midi, midi, 0.95, 0.95, -20.0)
    return plain._replace(**other)


def note(midi: float, hops: int, *, onset: float = 0.9, **other: Any) -> Hops:
    """A note from its attack on: the onset is seen for as long as the spans reach back."""
    return [voice(midi, **{"ages": ages(HOP_MS * n + 2.5, onset), **other}) for n in range(hops)]


def bound(midis: Iterable[float], **other: Any) -> Hops:
    """A voice that goes on, without any onset, along these pitches."""
    return [voice(midi, **other) for midi in midis]


def rest(hops: int = 40) -> Hops:
    """Nobody sings."""
    return [Understood(0, NO_AGE, 0.02, 0.5, 0.0, math.nan, math.nan, 0.0, 0.1, -80.0)] * hops


def hear(notes: Notes, *parts: Sequence[Understood], first: int = 1) -> Iterator[tuple[int, Said]]:
    """What is said, and in which hop."""
    for n, hop in enumerate((hop for part in parts for hop in part), first):
        for said in notes.hear(hop._replace(frame=n * HOP_FRAMES)):
            yield n, said


def keys(said: Iterable[tuple[int, Said]], kind: int = NOTE_ON) -> list[int]:
    """The keys of all notes that began, or ended."""
    return [each.number for _, each in said if each.kind == kind]


def values(said: Iterable[tuple[int, Said]], kind: int) -> list[float]:
    """All that was said of one kind."""
    return [each.value for _, each in said if each.kind == kind]


def assert_each_note_ends_once(said: Iterable[Said]) -> None:
    """One at a time, each begun and each ended."""
    down: list[int] = []
    for each in said:
        assert math.isfinite(each.value)
        if each.kind == NOTE_ON:
            assert not down
            down.append(each.number)
        elif each.kind == NOTE_OFF:
            assert down.pop() == each.number
    assert not down
