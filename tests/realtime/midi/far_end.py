"""The far end of a MIDI cable for tests: other processes, a callback that is not there, and patience."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.events import EVENT
from realtime.latest import latest
from realtime.layout import CLOCK
from realtime.midi.follow import ClockIn
from realtime.midi.input import MidiInput
from realtime.ring import Consumer, ring

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

LAST_WORDS = ["803c40", "b04000", "b07b00", "b07800"] * 2
"""How a port takes leave while one key sounds: twice, since a graph may miss a cycle."""


class Program:
    """A child process that talks by lines."""

    def __init__(self, script: str, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def line(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, f"it ended with {self.process.wait()}"
        return said.strip()

    def ask(self, line: str) -> Any:
        self.say(line)
        return json.loads(self.line())

    def end(self) -> int:
        """Let it come to its own end: its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(10)

    def rest(self) -> list[str]:
        out, _ = self.process.communicate(timeout=20)
        return out.split()


@contextmanager
def program(script: str, *words: object) -> Iterator[Program]:
    other = Program(script, *words)
    watchdog = threading.Timer(120.0, other.process.kill)  # one that hangs ends, and its test fails
    watchdog.start()
    try:
        yield other
    finally:
        watchdog.cancel()
        with suppress(OSError, subprocess.TimeoutExpired):  # a patient server waits long for who goes without a word
            other.end()
        other.process.kill()
        with other.process:  # closes its pipes, and waits
            pass


def until(told: Callable[[], Any], tries: int = 1500) -> Any:
    """What `told` says once it says anything; the other side is another process."""
    for _ in range(tries):
        answer = told()
        if answer:
            return answer
        time.sleep(0.02)
    pytest.fail("nothing came")


class Callback:
    """What the audio callback tells of itself, as long as it is not stopped."""

    def __init__(self) -> None:
        self._writer, self.clock = latest(CLOCK)
        self.began_ns = time.perf_counter_ns()
        self.stopped = threading.Event()
        self.tick()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def tick(self) -> None:
        now_ns = time.perf_counter_ns()
        blocks = (now_ns - self.began_ns) * 48000 // (128 * 10**9)
        now = np.zeros(1, CLOCK)
        now[0] = (48000 + blocks * 128, self.began_ns + blocks * 128 * 10**9 // 48000, 128, 48000.0)
        self._writer.write(now[0])

    def _run(self) -> None:
        while not self.stopped.wait(0.01):
            self.tick()

    def stop(self) -> None:
        self.stopped.set()
        self._thread.join()


@contextmanager
def midi_input(
    capacity: int = 8192, choose: str = "all", transport: ClockIn | None = None
) -> Iterator[tuple[MidiInput, Consumer, Callback]]:
    producer, consumer = ring(capacity, EVENT)
    callback = Callback()
    keys = MidiInput(producer, callback.clock, choose, transport=transport)
    try:
        yield keys, consumer, callback
    finally:
        keys.close()
        callback.stop()
