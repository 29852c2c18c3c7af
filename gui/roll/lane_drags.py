"""Drags in the lanes under the notes: velocities, strokes into curves, times that are emptied, and lanes made higher.

Pointer positions in, previews and one edit out. No Qt, and no state but the drag's own. A stroke is freehand, straight
or bent; where notes are selected, it goes into theirs and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gui.roll.drags import Drag, is_far
from gui.roll.kinds import LEAST_LANE_PX, MOST_LANE_PX, Kind, Of, span_of
from gui.roll.layout import velocity_at
from gui.roll.scene import NOTHING, At, LaneMenu, Outcome, Preview, Scene, SizeLane
from gui.roll.shaping import Point, drawn_over
from score.edits import ChangeNotes, Edit
from score.note import Note, counted
from score.operations.drawing import Redraw, Stroke
from score.operations.lanes import ClearLane, DrawLane
from score.operations.smoothing import eased

DETENT_PX = 4.0
"""So near to its rest a wheel springs back to it."""


@dataclass(slots=True)
class DrawInLane(Drag):
    """A stroke into a lane. [any]"""

    kind: Kind
    began: At
    points: list[Point] = field(default_factory=list)
    here: Point = (0.0, 0.0)
    is_whole: bool = False
    """A line or a curve from where the hand began, in place of its path."""
    is_moving: bool = False
    _shape: str = "pencil"

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        self.is_moving = self.is_moving or is_far(self.began, at)
        self.is_whole = at.shift or scene.shape != "pencil"
        self._shape = "pencil" if not self.is_whole else "line" if at.shift else scene.shape
        last, self.here = self.here, self._point(scene, at, self.is_whole or not self.is_moving)
        if not self.is_moving or not self.points:
            self.points = [self.here]
        elif self.is_whole:
            self.points = [self._point(scene, self.began, True), self.here]
        else:
            self.points = drawn_over(self.points, last, self.here)
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        stroke = self._stroke()
        return Preview(lane=self.kind, stroke=stroke.path(), words=str(round(self.here[1])))

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        edit = self._edit(scene)
        if edit is not None:
            yield edit

    def _point(self, scene: Scene, at: At, is_led: bool) -> Point:
        ticks = max(0.0, scene.ticks(at))
        value = scene.value(self.kind, at)
        neutral = span_of(self.kind).neutral
        if isinstance(self.kind, Of) or self.kind.kind != "bend":
            return (float(scene.nearest(ticks, at)) if is_led else ticks), value
        step = abs(scene.value(self.kind, replace(at, y=at.y + DETENT_PX)) - value) or 1.0
        return (float(scene.nearest(ticks, at)) if is_led else ticks), neutral if abs(value) <= step else value

    def _stroke(self) -> Stroke:
        return Stroke(tuple(self.points), self._shape)  # type: ignore[arg-type]

    def _edit(self, scene: Scene) -> Edit | None:
        if scene.track is None:
            return None
        stroke = self._stroke()
        if not isinstance(self.kind, Of):
            return DrawLane(self.kind, stroke).edit(scene.score, scene.track_id)
        ids = [note.id for note in _notes_under(scene, stroke.start_ticks, stroke.end_ticks)]
        of = "pressure" if self.kind is Of.PRESSURE else "timbre"
        return Redraw(stroke, of, tolerance=1.0).edit(scene.score, ids) if ids else None  # type: ignore[arg-type]


@dataclass(slots=True)
class ClearInLane(Drag):
    """A time in which nothing shall be said any more; a click asks what can be done with the lane. [any]"""

    kind: Kind
    began: At
    began_ticks: float
    now_ticks: float = 0.0
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.kind is not Of.VELOCITY and (self.is_moving or is_far(self.began, at)):
            self.is_moving = True
            self.now_ticks = float(scene.nearest(max(0.0, scene.ticks(at)), at))
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        return Preview(lane=self.kind, cleared=self._span(scene)) if self.is_moving else NOTHING

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if not self.is_moving:
            yield LaneMenu(self.kind, self.began.x, self.began.y)
            return
        first, last = (round(each) for each in self._span(scene))
        edit: Edit | None = None
        if not isinstance(self.kind, Of):
            edit = ClearLane(self.kind, first, last).edit(scene.score, scene.track_id) if scene.track else None
        else:
            name = self.kind.value
            notes = [note for note in _notes_under(scene, first, last) if getattr(note, name)]
            if notes:
                cleared = tuple(replace(note, **{name: ()}) for note in notes)  # type: ignore[arg-type]
                edit = ChangeNotes(cleared, f"Clear {name} of {counted(len(notes), 'note')}")
        if edit is not None:
            yield edit

    def _span(self, scene: Scene) -> tuple[float, float]:
        first, last = sorted((float(scene.nearest(max(0.0, self.began_ticks), self.began)), self.now_ticks))
        return first, last


@dataclass(slots=True)
class DragEdge(Drag):
    """The upper edge of a lane follows the hand. [any]"""

    kind: Kind
    began: At
    before_px: int

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        height = round(self.before_px + self.began.y - at.y)
        yield SizeLane(self.kind, min(max(height, LEAST_LANE_PX), MOST_LANE_PX))

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield SizeLane(self.kind, self.before_px)


def _notes_under(scene: Scene, start_ticks: int, end_ticks: int) -> list[Note]:
    """The notes that a stroke is meant for: of those that are selected the ones that sound then, else all that do."""
    notes = scene.notes.between(max(0, start_ticks), max(0, end_ticks) + 1)
    chosen = any(scene.notes.get(note_id) is not None for note_id in scene.picked)
    return [note for note in notes if not chosen or note.id in scene.picked]


@dataclass(slots=True)
class DragVelocity(Drag):
    """Heads of stems held by the hand go up and down, all selected ones by as much. [any]"""

    ids: frozenset[int]
    held: Note
    began: At
    by: int = 0

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        lane = scene.layout.lane
        self.by = velocity_at(lane, at.y) - velocity_at(lane, self.began.y)
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        loud = min(max(self.held.velocity + self.by, 1), 127)
        return Preview(self.ids, tuple(self._louder(scene.seen(self.ids))), words=str(loud)) if self.by else NOTHING

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        notes = tuple(note for note in self._louder(scene.having(self.ids)) if note != scene.notes.get(note.id))
        if notes:
            yield ChangeNotes(notes, f"Change velocity of {counted(len(notes), 'note')}")

    def _louder(self, notes: list[Note]) -> Iterator[Note]:
        for note in notes:
            yield replace(note, velocity=min(max(note.velocity + self.by, 1), 127))


@dataclass(slots=True)
class PaintVelocity(Drag):
    """A line through the lane: each stem that it crosses takes its height; with Shift the line is straight. [any]

    So it is with the tools for lines and curves. Where notes are selected, only theirs: one voice of a chord is shaped
    among the others.
    """

    only: frozenset[int]
    last: At
    began: At
    _painted: dict[int, int] = field(default_factory=dict)

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        is_whole = at.shift or scene.shape != "pencil"
        if is_whole:
            self._painted.clear()
        one, other = sorted((self.began if is_whole else self.last, at), key=lambda place: place.x)
        lane = scene.layout.lane
        first, last = scene.ticks(replace(one, x=one.x - 4)), scene.ticks(replace(other, x=other.x + 4))
        for note in scene.notes.between(int(max(0.0, first)), int(max(0.0, last)) + 1):
            if note.start_ticks < first or (self.only and note.id not in self.only):
                continue
            x = scene.grid.x_of(note.start_ticks) + scene.layout.notes.x
            part = min(max((x - one.x) / (other.x - one.x), 0.0), 1.0) if other.x > one.x else 1.0
            part = eased(part) if scene.shape == "curve" and not at.shift else part
            self._painted[note.id] = velocity_at(lane, one.y + (other.y - one.y) * part)
        self.last = at
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        notes = tuple(self._louder(scene))
        return Preview(
            frozenset(note.id for note in notes), notes, words=str(velocity_at(scene.layout.lane, self.last.y))
        )

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        notes = tuple(note for note in self._louder(scene) if note != scene.notes.get(note.id))
        if notes:
            yield ChangeNotes(notes, f"Change velocity of {counted(len(notes), 'note')}")

    def _louder(self, scene: Scene) -> Iterator[Note]:
        for note in scene.having(frozenset(self._painted)):
            yield replace(note, velocity=self._painted[note.id])
