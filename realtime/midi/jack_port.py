"""A MIDI port of our own in a JACK graph: its messages leave and arrive on their frames, not at a block's beginning.

What flows in: messages, each for now or for a frame; what other programs send. What flows out: the same in the graph,
or each message with the frame at which it stood there. A sending port never touches JACK: it fills a ring that
`jack_cycle` empties on JACK's thread, so it cannot be held up by a server that dies or stands still.

A server that has died, or was declared dead, is never spoken to again: see `realtime.jack`.
"""

from __future__ import annotations

import ctypes
import time
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.block import Block
from realtime.events import NOW
from realtime.jack import JackClient, door, join, names_of
from realtime.latest import latest
from realtime.layout import CLOCK
from realtime.midi.client import JACK, QUEUE_MESSAGES, Arrived
from realtime.midi.graph_time import GraphTime
from realtime.midi.jack_cycle import (
    LONGEST,
    MOST_WAITING,
    PIECE,
    PIECE_BYTES,
    PORT,
    count_patch,
    hear_cycle,
    send_cycle,
)
from realtime.ring import ring
from score.errors import PortError

NO_SERVER = "no JACK server is running."
START_ONE = "Start one (qjackctl, or: jackd -d alsa) and try again."

_MIDI = b"8 bit raw midi"
_INPUT, _OUTPUT = 1, 2  # JackPortIsInput, JackPortIsOutput
_SENDS_MESSAGES = 4096
_STALLED_S = 0.25
_POLL_S = 0.0005
_PATCHED_WITHIN_S = 2.0
"""JACK tells of a patch before it makes it, with a cycle that may be late."""
_READY_S = 0.008
"""How much earlier than its cycle a message is given, so that it is there when the cycle begins."""


