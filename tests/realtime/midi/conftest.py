"""A JACK server of the tests' own: the only MIDI there is where the kernel has no sequencer."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.house.skips import NO_JACK

_SERVER = "-R -P70 -t 2000 -d dummy -r 48000 -p 128"


class JackServer:
    """A jackd that a test may kill and start again, under the same name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.environment = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return when clients can connect; a first start may fail on a busy machine, a second does not."""
        for _ in range(2):
            self._process = subprocess.Popen(
                ["jackd", "-n", self.name, *_SERVER.split()],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(100):
                if subprocess.run(["jack_lsp", "-s", self.name], capture_output=True).returncode == 0:
                    return
                time.sleep(0.05)
            self.kill()
        pytest.fail("jackd does not start here")

    def kill(self) -> None:
        """As a crash would end it: without a word to its clients."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None


@pytest.fixture(scope="module")
def midi_jack_server() -> Iterator[JackServer]:
    """A running JACK server, which this process and its children find by the environment."""
    if shutil.which("jackd") is None:
        pytest.skip(NO_JACK.why)
    server = JackServer(f"vocello-midi-{os.getpid()}")
    kept = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    os.environ.update(JACK_DEFAULT_SERVER=server.name, JACK_NO_START_SERVER="1")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        for key, value in kept.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
