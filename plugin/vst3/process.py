"""One plugin's process as its owner sees it: started, spoken to without waiting, ended.

What flows in: orders, as plugin.worker knows them. What flows out: its answers, and why it ended. [main]
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from plugin.vst3.lines import Lines

_ROOT = Path(__file__).resolve().parent.parent.parent


class WorkerProcess:
    """A process that is there for one plugin. [main]"""

    def __init__(self) -> None:
        ours, its = socket.socketpair()
        its_end, self._lifeline = os.pipe()  # the system ends the process when we no longer hold this
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
        with its:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "plugin.worker", str(its.fileno()), str(its_end)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(its.fileno(), its_end),
                    env=environment,
                    start_new_session=True,  # Ctrl-C ends the program, and the program ends this
                )
            finally:
                os.close(its_end)
        ours.setblocking(False)
        self._lines = Lines(ours)
        self._is_open = True
        self.started_s = time.monotonic()
        self.about: dict[str, Any] | None = None
        self.load_took_s = 0.0
        self.is_prepared = False

    @property
    def pid(self) -> int:
        """Its process. [any]"""
        return self._process.pid

    def send(self, order: dict[str, Any], descriptor: int | None = None) -> None:
        """Give an order; its answer comes by `answers`. [main]"""
        self._lines.send(order, descriptor)

    def answers(self) -> list[dict[str, Any]]:
        """What it has said since last asked; never waits. [main]"""
        self._lines.flush()
        while self._is_open and select.select([self._lines], [], [], 0.0)[0]:
            self._is_open = self._lines.read()
        try:
            said = [message for message, _ in self._lines.received() if isinstance(message, dict)]
        except ValueError:  # a plugin that writes where it pleases
            self.kill()
            return []
        for each in said:
            if "loaded" in each:
                self.about, self.load_took_s = each["loaded"], float(each.get("took_s", 0.0))
            elif "prepared" in each:
                self.is_prepared = True
        return said

    def wait(self, seconds: float) -> None:
        """Until it says something, or ends, or so long. [main]"""
        if self._is_open:
            select.select([self._lines], [], [], seconds)
        else:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)

    def why_ended(self) -> str:
        """In what way it ended, "" while it runs. [main]"""
        code = self._process.poll()
        if code is None:
            return ""
        if code < 0:
            with suppress(ValueError):
                return f"it crashed ({signal.Signals(-code).name})"
        return f"it ended by itself (code {code})"

    def kill(self) -> None:
        """End it at once; it is gone when this returns. [main]"""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        self._is_open = False
        self._lines.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


class Nursery:
    """One process that has everything but a plugin, shared by all who may need one in a hurry. [main]

    Half of the time that a plugin needs to come back would else go into starting an interpreter.
    """

    def __init__(self) -> None:
        self._members = 0
        self._waiting: WorkerProcess | None = None

    def join(self) -> None:
        """Somebody may need one. [main]"""
        self._members += 1

    def part(self) -> None:
        """Somebody no longer does; the last one closes the door. [main]"""
        self._members = max(self._members - 1, 0)
        if self._members == 0 and self._waiting is not None:
            self._waiting.kill()
            self._waiting = None

    def take(self) -> WorkerProcess:
        """The one that waits, or a new one. [main]"""
        waiting, self._waiting = self._waiting, None
        return waiting if waiting is not None and not waiting.why_ended() else WorkerProcess()

    def keep(self) -> None:
        """See to it that one waits. [main]"""
        if self._waiting is not None and self._waiting.why_ended():
            self._waiting.kill()
            self._waiting = None
        if self._waiting is None and self._members > 0:
            self._waiting = WorkerProcess()


NURSERY = Nursery()
