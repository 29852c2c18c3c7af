"""The callback's other half: its memory, its rings and its rack, held by the main thread.

What flows in: racks, and who pushes events. What flows out: the address that the callback is given, the consumer of
the microphone, meters. The host knows no sound card: a device is handed its address and runs the callback.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.atomics import load_acquire, store_release
from realtime.block import Block
from realtime.callback import callback_address
from realtime.events import ALL_CHANNELS, EVENT, FROM_APP, NOTES_OFF, SOURCES, event
from realtime.latest import latest
from realtime.layout import BLOCK_AT_MOST, CLOCK, GAP, HOST, METERS, WIRES, field_offset
from realtime.rack import Program, Rack, Slot
from realtime.reach import Learned, Reach
from realtime.ring import Consumer, Producer, ring
from score.errors import EngineError

CAPTURE_S = 2.0
TAPE_S = 8.0  # so long may a disk take its time
EVENTS_IN_RING = 8192
GAPS_IN_RING = 256
PLAYED_IN_RING = 1 << 15


Ends = Callable[[Reach, Reach, int], npt.NDArray[Any]]
"""What a slot must be told that heard the first and hears the second from now on, by its number."""


def all_notes_off(before: Reach, after: Reach, slot: int) -> npt.NDArray[Any]:
    """Whatever it plays is let go of. [any]"""
    return event(NOTES_OFF, channel=ALL_CHANNELS, slot=slot)


@njit(cache=True, error_model="numpy")
def _release(word: int, value: int) -> None:
    store_release(word, value)


@njit(cache=True, error_model="numpy")
def _load(word: int) -> int:
    return load_acquire(word)


class Capture:
    """The microphone as the ears, or a tape, read it: what waits, and which frame each sample was. [ears] [worker]"""

    def __init__(self, samples: Consumer, gaps: Consumer) -> None:
        self._samples, self._gaps = samples, gaps
        self._skipped = 0
        self._next_gap: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self._samples)

    def read(self, most: int = 1 << 20) -> tuple[int, npt.NDArray[np.float32]]:
        """What waits, up to the next hole: the frame of its first sample, and the samples. [ears]"""
        count = min(len(self._samples), most)  # before the gap is looked for: a gap is told before what follows it
        if self._next_gap is None:
            gap = np.empty(1, GAP)
            if self._gaps.pop(gap):
                self._next_gap = gap
        position = self._samples.popped
        if self._next_gap is not None:
            ahead = int(self._next_gap["position"][0]) - position
            if ahead == 0:
                self._skipped += int(self._next_gap["lost"][0])
                self._next_gap = None
                return self.read(most)
            count = min(count, ahead)
        samples = np.empty(count, np.float32)
        self._samples.pop(samples)
        return position + self._skipped, samples

    @property
    def frame(self) -> int:
        """The frame of the next sample. [ears]"""
        return self._samples.popped + self._skipped

    def skip(self) -> None:
        """Drop what waits; what comes next still knows its frame. [ears]"""
        while len(self):
            self.read()

    @property
    def address(self) -> np.uint64:
        """The ring of samples, for compiled code that waits on it. [ears]"""
        return self._samples.address


class Host:
    """All that the callback touches, and the main thread's hand on it. [main]"""

    def __init__(
        self,
        rate: float,
        slots: tuple[Slot, ...] = (),
        *,
        input_channels: int = 1,
        output_channels: int = 2,
        meters: Block | None = None,
        always: tuple[Slot, ...] = (),
    ) -> None:
        self.rate = rate
        self._always = always  # behind every rack that is ever played
        self._block = Block(HOST.itemsize)
        self.record = self._block.view(HOST)
        self.address = self._block.address
        self._wires = Block(WIRES * BLOCK_AT_MOST * 4)
        self.events: list[Producer] = []
        host = self.record[0]
        for source in range(SOURCES):
            producer, consumer = ring(EVENTS_IN_RING, EVENT)
            self.events.append(producer)
            host["event_rings"][source] = consumer.address
        self.capture = self._tap("ears_tap", CAPTURE_S)
        self.tape = self._tap("tape_tap", TAPE_S)
        host["capture"] = self.capture.address
        played_in, self.played = ring(PLAYED_IN_RING, EVENT)
        clock_in, self.clock = latest(CLOCK)
        meters_in, self.meters = latest(METERS, meters)
        self._other_ends = clock_in, meters_in, played_in
        host["played"] = played_in.address
        host["wires"], host["rate"] = self._wires.address, rate
        host["clock"], host["meters_out"] = clock_in.address, meters_in.address
        host["input_channels"], host["output_channels"] = input_channels, output_channels
        self.rack = Rack(rate, (*slots, *always))
        self._retired: list[Program] = []
        self._muted = False  # then a callback may be asleep in any program, and none is ever freed
        self._playing = self.rack.program
        host["program"] = self._playing.address

    @property
    def callback_address(self) -> int:
        """The machine code that a device runs, block by block. [main]"""
        return callback_address()

    @property
    def frame(self) -> int:
        """The first frame of the next block. [any]"""
        return int(self.record["frame"][0])

    @property
    def blocks(self) -> int:
        """Blocks played since the host was made. [any]"""
        return int(self.record["meters"]["blocks"][0])

    def counters(self) -> npt.NDArray[Any]:
        """The meters as the callback writes them now: each word whole, a set of them maybe a block apart. [main]"""
        return self.record["meters"][0].copy()

    def listen_with(self, hearing: bool) -> None:
        """Let the microphone into the capture ring, or not, before a device starts. [main]"""
        self._store("capture", int(self.capture.address) if hearing else 0)

    def tape_with(self, taping: bool) -> None:
        """Let the microphone into the tape's ring, or not. [main]"""
        self._store("tape", int(self.tape.address) if taping else 0)

    def play(
        self, slots: tuple[Slot, ...], learned: tuple[Learned, ...] | None = None, ends: Ends = all_notes_off
    ) -> None:
        """Swap the rack under the sounding callback, by one store; the old one is freed when it was left.

        A slot that hears less than before is sent what `ends` says: the end of a note held now may not reach it any
        more. [main]
        """
        before = {slot.name: slot for slot in self.rack.slots}
        program = self.rack.arrange((*slots, *self._always), learned)
        self._retired.append(self._playing)
        self._playing = program
        self._store("program", program.address)
        for slot in slots:
            kept = before.get(slot.name)
            if kept is not None and not slot.reach.includes(kept.reach):
                self.send(FROM_APP, ends(kept.reach, slot.reach, self.rack.number(slot.name)))
            stays = kept is not None and kept.kernel is slot.kernel
            if not stays and slot.heir_of not in before:
                continue
            for knob, value in slot.knobs.items():
                if kept is None or kept.knobs.get(knob) != value:  # a state that lives on has its knobs turned
                    self.send(FROM_APP, self.rack.turn(slot.name, knob, value))
        self.reclaim()

    def reclaim(self, device_runs: bool = True) -> int:
        """Free the programs that the callback has left; returns how many still wait. [main]"""
        running = int(_load(np.uint64(self.address + field_offset(HOST, "running"))))
        if not self._muted:  # serials only grow: from the one that runs, the callback never goes back to an older one
            self._retired = [each for each in self._retired if device_runs and each.serial >= running]
        return len(self._retired)

    def send(self, source: int, events: npt.NDArray[Any]) -> bool:
        """Push events for the callback; `source` says whose thread this is. [any]"""
        return self.events[source].push(events)

    def open_gate(self) -> None:
        """Let the sound out, before a device starts; it fades in over some milliseconds. [main]"""
        gate = self.record["gate"]
        gate["value"][0] = gate["aim"][0] = gate["left"][0] = 0  # where a card went away it stands open still
        gate["target"][0] = 1.0

    def close_gate(self, wait: Callable[[float], None] = time.sleep, at_most_s: float = 0.2) -> None:
        """Fade out, and return when it is silent or the card no longer asks. [main]"""
        self.record["gate"]["target"][0] = 0.0
        waited_s = 0.0
        while self.record["gate"]["value"][0] > 0.0 and waited_s < at_most_s:
            wait(0.002)
            waited_s += 0.002
        self.record["gate"]["value"][0] = self.record["gate"]["aim"][0] = 0.0

    def mute(self) -> None:
        """Leave a callback that may still run with nothing to play, to hear and to tell. [main]"""
        self._muted = True
        self._retired.append(self._playing)
        self._playing = Program(())
        self._store("program", self._playing.address)
        for name in ("capture", "tape", "clock", "meters_out", "played"):
            self._store(name, 0)
        for source in range(SOURCES):
            self._store("event_rings", 0, source)

    def _tap(self, name: str, holds_s: float) -> Capture:
        """A ring for the mono input, and one for what it lacks; the ends share their memory with the callback's."""
        _, samples = ring(1 << int(holds_s * self.rate - 1).bit_length(), np.float32)
        _, gaps = ring(GAPS_IN_RING, GAP)
        self.record[0][name]["gaps"] = gaps.address
        return Capture(samples, gaps)

    def _store(self, name: str, word: int, place: int = 0) -> None:
        """Hand a word over to the callback, together with whatever was written before."""
        _release(np.uint64(self.address + field_offset(HOST, name) + 8 * place), np.int64(word))

    def adopt_channels(self, inputs: int, outputs: int) -> None:
        """Tell the callback how wide the card is; only while no device runs. [main]"""
        if not (0 <= inputs <= 64 and 0 <= outputs <= 64):
            raise EngineError(f"a card of {inputs} inputs and {outputs} outputs is not to be played.")
        self.record["input_channels"], self.record["output_channels"] = inputs, outputs
        self.record["previous_began_ns"] = 0
