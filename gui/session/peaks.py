"""The outline of a recording: how low and how high it goes, block by block, coarse and fine.

A sound file in, two small arrays out, and a copy of them beside the file, which is believed as long as it fits. Safe on
any thread, and meant for one of its own: an hour takes some seconds the first time. [worker]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.client import SoundReader
from score.atomic import read_whole, write_whole
from score.errors import AudioFileError, FileError

BLOCK_FRAMES = 256
ENDING = ".peaks"
_STEP = 4
_FEWEST_BLOCKS = 512
_PIECE_FRAMES = BLOCK_FRAMES * 1024
_LARGEST_BYTES = 256 << 20
_FULL = 32767.0
_HEAD = np.dtype([("magic", "<u8"), ("rate", "<f8"), ("frames", "<i8"), ("size", "<i8"), ("changed_ns", "<i8")])
_MAGIC = int.from_bytes(b"vocello1", "little")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Zoom:
    """The extremes of blocks of one length. [any]"""

    low: Floats
    high: Floats
    blocks_per_second: float


@dataclass(frozen=True)
class Peaks:
    """A recording as one sees it. [any]"""

    low: Floats
    high: Floats
    rate: float
    frames: int

    @cached_property
    def zooms(self) -> tuple[Zoom, ...]:
        """From the finest on, each four times as coarse as the one before. [any]"""
        per_second = self.rate / BLOCK_FRAMES
        made = [Zoom(self.low, self.high, per_second)]
        while len(made[-1].low) > _FEWEST_BLOCKS:
            last = made[-1]
            starts = np.arange(0, len(last.low), _STEP)
            low, high = np.minimum.reduceat(last.low, starts), np.maximum.reduceat(last.high, starts)
            made.append(Zoom(low, high, last.blocks_per_second / _STEP))
        return tuple(made)

    def zoom(self, seconds_per_px: float) -> Zoom:
        """The coarsest that still has a block for each pixel. [any]"""
        fit = [each for each in self.zooms if each.blocks_per_second * seconds_per_px >= 1.0]
        return fit[-1] if fit else self.zooms[0]


class Outline:
    """Sees samples pass and keeps their extremes. [worker]"""

    def __init__(self) -> None:
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._rest: Floats = np.zeros(0, np.float32)
        self._frames = 0

    def add(self, samples: Floats) -> None:
        """Some more of one channel. [worker]"""
        self._frames += len(samples)
        waiting = np.concatenate([self._rest, samples])
        whole = len(waiting) // BLOCK_FRAMES * BLOCK_FRAMES
        self._keep(waiting[:whole])
        self._rest = waiting[whole:]

    def peaks(self, rate: float) -> Peaks:
        """All that passed. [worker]"""
        if len(self._rest):
            self._keep(np.pad(self._rest, (0, BLOCK_FRAMES - len(self._rest)), mode="edge"))
            self._rest = self._rest[:0]
        nothing = np.zeros(0, np.float32)
        return Peaks(np.concatenate([nothing, *self._low]), np.concatenate([nothing, *self._high]), rate, self._frames)

    def _keep(self, whole: Floats) -> None:
        blocks = whole.reshape(-1, BLOCK_FRAMES)
        self._low.append(_rounded(blocks.min(axis=1), np.floor))
        self._high.append(_rounded(blocks.max(axis=1), np.ceil))


def peaks_of(sound: Path, goes_on: Callable[[], bool] = lambda: True) -> Peaks:
    """The outline of a sound file, from beside it if it is there; AudioFileError where the sound cannot be read.

    `goes_on` is asked now and then: when it says no, what was seen so far is given and not kept. [worker]
    """
    kept = kept_peaks(sound)
    if kept is not None:
        return kept
    reader = SoundReader(sound)
    outline = Outline()
    try:
        left = reader.frames
        while left > 0 and goes_on():
            samples = reader.read(_PIECE_FRAMES)
            if not len(samples):
                break
            outline.add(np.ascontiguousarray(samples.mean(axis=1, dtype=np.float32)))
            left -= len(samples)
    finally:
        reader.close()
    made = outline.peaks(reader.rate)
    if left <= 0:
        keep_peaks(sound, made)
    return made


def keep_peaks(sound: Path, peaks: Peaks) -> None:
    """Lay an outline beside its sound; where that cannot be done, it is made anew each time. [worker]"""
    try:
        about = sound.stat()
        head = np.array([(_MAGIC, peaks.rate, peaks.frames, about.st_size, about.st_mtime_ns)], _HEAD)
        both = np.rint(np.stack([peaks.low, peaks.high]) * _FULL).astype("<i2")
        write_whole(sound.with_suffix(ENDING), head.tobytes() + both.tobytes(), FileError)
    except (OSError, FileError):
        return


def kept_peaks(sound: Path) -> Peaks | None:
    """The outline that lies beside a sound, if it is of the very file that is there now. [any]"""
    try:
        about = sound.stat()
        said = read_whole(sound.with_suffix(ENDING), _LARGEST_BYTES, AudioFileError)
    except (OSError, FileError):
        return None
    if len(said) < _HEAD.itemsize:
        return None
    head = np.frombuffer(said, _HEAD, 1)[0]
    blocks = -(-int(head["frames"]) // BLOCK_FRAMES)
    is_of_it = (head["magic"], head["size"], head["changed_ns"]) == (_MAGIC, about.st_size, about.st_mtime_ns)
    if not is_of_it or head["frames"] < 0 or len(said) != _HEAD.itemsize + 4 * blocks:
        return None
    both = np.frombuffer(said, "<i2", 2 * blocks, _HEAD.itemsize).reshape(2, blocks).astype(np.float32) / _FULL
    return Peaks(both[0], both[1], float(head["rate"]), int(head["frames"]))


def _rounded(values: Floats, outwards: Callable[[Floats], Floats]) -> Floats:
    """To what 16 bits can say, never inwards: the copy on the disk is the same to the bit."""
    return (np.clip(outwards(values * _FULL), -_FULL, _FULL) / _FULL).astype(np.float32)
