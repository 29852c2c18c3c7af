"""Where compiled code is kept between runs, so that a warm start compiles nothing.

What flows in: the sources of every room that compiles. What flows out: a folder named after them, given to numba
before the first function is decorated. numba's own cache looks at the file a function stands in and not at the
helpers it calls from other files; with the sources' fingerprint in the folder's name an edit anywhere makes a fresh
folder, and never an old sound.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

from platformdirs import user_cache_path

_ROOMS = ("realtime", "ml", "plugin")
_KEPT = 4
_STALE_AFTER_S = 24 * 3600


def keep_code() -> None:
    """Point numba at the folder of exactly this code, unless NUMBA_CACHE_DIR says otherwise. [main]"""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        _forget_old(folder.parent)
    except OSError:
        return  # a home that cannot be written to: numba finds a place of its own, or compiles each time
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)


def cache_folder() -> Path:
    """The folder that holds the machine code of this version of the sources. [main]"""
    return user_cache_path("vocello") / "code" / _fingerprint()


def is_warm() -> bool:
    """Whether an earlier run left its callback here; if not, the user is told what takes so long. [main]"""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())
    return any(folder.glob("**/callback.*.nbi"))


def _fingerprint() -> str:
    seen = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            seen.update(path.relative_to(root).as_posix().encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()[:16]


def _forget_old(parent: Path) -> None:
    """Old versions go, but the newest few and whatever ran today stay: two checkouts may live side by side."""
    folders = sorted(parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for folder in folders[_KEPT:]:
        if time.time() - folder.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)
