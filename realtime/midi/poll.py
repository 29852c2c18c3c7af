"""A sleep of a millisecond that is one, on every system; for the threads that read MIDI or send its clock.

What flows in and out: nothing but time. Windows sleeps in steps of 15 ms unless somebody asks for a finer
clock, which one would hear as notes that stumble.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fine_timer() -> Iterator[None]:
    """While inside, a short sleep is short. [midi]"""
    if sys.platform == "win32":
        ctypes.windll.winmm.timeBeginPeriod(1)
    try:
        yield
    finally:
        if sys.platform == "win32":
            ctypes.windll.winmm.timeEndPeriod(1)
