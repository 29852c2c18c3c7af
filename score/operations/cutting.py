"""Notes cut in two and made one again, and what is too long or too short taken away.

A Score and ids in, an Edit or None out; pure values, safe on any thread. A cut note sounds as it did, both halves with
the bend, pressure and timbre it had there; gluing it gives it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from score.edits import Edit
from score.note import Note, counted
from score.operations.curves import cut_at, ended_at, joined
from score.operations.grid import SIXTEENTHS, Grid, Lines
from score.operations.selection import added, changed, parts, picked, removed, reworked
from score.score import Score


@dataclass(frozen=True, slots=True)
class Split:
    """Every note that sounds across a tick becomes two. [any]"""

    at_ticks: int

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes cut, as one edit; the first half keeps its id. [any]"""
        return _split(score, ids, lambda note: [self.at_ticks])


@dataclass(frozen=True, slots=True)
class SplitAtGrid:
    """Every note is cut wherever a line of the grid crosses it. [any]"""

    grid: Grid = SIXTEENTHS

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes cut, as one edit; the first piece keeps its id. [any]"""
        lines = Lines(score.tempo, self.grid)

        def crossed(note: Note) -> Iterable[int]:
            line = lines.after(note.start_ticks)
            while line < note.end_ticks:
                yield line
                line = lines.after(line)

        return _split(score, ids, crossed)


@dataclass(frozen=True, slots=True)
class Glue:
    """Notes of one pitch and channel become one, from the first start to the last end, gaps and all. [any]"""

    across_pitches: bool = False
    """All notes of a channel become one, whose bend goes where they went."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes as one, as one edit; it keeps the first one's id. [any]"""
        before: list[Note] = []
        after: list[Note] = []
        gone: list[Note] = []
        for _, notes in parts(score, ids):
            voices: dict[tuple[int, int], list[Note]] = {}
            for note in notes:
                voices.setdefault((note.channel, -1 if self.across_pitches else note.pitch), []).append(note)
            for voice in voices.values():
                whole = voice[0]
                for note in voice[1:]:
                    whole = joined(whole, note)
                before.append(voice[0])
                after.append(whole)
                gone += voice[1:]
        name = f"Glue {counted(len(before) + len(gone), 'note')}"
        return reworked(name, changed(name, before, after), removed(gone)) if gone else None


@dataclass(frozen=True, slots=True)
class RemoveOverlaps:
    """A note ends where the next one of its pitch begins; of two that begin together, the longer stays. [any]"""

    any_pitch: bool = False
    """One voice: no two notes of a channel sound at once, and of a chord its highest stays."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes one after the other, as one edit. [any]"""
        notes = picked(score, ids)
        before: list[Note] = []
        after: list[Note] = []
        gone: list[Note] = []
        for part in parts(score, ids):
            voices: dict[tuple[int, int], dict[int, Note]] = {}
            for note in part.notes:
                starts = voices.setdefault((note.channel, -1 if self.any_pitch else note.pitch), {})
                other = starts.get(note.start_ticks)
                if other is None or _outlives(note, other):
                    starts[note.start_ticks] = note
                    gone += [other] if other is not None else []
                else:
                    gone.append(note)
            for starts in voices.values():
                kept = list(starts.values())
                before += kept
                after += [
                    ended_at(note, min(note.end_ticks, following.start_ticks)) for note, following in pairwise(kept)
                ]
                after += kept[-1:]
        name = f"Remove overlaps of {counted(len(notes), 'note')}"
        return reworked(name, changed(name, before, after), removed(gone))


@dataclass(frozen=True, slots=True)
class RemoveShort:
    """Away with what is too short to be meant: a click of the tongue, a key brushed in passing. [any]"""

    shorter_than_ms: float = 50.0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The long notes alone, as one edit. [any]"""
        seconds_at = score.tempo.seconds_at
        short = [
            note
            for note in picked(score, ids)
            if (seconds_at(note.end_ticks) - seconds_at(note.start_ticks)) * 1000 < self.shorter_than_ms
        ]
        return reworked(f"Delete {counted(len(short), 'short note')}", removed(short))


def _outlives(note: Note, other: Note) -> bool:
    return (note.pitch, note.duration_ticks) > (other.pitch, other.duration_ticks)


def _split(score: Score, ids: Collection[int], places: Callable[[Note], Iterable[int]]) -> Edit | None:
    """Every note cut at its places, which come in order of time."""
    before: list[Note] = []
    after: list[Note] = []
    more: list[Edit | None] = []
    for track, notes in parts(score, ids):
        new: list[Note] = []
        for note in notes:
            pieces = [note]
            for place in places(note):
                if pieces[-1].start_ticks < place < note.end_ticks:
                    pieces[-1:] = cut_at(pieces[-1], place)
            if len(pieces) > 1:
                before.append(note)
                after.append(pieces[0])
                new += pieces[1:]
        more.append(added(track.id, new))
    name = f"Split {counted(len(before), 'note')}"
    return reworked(name, changed(name, before, after), *more)
