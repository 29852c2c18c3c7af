"""What a hand can do to a score, as values: each edit gives a new score, and the edit that takes it back.

A Score in; a Score and the inverse Edit out. Pure values, safe on any thread. An edit that makes no sense raises
EditError, and nothing has changed, since nothing ever changes in place. `name` is what the Edit menu shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from score.errors import EditError
from score.events import Event
from score.note import Note, counted
from score.score import Score, Track, events_replaced
from score.tempo import TempoMap
from score.zone import Zone


class Edit(Protocol):
    """Something that can be done to a score, and undone. [any]"""

    @property
    def name(self) -> str:
        """As the Edit menu says it, after "Undo". [any]"""

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score after it, and the edit that leads back. [any]"""


@dataclass(frozen=True, slots=True)
class AddNotes:
    """Notes for a track. Those without an id get one; those with one keep it, as when a deleted note returns. [any]"""

    track_id: int
    notes: tuple[Note, ...]

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return f"Add {counted(len(self.notes), 'note')}"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with them, and their removal. [any]"""
        track, next_id, numbered = score.track(self.track_id), score.next_id, []
        for note in self.notes:
            if note.id == 0:
                note, next_id = note.numbered(next_id), next_id + 1
            elif _is_taken(score, note.id):
                raise EditError(f"The id {note.id} is taken.", "Leave the id out: the note gets one.")
            numbered.append(note)
        next_id = max([next_id, *(note.id + 1 for note in numbered)])
        score = replace(score.with_track(track.with_notes((), numbered)), next_id=next_id)
        return score, RemoveNotes(tuple(note.id for note in numbered))


@dataclass(frozen=True, slots=True)
class RemoveNotes:
    """Take notes out, whatever track they are in. [any]"""

    ids: tuple[int, ...]

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return f"Delete {counted(len(self.ids), 'note')}"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score without them, and their return. [any]"""
        back: list[Edit] = []
        for track, notes in _by_track(score, self.ids):
            score = score.with_track(track.with_notes(notes, ()))
            back.append(AddNotes(track.id, tuple(notes)))
        return score, back[0] if len(back) == 1 else Together(self.name, tuple(back))


@dataclass(frozen=True, slots=True)
class ChangeNotes:
    """Notes as they shall be, each with the id of the one it was: moved, stretched, bent, louder, muted … [any]"""

    notes: tuple[Note, ...]
    name: str = "Change notes"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with the notes changed, and the notes as they were. [any]"""
        changed = {note.id: note for note in self.notes}
        if len(changed) < len(self.notes):
            raise EditError("A note cannot be changed in two ways at once.", "Give each id once.")
        before: list[Note] = []
        for track, notes in _by_track(score, changed):
            score = score.with_track(track.with_notes(notes, [changed[note.id] for note in notes]))
            before += notes
        return score, ChangeNotes(tuple(before), self.name)


@dataclass(frozen=True, slots=True)
class AddTrack:
    """One more track, at the end or at a place. Without an id it gets one, and all its notes get new ones. [any]"""

    track: Track
    place: int | None = None

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Add track"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with the track, and its removal. [any]"""
        track = self.track
        if track.id == 0:
            score = score.adding(track.name, track.notes, track.events, track.zones, track.length_ticks)
            track = score.tracks[-1]
        else:
            ids = [track.id, *(note.id for note in track.notes)]
            if len(set(ids)) < len(ids) or any(_is_taken(score, number) for number in ids):
                raise EditError(f"The track {track.id} is there already, or one of its notes is.", "Give it the id 0.")
            score = replace(score, tracks=(*score.tracks, track), next_id=max(score.next_id, *(n + 1 for n in ids)))
        place = len(score.tracks) - 1 if self.place is None else self.place
        return _moved(score, track.id, place), RemoveTrack(track.id)


@dataclass(frozen=True, slots=True)
class RemoveTrack:
    """Take a track out, with all that is in it. [any]"""

    track_id: int

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Delete track"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score without it, and its return to the same place. [any]"""
        place = score.place_of(self.track_id)
        tracks = (*score.tracks[:place], *score.tracks[place + 1 :])
        return replace(score, tracks=tracks), AddTrack(score.tracks[place], place)


@dataclass(frozen=True, slots=True)
class MoveTrack:
    """Another place among the tracks, from 0. [any]"""

    track_id: int
    place: int

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Move track"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score in the new order, and the way back. [any]"""
        return _moved(score, self.track_id, self.place), MoveTrack(self.track_id, score.place_of(self.track_id))


@dataclass(frozen=True, slots=True)
class RenameTrack:
    """Another name for a track. [any]"""

    track_id: int
    new_name: str

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Rename track"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with it, and the old name. [any]"""
        track = score.track(self.track_id)
        return score.with_track(track.renamed(self.new_name)), RenameTrack(self.track_id, track.name)


