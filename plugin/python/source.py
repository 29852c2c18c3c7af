"""A user's file as bytes: read once, kept under its own fingerprint, and run from there and from nowhere else.

What flows in: a path. What flows out: a Source, and of that, where asked for, the Kernel that its bytes define. What
is proved and what plays are the same bytes, whatever the editor does to the file meanwhile: they are written to a
folder named after them, and Python, numba and every traceback see the file that lies there. [main]
"""

from __future__ import annotations

import hashlib
import linecache
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from platformdirs import user_cache_path

from realtime.code_cache import cache_folder
from realtime.kernel import Kernel
from score.atomic import read_whole, write_whole
from score.errors import FileError, KernelError

BYTES_AT_MOST = 256 * 1024
STATE_BYTES_AT_MOST = 64 * 1024 * 1024
_KEPT, _STALE_AFTER_S = 64, 24 * 3600
_UNFIT = re.compile(r"\W")


@dataclass(frozen=True)
class Source:
    """One version of a user's file. [any]"""

    path: Path
    data: bytes
    place: Path | None = None
    """Where it is kept, for a trial that was told so by whoever started it."""

    @property
    def name(self) -> str:
        """What a rack file calls it: `wobble.py`. [any]"""
        return self.path.name

    @cached_property
    def sha(self) -> str:
        """The fingerprint of its bytes. [any]"""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def folder(self) -> Path:
        """Where these bytes, as compiled by this program on this machine, are kept; made when asked for. [main]"""
        if self.place is not None:
            return self.place
        told = (self.sha, self.path.name, _surroundings())
        folder = _kept_files() / hashlib.sha256(repr(told).encode()).hexdigest()[:32]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def kept(self) -> Path:
        """The file that is compiled: these bytes, under the user's name for them. [main]"""
        return self.folder / self.path.name

    @property
    def code(self) -> Path:
        """The machine code that a trial proved. [main]"""
        return self.folder / "proved.o"

    @property
    def proof(self) -> Path:
        """What the trial found. [main]"""
        return self.folder / "report.json"

    def keep(self) -> Path:
        """Put the bytes where they are run from. [main]"""
        with suppress(OSError):
            os.utime(self.folder)
        try:
            if self.kept.read_bytes() == self.data:
                return self.kept
        except OSError:
            pass
        write_whole(self.kept, self.data, FileError)
        _forget_old(self.folder.parent)
        return self.kept


def read_source(path: Path) -> Source:
    """The file as it is now; FileError where there is none. [main]"""
    path = path.expanduser().absolute()
    if path.suffix != ".py":
        raise FileError(f"'{path}' is no Python file.", "Name a file that ends in .py.")
    return Source(path, read_whole(path, BYTES_AT_MOST, FileError))


def load_kernel(source: Source, variant: str = "") -> Kernel:
    """Run the file's bytes in a module of their own and give the one kernel that it defines. [main]

    Whoever calls has looked at what it imports (`reading`) and whether the user knows it (`trust`). Nothing is
    compiled yet. The module goes when the kernel does.
    """
    kept = source.keep()
    module = ModuleType(module_name(source, variant))
    module.__file__ = str(kept)
    sys.modules[module.__name__] = module  # where numba looks up what a function's globals are
    try:
        exec(compile(source.data, str(kept), "exec", dont_inherit=True), module.__dict__)
        return _only_kernel(module, source)
    finally:
        if not variant:
            del sys.modules[module.__name__]
        linecache.cache.pop(str(kept), None)


def module_name(source: Source, variant: str = "") -> str:
    """What the module is called in which a file runs. [any]"""
    return f"vocello_dsp_{_UNFIT.sub('_', source.path.stem)}_{source.sha[:16]}{variant}"


def _only_kernel(module: ModuleType, source: Source) -> Kernel:
    made = {id(each): each for each in vars(module).values() if isinstance(each, Kernel) and _is_of(each, module)}
    if len(made) != 1:
        found = ", ".join(sorted(each.name for each in made.values())) or "none"
        raise KernelError(f"'{source.name}' must define one kernel; it defines: {found}.", "Write @kernel(...) once.")
    (kernel,) = made.values()
    _refuse_wild_state(kernel.state, kernel.name)
    return kernel


def _is_of(kernel: Kernel, module: ModuleType) -> bool:
    return kernel.__dict__["_function"].__module__ == module.__name__


def _refuse_wild_state(state: np.dtype[Any], name: str) -> None:
    if state.hasobject:
        raise KernelError(
            f"the state of '{name}' holds Python objects.", 'Use numbers: "f8", "f4", "i8", arrays of them.'
        )
    if not state.names:
        raise KernelError(
            f"the state of '{name}' has no fields.", 'Give it one: np.dtype([("last", "f8")], align=True)'
        )
    if state.itemsize > STATE_BYTES_AT_MOST:
        size, most = state.itemsize / 2**20, STATE_BYTES_AT_MOST >> 20
        raise KernelError(f"the state of '{name}' takes {size:.0f} MiB.", f"Keep it within {most} MiB.")


@cache
def _surroundings() -> tuple[str, ...]:
    """All that the machine code depends on beside the file: another processor, another program, another proof."""
    chip = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return (cache_folder().name, numba.__version__, np.__version__, platform.python_version(), *chip)


def _kept_files() -> Path:
    folder = user_cache_path("vocello") / "dsp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return _for_this_run()


@cache
def _for_this_run() -> Path:
    """A home that cannot be written to: what is proved is forgotten with the process."""
    return Path(tempfile.mkdtemp(prefix="vocello-dsp-"))


def _forget_old(parent: Path) -> None:
    """The newest stay, and whatever was used today: a thousand saves in an evening are no thousand folders for ever."""
    with suppress(OSError):
        folders = sorted(parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for folder in folders[_KEPT:]:
            if time.time() - folder.stat().st_mtime > _STALE_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)
