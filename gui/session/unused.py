"""Recordings in a session's folder that nothing needs any more: which they are, and how to be rid of them.

The takes that are needed in, by their stems; groups of files out. A recording is known by its notes: what somebody
else laid into the folder has none beside it, and is left alone. [gui]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gui.session import peaks, refined, take_notes
from gui.session.folder import TAKES

SOUND = ".flac"
_ENDINGS = (SOUND, peaks.ENDING, refined.ENDING, take_notes.ENDING)
"""In the order in which they go: while the notes are there, what is left can still be found."""


@dataclass(frozen=True)
class Unused:
    """One recording: its sound, and what lies beside it. [any]"""

    stem: str
    files: tuple[Path, ...]

    @property
    def written(self) -> bytes:
        """Its file as a journal names it. [any]"""
        return json.dumps(f"{TAKES}/{self.stem}{SOUND}").encode()

    @property
    def size_bytes(self) -> int:
        """What its going would give back: a file that another folder has too gives nothing. [any]"""
        return sum(map(_size_bytes, self.files))

    def remove(self) -> int:
        """Take it away for good; how many bytes that gave back. [gui]"""
        freed = 0
        for path in self.files:
            with suppress(OSError):
                size = _size_bytes(path)
                path.unlink()
                freed += size
        return freed


def unused_in(folder: Path, needed: Set[str]) -> tuple[Unused, ...]:
    """All recordings of a session but those of these stems. [any]"""
    notes = (folder / TAKES).glob(f"*{take_notes.ENDING}")
    stems = sorted(path.stem for path in notes if path.is_file() and path.stem not in needed)
    return tuple(Unused(stem, tuple(_files_of(folder / TAKES / stem))) for stem in stems)


def _files_of(stem: Path) -> Iterable[Path]:
    beside = (stem.with_name(stem.name + ending) for ending in _ENDINGS)
    return (path for path in beside if path.is_file())


def _size_bytes(path: Path) -> int:
    try:
        about = path.stat()
    except OSError:
        return 0
    return about.st_size if about.st_nlink <= 1 else 0
