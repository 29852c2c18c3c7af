"""A file as a device: `file:in.wav→out.wav` runs the callback of the live engine as fast as the machine allows.

What flows in: a sound file at its own rate. What flows out: another, and the same events, notes and samples that a
card would have brought, block by block; the ears hear each block before the next is played. What is measured on
files is therefore what is heard live. [main]
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.device.sound_file import SoundReader, SoundWriter
from realtime.host import Host
from score.errors import AudioFileError, DeviceError, VocelloError

_TAIL_AT_MOST_S = 10.0
_SILENT = 10.0 ** (-90.0 / 20.0)
_SILENT_FOR_S = 0.25
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
)


def file_paths(spec: str) -> tuple[Path, Path | None]:
    """The two paths of `file:in.wav→out.wav`; `->` will do for the arrow, and the output may be left out. [any]"""
    paths = re.split("→|->", spec.removeprefix("file:"))
    if len(paths) > 2 or not paths[0].strip():
        raise DeviceError(f"'{spec}' names no file.", "Write it as: file:in.wav→out.wav")
    out = Path(paths[1].strip()) if len(paths) == 2 and paths[1].strip() else None
    return Path(paths[0].strip()), out


class FileDevice:
    """Plays a file through the callback, in step with the ears. [main]"""

    in_step = True
    input_latency_s = output_latency_s = 0.0

    def __init__(
        self, source: Path, target: Path | None = None, *, rate: float | None = None, block_frames: int = 128
    ) -> None:
        self._reader = SoundReader(source)
        if rate is not None and rate != self._reader.rate:
            self._reader.close()
            raise DeviceError(
                f"'{source}' runs at {self._reader.rate:g} Hz, not at {rate:g}.",
                "Leave --rate out: a file has its own.",
            )
        if target is not None and target.resolve() == source.resolve():
            raise AudioFileError(f"'{target}' would be written over while it is read.", "Name another output.")
        self.name = f"file:{source}" + (f"→{target}" if target else "")
        self.rate, self.block_frames = self._reader.rate, block_frames
        self.inputs, self.outputs = min(self._reader.channels, 2), 2
        self.frames = self._reader.frames
        self.frames_done = 0
        self.error: VocelloError | None = None
        self._target = target
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, host: Host, after_block: Callable[[], None] | None = None) -> None:
        """Play the file on a thread of its own, calling `after_block` between blocks. [main]"""
        if self._thread is not None:
            raise DeviceError(f"'{self.name}' was played to its end.", "Open it again.")
        host.adopt_channels(self.inputs, self.outputs)
        self._thread = threading.Thread(target=self._run, args=(host, after_block), name="file device", daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        """Whether there is more to play. [main]"""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, or some time; True when the end was reached. Raises what stopped it midway. [main]"""
        if self._thread is not None:
            self._thread.join(seconds)
        if self.error is not None:
            raise self.error
        return not self.alive()

    def stop(self) -> None:
        """End it here; what was played so far is in the file. [main]"""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._reader.close()

    def let_go(self) -> None:
        """The same as stop: no driver is in between. [main]"""
        self.stop()

    def _run(self, host: Host, after_block: Callable[[], None] | None) -> None:
        try:
            writer = SoundWriter(self._target, self.rate, self.outputs) if self._target else None
            try:
                self._play(host, after_block, writer)
            except BaseException:
                if writer is not None:
                    writer.abandon()
                raise
            if writer is not None:
                writer.close()
        except VocelloError as error:
            self.error = error
        except Exception as error:  # a bug in what is called between the blocks must not look like the file's end
            self.error = DeviceError(f"'{self.name}' broke off after {self.frames_done} frames: {error!r}.")
            raise
        finally:
            self._reader.close()

    def _play(self, host: Host, after_block: Callable[[], None] | None, writer: SoundWriter | None) -> None:
        callback = CALLBACK(host.callback_address)
        speaker = np.zeros((self.block_frames, self.outputs), np.float32)
        silent_frames = 0
        while not self._stop.is_set():
            mic = self._next_block()
            callback(mic.ctypes.data, speaker.ctypes.data, self.block_frames, None, 0, host.address)
            if after_block is not None:
                after_block()
            if writer is not None:
                writer.write(speaker)
            self.frames_done += self.block_frames
            if self.frames_done >= self.frames:
                silent = float(np.abs(speaker).max()) < _SILENT
                silent_frames = silent_frames + self.block_frames if silent else 0
                past_the_end_s = (self.frames_done - self.frames) / self.rate
                if silent_frames >= _SILENT_FOR_S * self.rate or past_the_end_s > _TAIL_AT_MOST_S:
                    return

    def _next_block(self) -> npt.NDArray[np.float32]:
        """(block_frames, inputs); silence after the end, so that the last notes may ring."""
        block = np.zeros((self.block_frames, self.inputs), np.float32)
        samples = self._reader.read(self.block_frames)[:, : self.inputs]
        block[: len(samples)] = samples
        return block
