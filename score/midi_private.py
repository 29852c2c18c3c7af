"""What a note is that MIDI has no word for, carried in a MIDI file all the same.

A muted note would sound in every other program; two notes of one key, one inside the other, end in the wrong order; a
bend on a plain channel would bend its neighbours. Each of these is said once more in a sequencer-specific meta event
(0x7F, with the manufacturer id 0x7D, which is nobody's), just before the note: other programs pass over it and play
what MIDI can say. Bytes in, a Note out, and back; safe on any thread.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from score.errors import EditError
from score.events import SEQUENCER, Meta
from score.note import Curve, Note

_MARK = b"\x7dVocello "
_CURVES = ("bend_st", "pressure", "timbre")
_NUMBERS = ("duration_ticks", "pitch", "velocity", "channel", "release_velocity")


class Promise(NamedTuple):
    """A whole note, and the channel on which the file will start it. [any]"""

    note: Note
    sounds_on: int


def promise(note: Note, sounds_on: int) -> Meta:
    """The event that says all of this note. [any]"""
    said: dict[str, Any] = {name: getattr(note, name) for name in _NUMBERS}
    said.update({name: getattr(note, name) for name in _CURVES if getattr(note, name)})
    if note.muted:
        said["muted"] = True
    said["sounds_on"] = sounds_on
    return Meta(note.start_ticks, SEQUENCER, _MARK + json.dumps(said, separators=(",", ":")).encode("ascii"))


def understand(meta: Meta) -> Promise | None:
    """The note that such an event says; None for any other event, and for one that was tampered with. [any]"""
    if meta.kind != SEQUENCER or not meta.data.startswith(_MARK):
        return None
    try:
        said = json.loads(meta.data[len(_MARK) :])
        fields = {name: said[name] for name in _NUMBERS} | {
            name: _curve(said[name]) for name in _CURVES if name in said
        }
        return Promise(Note(meta.ticks, muted=said.get("muted", False), **fields), int(said["sounds_on"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, EditError):
        return None


def _curve(points: Any) -> Curve:
    return tuple((ticks, value) for ticks, value in points)
