"""Which sessions were open lately, the last first.

Paths in, a list out, kept among the user's data. It is a convenience: where it cannot be read or written, it is empty,
and nothing else fails. [gui]
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gui.session.folder import SESSION_FILE, sessions_path
from score.atomic import read_whole, write_whole
from score.checked import plain, read
from score.errors import FileError, SessionError

MOST = 20
_FILE = "recent.json"
_LARGEST_BYTES = 1 << 20


@dataclass(frozen=True)
class Recent:
    """A session that was open: where it is, and what it is called. [any]"""

    path: str
    name: str


def recent(home: Path | None = None) -> tuple[Recent, ...]:
    """Those that are still there. [gui]"""
    return tuple(each for each in _kept(home) if (Path(each.path) / SESSION_FILE).exists())


def remember(path: Path, name: str, home: Path | None = None) -> None:
    """Put a session first. [gui]"""
    this = Recent(str(path.resolve()), name)
    _keep((this, *(each for each in _kept(home) if each.path != this.path))[:MOST], home)


def forget(path: Path, home: Path | None = None) -> None:
    """Take a session out of the list; its folder stays. [gui]"""
    _keep(tuple(each for each in _kept(home) if each.path != str(path.resolve())), home)


def _kept(home: Path | None) -> tuple[Recent, ...]:
    try:
        said = json.loads(read_whole(sessions_path(home) / _FILE, _LARGEST_BYTES, SessionError))
        kept: tuple[Recent, ...] = read(tuple[Recent, ...], said, "recent", SessionError)
    except (FileError, ValueError, RecursionError):
        return ()
    return kept


def _keep(several: tuple[Recent, ...], home: Path | None) -> None:
    with suppress(FileError, OSError):
        sessions_path(home).mkdir(parents=True, exist_ok=True)
        write_whole(sessions_path(home) / _FILE, json.dumps(plain(several), indent=2).encode("ascii"), SessionError)
