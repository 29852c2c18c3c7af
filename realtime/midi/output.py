"""What Vocello plays, for other programs: events to a virtual port named Vocello, or to a port that exists.

What flows in: EVENT records from the ears, the app or a file, on any thread. What flows out: MIDI messages,
and one promise: whatever was begun is ended, on close, on panic, at the end of the program, and when the
port is lost and found. Sending never waits for another program and never raises: a port that has died is
told by `trouble`, and `reopen` brings it back.
"""

from __future__ import annotations

import atexit
import threading
from typing import Any
from weakref import WeakSet

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
        api: str | None = None,
    ) -> None:
        self._name, self._wanted, self._api = name, port, api
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
        _open_outputs.add(self)

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
        """Say the bend range, or the MPE zone, again, for a program that connected later. [any]"""
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
        """What became of the port, None while it lives; ask once a second, and then `reopen`. [main]"""
        with self._lock:
            if self._client is not None:
                try:
                    names = self._client.port_names()
                except PortError as error:
                    self._lose(error)
                else:
                    if self._wanted is not None and self.port.name not in names:
                        what = f"the MIDI port '{self.port.name}' has gone."
                        self._lose(PortError(what, "Plug it in again."))
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

    def _open(self) -> Port:
        if self._wanted is None:
            api = self._api or api_for_virtual()
            port = Port(f"{self._name}:out", api, "output")
        else:
            port = choose(self._wanted, list_ports("output", self._api))
        client = Client(port.api, output=True, name=self._name)
        try:
            if self._wanted is None:  # CoreMIDI shows the port's name and not the client's
                client.open_virtual(self._name if port.api == COREMIDI else "out")
            else:
                client.open(port.name, "out")
        except PortError:
            client.close()
            raise
        self._client, self._trouble = client, None
        self._format.forget()
        self._send(self._format.announce())
        return port

    def _send(self, messages: list[bytes]) -> bool:
        for n, message in enumerate(messages):
            if self._client is None:
                self.unsent += len(messages) - n
                return False
            try:
                self._client.send(message)
            except PortError as error:
                self._lose(error)
                self.unsent += len(messages) - n
                return False
        return self._client is not None

    def _lose(self, error: PortError) -> None:
        assert self._client is not None
        self._client.close()
        self._client, self._trouble = None, error
        self._format.forget()  # who comes next has heard nothing


_open_outputs: WeakSet[MidiOutput] = WeakSet()


@atexit.register
def _close_at_exit() -> None:
    for output in list(_open_outputs):
        output.close()
