"""What a plugin is to the rack: the bridge's machine code, a shared block, and the plugin's parameters as knobs.

What flows in: what is known of the plugin, and a card's rate and block. What flows out: states for the callback, the
descriptor for the plugin's process, and the words that the supervisor reads. A part outlives the processes that answer
it: a plugin that is started anew goes on at the packet where the one before it fell. [main]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.vst3 import semaphore
from plugin.vst3.bridge import BRIDGE, LONGEST_LATENCY, vst3_effect, vst3_instrument
from plugin.vst3.packet import HEADER, Layout, offset_of
from realtime.block import Block
from realtime.kernel import Knob
from score.errors import KernelError, RackError


class BridgePart:
    """A Part, as realtime.rack has it, whose sound is made in another process. [main]"""

    def __init__(
        self, name: str, knobs: Mapping[str, Knob], rate: float, block_frames: int, latency: int, is_instrument: bool
    ) -> None:
        self.name, self.knobs = name, dict(knobs)
        self.rate, self.layout = rate, Layout(block_frames, len(knobs))
        self.latency_frames = block_frames + latency
        if self.latency_frames > LONGEST_LATENCY:
            raise RackError(f"'{name}' is {latency} frames late; up to {LONGEST_LATENCY - block_frames} can be evened.")
        self.hears_events = is_instrument
        self._kernel = vst3_instrument if is_instrument else vst3_effect
        self.block = Block.shared(self.layout.size)
        self.words = self.block.view(HEADER)[0]
        semaphore.create(self.block.address + offset_of(HEADER, "semaphore"))
        self._indices = {id_: index for index, id_ in enumerate(self.knobs)}

    @property
    def inputs(self) -> int:
        """Channels it reads. [any]"""
        return self._kernel.inputs

    @property
    def outputs(self) -> int:
        """Channels it writes. [any]"""
        return self._kernel.outputs

    @property
    def state(self) -> np.dtype[Any]:
        """The record that its machine code is given. [any]"""
        return BRIDGE

    @property
    def address(self) -> int:
        """Where the machine code stands. [main]"""
        return self._kernel.address

    def new_state(self, rate: float, **knobs: float) -> npt.NDArray[Any]:
        """A fresh state; packets go on where those of an earlier state stopped. [main]"""
        if rate != self.rate:
            raise KernelError(f"'{self.name}' is prepared for {self.rate:g} Hz and asked for {rate:g}.")
        for id_ in knobs:
            self.knob_offset(id_)
        state = np.zeros(1, BRIDGE)
        record, layout = state[0], self.layout
        record["link"], record["latency"] = self.block.address, self.latency_frames
        record["packet_frames"], record["parameters"] = layout.frames, layout.parameters
        record["sound_at"], record["channel_bytes"] = layout.sound_at, layout.channel_bytes
        record["slot_bytes"] = layout.slot_bytes
        for index, (id_, knob) in enumerate(self.knobs.items()):
            record["values"][index] = knob.clip(knobs.get(id_, knob.default))
        return state

    def knob_offset(self, name: str) -> int:
        """Where in the state a KNOB event writes. [main]"""
        if name not in self._indices:
            known = ", ".join(list(self._indices)[:20]) or "none"
            raise KernelError(f"'{self.name}' has no knob '{name}'.", f"It has: {known}.")
        return offset_of(BRIDGE, "values") + 8 * self._indices[name]
