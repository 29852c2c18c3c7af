"""How an app holds an engine: by a call in the same process, or by a socket to another one.

What flows in: messages. What flows out: their answers, news, the state that the engine is in, eyes on its window. Any
thread may speak; in the same process a lock makes the machine's main thread of whoever speaks, and between processes a
thread of the line's own listens, and knows within a moment that the engine is gone.
"""

from __future__ import annotations

import itertools
import os
import selectors
import signal
import socket
import struct
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

from realtime.door import messages
from realtime.door.messages import Bye, Hello, Inbox, Message, StayAlive
from realtime.door.verbs import TICK_S, Beat, Machine, obey
from realtime.door.whereabouts import needs_local_sockets, sweep
from realtime.door.window import WindowReader
from score.errors import EngineError, EngineLost, ProtocolError, VocelloError

ANSWERS_WITHIN_S = 60.0  # opening a card may wait for a server, and a first start compiles
_ENDS_WITHIN_S = 6.0
_PARTS_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.25
_READ_BYTES = 1 << 16
_LAST_WORDS_BYTES = 2000
_NEWS_KEPT = 1000
_AGAIN = "restart() brings it back as it was."

Lost = Callable[[EngineLost], None]


class Line(Protocol):
    """What an Engine speaks through. [any]"""

    window: WindowReader
    state: dict[str, Any]
    """The newest that the engine told; what a new one is restored to."""
    news: deque[dict[str, Any]]

    @property
    def pid(self) -> int:
        """The process that the engine runs in. [any]"""

    @property
    def ended(self) -> EngineError | None:
        """Why nothing can be said any more; None while it can. [any]"""

    def say(self, message: Message) -> dict[str, Any]:
        """Say it, and return the answer; VocelloError when it is refused. [any]"""

    def tick(self) -> None:
        """Tick, where nobody else does. [main]"""

    def close(self) -> None:
        """Part from the engine; who owns it ends it. [main]"""


class HereLine:
    """A machine in this process. [any]"""

    def __init__(self, machine: Machine, *, ticking: bool) -> None:
        self.window = machine.window.reader()
        self.state: dict[str, Any] = machine.state()
        self.news: deque[dict[str, Any]] = deque(maxlen=_NEWS_KEPT)
        self.pid = os.getpid()
        self.ended: EngineError | None = None
        self._machine, self._beat = machine, Beat(machine)
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine's tick", daemon=True) if ticking else None
        if self._thread is not None:
            self._thread.start()

    def say(self, message: Message) -> dict[str, Any]:
        """Obeyed at once, after the same checks as on a socket. [any]"""
        with self._lock:
            if self.ended is not None:
                raise _fresh(self.ended)
            if isinstance(message, StayAlive | Bye):
                return {}
            try:
                said = messages.answer(0, obey(self._machine, messages.decode(_unframed(messages.encode(message, 0)))))
            finally:
                self.state = self._machine.state()
            return messages.result_of(_unframed(said))

    def tick(self) -> None:
        """Tick once; where the engine ticks by itself there is no need to. [main]"""
        with self._lock:
            if self.ended is None:
                self.news.extend(self._beat.tick())
                self.state = self._machine.state()

    def close(self) -> None:
        """Let the notes ring out and close the machine. [main]"""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            if self.ended is not None:
                return
            self.ended = _closed()
            try:
                self._machine.quiet_down()
            finally:
                self._machine.close()
                self._machine.window.close()

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            self.tick()


