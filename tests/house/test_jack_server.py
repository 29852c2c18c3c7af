"""The JACK servers that tests play on: alone under their name, and gone without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.house.jack_server import JackServer, remembered

WHAT_IT_IS = """
import jack
client = jack.Client("visitor", no_start_server=True)
print(client.samplerate, client.blocksize)
client.close()
"""


def ask(server: JackServer | None = None) -> str:
    environment = {**os.environ, **(server.environment if server else {})}
    answer = subprocess.run([sys.executable, "-c", WHAT_IT_IS], env=environment, capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else "nobody"


def traces(name: str) -> list[str]:
    return [path.name for path in Path("/dev/shm").glob(f"jack*{name}*")]


def test_what_a_test_starts_meets_its_server_by_itself(jack_server: JackServer):
    assert os.environ["JACK_DEFAULT_SERVER"] == jack_server.name
    assert ask() == "48000 128"


def test_a_server_says_whether_it_is_realtime(jack_server: JackServer):
    assert jack_server.is_realtime == ("Cannot use real-time" not in jack_server.log)


def test_a_server_can_be_killed_and_started_again(own_jack_server: JackServer):
    own_jack_server.kill()
    assert ask() == "nobody"
    own_jack_server.start()
    assert ask() == "48000 128"


def test_servers_of_other_rates_live_side_by_side(start_jack_server: Callable[..., JackServer]):
    first, second = start_jack_server(rate=44100, frames=64), start_jack_server(frames=256)
    assert [ask(first), ask(second)] == ["44100 64", "48000 256"]
    second.stop()
    assert [ask(first), ask(second)] == ["44100 64", "nobody"]
    assert traces(second.name) == []
    assert traces(first.name) != []


def test_even_a_killed_server_leaves_nothing(start_jack_server: Callable[..., JackServer]):
    server = start_jack_server()
    server.kill()
    server.stop()
    assert traces(server.name) == []
    assert server.name not in remembered()


def test_names_that_a_run_left_behind_keep_nobody_from_starting(start_jack_server: Callable[..., JackServer]):
    for _ in range(9):  # JACK remembers eight
        server = start_jack_server()
        assert ask(server) == "48000 128"
        server.kill()
    assert len(remembered()) <= 8
