"""The whole app on a real screen and a real sound server: sung, seen, heard, edited, killed, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jack
import numpy as np
import pytest

from tests.house import skips
from tests.house.jack_server import JackServer
from tests.house.xserver import screen_of_its_own
from vocello.singer import sing

pytestmark = pytest.mark.timeout(600)  # whoever comes first may have to compile

ROOT = Path(__file__).resolve().parents[2]
RATE = 48_000


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """A screen of a test's own."""
    if shutil.which("Xvfb") is None:
        pytest.skip(skips.NO_XVFB.why)
    with screen_of_its_own() as known:
        yield known


class Story:
    """The app in a process of its own, and what it says."""

    def __init__(self, env: dict[str, str], *words: str) -> None:
        self.said: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(ROOT / "tests/vocello/app_story.py"), *words],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **env, "PYTHONPATH": str(ROOT)},
        )

    def end(self, how: signal.Signals | None = None) -> int:
        """Wait for its end, or bring it about."""
        if how is not None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def until(self, word: str) -> Any:
        """What it says of a word; earlier lines may have said it already."""
        assert self.process.stdout is not None
        while True:
            for each in self.said:
                assert "failed" not in each, self.said
                if word in each:
                    return each[word]
            line = self.process.stdout.readline()
            assert line, f"it ended without '{word}': {self.said}"
            self.said.append(json.loads(line))


class Studio:
    """Another program at the same server: sings into the app, hears its cello, takes down what its port sends."""

    def __init__(self, server: JackServer, voice: np.ndarray) -> None:
        self.client = jack.Client("studio", no_start_server=True, servername=server.name)
        self._out = self.client.outports.register("out")
        self._in = self.client.inports.register("in")
        self._midi = self.client.midi_inports.register("notes")
        self._voice, self._at = voice, 0
        self.sings = False
        self.heard: list[np.ndarray] = []
        self.keys: list[int] = []
        self.client.set_process_callback(self._process)

    def _process(self, frames: int) -> None:
        out = self._out.get_array()
        out[:] = 0.0
        if self.sings:
            part = self._voice[self._at : self._at + frames]
            out[: len(part)] = part
            self._at += frames
        self.heard.append(self._in.get_array().copy())
        for _, data in self._midi.incoming_midi_events():
            message = bytes(data)
            if len(message) == 3 and message[0] & 0xF0 == 0x90 and message[2]:
                self.keys.append(message[1])

    def connect(self) -> None:
        end = time.monotonic() + 60.0
        while True:
            port = [each.name for each in self.client.get_ports("Vocello", is_midi=True, is_output=True)]
            if self.client.get_ports("Vocello audio:in_0") and port:
                break
            assert time.monotonic() < end, [each.name for each in self.client.get_ports()]
            time.sleep(0.05)
        for name in ("in_0", "in_1"):
            self.client.connect("studio:out", f"Vocello audio:{name}")
        self.client.connect("Vocello audio:out_0", "studio:in")
        self.client.connect(port[0], "studio:notes")


def test_sung_seen_heard_edited_killed_and_nothing_lost(
    start_jack_server: Callable[..., JackServer], screen: dict[str, str], tmp_path: Path
) -> None:
    server = start_jack_server(waits=True)
    voice, labels = sing(RATE)
    home = str(tmp_path / "home")
    studio = Studio(server, voice)
    story = Story({**screen, **server.environment}, home)
    try:
        with studio.client:
            story.until("ready")
            studio.connect()
            studio.sings = True
            seen, kept, quantised = (story.until(word) for word in ("seen", "kept", "quantised"))
            saved, last = story.until("saved"), story.until("print")
            final = story.until("notes")
            sung = [round(pitch) for _, _, pitch in labels]
            # what was sung is seen, kept, sent by the port, and heard as a cello
            assert seen[:8] == sung[:8]
            assert [pitch for pitch, _, _ in kept][:8] == sung[:8]
            assert studio.keys[:8] == sung[:8]
            cello = np.concatenate(studio.heard)
            assert float(np.sqrt(np.mean(cello[-5 * RATE :] ** 2))) > 0.003
            # on the grid, and one note more that was drawn after the save
            assert [start % 240 for _, start, _ in quantised][:8] == [0] * 8
            assert len(final) == len(quantised) + 1
    finally:
        story.end(signal.SIGKILL)
    again = Story({**screen, **server.environment}, home, saved)
    assert again.until("print") == last
    assert again.until("notes") == final
    assert again.until("recovered")
    assert again.end() == 0
