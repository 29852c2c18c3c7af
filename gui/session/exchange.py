"""MIDI files come in and go out: as a session of their own, or as tracks of the one that is open.

Paths and scores in, scores and edits out; safe on any thread, but it waits for the disk. What a file cannot say, and
what was wrong with it, is told in sentences. [any]
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gui.session.setup import Setup
from gui.session.text import State
from score import midifile
from score.edits import AddTrack, ChangeEvents, Edit, SetTempo, Together
from score.errors import MidiFileError
from score.events import Event
from score.midifile import Opened
from score.note import LAST_TICK, Curve, Note
from score.notes import Notes
from score.score import Score, Track, events_replaced
from score.tempo import Meter, Tempo, TempoMap

_At = TypeVar("_At", Tempo, Meter)
_CURVES = ("bend_st", "pressure", "timbre")


class Imported(NamedTuple):
    """What a file holds, what was odd about it, and whether part of it is lost. [any]"""

    score: Score
    told: tuple[str, ...]
    is_damaged: bool


def read_midi(path: Path) -> Imported:
    """The score of a MIDI file, and of a damaged one all that can be had. [any]"""
    try:
        opened, is_damaged = midifile.read(path), False
    except MidiFileError:
        opened, is_damaged = midifile.read(path, rescue=True), True  # raises where nothing can be saved
    return Imported(opened.score, _told(opened, is_damaged), is_damaged)


def state_of(imported: Imported, name: str) -> State:
    """A file as a session of its own. [any]"""
    return State(Setup(name=imported.score.name or name), imported.score)


def merging(score: Score, added: Score, at_ticks: int = 0, *, takes_tempo: bool = False) -> Edit:
    """One step that puts the tracks of another score behind those of this one, from a tick on. [any]

    Its notes keep their place among the beats; where it counts other ticks a quarter, each goes to the nearest. Into an
    empty score goes its tempo as well, when asked for.
    """
    scale = score.tempo.ticks_per_quarter, added.tempo.ticks_per_quarter
    edits: list[Edit] = []
    is_blank = not score.events and not any(track.notes or track.events for track in score.tracks)
    if takes_tempo and is_blank:
        edits.append(SetTempo(_tempo(added.tempo, score.tempo.ticks_per_quarter, at_ticks)))
    edits += [AddTrack(_track(track, scale, at_ticks)) for track in added.tracks]
    if added.events:
        edits.append(ChangeEvents(None, (), tuple(_event(each, scale, at_ticks) for each in added.events)))
    return Together("Import MIDI", tuple(edits))


def sung_at(added: Score, tempo: TempoMap, at_ticks: int) -> Score:
    """The same in the time of a piece: what lay a second apart does so still, whatever beats fall between. [any]

    So comes a recording that was listened to: it knows seconds, and the beats of its file mean nothing.
    """
    from_s = tempo.seconds_at(at_ticks)

    def moved(ticks: int) -> int:
        return max(round(tempo.ticks_at(from_s + added.tempo.seconds_at(ticks))), at_ticks)

    def curve(points: Curve, note: Note, start: int, duration: int) -> Curve:
        there = ((min(moved(note.start_ticks + ticks) - start, duration), value) for ticks, value in points)
        return tuple(dict(there).items())

    def note_at(note: Note) -> Note:
        start = moved(note.start_ticks)
        duration = max(moved(note.end_ticks) - start, 1)
        curves: dict[str, Any] = {name: curve(getattr(note, name), note, start, duration) for name in _CURVES}
        return replace(note, start_ticks=start, duration_ticks=duration, **curves)

    tracks = tuple(
        replace(
            track,
            notes=Notes(note_at(note) for note in track.notes),
            events=tuple(replace(each, ticks=moved(each.ticks)) for each in track.events),
            length_ticks=0,
        )
        for track in added.tracks
    )
    return replace(added, tracks=tracks, events=(), tempo=TempoMap(tempo.ticks_per_quarter))


def write_midi(score: Score, path: Path, track_ids: tuple[int, ...] | None = None, *, one_track: bool = False) -> None:
    """A score, or some of its tracks, as a MIDI file: of type 1, or of type 0, all in one track. [any]"""
    if track_ids is not None:
        score = replace(score, tracks=tuple(score.track(track_id) for track_id in track_ids))
    if one_track and len(score.tracks) > 1:
        score = replace(score, tracks=(_joined(score.tracks),))
    midifile.write(score, path, 0 if one_track else 1)


def _told(opened: Opened, is_damaged: bool) -> tuple[str, ...]:
    damage = ("The file is damaged; this is what could be saved of it.",) if is_damaged else ()
    return (*damage, *opened.warnings)


def _joined(tracks: tuple[Track, ...]) -> Track:
    """All in one, if no two of them need the same channel for different things."""
    zones = {zone for track in tracks for zone in track.zones}
    if any(set(track.zones) != zones for track in tracks) and zones:
        raise MidiFileError("Tracks with MPE and tracks without cannot be one track.", "Write the file as type 1.")
    events: tuple[Event, ...] = ()
    for track in tracks:
        events = events_replaced(events, (), track.events)
    notes = Notes(note for track in tracks for note in track.notes)
    length = max(track.length_ticks for track in tracks)
    return Track(tracks[0].name, notes, events, tracks[0].zones, length, tracks[0].id)


def _scaled(ticks: int, scale: tuple[int, int]) -> int:
    return (2 * ticks * scale[0] + scale[1]) // (2 * scale[1])


def _moved(ticks: int, scale: tuple[int, int], at_ticks: int) -> int:
    moved = at_ticks + _scaled(ticks, scale)
    if moved > LAST_TICK:
        raise MidiFileError("The file is longer than a score can be from there on.", "Import it further to the left.")
    return moved


def _track(track: Track, scale: tuple[int, int], at_ticks: int) -> Track:
    notes = Notes(_note(note, scale, at_ticks) for note in track.notes)
    events = tuple(_event(each, scale, at_ticks) for each in track.events)
    length = _moved(track.length_ticks, scale, at_ticks) if track.length_ticks else 0
    return Track(track.name, notes, events, track.zones, length, 0)


def _note(note: Note, scale: tuple[int, int], at_ticks: int) -> Note:
    start = _moved(note.start_ticks, scale, at_ticks)
    duration = max(1, _moved(note.end_ticks, scale, at_ticks) - start)
    if scale[0] == scale[1]:
        return replace(note, start_ticks=start)
    return replace(
        note,
        start_ticks=start,
        duration_ticks=duration,
        bend_st=_curve(note.bend_st, scale, duration),
        pressure=_curve(note.pressure, scale, duration),
        timbre=_curve(note.timbre, scale, duration),
    )


def _curve(curve: Curve, scale: tuple[int, int], duration: int) -> Curve:
    return tuple({min(duration, _scaled(ticks, scale)): value for ticks, value in curve}.items())


def _event(event: Any, scale: tuple[int, int], at_ticks: int) -> Any:
    return replace(event, ticks=_moved(event.ticks, scale, at_ticks))


def _tempo(tempo: TempoMap, ticks_per_quarter: int, at_ticks: int) -> TempoMap:
    scale = ticks_per_quarter, tempo.ticks_per_quarter

    def moved(changes: tuple[_At, ...]) -> tuple[_At, ...]:
        return tuple(replace(each, ticks=_moved(each.ticks, scale, at_ticks) if each.ticks else 0) for each in changes)

    return TempoMap(ticks_per_quarter, moved(tempo.tempos), moved(tempo.meters))
