"""The plugin's end of the bridge: sleeps, plays the newest packet, answers it.

What flows in: packets of sound, parameters and events in a shared block. What flows out: answers beside them. A plugin
that was late goes on with the newest packet, since the answer to an older one would come too late anyway; but it hears
the events of every packet, or notes would hang. Parameters cannot be lost: each packet brings all of them.

It runs on a thread of its own that asks for real time; the main thread of the process belongs to the plugin's window.
[worker]
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import sys
import threading
import time
from typing import Protocol

import numpy as np
import numpy.typing as npt

from plugin.vst3 import semaphore
from plugin.vst3.midi_bytes import Controls, every_note_off, messages
from plugin.vst3.packet import EVENTS, EVENTS_AT, HEADER, SLOT, SLOTS, SLOTS_AT, Layout, offset_of
from realtime.events import EVENT
from realtime.rights import ask_for_realtime

PRIORITY = 55
"""Just below the callback (60 and more), above the ears (20)."""

_LOOKS_UP_EVERY_S = 0.2
_MESSAGE = tuple[bytes, float]


class Player(Protocol):
    """The plugin, as far as sound is concerned. [worker]"""

    def turn(self, index: int, value: float) -> None:
        """Set a parameter, in its own unit. [worker]"""

    def values(self) -> npt.NDArray[np.float64]:
        """All parameters as the plugin has them, in their own units. [worker]"""

    def play(self, sound: npt.NDArray[np.float32], midi: list[_MESSAGE], rate: float) -> npt.NDArray[np.float32]:
        """One packet: two channels in, two out. [worker]"""


class Link:
    """A shared block as the plugin's end sees it: words are read as plain integers, since numpy's records take longer
    than some plugins take for their sound. [worker]"""

    def __init__(self, descriptor: int, layout: Layout, rate: float) -> None:
        size = os.fstat(descriptor).st_size
        if size < layout.size:
            raise ValueError(f"a block of {size} bytes is no link of {layout.size}")
        self._map = mmap.mmap(descriptor, size)
        os.close(descriptor)
        whole = np.frombuffer(self._map, np.uint8)
        self.layout, self.rate = layout, rate
        self.semaphore = whole.ctypes.data + offset_of(HEADER, "semaphore")
        words = memoryview(self._map).cast("q")
        self.words = words[: HEADER.itemsize // 8]
        self.events = whole[EVENTS_AT : EVENTS_AT + EVENTS * EVENT.itemsize].view(EVENT)
        self.slots = [Packet(whole, words, SLOTS_AT + n * layout.slot_bytes, layout) for n in range(SLOTS)]

    @property
    def newest(self) -> Packet:
        """The packet that was published last. [worker]"""
        return self.slots[self.words[PUBLISHED] % SLOTS]


class Packet:
    """One slot of the ring. [worker]"""

    def __init__(self, whole: npt.NDArray[np.uint8], words: memoryview, at: int, layout: Layout) -> None:
        self.head = words[at // 8 : (at + SLOT.itemsize) // 8]
        self.values = whole[at + SLOT.itemsize :][: 8 * layout.parameters].view(np.float64)
        first, wide = at + layout.sound_at, layout.channel_bytes
        channels = whole[first : first + 4 * wide].view(np.float32).reshape(4, wide // 4)[:, : layout.frames]
        self.question, self.answer = channels[:2], channels[2:]


PUBLISHED, ANSWERED, TAKEN, SKIPPED, WORST_NS, BUSY_NS = (
    offset_of(HEADER, name) // 8 for name in ("published", "answered", "events_taken", "skipped", "worst_ns", "busy_ns")
)
FRAME, WRITTEN, LOST, ANSWER = (
    offset_of(SLOT, name) // 8 for name in ("frame", "events_written", "events_lost", "answer")
)


class Answering(threading.Thread):
    """Answers packets until told to stop. [worker]"""

    def __init__(
        self,
        player: Player,
        link: Link,
        controls: Controls,
        *,
        bend_range_st: float,
        program: int | None = None,
    ) -> None:
        super().__init__(name="sound", daemon=True)
        self.controls = controls
        self.has_changed = False
        """Since the main thread last looked: a parameter was turned, or events came."""
        self.trouble = ""
        self._player, self._link, self._bend_range_st = player, link, bend_range_st
        self._stopping = False
        self._unheard = 0
        self._applied = player.values()
        self._told = np.full(len(self._applied), np.nan)
        self._program, self._is_first = program, True
        self.program_changed = False
        """Since the main thread last looked: a preset was chosen, which moves other parameters too."""
        self._applied_bytes = b""
        self._lost = link.newest.head[LOST]
        self._fence = semaphore.Fence() if platform.machine().lower() not in ("x86_64", "amd64") else _nothing

    @property
    def is_behind(self) -> bool:
        """Whether packets wait: a plugin that may be hanging is not asked for a state to be kept. [worker]"""
        return self._link.words[PUBLISHED] - self._link.words[ANSWERED] > 1

    def moved(self, values: npt.NDArray[np.float64]) -> list[int]:
        """Which parameters the plugin has moved by itself, given how it has them now; each move is told once. [worker]

        The owner will turn its own knob to what it is told. That echo is not played back into the plugin: by then
        the hand in the plugin's window is elsewhere.
        """
        near = np.isclose(values, self._applied, rtol=1e-5) | np.isclose(values, self._told, rtol=1e-5)
        moved = [int(n) for n in np.flatnonzero(~near)]
        self._told = values.copy()
        return moved

    def latency(self, frames: int) -> None:
        """How late the plugin is by itself. One that takes over in the middle of a sound begins with as much silence,
        and then with a jump, neither of which is to be heard. [worker]"""
        self._unheard = 1 + -(-frames // self._link.layout.frames) if self._link.words[PUBLISHED] > 0 else 0

    def stop(self) -> None:
        """End between two packets; returns when it has. [worker]"""
        self._stopping = True
        semaphore.post(self._link.semaphore)
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """Until stopped. [worker]"""
        ask_for_realtime(PRIORITY)
        flush_denormals()
        try:
            while not self._stopping:
                self._answer_newest()  # before any sleep: whoever was here before may have been woken, and died
                semaphore.wait(self._link.semaphore, _LOOKS_UP_EVERY_S)
        except Exception as error:  # the plugin refuses: whoever watches is told, and starts another
            self.trouble = f"{type(error).__name__}: {error}"

    def _answer_newest(self) -> None:
        words = self._link.words
        number = words[PUBLISHED]
        self._fence()
        behind = number - words[ANSWERED]
        if behind <= 0:
            return
        began_ns = time.perf_counter_ns()
        packet = self._link.slots[number % SLOTS]
        self.apply(packet)
        midi = self._collect(packet.head)
        packet.answer[:] = self._player.play(np.ascontiguousarray(packet.question), midi, self._link.rate)
        self._fence()
        if self._unheard > 0:
            self._unheard -= 1
        else:
            packet.head[ANSWER] = number
        words[ANSWERED] = number
        took_ns = time.perf_counter_ns() - began_ns
        words[BUSY_NS] += took_ns
        if behind > 1:
            words[SKIPPED] += behind - 1
        if took_ns > words[WORST_NS]:
            words[WORST_NS] = took_ns

    def apply(self, packet: Packet) -> None:
        """Set what differs. At first everything is to be as it was left; later, a preset that is chosen has its way.
        [worker]"""
        as_bytes = packet.values.tobytes()
        if as_bytes == self._applied_bytes:
            return
        self._applied_bytes = as_bytes
        wanted = packet.values.copy()
        changed = [int(n) for n in np.flatnonzero(wanted != self._applied)]
        if self._program is not None and self._program in changed and self._is_first:
            self._player.turn(self._program, float(wanted[self._program]))
            self._applied = self._player.values()
            changed = [int(n) for n in np.flatnonzero(wanted != self._applied)]
        for index in changed:
            if wanted[index] != self._told[index] or self._is_first:
                self._player.turn(index, float(wanted[index]))
            self.has_changed = True
            self.program_changed = self.program_changed or index == self._program
        self._applied, self._is_first = wanted, False

    def _collect(self, head: memoryview) -> list[_MESSAGE]:
        """The messages up to this packet's end and their times; those of packets left out come at its start."""
        words, rate, last = self._link.words, self._link.rate, self._link.layout.frames - 1
        taken, written = words[TAKEN], head[WRITTEN]
        if taken == written and head[LOST] == self._lost:
            return []
        midi: list[_MESSAGE] = []
        if head[LOST] != self._lost:
            self._lost = head[LOST]
            midi += [(message, 0.0) for message in every_note_off()]
        start = head[FRAME]
        for n in range(max(taken, written - EVENTS), written):
            event = self._link.events[n % EVENTS]
            offset = min(max(int(event["frame"]) - start, 0), last)
            for message in messages(event, self._bend_range_st):
                self.controls.heard(message)
                midi.append((message, (offset + 0.5) / rate))  # the middle of a frame, whichever way it is rounded
        self._fence()
        words[TAKEN] = max(taken, written)  # before they are played: what a plugin dies of is not played to the next
        self.has_changed = True
        return midi


def _nothing() -> None:
    """x86 keeps stores in order by itself."""


def flush_denormals() -> None:
    """Make this thread treat denormals as zero: a plugin's fading tail would else cost a hundred times its sound.

    The C library gives and takes the whole floating-point environment; where in it the mode stands is the processor's
    business: MXCSR at byte 28 on x86, FPCR at byte 0 on ARM. [worker]
    """
    if sys.platform != "linux":
        return
    libm = ctypes.CDLL("libm.so.6")
    room = (ctypes.c_uint32 * 16)()
    places = {"x86_64": (7, 0x8040), "amd64": (7, 0x8040), "aarch64": (0, 1 << 24)}
    place = places.get(platform.machine().lower())
    if place is not None and libm.fegetenv(room) == 0:
        room[place[0]] |= place[1]
        libm.fesetenv(room)
