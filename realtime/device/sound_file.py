"""Sound files, read and written in pieces: WAV, FLAC, OGG, AIFF and MP3 in, WAV and FLAC out.

What flows in and out: float32 (frames, channels) at the file's own rate. A file being written has another name until
it is complete, so that a crash never leaves half a file where a whole one stood. [main] [worker]
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from score.errors import AudioFileError

WRITABLE = {".wav": 32, ".flac": 24}


class SoundReader:
    """A sound file to be read from its beginning. [main] [worker]"""

    def __init__(self, path: Path) -> None:
        from pedalboard.io import AudioFile

        if not path.is_file():
            raise AudioFileError(f"there is no file '{path}'.", "Check the path.")
        try:
            self._file: Any = AudioFile(str(path))
        except (ValueError, OSError, RuntimeError) as error:
            raise AudioFileError(
                f"'{path}' is no sound file that can be read.", "Give WAV, FLAC, OGG, AIFF or MP3."
            ) from error
        self.path = path
        self.rate = float(self._file.samplerate)
        self.channels = int(self._file.num_channels)
        self.frames = int(self._file.frames)

    def read(self, frames: int) -> npt.NDArray[np.float32]:
        """(frames or fewer at the end, channels). [main] [worker]"""
        try:
            samples = self._file.read(frames)
        except (ValueError, OSError, RuntimeError) as error:
            raise AudioFileError(f"'{self.path}' is damaged: it cannot be read to its end.") from error
        return np.ascontiguousarray(samples.T, np.float32)

    def close(self) -> None:
        """Let go of the file. [main] [worker]"""
        self._file.close()


class SoundWriter:
    """A sound file in the making; it appears under its name when closed. [main] [worker]"""

    def __init__(self, path: Path, rate: float, channels: int, bits: int | None = None) -> None:
        """`bits` are 16, 24 or, for WAV, 32, which is float; the most that the kind of file holds if left out."""
        from pedalboard.io import AudioFile

        kind = path.suffix.lower()
        if kind not in WRITABLE:
            raise AudioFileError(
                f"'{path}' has no ending that can be written.", f"End it in {' or '.join(sorted(WRITABLE))}."
            )
        self.path = path
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=kind, dir=path.parent)
        except OSError as error:
            raise AudioFileError(
                f"'{path}' cannot be written: {error.strerror}.", "Name a folder that you may write to."
            ) from error
        self._unfinished = Path(name)
        self._stream = os.fdopen(descriptor, "w+b")
        self._file: Any = AudioFile(
            self._stream,
            "w",
            samplerate=rate,
            num_channels=channels,
            bit_depth=bits or WRITABLE[kind],
            format=kind[1:],
        )

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append (frames, channels). [main] [worker]"""
        try:
            self._file.write(np.ascontiguousarray(samples.T))
        except (OSError, RuntimeError) as error:
            raise AudioFileError(f"'{self.path}' cannot be written to its end.", "Is the disk full?") from error

    def close(self) -> None:
        """Finish the file and put it in its place in one step. [main] [worker]"""
        self._file.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        umask = os.umask(0)
        os.umask(umask)
        self._unfinished.chmod(0o666 & ~umask)
        os.replace(self._unfinished, self.path)

    def abandon(self) -> None:
        """Drop what was written; the name keeps what it had. [main] [worker]"""
        self._file.close()
        self._stream.close()
        self._unfinished.unlink(missing_ok=True)


def write_sound(path: Path, samples: npt.NDArray[np.float32], rate: float) -> None:
    """A whole file at once, from (frames,) or (frames, channels). [main] [worker]"""
    shaped = samples.reshape(len(samples), -1)
    writer = SoundWriter(path, rate, shaped.shape[1])
    try:
        writer.write(shaped.astype(np.float32))
    except BaseException:
        writer.abandon()
        raise
    writer.close()
