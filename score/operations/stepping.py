"""Step input: notes set one after the other at a cursor, as they are pressed, in no time but the grid's.

A Score and a Cursor in, an Edit and the next Cursor out; pure values, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from score.edits import Edit
from score.errors import EditError
from score.note import LAST_TICK, Note
from score.operations.curves import ended_at
from score.operations.grid import EIGHTHS, Grid, Lines
from score.operations.selection import added, changed, removed, reworked
from score.score import Score


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next note is set, and how long a step is. [any]"""

    track_id: int
    ticks: int = 0
    grid: Grid = EIGHTHS
    length_percent: float = 100.0
    """Of a step: less is played apart."""
    channel: int = 0

    def play(self, score: Score, pitches: Collection[int], velocity: int = 80) -> tuple[Edit | None, Cursor]:
        """A note, or a chord, that lasts a step; the cursor stands behind it. [any]"""
        following = self.rest(score)
        length = max(1, round((following.ticks - self.ticks) * self.length_percent / 100))
        made = [Note(self.ticks, length, pitch, velocity, self.channel) for pitch in sorted(set(pitches))]
        name = "Step input"
        return reworked(name, added(self.track_id, made)), following if made else self

    def rest(self, score: Score) -> Cursor:
        """A step on, with nothing set. [any]"""
        line = Lines(score.tempo, self.grid).after(self.ticks)
        if line >= LAST_TICK:
            raise EditError("There is no time behind this step.", "Go back.")
        return replace(self, ticks=line)

    def tie(self, score: Score) -> tuple[Edit | None, Cursor]:
        """What was set just before sounds a step longer. [any]"""
        following = self.rest(score)
        last = self._last(score)
        longer = [ended_at(note, note.end_ticks + following.ticks - self.ticks) for note in last]
        return changed("Tie", last, longer), following if last else self

    def back(self, score: Score) -> tuple[Edit | None, Cursor]:
        """A step back, and what was set there goes. [any]"""
        if self.ticks == 0:
            return None, self
        before = replace(self, ticks=Lines(score.tempo, self.grid).before(self.ticks - 1))
        gone = [note for note in self._last(score) if note.start_ticks >= before.ticks]
        return reworked("Step back", removed(gone)), before

    def _last(self, score: Score) -> list[Note]:
        """What sounds in the step before the cursor, and was begun before it."""
        if self.ticks == 0:
            return []
        begin = Lines(score.tempo, self.grid).before(self.ticks - 1)
        notes = score.track(self.track_id).notes.between(begin, self.ticks)
        return [note for note in notes if note.channel == self.channel and note.end_ticks <= self.ticks]