class _Call:
    """A message that waits for its answer."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: Mapping[str, Any] = {}
        self.error: VocelloError | None = None


class SocketLine:
    """An engine in another process, which this one started or found. [any]"""

    def __init__(
        self,
        connection: socket.socket,
        on_lost: Lost,
        process: subprocess.Popen[bytes] | None = None,
        last_words: IO[bytes] | None = None,
        *,
        greets_within_s: float = ANSWERS_WITHIN_S,
    ) -> None:
        self.state: dict[str, Any] = {}
        self.news: deque[dict[str, Any]] = deque(maxlen=_NEWS_KEPT)
        self.ended: EngineError | None = None
        self._connection, self._on_lost = connection, on_lost
        self._process, self._last_words = process, last_words
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._descriptors: list[int] = []
        self._lock = threading.Lock()  # of what goes out, and of the calls
        self._closing = self._greeted = False
        self._refused: VocelloError | None = None
        # A frozen engine takes nothing: whoever speaks to it is told after a while, and does not hang with it.
        patience = struct.pack("@ll", int(ANSWERS_WITHIN_S), 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self._thread = threading.Thread(target=self._listen, name="engine's news", daemon=True)
        self._thread.start()
        try:
            welcome = self.say(Hello(), greets_within_s)
            if not self._descriptors:
                raise ProtocolError("the engine has sent no window.", "Start both from the same version of Vocello.")
            self.window = WindowReader.mapped(self._descriptors.pop())
        except BaseException:
            self.close(patient=False)
            raise
        self.pid: int = welcome["pid"]
        self._greeted = True

    def say(self, message: Message, within_s: float = ANSWERS_WITHIN_S) -> dict[str, Any]:
        """Send it and wait for the answer; EngineLost as soon as the engine is gone. [any]"""
        call = _Call()
        number = next(self._numbers)
        said = messages.encode(message, number)
        with self._lock:
            if self.ended is not None:
                raise _fresh(self.ended)
            self._calls[number] = call
            try:
                self._connection.sendall(said)
            except OSError:  # the listening thread finds out why
                with suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
        if not call.done.wait(within_s):
            with self._lock:
                self._calls.pop(number, None)
            raise EngineError(f"the engine has not answered for {within_s:g} s.", f"If it stays so: {_AGAIN}")
        if call.error is not None:
            raise _fresh(call.error)
        return messages.result_of(call.answer)

    def tick(self) -> None:
        """Nothing to do: the other process ticks. [main]"""

    def close(self, *, patient: bool = True) -> None:
        """Say goodbye; an engine that is ours ends, or is ended. [main]"""
        self._closing = True
        parted, stays = False, False
        if patient and self.ended is None:
            with suppress(VocelloError):
                stays = self.say(Bye(), _PARTS_WITHIN_S)["stays"]
                parted = True
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        if self._process is not None and stays:
            _staying.append(self._process)
        elif self._process is not None:
            _end(self._process, asked=parted)
        self._process = None
        if self._last_words is not None:
            self._last_words.close()

    # The listening thread

    def _listen(self) -> None:
        inbox = Inbox()
        try:
            with suppress(OSError, ProtocolError), selectors.DefaultSelector() as selector:
                selector.register(self._connection, selectors.EVENT_READ)
                while True:
                    if selector.select(_LOOK_EVERY_S):
                        arrived = self._receive()
                        if not arrived:
                            break
                        inbox.put(arrived)
                        while (said := inbox.take()) is not None:
                            self._take(said)
                    elif self._process is not None and self._process.poll() is not None:
                        break  # gone, though a child of its own still holds the socket
        finally:
            self._finish()

    def _receive(self) -> bytes:
        arrived, descriptors, _, _ = socket.recv_fds(self._connection, _READ_BYTES, 4, _CLOSE_ON_EXEC)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        return arrived

    def _take(self, said: Mapping[str, Any]) -> None:
        if "news" in said:
            self.news.extend(said["news"])
        elif "state" in said:
            self.state = said["state"]
        elif said.get("id") is None:  # no engine at all: what kept it from starting is the answer to the hello
            try:
                messages.result_of(said)
            except VocelloError as error:
                self._refused = error
        else:
            with self._lock:
                call = self._calls.pop(said["id"], None)
            if call is not None:
                call.answer = said
                call.done.set()

    def _finish(self) -> None:
        lost = None if self._closing else self._lost()
        with self._lock:
            self.ended = lost or _closed()
            calls = list(self._calls.values())
            self._calls.clear()
        for call in calls:
            call.error = self._refused or self.ended
            call.done.set()
        if lost is not None and self._greeted:  # on a thread that nobody joins: restart() may be what is called
            threading.Thread(target=self._on_lost, args=(lost,), name="engine lost", daemon=True).start()

    def _lost(self) -> EngineLost:
        how = "has closed its door"
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(0.3)
                how = f"has ended with exit code {code}"
                if code < 0:
                    how = f"was ended by signal {-code} ({signal.strsignal(-code)})"
        words = self._last_line()
        return EngineLost(f"the engine {how}{words}.", _AGAIN)

    def _last_line(self) -> str:
        if self._last_words is None:
            return ""
        size = os.fstat(self._last_words.fileno()).st_size
        start = max(size - _LAST_WORDS_BYTES, 0)
        lines = os.pread(self._last_words.fileno(), size - start, start).decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"; its last words: {said[-1]}" if said else ""


_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_staying: list[subprocess.Popen[bytes]] = []
"""Engines that were told to stay; held, so that each is reaped when it ends after all."""


def start_process(
    command: list[str], environment: Mapping[str, str], on_lost: Lost, starts_within_s: float
) -> SocketLine:
    """Start an engine and return when it has said hello; EngineError with its own words when it does not. [any]"""
    needs_local_sockets()
    _staying[:] = [process for process in _staying if process.poll() is None]
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    # What it prints goes to a file without a name: a pipe would break, and the engine with it, when the app dies.
    last_words = TemporaryFile()  # noqa: SIM115
    try:
        with its:
            process = subprocess.Popen(
                [*command, "--owner", str(its.fileno())],
                pass_fds=[its.fileno()],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=last_words,
                stderr=last_words,
                start_new_session=True,  # Ctrl-C in the terminal is the app's, which then says goodbye
            )
    except OSError as error:
        ours.close()
        last_words.close()
        raise EngineError(f"'{command[0]}' cannot be started: {error.strerror}.") from error
    try:
        return SocketLine(ours, on_lost, process, last_words, greets_within_s=starts_within_s)
    except EngineLost as error:
        raise EngineError(f"no engine has started: {error.what}", "See what is wrong with: vocello doctor") from error


def _end(process: subprocess.Popen[bytes], *, asked: bool) -> None:
    """Wait until it is gone; one that was not asked, or cannot listen, is told so by signals."""
    if not asked:
        process.terminate()
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    sweep()


def _unframed(said: bytes) -> dict[str, Any]:
    inbox = Inbox()
    inbox.put(said)
    taken = inbox.take()
    assert taken is not None
    return taken


def _fresh(error: VocelloError) -> VocelloError:
    """The same error once more: one object raised on two threads would mix up their tracebacks."""
    return type(error)(error.what, error.fix)


def _closed() -> EngineError:
    return EngineError("this engine is closed.", "Open another.")
