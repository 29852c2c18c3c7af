"""What writes the tape: a thread that empties the callback's ring onto the disk, five times a second.

What flows in: samples from a host's ring, stamped, and holes where the ring was full. What flows out: segments of a
tape, and news of what was lost. The ears read another ring: whatever a disk does, neither they nor the callback know.
The ring holds eight seconds, and a kill costs what the ring held: a fifth of a second. [main] [worker]
"""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from io import FileIO
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.host import Capture, Host
from realtime.stage import News
from realtime.tape import KEPT_S, SAMPLE, SEGMENT_S, begin_stream, prune, segment_path
from score.errors import AudioFileError, EngineError

LEAVE_FREE_BYTES = 256 << 20
"""So much of the disk is left to the session, whose notes are worth more than a sound that nobody asked for yet."""
_EVERY_S = 0.2
_TELL_EVERY_S = 5.0
_READ_AT_MOST = 1 << 16


class TapeWriter:
    """Writes one stream. [worker]"""

    def __init__(self, stream: Path, rate: float, kept_s: float = KEPT_S) -> None:
        self.stream, self.rate = stream, rate
        self.lost_frames = 0
        """Frames that came too fast, or that the disk refused."""
        self.trouble = ""
        """Why nothing is written now."""
        self._kept_s = kept_s
        self._longest = round(SEGMENT_S * rate)
        self._file: FileIO | None = None
        self._begins = 0
        self._next: int | None = None

    def write(self, frame: int, samples: npt.NDArray[np.float32]) -> None:
        """Samples, the first of which is `frame`; a hole before them is told in the file too. [worker]"""
        hole = frame - self._next if self._next is not None else 0
        self.lost_frames += hole
        if hole and self._file is not None and hole < self._longest:
            assert self._next is not None
            self._append(self._next, np.full(hole, np.nan, np.float32))
        elif hole:
            self.close()
        self._append(frame, samples)
        self._next = frame + len(samples)

    def close(self) -> None:
        """End the segment. [worker]"""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _append(self, frame: int, samples: npt.NDArray[np.float32]) -> None:
        while len(samples):
            try:
                file = self._segment(frame)
                now = samples[: self._begins + self._longest - frame]
                said = memoryview(now.astype(SAMPLE, copy=False).tobytes())
                while len(said):
                    said = said[file.write(said) :]
            except OSError as fault:
                self.close()  # what comes next begins a segment of its own, at its frame
                self.lost_frames += len(samples)
                self.trouble = fault.strerror or str(fault)
                return
            self.trouble = ""
            frame, samples = frame + len(now), samples[len(now) :]

    def _segment(self, frame: int) -> FileIO:
        if self._file is not None and frame < self._begins + self._longest:
            return self._file
        self.close()
        prune(self.stream.parent, self.stream, frame, self.rate, self._kept_s)
        if shutil.disk_usage(self.stream).free < LEAVE_FREE_BYTES:
            raise OSError(f"less than {LEAVE_FREE_BYTES >> 20} MB of the disk are free")
        self._file, self._begins = FileIO(segment_path(self.stream, frame), "ab"), frame
        return self._file


class Taping:
    """An engine's tape, or none: which folder, which host, which stream. [main]"""

    def __init__(self) -> None:
        self.folder = ""
        self._host: Host | None = None
        self._writer: TapeWriter | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._told_trouble, self._told_lost, self._tell_again_s = "", 0, 0.0
        self._news: list[News] = []

    def record_to(self, folder: str) -> None:
        """Keep the sound of the last ten minutes in a folder; "" for nowhere. [main]"""
        if folder == self.folder:
            return
        if folder and not Path(folder).is_absolute():
            raise EngineError(f"the tape's folder '{folder}' is not a whole path.", "Give it from the root on.")
        host = self._host
        self.follow(None)
        if folder:
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
            except OSError as fault:
                raise EngineError(f"'{folder}' cannot be made: {fault.strerror}.", "Name another folder.") from fault
        self.folder = folder
        self.follow(host)

    def follow(self, host: Host | None) -> None:
        """Record what this host hears, from now on; None for nothing. [main]"""
        if host is self._host and (self._thread is not None) == bool(self.folder and host):
            return
        self.close()
        self._host = host
        if host is None or not self.folder:
            return
        try:
            stream = begin_stream(Path(self.folder), host.rate)
        except AudioFileError as wrong:  # no reason not to play
            self._news.append(News("tape", f"The sound of takes is not kept: {wrong}"))
            return
        self._told_lost = 0
        self._writer = TapeWriter(stream, host.rate)
        self._stop = threading.Event()
        arguments = (host.tape, self._writer, self._stop)
        self._thread = threading.Thread(target=_run, args=arguments, name="tape", daemon=True)
        host.tape.skip()  # what waits there was meant for a tape that has ended
        host.tape_with(True)
        self._thread.start()

    def describe(self) -> dict[str, Any]:
        """Where it records: the folder, the stream whose frames the engine counts now, and what was lost. [main]"""
        writer = self._writer
        stream, lost = (str(writer.stream), writer.lost_frames) if writer is not None else ("", 0)
        return {"folder": self.folder, "stream": stream, "lost_frames": lost}

    def tick(self) -> list[News]:
        """What went wrong since last asked; not more often than somebody would read it. [main]"""
        told, self._news = self._news, []
        writer = self._writer
        if writer is None or monotonic() < self._tell_again_s:
            return told
        if writer.trouble != self._told_trouble:
            self._told_trouble = writer.trouble
            if writer.trouble:
                told.append(News("tape", f"The sound of takes is not kept: {writer.trouble}. Make room on the disk."))
            else:
                told.append(News("tape", "The sound of takes is kept again."))
        elif writer.lost_frames > self._told_lost and not writer.trouble:
            missing_s = (writer.lost_frames - self._told_lost) / writer.rate
            told.append(News("tape-lost", f"{missing_s:.2f} s of sound were lost; a take has silence there."))
            self._told_lost = writer.lost_frames
        if told:
            self._tell_again_s = monotonic() + _TELL_EVERY_S
        return told

    def close(self) -> None:
        """Write what waits, and end. [main]"""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._host is not None:
            self._host.tape_with(False)
        self._host = self._writer = None


def _run(ring: Capture, writer: TapeWriter, stop: threading.Event) -> None:
    """On the tape's own thread, until told to stop; then what waits is written still."""
    while not stop.wait(_EVERY_S):
        _empty(ring, writer)
    _empty(ring, writer)
    writer.close()


def _empty(ring: Capture, writer: TapeWriter) -> None:
    while len(ring):
        frame, samples = ring.read(_READ_AT_MOST)
        if len(samples):
            writer.write(frame, samples)
