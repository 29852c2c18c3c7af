"""How hard notes are struck: set, scaled, evened out, or rising and falling through a phrase.

A Score and ids in, an Edit or None out; pure values, safe on any thread. A velocity stays within 1 to 127.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from score.edits import Edit
from score.note import Note
from score.operations.curves import nearest
from score.operations.selection import each_changed, picked
from score.score import Score


@dataclass(frozen=True, slots=True)
class SetVelocity:
    """All alike. [any]"""

    velocity: int = 80

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes all as loud, as one edit. [any]"""
        return _struck(score, ids, lambda note: self.velocity)


@dataclass(frozen=True, slots=True)
class ChangeVelocity:
    """Louder or softer: first by a factor, then by so many steps. [any]"""

    factor: float = 1.0
    steps: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes louder or softer, as one edit. [any]"""
        return _struck(score, ids, lambda note: note.velocity * self.factor + self.steps)


@dataclass(frozen=True, slots=True)
class CompressVelocity:
    """Nearer to their mean: 0.5 halves every distance, 1 makes them alike; below 0 they are driven apart. [any]"""

    amount: float = 0.5
    centre: int | None = None
    """Toward this in place of the mean."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes more alike, as one edit. [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        centre = self.centre if self.centre is not None else sum(note.velocity for note in notes) / len(notes)
        return _struck(score, ids, lambda note: note.velocity + self.amount * (centre - note.velocity))


@dataclass(frozen=True, slots=True)
class RampVelocity:
    """A crescendo or a diminuendo from the first note to the last. [any]"""

    first: float = 0.5
    last: float = 1.0
    scaling: bool = True
    """Factors of what the notes have, so that accents stay; else velocities, which all notes then take."""
    curve: float = 1.0
    """1 is even; above, most of it comes late."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes growing or fading, as one edit. [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        begin, end = min(note.start_ticks for note in notes), max(note.start_ticks for note in notes)

        def ramped(note: Note) -> float:
            share = ((note.start_ticks - begin) / (end - begin)) ** self.curve if end > begin else 0.0
            level = self.first + share * (self.last - self.first)
            return note.velocity * level if self.scaling else level

        return _struck(score, ids, ramped)


def _struck(score: Score, ids: Collection[int], velocity_of: Callable[[Note], float]) -> Edit | None:
    def struck(note: Note) -> Note:
        velocity = max(1, min(127, nearest(velocity_of(note))))
        return note if velocity == note.velocity else replace(note, velocity=velocity)

    return each_changed("Velocity of", score, ids, struck)
