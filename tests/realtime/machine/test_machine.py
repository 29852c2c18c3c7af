"""The machine: device, rack, ears and ports under one hand, on the null device and on files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from realtime.device.sound_file import SoundReader, write_sound
from realtime.device.wish import Wish
from realtime.events import EVENT, FROM_APP, FROM_VOICE, NOTE_OFF, NOTE_ON, event
from realtime.machine import Machine
from score.errors import DeviceError, EngineError, KernelError, RackError

KEY = 64


class Live(NamedTuple):
    f0_hz: float
    confidence: float
    level_db: float


class Loudness:
    """A listener of the simplest kind: a note while it is loud. It keeps the contract of the real one."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.sounding = False
        self.frames: list[tuple[int, int]] = []
        self.live = Live(0.0, 0.0, -120.0)

    def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        self.frames.append((frame, len(samples)))
        loud = bool(np.abs(samples).max() > 0.1)
        self.live = Live(220.0 if loud else 0.0, float(loud), -6.0 if loud else -120.0)
        if loud == self.sounding:
            return np.zeros(0, EVENT)
        self.sounding = loud
        return event(NOTE_ON if loud else NOTE_OFF, frame=frame + len(samples), number=KEY, value=0.8)

    def finish(self) -> npt.NDArray[Any]:
        if not self.sounding:
            return np.zeros(0, EVENT)
        self.sounding = False
        return event(NOTE_OFF, number=KEY)

    def reset(self, frame: int = 0) -> None:
        self.sounding = False


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine(Loudness)
    yield made
    made.close()


def until(machine: Machine, true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not happen"
        machine.tick()
        time.sleep(0.002)


def gathered(machine: Machine, more: Callable[[], Any]) -> list[Any]:
    """What comes, as soon as something does."""
    found: list[Any] = []

    def some() -> bool:
        found.extend(more())
        return bool(found)

    until(machine, some)
    return found


def test_a_note_of_the_app_sounds_and_is_shown(machine: Machine) -> None:
    watcher = machine.window.reader()
    machine.start(Wish("null"))
    machine.play(event(NOTE_ON, number=60, value=0.8))
    until(machine, lambda: float(watcher.meters()["peak_out"].max()) > 0.01)
    shown = gathered(machine, watcher.new_events)
    assert (shown[0]["kind"], shown[0]["number"], shown[0]["source"]) == (NOTE_ON, 60, FROM_APP)
    assert shown[0]["frame"] >= 0


def test_the_voice_of_a_file_plays_the_rack_in_the_same_run(machine: Machine, tmp_path: Path) -> None:
    voice = np.zeros(48_000, np.float32)
    voice[9_600:19_200] = 0.5
    write_sound(tmp_path / "in.wav", voice, 48_000)
    watcher = machine.window.reader()
    machine.start(Wish(f"file:{tmp_path / 'in.wav'}→{tmp_path / 'out.wav'}"))
    until(machine, lambda: machine.stage.status == "finished")
    assert [news["kind"] for news in machine.news()] == ["finished"]
    machine.tick()
    shown = watcher.new_events()
    notes = [(int(each["kind"]), int(each["frame"])) for each in shown if each["source"] == FROM_VOICE]
    pitches = watcher.new_pitches()
    assert len(pitches) >= 200
    assert set(pitches["f0_hz"][(pitches["frame"] > 10_000) & (pitches["frame"] < 19_000)]) == {220.0}
    assert notes == [(NOTE_ON, 9_600 + 128), (NOTE_OFF, 19_200 + 128)]  # the block after the one that was heard
    reader = SoundReader(tmp_path / "out.wav")
    played = reader.read(reader.frames)
    assert not played[:9_728].any()
    assert np.abs(played[9_728:14_000]).max() > 0.01


def test_every_frame_of_a_card_reaches_the_ears_once(machine: Machine) -> None:
    machine.start(Wish("null"))
    until(machine, lambda: machine.stage.host is not None and machine.stage.host.frame > 20_000)
    machine.stop()
    assert isinstance(machine.listener, Loudness)
    following = 0
    for frame, count in machine.listener.frames:
        assert frame == following
        following += count
    assert machine.stage.host is not None
    assert machine.stage.host.frame - 4_800 < following <= machine.stage.host.frame


def test_ears_that_slept_wake_up_at_the_right_frame(machine: Machine) -> None:
    machine.start(Wish("null"))
    until(machine, lambda: machine.stage.host is not None and machine.stage.host.frame > 5_000)
    machine.hear(False)
    assert machine.stage.host is not None
    slept_at = machine.stage.host.frame
    until(machine, lambda: machine.stage.host is not None and machine.stage.host.frame > slept_at + 10_000)
    machine.hear(True)
    woke_at = machine.stage.host.frame
    listener = machine.listener
    assert isinstance(listener, Loudness)
    before = len(listener.frames)
    until(machine, lambda: len(listener.frames) > before + 3)
    frame, _ = listener.frames[before + 2]
    assert abs(frame - woke_at) < 48_000 and frame > slept_at + 9_000


def test_a_knob_is_remembered_and_heard(machine: Machine) -> None:
    machine.set_rack([{"name": "edge", "kernel": "lowpass", "knobs": {"cutoff_hz": 800.0}}])
    machine.start(Wish("null"))
    machine.turn("edge", "cutoff_hz", 300.0)
    assert machine.state()["slots"] == [{"name": "edge", "kernel": "lowpass", "knobs": {"cutoff_hz": 300.0}}]
    host = machine.stage.host
    assert host is not None
    until(machine, lambda: float(host.rack.state("edge")["cutoff_hz"]["value"][0]) == 300.0)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda m: m.turn("nobody", "cutoff_hz", 1.0), "no slot 'nobody'"),
        (lambda m: m.turn("tone", "colour", 1.0), "no knob 'colour'"),
        (lambda m: m.set_rack([{"name": "a", "kernel": "flanger"}]), "no kernel 'flanger'"),
        (lambda m: m.set_rack([{"name": "a", "kernel": "gain"}, {"name": "a", "kernel": "gain"}]), "share a name"),
    ],
)
def test_what_the_rack_cannot_do_leaves_it_as_it_was(
    machine: Machine, do: Callable[[Machine], None], words: str
) -> None:
    machine.start(Wish("null"))
    before = machine.state()
    with pytest.raises((RackError, KernelError), match=words):
        do(machine)
    assert machine.state() == before
    blocks = machine.stage.host.blocks if machine.stage.host else 0
    until(machine, lambda: machine.stage.host is not None and machine.stage.host.blocks > blocks + 5)


