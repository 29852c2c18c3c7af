"""Lanes of takes, and which of them stands where: what a hand does there, as acts of a document.

A score and a setup in, an Act out, which one undo takes back; pure values, safe on any thread. Each take keeps its own
notes beside its sound; in the track stand copies of those that were chosen. A note is of a take if its id is one that
the take brought in: such notes come and go with the choice, and what the hand drew itself stays whatever is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gui.session.act import Act
from gui.session.setup import Change, Setup, Span, Take
from gui.session.take_notes import TakeNotes
from score.edits import AddNotes, ChangeEvents, ChangeNotes, Edit, RemoveNotes
from score.errors import SessionError
from score.note import Note
from score.operations.curves import ended_at
from score.score import Score, Track


def lanes_of(setup: Setup, track_id: int) -> tuple[Take, ...]:
    """The takes of a track, the newest first. [any]"""
    return tuple(reversed([take for take in setup.takes if take.track_id == track_id]))


def is_of(take: Take, note_id: int) -> bool:
    """Whether a note of the score came from a take. [any]"""
    return any(first <= note_id < first + count for first, count in take.note_ids)


def end_of(take: Take, heard: TakeNotes) -> int:
    """The tick at which a take ends: where it says so, or where its last note does. [any]"""
    return max(take.end_ticks, take.start_ticks + 1, *(note.end_ticks for note in heard.notes), 1)


def taken_in(
    name: str,
    score: Score,
    setup: Setup,
    take: Take | None,
    heard: TakeNotes,
    *,
    track_id: int = 0,
    replaces: bool = True,
    edit: Edit | None = None,
) -> Act | None:
    """A take comes into its track: over the takes that stand there, or beside them. None where nothing was heard.

    Without a Take only the notes come, into the track that is named. Who has an edit already that brings the notes, as
    the first new ones, gives that. [any]
    """
    into = score.track(take.track_id if take is not None else track_id)
    span = Span(take.start_ticks, end_of(take, heard)) if take is not None else None
    edits: list[Edit] = [ChangeEvents(into.id, (), heard.events)] if heard.events else []
    ids: tuple[tuple[int, int], ...] = ((score.next_id, len(heard.notes)),) if heard.notes else ()
    if edit is not None:
        edits.append(edit)
    else:
        if span is not None and replaces:
            edits += _Standing(into, setup.takes).cleared(span)
        if heard.notes:
            edits.append(AddNotes(into.id, heard.notes))
    if take is None or span is None:
        return Act(name, tuple(edits)) if edits else None
    takes = _without(setup.takes, take.track_id, span) if replaces else setup.takes
    takes = (*takes, replace(take, chosen=(span,), note_ids=ids))
    return Act(name, tuple(edits), (Change(name, ("takes",), takes),))


def choose(name: str, score: Score, setup: Setup, file: str, span: Span, heard: TakeNotes) -> Act | None:
    """From one tick to another this take stands, and no other of its track. None where it does so already. [any]"""
    take = _take(setup, file)
    start, end = max(span.start_ticks, take.start_ticks), min(span.end_ticks, end_of(take, heard))
    if start >= end or _covers(take.chosen, start, end):
        return None
    span = Span(start, end)
    into = score.track(take.track_id)
    standing = _Standing(into, setup.takes)
    edits = standing.cleared(span, but=take)
    takes = _without(setup.takes, take.track_id, span)
    chosen = _joined((*take.chosen, span))
    edits += _stitched(standing, take, heard, take.chosen, chosen)
    fresh = [
        _cut(note, chosen)
        for note in heard.notes
        if start <= note.start_ticks < end and not any(standing.of_take(take, note))
    ]
    added, ids = numbered(score, into.id, fresh)
    edits += added
    takes = tuple(
        replace(each, chosen=chosen, note_ids=(*each.note_ids, *ids)) if each.file == file else each for each in takes
    )
    return Act(name, tuple(edits), (Change(name, ("takes",), takes),))


def renamed(name: str, setup: Setup, file: str, new_name: str) -> Act:
    """A lane is called otherwise. [any]"""
    _take(setup, file)
    takes = tuple(replace(each, name=new_name) if each.file == file else each for each in setup.takes)
    return Act(name, (), (Change(name, ("takes",), takes),))


def deleted(name: str, setup: Setup, file: str) -> Act:
    """A lane goes. Its notes that stand in the track stay there, as the track's own; its file stays in the folder, so
    that undo has something to bring back. [any]"""
    _take(setup, file)
    takes = tuple(each for each in setup.takes if each.file != file)
    return Act(name, (), (Change(name, ("takes",), takes or None),))


class _Standing:
    """The notes of a track that came from takes, and from which."""

    def __init__(self, track: Track, takes: Iterable[Take]) -> None:
        self._track = track
        self._takes = [take for take in takes if take.track_id == track.id]

    def of(self, note: Note) -> Take | None:
        return next((take for take in self._takes if is_of(take, note.id)), None)

    def cleared(self, span: Span, but: Take | None = None) -> list[Edit]:
        """What other takes have there goes; a note that sounds into it ends where it begins."""
        gone, shorter = [], []
        for note in self._track.notes.between(span.start_ticks, span.end_ticks):
            owner = self.of(note)
            if owner is None or (but is not None and owner.file == but.file):
                continue
            if note.start_ticks >= span.start_ticks:
                gone.append(note.id)
            else:
                shorter.append(ended_at(note, span.start_ticks))
        edits: list[Edit] = [RemoveNotes(tuple(gone))] if gone else []
        return [*edits, ChangeNotes(tuple(shorter))] if shorter else edits

    def of_take(self, take: Take, heard: Note) -> Iterator[Note]:
        """This note of a take where it stands in the track."""
        for note in self._track.notes.between(heard.start_ticks, heard.start_ticks + 1, heard.pitch, heard.pitch):
            if note.start_ticks == heard.start_ticks and is_of(take, note.id):
                yield note


def _stitched(
    standing: _Standing, take: Take, heard: TakeNotes, chosen_before: Sequence[Span], chosen: Sequence[Span]
) -> list[Edit]:
    """Notes of this take that were cut where a part of it ended, and that sound on there now, as they were sung."""
    ends = {span.end_ticks for span in chosen_before}
    longer: dict[int, Note] = {}
    for note in heard.notes:
        whole = _cut(note, chosen)
        for stands in standing.of_take(take, note):
            if stands.end_ticks in ends and stands.end_ticks < whole.end_ticks:
                same = replace(whole, id=stands.id, muted=stands.muted, velocity=stands.velocity)
                longer[stands.id] = same
    return [ChangeNotes(tuple(longer.values()))] if longer else []


def _cut(note: Note, chosen: Sequence[Span]) -> Note:
    """As much of a note as the part that it begins in has room for."""
    for span in chosen:
        if span.start_ticks <= note.start_ticks < span.end_ticks < note.end_ticks:
            return ended_at(note, span.end_ticks)
    return note


def numbered(score: Score, track_id: int, notes: Sequence[Note]) -> tuple[list[Edit], tuple[tuple[int, int], ...]]:
    """The edit that brings notes, and the ids that they will have: those that the score gives out next. [any]"""
    if not notes:
        return [], ()
    return [AddNotes(track_id, tuple(note.numbered(0) for note in notes))], ((score.next_id, len(notes)),)


def _without(takes: Sequence[Take], track_id: int, span: Span) -> tuple[Take, ...]:
    """No take of the track is chosen there any more."""
    return tuple(
        replace(take, chosen=_minus(take.chosen, span)) if take.track_id == track_id else take for take in takes
    )


def _minus(chosen: Sequence[Span], span: Span) -> tuple[Span, ...]:
    left = []
    for each in chosen:
        for start, end in (
            (each.start_ticks, min(each.end_ticks, span.start_ticks)),
            (max(each.start_ticks, span.end_ticks), each.end_ticks),
        ):
            if start < end:
                left.append(replace(each, start_ticks=start, end_ticks=end))
    return tuple(left)


def _joined(chosen: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for each in sorted(chosen, key=lambda span: span.start_ticks):
        if joined and each.start_ticks <= joined[-1].end_ticks:
            joined[-1] = replace(joined[-1], end_ticks=max(joined[-1].end_ticks, each.end_ticks))
        else:
            joined.append(each)
    return tuple(joined)


def _covers(chosen: Sequence[Span], start: int, end: int) -> bool:
    return any(each.start_ticks <= start and end <= each.end_ticks for each in chosen)


def _take(setup: Setup, file: str) -> Take:
    found = next((take for take in setup.takes if take.file == file), None)
    if found is None:
        raise SessionError(f"There is no take '{file}'.", "It may have been deleted already.")
    return found
