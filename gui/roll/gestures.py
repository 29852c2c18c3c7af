"""What the hand means: presses, moves and keys in; edits, selections and what is to be heard out. No Qt.

A Hand holds one gesture at a time. While it goes on nothing in the score changes: `preview` says what it would come to,
and its end gives at most one edit, so that one gesture is one step of undo. Escape, or `cancel`, ends it with none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gui.roll.corrections import proposal_at
from gui.roll.drags import Drag, DrawNote, MoveNotes, ResizeNotes
from gui.roll.hit import Hit, Part, hit
from gui.roll.kinds import Of
from gui.roll.lane_drags import ClearInLane, DragEdge, DragVelocity, DrawInLane, PaintVelocity
from gui.roll.layout import Region, y_of_velocity
from gui.roll.nudges import Nudge, cancelled, nudge_for, once
from gui.roll.pitch_hand import PitchHand
from gui.roll.pitching import PullHandle, handle_at
from gui.roll.scene import (
    NOTHING,
    At,
    Button,
    Outcome,
    Pick,
    PickNew,
    Preview,
    Scene,
    TakeProposal,
    Tool,
)
from gui.roll.shaping import split
from gui.roll.stretching import StretchNotes, end_at
from gui.roll.sweeps import (
    DragField,
    DragPlayhead,
    DragRange,
    EraseNotes,
    GlueNotes,
    PlayKeys,
    SelectInBox,
    end_in_ruler,
    ruler_drag,
)
from score.edits import AddNotes, ChangeNotes, Edit, RemoveNotes, Together
from score.note import LAST_TICK, Note, counted

EDGE_PX = 24.0
"""So close to the edge of the field a drag begins to pull the window along."""

FASTEST_PX = 28.0


class Hand:
    """The state of the hand between events. [any]"""

    def __init__(self) -> None:
        self.tool = Tool.SELECT
        self.drag: Drag | None = None
        self.velocity = 96
        self.length_ticks: int | None = None
        """The last note that was drawn or stretched lasted so long, and so will the next; None follows the grid."""
        self._nudge: Nudge | None = None
        self._hover = NOTHING
        self._pitches = PitchHand()

    @property
    def is_busy(self) -> bool:
        """Whether a gesture goes on. [any]"""
        return self.drag is not None or self._nudge is not None

    def preview(self, scene: Scene) -> Preview:
        """What the gesture would come to. [any]"""
        if self._nudge is not None:
            return self._nudge.preview(scene)
        if self.drag is not None:
            return self.drag.preview(scene)
        if self._hover.handled is not None:
            # The note may have been changed since the hand came there.
            note = scene.notes.get(self._hover.handled.id)
            return NOTHING if note is None else replace(self._hover, handled=note)
        return self._hover

    def press(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """A button goes down. [any]"""
        if self.drag is not None:
            return  # a second button while the first is down means nothing
        yield from self.rest(scene)
        self._hover = NOTHING
        region = scene.region(at)
        if at.button is Button.MIDDLE or at.space:
            self.drag = DragField(at)
        elif region is Region.NOTES:
            yield from self._press_field(scene, at)
        elif region is Region.KEYS and at.button is Button.LEFT:
            self.drag = PlayKeys()
        elif region is Region.RULER and at.button is Button.LEFT:
            self.drag = ruler_drag(scene, at)
        elif region is Region.CHORDS and at.button is Button.LEFT:
            yield from self._press_chord(scene, at)
        elif region is Region.EDGE and at.button is Button.LEFT:
            self._press_edge(scene, at)
        elif region in (Region.LANE, Region.EDGE):
            yield from self._press_lane(scene, at)
        if self.drag is not None:
            yield from self.drag.to(scene, at)

    def move(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand moves, with a button down or without. [any]"""
        if self.drag is not None:
            yield from self.drag.to(scene, at)
        else:
            self._look(scene, at)

    def _look(self, scene: Scene, at: At) -> None:
        """What is shown under a hand that holds nothing."""
        self._hover = NOTHING
        if scene.region(at) is not Region.NOTES:
            return
        if self.tool is Tool.SPLIT:
            notes, ticks = self._to_split(scene, at)
            if notes:
                self._hover = Preview(cut_ticks=ticks, cut_pitches=tuple(note.pitch for note in notes))
        elif self.tool is Tool.PITCH:
            note = self._pitches.in_hand(scene, at, self._under(scene, at))
            if note is not None:
                self._hover = Preview(handled=note, handle=handle_at(scene, note, at))
        elif self.tool in (Tool.SELECT, Tool.DRAW):
            index = proposal_at(scene, at)
            if index is not None:
                self._hover = Preview(proposal=index)

    def release(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The button goes up. [any]"""
        drag, self.drag = self.drag, None
        if drag is None:
            return
        for outcome in drag.end(scene):
            self._remember(outcome, drag)
            yield outcome
        if self.tool is Tool.PITCH:
            self._look(scene, at)  # a finger that is lifted does not move: the handles stay where it was

    def double(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The second press of a double click: a note comes, or the one there goes; on a key, all its notes. [any]"""
        yield from self.cancel(scene)
        if at.button is not Button.LEFT:
            return
        region = scene.region(at)
        if region is Region.NOTES and self.tool is Tool.PITCH and not self._pitches.is_pulling(scene, at):
            yield from self._pitches.tuned(scene, self._under(scene, at))
        elif region is Region.KEYS:
            pitch = scene.pitch(at)
            same = frozenset(note.id for note in scene.notes.between(0, LAST_TICK + 1, pitch, pitch))
            yield Pick(scene.picked | same if at.shift else same)
        elif region is Region.NOTES and self.tool is Tool.SELECT:
            found = self._under(scene, at)
            if found is not None:
                yield RemoveNotes((found.note.id,))
            elif scene.track is not None:
                self.drag = self._drawing(scene, at)
                yield from self.drag.to(scene, at)
        else:
            yield from self.press(scene, at)

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The gesture ends as if it had never begun. [any]"""
        drag, self.drag = self.drag, None
        if drag is not None:
            yield from drag.cancel(scene)
        nudge, self._nudge = self._nudge, None
        if nudge is not None:
            yield from cancelled(nudge)
        self._hover = NOTHING

    def key(self, scene: Scene, name: str, at: At) -> Iterator[Outcome] | None:
        """A key goes down, or repeats while it is held; None where it means nothing here. [any]

        The arrows nudge what is selected: as long as one of them is held it is one gesture, and one edit at its end.
        """
        if name == "escape":
            return self._escape(scene)
        if self.drag is not None:
            return None
        nudge = nudge_for(scene, name, at, self._nudge)
        if nudge is not None:
            before, self._nudge = self._nudge, nudge
            return nudge.heard_after(before)
        single = once(scene, name, at, self.velocity, self._length(scene, scene.playhead_ticks))
        return None if single is None else self._after_rest(scene, single)

    def rest(self, scene: Scene) -> Iterator[Outcome]:
        """Keys are up again: what they nudged becomes an edit. [any]"""
        nudge, self._nudge = self._nudge, None
        if nudge is not None:
            yield from nudge.end(scene)

    def pull(self, scene: Scene, at: At) -> tuple[float, float]:
        """How fast a drag at the edge of the field pulls the window along, in pixels a frame. [any]"""
        if self.drag is None or isinstance(self.drag, DragField):
            return 0.0, 0.0
        notes = scene.layout.notes
        right = 0.0 if isinstance(self.drag, PlayKeys) else _pull(at.x - notes.x, notes.width)
        if isinstance(self.drag, DragEdge):
            return 0.0, 0.0
        flat = DragVelocity | PaintVelocity | DrawInLane | ClearInLane | DragRange | DragPlayhead
        is_flat = isinstance(self.drag, flat)
        return right, 0.0 if is_flat else _pull(at.y - notes.y, notes.height)

    def cursor(self, scene: Scene, at: At) -> str:
        """What the pointer should look like here, by a name that `events.CURSORS` knows. [any]"""
        if isinstance(self.drag, DragField) or at.space:
            return "grab"
        if isinstance(self.drag, ResizeNotes | StretchNotes | DragRange):
            return "stretch"
        region = scene.region(at)
        if region is Region.RULER and self.drag is None and end_in_ruler(scene, at) is not None:
            return "stretch"
        if isinstance(self.drag, DragEdge) or (region is Region.EDGE and self.drag is None):
            return "edge"
        if region is Region.LANE:
            return "draw"
        if region is Region.CHORDS:
            return "erase"
        if region is not Region.NOTES:
            return ""
        if self.tool in (Tool.SPLIT, Tool.ERASE, Tool.GLUE):
            return self.tool.value
        if self.tool is Tool.PITCH:
            if self._hover.handle is not None or isinstance(self.drag, PullHandle):
                return "pull"
            return "draw" if self._under(scene, at) is not None else ""
        if self._hover.proposal is not None:
            return "erase"
        if end_at(scene, at) is not None:
            return "stretch"
        found = self._under(scene, at)
        if found is None:
            return "draw" if self.tool is Tool.DRAW else ""
        return "move" if found.part is Part.BODY else "stretch"

    def _press_field(self, scene: Scene, at: At) -> Iterator[Outcome]:
        found = self._under(scene, at)
        selects = self.tool in (Tool.SELECT, Tool.DRAW) and at.button is Button.LEFT
        index = proposal_at(scene, at) if selects and not (at.shift or at.ctrl or at.alt) else None
        part = end_at(scene, at) if selects else None
        if index is not None:
            yield TakeProposal(index)
        elif part is not None and scene.stretch is not None:
            self.drag = StretchNotes(scene.picked, scene.stretch, part, at, scene.ticks(at))
        elif at.button is Button.RIGHT:
            if found is not None and found.note.id not in scene.picked:
                yield Pick(frozenset((found.note.id,)))
            self.drag = EraseNotes(at, at, asks=True)
        elif self.tool is Tool.ERASE:
            self.drag = EraseNotes(at, at)
        elif self.tool is Tool.SPLIT:
            yield from self._split(scene, at)
        elif self.tool is Tool.GLUE:
            self.drag = GlueNotes(at)
        elif self.tool is Tool.PITCH:
            self.drag = self._pitches.press(scene, at, found)
        elif found is not None:
            yield from self._press_note(scene, at, found)
        elif self.tool is Tool.DRAW:
            if scene.track is not None:
                yield Pick(frozenset())
                self.drag = self._drawing(scene, at)
        else:
            before = scene.picked if at.shift else frozenset()
            self.drag = SelectInBox(at, [(scene.ticks(at), scene.row(at))], before, is_lasso=at.ctrl)

    def _press_note(self, scene: Scene, at: At, found: Hit) -> Iterator[Outcome]:
        note = found.note
        ids = scene.picked
        if at.shift:
            ids = ids ^ {note.id}
            yield Pick(ids)
            if note.id not in ids:
                return
        elif note.id not in ids:
            ids = frozenset((note.id,))
            yield Pick(ids)
        if found.part is Part.BODY or at.ctrl or at.alt:
            copies = at.ctrl or at.alt
            self.drag = MoveNotes(ids, note, at, scene.ticks(at), scene.pitch(at), copies)
        else:
            self.drag = ResizeNotes(ids, note, found.part, at, scene.ticks(at))

    def _press_chord(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The notes that sound there are selected."""
        ticks = int(max(0.0, scene.ticks(at)))
        notes = frozenset(note.id for note in scene.notes.between(ticks, ticks + 1))
        yield Pick(scene.picked | notes if at.shift else notes)

    def _press_edge(self, scene: Scene, at: At) -> None:
        kind = scene.layout.edge_at(at.x, at.y)
        for lane in scene.layout.open_lanes:
            if lane.kind == kind:
                self.drag = DragEdge(lane.kind, at, lane.height_px)

    def _press_lane(self, scene: Scene, at: At) -> Iterator[Outcome]:
        kind = scene.layout.kind_at(at.y)
        if kind is None:
            return
        if at.button is Button.RIGHT:
            self.drag = ClearInLane(kind, at, scene.ticks(at))
            return
        if kind is not Of.VELOCITY:
            if scene.track is not None:
                self.drag = DrawInLane(kind, at)
            return
        lane, reach = scene.layout.lane, at.reach_px
        first = scene.ticks(replace(at, x=at.x - reach))
        last = scene.ticks(replace(at, x=at.x + reach))
        heads = [
            note
            for note in scene.notes.between(int(max(0.0, first)), int(max(0.0, last)) + 1)
            if note.start_ticks >= first
            and abs(y_of_velocity(lane, note.velocity) - at.y) <= reach
            and (not scene.only_picked or not scene.picked or note.id in scene.picked)
        ]
        if heads:
            held = max(heads, key=lambda note: note.id in scene.picked)
            ids = scene.picked if held.id in scene.picked else frozenset((held.id,))
            if ids is not scene.picked:
                yield Pick(ids)
            self.drag = DragVelocity(ids, held, at)
        else:
            self.drag = PaintVelocity(frozenset(note.id for note in scene.having(scene.picked)), at, at)

    def _drawing(self, scene: Scene, at: At) -> DrawNote:
        tempo, px = scene.score.tempo, scene.grid.px_per_tick
        start = min(scene.snapping(at).before(scene.ticks(at), tempo, px), LAST_TICK - 1)
        length = min(self._length(scene, start), LAST_TICK - start)
        return DrawNote(Note(start, length, scene.led_pitch(at), self.velocity), at)

    def _length(self, scene: Scene, start_ticks: int) -> int:
        if self.length_ticks is not None:
            return self.length_ticks
        return scene.step_ticks(start_ticks) if scene.snap.is_on else scene.score.tempo.ticks_per_quarter // 4

    def _split(self, scene: Scene, at: At) -> Iterator[Outcome]:
        notes, ticks = self._to_split(scene, at)
        if notes:
            halves = [split(note, ticks) for note in notes]
            edits: tuple[Edit, ...] = (
                ChangeNotes(tuple(first for first, _ in halves)),
                AddNotes(scene.track_id, tuple(second for _, second in halves)),
            )
            yield Together(f"Split {counted(len(notes), 'note')}", edits)
            yield PickNew()

    def _to_split(self, scene: Scene, at: At) -> tuple[list[Note], int]:
        """The note under the hand, and when it is selected all selected ones that sound there."""
        found = self._under(scene, at)
        if found is None:
            return [], 0
        note = found.note
        ticks = scene.nearest(scene.ticks(at), at)
        if not note.start_ticks < ticks < note.end_ticks:
            ticks = round(scene.ticks(at))  # a note shorter than the grid is split where the hand is
        chosen = scene.having(scene.picked) if note.id in scene.picked else [note]
        return [each for each in chosen if each.start_ticks < ticks < each.end_ticks], ticks

    def _under(self, scene: Scene, at: At) -> Hit | None:
        notes = scene.layout.notes
        return hit(scene.grid, scene.notes, at.x - notes.x, at.y - notes.y, at.by_touch)

    def _escape(self, scene: Scene) -> Iterator[Outcome]:
        if self.is_busy:
            yield from self.cancel(scene)
        else:
            yield Pick(frozenset())

    def _after_rest(self, scene: Scene, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        yield from self.rest(scene)
        yield from outcomes

    def _remember(self, outcome: Outcome, drag: Drag) -> None:
        """The next note is drawn like the last one."""
        if isinstance(outcome, AddNotes) and isinstance(drag, DrawNote):
            self.length_ticks = outcome.notes[0].duration_ticks if drag.is_moving else self.length_ticks
        elif isinstance(outcome, ChangeNotes) and isinstance(drag, ResizeNotes):
            self.length_ticks = outcome.notes[0].duration_ticks
        elif isinstance(outcome, ChangeNotes) and isinstance(drag, DragVelocity):
            self.velocity = outcome.notes[0].velocity


def _pull(inside_px: float, length_px: float) -> float:
    before, beyond = EDGE_PX - inside_px, inside_px - (length_px - EDGE_PX)
    if length_px < 4 * EDGE_PX or (before <= 0 and beyond <= 0):
        return 0.0
    return -min(before / 2, FASTEST_PX) if before > 0 else min(beyond / 2, FASTEST_PX)
