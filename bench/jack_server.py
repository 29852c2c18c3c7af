"""A JACK server of a benchmark's own: dummy driver, in real time where allowed, stopped at the end.

    with jack_server(frames=128) as name: ...

The environment is set so that everything started inside finds this server and no other. [main]
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

RATE = 48_000


@contextmanager
def jack_server(frames: int = 128) -> Iterator[str]:
    """Start a server and wait until it answers. [main]"""
    name = f"vocello-bench-{os.getpid()}"
    server = start(name, frames)
    before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    try:
        yield name
    finally:
        stop(server)
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


def start(name: str, frames: int) -> subprocess.Popen[bytes]:
    """Start a server of this name; a second try is made, since the first after a kill may find old traces. [main]"""
    for _ in range(2):
        command = ["jackd", "-n", name, "-R", "-P70", "-t", "2000", "-d", "dummy", "-r", str(RATE), "-p", str(frames)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(60):
            if subprocess.run(["jack_lsp", "-s", name], capture_output=True).returncode == 0:
                return server
            if server.poll() is not None:
                break
            time.sleep(0.05)
        stop(server)
    raise SystemExit("jackd does not start. Type: sudo apt-get install jackd2")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server that was started here. [main]"""
    server.terminate()
    try:
        server.wait(5.0)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
