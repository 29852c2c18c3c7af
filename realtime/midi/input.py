"""Every keyboard that is plugged in plays: MIDI ports to events, each at the frame where it sounds.

What flows in: messages of all ports, or of those chosen by a part of their name, and the callback's clock.
What flows out: EVENT records into one ring, and news for the user of ports that came and went. One thread,
[midi], reads every port in turn once a millisecond, so the ring's producer and the clock's reader belong to
one thread however many keyboards there are; the main thread looks for new and vanished ports and hands them
over under a lock that is held for microseconds.

A ring that is full loses events, never order: what is lost is counted, and the first event that fits again
is NOTES_OFF, since the lost ones may have been note-offs. The same holds for what a port could not keep until it was
read, and for what is played while the sound card is away: kept, it would all sound at once when the card comes back.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy.typing as npt

from realtime.events import ALL_CHANNELS, NOTES_OFF, event
from realtime.latest import Reader
from realtime.midi.arrival import frame_of
from realtime.midi.client import Arrived, Client, make_client
from realtime.midi.echo import Echo, Sent
from realtime.midi.parse import LONGEST_EXCLUSIVE, Parser, Row, as_events
from realtime.midi.poll import fine_timer
from realtime.midi.ports import OUR_NAME, PROBE_NAME, Port, working_api
from realtime.rights import ask_for_realtime
from score.errors import PortError

POLL_S = 0.001
_PRIORITY = 30  # below the card's thread, above the ears'
NO_PORT_S = 0.02
MESSAGES_AT_ONCE = 256
CLOCK_AGE_NS = 20_000_000
SILENT_AFTER_S = 1.0
_TRANSPORT = (0xF2, 0xF8, 0xFA, 0xFB, 0xFC)


class EventSink(Protocol):
    """Where events go: a ring's producer."""

    def push(self, items: npt.NDArray[Any], /) -> bool:
        """Take every item, or none and say False. [midi]"""


class Transport(Protocol):
    """Who follows another program's clock; see `follow.ClockIn`."""

    def hear(self, message: bytes, at_ns: int, frame: int | None, rate: float, /) -> None:
        """One message of clock or transport, and when it arrived; the frame of our stream where it is known. [midi]"""


@dataclass(frozen=True)
class PortNews:
    """A port that can be heard from now on, or no longer; `why` says what there is to say about it."""

    port: Port
    what: Literal["opened", "vanished", "refused", "echoes"]
    why: str = ""


@dataclass(eq=False)
class _Heard:
    port: Port
    client: Client
    parser: Parser = field(default_factory=Parser)
    echo: Echo = field(default_factory=lambda: Echo(Sent()))
    echo_was_told: bool = False
    dropped: int = 0

    def missed(self) -> int:
        """Messages that it could not keep since last asked."""
        before, self.dropped = self.dropped, self.client.dropped
        return self.dropped - before


