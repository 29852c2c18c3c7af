"""A journal that a crash left: what of it can be believed, and what must be said about the rest.

Bytes of a journal in, records out; nothing on the disk is changed here, but for journals that are set aside, under a
name of their own and never deleted. Safe on any thread, but it waits for the disk.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from gui.session.record import Record, read_record, said_by
from score.atomic import read_whole, write_whole
from score.errors import FileError, SessionError
from score.note import counted

HEADER_KIND = "vocello journal"
VERSION = 1
_ASIDE = "journal set aside"
_LARGEST_BYTES = 1 << 30


@dataclass(frozen=True)
class Found:
    """What a journal says: whose it is, and its records up to the first that is not whole. [any]"""

    id: str
    base: str
    records: tuple[tuple[int, Record], ...]
    ends_bytes: tuple[int, ...]
    """Where in the file each record ends."""
    header_bytes: int
    said: tuple[str, ...] = ()
    """What is to be told about it."""
    is_damaged: bool = False
    """Whether more is wrong than a last line that was torn."""

    @property
    def last_line(self) -> int:
        """The number of the last good line; 0 where there is none. [any]"""
        return self.records[-1][0] if self.records else 0

    @property
    def good_bytes(self) -> int:
        """Where the last good line ends. [any]"""
        return self.ends_bytes[-1] if self.ends_bytes else self.header_bytes

    def up_to(self, count: int) -> Found:
        """The journal as if it ended after so many records. [any]"""
        return Found(self.id, self.base, self.records[:count], self.ends_bytes[:count], self.header_bytes)


def find(path: Path) -> Found | None:
    """What the journal at a path says; None where there is none. SessionError where it is no journal. [any]"""
    if not path.exists():
        return None
    return found_in(read_whole(path, _LARGEST_BYTES, SessionError))


def found_in(data: bytes) -> Found:
    """What the bytes of a journal say; SessionError where they are none. [any]"""
    lines = data.split(b"\n")
    header = said_by(lines[0]) if len(lines) > 1 else None
    if header is None or header.get("kind") != HEADER_KIND or header.get("version") != VERSION:
        raise SessionError("This is no journal that this Vocello reads.")
    at = header_bytes = len(lines[0]) + 1
    records: list[tuple[int, Record]] = []
    ends: list[int] = []
    wrong = ""
    for line in lines[1:-1]:
        said = said_by(line)
        if said is None:
            wrong = "is not as it was written"
            break
        number = said.get("n")
        if type(number) is not int or number < 1 or (records and number != records[-1][0] + 1):
            wrong = "does not follow the one before"
            break
        try:
            records.append((number, read_record(said)))
        except FileError as fault:
            wrong = f"cannot be understood ({fault.what})"
            break
        at += len(line) + 1
        ends.append(at)
    left = len(lines) - 2 - len(records)
    if wrong:
        told = (
            f"Line {len(records) + 2} of the journal {wrong}; {counted(left, 'line')} from there on could not be used."
        )
        return Found(str(header["id"]), str(header["base"]), tuple(records), tuple(ends), header_bytes, (told,), True)
    torn = ("The last change was written only in part, and is left out.",) if lines[-1] else ()
    return Found(str(header["id"]), str(header["base"]), tuple(records), tuple(ends), header_bytes, torn)


def lines_after(through: int, path: Path, good_bytes: int) -> bytes:
    """The lines of a journal behind one of them, as they are. [any]"""
    data = read_whole(path, _LARGEST_BYTES, SessionError)[:good_bytes]
    kept = []
    for line in data.splitlines(keepends=True)[1:]:
        said = said_by(line.rstrip(b"\n"))
        if said is not None and type(said.get("n")) is int and said["n"] > through:
            kept.append(line)
    return b"".join(kept)


def said_aside(folder: Path) -> bytes:
    """All that stands in the journals that were set aside in a session's folder; SessionError where one cannot be read.
    [any]"""
    return b"".join(read_whole(path, _LARGEST_BYTES, SessionError) for path in folder.glob(f"{_ASIDE} *.jsonl"))


def set_aside(path: Path) -> Path:
    """Keep a copy of a journal under a name that says when. [any]"""
    stem = f"{_ASIDE} {time.strftime('%Y-%m-%d %H.%M.%S')}"
    aside = path.with_name(f"{stem}.jsonl")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem} ({number}).jsonl")
    write_whole(aside, read_whole(path, _LARGEST_BYTES, SessionError), SessionError)
    return aside
