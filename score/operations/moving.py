"""Notes to other places in time: moved, copied, turned round, stretched, and lengthened at either end.

A Score and ids in, an Edit or None out; pure values, safe on any thread. A drag is asked for anew at every move of the
mouse, from where the notes were when it began: so nothing is lost of a note that was pushed against an edge on the way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

from score.edits import Edit
from score.errors import EditError
from score.note import LAST_TICK, Note, counted
from score.operations.curves import begun_at, ended_at, nearest, stretched, turned_round
from score.operations.grid import BARS, Grid, Lines
from score.operations.selection import added, changed, each_changed, parts, picked, reworked
from score.score import Score


@dataclass(frozen=True, slots=True)
class Move:
    """In time and pitch at once, as a hand drags; the whole shape stops where one of its notes meets an edge. [any]"""

    ticks: int = 0
    semitones: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes where they were dragged to, as one edit. [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        ticks, semitones = self.within(notes)
        moved = [replace(n, start_ticks=n.start_ticks + ticks, pitch=n.pitch + semitones) for n in notes]
        return changed(f"Move {counted(len(notes), 'note')}", notes, moved)

    def within(self, notes: Collection[Note]) -> tuple[int, int]:
        """How far these notes can go of it, in ticks and semitones: what a view draws while the hand drags. [any]"""
        earliest, latest = min(n.start_ticks for n in notes), max(n.end_ticks for n in notes)
        lowest, highest = min(n.pitch for n in notes), max(n.pitch for n in notes)
        return max(-earliest, min(self.ticks, LAST_TICK - latest)), max(-lowest, min(self.semitones, 127 - highest))


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Once more: behind what is picked, at its next bar or part of one, or moved to a place. [any]"""

    at_ticks: int | None = None
    """Where the first of the copies begins; None is behind the last note, on the next line of the grid."""
    grid: Grid = BARS
    semitones: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The copies, as one edit; they get ids of their own (see `new_ids`). [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        first, end = min(n.start_ticks for n in notes), max(n.end_ticks for n in notes)
        by = (self._behind(score, first, end) if self.at_ticks is None else self.at_ticks) - first
        if by < -first or end + by > LAST_TICK:
            raise EditError("The copies would begin before the piece, or end behind all time.", "Copy them elsewhere.")
        if any(not 0 <= note.pitch + self.semitones <= 127 for note in notes):
            raise EditError("There are no keys so far up or down for all of these copies.", "Go less far.")
        name = f"Duplicate {counted(len(notes), 'note')}"
        return reworked(
            name, *(added(part.track.id, [self._copy(n, by) for n in part.notes]) for part in parts(score, ids))
        )

    def _behind(self, score: Score, first: int, end: int) -> int:
        """As far behind the grid's line as the first note is now, so that an upbeat stays one."""
        lines = Lines(score.tempo, self.grid)
        upbeat = first - lines.before(first)
        return lines.after(end - upbeat - 1) + upbeat

    def _copy(self, note: Note, by: int) -> Note:
        return replace(note, start_ticks=note.start_ticks + by, pitch=note.pitch + self.semitones, id=0)


@dataclass(frozen=True, slots=True)
class ResizeEnd:
    """The ends of all notes later or earlier; curves are cut, or hold. A tick is always left. [any]"""

    ticks: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with other ends, as one edit. [any]"""
        return each_changed("Resize", score, ids, lambda note: ended_at(note, note.end_ticks + self.ticks))


@dataclass(frozen=True, slots=True)
class ResizeStart:
    """The starts of all notes later or earlier, to the same ends; curves stay where they are in time. [any]"""

    ticks: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with other starts, as one edit. [any]"""
        return each_changed("Resize", score, ids, lambda note: begun_at(note, note.start_ticks + self.ticks))


@dataclass(frozen=True, slots=True)
class Stretch:
    """All that is picked over a longer or shorter time, from its first start on, with its curves. [any]"""

    ratio: float | Fraction = 2.0
    to_ticks: int | None = None
    """The length of the whole afterwards, in place of a ratio."""

    def __post_init__(self) -> None:
        if not 0 < self.ratio < LAST_TICK or (self.to_ticks is not None and self.to_ticks < 1):
            raise EditError("Nothing can be stretched to no length.", "Give a ratio above 0, or a tick at least.")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes stretched, as one edit. [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        first, end = min(n.start_ticks for n in notes), max(n.end_ticks for n in notes)
        ratio = Fraction(self.ratio) if self.to_ticks is None else Fraction(self.to_ticks, end - first)
        if first + nearest((end - first) * ratio) > LAST_TICK:
            raise EditError("The notes would end behind all time.", "Stretch them less.")

        def at(ticks: int) -> int:
            return first + nearest((ticks - first) * ratio)

        after = [stretched(note, at(note.start_ticks), at(note.end_ticks)) for note in notes]
        return changed(f"Stretch {counted(len(notes), 'note')}", notes, after)


@dataclass(frozen=True, slots=True)
class Reverse:
    """From the end to the beginning: the last note comes first, and a scoop into one becomes a fall from it. [any]"""

    curves_too: bool = True

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes turned round within the time they take, as one edit. [any]"""
        notes = picked(score, ids)
        if not notes:
            return None
        around = min(n.start_ticks for n in notes) + max(n.end_ticks for n in notes)
        after = [
            replace(turned_round(note) if self.curves_too else note, start_ticks=around - note.end_ticks)
            for note in notes
        ]
        return changed(f"Reverse {counted(len(notes), 'note')}", notes, after)


@dataclass(frozen=True, slots=True)
class Mute:
    """Silent, or sounding again; with neither said, silent unless all of them are so already. [any]"""

    muted: bool | None = None

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes silent or not, as one edit. [any]"""
        silent = self.muted
        if silent is None:
            silent = not all(note.muted for note in picked(score, ids))
        verb = "Mute" if silent else "Unmute"
        return each_changed(
            verb, score, ids, lambda note: note if note.muted == silent else replace(note, muted=silent)
        )
