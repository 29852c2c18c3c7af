"""What a player's hands do to the time of notes: a chord strummed, a bar played by a person, a line slurred.

A Score and ids in, an Edit or None out; pure values, safe on any thread. Times are in milliseconds, since a hand is as
quick at any tempo. What looks random is the same for the same seed on every machine.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from random import Random
from typing import Literal

from score.edits import Edit
from score.errors import EditError
from score.note import Note, counted
from score.operations.curves import ended_at, moved_to, nearest
from score.operations.grid import BARS, Lines
from score.operations.selection import Part, changed, parts, picked
from score.score import Score
from score.tempo import TempoMap


@dataclass(frozen=True, slots=True)
class Strum:
    """The notes of each chord one after the other; they end together, as they did. [any]"""

    direction: Literal["up", "down"] = "up"
    """From the lowest note to the highest, or the other way."""
    time_ms: float = 60.0
    """From the first string to the last."""
    curve: float = 1.0
    """1 is even; above, the hand is slow at first; below, slow at last."""
    chord_within_ms: float = 20.0
    """Notes that begin so near each other are one chord."""
    lands_on_beat: Literal["first", "last"] = "first"

    def __post_init__(self) -> None:
        if not (self.time_ms >= 0 and self.curve > 0 and self.chord_within_ms >= 0):
            raise EditError("A strum takes no time below 0, and its curve is above 0.", "Give 0 and up; 1 is even.")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The chords strummed, as one edit. [any]"""
        before: list[Note] = []
        after: list[Note] = []
        for part in parts(score, ids):
            for chord in _chords(part, score.tempo, self.chord_within_ms):
                strings = sorted(chord, key=lambda note: (note.pitch, note.id), reverse=self.direction == "down")
                before += strings
                after += self._strummed(strings, score.tempo)
        return changed(f"Strum {counted(len(before), 'note')}", before, after)

    def _strummed(self, strings: Sequence[Note], tempo: TempoMap) -> list[Note]:
        first = min(note.start_ticks for note in strings)
        whole = ticks_in(self.time_ms, tempo, first) if len(strings) > 1 else 0
        first = max(0, first - whole) if self.lands_on_beat == "last" else first
        struck = []
        for number, note in enumerate(strings):
            share = (number / (len(strings) - 1)) ** self.curve if number else 0.0
            start = first + nearest(whole * share)
            # The attack of a bend comes with the note; its end stays where the chord is let go.
            struck.append(ended_at(moved_to(note, start), max(note.end_ticks, start + 1)))
        return struck


@dataclass(frozen=True, slots=True)
class Humanise:
    """As a person plays: a little early or late, louder or softer, longer or shorter, and never in another order.

    [any]
    """

    timing_ms: float = 12.0
    velocity: int = 8
    length_percent: float = 5.0
    keep_bar_starts: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        if not (self.timing_ms >= 0 and self.velocity >= 0 and 0 <= self.length_percent <= 100):
            raise EditError("Nobody plays by less than nothing early or late.", "Give 0 and up, and 100 % at most.")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes as a person plays them, as one edit. [any]"""
        chance = Random(self.seed)
        before: list[Note] = []
        after: list[Note] = []
        for part in parts(score, ids):
            played = self._part_played(part, score.tempo, chance)
            before += part.notes
            after += _kept_apart(part.notes, played)
        return changed(f"Humanise {counted(len(before), 'note')}", before, after)

    def _part_played(self, part: Part, tempo: TempoMap, chance: Random) -> list[Note]:
        lines = Lines(tempo, BARS)
        groups = [list(group) for _, group in groupby(part.notes, key=lambda note: note.start_ticks)]
        played: list[Note] = []
        for number, group in enumerate(groups):
            start = group[0].start_ticks
            most = ticks_in(self.timing_ms, tempo, start)
            # Half way to the neighbours at most, so that what came first still comes first.
            room_before = (start - groups[number - 1][0].start_ticks - 1) // 2 if number else start
            room_behind = (groups[number + 1][0].start_ticks - start - 1) // 2 if number + 1 < len(groups) else most
            still = self.keep_bar_starts and lines.is_bar(start)
            together = _swing(chance)
            for note in group:
                # A hand sets down as a whole, its fingers only nearly so.
                drawn = nearest(most * (0.75 * together + 0.25 * _swing(chance)))
                shift = 0 if still else max(-room_before, min(room_behind, drawn))
                played.append(self._played(note, shift, chance))
        return played

    def _played(self, note: Note, shift: int, chance: Random) -> Note:
        velocity = max(1, min(127, note.velocity + nearest(self.velocity * _swing(chance))))
        duration = max(1, nearest(note.duration_ticks * (1 + self.length_percent / 100 * _swing(chance))))
        moved = moved_to(note, note.start_ticks + shift)
        moved = ended_at(moved, moved.start_ticks + duration)
        return moved if moved.velocity == velocity else replace(moved, velocity=velocity)


@dataclass(frozen=True, slots=True)
class Legato:
    """Each note ends where the next one begins, or a little before or behind it; the last one stays. [any]"""

    gap_ms: float = 0.0
    """Silence between two notes; below 0 they overlap, as a slur is played to a synthesiser."""
    only_longer: bool = False
    """What already sounds beyond the next start is left so."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes slurred, as one edit; the notes of a chord all go on to the next one. [any]"""
        before: list[Note] = []
        after: list[Note] = []
        for part in parts(score, ids):
            groups = [list(group) for _, group in groupby(part.notes, key=lambda note: note.start_ticks)]
            for group, following in pairwise(groups):
                next_start = following[0].start_ticks
                gap = ticks_in(abs(self.gap_ms), score.tempo, next_start)
                end = max(group[0].start_ticks + 1, next_start + (gap if self.gap_ms < 0 else -gap))
                before += group
                after += [n if self.only_longer and n.end_ticks >= end else ended_at(n, end) for n in group]
        return changed(f"Legato of {counted(len(picked(score, ids)), 'note')}", before, after)


def ticks_in(milliseconds: float, tempo: TempoMap, at_ticks: int) -> int:
    """How many ticks such a time is, at the tempo of a place. [any]"""
    return nearest(milliseconds * 1000 * tempo.ticks_per_quarter / tempo.tempo_at(at_ticks).us_per_quarter)


def _swing(chance: Random) -> float:
    """From -1 to 1, mostly near 0."""
    return chance.random() - chance.random()


def _chords(part: Part, tempo: TempoMap, within_ms: float) -> list[list[Note]]:
    """Notes that begin together, or nearly so."""
    chords: list[list[Note]] = []
    for note in part.notes:
        first = chords[-1][0].start_ticks if chords else None
        if first is not None and note.start_ticks - first <= ticks_in(within_ms, tempo, first):
            chords[-1].append(note)
        else:
            chords.append([note])
    return chords


def _kept_apart(before: Sequence[Note], after: Sequence[Note]) -> list[Note]:
    """The notes as they were changed, but none into the next one of its key where there was air, or a seam, between."""
    kept = list(after)
    last: dict[tuple[int, int], int] = {}
    for number, note in enumerate(before):
        key = (note.channel, note.pitch)
        previous = last.get(key)
        if previous is not None and before[previous].end_ticks <= note.start_ticks:
            kept[previous] = ended_at(kept[previous], min(kept[previous].end_ticks, kept[number].start_ticks))
        last[key] = number
    return kept
