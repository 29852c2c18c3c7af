"""A track's notes as columns of numbers, so that a picture of 100 000 of them is made by arithmetic, not by a loop.

Notes in; arrays out. An edit changes one or two chunks of 128 notes, so the columns of all others stay as they are, and
what changed is found by comparing chunks, not notes. Lives on the app's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from score.note import LAST_TICK, Note
from score.notes import Notes

Ints = NDArray[np.int32]

START, END, PITCH, VELOCITY, ID, LOWEST, HIGHEST, FLAGS = range(8)
"""The rows of a block. LOWEST and HIGHEST are where a note's own curve leads it."""

MUTED, BENT = 1, 2


class Change(NamedTuple):
    """Where a picture is no longer true: from start to before end, lowest to highest pitch. [any]"""

    start_ticks: int
    end_ticks: int
    lowest: int
    highest: int


EVERYWHERE = Change(0, LAST_TICK, 0, 127)
MOST_CHANGES = 512
"""More notes than these are not looked for one by one: everything is drawn anew."""
_VALUE = itemgetter(1)

_STRIDE = 4096


class Columns:
    """The columns of one track, kept up with its notes. [gui]"""

    def __init__(self) -> None:
        self.notes = Notes()
        self.block: Ints = np.zeros((8, 0), np.int32)
        self._reach: Ints = np.zeros(0, np.int32)

    @property
    def end_ticks(self) -> int:
        """When the last note has ended. [gui]"""
        return int(self._reach[-1]) if len(self._reach) else 0

    def follow(self, notes: Notes) -> list[Change]:
        """Take other notes, and say where they differ. [gui]"""
        before, after = self.notes.chunks, notes.chunks
        if notes is self.notes:
            return []
        # What an edit did not touch are the same chunks, before it and behind it.
        first = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a is not b), None)
        first = min(len(before), len(after)) if first is None else first
        most = min(len(before), len(after)) - first
        pairs = zip(reversed(before[first:]), reversed(after[first:]), strict=False)
        last = next((n for n, (a, b) in enumerate(pairs) if a is not b), most)
        old = [note for chunk in before[first : len(before) - last] for note in chunk.notes]
        new = [note for chunk in after[first : len(after) - last] for note in chunk.notes]
        self.notes = notes
        at = sum([len(chunk.notes) for chunk in before[:first]])
        # Of the notes in a chunk most are the very same as before: they keep their columns, and only others are read.
        places = {id(note): place for place, note in enumerate(old)}
        came = [place for place, note in enumerate(new) if places.pop(id(note), None) is None]
        changed = [old[place] for place in places.values()] + [new[place] for place in came]
        self._splice(at, old, new, came)
        return [where(note) for note in changed] if len(changed) <= MOST_CHANGES else [EVERYWHERE]

    def _splice(self, at: int, old: Sequence[Note], new: Sequence[Note], came: Sequence[int]) -> None:
        behind = at + len(old)
        if len(came) == len(new):
            made = columns_of(new)
        else:
            places = {id(note): at + place for place, note in enumerate(old)}
            made = self.block[:, [places.get(id(note), 0) for note in new]]
            if came:
                made[:, came] = columns_of(new[place] for place in came)
        before = int(self._reach[behind - 1]) if behind else 0
        if len(new) == len(old):
            self.block[:, at:behind] = made
        else:
            self.block = np.concatenate((self.block[:, :at], made, self.block[:, behind:]), axis=1)
            room = np.zeros(len(new), np.int32)
            self._reach = np.concatenate((self._reach[:at], room, self._reach[behind:]))
        end, held = at + len(new), int(self._reach[at - 1]) if at else 0
        if end > at:
            held = self._reach_on(at, end, held)
        # What comes behind reaches as far as before, once it does so anywhere.
        while held != before and end < len(self._reach):
            at, end = end, min(len(self._reach), end + _STRIDE)
            before = int(self._reach[end - 1])
            held = self._reach_on(at, end, held)

    def _reach_on(self, at: int, end: int, held: int) -> int:
        reach = np.maximum(np.maximum.accumulate(self.block[END, at:end]), held)
        self._reach[at:end] = reach
        return int(reach[-1])

    def between(self, start_ticks: float, end_ticks: float, lowest: int = 0, highest: int = 127) -> Ints:
        """The columns of the notes that are seen anywhere in this range, in the order they start. [gui]"""
        some = self.block[:, slice(*self._span(start_ticks, end_ticks))]
        seen = (some[END] > start_ticks) & (some[HIGHEST] >= lowest) & (some[LOWEST] <= highest)
        return some if seen.all() else some[:, seen]

    def near(self, start_ticks: float, end_ticks: float) -> Ints:
        """The same, with others beside and above them: nothing is looked at and nothing copied. [gui]"""
        return self.block[:, slice(*self._span(start_ticks, end_ticks))]

    def starting(self, start_ticks: float, end_ticks: float) -> Ints:
        """The columns of the notes that start in this range. [gui]"""
        first, last = np.searchsorted(self.block[START], [_whole(ceil(start_ticks)), _whole(ceil(end_ticks))])
        return self.block[:, first:last]

    def _span(self, start_ticks: float, end_ticks: float) -> tuple[int, int]:
        # The longest reach so far never falls, so it can be searched, as ends alone could not.
        first = int(np.searchsorted(self._reach, _whole(floor(start_ticks)), side="right"))
        return first, max(first, int(np.searchsorted(self.block[START], _whole(ceil(end_ticks)))))


def _whole(ticks: int) -> np.int32:
    """A time as columns have it: for a number of another kind a search would convert all of them first."""
    return np.int32(min(max(ticks, -1), LAST_TICK + 1))


def columns_of(notes: Iterable[Note]) -> Ints:
    """A block of columns from notes. [any]"""
    rows = [
        (
            note.start_ticks,
            note.start_ticks + note.duration_ticks,
            note.pitch,
            note.velocity,
            note.id,
            *_reach_of(note),
            (MUTED if note.muted else 0) | (BENT if note.bend_st else 0),
        )
        for note in notes
    ]
    return np.ascontiguousarray(np.array(rows, np.int32).reshape(-1, 8).T)


def among(ids: Ints, chosen: Ints) -> NDArray[np.bool_]:
    """Which of these ids are chosen, where the chosen ones are sorted. [any]"""
    if not len(chosen):
        return np.zeros(len(ids), np.bool_)
    places = np.minimum(np.searchsorted(chosen, ids), len(chosen) - 1)
    return np.asarray(chosen[places] == ids)


def where(note: Note) -> Change:
    """The part of a picture that a note takes. [any]"""
    return Change(note.start_ticks, note.end_ticks, *_reach_of(note))


def _reach_of(note: Note) -> tuple[int, int]:
    if not note.bend_st:
        return note.pitch, note.pitch
    bends = list(map(_VALUE, note.bend_st))
    return note.pitch + min(0, floor(min(bends))), note.pitch + max(0, ceil(max(bends)))
