"""ALSA keeps quiet: it reports by its return codes alone, and not on the user's terminal. [main]"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from numba import cfunc


@lru_cache(maxsize=1)
def quiet_alsa() -> None:
    """Let the ALSA that rtmidi has loaded say nothing from now on. [main]"""
    path = _loaded_library("libasound")
    if path is not None:
        library: Any = ctypes.CDLL(path)
        library.snd_lib_error_set_handler.argtypes = [ctypes.c_void_p]
        library.snd_lib_error_set_handler(_say_nothing.address)


def _loaded_library(name: str) -> str | None:
    """The file of a library that this process has loaded; wheels bring theirs under other names."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return None
    paths = (line.split(None, 5)[-1] for line in lines)
    return next((path for path in paths if Path(path).name.startswith(name)), None)


@cfunc("void(uintp, intc, uintp, intc, uintp)", cache=True)
def _say_nothing(_file: int, _line: int, _function: int, _error: int, _text: int) -> None:
    pass
