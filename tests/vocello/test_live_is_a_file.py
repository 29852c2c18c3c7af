"""Live over JACK and from a file, the same voice is the same notes."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jack
import numpy as np
import pytest

from tests.house.jack_server import JackServer
from vocello.singer import sing

ROOT = Path(__file__).resolve().parents[2]
RATE = 48_000
SECONDS = 6


def vocello(*words: str, server: JackServer | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "vocello", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(server.environment if server else {}), "PYTHONPATH": str(ROOT)},
    )


def sung_into(live: subprocess.Popen[str], server: JackServer, voice: np.ndarray) -> None:
    """Another program's output, on the card's input: sample by sample, since this server waits for its slowest."""
    singer = jack.Client("singer", no_start_server=True, servername=server.name)
    out = singer.outports.register("out")
    at = 0

    @singer.set_process_callback
    def play(frames: int) -> None:
        nonlocal at
        part = voice[at : at + frames]
        out.get_array()[:] = 0.0
        out.get_array()[: len(part)] = part
        at += len(part)

    end = time.monotonic() + 100.0
    while not singer.get_ports("Vocello audio:in_0"):
        assert live.poll() is None and time.monotonic() < end, "the engine did not come"
        time.sleep(0.05)
    with singer:
        singer.connect("singer:out", "Vocello audio:in_0")
        singer.connect("singer:out", "Vocello audio:in_1")
        while at < len(voice):
            assert live.poll() is None
            time.sleep(0.1)
        time.sleep(1.0)


def notes_in(table: Path) -> np.ndarray:
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name]) for name in ("onset_s", "offset_s", "pitch_midi", "velocity")] for row in rows])


def test_what_is_heard_live_is_what_the_recording_gives(
    start_jack_server: Callable[..., JackServer], tmp_path: Path
) -> None:
    server = start_jack_server(waits=True)
    voice = np.round(sing(RATE)[0][: SECONDS * RATE] * 0x7FFFFF) / 0x7FFFFF  # as 24 bits keep it
    live = vocello("live", "--device", "jack", "--no-profile", "--record", str(tmp_path / "takes"), server=server)
    try:
        sung_into(live, server, voice.astype(np.float32))
    finally:
        live.terminate()
        told, _ = live.communicate(timeout=60)
    (take,) = (tmp_path / "takes").iterdir()
    listening = vocello("listen", str(take / "voice.wav"), "--no-profile", "--events", str(tmp_path / "again.csv"))
    heard, _ = listening.communicate(timeout=110)
    assert listening.returncode == 0, heard
    lived, again = notes_in(take / "notes.csv"), notes_in(tmp_path / "again.csv")
    assert len(lived) >= 8, told
    assert again == pytest.approx(lived, abs=1e-4)
