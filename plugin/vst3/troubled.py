"""The list of plugins that went wrong too often: kept in a file, so that the next start says why, and can be told to
forget it.

What flows in: a plugin and what it did. What flows out: sentences. A list that cannot be read is an empty one: it must
never be what keeps the rack from playing. [main]
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_data_path

from score.atomic import read_whole, write_whole
from score.errors import FileError

_VERSION = 1
_BYTES_AT_MOST = 4 << 20


@dataclass(frozen=True)
class Trouble:
    """One plugin on the list. [any]"""

    path: str
    name: str
    why: str
    when: str


class TroubleList:
    """Which plugins are no longer started, and why. [main]"""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file if file is not None else user_data_path("vocello") / "troubled_plugins.json"

    def entries(self) -> list[Trouble]:
        """All of them, oldest first. [main]"""
        found = []
        with suppress(FileError, ValueError, TypeError, KeyError, AttributeError):
            kept = json.loads(read_whole(self.file, _BYTES_AT_MOST, FileError)) if self.file.exists() else {}
            for each in kept.get("plugins", []):
                found.append(Trouble(*(str(each[key]) for key in ("path", "name", "why", "when"))))
        return found

    def find(self, path: Path, name: str = "") -> Trouble | None:
        """What is known against a plugin; the newest. [main]"""
        for each in reversed(self.entries()):
            if each.path == str(path) and (not name or each.name == name):
                return each
        return None

    def add(self, path: Path, name: str, why: str) -> None:
        """Put a plugin on the list; a second entry replaces the first. [main]"""
        rest = [each for each in self.entries() if (each.path, each.name) != (str(path), name)]
        self._write([*rest, Trouble(str(path), name, why, time.strftime("%Y-%m-%d %H:%M"))])

    def forget(self, text: str) -> list[Trouble]:
        """Take plugins of this name, or at this path, off the list; those that were on it. [main]"""
        wanted = text.casefold()
        gone = [each for each in self.entries() if wanted in (each.name.casefold(), each.path.casefold())]
        if gone:
            self._write([each for each in self.entries() if each not in gone])
        return gone

    def _write(self, entries: list[Trouble]) -> None:
        data = {"version": _VERSION, "plugins": [asdict(each) for each in entries]}
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.file, json.dumps(data, indent=1, ensure_ascii=False).encode(), FileError)
