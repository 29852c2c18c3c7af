"""The rack as data: slots in, a program for the callback out.

A slot is a kernel with a name, knobs and a state that outlives the programs it stands in: swapping effects around
keeps their tails. A chain runs on the stereo bus: each slot reads it and writes it back, an instrument adds to it, a
kernel of one channel stands there twice, once a side. [main]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from realtime.block import Block
from realtime.carry import Copy, carried_fields
from realtime.events import FIRST_LINE, KNOB, NOW, event
from realtime.kernel import Knob
from realtime.kernel_source import CHANNELS_AT_MOST
from realtime.layout import (
    COPIES_AT_MOST,
    IN_LEFT,
    IN_RIGHT,
    OUT_LEFT,
    OUT_RIGHT,
    PROGRAM,
    STEPS_AT_MOST,
    WIRES,
)
from realtime.reach import EVERYTHING, LEARNED_AT_MOST, Learned, Reach
from score.errors import RackError

BUS = ((OUT_LEFT, OUT_RIGHT), (OUT_LEFT, OUT_RIGHT))
MONITOR = ((IN_LEFT, IN_RIGHT), (OUT_LEFT, OUT_RIGHT))

_PAGE_BYTES = 4096


class Part(Protocol):
    """What a slot holds: a Kernel, or whatever else has machine code of a kernel's signature. [main]"""

    @property
    def name(self) -> str:
        """What it is called where it goes wrong. [any]"""

    @property
    def inputs(self) -> int:
        """Channels it reads. [any]"""

    @property
    def outputs(self) -> int:
        """Channels it writes. [any]"""

    @property
    def hears_events(self) -> bool:
        """Whether notes and controls are handed to it. [any]"""

    @property
    def latency_frames(self) -> int:
        """How late its sound leaves. [any]"""

    @property
    def knobs(self) -> Mapping[str, Knob]:
        """What a KNOB event can turn. [any]"""

    @property
    def state(self) -> np.dtype[Any]:
        """The record that its machine code is given. [any]"""

    @property
    def address(self) -> int:
        """Where the machine code stands. [main]"""

    def new_state(self, rate: float, **knobs: float) -> npt.NDArray[Any]:
        """A fresh state, its knobs at their defaults or where they are told to be. [main]"""

    def knob_offset(self, name: str) -> int:
        """Where in the state a KNOB event writes its eight bytes; KernelError where there is no such knob. [main]"""


@dataclass(frozen=True)
class Slot:
    """A place in the rack: which part, on which wires, with which knobs turned. [main]"""

    name: str
    kernel: Part
    knobs: Mapping[str, float] = field(default_factory=dict)
    wires: tuple[Sequence[int], Sequence[int]] = BUS
    reach: Reach = EVERYTHING
    heir_of: str = ""
    """A slot of the rack before, whose state's fields it takes over where they fit: code that was exchanged."""


class Program:
    """What the callback interprets; it holds alive all that its addresses point at. [main]"""

    _serials = itertools.count(1)

    def __init__(self, steps: Iterable[Step], learned: Iterable[tuple[Learned, Slot, int]] = ()) -> None:
        self._block = Block(PROGRAM.itemsize)
        self.record = self._block.view(PROGRAM)
        self.address = self._block.address
        self.serial = next(self._serials)
        self.states: list[npt.NDArray[Any]] = []
        self.kernels: list[Part] = []
        self.names: list[str] = []
        for k, step in enumerate(steps):
            if k == STEPS_AT_MOST:
                raise RackError(f"a rack has at most {STEPS_AT_MOST} steps.", "Take some effects out.")
            self._put(k, step)
        for k, (each, slot, number) in enumerate(learned):
            if k == LEARNED_AT_MOST:
                raise RackError(f"a rack learns at most {LEARNED_AT_MOST} controllers.", "Forget some.")
            self.record["learned"][0][k] = _learned(each, slot, number)
            self.record["learned_used"] = k + 1
        self.record["serial"] = self.serial

    def _put(self, k: int, step: Step) -> None:
        slot, record = step.slot, self.record["steps"][0][k]
        record["kernel"], record["state"] = slot.kernel.address, step.state.ctypes.data
        record["state_bytes"], record["slot"] = step.state.itemsize, step.number
        record["inputs"], record["outputs"] = _padded(step.wires[0]), _padded(step.wires[1])
        record["hears_events"], record["reach"] = slot.kernel.hears_events, slot.reach.numbers()
        if step.parent is not None:
            for source, target, size in step.copies:
                used = int(self.record["copies_used"][0])
                if used == COPIES_AT_MOST:
                    break  # what is left begins afresh, as it would in a new effect
                copy = step.parent.ctypes.data + source, step.state.ctypes.data + target, size
                self.record["copies"][0][used] = copy
                self.record["copies_used"] = used + 1
            self.states.append(step.parent)
        self.states.append(step.state)
        self.kernels.append(slot.kernel)
        self.names.append(slot.name)
        self.record["steps_used"] = k + 1

    def times_ns(self) -> list[tuple[str, int, int]]:
        """Of each step: its slot, its worst run and all its runs together. [main]"""
        steps = self.record["steps"][0][: len(self.names)]
        return [(name, int(s["worst_ns"]), int(s["total_ns"])) for name, s in zip(self.names, steps, strict=True)]


