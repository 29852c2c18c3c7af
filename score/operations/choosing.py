"""Which notes are meant: those of a pitch, in a box or a lasso, the highest, those on the beat.

A Score and a track (or notes already picked) in, ids out; pure values, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from score.note import Note
from score.operations.grid import QUARTERS, Grid, Lines
from score.operations.selection import parts, picked
from score.score import Score, Track

Ids = frozenset[int]


def all_of(track: Track) -> Ids:
    """Every note of a track. [any]"""
    return _ids(track.notes)


def others(track: Track, ids: Collection[int]) -> Ids:
    """The notes of a track that are not picked. [any]"""
    return _ids(track.notes) - frozenset(ids)


def of_same_pitch(score: Score, ids: Collection[int], any_octave: bool = False) -> Ids:
    """Every note with the pitch of one that is picked, in the same tracks. [any]"""
    found: set[int] = set()
    for part in parts(score, ids):
        wanted = {note.pitch % 12 if any_octave else note.pitch for note in part.notes}
        found |= {n.id for n in part.track.notes if (n.pitch % 12 if any_octave else n.pitch) in wanted}
    return frozenset(found)


def in_box(track: Track, start_ticks: int, end_ticks: int, lowest: int = 0, highest: int = 127) -> Ids:
    """The notes that a box touches: sounding between two ticks, from one pitch to another. [any]"""
    return _ids(track.notes.between(start_ticks, end_ticks, lowest, highest))


def in_range(track: Track, start_ticks: int, end_ticks: int) -> Ids:
    """The notes that begin from one tick to before another. [any]"""
    return _ids(note for note in track.notes.between(start_ticks, end_ticks) if note.start_ticks >= start_ticks)


def in_lasso(track: Track, outline: Sequence[tuple[float, float]]) -> Ids:
    """The notes whose middle lies within a closed outline of ticks and pitches (60.5: the middle of a row). [any]"""
    if len(outline) < 3:
        return frozenset()
    ticks, rows = [point[0] for point in outline], [point[1] for point in outline]
    near = track.notes.between(int(min(ticks)), int(max(ticks)) + 1, int(min(rows)), int(max(rows)) + 1)
    return _ids(n for n in near if _is_inside(outline, n.start_ticks + n.duration_ticks / 2, n.pitch + 0.5))


def highest_of(score: Score, ids: Collection[int]) -> Ids:
    """Of the picked notes that begin together, the highest: the melody of chords. [any]"""
    return _one_of_each_start(score, ids, -1)


def lowest_of(score: Score, ids: Collection[int]) -> Ids:
    """Of the picked notes that begin together, the lowest: the bass of chords. [any]"""
    return _one_of_each_start(score, ids, 0)


def on_beat(score: Score, ids: Collection[int], grid: Grid | None = None, within_ticks: int = 0) -> Ids:
    """Of the picked notes, those that begin on a line of a grid (quarters), or so near one. [any]"""
    lines = Lines(score.tempo, grid or QUARTERS)
    return _ids(n for n in picked(score, ids) if abs(lines.nearest(n.start_ticks) - n.start_ticks) <= within_ticks)


def _ids(notes: Iterable[Note]) -> Ids:
    return frozenset(note.id for note in notes)


def _one_of_each_start(score: Score, ids: Collection[int], place: int) -> Ids:
    found: set[int] = set()
    for part in parts(score, ids):
        for _, chord in groupby(part.notes, key=lambda note: note.start_ticks):
            found.add(list(chord)[place].id)
    return frozenset(found)


def _is_inside(outline: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    inside = False
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside
