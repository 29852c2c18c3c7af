"""The one file that is a session: `session.json`, its version, its setup and its score.

Text in, values out, and back; safe on any thread. Setup and score stand in one file because a file is replaced whole or
not at all, and two are not: no crash can pair the faders of today with the notes of yesterday. It can be read, since
each note has a line of its own; it is exact, which MIDI would not be (ids, curves on plain channels, muted notes).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gui.session.setup import Setup, understood, written
from score.checked import read, shown
from score.errors import FileError, SessionError
from score.score import Score
from score.written import laid_out, plain_score, read_score

KIND = "vocello session"
VERSION = 1
LARGEST_BYTES = 512 << 20
_OWN_WORDS = ("kind", "version", "contains", "clips", "score")
_HOW_A_NOTE_IS_READ = "id, start in ticks, duration in ticks, pitch, velocity, what else is not as it comes"

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: dict[int, Migration] = {}
"""From each version to the next; the first version has none before it."""


class State(NamedTuple):
    """A session at one moment. [any]"""

    setup: Setup
    score: Score


@dataclass(frozen=True)
class Contained:
    """Which journal, up to which of its lines, is already part of a session file. [any]"""

    journal: str = ""
    line: int = 0


@dataclass(frozen=True)
class Saved:
    """What a session file says. [any]"""

    state: State
    contains: Contained = field(default_factory=Contained)
    clips: tuple[str, ...] = ()
    """The MIDI copies that lie beside it and are Vocello's to replace."""


def to_bytes(saved: Saved) -> bytes:
    """A session as its file has it. [any]"""
    setup, score = saved.state
    said = {
        "kind": KIND,
        "version": VERSION,
        **{name: each for name, each in written(setup).items() if name not in _OWN_WORDS},
        "contains": {"journal": saved.contains.journal, "line": saved.contains.line},
        "clips": list(saved.clips),
        "score": {"notes_are": _HOW_A_NOTE_IS_READ, **plain_score(score)},
    }
    try:
        return laid_out(said).encode("utf-8")
    except UnicodeEncodeError:  # half a character in a name: written as a number, it is kept all the same
        return laid_out(said, ascii_only=True).encode("ascii")


def from_bytes(data: bytes) -> Saved:
    """The session that a file's bytes say; a FileError says where they say none. [any]"""
    said = brought_up_to_now(_opened(data))
    score = said.get("score")
    if isinstance(score, dict):
        score = {name: each for name, each in score.items() if name != "notes_are"}
    contains = read(Contained, said.get("contains", {}), "session.contains", SessionError)
    clips = read(tuple[str, ...], said.get("clips", []), "session.clips", SessionError)
    clips = tuple(name for name in clips if "/" not in name and "\\" not in name and name.endswith(".mid"))
    setup = understood({name: each for name, each in said.items() if name not in _OWN_WORDS})
    return Saved(State(setup, read_score(score)), contains, clips)


def brought_up_to_now(said: dict[str, Any]) -> dict[str, Any]:
    """What an older version wrote, as this one would have. [any]"""
    version = said.get("version")
    if type(version) is not int or version < 1:
        raise SessionError("it does not say of which version it is.", f"This Vocello writes {VERSION}.")
    if version > VERSION:
        raise SessionError(f"it is of version {version}; this Vocello reads {VERSION}.", "Update Vocello.")
    for older in range(version, VERSION):
        said = MIGRATIONS[older](said)
    return said


def _opened(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise SessionError(f"it is no JSON that can be read: {wrong}.", "Open another session.") from None
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise SessionError(f"it is {shown(said)}, and no session.", f'A session begins with {{"kind": "{KIND}"}}.')
    return said


def named(wrong: FileError, name: str) -> SessionError:
    """The same error, with the name of the file that it is about. [any]"""
    return SessionError(f"'{name}' cannot be opened: {wrong.what}", wrong.fix)
