"""Which files are plugins at all: looked at from outside, before any of them is opened by a host.

What flows in: a path, from a hand or from a rack file of anybody's. What flows out: a path that is a plugin's bundle,
or a RackError; nothing is executed to find out. [main]
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from score.errors import RackError

_MAGIC = {
    "linux": (b"\x7fELF",),
    "darwin": (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"),
    "win32": (b"MZ",),
}
_NEEDED = (
    "Name a .vst3 bundle" + (" or a .component" if sys.platform == "darwin" else "") + "; see: vocello plugins list"
)
SUFFIXES = (".vst3", ".component") if sys.platform == "darwin" else (".vst3",)


def accepted(path: Path | str) -> Path:
    """The bundle at a path, in full; RackError where there is none that this system could load. [main]"""
    try:
        whole = Path(os.path.abspath(path)).resolve(strict=True)
        kind = whole.stat().st_mode
    except (OSError, RuntimeError, ValueError) as error:
        raise RackError(f"there is no plugin at '{_short(path)}'.", _NEEDED) from error
    if Path(path).suffix.lower() not in SUFFIXES or whole.suffix.lower() not in SUFFIXES:
        raise RackError(f"'{_short(path)}' is no plugin.", _NEEDED)
    if stat.S_ISDIR(kind):
        libraries = _libraries(whole)
    elif stat.S_ISREG(kind):
        libraries = [whole]
    else:
        raise RackError(f"'{_short(path)}' is neither a file nor a folder.", _NEEDED)
    if not any(_is_library(each) for each in libraries):
        raise RackError(f"'{_short(path)}' holds no plugin for this system.", _NEEDED)
    return whole


def stamp(bundle: Path) -> str:
    """What changes when a plugin is installed anew: when its machine code was written, and how long it is. [main]"""
    about = [each.stat() for each in ([bundle] if bundle.is_file() else sorted(_libraries(bundle)))]
    return " ".join(f"{each.st_mtime_ns}:{each.st_size}" for each in about)


def _libraries(bundle: Path) -> list[Path]:
    """Where in a bundle the machine code stands: Contents/SYSTEM/NAME, which links must not lead out of."""
    found = []
    try:
        for folder in (bundle / "Contents").iterdir():
            if folder.is_dir() and _is_of_this_system(folder.name):
                found += [each for each in folder.iterdir() if each.resolve().is_relative_to(bundle)]
    except (OSError, RuntimeError):
        return []
    return found


def _is_of_this_system(folder: str) -> bool:
    ending = {"linux": "-linux", "darwin": "MacOS", "win32": "-win"}.get(sys.platform, "-linux")
    return folder.endswith(ending)


def _is_library(path: Path) -> bool:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return file.read(4).startswith(_MAGIC.get(sys.platform, _MAGIC["linux"]))
    except OSError:
        return False


def _short(path: Path | str) -> str:
    return str(path)[:200]
