"""What Vocello plays, for other programs: events to a virtual port named Vocello, or to a port that exists.

What flows in: EVENT records from the ears, the app or a file, on any thread. What flows out: MIDI messages,
and one promise: whatever was begun is ended, on close, on panic, at the end of the program, when the port
is lost and found, and, where the API tells who listens, by a second process when this one is killed.
Sending never waits for another program and never raises: a port that has died is told by `trouble`, and
`reopen` brings it back.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy.typing as npt

from realtime.events import NOW
from realtime.midi.client import AT_ONCE, COREMIDI, Client, make_client
from realtime.midi.echo import Sent
from realtime.midi.format import Format, PlainFormat
from realtime.midi.guard import Guard, is_note_off
from realtime.midi.mpe import MpeFormat
from realtime.midi.parse import MPE_BEND_RANGE_ST, PLAIN_BEND_RANGE_ST
from realtime.midi.ports import OUR_NAME, Port, api_for_virtual, choose, list_ports
from score.errors import PortError

_ENDED_LATELY_S = 1.0


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
        sent: Sent | None = None,
        receivers: Sequence[str] = (),
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
        self.sent = sent or Sent()
        self._closed = False
        self._guard = Guard()
        self._receivers, self._owes_word = list(receivers), False
        self._ends: dict[bytes, tuple[float, bytes]] = {}
        self._missed = 0
        try:
            self.port = self._open()
        except PortError:
            self._guard.dismiss()
            raise
        close = weakref.WeakMethod(self.close)
        self._at_exit = lambda: (still := close()) and still()
        atexit.register(self._at_exit)  # behind what closes JACK's clients, and so before it

    @property
    def sounding(self) -> int:
        """Notes that were begun and not ended. [any]"""
        return self._format.sounding

    def ahead_frames(self, clock: npt.NDArray[Any]) -> float:
        """How much earlier a message wants to be sent; 0 where it leaves as soon as it is sent. [midi]"""
        with self._lock:
            return self._client.ahead_frames(clock) if self._client is not None else 0.0

    def moment(self, frame: int, clock: npt.NDArray[Any]) -> int:
        """A frame of the callback's clock in the port's own time; NOW where it has none. [midi]"""
        with self._lock:
            return self._client.moment(frame, clock) if self._client is not None else NOW

    def send(self, events: npt.NDArray[Any], at: int = NOW) -> bool:
        """Send events; False when there is no port, and the messages are counted in `unsent`. [any]"""
        with self._lock:
            return self._send(self._format.format(events), at)

    def send_bytes(self, message: bytes, at: int = NOW) -> bool:
        """Send one message as it is: clock, start, stop. [any]"""
        with self._lock:
            return self._send([message], at)

    def announce(self) -> bool:
        """Say the bend range, or the MPE zone, again, for a program that connected later. [any]"""
        with self._lock:
            return self._send(self._format.announce())

    def greet(self) -> None:
        """Tell who was connected lately what a receiver must know, as soon as nothing sounds. [main]"""
        with self._lock:
            if self._client is not None:
                if self._client.newcomers():
                    self._owes_word = True
                    self._know_receivers(self._client)
                if self._owes_word and not self.sounding:  # a zone that is announced ends its notes
                    self._owes_word = False
                    self._send(self._format.announce())

    def end_again(self) -> None:
        """If cycles of a graph were missed: end once more what ended lately, since nobody may have heard it. [main]"""
        with self._lock:
            if self._client is None or self._client.missed == self._missed:
                return
            self._missed = self._client.missed
            since = monotonic() - _ENDED_LATELY_S
            for at_s, message in self._ends.values():
                if at_s >= since and not self._guard.sounds(message):  # what was struck again meanwhile sounds on
                    self._send([message], AT_ONCE)

    @property
    def receivers(self) -> list[str]:
        """The ports that ours is connected with, where that can be known. [main]"""
        with self._lock:
            return self._client.patched() if self._client is not None else []

    @property
    def guard_pid(self) -> int | None:
        """The process that ends our notes if this one is killed; None while nobody listens. [any]"""
        return self._guard.pid

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
                    self._know_receivers(self._client)
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
                atexit.unregister(self._at_exit)
                words = self._format.panic()
                self._send(words)
                if self._client is not None and self._client.let_leave():
                    self._send(words)
                if self._client is not None:
                    self._client.close()
                    self._client = None
                self._guard.dismiss()
                self._trouble = PortError("this MIDI output was closed.", "Open another.")

    def _open(self) -> Port:
        if self._wanted is None:
            api = self._api or api_for_virtual()
            port = Port(f"{self._name}:out", api, "output")
        else:
            port = choose(self._wanted, list_ports("output", self._api))
        client = make_client(port.api, output=True, name=self._name)
        try:
            if self._wanted is None:  # CoreMIDI shows the port's name and not the client's
                client.open_virtual(self._name if port.api == COREMIDI else "out")
                port = replace(port, name=f"{client.name}:out")
                for receiver in self._receivers:  # an engine that came back finds those whom it left
                    client.connect(receiver)
            else:
                client.open(port.name, "out")
        except PortError:
            client.close()
            raise
        self._client, self._trouble = client, None
        self._ends.clear()
        self._missed = client.missed
        self._format.forget()
        self._send(self._format.announce())
        if self._receivers:  # they may still hold what was begun before
            self._send(self._format.panic())
        self._know_receivers(client)
        return port

    def _know_receivers(self, client: Client) -> None:
        self._receivers = client.patched()
        self._guard.know(self._receivers)

    def _send(self, messages: list[bytes], at: int = NOW) -> bool:
        for n, message in enumerate(messages):
            if self._client is None:
                self.unsent += len(messages) - n
                return False
            try:
                self.sent.note_down(message)  # before: it may be back before this thread goes on
                self._guard.note_down(message)
                self._client.send(message, at)
                if at != AT_ONCE and is_note_off(message):
                    self._ends[message[:2]] = monotonic(), message
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
        self._guard.forget()
