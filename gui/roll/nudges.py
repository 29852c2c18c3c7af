"""Keys in the field of notes: arrows nudge what is selected, others do one thing at once. No Qt.

A nudge is a value that grows while its key is held. Names of keys are words: "left", "delete", "a", "+".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gui.roll.scene import At, Audition, Outcome, Pick, PickNew, Place, Preview, Scene
from gui.roll.shaping import moved, room, stepped, trimmed
from score.edits import AddNotes, ChangeNotes, RemoveNotes
from score.note import LAST_TICK, Note, counted
from score.notes import Notes

VELOCITY_STEP = 4
PAGE_PART = 0.8


@dataclass(frozen=True, slots=True)
class Nudge:
    """Notes moved by keys, so far: in time and pitch, at their ends, and in how loud they are. [any]"""

    ids: frozenset[int]
    ticks: int = 0
    semitones: int = 0
    steps: int = 0
    """Of the scale that notes are led to, where there is one."""
    longer_ticks: int = 0
    louder: int = 0
    heard: int | None = None
    """The pitch that is heard of it, while a single note or a chord is transposed."""

    def preview(self, scene: Scene) -> Preview:
        """What it would come to. [any]"""
        seen = scene.seen(self.ids, self.ticks)
        return Preview(self.ids, tuple(self._notes(scene, seen)))

    def end(self, scene: Scene) -> Iterator[Outcome]:
        """The key is up. [any]"""
        yield from cancelled(self)
        notes = tuple(note for note in self._notes(scene, scene.having(self.ids)) if note != scene.notes.get(note.id))
        if notes:
            verb = "Resize" if self.longer_ticks else "Change velocity of" if self.louder else "Move"
            verb = "Transpose" if (self.semitones or self.steps) and not self.ticks else verb
            yield ChangeNotes(notes, f"{verb} {counted(len(notes), 'note')}")

    def heard_after(self, before: Nudge | None) -> Iterator[Outcome]:
        """What is heard at this step of it. [any]"""
        if before is not None and before.heard != self.heard:
            yield from cancelled(before)
        if self.heard is not None and (before is None or before.heard != self.heard):
            yield Audition(self.heard, True)

    def _notes(self, scene: Scene, notes: list[Note]) -> Iterator[Note]:
        if not notes:
            return
        earliest, latest, down, up = room(notes)
        ticks, semitones = min(max(self.ticks, earliest), latest), min(max(self.semitones, down), up)
        least = max(1, scene.score.tempo.ticks_per_quarter // 32)
        for note in notes:
            if self.steps and scene.scale is not None:
                semitones = stepped(note.pitch, self.steps, scene.scale) - note.pitch
            note = moved(note, ticks, semitones)
            if self.longer_ticks:
                end = max(note.end_ticks + self.longer_ticks, note.start_ticks + min(least, note.duration_ticks))
                note = trimmed(note, note.start_ticks, min(end, LAST_TICK))
            yield replace(note, velocity=min(max(note.velocity + self.louder, 1), 127))


def cancelled(nudge: Nudge) -> Iterator[Outcome]:
    """What was heard of it falls silent. [any]"""
    if nudge.heard is not None:
        yield Audition(nudge.heard, False)


def nudge_for(scene: Scene, name: str, at: At, before: Nudge | None) -> Nudge | None:
    """The nudge so far and one press of an arrow more; None where the key is no arrow, or nothing is selected. [any]"""
    if name not in ("left", "right", "up", "down") or (at.ctrl and name in ("left", "right")):
        return None
    notes = scene.having(scene.picked)
    if not notes:
        return None
    nudge = before or Nudge(frozenset(note.id for note in notes))
    sign = 1 if name in ("right", "up") else -1
    if name in ("left", "right"):
        step = sign * (1 if at.alt or not scene.snap.is_on else scene.step_ticks(notes[0].start_ticks))
        if at.shift:
            return replace(nudge, longer_ticks=nudge.longer_ticks + step)
        earliest, latest, _, _ = room(notes)
        return replace(nudge, ticks=min(max(nudge.ticks + step, earliest), latest))
    if at.ctrl:
        return replace(nudge, louder=nudge.louder + sign * VELOCITY_STEP)
    if scene.scale is not None and not at.shift and not at.alt and not nudge.semitones:
        steps = nudge.steps + sign
        return replace(nudge, steps=steps, heard=stepped(notes[0].pitch, steps, scene.scale))
    _, _, down, up = room(notes)
    semitones = min(max(nudge.semitones + sign * (12 if at.shift else 1), down), up)
    return replace(nudge, semitones=semitones, heard=notes[0].pitch + semitones)


def once(scene: Scene, name: str, at: At, velocity: int, length_ticks: int) -> Iterator[Outcome] | None:
    """What a key does at once; None where it means nothing here. [any]"""
    keys: dict[str, Callable[[], Iterator[Outcome]]] = {
        "delete": lambda: _delete(scene),
        "backspace": lambda: _delete(scene),
        "home": lambda: iter((Place(0),)),
        "end": lambda: iter((Place(scene.notes.end_ticks),)),
        "enter": lambda: _enter(scene, velocity, length_ticks),
        "left": lambda: _to_note(scene, -1) if at.ctrl else _step(scene, at, -1),
        "right": lambda: _to_note(scene, 1) if at.ctrl else _step(scene, at, 1),
    }
    if name == "a" and at.ctrl:
        return iter((Pick(frozenset(note.id for note in scene.notes)),))
    return keys[name]() if name in keys else None


def _delete(scene: Scene) -> Iterator[Outcome]:
    there = tuple(note.id for note in scene.having(scene.picked))
    if there:
        yield RemoveNotes(there)


def _enter(scene: Scene, velocity: int, length_ticks: int) -> Iterator[Outcome]:
    """A note at the playhead, at the pitch of the last selected one: so a melody is written without a mouse."""
    if scene.track is None:
        return
    start = min(max(scene.playhead_ticks, 0), LAST_TICK - 1)
    picked = scene.having(scene.picked)
    low, high = scene.grid.visible_pitches()
    pitch = picked[-1].pitch if picked else (low + high) // 2
    length = min(length_ticks, LAST_TICK - start)
    yield AddNotes(scene.track_id, (Note(start, length, pitch, velocity),))
    yield PickNew()
    yield Place(start + length)


def _step(scene: Scene, at: At, sign: int) -> Iterator[Outcome]:
    """With nothing selected the arrows move the playhead, from line to line."""
    snap, tempo, px = scene.snapping(at), scene.score.tempo, scene.grid.px_per_tick
    here = scene.playhead_ticks
    yield Place(snap.after(here, tempo, px) if sign > 0 else snap.before(max(0, here - 1), tempo, px))


def _to_note(scene: Scene, sign: int) -> Iterator[Outcome]:
    """The note after the selected one, or before it; from the playhead where none is selected."""
    picked = scene.having(scene.picked)
    here = (picked[-1] if sign > 0 else picked[0]) if picked else None
    place = _order(here) if here else (scene.playhead_ticks, -1 if sign > 0 else 128, 0)
    found = _next_to(scene.notes, place, sign)
    if found is not None:
        yield Pick(frozenset((found.id,)))
        yield Place(found.start_ticks)


def _next_to(notes: Notes, place: tuple[int, int, int], sign: int) -> Note | None:
    """The nearest note on one side of a place in the order of notes; whole chunks on the other side are passed over."""
    for chunk in notes.chunks if sign > 0 else reversed(notes.chunks):
        last = _order(chunk.notes[-1 if sign > 0 else 0])
        if last <= place if sign > 0 else last >= place:
            continue
        for note in chunk.notes if sign > 0 else reversed(chunk.notes):
            if _order(note) > place if sign > 0 else _order(note) < place:
                return note
    return None


def _order(note: Note) -> tuple[int, int, int]:
    return note.start_ticks, note.pitch, note.id
