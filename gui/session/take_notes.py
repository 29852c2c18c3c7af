"""What was heard in a take, beside its sound: the notes as they came, which no edit touches.

Notes in, a file beside the take out, and back: from here a comp takes what it needs, and the second look at a take
compares with it. Safe on any thread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gui.session.capture import Clip
from score.atomic import read_whole, write_whole
from score.checked import shown
from score.errors import FileError, SessionError
from score.events import Event
from score.note import Note
from score.score import Score
from score.tempo import TempoMap
from score.written import laid_out, plain_score, read_score
from score.zone import Zone

ENDING = ".json"
_KIND = "vocello take"
_VERSION = 1
_LARGEST = 512 << 20


@dataclass(frozen=True)
class TakeNotes:
    """The notes and the pedals of a take, where they lie in the piece. [any]"""

    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()
    zones: tuple[Zone, ...] = ()

    @classmethod
    def of(cls, clips: Sequence[Clip]) -> TakeNotes:
        """What voice and keys played together. [any]"""
        notes = sorted((note for clip in clips for note in clip.notes), key=lambda note: (note.start_ticks, note.pitch))
        events = sorted((event for clip in clips for event in clip.events), key=lambda event: event.ticks)
        zones = next((clip.zones for clip in clips if clip.zones), ())
        return cls(tuple(notes), tuple(events), zones)


def write_notes(sound: Path, heard: TakeNotes, tempo: TempoMap) -> None:
    """Lay the notes beside a take, whole or not at all. [worker]"""
    score = Score(TempoMap(tempo.ticks_per_quarter)).adding("", heard.notes, heard.events, heard.zones)
    said = {"kind": _KIND, "version": _VERSION, "score": plain_score(score)}
    write_whole(sound.with_suffix(ENDING), laid_out(said).encode("utf-8"), SessionError)


def read_notes(sound: Path) -> TakeNotes:
    """The notes that lie beside a take; SessionError where they cannot be read. [any]"""
    path = sound.with_suffix(ENDING)
    try:
        said = json.loads(read_whole(path, _LARGEST, SessionError))
        if not isinstance(said, dict) or (said.get("kind"), said.get("version")) != (_KIND, _VERSION):
            raise SessionError(f"'{path}' is {shown(said)}, and no notes of a take.", "Update Vocello.")
        track = read_score(said.get("score")).tracks[0]
    except (FileError, ValueError, RecursionError, IndexError) as wrong:
        why = wrong.what if isinstance(wrong, FileError) else str(wrong)
        raise SessionError(f"The notes of the take '{path.stem}' cannot be read: {why}") from wrong
    return TakeNotes(tuple(track.notes), track.events, track.zones)
