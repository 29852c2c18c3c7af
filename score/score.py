"""A piece: tracks of notes and events over one map of time.

Pure values, safe on any thread: whatever changes is a new score, which shares with the old one all that stayed. Ids are
how windows and edits name a track or a note; two scores that differ in nothing else are equal.
"""

from __future__ import annotations

from bisect import bisect_left, insort_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from score.errors import EditError
from score.events import TIMBRE_CONTROL, Bend, Control, Event, Meta, Pressure, Sysex, text_bytes
from score.note import LAST_TICK, Note, whole
from score.notes import Notes
from score.tempo import TempoMap
from score.zone import Zone

_ticks = attrgetter("ticks")


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One part. Notes whose channel is a zone's first one (`zone.master`) are played through that zone. [any]"""

    name: str = ""
    notes: Notes = field(default_factory=Notes)
    events: tuple[Event, ...] = ()
    zones: tuple[Zone, ...] = ()
    length_ticks: int = 0
    """It lasts at least so long, for a loop that ends in silence."""
    id: int = 0

    def __post_init__(self) -> None:
        text_bytes(self.name)
        whole(self.length_ticks, 0, LAST_TICK, "a track's length, in ticks,")
        object.__setattr__(self, "events", _sorted(self.events))
        object.__setattr__(self, "zones", tuple(sorted(self.zones, key=lambda zone: zone.master)))
        members = self._members()
        self._refuse_members(self.notes, members)
        self._refuse_moves(self.events, members)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        return (self.name, self.zones, self.events, self.end_ticks) == (
            other.name,
            other.zones,
            other.events,
            other.end_ticks,
        ) and self.notes == other.notes

    def __hash__(self) -> int:
        return hash((self.name, self.notes))

    @property
    def end_ticks(self) -> int:
        """When it is over: its last note, its last event, or its length. [any]"""
        last = self.events[-1].ticks if self.events else 0
        return max(self.length_ticks, self.notes.end_ticks, last)

    def zone_of(self, channel: int) -> Zone | None:
        """The zone that plays the notes of this channel, or None. [any]"""
        return next((zone for zone in self.zones if zone.master == channel), None)

    def with_notes(self, gone: Iterable[Note], new: Iterable[Note]) -> Track:
        """The track without some notes (found by id), and with new ones. [any]"""
        new = tuple(new)
        if self.zones:
            self._refuse_members(new, self._members())
        return self._but(notes=self.notes.replaced(gone, new))

    def with_events(self, gone: Iterable[Event], new: Iterable[Event]) -> Track:
        """The track without some events, and with new ones, each behind what is already at its tick. [any]"""
        new = tuple(new)
        self._refuse_moves(new, self._members())
        return self._but(events=events_replaced(self.events, gone, new))

    def renamed(self, name: str) -> Track:
        """The track under another name. [any]"""
        text_bytes(name)
        return self._but(name=name)

    def _but(self, **changed: Any) -> Track:
        # Not dataclasses.replace: it would judge every event again, and those of a long automation are many.
        track = object.__new__(Track)
        for name in Track.__slots__:
            object.__setattr__(track, name, changed[name] if name in changed else getattr(self, name))
        return track

    def _members(self) -> frozenset[int]:
        members = [channel for zone in self.zones for channel in (zone.master, *zone.members)]
        if len(set(members)) < len(members):
            raise EditError("The two zones of a track share channels.", "Give them 14 members together at most.")
        return frozenset(members) - {zone.master for zone in self.zones}

    def _refuse_moves(self, events: Iterable[Event], members: frozenset[int]) -> None:
        for event in events if members else ():
            moves = isinstance(event, Bend | Pressure | Control) and event.channel in members
            if moves and not (isinstance(event, Control) and event.number != TIMBRE_CONTROL):
                raise EditError(
                    f"{event} would move a single note, for its channel is handed to notes by a zone.",
                    "Give it to the note, or to the zone's first channel.",
                )

    def _refuse_members(self, notes: Iterable[Note], members: frozenset[int]) -> None:
        wrong = next((note for note in notes if note.channel in members), None) if members else None
        if wrong is not None:
            raise EditError(
                f"Channel {wrong.channel + 1} is handed to notes by a zone; no note can ask for it.",
                f"Give the zone's first channel: {' or '.join(str(zone.master) for zone in self.zones)}, from 0.",
            )


