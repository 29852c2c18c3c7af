"""The reference that a soak is held against: the same synthesiser in an ordinary Python callback.

What flows in: PortAudio's blocks, through sounddevice's usual Python callback, which waits for the interpreter's
lock. What flows out: how many of the blocks that were due it served, and how many were flagged or missing. [main]
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

import numpy as np

from realtime.device import portaudio
from realtime.device.card import choose_cards
from realtime.device.wish import Wish
from realtime.dsp.catalogue import find_kernel
from realtime.events import EVENT, NOTE_ON, event
from realtime.kernel_source import IO

_CHORD = (48, 55, 60, 64)


class PythonCallback:
    """A stream whose callback is a Python function that calls the compiled synthesiser. [main]"""

    def __init__(self, wish: Wish, rate: float) -> None:
        portaudio.look_again()
        _, mouth = choose_cards(wish, portaudio.cards())
        assert mouth is not None
        self.blocks = self.missed = 0
        self.seconds = 0.0
        self._served = self._flagged = 0
        self._rate, self._frames = rate, wish.block_frames
        self._tone = find_kernel("tone")
        self._state = self._tone.new_state(rate)
        self._sides = np.zeros((2, wish.block_frames), np.float32)
        self._chord = np.concatenate([event(NOTE_ON, number=key, value=0.5) for key in _CHORD]).astype(EVENT)
        self._io = np.zeros(1, IO)
        self._io["rate"] = rate
        self._io["outputs"][0, :2] = [side.ctypes.data for side in self._sides]
        self._io["events"], self._io["events_used"] = self._chord.ctypes.data, len(self._chord)
        self._stream = portaudio.sounddevice().OutputStream(
            samplerate=rate,
            blocksize=wish.block_frames,
            device=mouth.index,
            channels=min(2, mouth.outputs),
            dtype="float32",
            latency="low",
            callback=self._callback,
        )

    def _callback(self, speaker: Any, frames: int, _when: Any, status: Any) -> None:
        self._sides[:] = 0.0
        self._tone.run(self._state, self._io, frames)
        self._io["events_used"] = 0
        speaker[:] = self._sides.T[:, : speaker.shape[1]]
        self._served += 1
        self._flagged += bool(status)

    def begin(self) -> None:
        """Count from here. [main]"""
        self._at_first = self._served, self._flagged, time.monotonic()

    def end(self) -> None:
        """Count up to here: missed is what was flagged or what never came, whichever is more. [main]"""
        served, flagged, began = self._at_first
        self.seconds = time.monotonic() - began
        self.blocks = self._served - served
        due = int(self.seconds * self._rate / self._frames)
        self.missed = max(self._flagged - flagged, due - self.blocks)

    def __enter__(self) -> PythonCallback:
        self._stream.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.stop()
        self._stream.close()
