"""A WAV file that is whole at every moment: whatever kills the program, what was written can be played.

What flows in: mono samples. What flows out: a file of 24 bits whose header tells, after every `flush`, how much is in
it. Past 4 GB, which is eight hours, it turns into an RF64 (EBU Tech 3306) in place: room for that is kept in the
header from the start. Written on a thread that may wait for the disk.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from score.errors import AudioFileError

_BYTES = 3  # a sample
_HEADER_BYTES = 80
_FULL = (1 << 23) - 1
_MOST_BYTES = (1 << 32) - 1 - _HEADER_BYTES
_SILENCE_AT_ONCE = 1 << 16


class GrowingWav:
    """A mono recording in the making, 24 bits a sample. [worker]"""

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, round(rate)
        self.frames = 0
        """Those that are in the file; a crash leaves at least those of the last flush."""
        try:
            self._file = path.open("xb", buffering=0)
            self._file.write(self._header())
        except OSError as error:
            raise self._not_written(error) from error

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append (frames,); what is louder than full scale is cut off, and what is no number is silence. [worker]"""
        clean = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        whole = np.round(np.clip(clean, -1.0, 1.0) * _FULL).astype("<i4")
        try:
            self._write_all(whole.view(np.uint8).reshape(-1, 4)[:, :_BYTES].tobytes())
        except OSError as error:
            raise self._not_written(error) from error
        self.frames += len(samples)

    def write_silence(self, frames: int) -> None:
        """Append nothing heard, for so long. [worker]"""
        while frames > 0:
            part = min(frames, _SILENCE_AT_ONCE)
            self.write(np.zeros(part, np.float32))
            frames -= part

    def flush(self) -> None:
        """Make the header true, and the disk have it. [worker]"""
        try:
            end = self._file.tell()
            self._file.seek(0)
            self._write_all(self._header())
            self._file.seek(end)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._not_written(error) from error

    def close(self) -> None:
        """Finish the file. [worker]"""
        if self._file.closed:
            return
        try:
            if self.frames * _BYTES % 2:
                self._write_all(b"\0")  # chunks are of even length; this byte is none of the data
            self.flush()
        finally:
            self._file.close()

    def _header(self) -> bytes:
        data = self.frames * _BYTES
        large = data > _MOST_BYTES
        riff = data + data % 2 + _HEADER_BYTES - 8
        sizes = struct.pack("<QQQI", riff, data, self.frames, 0) if large else bytes(28)
        form = struct.pack("<HHIIHH", 1, 1, self.rate, self.rate * _BYTES, _BYTES, 8 * _BYTES)
        unknown = 0xFFFFFFFF  # which is what an RF64 says here: the true sizes stand in ds64
        return b"".join(
            (
                struct.pack("<4sI4s", b"RF64" if large else b"RIFF", unknown if large else riff, b"WAVE"),
                struct.pack("<4sI", b"ds64" if large else b"JUNK", len(sizes)) + sizes,
                struct.pack("<4sI", b"fmt ", len(form)) + form,
                struct.pack("<4sI", b"data", unknown if large else data),
            )
        )

    def _write_all(self, data: bytes) -> None:
        """An unbuffered file may take a part at a time."""
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def _not_written(self, error: OSError) -> AudioFileError:
        return AudioFileError(f"'{self.path}' cannot be written: {error.strerror}.", "Is the disk full?")
