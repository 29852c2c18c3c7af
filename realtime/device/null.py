"""A device without a card: a clock of its own, silence in, and an output that nobody hears.

It paces the callback as a card would, so that an engine can be measured, and MIDI played through it, on a machine
that has no sound. `null:loop` hears in each block what it played in the one before, like a cable from output to
input; `null:voice.wav` hears a recording, over and over, as if somebody sang. The pacing is compiled: Python's lock
delays no block. [audio]
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.atomics import call_callback, clock_ns, load_acquire, sleep_ns
from realtime.block import Block
from realtime.host import Host
from realtime.rights import ask_for_realtime
from score.errors import DeviceError

_OUTPUT_UNDERFLOW = 0x04
_CHANNELS = 2
_FRAME_BYTES = 4 * _CHANNELS
_LONGEST_S = 3600.0


class NullDevice:
    """Runs the callback at the pace of the machine's clock. [main]"""

    in_step = False

    def __init__(
        self,
        rate: float = 48_000.0,
        block_frames: int = 128,
        *,
        loop: bool = False,
        heard: npt.NDArray[np.float32] | None = None,
        name: str = "null",
    ) -> None:
        """`heard` is what somebody sings, (frames, 2)."""
        self.name = "null:loop" if loop else name
        self.rate, self.block_frames = float(rate), block_frames
        self.inputs = self.outputs = _CHANNELS
        self.input_latency_s, self.output_latency_s = 0.0, block_frames / rate
        self._speaker = np.zeros((block_frames, _CHANNELS), np.float32)
        self._mic = (
            self._speaker if loop else np.zeros_like(self._speaker) if heard is None else _whole(heard, block_frames)
        )
        self._stop = Block(8)
        self._thread: threading.Thread | None = None

    def start(self, host: Host, after_block: Callable[[], None] | None = None) -> None:
        """Begin to run the host's callback on a thread of our own. [main]"""
        host.adopt_channels(self.inputs, self.outputs)
        self._stop.view(np.int64)[0] = 0
        address = host.callback_address
        _pace.compile("void(uint64, uint64, uint64, uint64, int64, int64, float64, uint64)")
        self._thread = threading.Thread(target=self._run, args=(host, address), name="null device", daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        """Whether the clock runs. [main]"""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Return when the callback runs no more. [main]"""
        self._stop.view(np.int64)[0] = 1
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def let_go(self) -> None:
        """The same as stop: no driver is in between. [main]"""
        self.stop()

    def _run(self, host: Host, address: int) -> None:
        ask_for_realtime()
        mic, speaker = (np.uint64(each.ctypes.data) for each in (self._mic, self._speaker))
        stop = np.uint64(self._stop.address)
        _pace(
            np.uint64(address),
            np.uint64(host.address),
            mic,
            speaker,
            np.int64(self.block_frames),
            np.int64(len(self._mic) // self.block_frames),
            self.rate,
            stop,
        )


def listening_to(path: Path, rate: float | None, block_frames: int) -> NullDevice:
    """A device whose microphone hears a recording, at the recording's rate. [main]"""
    from realtime.device.sound_file import SoundReader

    reader = SoundReader(path)
    try:
        if rate is not None and rate != reader.rate:
            raise DeviceError(f"'{path}' runs at {reader.rate:g} Hz, not at {rate:g}.", "Leave --rate out.")
        sound = reader.read(min(reader.frames, int(_LONGEST_S * reader.rate)))
    finally:
        reader.close()
    if not len(sound):
        raise DeviceError(f"'{path}' holds no sound.", "Name another recording.")
    both = np.repeat(sound, 2, axis=1) if sound.shape[1] == 1 else sound[:, :2]
    return NullDevice(reader.rate, block_frames, heard=both, name=f"null:{path}")


def _whole(heard: npt.NDArray[np.float32], block_frames: int) -> npt.NDArray[np.float32]:
    """Silence behind the end, so that whole blocks come round."""
    blocks = -(-len(heard) // block_frames)
    padded = np.zeros((blocks * block_frames, _CHANNELS), np.float32)
    padded[: len(heard)] = heard
    return padded


@njit(nogil=True, cache=True, error_model="numpy")
def _pace(
    callback: int, host: int, mic: int, speaker: int, frames: int, heard_blocks: int, rate: float, stop: int
) -> None:
    """One block each period; a block that begins a whole period late is flagged, as a card's driver would. [audio]"""
    period_ns = frames * 1e9 / rate
    began_ns = clock_ns()
    blocks = 0
    while load_acquire(stop) == 0:
        late_ns = clock_ns() - (began_ns + np.int64(blocks * period_ns))
        flags = np.uint64(0)
        if late_ns > period_ns:
            flags = np.uint64(_OUTPUT_UNDERFLOW)
            began_ns += late_ns  # what was missed is gone: no card plays it faster afterwards
        hears = mic + np.uint64((blocks % heard_blocks) * frames * _FRAME_BYTES)
        call_callback(callback, hears, speaker, np.uint64(frames), np.uint64(0), flags, host)
        blocks += 1
        wait_ns = began_ns + np.int64(blocks * period_ns) - clock_ns()
        if wait_ns > 0:
            sleep_ns(wait_ns)
