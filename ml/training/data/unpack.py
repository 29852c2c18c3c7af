"""ZIP archives from strangers: only what is wanted, only below the folder that was named, and never without end.

What flows in: an archive and which of its members are wanted. What flows out: files, under the names they have in
there. A member that points elsewhere, is a link, is locked or unfolds into far more than it should is an error: an
archive that holds one is not what its authors published. [main]
"""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ml.training.data.download import SPARE_BYTES, disk_fault
from score.errors import FileError

MOST_MEMBERS = 50_000
MOST_BYTES = 8_000_000_000
MOST_TIMES = 100  # as large as the archive, all in all; sound shrinks to a third, text to a tenth
_PIECE_BYTES = 1 << 20


def unpack(archive: Path, to: Path, is_wanted: Callable[[str], bool]) -> list[Path]:
    """Unpack the wanted members below a folder, and say which files came of them. [main]"""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _checked(archive, opened, is_wanted)
            return [_unpack_one(opened, member, to) for member in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileError(
            f"'{archive}' is damaged, or no ZIP archive.", f"Delete it and fetch it again: rm '{archive}'"
        ) from error


def _checked(archive: Path, opened: zipfile.ZipFile, is_wanted: Callable[[str], bool]) -> list[zipfile.ZipInfo]:
    members = opened.infolist()
    if len(members) > MOST_MEMBERS:
        raise _strange(archive, f"it holds {len(members)} files")
    wanted = [member for member in members if not member.is_dir() and is_wanted(member.filename)]
    for member in wanted:
        if fault := _fault_of(member):
            raise _strange(archive, f"{member.filename!r} {fault}")
    if len({member.filename for member in wanted}) < len(wanted):
        raise _strange(archive, "a name stands in it twice")
    total = sum(member.file_size for member in wanted)
    if total > min(MOST_BYTES, MOST_TIMES * archive.stat().st_size):
        raise _strange(archive, f"it would unfold into {total / 1e6:.0f} MB")
    free = shutil.disk_usage(archive.parent).free
    if free < total + SPARE_BYTES:
        raise FileError(
            f"'{archive.parent}' has {free / 1e6:.0f} MB free; unpacking '{archive.name}' needs "
            f"{(total + SPARE_BYTES) / 1e6:.0f} MB.",
            "Make room, or name a folder on another disk: --to FOLDER",
        )
    return wanted


def _fault_of(member: zipfile.ZipInfo) -> str:
    """Why a member must not be unpacked; nothing if it may be."""
    name = member.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ":" in name or any(part == ".." for part in parts) or not parts:
        return "points out of the folder"
    if any(ord(letter) < 32 for letter in name):
        return "has a name that is none"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link, or no file"
    if member.flag_bits & 1:
        return "is locked with a password"
    return ""


def _unpack_one(opened: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path) -> Path:
    path = to.joinpath(*PurePosixPath(member.filename).parts)
    left = member.file_size
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(member) as source, path.open("wb") as file:
            while piece := source.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise zipfile.BadZipFile(f"{member.filename} is longer than it says")
                file.write(piece)
    except OSError as error:
        raise disk_fault(path, error) from error
    if left:
        raise zipfile.BadZipFile(f"{member.filename} is shorter than it says")
    return path


def _strange(archive: Path, why: str) -> FileError:
    return FileError(f"'{archive}' is not unpacked: {why}.", "It is not what was published: fetch it from elsewhere.")
