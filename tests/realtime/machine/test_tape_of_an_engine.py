"""The tape of a whole engine: through the door, over restarts, and after a kill."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from realtime.client import Engine, TapeStream, cut_take
from realtime.device.sound_file import SoundReader, write_sound
from realtime.device.wish import Wish
from realtime.machine import Machine
from score.errors import EngineError, EngineLost

RATE = 48_000
MOST_LOST = RATE  # a second of a take


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """Two seconds in which each frame has a level of its own."""
    write_sound(tmp_path / "voice.wav", np.linspace(-0.9, 0.9, 2 * RATE, dtype=np.float32), RATE)
    return tmp_path / "voice.wav"


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    yield made
    made.close()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.005)


def reach(stream: str) -> int:
    return TapeStream.open(Path(stream)).reach()[1]


def test_what_the_microphone_hears_is_on_tape_at_the_frames_of_the_engine(machine, voice, tmp_path):
    assert machine.record_to(str(tmp_path / "tape"))["stream"] == ""  # nothing plays yet
    described = machine.start(Wish(f"null:{voice}"))["tape"]
    assert described["folder"] == str(tmp_path / "tape")
    until(lambda: reach(described["stream"]) > 3 * RATE)
    machine.stop()
    first, end = TapeStream.open(Path(described["stream"])).reach()
    heard = TapeStream.open(Path(described["stream"])).read(first, end)
    sung = SoundReader(voice).read(2 * RATE)[:, 0]
    np.testing.assert_array_equal(heard, np.tile(sung, end // len(sung) + 1)[first:end])


def test_a_file_that_is_heard_is_a_recording_already(machine, voice, tmp_path):
    machine.record_to(str(tmp_path / "tape"))
    machine.start(Wish(f"file:{voice}"))
    until(lambda: machine.stage.device is not None and not machine.stage.device.alive())
    assert machine.describe()["tape"]["stream"] == ""


def test_another_folder_goes_on_with_another_stream_and_none_ends_it(machine, tmp_path):
    machine.start(Wish("null"))
    assert machine.describe()["tape"] == {"folder": "", "stream": "", "lost_frames": 0}
    first = machine.record_to(str(tmp_path / "one"))["stream"]
    second = machine.record_to(str(tmp_path / "two"))["stream"]
    assert (Path(first).parent.name, Path(second).parent.name) == ("one", "two")
    until(lambda: reach(second) > 4800)
    assert TapeStream.open(Path(second)).reach()[0] > 0  # the frames are the engine's
    assert machine.record_to("") == {"folder": "", "stream": "", "lost_frames": 0}
    with pytest.raises(EngineError):
        machine.record_to("somewhere")


def test_an_engine_that_is_restored_records_where_the_one_before_did(machine, tmp_path):
    machine.record_to(str(tmp_path / "tape"))
    state = machine.state()
    other = Machine()
    try:
        other.restore(state)
        assert other.state()["tape"] == str(tmp_path / "tape")
        assert other.start(Wish("null"))["tape"]["stream"] != ""
    finally:
        other.close()


def test_an_engine_that_is_killed_loses_less_than_a_second_and_the_next_goes_on(voice, tmp_path):
    lost: list[EngineLost] = []
    with Engine.apart("tests.realtime.machine.deaf_engine", on_lost=lost.append) as engine:
        engine.record_to(tmp_path / "tape")
        stream = engine.start(f"null:{voice}")["tape"]["stream"]
        until(lambda: int(engine.meters()["frame"]) > 2.5 * RATE)
        os.kill(engine.pid, signal.SIGKILL)
        until(lambda: lost)
        played = int(engine.meters()["frame"])
        made = cut_take(Path(stream), RATE // 2, played, tmp_path / "take.flac", stands_still_s=0.0)
        assert made.lost_frames < MOST_LOST
        heard = SoundReader(tmp_path / "take.flac").read(made.frames)[:, 0]
        sung = np.tile(SoundReader(voice).read(2 * RATE)[:, 0], 3)[RATE // 2 : RATE // 2 + made.frames]
        there = made.frames - made.lost_frames
        np.testing.assert_allclose(heard[:there], sung[:there], atol=2.0**-22)
        assert not heard[there:].any()
        engine.restart()
        again = engine.ask()["tape"]["stream"]
        assert again not in ("", stream)
        until(lambda: reach(again) > RATE)