class MidiInput:
    """The ports that play, and the thread that listens to them."""

    def __init__(
        self,
        producer: EventSink,
        clock: Reader,
        choose: str = "all",
        *,
        transport: Transport | None = None,
        sent: Sent | None = None,
        api: str | None = None,
    ) -> None:
        self._producer, self._clock, self._transport = producer, clock, transport
        self._choose, self._api_wanted, self._sent = choose, api, sent or Sent()
        self._open: tuple[_Heard, ...] = ()
        self._refused: set[Port] = set()
        self._looker: Client | None = None
        self._lock = threading.Lock()  # holder may read ports, push, and change `_open`
        self._stop = threading.Event()
        self._owes_release = False
        self._clock_due_ns = 0
        self.clock: npt.NDArray[Any] = clock.read()
        """The callback's clock as last read here, for others: its reader has one owner."""
        self.lost = 0
        """What was not played: it came faster than it was read, found the ring full, or no callback to play it."""
        self.messages = 0
        """Messages heard, of every kind."""
        self._thread = threading.Thread(target=self._listen, name="midi", daemon=True)
        self._thread.start()

    @property
    def ports(self) -> list[Port]:
        """The ports that are heard now. [any]"""
        return [heard.port for heard in self._open]

    def look_again(self) -> list[PortNews]:
        """Open what was plugged in, close what was pulled out, and tell; once a second does well. [main]"""
        there = self._list()
        news = []
        for heard in self._open:
            if heard.port not in there or heard.client.lost:
                self._drop(heard)
                news.append(PortNews(heard.port, "vanished"))
            elif heard.echo.count and not heard.echo_was_told:
                heard.echo_was_told = True
                news.append(PortNews(heard.port, "echoes"))
        self._refused &= there
        for port in sorted(there - set(self.ports) - self._refused, key=lambda each: each.name):
            try:
                client = make_client(port.api, output=False, name=f"{OUR_NAME} in")
                try:
                    client.open(port.name, "in")
                except PortError:
                    client.close()
                    raise
            except PortError as error:
                self._refused.add(port)  # said once, and tried again when it was pulled out and plugged in
                news.append(PortNews(port, "refused", str(error)))
                continue
            with self._lock:
                echo = Echo(self._sent)
                self._open = (*self._open, _Heard(port, client, echo=echo))
            news.append(PortNews(port, "opened"))
        return news

    def close(self) -> None:
        """Release what is down on every port, and close them. [main]"""
        self._stop.set()
        self._thread.join()
        for heard in self._open:
            self._drop(heard)
        self._stop_looking()

    def _list(self) -> set[Port]:
        # One client stays open to look with: a new one each second would be a stranger in every patch bay.
        try:
            if self._looker is None or self._looker.lost:
                self._stop_looking()
                self._api = self._api_wanted or working_api()
                self._looker = make_client(self._api, output=False, name=PROBE_NAME)
            ports = [Port(name, self._api, "input") for name in self._looker.port_names()]
        except PortError:
            self._stop_looking()
            return set()
        if self._choose == "all":
            return {port for port in ports if not port.is_ours}
        wanted = self._choose.casefold()
        return {port for port in ports if wanted in port.name.casefold()}

    def _stop_looking(self) -> None:
        if self._looker is not None:
            self._looker.close()
            self._looker = None

    def _drop(self, heard: _Heard) -> None:
        with self._lock:
            self._open = tuple(each for each in self._open if each is not heard)
            self._push(heard.parser.release(self._frame_now()))
        heard.client.close()

    def _listen(self) -> None:
        ask_for_realtime(_PRIORITY)
        with fine_timer():
            while not self._stop.is_set():
                with self._lock:
                    self._sweep()
                time.sleep(POLL_S if self._open else NO_PORT_S)

    def _sweep(self) -> None:
        """Everything that waits in every port, in one array, which is what keeps up with a flood."""
        rows: list[Row] = []
        missed = 0
        now_ns = time.perf_counter_ns()
        if now_ns > self._clock_due_ns:
            self._clock_due_ns = now_ns + CLOCK_AGE_NS
            self.clock = self._clock.read()
        for heard in self._open:
            taken = 0
            # No port waits for the flood of another to end.
            while taken < MESSAGES_AT_ONCE and (arrived := heard.client.take(self.clock)) is not None:
                if not taken:
                    self.clock = self._clock.read()
                self._hear(heard, arrived)
                taken += 1
            if taken:
                self.messages += taken
                rows += heard.parser.drain()
            if taken < MESSAGES_AT_ONCE:
                missed += heard.missed()
        if rows or self._owes_release:
            self._push(as_events(rows))
        if missed:  # behind all that came before them, which may have begun what they would have ended
            self.lost += missed
            self._owes_release = True

    def _hear(self, heard: _Heard, arrived: Arrived) -> None:
        data = arrived.data
        if len(data) > LONGEST_EXCLUSIVE:  # somebody's firmware: to look at each byte of it would make keys late
            data = data[:1]
        if heard.echo.is_ours(data):
            return
        if data[0] not in _TRANSPORT:
            heard.parser.take(data, self._frame_for(arrived))
        elif self._transport is not None:
            self._transport.hear(bytes(data), arrived.at_ns, arrived.frame, float(self.clock["rate"]))

    def _frame_for(self, arrived: Arrived) -> int:
        """A block after it arrived: its place in the block is its place under the fingers."""
        if arrived.frame is None:
            return frame_of(arrived.at_ns, self.clock)
        return max(arrived.frame + int(self.clock["block_frames"]), 0)

    def _push(self, events: npt.NDArray[Any]) -> None:
        if self._nobody_plays():
            self.lost += len(events)
            self._owes_release = self._owes_release or len(events) > 0
            return
        if self._owes_release:
            release = event(NOTES_OFF, frame=self._frame_now(), channel=ALL_CHANNELS)
            self._owes_release = not self._producer.push(release)
        if not len(events):
            return
        if not self._owes_release and self._producer.push(events):
            return
        fitted = 0
        while not self._owes_release and fitted < len(events):
            if self._producer.push(events[fitted : fitted + 1]):
                fitted += 1
            else:
                self._owes_release = True
        self.lost += len(events) - fitted

    def _nobody_plays(self) -> bool:
        clock = self.clock
        silent_s = (time.perf_counter_ns() - int(clock["began_ns"])) / 1e9
        return bool(clock["rate"] > 0.0) and silent_s > SILENT_AFTER_S

    def _frame_now(self) -> int:
        return frame_of(time.perf_counter_ns(), self.clock)
