"""Where compiled code is kept between runs, so that a warm start compiles nothing.

What flows in: the sources of every room that compiles. What flows out: a folder named after them, given to numba
before the first function is decorated. numba's own cache looks at the file a function stands in and not at the
helpers it calls from other files; with the sources' fingerprint in the folder's name an edit anywhere makes a fresh
folder, and never an old sound.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

_ROOMS = ("realtime", "ml", "plugin")
_COMPILES = re.compile(r"^\s*(from|import) numba\b|^@kernel|^@compiled", re.MULTILINE)
_IMPORT = re.compile(r"^\s*(?:from|import) ([\w.]+)(?: import (\([^)]*\)|[^\n(]*))?", re.MULTILINE)
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
    except OSError:
        return  # a home that cannot be written to: numba finds a place of its own, or compiles each time
    with suppress(OSError):  # another process tidies up at the same time
        _forget_old(folder.parent)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)


def cache_folder() -> Path:
    """The folder that holds the machine code of this version of the sources. [main]"""
    return user_cache_path("vocello") / "code" / _fingerprint()


def is_warm() -> bool:
    """Whether an earlier run left its callback here; if not, the user is told what takes so long. [main]"""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())
    return any(folder.glob("**/callback.callback-*.nbi"))


def _fingerprint() -> str:
    """Of every source that compiles, and of all that those import: a constant from there is frozen into the code."""
    root = Path(__file__).resolve().parent.parent
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for room in _ROOMS
        for path in sorted((root / room).rglob("*.py"))
    }
    reached = {name for name, text in texts.items() if _COMPILES.search(text)}
    new = set(reached)
    while new:
        modules = set()
        for name in new:
            for module, names in _IMPORT.findall(texts[name]):
                modules |= {
                    module,
                    *(f"{module}.{name.split()[0]}" for name in names.strip("()").split(",") if name.strip()),
                }
        files = {module.replace(".", "/") + ending for module in modules for ending in (".py", "/__init__.py")}
        new = (files & texts.keys()) - reached
        reached |= new
    seen = hashlib.sha256()
    for name in sorted(reached):
        seen.update(name.encode() + b"\0" + texts[name].encode())
    return seen.hexdigest()[:16]


def _forget_old(parent: Path) -> None:
    """Old versions go, but the newest few and whatever ran today stay: two checkouts may live side by side."""
    folders = sorted(parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for folder in folders[_KEPT:]:
        if time.time() - folder.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)
