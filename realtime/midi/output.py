"""What Vocello plays, for other programs: events to a virtual port named Vocello, or to a port that exists.

What flows in: EVENT records from the ears, the app or a file, on any thread. What flows out: MIDI messages, and one
promise: whatever was begun is ended, on close, on panic, at the end of the program, and when the port is lost and
found. Sending never waits for another program and never raises: a port that has died is told by `trouble`, and
`reopen` brings it back.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import Any

import numpy.typing as npt

from realtime.midi.client import COREMIDI, Client
from realtime.midi.format import Format, PlainFormat
from realtime.midi.mpe import MpeFormat
from realtime.midi.parse import MPE_BEND_RANGE_ST, PLAIN_BEND_RANGE_ST
from realtime.midi.ports import OUR_NAME, Port, api_for_virtual, choose, list_ports
from score.errors import PortError


class MidiOutput:
    """A port that notes leave by. It opens at once, or PortError says why not. [main]"""

    def __init__(
        self,
        name: str = OUR_NAME,
        *,
        mpe: bool = False,
        bend_range_st: float | None = None,
        port: str | None = None,
    ) -> None:
        self._name, self._wanted = name, port
        self._format: Format
        if mpe:
            self._format = MpeFormat(MPE_BEND_RANGE_ST if bend_range_st is None else bend_range_st)
        else:
            self._format = PlainFormat(PLAIN_BEND_RANGE_ST if bend_range_st is None else bend_range_st)
        self._lock = threading.RLock()  # the ears send, the main thread panics, the clock ticks
        self._client: Client | None = None
        self._trouble: PortError | None = None
        self.unsent = 0
        """Messages that had no port to leave by."""
        self._closed = False
        self.port = self._open()
        atexit.register(_close_at_exit, weakref.ref(self))

    @property
    def sounding(self) -> int:
        """Notes that were begun and not ended. [any]"""
        return self._format.sounding

    def send(self, events: npt.NDArray[Any]) -> bool:
        """Send events now; False when there is no port, and the messages are counted in `unsent`. [any]"""
        with self._lock:
            return self._send(self._format.format(events))

    def send_bytes(self, message: bytes) -> bool:
        """Send one message as it is: clock, start, stop. [any]"""
        with self._lock:
            return self._send([message])

    def announce(self) -> bool:
        """Say the bend range, or the MPE zone, again: a program that connected later has not heard it. [any]"""
        with self._lock:
            return self._send(self._format.announce())

    def all_notes_off(self) -> bool:
        """End every note that sounds, as if the keys went up. [any]"""
        with self._lock:
            return self._send(self._format.release_all())

    def panic(self) -> bool:
        """Everything that can silence a receiver, on every channel in use. [any]"""
        with self._lock:
            return self._send(self._format.panic())

    def trouble(self) -> PortError | None:
        """What has become of the port: None while it lives. Ask once a second, and `reopen` when it died. [main]"""
        with self._lock:
            if self._client is not None:
                if self._client.lost:
                    self._lose(PortError("the JACK server has ended.", "Vocello reconnects when it is back."))
                elif not self.port.is_ours_to_keep and self.port.name not in self._client.port_names():
                    self._lose(PortError(f"the MIDI port '{self.port.name}' has gone.", "Plug it in again."))
            return self._trouble

    def reopen(self) -> None:
        """Open the port anew after it was lost; PortError while that is not possible. [main]"""
        with self._lock:
            if self._closed:
                raise PortError("this MIDI output was closed.", "Open another.")
            if self.trouble() is not None:
                self.port = self._open()

    def close(self) -> None:
        """Silence what sounds, and give the port back; a second time does nothing. [main]"""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._send(self._format.panic())
                if self._client is not None:
                    self._client.close()
                    self._client = None
                self._trouble = PortError("this MIDI output was closed.", "Open another.")
