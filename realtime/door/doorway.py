"""The engine's side of the door: messages in, answers and news out, a tick fifty times a second.

What flows in: connections, one of them the owner's. What flows out: answers to each, and to all what happened by
itself and which state the engine is in. When the owner goes, sounding notes ring out and the engine ends, unless it
was told to stay. Nobody is waited for: who does not read is not written to. [main]
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from realtime.door import messages
from realtime.door.messages import Message
from realtime.door.verbs import TICK_S, Beat, Machine, obey
from realtime.door.whereabouts import listen, needs_local_sockets
from realtime.rights import lock_memory
from score.errors import EngineError, ProtocolError, VocelloError

_READ_BYTES = 1 << 16
_UNREAD_AT_MOST = 1 << 20
_GUESTS_AT_MOST = 64
_MESSAGES_A_TURN = 64  # then the others, and the tick, have theirs
_ENDS = {"kind": "ends", "text": "The engine ends; its notes ring out."}


class Guest:
    """One connection, and what lies ready for it. [main]"""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.inbox = messages.Inbox()
        self.greeted = False
        self.leaving = False
        self.state_due = False
        self.more = False
        """Whether the inbox may hold another whole message."""
        self.window: int | None = None
        """A descriptor that goes out with the next bytes."""
        self._unread = bytearray()

    @property
    def unread(self) -> int:
        """Bytes that it has not taken yet. [main]"""
        return len(self._unread)

    def send(self, said: bytes) -> None:
        """Write what it takes now, keep the rest. [main]"""
        self._unread += said
        self.flush()

    def flush(self) -> None:
        """Write on, as far as it reads; OSError when it is gone. [main]"""
        try:
            while self._unread:
                if self.window is not None:
                    sent = socket.send_fds(self.connection, [self._unread[:_READ_BYTES]], [self.window])
                    self.window = None
                else:
                    sent = self.connection.send(self._unread[:_READ_BYTES])
                del self._unread[:sent]
        except BlockingIOError:
            pass


class Doorway:
    """Serves one machine to all who come. [main]"""

    def __init__(
        self, machine: Machine, listener: socket.socket, owner: socket.socket | None = None, *, stay: bool = False
    ) -> None:
        self._machine, self._listener, self._beat = machine, listener, Beat(machine)
        self._stay, self._asked_to_end = stay, False
        self._guests: list[Guest] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, None)
        self._owner: Guest | None = None
        self._owner_went = False
        self._parent = os.getppid() if owner is not None else None
        self._state: dict[str, Any] = {}
        if owner is not None:
            self._owner = self._welcome(owner)

    def end(self) -> None:
        """Let `serve` return soon; a signal handler may call it. [main]"""
        self._asked_to_end = True

    def serve(self) -> None:
        """Until the owner has gone, or somebody asked to end; then let the notes ring out. [main]"""
        next_tick_s = monotonic()
        while not self._over():
            waits = max(next_tick_s - monotonic(), 0.0)
            for key, ready in self._selector.select(0.0 if any(guest.more for guest in self._guests) else waits):
                if key.data is None:
                    self._accept()
                else:
                    self._attend(key.data, ready)
            for guest in [guest for guest in self._guests if guest.more]:
                self._take_messages(guest)
            if monotonic() >= next_tick_s:
                next_tick_s = max(next_tick_s + TICK_S, monotonic())
                self._tick()

    def close(self) -> None:
        """Part from everybody. [main]"""
        for guest in list(self._guests):
            self._part(guest)
        self._selector.close()

    def tell(self, news: Sequence[Mapping[str, Any]]) -> None:
        """Push news to all; who has not read the last megabyte misses it. [main]"""
        if not news:
            return
        said = messages.frame({"news": list(news)})
        for guest in list(self._guests):
            if guest.greeted and guest.unread < _UNREAD_AT_MOST:
                self._send(guest, said)

    def _over(self) -> bool:
        orphaned = self._parent is not None and os.getppid() != self._parent  # its descriptor may live on in a child
        if orphaned and self._owner is not None:
            self._part(self._owner)
        return self._asked_to_end or (self._owner_went and self._owner is None and not self._stay)

    def _tick(self) -> None:
        self.tell(self._beat.tick())
        self._look_at_state()
        for guest in list(self._guests):
            if guest.state_due and not guest.unread:  # whoever reads slowly gets the newest only
                self._send_state(guest)

    def _look_at_state(self) -> None:
        state = self._machine.state()
        if state != self._state:
            self._state = state
            for guest in self._guests:
                guest.state_due = guest.greeted

    # Connections

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone before it was let in, or no descriptors left for it
            return
        if len(self._guests) < _GUESTS_AT_MOST:
            self._welcome(connection)
        else:
            connection.close()

    def _welcome(self, connection: socket.socket) -> Guest:
        guest = Guest(connection)
        self._guests.append(guest)
        self._selector.register(connection, selectors.EVENT_READ, guest)
        return guest

    def _part(self, guest: Guest) -> None:
        if guest not in self._guests:
            return
        self._guests.remove(guest)
        self._selector.unregister(guest.connection)
        guest.connection.close()
        if guest is self._owner:
            self._owner, self._owner_went, self._parent = None, True, None

    def _attend(self, guest: Guest, ready: int) -> None:
        try:
            if ready & selectors.EVENT_WRITE:
                guest.flush()
                self._watch(guest)
            if ready & selectors.EVENT_READ and not guest.more:
                arrived = guest.connection.recv(_READ_BYTES)
                if not arrived:
                    self._part(guest)
                    return
                guest.inbox.put(arrived)
                guest.more = True
        except BlockingIOError:
            pass
        except OSError:
            self._part(guest)

    def _watch(self, guest: Guest) -> None:
        """Ask the selector for what this guest is waited for: always its words, its ears while it lags behind."""
        if guest.leaving and not guest.unread:
            self._part(guest)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if guest.unread else 0)
        if self._selector.get_key(guest.connection).events != wanted:
            self._selector.modify(guest.connection, wanted, guest)

    def _send(self, guest: Guest, said: bytes) -> None:
        try:
            guest.send(said)
            self._watch(guest)
        except OSError:
            self._part(guest)

    def _send_state(self, guest: Guest) -> None:
        guest.state_due = False
        self._send(guest, messages.frame({"state": self._state}))

    # Messages

    def _take_messages(self, guest: Guest) -> None:
        for _ in range(_MESSAGES_A_TURN):
            if guest not in self._guests or guest.leaving:
                guest.more = False
                return
            try:
                said = guest.inbox.take()
                if said is None:
                    guest.more = False
                    return
            except ProtocolError as error:
                self._reply(guest, messages.refusal(None, error))
            else:
                self._reply(guest, self._answer(guest, said))

    def _reply(self, guest: Guest, said: bytes) -> None:
        if guest.unread > _UNREAD_AT_MOST:  # asks and does not listen
            self._part(guest)
            return
        self._look_at_state()
        if guest.state_due and guest in self._guests:
            self._send_state(guest)  # before the answer, so that who has the answer knows the state it led to
        if guest in self._guests:
            self._send(guest, said)

    def _answer(self, guest: Guest, said: Mapping[str, Any]) -> bytes:
        number = messages.number_of(said)
        try:
            message = messages.decode(said)
            if number is None:
                raise ProtocolError("a message needs a whole number as its 'id'.")
            return messages.answer(number, self._do(guest, message))
        except VocelloError as error:
            return messages.refusal(number, error)
        except Exception as error:
            traceback.print_exc()
            return messages.refusal(number, EngineError(f"{type(error).__name__}: {error}", "This is a bug of ours."))

    def _do(self, guest: Guest, message: Message) -> dict[str, Any]:
        if isinstance(message, messages.Hello):
            return self._greet(guest, message)
        if not guest.greeted:
            raise ProtocolError("the first message must be a hello.", f"Say hello, with version {messages.VERSION}.")
        if isinstance(message, messages.StayAlive):
            self._stay = message.stay
            return {}
        if isinstance(message, messages.Bye):
            guest.leaving = True
            return {"stays": self._stay or guest is not self._owner}
        return obey(self._machine, message)

    def _greet(self, guest: Guest, hello: messages.Hello) -> dict[str, Any]:
        if hello.version != messages.VERSION:
            raise ProtocolError(
                f"this engine speaks version {messages.VERSION}, the app {hello.version}.",
                "Start both from the same version of Vocello.",
            )
        if self._owner is None:  # nobody started it, or it outlived who did
            self._owner = guest
        guest.greeted = guest.state_due = True
        guest.window = self._machine.window.descriptor
        return {"version": messages.VERSION, "pid": os.getpid(), "owner": guest is self._owner}


def run_engine(make_machine: Callable[[], Machine], arguments: Sequence[str]) -> int:
    """Make a machine and serve it until nobody needs it: the whole life of the engine's process. [main]"""
    parser = argparse.ArgumentParser(description="Vocello's engine as a process of its own.")
    parser.add_argument("--owner", type=int, metavar="DESCRIPTOR", help="an open socket to whoever started this")
    parser.add_argument("--stay", action="store_true", help="go on when the owner goes")
    chosen = parser.parse_args(arguments)
    owner: socket.socket | None = None
    try:
        needs_local_sockets()
        if chosen.owner is not None:
            owner = socket.socket(fileno=chosen.owner)
            owner.set_inheritable(False)
        machine = make_machine()
    except VocelloError as error:
        return _refuse(owner, error)
    lock_memory()
    try:
        listener, path = listen()
    except VocelloError as error:
        machine.close()
        return _refuse(owner, error)
    _serve(Doorway(machine, listener, owner, stay=chosen.stay), machine, listener, path)
    return 0


def _serve(doorway: Doorway, machine: Machine, listener: socket.socket, path: Path) -> None:
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {each: signal.signal(each, lambda *_: doorway.end()) for each in signals}
    try:
        doorway.serve()
        doorway.tell([_ENDS])
    finally:
        path.unlink(missing_ok=True)
        listener.close()
        try:
            machine.quiet_down()
        finally:
            machine.close()
            doorway.close()
            machine.window.close()
            for each, handler in before.items():
                signal.signal(each, handler)


def _refuse(owner: socket.socket | None, error: VocelloError) -> int:
    """No engine can be: tell whoever waits for it, and the terminal."""
    print(f"vocello: {error}", file=sys.stderr)
    if owner is not None:
        with owner:
            owner.sendall(messages.refusal(None, error))
    return 2
