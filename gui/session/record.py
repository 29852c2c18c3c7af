"""What a journal says, a line each: something was done, taken back, done again, or changed beside the notes.

Values in, lines of JSON out, and back; safe on any thread. Each line bears a number and a checksum of itself, so that
what a crash tore or a disk turned is seen, and nothing after it is believed. Undo and redo carry the edit that they
came to, for what they take back may have been done before the journal began.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from gui.session.act import Act
from gui.session.setup import Change
from score.checked import read, shown
from score.edits import AddTrack, Edit, Together
from score.errors import SessionError
from score.written import plain_edit, read_edit

_MARK, _SUM_DIGITS = b'{"crc":"', 8
_BODY_AT = len(_MARK) + _SUM_DIGITS + 2

Word = Literal["undo", "redo"]

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Done:
    """Edits that are one step, and the next id before them, by which new notes get the same ids again; with them what
    changed beside the notes. [any]"""

    name: str
    edits: tuple[Edit, ...]
    next_id: int
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Changed:
    """A change beside the notes; `goes_on` when it continues the last one, as a fader does while it is drawn. [any]"""

    change: Change
    goes_on: bool = False


@dataclass(frozen=True)
class Crossed:
    """A step was undone or redone: which one (the line that it was done in), and what that did. [any]"""

    word: Word
    step: int
    by: Edit | Change | Act


Record = Done | Changed | Crossed


def weight(what: Any) -> int:
    """How many notes and events an edit names: what it costs to write it down. [any]"""
    if isinstance(what, Done | Act):
        return sum(weight(edit) for edit in what.edits) + len(what.changes)
    if isinstance(what, Together):
        return sum(weight(edit) for edit in what.edits)
    if isinstance(what, AddTrack):
        return len(what.track.notes) + len(what.track.events)
    if isinstance(what, Crossed):
        return weight(what.by)
    if isinstance(what, Changed | Change):
        return 1
    return 1 + sum(len(part) for each in fields(what) if isinstance(part := getattr(what, each.name), tuple))


def line_of(number: int, record: Record) -> bytes:
    """A record as a line, with its end. [any]"""
    return checked_line({"n": number, **_plain(record)})


def checked_line(said: dict[str, Any]) -> bytes:
    """An object as a line that bears the checksum of its rest. [any]"""
    body = "".join(_pieces(said)).encode("ascii")[1:]
    return b'%s%08x",%s\n' % (_MARK, zlib.crc32(body), body)


def said_by(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where it is not as it was written. [any]"""
    body = line[_BODY_AT:]
    if line[:_BODY_AT] != b'%s%08x",' % (_MARK, zlib.crc32(body)):
        return None
    try:
        said = json.loads(b"{" + body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def read_record(said: dict[str, Any]) -> Record:
    """The record in a line's object; a FileError where it is none. [any]"""
    if "do" in said:
        edits, name, next_id = said["do"], said.get("name"), said.get("next_id")
        if type(edits) is not list or type(name) is not str or type(next_id) is not int:
            raise SessionError(f"a line of the journal is {shown(said)} and says no step.")
        return Done(name, tuple(read_edit(each) for each in edits), next_id, _read_changes(said.get("changes", [])))
    for word in ("undo", "redo"):
        if type(step := said.get(word)) is int:
            return Crossed("undo" if word == "undo" else "redo", step, _read_by(said))
    if "change" in said:
        return Changed(_read_change(said["change"]), said.get("goes_on") is True)
    raise SessionError(f"a line of the journal is {shown(said)} and says nothing that this Vocello knows.")


def _plain(record: Record) -> dict[str, Any]:
    if isinstance(record, Done):
        changes = {"changes": [change.plain() for change in record.changes]} if record.changes else {}
        done = [plain_edit(edit) for edit in record.edits]
        return {"name": record.name, "next_id": record.next_id, "do": done, **changes}
    if isinstance(record, Changed):
        return {"change": record.change.plain(), "goes_on": record.goes_on}
    return {record.word: record.step, **_plain_by(record.by)}


def _pieces(said: Any) -> Iterator[str]:
    """The text of it, a row at a time: one call for a long recording would let no other thread run until its end."""
    if isinstance(said, dict):
        for n, (name, each) in enumerate(said.items()):
            yield f"{',' if n else '{'}{_encode(str(name))}:"
            yield from _pieces(each)
        yield "}" if said else "{}"
    elif isinstance(said, list) and said and isinstance(said[0], dict | list):
        for n, each in enumerate(said):
            yield "," if n else "["
            yield from _pieces(each)
        yield "]"
    else:
        yield _encode(said)


def _plain_by(by: Edit | Change | Act) -> dict[str, Any]:
    if isinstance(by, Change):
        return {"change": by.plain()}
    if not isinstance(by, Act):
        return {"edit": plain_edit(by)}
    changes = [change.plain() for change in by.changes]
    return {"name": by.name, "edits": [plain_edit(edit) for edit in by.edits], "changes": changes}


def _read_by(said: dict[str, Any]) -> Edit | Change | Act:
    if "changes" in said:
        name, edits = said.get("name"), said.get("edits")
        if type(name) is not str or type(edits) is not list:
            raise SessionError(f"a line of the journal is {shown(said)} and does not say what it crosses.")
        return Act(name, tuple(read_edit(each) for each in edits), _read_changes(said["changes"]))
    return _read_change(said["change"]) if "change" in said else read_edit(said.get("edit"))


def _read_changes(said: Any) -> tuple[Change, ...]:
    changes: tuple[Change, ...] = read(tuple[Change, ...], said, "changes", SessionError)
    return changes


def _read_change(said: Any) -> Change:
    change: Change = read(Change, said, "change", SessionError)
    return change
