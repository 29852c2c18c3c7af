"""Drags over the field, not of notes: boxes and lassos, erasing, loops, the playhead, keys, and the field itself.

Pointer positions in, outcomes out; no Qt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil, hypot
from typing import Literal

from gui.roll.drags import Drag, is_far
from gui.roll.hit import hit, inside_box, inside_lasso
from gui.roll.layout import LOOP_PX
from gui.roll.scene import (
    NOTHING,
    At,
    Audition,
    Loop,
    Menu,
    Outcome,
    Pick,
    Place,
    Preview,
    Ranges,
    Scene,
    Scroll,
    SetRanges,
)
from score.edits import ChangeNotes, RemoveNotes, Together
from score.note import LAST_TICK, counted
from score.operations.cutting import Glue


@dataclass(slots=True)
class SelectInBox(Drag):
    """All notes that a box touches, or with `is_lasso` all whose middle a line goes around. [any]"""

    began: At
    points: list[tuple[float, float]]
    before: frozenset[int] = frozenset()
    """What was selected already, when Shift adds to it."""
    is_lasso: bool = False
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.is_moving or is_far(self.began, at):
            self.is_moving = True
            here = (scene.ticks(at), scene.row(at))
            self.points = [*self.points, here] if self.is_lasso else [self.points[0], here]
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if not self.is_moving:
            return NOTHING
        if self.is_lasso:
            return Preview(outline=tuple(self.points))
        (a, b), (c, d) = self.points[0], self.points[-1]
        return Preview(outline=((a, b), (c, b), (c, d), (a, d)))

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if not self.is_moving:
            yield Pick(self.before)
            return
        if self.is_lasso:
            found = inside_lasso(scene.grid, scene.notes, self.points)
        else:
            (a, b), (c, d) = self.points[0], self.points[-1]
            rows = scene.grid.rows
            found = inside_box(scene.notes, a, c, rows.pitch_at(max(b, d)), rows.pitch_at(min(b, d)))
        yield Pick(self.before | {note.id for note in found})


@dataclass(slots=True)
class EraseNotes(Drag):
    """Every note that the hand passes over goes. A right button that only clicks asks for a menu. [any]"""

    began: At
    last: At
    asks: bool = False
    is_moving: bool = False
    passed: set[int] = field(default_factory=set)

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.asks and not self.is_moving and not is_far(self.began, at):
            return
        self.is_moving = True
        # A fast hand leaves gaps between its positions; what lies in them was passed over all the same.
        steps = max(1, ceil(hypot(at.x - self.last.x, at.y - self.last.y) / max(2.0, scene.grid.row_px / 2)))
        for n in range(steps + 1):
            x = self.last.x + (at.x - self.last.x) * n / steps - scene.layout.notes.x
            y = self.last.y + (at.y - self.last.y) * n / steps - scene.layout.notes.y
            found = hit(scene.grid, scene.notes, x, y, at.by_touch)
            if found is not None:
                self.passed.add(found.note.id)
        self.last = at
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        return Preview(frozenset(self.passed), words=counted(len(self.passed), "note")) if self.passed else NOTHING

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if self.asks and not self.is_moving:
            yield Menu(self.began.x, self.began.y)
            return
        still = tuple(note.id for note in scene.having(frozenset(self.passed)))
        if still:
            yield RemoveNotes(still)


@dataclass(slots=True)
class GlueNotes(Drag):
    """Notes that the hand passes over become one, each pitch for itself; a note clicked takes in the next. [any]"""

    began: At
    _path: EraseNotes = field(init=False)

    def __post_init__(self) -> None:
        self._path = EraseNotes(self.began, self.began)

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        yield from self._path.to(scene, at)

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        glued = self._glued(scene)
        if glued is None:
            return NOTHING
        gone = frozenset(each for edit in glued.edits if isinstance(edit, RemoveNotes) for each in edit.ids)
        whole = tuple(note for edit in glued.edits if isinstance(edit, ChangeNotes) for note in edit.notes)
        return Preview(gone | {note.id for note in whole}, whole, words=counted(len(gone) + len(whole), "note"))

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        glued = self._glued(scene)
        if glued is not None:
            yield glued

    def _glued(self, scene: Scene) -> Together | None:
        notes = scene.having(frozenset(self._path.passed))
        if len(notes) == 1:
            one = notes[0]
            if one.id in scene.picked and len(scene.picked) > 1:
                notes = scene.having(scene.picked)
            else:
                later = scene.notes.between(one.start_ticks + 1, LAST_TICK + 1, one.pitch, one.pitch)
                following = next((n for n in later if n.id != one.id and n.channel == one.channel), None)
                notes += [following] if following is not None else []
        edit = Glue().edit(scene.score, [note.id for note in notes]) if len(notes) > 1 else None
        return edit if isinstance(edit, Together) else None


@dataclass(slots=True)
class DragRange(Drag):
    """A loop drawn in the ruler, or an end of the loop or of the punched part. [any]

    A mere click in the loop's strip takes the loop away, and one at an end of the punched part puts the playhead there.
    """

    which: Literal["loop", "punch"]
    fixed_ticks: int
    began: At
    before: Ranges
    is_moving: bool = False
    has_said: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.is_moving or is_far(self.began, at):
            self.is_moving = True
            here = scene.nearest(max(0.0, scene.ticks(at)), at)
            if here != self.fixed_ticks:
                yield SetRanges(self._with(Loop(*sorted((here, self.fixed_ticks)))), self.has_said)
                self.has_said = True

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if not self.is_moving and self.which == "punch":
            yield Place(scene.nearest(max(0.0, scene.ticks(self.began)), self.began))
        elif not self.is_moving:
            yield SetRanges(self._with(None))

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield SetRanges(self.before, self.has_said)

    def _with(self, part: Loop | None) -> Ranges:
        return replace(self.before, loop=part) if self.which == "loop" else replace(self.before, punch=part)


@dataclass(slots=True)
class DragPlayhead(Drag):
    """The playhead follows the hand along the ruler. [any]"""

    before_ticks: int

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        yield Place(scene.nearest(max(0.0, scene.ticks(at)), at))

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield Place(self.before_ticks)


@dataclass(slots=True)
class PlayKeys(Drag):
    """Keys sound one after the other as the hand glides over them. [any]"""

    pitch: int | None = None

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        pitch = scene.pitch(at)
        if pitch != self.pitch:
            yield from self.end(scene)
            self.pitch = pitch
            yield Audition(pitch, True)

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if self.pitch is not None:
            yield Audition(self.pitch, False)

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield from self.end(scene)


@dataclass(slots=True)
class DragField(Drag):
    """The field itself is moved under the window. [any]"""

    last: At

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        yield Scroll(self.last.x - at.x, self.last.y - at.y)
        self.last = at


def ruler_drag(scene: Scene, at: At) -> Drag:
    """What a press in the ruler begins. [any]"""
    found = end_in_ruler(scene, at)
    if found is not None:
        return found
    if _is_in_loop_strip(at):
        return DragRange("loop", scene.nearest(max(0.0, scene.ticks(at)), at), at, scene.ranges)
    return DragPlayhead(scene.playhead_ticks)


def end_in_ruler(scene: Scene, at: At) -> DragRange | None:
    """The end of the loop that the hand could take hold of, or of the punched part below it. [any]"""
    which: Literal["loop", "punch"] = "loop" if _is_in_loop_strip(at) else "punch"
    part = scene.ranges.loop if which == "loop" else scene.ranges.punch
    if part is None:
        return None
    x = at.x - scene.layout.ruler.x
    ends = ((part.start_ticks, part.end_ticks), (part.end_ticks, part.start_ticks))
    end, other = min(ends, key=lambda each: abs(scene.grid.x_of(each[0]) - x))
    is_near = abs(scene.grid.x_of(end) - x) <= at.reach_px
    return DragRange(which, other, at, scene.ranges) if is_near else None


def _is_in_loop_strip(at: At) -> bool:
    return at.y < LOOP_PX or at.shift
