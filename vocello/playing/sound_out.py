"""A sound file that is being rendered: WAV or FLAC, 16 bits, 24 bits or float, under its own name only when whole.

What flows in: float32 (frames, 2). What flows out: the file. Sixteen bits are dithered (two steps wide and triangular:
S. Lipshitz et al., "Quantization and dither", JAES 40(5), 1992), or the end of each note would crackle; digital
silence stays silent. The dither's chance is frozen: the same sound gives the same file. [main]
"""

from __future__ import annotations

import glob
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.device.sound_file import WRITABLE, SoundWriter
from score.errors import UsageError

FORMATS = {"16": 16, "24": 24, "float": 32}
ENDINGS = tuple(WRITABLE)
LOWEST_HZ, HIGHEST_HZ = 44_100, 96_000
_SEED = 16
_STEPS = 32_767.0  # from nought to full scale


def checked(path: Path, rate: int, bits: str) -> int:
    """How many bits a file of this name gets that is rendered at a rate, or why it cannot be. [any]"""
    if not LOWEST_HZ <= rate <= HIGHEST_HZ:
        raise UsageError(f"{rate} Hz is not rendered.", f"Ask for {LOWEST_HZ} to {HIGHEST_HZ}: --rate 48000")
    return depth(path, bits)


def depth(path: Path, bits: str) -> int:
    """How many bits a file of this name gets, or why it cannot be written. [any]"""
    if bits not in FORMATS:
        raise UsageError(f"there are no samples of '{bits}'.", f"There are: {', '.join(FORMATS)}.")
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"'{path}' has no ending that can be written.", f"End it in {' or '.join(ENDINGS)}.")
    if path.suffix.lower() == ".flac" and bits == "float":
        raise UsageError("FLAC holds no floats.", "Ask for --bits 24, or end the name in .wav.")
    return FORMATS[bits]


class SoundOut:
    """One file in the making. [main]"""

    def __init__(self, path: Path, rate: int, bits: int) -> None:
        self._writer = SoundWriter(path, rate, 2, bits)
        self._dither = np.random.default_rng(_SEED) if bits == FORMATS["16"] else None

    @property
    def path(self) -> Path:
        """What it will be called. [main]"""
        return self._writer.path

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append (frames, 2). [main]"""
        if self._dither is not None and samples.any():
            drawn = self._dither.random((2, *samples.shape), np.float32)
            samples = np.where(samples != 0.0, samples + (drawn[0] - drawn[1]) / np.float32(_STEPS), samples)
        self._writer.write(samples)

    def close(self) -> None:
        """Finish it, and put it in its place in one step. [main]"""
        self._writer.close()

    def abandon(self) -> None:
        """Leave what stood under the name. [main]"""
        self._writer.abandon()


def sweep(path: Path) -> None:
    """Remove what a crash left of a file in the making; only where nobody else makes it. [main]"""
    for left in path.parent.glob(f".{glob.escape(path.stem)}-????????{path.suffix}"):
        left.unlink(missing_ok=True)
