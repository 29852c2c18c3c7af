"""fetched.json: what was fetched, from where and when, and the checksum that every later fetch is held to.

What flows in: files that arrived. What flows out: their pins, and whether a set is complete. It lies beside the data,
is written whole or not at all, and may be handed on: with it, somebody else gets the same bytes or an error. [main]
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from score.atomic import read_whole, write_whole
from score.errors import FileError

NAME = "fetched.json"
FORMAT = 1
_MOST_BYTES = 16_000_000


@dataclass(frozen=True)
class Pin:
    """One file as it first came. [any]"""

    sha256: str
    bytes: int
    source: str
    on: str


@dataclass(frozen=True)
class Made:
    """What a converter made of a set, and by which version of its rules. [any]"""

    recipe: int
    recordings: int
    left_out: tuple[str, ...]
    on: str


class Lock:
    """The pins and the finished sets of one folder. [main]"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.files: dict[str, Pin] = {}
        self.sets: dict[str, Made] = {}
        if self.path.exists():
            self._read()

    def pin(self, key: str, sha256: str, size_bytes: int, source: str) -> None:
        """Remember a file that was found good. [main]"""
        self.files[key] = Pin(sha256, size_bytes, source, today())
        self._write()

    def finish(self, name: str, recipe: int, recordings: int, left_out: tuple[str, ...]) -> None:
        """Remember that a set stands in its places. [main]"""
        self.sets[name] = Made(recipe, recordings, left_out, today())
        self._write()

    def unfinish(self, name: str) -> None:
        """Its places are about to change: until they have, it counts as not there. [main]"""
        if self.sets.pop(name, None) is not None:
            self._write()

    def _read(self) -> None:
        data = read_whole(self.path, _MOST_BYTES, FileError)
        try:
            plain = json.loads(data)
            if plain["format"] != FORMAT:
                raise ValueError(plain["format"])
            self.files = {str(key): _pin(value) for key, value in plain["files"].items()}
            self.sets = {str(key): _made(value) for key, value in plain["sets"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FileError(
                f"'{self.path}' is damaged, or of another version.",
                f"Put it away, and what is there is checked anew: mv '{self.path}' '{self.path}.old'",
            ) from error

    def _write(self) -> None:
        plain = {
            "format": FORMAT,
            "files": {key: asdict(pin) for key, pin in sorted(self.files.items())},
            "sets": {key: asdict(made) for key, made in sorted(self.sets.items())},
        }
        text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
        write_whole(self.path, text.encode(), FileError)


def today() -> str:
    """The date, as it stands in the lock. [any]"""
    return datetime.now(timezone.utc).date().isoformat()


def digests(path: Path) -> tuple[str, str]:
    """SHA-256 and MD5 of a file, read once. [main]"""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                sha256.update(piece)
                md5.update(piece)
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror}.", "Check the disk.") from error
    return sha256.hexdigest(), md5.hexdigest()


def _pin(value: dict[str, Any]) -> Pin:
    return Pin(str(value["sha256"]), int(value["bytes"]), str(value["source"]), str(value["on"]))


def _made(value: dict[str, Any]) -> Made:
    left_out = tuple(str(each) for each in value["left_out"])
    return Made(int(value["recipe"]), int(value["recordings"]), left_out, str(value["on"]))
