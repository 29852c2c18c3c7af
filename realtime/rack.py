"""The rack as data: slots in, a program for the callback out.

A slot is a kernel with a name, knobs and a state that outlives the programs it stands in: swapping effects around
keeps their tails. A chain runs on the stereo bus: each slot reads it and writes it back, an instrument adds to it, a
kernel of one channel stands there twice, once a side. [main]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy.typing as npt

from realtime.block import Block
from realtime.events import KNOB, NOW, event
from realtime.kernel import Kernel
from realtime.kernel_source import CHANNELS_AT_MOST
from realtime.layout import IN_LEFT, IN_RIGHT, OUT_LEFT, OUT_RIGHT, PROGRAM, STEPS_AT_MOST, WIRES
from score.errors import RackError

BUS = ((OUT_LEFT, OUT_RIGHT), (OUT_LEFT, OUT_RIGHT))
MONITOR = ((IN_LEFT, IN_RIGHT), (OUT_LEFT, OUT_RIGHT))


@dataclass(frozen=True)
class Slot:
    """A place in the rack: which kernel, on which wires, with which knobs turned. [main]"""

    name: str
    kernel: Kernel
    knobs: Mapping[str, float] = field(default_factory=dict)
    wires: tuple[Sequence[int], Sequence[int]] = BUS


class Program:
    """What the callback interprets; it holds alive all that its addresses point at. [main]"""

    _serials = itertools.count(1)

    def __init__(
        self, steps: Iterable[tuple[Slot, int, npt.NDArray[Any], tuple[Sequence[int], Sequence[int]]]]
    ) -> None:
        self._block = Block(PROGRAM.itemsize)
        self.record = self._block.view(PROGRAM)
        self.address = self._block.address
        self.serial = next(self._serials)
        self.states: list[npt.NDArray[Any]] = []
        self.kernels: list[Kernel] = []
        self.names: list[str] = []
        for k, (slot, number, state, (inputs, outputs)) in enumerate(steps):
            if k == STEPS_AT_MOST:
                raise RackError(f"a rack has at most {STEPS_AT_MOST} steps.", "Take some effects out.")
            step = self.record["steps"][0][k]
            step["kernel"], step["state"] = slot.kernel.address, state.ctypes.data
            step["state_bytes"], step["slot"] = state.itemsize, number
            step["inputs"], step["outputs"] = _padded(inputs), _padded(outputs)
            step["hears_events"] = slot.kernel.hears_events
            self.states.append(state)
            self.kernels.append(slot.kernel)
            self.names.append(slot.name)
            self.record["steps_used"] = k + 1
        self.record["serial"] = self.serial

    def times_ns(self) -> list[tuple[str, int, int]]:
        """Of each step: its slot, its worst run and all its runs together. [main]"""
        steps = self.record["steps"][0][: len(self.names)]
        return [(name, int(s["worst_ns"]), int(s["total_ns"])) for name, s in zip(self.names, steps, strict=True)]


class Rack:
    """The slots of an engine, their states, and programs made of them. [main]"""

    def __init__(self, rate: float, slots: Iterable[Slot] = ()) -> None:
        self.rate = rate
        self.slots: tuple[Slot, ...] = ()
        self._states: dict[str, list[npt.NDArray[Any]]] = {}
        self._numbers: dict[str, int] = {}
        self._next_number = 0
        self.program = self.arrange(slots)

    def arrange(self, slots: Iterable[Slot]) -> Program:
        """A new program of these slots; those that were here before keep their state. [main]"""
        slots = tuple(slots)
        names = [slot.name for slot in slots]
        if len(set(names)) != len(names):
            raise RackError(f"two slots share a name: {', '.join(names)}.", "Give each its own.")
        before = {slot.name: slot.kernel for slot in self.slots}
        states: dict[str, list[npt.NDArray[Any]]] = {}
        numbers, next_number = dict(self._numbers), self._next_number
        steps = []
        for slot in slots:
            lanes = _lanes(slot)
            kept = self._states.get(slot.name, []) if before.get(slot.name) is slot.kernel else []
            if len(kept) == len(lanes):
                states[slot.name] = kept
            else:
                states[slot.name] = [slot.kernel.new_state(self.rate, **slot.knobs) for _ in lanes]
                numbers[slot.name] = next_number
                next_number = (next_number + 1) % 0xFFFF
            number = numbers[slot.name]
            steps += [(slot, number, s, w) for s, w in zip(states[slot.name], lanes, strict=True)]
        self.program = Program(steps)
        self.slots, self._states = slots, states
        self._numbers = {name: numbers[name] for name in states}
        self._next_number = next_number
        return self.program

    def state(self, slot: str) -> npt.NDArray[Any]:
        """The live state of a slot; its first lane where it has two. [main]"""
        self._known(slot)
        return self._states[slot][0]

    def turn(self, slot: str, knob: str, value: float, frame: int = NOW) -> npt.NDArray[Any]:
        """The event that turns a knob of a slot. [main]"""
        turned = self._known(slot)
        kernel, offset = turned.kernel, turned.kernel.knob_offset(knob)
        turned = replace(turned, knobs={**turned.knobs, knob: value})
        self.slots = tuple(turned if each.name == slot else each for each in self.slots)
        return event(KNOB, frame=frame, value=kernel.knobs[knob].clip(value), slot=self._numbers[slot], offset=offset)

    def number(self, slot: str) -> int:
        """What events call this slot. [main]"""
        self._known(slot)
        return self._numbers[slot]

    def _known(self, name: str) -> Slot:
        for slot in self.slots:
            if slot.name == name:
                return slot
        here = ", ".join(slot.name for slot in self.slots) or "nothing"
        raise RackError(f"the rack has no slot '{name}'.", f"It holds: {here}.")


def _lanes(slot: Slot) -> list[tuple[Sequence[int], Sequence[int]]]:
    """The wires of each step that a slot needs: one for a kernel of its width, two for a mono kernel on a pair."""
    inputs, outputs = slot.wires
    kernel = slot.kernel
    for wire in (*inputs, *outputs):
        if not 0 <= wire < WIRES:
            raise RackError(f"'{slot.name}' is put on wire {wire}.", f"There are wires 0 to {WIRES - 1}.")
    if kernel.inputs == 0 and kernel.outputs == 1 and len(outputs) == 2:
        return [([], [output]) for output in outputs]
    if (kernel.inputs, kernel.outputs) == (1, 1) and len(inputs) == len(outputs) == 2:
        return [([i], [o]) for i, o in zip(inputs, outputs, strict=True)]
    if kernel.inputs in (0, len(inputs)) and kernel.outputs in (0, len(outputs)):
        return [(inputs[: kernel.inputs], outputs[: kernel.outputs])]
    shape = f"{kernel.inputs} in and {kernel.outputs} out"
    raise RackError(f"'{slot.name}' has {shape}, which does not fit {len(inputs)} in and {len(outputs)} out.")


def _padded(wires: Sequence[int]) -> list[int]:
    return [*wires, *[-1] * (CHANNELS_AT_MOST - len(wires))]
