"""A device without a card: a clock of its own, silence in, and an output that nobody hears.

It paces the callback as a card would, so that an engine can be measured, and MIDI played through it, on a machine
that has no sound. `null:loop` hears in each block what it played in the one before, like a cable from output to
input. The pacing is compiled: Python's lock delays no block. [audio]
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numba import njit

from realtime.atomics import call_callback, clock_ns, load_acquire, sleep_ns
from realtime.block import Block
from realtime.host import Host
from realtime.rights import ask_for_realtime

_OUTPUT_UNDERFLOW = 0x04
_CHANNELS = 2


class NullDevice:
    """Runs the callback at the pace of the machine's clock. [main]"""

    in_step = False

    def __init__(self, rate: float = 48_000.0, block_frames: int = 128, *, loop: bool = False) -> None:
        self.name = "null:loop" if loop else "null"
        self.rate, self.block_frames = float(rate), block_frames
        self.inputs = self.outputs = _CHANNELS
        self.input_latency_s, self.output_latency_s = 0.0, block_frames / rate
        self._speaker = np.zeros((block_frames, _CHANNELS), np.float32)
        self._mic = self._speaker if loop else np.zeros_like(self._speaker)
        self._stop = Block(8)
        self._thread: threading.Thread | None = None

    def start(self, host: Host, after_block: Callable[[], None] | None = None) -> None:
        """Begin to run the host's callback on a thread of our own. [main]"""
        host.adopt_channels(self.inputs, self.outputs)
        self._stop.view(np.int64)[0] = 0
        address = host.callback_address
        _pace.compile("void(uint64, uint64, uint64, uint64, int64, float64, uint64)")
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
            self.rate,
            stop,
        )


@njit(nogil=True, cache=True, error_model="numpy")
def _pace(callback: int, host: int, mic: int, speaker: int, frames: int, rate: float, stop: int) -> None:
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
        call_callback(callback, mic, speaker, np.uint64(frames), np.uint64(0), flags, host)
        blocks += 1
        wait_ns = began_ns + np.int64(blocks * period_ns) - clock_ns()
        if wait_ns > 0:
            sleep_ns(wait_ns)
