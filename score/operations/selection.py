"""The notes a hand has picked, part by part, and what was made of them as one edit with one name.

A Score and ids in; notes out, and an Edit or None. None means that nothing would change, so that an operation which
finds its work done already leaves no empty step to undo. Pure values, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, Protocol

from score.edits import AddNotes, ChangeNotes, Edit, RemoveNotes, Together
from score.errors import EditError
from score.note import Note, counted
from score.score import Score, Track


class Operation(Protocol):
    """Something the hand can do to picked notes: its fields are the settings, all with defaults that need no touch."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """What it does to these notes of a score; None where it changes nothing. [any]"""


class Part(NamedTuple):
    """The picked notes of one track, by start, pitch and id. [any]"""

    track: Track
    notes: tuple[Note, ...]


def parts(score: Score, ids: Collection[int]) -> list[Part]:
    """The notes with these ids, track by track; an id that no note has is refused. [any]"""
    left = set(ids)
    found: list[Part] = []
    for track in score.tracks:
        here = [note for note in map(track.notes.get, left) if note is not None]
        if here:
            here.sort(key=lambda note: (note.start_ticks, note.pitch, note.id))
            found.append(Part(track, tuple(here)))
            left.difference_update([note.id for note in here])
    if left:
        raise EditError(f"There is no note {min(left)}.", "It may have been deleted already.")
    return found


def picked(score: Score, ids: Collection[int]) -> list[Note]:
    """The notes with these ids, of all tracks. [any]"""
    return [note for part in parts(score, ids) for note in part.notes]


def each_changed(verb: str, score: Score, ids: Collection[int], change: Callable[[Note], Note]) -> Edit | None:
    """Every picked note changed by itself, as "Mute 3 notes". [any]"""
    notes = picked(score, ids)
    return changed(f"{verb} {counted(len(notes), 'note')}", notes, [change(note) for note in notes])


def changed(name: str, before: Iterable[Note], after: Iterable[Note]) -> Edit | None:
    """The notes that are no longer as they were, as one edit; each keeps its id. [any]"""
    moved = tuple([new for old, new in zip(before, after, strict=True) if new is not old and new != old])
    return ChangeNotes(moved, name) if moved else None


def reworked(name: str, *edits: Edit | None) -> Edit | None:
    """Several edits, those that change nothing left out, as one step with one name. [any]"""
    real = tuple(edit for edit in edits if edit is not None)
    return Together(name, real) if real else None


def added(track_id: int, notes: Collection[Note]) -> Edit | None:
    """New notes of a track; none is no edit. [any]"""
    return AddNotes(track_id, tuple(notes)) if notes else None


def removed(notes: Collection[Note]) -> Edit | None:
    """Notes taken out; none is no edit. [any]"""
    return RemoveNotes(tuple([note.id for note in notes])) if notes else None


def new_ids(before: Score, after: Score) -> tuple[int, ...]:
    """The notes that an edit has added, for the hand to hold next: a copy is what one drags on. [any]"""
    return tuple(number for number in range(before.next_id, after.next_id) if after.find(number) is not None)
