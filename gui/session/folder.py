"""A session as a folder: `session.json`, `journal.jsonl` until it is saved, `clips/*.mid` as copies, `takes/`.

Paths and states in, files out. A folder that is open is locked. A session that has no name yet lives in a folder of its
own among the user's data, so that what was sung before anybody thought of saving is kept as safely as all else. [gui]
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from gui.session.lock import LOCK_FILE, Lock, is_open
from gui.session.text import LARGEST_BYTES, Saved, from_bytes, named, to_bytes
from score.atomic import read_whole, write_whole
from score.errors import FileError, SessionError

SESSION_FILE, JOURNAL_FILE, CLIPS, TAKES = "session.json", "journal.jsonl", "clips", "takes"
MAKING = ".making"
"""How a file ends that stands beside a take while that is made."""
_UNSAVED = "unsaved"
_OWN_FILES = (SESSION_FILE, JOURNAL_FILE, LOCK_FILE)
_LONGEST_NAME = 60


class Folder:
    """A session's folder, locked for as long as it is open here. [gui]"""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock = Lock(self.path)

    @classmethod
    def open(cls, path: Path) -> Folder:
        """A folder that holds a session, or whose `session.json` is at this path. [gui]"""
        path = path.parent if path.name == SESSION_FILE else path
        if not path.is_dir():
            raise SessionError(f"There is no folder '{path}'.", "Name the folder of a session.")
        if not (path / SESSION_FILE).exists():
            raise SessionError(f"'{path}' holds no {SESSION_FILE}, so it is no session.", "Name another folder.")
        return cls(path)

    @classmethod
    def create(cls, path: Path) -> Folder:
        """A new folder, or an empty one. [gui]"""
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(each.name != LOCK_FILE for each in path.iterdir()):
                raise SessionError(f"In '{path}' there is something already.", "Name a new folder, or an empty one.")
        except OSError as fault:
            raise SessionError(f"'{path}' cannot be made: {fault.strerror}.", "Name another place.") from fault
        return cls(path)

    @property
    def session_file(self) -> Path:
        """The session itself. [gui]"""
        return self.path / SESSION_FILE

    @property
    def journal_file(self) -> Path:
        """What was done since it was saved. [gui]"""
        return self.path / JOURNAL_FILE

    def read(self) -> tuple[Saved, str]:
        """What was saved, and the hash of the file that says so. [gui]"""
        data = read_whole(self.session_file, LARGEST_BYTES, SessionError)
        try:
            return from_bytes(data), hash_of(data)
        except FileError as wrong:
            raise named(wrong, str(self.session_file)) from wrong

    def base(self) -> str:
        """The hash of the session file that is there. [gui]"""
        return hash_of(read_whole(self.session_file, LARGEST_BYTES, SessionError))

    def write(self, saved: Saved) -> str:
        """Save, whole or not at all; the hash of the file. [worker]"""
        data = to_bytes(saved)
        write_whole(self.session_file, data, SessionError)
        return hash_of(data)

    def new_take(self, name: str, ending: str = "flac") -> str:
        """A file for a recording, as a Take names it: inside the folder, and not there yet. [gui]"""
        takes = self.path / TAKES
        try:
            takes.mkdir(exist_ok=True)
        except OSError as fault:
            raise SessionError(f"'{takes}' cannot be made: {fault.strerror}.", "Make room there.") from fault
        taken = {path.name.rpartition(".")[0] for path in takes.iterdir()}  # by a take in the making as well
        number = 1
        while f"{file_name(name)} {number}" in taken:
            number += 1
        return f"{TAKES}/{file_name(name)} {number}.{ending}"

    def takes(self) -> tuple[str, ...]:
        """All recordings that lie in it, those too that an undo took out of the session. [gui]"""
        found = (path for path in (self.path / TAKES).rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(self.path).as_posix() for path in found))

    def bring(self, takes: tuple[str, ...], here: Path) -> None:
        """Have recordings of another folder here too; they never change, so one file may bear two names. [gui]"""
        for take in takes:
            source, target = here / take, self.path / take
            if not source.is_file() or target.exists():
                continue
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    os.link(source, target)
                except OSError:
                    shutil.copy2(source, target)
            except OSError as fault:
                raise SessionError(f"'{source}' cannot be copied to '{target}': {fault.strerror}.") from fault

    def close(self) -> None:
        """Let others open it. [gui]"""
        self._lock.release()

    def leave(self, copied: tuple[str, ...] = ()) -> None:
        """Close it and take it away, but for what is in it beside a session and the files that were copied. [gui]"""
        for name in (*copied, *_OWN_FILES):
            if name != LOCK_FILE:
                with suppress(OSError):
                    (self.path / name).unlink()
        self.close()
        with suppress(OSError):
            (self.path / LOCK_FILE).unlink()
        for folder in (self.path / CLIPS, self.path / TAKES, self.path):
            with suppress(OSError):
                folder.rmdir()


def sessions_path(home: Path | None = None) -> Path:
    """Where sessions live that have no place of their own. [any]"""
    return (home if home is not None else user_data_path("vocello")) / "sessions"


def tape_path(home: Path | None = None) -> Path:
    """Where the engine keeps the sound of the last ten minutes, for takes that are still to be made of it. [any]"""
    return (home if home is not None else user_data_path("vocello")) / "tape"


def create_unsaved(home: Path | None = None) -> Folder:
    """A folder for a session that nobody has named yet. [gui]"""
    stem = f"{_UNSAVED} {time.strftime('%Y-%m-%d %H.%M.%S')}"
    path, number = sessions_path(home) / stem, 1
    while path.exists():
        number += 1
        path = sessions_path(home) / f"{stem} ({number})"
    return Folder.create(path)


def is_unsaved(path: Path, home: Path | None = None) -> bool:
    """Whether this is such a folder. [any]"""
    return path.name.startswith(f"{_UNSAVED} ") and path.resolve().parent == sessions_path(home).resolve()


def left_unsaved(home: Path | None = None) -> list[Path]:
    """Sessions that were never named and are open nowhere, the newest first: after a crash they are here. [gui]"""
    try:
        found = [path for path in sessions_path(home).iterdir() if is_unsaved(path, home)]
    except OSError:
        return []
    return sorted((path for path in found if (path / SESSION_FILE).exists() and not is_open(path)), reverse=True)


def file_name(name: str) -> str:
    """A name as every system takes it for a file. [any]"""
    safe = " ".join(re.sub(r'[\x00-\x1f<>:"/\\|?*\x7f\ud800-\udfff]', " ", name).split())
    safe = safe.strip(" .")[:_LONGEST_NAME].strip(" .")
    return safe or "untitled"


def hash_of(data: bytes) -> str:
    """What a journal calls the session file that it goes on from. [any]"""
    return hashlib.sha256(data).hexdigest()