@dataclass(frozen=True, slots=True)
class Score:
    """Tracks, and what holds for all of them: tempo and meter, markers and keys, the name of the piece. [any]"""

    tempo: TempoMap = field(default_factory=TempoMap)
    tracks: tuple[Track, ...] = ()
    name: str = ""
    events: tuple[Meta | Sysex, ...] = ()
    next_id: int = field(default=1, compare=False)
    """The first id that nothing bears. It never goes back, so that an undone note is not taken for a new one."""

    def __post_init__(self) -> None:
        text_bytes(self.name)
        object.__setattr__(self, "events", _sorted(self.events))
        for event in self.events:
            if not isinstance(event, Meta | Sysex):
                raise EditError(f"A whole piece cannot {event}.", "Give it to a track.")

    def __iter__(self) -> Iterator[tuple[Track, Note]]:
        return ((track, note) for track in self.tracks for note in track.notes)

    @property
    def end_ticks(self) -> int:
        """When the last track is over. [any]"""
        last = self.events[-1].ticks if self.events else 0
        return max(last, 0, *(track.end_ticks for track in self.tracks))

    @property
    def note_count(self) -> int:
        """Notes in all tracks, muted ones too. [any]"""
        return sum(len(track.notes) for track in self.tracks)

    def track(self, track_id: int) -> Track:
        """The track with this id. [any]"""
        return self.tracks[self.place_of(track_id)]

    def place_of(self, track_id: int) -> int:
        """Where a track stands among the others, from 0. [any]"""
        for place, track in enumerate(self.tracks):
            if track.id == track_id:
                return place
        raise EditError(f"There is no track {track_id}.", "It may have been deleted already.")

    def find(self, note_id: int) -> tuple[Track, Note] | None:
        """The note with this id and the track it is in; None when there is none. [any]"""
        for track in self.tracks:
            note = track.notes.get(note_id)
            if note is not None:
                return track, note
        return None

    def with_track(self, track: Track) -> Score:
        """The score with this track in place of the one that has its id. [any]"""
        place = self.place_of(track.id)
        return replace(self, tracks=(*self.tracks[:place], track, *self.tracks[place + 1 :]))

    def adding(
        self,
        name: str = "",
        notes: Iterable[Note] = (),
        events: Iterable[Event] = (),
        zones: Iterable[Zone] = (),
        length_ticks: int = 0,
    ) -> Score:
        """The score with one more track; it and its notes, in the order given, get ids of their own. [any]"""
        track_id = self.next_id
        numbered = [note.numbered(track_id + n) for n, note in enumerate(notes, 1)]
        track = Track(name, Notes(numbered), tuple(events), tuple(zones), length_ticks, track_id)
        return replace(self, tracks=(*self.tracks, track), next_id=track_id + 1 + len(numbered))


def events_replaced(events: tuple[Any, ...], gone: Iterable[Any], new: Iterable[Any]) -> tuple[Any, ...]:
    """Sorted events without some, and with new ones. [any]"""
    changed = list(events)
    for event in gone:
        place = bisect_left(changed, event.ticks, key=_ticks)
        while place < len(changed) and changed[place].ticks == event.ticks and changed[place] != event:
            place += 1
        if place == len(changed) or changed[place] != event:
            raise EditError(f"There is no {event}.", "It may have been deleted already.")
        del changed[place]
    for event in new:
        insort_right(changed, event, key=_ticks)
    return tuple(changed)


def _sorted(events: Iterable[Any]) -> tuple[Any, ...]:
    """By time; those of one tick stay as they were said, since a bank has to come before its program."""
    return tuple(sorted(events, key=_ticks))
