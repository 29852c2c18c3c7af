"""Several selected notes stretched together by a bracket over them: its ends follow the hand. No Qt.

The bracket lies along the upper edge of the field, so that it is in reach wherever one has scrolled to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gui.roll.columns import END, ID, START, Columns, Ints, among
from gui.roll.drags import Drag, is_far
from gui.roll.hit import Part
from gui.roll.scene import FEW, NOTHING, At, Outcome, Preview, Scene
from gui.theme import metrics
from score.edits import ChangeNotes
from score.note import LAST_TICK, Note, counted
from score.operations.curves import nearest, stretched

BRACKET_PX = 3 * metrics.UNIT_PX
"""How high it is."""

REACH_PX = 7.0


def reach_of(scene: Scene, columns: Columns, picked: Ints) -> tuple[int, int] | None:
    """From the first start to the last end of what is selected, where that is more than a note. [any]"""
    if not len(picked) > 1:
        return None
    if len(picked) <= FEW:
        notes = scene.having(scene.picked)
        return (notes[0].start_ticks, max(note.end_ticks for note in notes)) if len(notes) > 1 else None
    chosen = columns.block[:, among(columns.block[ID], picked)]
    return (int(chosen[START].min()), int(chosen[END].max())) if chosen.shape[1] > 1 else None


def end_at(scene: Scene, at: At) -> Part | None:
    """The end of the bracket that is under the hand. [any]"""
    span, field = scene.stretch, scene.layout.notes
    if span is None or not field.holds(at.x, at.y):
        return None
    reach = metrics.TOUCH_PX / 2 if at.by_touch else REACH_PX
    if at.y - field.y > (metrics.TOUCH_PX if at.by_touch else BRACKET_PX):
        return None
    for part, ticks in ((Part.END, span[1]), (Part.START, span[0])):
        if abs(scene.grid.x_of(ticks) - (at.x - field.x)) <= reach:
            return part
    return None


@dataclass(slots=True)
class StretchNotes(Drag):
    """All of them over a longer or shorter time; the other end stays. [any]"""

    ids: frozenset[int]
    span: tuple[int, int]
    part: Part
    began: At
    began_ticks: float
    to_ticks: int | None = None
    """Where the end that is held is now."""

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.to_ticks is not None or is_far(self.began, at):
            first, last = self.span
            edge = first if self.part is Part.START else last
            wanted = scene.nearest(edge + scene.ticks(at) - self.began_ticks, at)
            least = max(1, scene.score.tempo.ticks_per_quarter // 8)
            if self.part is Part.START:
                self.to_ticks = min(max(0, wanted), max(0, last - least))
            else:
                self.to_ticks = min(max(first + least, wanted), LAST_TICK)
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if self.to_ticks is None:
            return NOTHING
        notes = tuple(self._stretched(scene, scene.seen(self.ids)))
        first, last = self._reach()
        words = f"{100 * (last - first) / max(1, self.span[1] - self.span[0]):.0f} %"
        return Preview(self.ids, notes, words=words)

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if self.to_ticks is None:
            return
        notes = tuple(n for n in self._stretched(scene, scene.having(self.ids)) if n != scene.notes.get(n.id))
        if notes:
            yield ChangeNotes(notes, f"Stretch {counted(len(notes), 'note')}")

    def _reach(self) -> tuple[int, int]:
        assert self.to_ticks is not None
        return (self.to_ticks, self.span[1]) if self.part is Part.START else (self.span[0], self.to_ticks)

    def _stretched(self, scene: Scene, notes: list[Note]) -> Iterator[Note]:
        (first, last), (begin, end) = self.span, self._reach()
        times = (end - begin) / max(1, last - first)
        for note in notes:
            start = begin + nearest((note.start_ticks - first) * times)
            until = max(start + 1, begin + nearest((note.end_ticks - first) * times))
            if start < LAST_TICK:
                yield stretched(note, start, min(until, LAST_TICK))
