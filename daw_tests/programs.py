"""Programs side by side at one JACK server: ours as a user starts it, the performer, and others, each with its log.

What flows in: command lines, and the folder of a test. What flows out: processes that are asked and answer by lines,
and that end with the test. Whatever does not answer in time is a failure that names its log; nothing is asked twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gui.settings.store import Store
from tests.house.jack_server import JackServer

ROOT = Path(__file__).resolve().parents[1]
_FAREWELL_S = 5.0
PATIENCE_S = 120.0  # for an answer; whoever comes first on a machine compiles


class Failed(AssertionError):
    """A program did not do what it was to do."""


class Program:
    """A child process whose lines are read as they come, and kept in a log. [main]"""

    farewell: signal.Signals | None = signal.SIGINT
    """What ends it; None if the end of its standard input does."""

    def __init__(self, name: str, command: Sequence[object], server: JackServer, folder: Path, **env: str) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.told: list[str] = []
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **server.environment, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)
        self._reader.start()

    def say(self, line: str) -> None:
        """A line to its standard input. [main]"""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failure(f"has ended with {self.process.wait()} before '{line}'") from None

    def line(self, fits: Callable[[str], bool], what: str, patience_s: float = PATIENCE_S) -> str:
        """The next line that fits; those before it are kept in `told`. [main]"""
        until = time.monotonic() + patience_s
        while True:
            try:
                line = self._lines.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                raise self.failure(f"has not said {what} in {patience_s:g} s") from None
            if line is None:
                raise self.failure(f"has ended with {self.process.wait()} and not said {what}")
            self.told.append(line)
            if fits(line):
                return line

    def line_with(self, words: str, patience_s: float = PATIENCE_S) -> str:
        """The next line that holds these words. [main]"""
        return self.line(lambda line: words in line, f"'{words}'", patience_s)

    def everything(self) -> str:
        """All it has said so far, or, once it has ended, ever. [main]"""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def end(self, how: signal.Signals | None = None, patience_s: float = 60.0) -> int:
        """Wait for its end, or bring it about; its exit code. [main]"""
        if how is not None and self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise self.failure(f"has not ended in {patience_s:g} s") from None
        self._reader.join(10.0)
        return code

    def close(self) -> None:
        """Take it away, however it stands: politely first, since a server waits for clients that were killed. [main]"""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        if self.process.poll() is None:
            if self.farewell is not None:
                self.process.send_signal(self.farewell)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_FAREWELL_S)
            self.process.kill()
        self.process.wait()
        self._reader.join(10.0)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def failure(self, what: str) -> Failed:
        """What it failed to do, its last words, and where the rest of them stands. [main]"""
        last = "\n".join(f"    {line}" for line in self.everything().splitlines()[-15:])
        return Failed(f"{self.name} {what}. Its log: {self.log}\n{last}")

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.log.open("w") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


class Asked(Program):
    """A program of ours that takes a JSON object a line, and answers each with one. [main]"""

    farewell = None

    def ask(self, verb: str, **words: object) -> dict[str, Any]:
        """Do that, and what came of it. [main]"""
        self.say(json.dumps({"do": verb, **words}))
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.line(lambda line: line.startswith("{"), "its answer"))
        if "failed" in said:
            raise self.failure(f"failed: {said['failed']}")
        return said


class Performer(Asked):
    """Our musician and second witness, see `performer`. [main]"""

    def __init__(self, server: JackServer, folder: Path) -> None:
        super().__init__("performer", [sys.executable, "-m", "daw_tests.performer", server.name], server, folder)
        self.folder = folder
        self._answer()

    def begin(self, voice: Path | None = None, keys: Sequence[tuple[int, bytes]] = (), at: int | None = None) -> int:
        """The server's frame on which the piece begins: the next, or one that is to come. [main]"""
        written = [[frame, message.hex()] for frame, message in keys]
        return int(self.ask("begin", voice="" if voice is None else str(voice), keys=written, at=at)["began"])

    def wait_for_port(self, part: str, patience_s: float = PATIENCE_S) -> str:
        """The name of the first port that begins so, once it is there. [main]"""
        until = time.monotonic() + patience_s
        while not (there := self.ask("ports", part=part)["ports"]):
            if time.monotonic() > until:
                raise self.failure(f"sees no port '{part}' in {patience_s:g} s; there are {self.ask('ports', part='')}")
            time.sleep(0.05)
        return str(there[0])

    def wait_a_while(self, frames: int) -> int:
        """Let so many frames pass; the server's clock then. [main]"""
        until = self.ask("now")["frame"] + frames
        while (now := self.ask("now")["frame"]) < until:
            time.sleep(0.005)
        return int(now)


class Window(Asked):
    """Our window as a user starts it, and a hand at it, see `hand`. [main]"""

    def __init__(self, server: JackServer, folder: Path, keys: str, **env: str) -> None:
        homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG")}
        Store(folder / "config" / "vocello" / "app.json").change(keys=keys)  # as its user has chosen the last time
        command = [sys.executable, "-m", "daw_tests.hand", "--device", "jack"]
        super().__init__("window", command, server, folder, XDG_CURRENT_DESKTOP="", **homes, **env)
        self.clicks: list[tuple[int, int]] = []
        """The metronome's clicks as the engine played them: frame, and strength of the beat."""
        self.song: list[tuple[float, float, float]] = []
        """Of the song that is followed, again and again: tempo, its beat, and ours on the same frame."""

    def press(self, keys: str) -> None:
        """Press keys, as "Ctrl+E". [main]"""
        self.ask("press", keys=keys)

    def command(self, title: str) -> None:
        """Do what the window has under this name. [main]"""
        self.ask("command", title=title)

    def click(self, name: str) -> None:
        """Click on what has this name. [main]"""
        self.ask("click", name=name)

    def fill(self, name: str, text: str) -> None:
        """Type something into the field of this name. [main]"""
        self.ask("fill", name=name, text=text)

    def tell(self) -> dict[str, Any]:
        """What it shows. [main]"""
        told = self.ask("tell")
        self.clicks += told.pop("clicks")
        self.song += told.pop("song")
        return told

    def until(self, true: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """What it shows, once that is so. [main]"""
        end = time.monotonic() + PATIENCE_S
        while not true(told := self.tell()):
            if time.monotonic() > end:
                raise self.failure(f"does not show {what}, but {told}")
            time.sleep(0.05)
        return told


def start_vocello(server: JackServer, folder: Path, *words: object, name: str = "vocello", **env: str) -> Program:
    """Our program, by the command that a user types. [main]"""
    return Program(name, [Path(sys.executable).with_name("vocello"), *words], server, folder, **env)