def test_another_engine_can_be_in_the_same_state(machine: Machine) -> None:
    machine.set_rack([{"name": "tone", "kernel": "tone"}, {"name": "level", "kernel": "gain"}])
    machine.turn("level", "gain_db", -6.0)
    machine.start(Wish("null", block_frames=256))
    state = machine.state()
    other = Machine(Loudness)
    try:
        other.restore(state)
        assert other.state() == state
        assert other.stage.status == "playing"
        assert other.stage.device is not None and other.stage.device.block_frames == 256
        with pytest.raises(EngineError, match="none of an engine's"):
            other.restore({"wish": {"colour": "blue"}})
    finally:
        other.close()


def test_quieting_down_lets_the_release_ring_and_no_longer(machine: Machine) -> None:
    machine.start(Wish("null"))
    host = machine.stage.host
    assert host is not None
    machine.play(event(NOTE_ON, number=60, value=0.8))
    until(machine, lambda: float(host.counters()["peak_out"].max()) > 0.01)
    machine.quiet_down()
    assert int(host.counters()["quiet_frames"]) > 0
    assert machine.stage.status == "playing"


def test_panic_silences_within_a_moment(machine: Machine) -> None:
    machine.start(Wish("null"))
    host = machine.stage.host
    assert host is not None
    machine.play(np.concatenate([event(NOTE_ON, number=key, value=1.0) for key in range(40, 60)]))
    until(machine, lambda: float(host.counters()["peak_out"].max()) > 0.01)
    machine.panic()
    until(machine, lambda: int(host.counters()["quiet_frames"]) > 4_800)


def test_a_device_that_refuses_leaves_a_machine_that_can_start_another(machine: Machine) -> None:
    with pytest.raises(DeviceError):
        machine.start(Wish("no such card anywhere"))
    assert machine.stage.status == "stopped"
    assert not machine.state()["playing"]
    machine.start(Wish("null"))
    assert machine.stage.status == "playing"


def test_playing_before_there_is_a_device_says_so(machine: Machine) -> None:
    with pytest.raises(EngineError, match="Start a device first"):
        machine.play(event(NOTE_ON, number=60, value=0.8))


def test_notes_held_when_the_device_stops_do_not_sound_when_it_starts_again(machine: Machine) -> None:
    machine.start(Wish("null"))
    host = machine.stage.host
    assert host is not None
    machine.play(event(NOTE_ON, number=60, value=0.8))
    until(machine, lambda: float(host.counters()["peak_out"].max()) > 0.01)
    machine.stop()
    machine.start(Wish("null"))
    until(machine, lambda: int(host.counters()["quiet_frames"]) > 24_000)


def test_ears_that_stumble_are_told_of_and_listen_on() -> None:
    class Stumbling(Loudness):
        def hear(self, frame: int, samples: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
            events = super().hear(frame, samples)
            if len(self.frames) == 5:
                raise RuntimeError("a stone lay there")
            return events

    machine = Machine(Stumbling)
    try:
        machine.start(Wish("null"))
        listener = machine.listener
        assert isinstance(listener, Stumbling)
        news = gathered(machine, machine.news)
        assert news[0]["kind"] == "ears" and "a stone lay there" in news[0]["text"]
        until(machine, lambda: len(listener.frames) > 20)
    finally:
        machine.close()


def test_a_file_that_is_stopped_midway_is_heard_by_one_thread_at_a_time(machine: Machine, tmp_path: Path) -> None:
    write_sound(tmp_path / "in.wav", np.zeros(48_000 * 60, np.float32), 48_000)
    machine.start(Wish(f"file:{tmp_path / 'in.wav'}→{tmp_path / 'out.wav'}", block_frames=64))
    listener = machine.listener
    assert isinstance(listener, Loudness)
    until(machine, lambda: len(listener.frames) > 50)
    with pytest.raises(EngineError, match="to its end"):
        machine.hear(False)
    machine.stop()
    following = 0
    for frame, count in listener.frames:
        assert frame == following
        following += count
    assert (tmp_path / "out.wav").is_file()
