"""Ardour, led from a test: tracks, patches, record, stop, save; see `ardour.lua`.

What flows in: verbs. What flows out: a session on disk as Ardour itself writes it. A verb that Ardour does not carry
out is a failure with its log's name. [main]
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from daw_tests.programs import Program
from tests.house.jack_server import JackServer

NAME = "take"
PROGRAMS = ("ardour9-lua", "ardour8-lua", "ardour7-lua", "ardour6-lua")
_PATIENCE_S = 400.0  # longer than the script's own: it says what did not happen
_SCRIPT = Path(__file__).with_name("ardour.lua")
_SPEAKING_TO_JACK = frozenset({"open", "load", "midi_track", "audio_track", "patch", "send", "close"})
_IN_TURN = 1  # a realtime priority below that of all who play


def installed() -> str | None:
    """Ardour without a window, the newest that is here. [any]"""
    return next((found for each in PROGRAMS if (found := shutil.which(each))), None)


class Ardour(Program):
    """One running Ardour, which no setting of this machine's user touches. [main]"""

    farewell = None

    def __init__(self, server: JackServer, folder: Path, name: str = "ardour", config: str = "") -> None:
        command = installed()
        assert command is not None, "Ardour is not installed"
        home = folder / f"{name}-home"
        settings = home / "config" / Path(command).name.removesuffix("-lua")
        settings.mkdir(parents=True)
        if config:
            (settings / "config").write_text(config)
        self.sessions = folder / f"{name}-session"
        env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
        super().__init__(name, [command, _SCRIPT], server, folder, **env)

    def do(self, verb: str, *words: object) -> list[str]:
        """Carry out a verb; what it answers. [main]"""
        said = "\t".join([verb, *map(str, words)])
        with self._in_turn() if verb in _SPEAKING_TO_JACK else nullcontext():
            self.say(said)
            answered = self.line(lambda line: line.startswith("=>"), f"how '{verb}' went", _PATIENCE_S)
        _, how, *answer = answered.split("\t")
        if how != "ok":
            raise self.failure(f"does not carry out '{said.replace(chr(9), ' ')}': {' '.join(answer)}")
        return answer

    def open(self) -> None:
        """A new session. [main]"""
        self.do("open", self.sessions, NAME)

    def load(self, session: Path) -> None:
        """A session that another Ardour has left. [main]"""
        self.sessions = session
        self.do("load", session, NAME)

    def leave(self) -> Path:
        """Save, close, quit; the session's folder. [main]"""
        self.do("save")
        self.do("close")
        assert self.process.stdin is not None
        self.process.stdin.close()
        code = self.end()
        if code != 0:
            raise self.failure(f"ended with {code}")
        return self.sessions

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let no thread of Ardour begin before another waits for something.

        It speaks to JACK from two threads through one socket, and what is mixed up there ends the server.
        """
        if not hasattr(os, "sched_setscheduler"):
            yield
            return
        everywhere = os.sched_getaffinity(0)
        self._schedule({max(everywhere)}, os.SCHED_FIFO, _IN_TURN)
        try:
            yield
        finally:
            self._schedule(everywhere, os.SCHED_OTHER, 0)

    def _schedule(self, processors: set[int], policy: int, priority: int) -> None:
        for task in Path(f"/proc/{self.process.pid}/task").glob("*"):
            thread = int(task.name)
            with suppress(ProcessLookupError, PermissionError):
                os.sched_setaffinity(thread, processors)
                if os.sched_getparam(thread).sched_priority <= _IN_TURN:  # what plays keeps its own
                    os.sched_setscheduler(thread, policy, os.sched_param(priority))
