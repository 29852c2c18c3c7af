"""The engine's callback, called as fast as the machine can: what a card would have played, without a card.

What flows in: a rack, and events at frames. What flows out: samples, the same to the last bit as those of a card that
was given the same events, since it is the same machine code, and how blocks are cut is not heard. [main]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.device.file import CALLBACK
from realtime.events import EVENT, FROM_APP
from realtime.host import Host
from realtime.rack import Slot

BLOCK_FRAMES = 512
_AT_ONCE = 256  # events that are pushed together: what the callback has no room for waits for the next block
_SILENT = 10.0 ** (-90.0 / 20.0)
_SILENT_FOR_S, _TAIL_AT_MOST_S = 0.25, 10.0

Samples = npt.NDArray[np.float32]


class Offline:
    """A host that is played by hand. [main]"""

    def __init__(self, rate: float, slots: tuple[Slot, ...], block_frames: int = BLOCK_FRAMES) -> None:
        self.host = Host(rate, slots, input_channels=0, output_channels=2)
        self.host.listen_with(False)
        self.block_frames = block_frames
        gate = self.host.record["gate"]  # a card that plays on has faded in long ago
        gate["target"][0] = gate["aim"][0] = gate["value"][0] = 1.0
        self._callback = CALLBACK(self.host.callback_address)
        self._waiting = np.zeros(0, EVENT)
        self._fresh: list[npt.NDArray[Any]] = []

    @property
    def frame(self) -> int:
        """The next one to be played. [main]"""
        return self.host.frame

    def send(self, events: npt.NDArray[Any]) -> None:
        """Let events happen at their frames; those at one frame in the order in which they came. [main]"""
        both = np.concatenate([self._waiting, events]) if len(self._waiting) else events
        in_order = len(both) < 2 or bool((np.diff(both["frame"]) >= 0).all())
        self._waiting = both if in_order else both[np.argsort(both["frame"], kind="stable")]

    def remember(self) -> None:
        """Keep the rack as it is now, for `go_back`. [main]"""
        self._fresh = [state.copy() for state in self.host.rack.program.states]

    def go_back(self) -> None:
        """Be as when last asked to remember: nothing sounds, nothing waits. [main]"""
        for state, fresh in zip(self.host.rack.program.states, self._fresh, strict=True):
            state[...] = fresh
        self._waiting = np.zeros(0, EVENT)

    def play(self, frames: int) -> Samples:
        """(frames, 2): what is heard next. [main]"""
        heard = np.zeros((frames, 2), np.float32)
        at = 0
        while at < frames:
            block = min(self.block_frames, frames - at)
            self._hand_over(self.frame + block)
            self._callback(None, heard[at:].ctypes.data, block, None, 0, self.host.address)
            at += block
        return heard

    def play_out(self, frames: int, take: Callable[[Samples], None], step: Callable[[float], None]) -> int:
        """Play so many frames and what rings on after them, a second at a time; how many came in all. [main]"""
        second, first = round(self.host.rate), self.frame
        while self.frame - first < frames:
            take(self.play(min(second, frames - (self.frame - first))))
            step((self.frame - first) / frames)
        at_most = self.frame + round(_TAIL_AT_MOST_S * self.host.rate)
        silent_for = round(_SILENT_FOR_S * self.host.rate)
        while self.frame < at_most:
            tail = self.play(silent_for)
            if float(np.abs(tail).max()) < _SILENT:
                break
            take(tail)
        return self.frame - first

    def _hand_over(self, end: int) -> None:
        """Give the callback the events of the coming block."""
        due = int(np.searchsorted(self._waiting["frame"], end))
        given = 0
        while given < due and self.host.send(FROM_APP, self._waiting[given : min(given + _AT_ONCE, due)]):
            given = min(given + _AT_ONCE, due)
        self._waiting = self._waiting[given:]
