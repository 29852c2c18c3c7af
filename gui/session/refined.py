"""A second look at a take: what ears that know how it went on would correct, note by note.

What was meant comes in, in seconds since the take began, as `vocello listen --refine --json` tells it; against it stand
the notes of the take that are in the track. Out come corrections, and acts that accept or refuse them. Pure values,
safe on any thread: what is open is always what is meant, less what stands, less what was refused; so undo needs nothing
of its own, and what was put right by hand is no longer proposed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from statistics import median
from typing import Any

from gui.session.act import Act
from gui.session.comping import numbered
from gui.session.setup import Change, Setup, Take
from score.atomic import read_whole, write_whole
from score.edits import ChangeNotes, Edit, RemoveNotes
from score.errors import FileError, SessionError
from score.note import NEUTRAL_BEND_ST, Note
from score.operations.curves import begun_at, ended_at
from score.score import Score
from score.tempo import TempoMap

ENDING = ".meant"
BEGINS_WITHIN_S = 0.3
"""A note that was heard live and one that was meant are the same if they begin no further apart, or mostly overlap."""
MOVED_S, LASTED_S = 0.08, 0.15
"""What begins or ends nearer than that to where it was meant needs no correction: nobody would hear it."""
BETWEEN_ST = 0.6
"""What was meant between two keys is the one as much as the other."""
IN_TUNE_ST = 1.0
_LARGEST = 64 << 20
_COSTS_PER_ST = 0.05


class Kind(Enum):
    """What a correction does. [any]"""

    ADDED = "added"
    REMOVED = "removed"
    REPITCHED = "repitched"
    MOVED = "moved"


@dataclass(frozen=True)
class Meant:
    """A note as it was meant, in seconds since the take began. [any]"""

    onset_s: float
    offset_s: float
    pitch_midi: float
    velocity: int = 80


@dataclass(frozen=True)
class Correction:
    """One note that should be otherwise: as it stands, and as it was meant. [any]"""

    kind: Kind
    before: Note | None
    after: Note | None

    @property
    def key(self) -> str:
        """By which it is known again. [any]"""
        note = self.after or self.before
        assert note is not None
        return f"{self.kind.value} {self.before.id if self.before else 0} {note.start_ticks} {note.pitch}"

    @property
    def start_ticks(self) -> int:
        """Where one looks for it. [any]"""
        return min(note.start_ticks for note in (self.before, self.after) if note is not None)


# What was meant


def meant_in(told: Mapping[str, Any]) -> tuple[Meant, ...]:
    """The notes that a listening command told; SessionError where it told none. [any]"""
    try:
        notes = tuple(
            Meant(
                float(each["onset_s"]),
                float(each["offset_s"]),
                float(each["pitch_midi"]),
                min(max(round(each["velocity"]), 1), 127),
            )
            for each in told["notes"]
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise SessionError("What was heard in the take cannot be understood.", "Update Vocello.") from wrong
    good = (n for n in notes if 0.0 <= n.onset_s < n.offset_s < float("inf") and -0.5 <= n.pitch_midi < 127.5)
    return tuple(sorted(good, key=lambda note: note.onset_s))


def write_meant(sound: Path, told: Mapping[str, Any]) -> None:
    """Lay it beside the take. [worker]"""
    write_whole(sound.with_suffix(ENDING), json.dumps({"notes": told.get("notes", [])}).encode(), SessionError)


def read_meant(sound: Path) -> tuple[Meant, ...] | None:
    """What lies beside a take; None where nobody has listened again yet. [any]"""
    try:
        told = json.loads(read_whole(sound.with_suffix(ENDING), _LARGEST, SessionError))
        return meant_in(told) if isinstance(told, dict) else None
    except (FileError, ValueError):
        return None


# What to correct


def corrections(score: Score, setup: Setup, file: str, meant: Sequence[Meant]) -> tuple[Correction, ...]:
    """All that is open of a take, in the order of the piece. [any]"""
    take = _take(setup, file)
    if take is None or not any(track.id == take.track_id for track in score.tracks):
        return ()
    track, place = score.track(take.track_id), _Place(score.tempo, take)
    ids = (note_id for first, count in take.note_ids for note_id in range(first, first + count))
    stand = [note for note_id in ids if (note := track.notes.get(note_id)) is not None]
    wanted = [each for each in meant if _is_chosen(take, place.tick(each.onset_s))]
    pairs = _paired(stand, wanted, place)
    bends = bool(track.zones)
    channel = track.zones[0].master if track.zones else 0
    found = []
    for note in stand:
        other = pairs.get(note.id)
        correction = Correction(Kind.REMOVED, note, None) if other is None else _corrected(note, wanted[other], place)
        if correction is not None:
            found.append(correction)
    taken = set(pairs.values())
    found += [
        Correction(Kind.ADDED, None, _new(each, place, channel, bends))
        for n, each in enumerate(wanted)
        if n not in taken
    ]
    open_ones = (each for each in found if each.key not in take.rejected)
    return tuple(sorted(open_ones, key=lambda each: (each.start_ticks, each.kind.value)))


def counted(found: Iterable[Correction]) -> dict[Kind, int]:
    """How many of each kind there are; those of which there are none are left out. [any]"""
    kinds = [each.kind for each in found]
    return {kind: kinds.count(kind) for kind in Kind if kind in kinds}


def accept(name: str, score: Score, setup: Setup, file: str, some: Sequence[Correction]) -> Act | None:
    """The notes become as they were meant: one of them, or all in one step. [any]"""
    take = _take(setup, file)
    if take is None or not some:
        return None
    changed = tuple(each.after for each in some if each.before is not None and each.after is not None)
    gone = tuple(each.before.id for each in some if each.before is not None and each.after is None)
    edits: list[Edit] = []
    if changed:
        edits.append(ChangeNotes(changed))
    if gone:
        edits.append(RemoveNotes(gone))
    added, ids = numbered(score, take.track_id, [each.after for each in some if each.before is None and each.after])
    if not added:
        return Act(name, tuple(edits))
    # What comes is the take's, and goes with it when another is chosen there.
    takes = tuple(replace(each, note_ids=(*each.note_ids, *ids)) if each is take else each for each in setup.takes)
    return Act(name, (*edits, *added), (Change(name, ("takes",), takes),))


def reject(name: str, setup: Setup, file: str, some: Sequence[Correction]) -> Act | None:
    """They stay as they stand, and are not proposed again. [any]"""
    if _take(setup, file) is None or not some:
        return None
    keys = tuple(each.key for each in some)
    takes = tuple(
        replace(each, rejected=(*each.rejected, *keys)) if each.file == file else each for each in setup.takes
    )
    return Act(name, (), (Change(name, ("takes",), takes),))


class _Place:
    """Where the seconds of a take lie in the piece."""

    def __init__(self, tempo: TempoMap, take: Take) -> None:
        self._tempo, self._from_s = tempo, tempo.seconds_at(take.start_ticks)

    def tick(self, at_s: float) -> int:
        return round(self._tempo.ticks_at(self._from_s + at_s))

    def second(self, ticks: int) -> float:
        return self._tempo.seconds_at(ticks) - self._from_s


def _paired(stand: Sequence[Note], wanted: Sequence[Meant], place: _Place) -> dict[int, int]:
    """Which note that stands is which that was meant: the likest first, each once."""
    likely: list[tuple[float, int, int]] = []
    begin = 0
    for note in sorted(stand, key=lambda each: each.start_ticks):
        starts_s, ends_s = place.second(note.start_ticks), place.second(note.end_ticks)
        while begin < len(wanted) and wanted[begin].offset_s < starts_s - BEGINS_WITHIN_S:
            begin += 1
        for n in range(begin, len(wanted)):
            each = wanted[n]
            if each.onset_s > ends_s + BEGINS_WITHIN_S:
                break
            apart_s = abs(each.onset_s - starts_s)
            shared_s = min(ends_s, each.offset_s) - max(starts_s, each.onset_s)
            shorter_s = min(ends_s - starts_s, each.offset_s - each.onset_s)
            if apart_s <= BEGINS_WITHIN_S or shared_s >= 0.5 * shorter_s:
                likely.append((apart_s + _COSTS_PER_ST * abs(each.pitch_midi - _sung_at(note)), note.id, n))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, note_id, n in sorted(likely):
        if note_id not in pairs and n not in taken:
            pairs[note_id] = n
            taken.add(n)
    return pairs


def _corrected(note: Note, meant: Meant, place: _Place) -> Correction | None:
    starts_s, ends_s = place.second(note.start_ticks), place.second(note.end_ticks)
    pitch = round(meant.pitch_midi)
    after = note
    if abs(meant.pitch_midi - note.pitch) > BETWEEN_ST:
        after = _at_pitch(after, pitch, meant.pitch_midi)
    is_moved = abs(starts_s - meant.onset_s) > MOVED_S or abs(ends_s - meant.offset_s) > LASTED_S
    if is_moved:
        start, end = place.tick(meant.onset_s), place.tick(meant.offset_s)
        longer = ended_at(after, max(end, after.start_ticks + 1, start + 1))
        after = ended_at(begun_at(longer, start), max(end, start + 1))
    if after == note:
        return None
    return Correction(Kind.REPITCHED if after.pitch != note.pitch else Kind.MOVED, note, after)


def _at_pitch(note: Note, pitch: int, meant_st: float) -> Note:
    """Another key; the line that was sung stays where it is, unless it was heard an octave wrong."""
    if abs(_sung_at(note) - meant_st) > IN_TUNE_ST:
        bend = round(meant_st - pitch, 3) if note.bend_st else NEUTRAL_BEND_ST
        return replace(note, pitch=pitch, bend_st=((0, bend),) if bend else ())
    shift = note.pitch - pitch
    line = note.bend_st or ((0, NEUTRAL_BEND_ST),)
    return replace(note, pitch=pitch, bend_st=tuple((ticks, value + shift) for ticks, value in line))


def _new(meant: Meant, place: _Place, channel: int, bends: bool) -> Note:
    start = max(place.tick(meant.onset_s), 0)
    pitch = min(max(round(meant.pitch_midi), 0), 127)
    bend = round(meant.pitch_midi - pitch, 3)
    line = ((0, bend),) if bends and bend else ()
    return Note(start, max(place.tick(meant.offset_s) - start, 1), pitch, meant.velocity, channel, bend_st=line)


def _sung_at(note: Note) -> float:
    return note.pitch + (median(value for _, value in note.bend_st) if note.bend_st else NEUTRAL_BEND_ST)


def _is_chosen(take: Take, ticks: int) -> bool:
    return any(span.start_ticks <= ticks < span.end_ticks for span in take.chosen)


def _take(setup: Setup, file: str) -> Take | None:
    return next((take for take in setup.takes if take.file == file), None)
