"""Files as users write them, good and bad, for tests.

What flows in: the lines of a kernel's body, or of a whole file. What flows out: a file.
"""

from __future__ import annotations

from pathlib import Path

from plugin.python.proof import Proof
from plugin.python.report import Report
from plugin.python.source import read_source

HEAD = """\
import numpy as np
from numba import njit
from vocello.dsp import GLIDE, Knob, compiled, glide, kernel, tame
STATE = np.dtype([("gain", GLIDE), ("last", "f8"), ("at", "i8"), ("line", "f4", (64,))], align=True)
"""
KERNEL = """
@kernel(STATE, Knob("gain", 0.0, 1.0, 0.5))
def sound(s, x, y, frames):
"""
GOOD = "    for n in range(frames):\n        y[n] = tame(x[n]) * glide(s.gain)\n"


def text(body: str = GOOD, *, before: str = "", kernel: str = KERNEL) -> str:
    """A file with this body, or with these lines before the kernel."""
    return HEAD + before + kernel + body


def save(path: Path, written: str) -> Path:
    """Save as an editor does: another file, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    other = path.with_suffix(".saving")
    other.write_text(written, encoding="utf-8")
    other.replace(path)
    return path


def tried(path: Path) -> Report:
    """What the trial of a file says."""
    return Proof(read_source(path)).wait()