class JackPort:
    """An input or an output of a JACK graph, first without a port. [main]"""

    def __init__(self, *, output: bool, name: str) -> None:
        client = join(name)
        if client is None:
            raise PortError(f"{JACK} has no MIDI here: {NO_SERVER}", START_ONE)
        self._client: JackClient = client
        client.keeps = self
        self._closed, self._output, self._port = False, output, 0
        self._patches = Block(8)
        self._patches_met, self._looks_until_s = 0, 0.0
        self._met: set[str] = set()
        self._state, self._room = Block(PORT.itemsize), Block(PIECE.itemsize * (MOST_WAITING + 1))
        self._producer, self._consumer = ring(_SENDS_MESSAGES if output else QUEUE_MESSAGES, PIECE)
        self._writer, cycles = latest(CLOCK)
        self._time = GraphTime(cycles)
        self._unread: deque[npt.NDArray[Any]] = deque()
        self._looked_at = -1
        self._fill_in()

    @property
    def name(self) -> str:
        """The client's name in the graph. [main]"""
        return self._client.name

    @property
    def lost(self) -> bool:
        """The server behind this port has died; only `close` is left to do. [any]"""
        return self._client.gone

    @property
    def dropped(self) -> int:
        """Messages that came in and were not read in time. [any]"""
        return int(self._state.view(PORT)["lost"][0])

    @property
    def missed(self) -> int:
        """Cycles that the graph could not finish: who hears us may not have heard what was said in them. [any]"""
        return self._client.xruns

    def port_names(self) -> list[str]:
        """The ports that this one could be connected to. [main]"""
        with door:
            self._must_live()
            library = self._client.library
            kind = _INPUT if self._output else _OUTPUT
            return names_of(library, library.jack_get_ports(self._client.handle, None, _MIDI, kind))

    def open(self, port: str, label: str) -> None:
        """Connect to the port of this name; ours is called `label`. [main]"""
        with door:
            if port not in self.port_names():
                raise PortError(f"the MIDI port '{port}' has gone.", "See what there is with: vocello ports")
            self.open_virtual(label)
            if not self.connect(port):
                raise PortError(f"the MIDI port '{port}' cannot be opened.", "Is its program still running?")

    def open_virtual(self, label: str) -> None:
        """Be a port that others connect to. [main]"""
        with door:
            self._must_live()
            library, handle = self._client.library, self._client.handle
            self._port = library.jack_port_register(handle, label.encode(), _MIDI, self._direction, 0) or 0
            if not self._port:
                raise PortError(f"JACK refuses a MIDI port '{label}'.", "Restart its server; then try again.")
            self._label = label
            self._state.view(PORT)["port"] = self._port
            process = send_cycle if self._output else hear_cycle
            library.jack_set_process_callback(handle, process.address, self._state.address)
            library.jack_set_port_connect_callback(handle, count_patch.address, self._patches.address)
            self._client.run()

    def connect(self, port: str) -> bool:
        """Patch our port to another; False when that is not there. [main]"""
        ours = f"{self.name}:{self._label}"
        return self._client.connect(*((ours, port) if self._output else (port, ours)))

    def patched(self) -> list[str]:
        """The ports that ours is connected with. [main]"""
        with door:
            if self._closed or self.lost or not self._port:
                return []
            library = self._client.library
            return names_of(library, library.jack_port_get_all_connections(self._client.handle, self._port))

    def newcomers(self) -> list[str]:
        """Who was connected with our port since last asked; costs nothing where the graph stayed as it was. [main]"""
        patches = int(self._patches.view(np.int64)[0])
        if patches != self._patches_met:
            self._patches_met, self._looks_until_s = patches, time.monotonic() + _PATCHED_WITHIN_S
        elif time.monotonic() > self._looks_until_s:
            return []
        met, self._met = self._met, set(self.patched())
        return sorted(self._met - met)

    # Out

    def ahead_frames(self, clock: npt.NDArray[Any]) -> float:
        """How much earlier a message wants to be given: two cycles of the graph, and some rest. [midi]"""
        self._time.learn(clock)
        if self._time.apart is None:
            return 0.0
        state = self._state.view(PORT)[0]
        return float(2.0 * state["frames"] + _READY_S * state["rate"])

    def moment(self, frame: int, clock: npt.NDArray[Any]) -> int:
        """The graph's frame that is this one of our stream; NOW where our sound is not in the graph. [midi]"""
        self._time.learn(clock)
        apart = self._time.apart
        return NOW if apart is None else max(frame + apart, 0)

    def send(self, message: bytes, at: int = NOW) -> None:
        """Send one message, now or at a frame of the graph; PortError when the server died or stands still. [any]"""
        if len(message) > PIECE_BYTES:
            raise ValueError(f"a message of {len(message)} bytes is longer than what this port sends")
        piece = np.zeros(1, PIECE)
        padded = message.ljust(PIECE_BYTES, b"\0")
        piece[0] = (at, len(message), 0, int.from_bytes(padded[:8], "little"), int.from_bytes(padded[8:], "little"))
        stalled_at, turns = 0, 0
        while True:
            if self.lost:
                raise PortError("the JACK server has ended.", "Vocello reconnects when it is back.")
            if self._producer.push(piece):
                return
            if self._turns != turns:
                turns, stalled_at = self._turns, time.monotonic_ns()
            if time.monotonic_ns() - stalled_at > _STALLED_S * 1e9:
                self._client.declare_gone()  # closing it would wait for an answer, perhaps for ever
                raise PortError("the JACK server stands still.", "Restart it; Vocello reconnects.")
            time.sleep(_POLL_S)

    # In

    def take(self, clock: npt.NDArray[Any]) -> Arrived | None:
        """The oldest message unread, and when it arrived, to the frame. [midi]"""
        if not self._unread:
            arrived = len(self._consumer)
            if arrived or clock["frame"] != self._looked_at:  # the reader asks a thousand times a second
                self._looked_at = int(clock["frame"])
                self._time.learn(clock)  # of their cycle, before any moment is named
            if arrived:
                self._unread.extend(self._consumer.pop_all())
        if not self._unread:
            return None
        piece = self._unread.popleft()
        frame, size = int(piece["frame"]), int(piece["size"])
        data = _bytes_of(piece)[: min(size, PIECE_BYTES)] if size <= LONGEST else _bytes_of(piece)[:1]
        while len(data) < size <= LONGEST:
            data += _bytes_of(self._unread.popleft())[: size - len(data)]
        apart = self._time.apart
        return Arrived(list(data), self._time.ns_of(frame), frame - apart if apart is not None else None)

    # The end

    def let_leave(self) -> bool:
        """Wait until what was sent has left; a cycle that the graph misses takes it along. [main]"""
        if not self._output or not self._port:
            return False
        until = time.monotonic() + _STALLED_S
        while len(self._consumer) and not self.lost and time.monotonic() < until:
            time.sleep(_POLL_S)
        turns = self._turns  # what was taken in leaves with that cycle; the next is none of ours
        while self._turns < turns + 2 and not self.lost and time.monotonic() < until:
            time.sleep(_POLL_S)
        return True

    def close(self) -> None:
        """Give the port back, once all that was sent for now has left. [main]"""
        if self._closed:
            return
        self.let_leave()
        with door:
            self._closed = True
            self._client.close()

    @property
    def _direction(self) -> int:
        return _OUTPUT if self._output else _INPUT

    @property
    def _turns(self) -> int:
        return int(self._state.view(PORT)["turns"][0])

    def _fill_in(self) -> None:
        library, state = self._client.library, self._state.view(PORT)[0]
        state["client"] = self._client.handle
        state["ring"], state["room"] = int(self._producer.address), self._room.address
        state["cycles"] = int(self._writer.address)
        state["rate"] = library.jack_get_sample_rate(self._client.handle)
        for field, function in (
            ("last_frame_time", "jack_last_frame_time"),
            ("get_buffer", "jack_port_get_buffer"),
            ("clear_buffer", "jack_midi_clear_buffer"),
            ("write", "jack_midi_event_write"),
            ("count", "jack_midi_get_event_count"),
            ("get", "jack_midi_event_get"),
        ):
            state[field] = ctypes.cast(getattr(library, function), ctypes.c_void_p).value
        # Compiled now, where it was never used before: the first note would wait for it.
        self._producer.push(np.zeros(1, PIECE))
        self._consumer.pop_all()

    def _must_live(self) -> None:
        if self._closed or self.lost:
            what = "the JACK server has ended." if self.lost else "this MIDI port is closed."
            raise PortError(what, "Open it anew.")


def _bytes_of(piece: npt.NDArray[Any]) -> bytes:
    return int(piece["low"]).to_bytes(8, "little") + int(piece["high"]).to_bytes(8, "little")