@dataclass(frozen=True)
class Step:
    """One call of machine code in each slice of a block. [main]"""

    slot: Slot
    number: int
    state: npt.NDArray[Any]
    wires: tuple[Sequence[int], Sequence[int]]
    parent: npt.NDArray[Any] | None = None
    copies: Sequence[Copy] = ()


class Rack:
    """The slots of an engine, their states, and programs made of them. [main]"""

    def __init__(self, rate: float, slots: Iterable[Slot] = (), learned: Iterable[Learned] = ()) -> None:
        self.rate = rate
        self.slots: tuple[Slot, ...] = ()
        self.learned: tuple[Learned, ...] = ()
        self._states: dict[str, list[npt.NDArray[Any]]] = {}
        self._numbers: dict[str, int] = {}
        self._next_number = 0
        self.program = self.arrange(slots, learned)

    def arrange(self, slots: Iterable[Slot], learned: Iterable[Learned] | None = None) -> Program:
        """A new program of these slots; those that were here before keep their state.

        Controllers stay learned as they are if nothing is said of them, by those slots that are still there. [main]
        """
        slots = tuple(slots)
        by_name = {slot.name: slot for slot in slots}
        if len(by_name) != len(slots):
            raise RackError(f"two slots share a name: {', '.join(slot.name for slot in slots)}.", "Give each its own.")
        learned = tuple(each for each in self.learned if each.slot in by_name) if learned is None else tuple(learned)
        states: dict[str, list[npt.NDArray[Any]]] = {}
        numbers, next_number = dict(self._numbers), self._next_number
        steps: list[Step] = []
        for slot in slots:
            lanes = _lanes(slot)
            states[slot.name], is_new = self._states_of(slot, len(lanes))
            if is_new:
                numbers[slot.name] = next_number
                next_number = (next_number + 1) % FIRST_LINE
            parents, copies = self._inheritance(slot, len(lanes)) if is_new else ([None] * len(lanes), [])
            number = numbers[slot.name]
            steps += [
                Step(slot, number, state, wires, parent, copies)
                for state, wires, parent in zip(states[slot.name], lanes, parents, strict=True)
            ]
        for each in learned:
            if each.slot not in by_name:
                raise RackError(f"a controller is to turn '{each.slot}', which the rack has not.")
        program = Program(steps, [(each, by_name[each.slot], numbers[each.slot]) for each in learned])
        self.program, self.slots, self.learned, self._states = program, slots, learned, states
        self._numbers = {name: numbers[name] for name in states}
        self._next_number = next_number
        return self.program

    def _states_of(self, slot: Slot, lanes: int) -> tuple[list[npt.NDArray[Any]], bool]:
        """The states of a slot's lanes, and whether they are fresh."""
        kernel = next((each.kernel for each in self.slots if each.name == slot.name), None)
        kept = self._states.get(slot.name, []) if kernel is slot.kernel else []
        if len(kept) == lanes:
            return kept, False
        fresh = [slot.kernel.new_state(self.rate, **slot.knobs) for _ in range(lanes)]
        for state in fresh:
            _touch(state)
        return fresh, True

    def _inheritance(self, slot: Slot, lanes: int) -> tuple[list[npt.NDArray[Any] | None], list[Copy]]:
        """Of each lane the state that it takes over from, and what of it."""
        before = self._states.get(slot.heir_of, [])
        if len(before) != lanes:
            return [None] * lanes, []
        old = next(each.kernel.state for each in self.slots if each.name == slot.heir_of)
        return list(before), carried_fields(old, slot.kernel.state)

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

    def value(self, slot: str, knob: str) -> float:
        """Where a knob stands, or is on its way to, whoever turned it. [main]"""
        state, offset = self.state(slot), self._known(slot).kernel.knob_offset(knob)
        return float(state.view(np.uint8)[offset : offset + 8].view(np.float64)[0])

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


def _touch(state: npt.NDArray[Any]) -> None:
    """Have the system give every page now, and not to the callback in the middle of a block."""
    pages = state.view(np.uint8)[::_PAGE_BYTES]
    pages[:] = pages.copy()


def _padded(wires: Sequence[int]) -> list[int]:
    return [*wires, *[-1] * (CHANNELS_AT_MOST - len(wires))]


def _learned(each: Learned, slot: Slot, number: int) -> tuple[float, ...]:
    """As LEARNED has it."""
    offset, knob = slot.kernel.knob_offset(each.knob), slot.kernel.knobs[each.knob]
    low = knob.clip(knob.low if each.low is None else each.low)
    high = knob.clip(knob.high if each.high is None else each.high)
    is_log = knob.curve == "log" and low > 0.0 and high > 0.0
    return -1 if each.channel is None else each.channel, each.controller, number, offset, low, high, is_log
