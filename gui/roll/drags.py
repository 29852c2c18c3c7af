"""Drags of notes: moved, copied, stretched, drawn, and made louder. Pointer positions in, previews and one edit out.

No Qt, and no state but the drag's own. A drag knows notes by their ids and looks them up at every move, so that notes
may go on streaming in, be changed or vanish while the hand holds some of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gui.roll.hit import Part
from gui.roll.scale import pitch_name
from gui.roll.scene import NOTHING, At, Audition, Outcome, PickNew, Preview, Scene
from gui.roll.shaping import moved, room, stepped, trimmed
from score.edits import AddNotes, ChangeNotes
from score.harmony.scales import Scale
from score.note import LAST_TICK, Note, counted
from score.notes import Notes

LEAST_DRAG_PX = 4.0
"""A hand that only clicks trembles less than this."""

LOWEST_PARTS = 32
"""A note cannot be pushed shorter than a 128th by the mouse: it would be lost from sight."""


class Drag:
    """What goes on between a button's going down and its going up. [any]"""

    __slots__ = ()

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to, where that does not show itself. [any]"""
        return NOTHING

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        yield from ()

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield from ()


def is_far(one: At, other: At) -> bool:
    """Whether the hand has really moved; a finger has to go twice as far. [any]"""
    least = LEAST_DRAG_PX * (2 if one.by_touch else 1)
    return max(abs(one.x - other.x), abs(one.y - other.y)) >= least


class _Heard:
    """Lets one pitch at a time be heard while the hand moves over pitches. [any]"""

    def __init__(self) -> None:
        self._pitch: int | None = None

    def turn_to(self, pitch: int | None) -> Iterator[Outcome]:
        """That one and no other, or none. [any]"""
        if pitch != self._pitch:
            if self._pitch is not None:
                yield Audition(self._pitch, False)
            if pitch is not None:
                yield Audition(pitch, True)
            self._pitch = pitch


@dataclass(slots=True)
class MoveNotes(Drag):
    """Notes go where the hand goes, together; with `copies` they stay and new ones go. [any]"""

    ids: frozenset[int]
    held: Note
    """The one under the hand: its start is led to the grid, the others keep their distances."""
    began: At
    began_ticks: float
    began_pitch: int
    copies: bool = False
    ticks: int = 0
    semitones: int = 0
    scale: Scale | None = None
    """By whose steps the notes go up and down, as many as the one that is held."""
    is_moving: bool = False
    _heard: _Heard = field(default_factory=_Heard)
    _among: Notes | None = None
    _room: tuple[int, int, int, int] = (0, 0, 0, 0)

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if not self.is_moving and not is_far(self.began, at):
            yield from self._heard.turn_to(self.held.pitch)
            return
        self.is_moving = True
        if scene.notes is not self._among:
            # Asked once for a drag of thousands, and again only when other notes have come in.
            self._among = scene.notes
            notes = scene.having(self.ids)
            self._room = room(notes) if notes else (0, 0, 0, 0)
        wanted = scene.ticks(at) - self.began_ticks
        self.semitones = scene.pitch(at) - self.began_pitch
        step = scene.step_ticks(self.held.start_ticks) if scene.snapping(at).is_on else 0
        if abs(wanted) < step / 2:
            self.ticks = 0  # a note that was sung beside the grid stays there while it is only transposed
        else:
            self.ticks = scene.nearest(self.held.start_ticks + wanted, at) - self.held.start_ticks
        if at.shift:
            across = abs(at.x - self.began.x) >= abs(at.y - self.began.y)
            self.ticks, self.semitones = (self.ticks, 0) if across else (0, self.semitones)
        earliest, latest, down, up = self._room
        self.ticks = min(max(self.ticks, earliest), latest)
        self.semitones = min(max(self.semitones, down), up)
        self.scale = scene.leading(at)
        yield from self._heard.turn_to(self._pitch(self.held.pitch, self.semitones))

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if not self.is_moving:
            return NOTHING
        seen = scene.seen(self.ids, self.ticks)
        notes = tuple(self._at(note, self.ticks, self.semitones) for note in self._fitting(seen))
        bars = scene.score.tempo.position(max(0, self.held.start_ticks + self.ticks))
        pitch = self._pitch(self.held.pitch, self.semitones)
        words = f"{pitch_name(pitch)}  {bars.bar}.{bars.beat}"
        if pitch != self.held.pitch:
            words += f"  {pitch - self.held.pitch:+d} st"
        return Preview(frozenset() if self.copies else self.ids, notes, words=words)

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        yield from self._heard.turn_to(None)
        if not self.is_moving or (not self.ticks and not self.semitones):
            return
        notes = tuple(self._moved(scene))
        if not notes:
            return
        if self.copies:
            yield AddNotes(scene.track_id, tuple(note.numbered(0) for note in notes))
            yield PickNew()
        else:
            yield ChangeNotes(notes, f"Move {counted(len(notes), 'note')}")

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield from self._heard.turn_to(None)

    def _moved(self, scene: Scene) -> Iterator[Note]:
        notes = scene.having(self.ids)
        if not notes:
            return
        # Notes may have been changed by others since the last move: what fitted then may not fit now.
        earliest, latest, down, up = room(notes)
        ticks, semitones = min(max(self.ticks, earliest), latest), min(max(self.semitones, down), up)
        yield from (self._at(note, ticks, semitones) for note in notes)

    def _at(self, note: Note, ticks: int, semitones: int) -> Note:
        return moved(note, ticks, self._pitch(note.pitch, semitones) - note.pitch)

    def _pitch(self, pitch: int, semitones: int) -> int:
        if self.scale is None or not semitones:
            return min(max(pitch + semitones, 0), 127)
        led = self.scale.nearest(min(max(self.held.pitch + semitones, 0), 127))
        return stepped(pitch, self.scale.degree(led) - self.scale.degree(self.held.pitch), self.scale)

    def _fitting(self, notes: list[Note]) -> Iterator[Note]:
        """Those that can go so far; another hand may have put one at the edge since."""
        for note in notes:
            in_time = note.start_ticks + self.ticks >= 0 and note.end_ticks + self.ticks <= LAST_TICK
            if in_time and 0 <= note.pitch + self.semitones <= 127:
                yield note


@dataclass(slots=True)
class ResizeNotes(Drag):
    """The starts or the ends of notes follow the hand, each by as much; none is pushed through its other end. [any]"""

    ids: frozenset[int]
    held: Note
    part: Part
    began: At
    began_ticks: float
    ticks: int = 0
    is_moving: bool = False

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        if self.is_moving or is_far(self.began, at):
            self.is_moving = True
            edge = self.held.start_ticks if self.part is Part.START else self.held.end_ticks
            self.ticks = scene.nearest(edge + scene.ticks(at) - self.began_ticks, at) - edge
        yield from ()

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        if not self.is_moving:
            return NOTHING
        notes = tuple(self._resized(scene, scene.seen(self.ids)))
        held = next((note for note in notes if note.id == self.held.id), self.held)
        quarters = held.duration_ticks / scene.score.tempo.ticks_per_quarter
        return Preview(self.ids, notes, words=f"{quarters:.3g} ♩")

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        notes = tuple(note for note in self._resized(scene, scene.having(self.ids)) if note != scene.notes.get(note.id))
        if self.is_moving and notes:
            yield ChangeNotes(notes, f"Resize {counted(len(notes), 'note')}")

    def _resized(self, scene: Scene, notes: list[Note]) -> Iterator[Note]:
        for note in notes:
            least = min(note.duration_ticks, max(1, scene.score.tempo.ticks_per_quarter // LOWEST_PARTS))
            start, end = note.start_ticks, note.end_ticks
            if self.part is Part.START:
                start = min(max(0, start + self.ticks), end - least)
            else:
                end = min(max(start + least, end + self.ticks), LAST_TICK)
            yield trimmed(note, start, end)


@dataclass(slots=True)
class DrawNote(Drag):
    """A new note: it begins where the button went down, ends where the hand goes, at the pitch it goes to. [any]"""

    note: Note
    began: At
    is_moving: bool = False
    _heard: _Heard = field(default_factory=_Heard)

    def to(self, scene: Scene, at: At) -> Iterator[Outcome]:
        """The hand is there now. [any]"""
        pitch = scene.led_pitch(at)
        if self.is_moving or abs(at.x - self.began.x) >= LEAST_DRAG_PX:
            self.is_moving = True
            start = self.note.start_ticks
            least = min(scene.step_ticks(start) if scene.snapping(at).is_on else 1, LAST_TICK - start)
            end = max(scene.nearest(scene.ticks(at), at), start + least)
            self.note = replace(self.note, duration_ticks=end - start)
        self.note = replace(self.note, pitch=pitch)
        yield from self._heard.turn_to(pitch)

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        return Preview(notes=(self.note,), words=pitch_name(self.note.pitch))

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The hand let go. [any]"""
        yield from self._heard.turn_to(None)
        yield AddNotes(scene.track_id, (self.note,))
        yield PickNew()

    def cancel(self, scene: Scene) -> Iterator[Outcome]:
        """The hand wants none of it. [any]"""
        yield from self._heard.turn_to(None)