@dataclass(frozen=True, slots=True)
class SetZones:
    """Which channels of a track are handed to single notes (MPE); none makes it a plain track. [any]"""

    track_id: int
    zones: tuple[Zone, ...]

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Change MPE zones"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with them, and the old ones. [any]"""
        track = score.track(self.track_id)
        return score.with_track(replace(track, zones=self.zones)), SetZones(self.track_id, track.zones)


@dataclass(frozen=True, slots=True)
class SetLength:
    """A track lasts at least so long. [any]"""

    track_id: int
    length_ticks: int

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Change length of track"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with it, and the old length. [any]"""
        track = score.track(self.track_id)
        longer = replace(track, length_ticks=self.length_ticks)
        return score.with_track(longer), SetLength(self.track_id, track.length_ticks)


@dataclass(frozen=True, slots=True)
class ChangeEvents:
    """Some events of a track go, others come; without a track they are the whole piece's. [any]"""

    track_id: int | None
    gone: tuple[Event, ...] = ()
    new: tuple[Event, ...] = ()
    name: str = "Change events"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with the events changed, and all events as they were. [any]"""
        if self.track_id is None:
            changed = replace(score, events=events_replaced(score.events, self.gone, self.new))
            return changed, SetEvents(None, score.events, self.name)
        track = score.track(self.track_id)
        changed = score.with_track(track.with_events(self.gone, self.new))
        return changed, SetEvents(self.track_id, track.events, self.name)


@dataclass(frozen=True, slots=True)
class SetEvents:
    """All events of a track, or of the whole piece, in this order. [any]"""

    track_id: int | None
    events: tuple[Event, ...]
    name: str = "Change events"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score with these events, and with those that it had. [any]"""
        if self.track_id is None:
            return replace(score, events=self.events), SetEvents(None, score.events, self.name)  # type: ignore[arg-type]
        track = score.track(self.track_id)
        changed = score.with_track(replace(track, events=self.events))
        return changed, SetEvents(self.track_id, track.events, self.name)


@dataclass(frozen=True, slots=True)
class SetTempo:
    """Another map of tempo and meter: `SetTempo(score.tempo.with_tempo(Tempo(0, 600_000)))`. [any]"""

    tempo: TempoMap
    name: str = "Change tempo"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score over that map, and over the old one. [any]"""
        was, becomes = score.tempo.ticks_per_quarter, self.tempo.ticks_per_quarter
        if was != becomes and (score.tracks or score.events):
            raise EditError(f"This score counts {was} ticks a quarter, not {becomes}: all would be out of time.")
        return replace(score, tempo=self.tempo), SetTempo(score.tempo, self.name)


@dataclass(frozen=True, slots=True)
class RenamePiece:
    """Another name for the whole. [any]"""

    new_name: str

    @property
    def name(self) -> str:
        """As the Edit menu says it. [any]"""
        return "Rename piece"

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score under that name, and under the old one. [any]"""
        return replace(score, name=self.new_name), RenamePiece(score.name)


@dataclass(frozen=True, slots=True)
class Together:
    """Several edits that are one for the hand: all of them happen, or none. [any]"""

    name: str
    edits: tuple[Edit, ...]

    def apply(self, score: Score) -> tuple[Score, Edit]:
        """The score after the last, and all of them taken back from the last to the first. [any]"""
        back: list[Edit] = []
        for edit in self.edits:
            score, inverse = edit.apply(score)
            back.append(inverse)
        return score, Together(self.name, tuple(reversed(back)))


def _is_taken(score: Score, number: int) -> bool:
    return number < 1 or score.find(number) is not None or any(track.id == number for track in score.tracks)


def _by_track(score: Score, ids: Sequence[int] | dict[int, Note]) -> list[tuple[Track, list[Note]]]:
    """The notes with these ids, track by track."""
    found: dict[int, tuple[Track, list[Note]]] = {}
    for note_id in ids:
        here = score.find(note_id)
        if here is None:
            raise EditError(f"There is no note {note_id}.", "It may have been deleted already.")
        found.setdefault(here[0].id, (here[0], []))[1].append(here[1])
    return list(found.values())


def _moved(score: Score, track_id: int, place: int) -> Score:
    track = score.track(track_id)
    others = [other for other in score.tracks if other.id != track_id]
    if not 0 <= place <= len(others):
        raise EditError(
            f"There is no place {place} among {counted(len(others) + 1, 'track')}.", f"Give 0 to {len(others)}."
        )
    return replace(score, tracks=(*others[:place], track, *others[place:]))
