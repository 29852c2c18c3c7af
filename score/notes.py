"""The notes of a track in the order they start: found by time, by pitch and by id, and never changed in place.

Pure values, safe on any thread. Sorted notes are cut into chunks; a changed note makes one new chunk and one new list
of chunks, and shares all others with the notes before. So undo is cheap, the app can draw an old score while a new one
is made, and an edit among 100 000 notes touches a few hundred of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from score.errors import EditError
from score.ids import ById
from score.note import Note

CHUNK = 128
"""Notes in a chunk when it is made; it is cut again when it holds twice as many."""

_order = attrgetter("start_ticks", "pitch", "id")
Order = tuple[int, int, int]


class Chunk(NamedTuple):
    """Neighbours in time, with their bounds, by which a query passes over all of them at once. [any]"""

    notes: tuple[Note, ...]
    end_ticks: int
    lowest: int
    highest: int


class Notes:
    """An immutable collection of notes, sorted by start, pitch and id. [any]"""

    __slots__ = ("_by_id", "_firsts", "chunks", "count")

    def __init__(self, notes: Iterable[Note] = ()) -> None:
        self.chunks: tuple[Chunk, ...] = ()
        self._firsts: tuple[Order, ...] = ()
        self._by_id: ById[Note] = ById()
        self.count = 0
        filled = self.replaced((), notes)
        self.chunks, self._firsts, self._by_id, self.count = filled.chunks, filled._firsts, filled._by_id, filled.count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Note]:
        return chain.from_iterable(chunk.notes for chunk in self.chunks)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notes):
            return NotImplemented
        if self.chunks == other.chunks:
            return True
        return self.count == other.count and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash((self.count, self.chunks[0].notes[0] if self.chunks else None))

    def __repr__(self) -> str:
        return f"Notes({list(self)!r})"

    @property
    def end_ticks(self) -> int:
        """When the last of them has ended. [any]"""
        return max((chunk.end_ticks for chunk in self.chunks), default=0)

    def get(self, note_id: int) -> Note | None:
        """The note with this id, or None. [any]"""
        return self._by_id.get(note_id)

    def between(self, start_ticks: int, end_ticks: int, lowest: int = 0, highest: int = 127) -> Iterator[Note]:
        """Those that sound at any tick from start to before end, and lie from lowest to highest pitch. [any]"""
        for chunk in self.chunks[: bisect_left(self._firsts, (end_ticks,))]:
            if chunk.end_ticks <= start_ticks or chunk.highest < lowest or chunk.lowest > highest:
                continue
            for note in chunk.notes:
                if note.start_ticks >= end_ticks:
                    break
                if note.start_ticks + note.duration_ticks > start_ticks and lowest <= note.pitch <= highest:
                    yield note

    def replaced(self, gone: Iterable[Note], new: Iterable[Note]) -> Notes:
        """Without the notes of these ids, and with new ones, which bring an id that no other has. [any]"""
        touched: dict[int, tuple[set[int], list[Note]]] = {}
        by_id: dict[int, Note | None] = {}
        for given in gone:
            note = self._by_id.get(given.id)
            if note is None or by_id.get(given.id, note) is None:
                raise EditError(f"There is no note {given.id}.", "It may have been deleted already.")
            touched.setdefault(self._place(note), (set(), []))[0].add(note.id)
            by_id[note.id] = None
        count = self.count - len(by_id)
        for note in new:
            # A changed note is both: gone under its id, and new under the same.
            if note.id < 1 or by_id.get(note.id, self._by_id.get(note.id)) is not None:
                raise EditError(f"No note can have the id {note.id}: it is taken, or none.", "Give it another.")
            touched.setdefault(self._place(note), (set(), []))[1].append(note)
            by_id[note.id] = note
            count += 1
        chunks: list[Chunk] = []
        firsts: list[Order] = []
        done = 0
        for place in sorted(touched):
            chunks += self.chunks[done:place]
            firsts += self._firsts[done:place]
            done = place + 1
            ids, fresh = touched[place]
            old = self.chunks[place].notes if self.chunks else ()
            kept = [note for note in old if note.id not in ids] if ids else list(old)
            if len(kept) + len(fresh) < CHUNK // 4 and chunks and len(chunks[-1].notes) < CHUNK:
                firsts.pop()
                kept = [*chunks.pop().notes, *kept]
            for made in _cut(sorted(kept + fresh, key=_order)):
                chunks.append(made)
                firsts.append(_order(made.notes[0]))
        made_of = Notes.__new__(Notes)
        made_of.chunks = (*chunks, *self.chunks[done:])
        made_of._firsts = (*firsts, *self._firsts[done:])
        made_of._by_id = self._by_id.changed(by_id)
        made_of.count = count
        return made_of

    def _place(self, note: Note) -> int:
        """The chunk in which a note stands, or would."""
        return max(0, bisect_right(self._firsts, _order(note)) - 1)


def _cut(notes: list[Note]) -> Iterator[Chunk]:
    size = CHUNK if len(notes) > 2 * CHUNK else max(1, len(notes))
    for begin in range(0, len(notes), size):
        some = tuple(notes[begin : begin + size])
        pitches = [note.pitch for note in some]
        yield Chunk(some, max([n.start_ticks + n.duration_ticks for n in some]), min(pitches), max(pitches))
