"""A tape: what the microphone brought, on disk, each frame where the engine counted it.

Samples in, at their frames; samples out, from any frame to any other. A folder holds streams, one for each clock that
an engine counted by; a stream is a folder of segments, files of some seconds that are named by their first frame and
hold bare 32-bit floats. Whatever kills the process that writes, what was written can be read. NaN stands where a frame
is missing, since none ever comes in. Old segments go; those that somebody holds stay. [worker]
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from score.atomic import read_whole, write_whole
from score.errors import AudioFileError

KEPT_S = 600.0
SEGMENT_S = 10.0
SAMPLE = np.dtype("<f4")
_SEGMENT, _HOLD, _ABOUT = ".f32", ".hold", "stream.json"
_LARGEST_WORDS = 1 << 16
_FORGOTTEN_AFTER_S = 30 * 86_400.0
"""A hold whose owner's file is gone may only be on a disk that is not plugged in; after so long it is believed."""
_numbers = count(1)


@dataclass(frozen=True)
class TapeStream:
    """One run of frames on a tape, for reading; it may still grow. [any]"""

    path: Path
    rate: float

    @classmethod
    def open(cls, path: Path) -> TapeStream:
        """The stream in this folder; AudioFileError where there is none. [any]"""
        try:
            rate = float(json.loads(read_whole(path / _ABOUT, _LARGEST_WORDS, AudioFileError))["rate"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise AudioFileError(f"'{path}' is no tape.", "Name the folder of a stream.") from wrong
        return cls(path, rate)

    def reach(self) -> tuple[int, int]:
        """Its first frame, and the one behind its last; (0, 0) of an empty one. [any]"""
        segments = segments_of(self.path)
        return (segments[0].first, max(each.end for each in segments)) if segments else (0, 0)

    def read(self, first: int, end: int, among: Sequence[Segment] | None = None) -> npt.NDArray[np.float32]:
        """The frames from `first` to before `end`; NaN for those that it does not have. Who reads much of it piece by
        piece lists the segments once. [any]"""
        samples = np.full(max(0, end - first), np.nan, np.float32)
        for segment in segments_of(self.path) if among is None else among:
            start, stop = max(first, segment.first), min(end, segment.end)
            if start >= stop:
                continue
            skip = (start - segment.first) * SAMPLE.itemsize
            with suppress(OSError):  # just now it became too old
                found = np.fromfile(segment.path, SAMPLE, stop - start, offset=skip)
                samples[start - first : start - first + len(found)] = found
        return samples


@dataclass(frozen=True)
class Segment:
    """A file of a stream: its first frame, and the one behind its last. [any]"""

    path: Path
    first: int
    end: int
    changed_s: float


def segments_of(stream: Path) -> list[Segment]:
    """The segments of a stream, in order; a frame that was half written does not count. [any]"""
    found = []
    with suppress(OSError), os.scandir(stream) as entries:
        for entry in entries:
            stem, ending = os.path.splitext(entry.name)
            if ending == _SEGMENT and stem.isdecimal():
                with suppress(OSError):
                    about = entry.stat()
                    first, frames = int(stem), about.st_size // SAMPLE.itemsize
                    found.append(Segment(Path(entry.path), first, first + frames, about.st_mtime))
    return sorted(found, key=lambda each: each.first)


def begin_stream(folder: Path, rate: float) -> Path:
    """A folder for the frames of a new clock. [worker]"""
    name = f"{time.strftime('%Y-%m-%d %H.%M.%S')} {os.getpid()}.{next(_numbers)}"
    path = folder / name
    try:
        path.mkdir(parents=True)
        write_whole(path / _ABOUT, json.dumps({"rate": rate}).encode(), AudioFileError)
    except OSError as fault:
        raise AudioFileError(f"'{path}' cannot be made: {fault.strerror}.", "Name another folder.") from fault
    return path


def segment_path(stream: Path, first: int) -> Path:
    """Where the segment stands that begins with a frame. [any]"""
    return stream / f"{first:015}{_SEGMENT}"


# What stays


def hold_tape(stream: Path, name: str, from_frame: int, owner: Path) -> None:
    """Keep all from a frame on, however old it becomes, until `let_tape_go`, or as long as the owner's file is there.

    It is a file beside the segments, so that it outlives whoever holds. [any]
    """
    said = json.dumps({"from_frame": from_frame, "owner": str(owner)})
    write_whole(stream / f"{name}{_HOLD}", said.encode(), AudioFileError)


def let_tape_go(stream: Path, name: str) -> None:
    """What was held may go, as soon as it is too old. [any]"""
    with suppress(OSError):
        (stream / f"{name}{_HOLD}").unlink()


def prune(folder: Path, growing: Path | None = None, frame: int = 0, rate: float = 1.0, kept_s: float = KEPT_S) -> None:
    """Forget what is too old and held by nobody: of the stream that grows by its frames, of others by the clock on the
    wall. [worker]"""
    for stream in _streams(folder):
        held = _held_from(stream)
        left = 0
        for segment in segments_of(stream):
            if stream == growing:
                is_old = segment.end < frame - kept_s * rate
            else:
                is_old = segment.changed_s < time.time() - kept_s
            if is_old and (held is None or segment.end <= held):
                with suppress(OSError):
                    segment.path.unlink()
            else:
                left += 1
        if not left and stream != growing and held is None and _is_old(stream / _ABOUT, kept_s):
            with suppress(OSError):
                (stream / _ABOUT).unlink()
                stream.rmdir()


def _streams(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if (path / _ABOUT).is_file()]
    except OSError:
        return []


def _held_from(stream: Path) -> int | None:
    """The first frame that somebody still needs."""
    held = []
    for path in stream.glob(f"*{_HOLD}"):
        try:
            said = json.loads(read_whole(path, _LARGEST_WORDS, AudioFileError))
            owner, from_frame = Path(said["owner"]), int(said["from_frame"])
        except (AudioFileError, ValueError, KeyError, TypeError):
            owner, from_frame = path, 0  # rather too much is kept than what somebody counts on is lost
        if owner == path or owner.exists() or not _is_old(path, _FORGOTTEN_AFTER_S):
            held.append(from_frame)
        else:
            path.unlink(missing_ok=True)
    return min(held) if held else None


def _is_old(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime < time.time() - seconds
    except OSError:
        return True
