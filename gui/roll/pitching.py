"""The pitch within a note under the hand: redrawn with the pencil, and its drift and vibrato pulled by handles. No Qt.

Over the note in hand stand three handles; pulled up or down, each does more or less of what it is for, to that note or,
where it is selected, to all that are. A press on the note itself and a stroke draw its pitch anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gui.roll.drags import Drag, is_far
from gui.roll.grid import Grid
from gui.roll.hit import drawn_from_to
from gui.roll.scale import pitch_name
from gui.roll.scene import NOTHING, At, Handle, Outcome, Pick, Preview, Scene
from gui.roll.shaping import Point, drawn_over
from gui.theme import metrics
from score.edits import ChangeNotes, Edit
from score.note import Note, value_at
from score.operations.drawing import Redraw, Stroke
from score.operations.intonation import Detune, Drift, Straighten, Vibrato

HANDLE_WIDE_PX, HANDLE_HIGH_PX = 7 * metrics.UNIT_PX, 5 * metrics.UNIT_PX
APART_PX = metrics.UNIT_PX
LIFT_PX = metrics.GAP_PX
"""From the note to its handles."""

FULL_PX = 80.0
"""Pulled so far, a handle does all it can."""

MOST_SHOWN = 6
"""Notes of a selection that are shown as they would be while a handle is pulled."""

REACH_ST = 2.5
"""How far from a note a stroke through several of them still means that one."""

CENTS = 100
LEAST_ST = 0.03


def handle_boxes(grid: Grid, note: Note) -> dict[Handle, tuple[float, float, float, float]]:
    """Where the handles of a note stand in the field: x, y, width, height. [any]

    Above it, or below where there is no room; over that part of it which is seen.
    """
    left, right = drawn_from_to(grid, note)
    bends = [value for _, value in note.bend_st] or [0.0]
    top = min(grid.y_of(note.pitch), grid.middle_of(min(note.pitch + max(bends), 127.0)))
    bottom = max(grid.y_of(note.pitch) + grid.row_px, grid.middle_of(max(note.pitch + min(bends), 0.0)))
    whole = 3 * HANDLE_WIDE_PX + 2 * APART_PX
    x = (max(left, 0.0) + min(right, grid.width_px)) / 2 - whole / 2
    x = min(max(x, 2.0), max(2.0, grid.width_px - whole - 2))
    y = top - LIFT_PX - HANDLE_HIGH_PX
    if y < 2:
        y = bottom + LIFT_PX
    step = HANDLE_WIDE_PX + APART_PX
    return {handle: (x + n * step, y, HANDLE_WIDE_PX, HANDLE_HIGH_PX) for n, handle in enumerate(Handle)}


def handle_at(scene: Scene, note: Note, at: At) -> Handle | None:
    """The handle of a note under the hand; for a finger each is as large as a finger. [any]"""
    x, y = at.x - scene.layout.notes.x, at.y - scene.layout.notes.y
    beyond = (metrics.TOUCH_PX - HANDLE_HIGH_PX) / 2 if at.by_touch else 2.0
    boxes = handle_boxes(scene.grid, note)
    near = [
        (abs(x - left - wide / 2), handle)
        for handle, (left, top, wide, high) in boxes.items()
        if left - beyond <= x < left + wide + beyond and top - beyond <= y < top + high + beyond
    ]
    return min(near, key=lambda each: each[0])[1] if near else None


def is_near(scene: Scene, note: Note, at: At) -> bool:
    """Whether the hand is on its way from a note to its handles: they do not vanish under it. [any]"""
    left, right = drawn_from_to(scene.grid, note)
    boxes = handle_boxes(scene.grid, note).values()
    x, y = at.x - scene.layout.notes.x, at.y - scene.layout.notes.y
    first, last = min(left, *(box[0] for box in boxes)), max(right, *(box[0] + box[2] for box in boxes))
    row = scene.grid.y_of(note.pitch)
    top = min(row, *(box[1] for box in boxes))
    bottom = max(row + scene.grid.row_px, *(box[1] + box[3] for box in boxes))
    return first - LIFT_PX <= x <= last + LIFT_PX and top - LIFT_PX <= y <= bottom + LIFT_PX


def pitch_at(scene: Scene, at: At) -> float:
    """The exact pitch at the height of the hand, in semitones: 60 is the middle of its row. [any]"""
    grid = scene.grid
    row = scene.row(at) - 0.5
    places, held = grid.rows.places, grid.rows.pitch_at(row + 0.5)
    other = min(max(held + (1 if row < places[held] else -1), 0), 127)
    apart = places[other] - places[held]
    return held + (row - places[held]) / apart * (other - held) if apart else float(held)


@dataclass(slots=True)
class PullHandle(Drag):
    """More or less of the drift, of the vibrato, or of all that is not straight. A mere click does all of it. [any]"""

    ids: frozenset[int]
    held: Note
    handle: Handle
    began: At
    part: float = 0.0
    """From -1, pulled down, to 1."""
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        self.is_moving = self.is_moving or is_far(self.began, at)
        if self.is_moving:
            self.part = min(max((self.began.y - at.y) / FULL_PX, -1.0), 1.0)
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if not self.is_moving:
            return Preview(handled=self.held, handle=self.handle)
        ids = [note.id for note in scene.seen(self.ids)[:MOST_SHOWN]]
        edit = self._operation().edit(scene.score, ids) if ids else None
        notes = edit.notes if isinstance(edit, ChangeNotes) else ()
        held = scene.notes.get(self.held.id) or self.held
        return Preview(
            frozenset(note.id for note in notes), notes, words=self._words(), handled=held, handle=self.handle
        )

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if not self.is_moving:
            self.part = -1.0
        ids = [note.id for note in scene.having(self.ids)]
        edit = self._operation().edit(scene.score, ids) if ids else None
        if edit is not None:
            yield edit

    def _operation(self) -> Drift | Vibrato | Straighten:
        less = max(0.0, -self.part)
        if self.handle is Handle.DRIFT:
            return Drift(flatten=less)
        if self.handle is Handle.VIBRATO:
            return Vibrato(amount=1 + self.part)
        return Straighten(amount=less)

    def _words(self) -> str:
        less = max(0.0, -self.part)
        if self.handle is Handle.VIBRATO:
            return f"Vibrato {100 * (1 + self.part):.0f} %"
        return f"{'Drift' if self.handle is Handle.DRIFT else 'Pitch'} {100 * (1 - less):.0f} %"


@dataclass(slots=True)
class TuneNotes(Drag):
    """The whole pitch of notes up and down by cents, with all its movement. [any]"""

    ids: frozenset[int]
    began: At
    cents: float = 0.0
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        self.is_moving = self.is_moving or is_far(self.began, at)
        if self.is_moving:
            self.cents = float(round(CENTS * (self.began.y - at.y) / scene.grid.row_px))
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        ids = [note.id for note in scene.seen(self.ids)[:MOST_SHOWN]] if self.cents else []
        edit = Detune(self.cents).edit(scene.score, ids) if ids else None
        notes = edit.notes if isinstance(edit, ChangeNotes) else ()
        words = f"{self.cents:+.0f} ct" if self.is_moving else ""
        return Preview(frozenset(note.id for note in notes), notes, words=words)

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        ids = [note.id for note in scene.having(self.ids)]
        edit = Detune(self.cents).edit(scene.score, ids) if ids and self.cents else None
        if edit is not None:
            yield edit


@dataclass(slots=True)
class DrawPitch(Drag):
    """The pitch of a note, drawn anew along a stroke, and that of others over which the stroke goes on. [any]"""

    held: Note
    began: At
    picks: frozenset[int]
    """What is selected, where the hand only clicks."""
    points: list[Point] = field(default_factory=list)
    here: Point = (0.0, 0.0)
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if not self.is_moving and is_far(self.began, at):
            self.is_moving = True
            self.here = (scene.ticks(self.began), pitch_at(scene, self.began))
            self.points = [self.here]
        if self.is_moving:
            last, self.here = self.here, (scene.ticks(at), pitch_at(scene, at))
            if at.shift:
                self.points = [(scene.ticks(self.began), pitch_at(scene, self.began)), self.here]
            else:
                self.points = drawn_over(self.points, last, self.here)
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if not self.is_moving:
            return NOTHING
        edit = self._edit(scene)
        notes = edit.notes if isinstance(edit, ChangeNotes) else ()
        at, pitch = self.here
        near = min(notes, key=lambda note: abs(note.start_ticks + note.duration_ticks / 2 - at), default=self.held)
        words = f"{pitch_name(near.pitch)} {CENTS * (pitch - near.pitch):+.0f} ct"
        return Preview(frozenset(note.id for note in notes), notes, words=words)

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        if not self.is_moving:
            yield Pick(self.picks)
            return
        edit = self._edit(scene)
        if edit is not None:
            yield edit

    def _edit(self, scene: Scene) -> Edit | None:
        stroke = Stroke(tuple(self.points))
        ids = [note.id for note in self._meant(scene, stroke)]
        # What is less than a pixel is the hand's tremble.
        operation = Redraw(stroke, tolerance=max(LEAST_ST, 0.75 / scene.grid.row_px))
        return operation.edit(scene.score, ids) if ids else None

    def _meant(self, scene: Scene, stroke: Stroke) -> Iterator[Note]:
        """The note that was pressed, and those that the stroke passes near to, of a chord the nearest."""
        first, last = max(0, stroke.start_ticks), max(0, stroke.end_ticks)
        notes = list(scene.notes.between(first, last + 1))
        for note in notes:
            if note.id == self.held.id:
                yield note
                continue
            at = (max(first, note.start_ticks) + min(last, note.end_ticks)) / 2
            away = abs(stroke.value(at) - note.pitch - value_at(note.bend_st, at - note.start_ticks, 0.0))
            others = [
                abs(stroke.value(at) - other.pitch - value_at(other.bend_st, at - other.start_ticks, 0.0))
                for other in notes
                if other.id != note.id and other.start_ticks <= at < other.end_ticks
            ]
            if away <= REACH_ST and away <= min(others, default=away):
                yield note
