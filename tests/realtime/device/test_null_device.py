"""The null device: a clock of its own, that no lock of Python's can stop."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from realtime.device.null import NullDevice
from realtime.device.sound_file import write_sound
from realtime.device.wish import Wish, open_device
from realtime.dsp.lowpass import lowpass
from realtime.host import Host
from realtime.rack import MONITOR, Slot
from score.errors import DeviceError


def test_it_runs_blocks_at_the_pace_of_the_clock() -> None:
    device = NullDevice(48_000.0, 480)
    host = Host(device.rate)
    device.start(host)
    began = time.monotonic()
    while host.blocks < 20:
        time.sleep(0.005)
    device.stop()
    assert time.monotonic() - began > 0.15  # twenty blocks of 10 ms cannot be had faster
    blocks = host.blocks
    time.sleep(0.05)
    assert host.blocks == blocks
    assert not device.alive()


def test_a_held_interpreter_delays_no_block() -> None:
    device = NullDevice(48_000.0, 480)
    host = Host(device.rate)
    device.start(host)
    while host.blocks < 2:
        time.sleep(0.005)
    before = host.blocks
    began = time.monotonic()
    sum(range(30_000_000))  # one call into C that keeps the interpreter for itself
    held_blocks = (time.monotonic() - began) * 100.0
    after = host.blocks
    device.stop()
    assert after - before > held_blocks / 2  # a Python callback would have served none of them


def test_the_loop_hears_what_was_played_one_block_later() -> None:
    device = NullDevice(48_000.0, 64, loop=True)
    host = Host(device.rate, (Slot("through", lowpass, {"cutoff_hz": 20_000.0}, MONITOR),))
    host.open_gate()
    device._speaker[:] = 0.25  # as if the block before had played this
    device.start(host)
    while host.blocks < 4:
        time.sleep(0.002)
    device.stop()
    frame, heard = host.capture.read()
    assert frame == 0
    np.testing.assert_array_equal(heard[:64], np.float32(0.25))
    assert 0.0 < np.abs(heard[64:128]).max() < 0.25  # through the filter and the opening gate, one block on


def test_it_starts_again_after_a_stop() -> None:
    device = NullDevice(48_000.0, 64)
    host = Host(device.rate)
    for _ in range(3):
        before = host.blocks
        device.start(host)
        while host.blocks < before + 3:
            time.sleep(0.002)
        device.stop()
        device.stop()


@pytest.mark.parametrize("wish", [{"block_frames": 0}, {"block_frames": 5000}, {"rate": 10.0}])
def test_what_no_device_can_do_is_refused_before_any_is_asked(wish: dict[str, float]) -> None:
    with pytest.raises(DeviceError, match="not possible"):
        open_device(Wish("null", **wish))  # type: ignore[arg-type]


def test_a_recording_is_heard_over_and_over_as_if_somebody_sang(tmp_path: Path) -> None:
    sung = np.arange(1, 301, dtype=np.float32)[:, None] / 1000.0
    write_sound(tmp_path / "voice.wav", sung, 44_100)
    device = open_device(Wish(f"null:{tmp_path / 'voice.wav'}", block_frames=128))
    assert (device.rate, device.inputs, device.block_frames) == (44_100.0, 2, 128)
    host = Host(device.rate)
    device.start(host)
    heard = np.zeros(0, np.float32)
    end = time.monotonic() + 60.0
    while len(heard) < 1000 and time.monotonic() < end:
        heard = np.concatenate([heard, host.capture.read()[1]])
        time.sleep(0.001)
    device.stop()
    once = np.concatenate([sung[:, 0], np.zeros(84, np.float32)])  # to whole blocks
    np.testing.assert_allclose(heard[:1000], np.tile(once, 3)[:1000])
    with pytest.raises(DeviceError, match="not at 48000"):
        open_device(Wish(f"null:{tmp_path / 'voice.wav'}", rate=48_000))
