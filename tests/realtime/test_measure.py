"""What the callback says about itself: levels, deadlines, the clock."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import pytest

from realtime.block import Block
from realtime.host import Host
from realtime.latest import Reader, latest_bytes
from realtime.layout import DEADLINE_BIN, LOAD_BINS, METERS
from realtime.rack import Slot
from tests.realtime.driving import RATE, Card, cut, log, scale, slow, through

BLOCK = 128


def sine(seconds: float, level: float, periods_in_block: int = 3) -> np.ndarray:
    """Whole periods in each block, so that each block has the same level."""
    n = np.arange(int(seconds * RATE) // BLOCK * BLOCK)
    return (level * np.sin(2.0 * np.pi * periods_in_block * n / BLOCK)).astype(np.float32).reshape(-1, 1)


def test_a_sine_has_the_peak_and_the_rms_that_it_has() -> None:
    host = Host(RATE, (through(), Slot("half", scale, {"gain": 0.5})))
    mic = sine(4.0, 0.8)
    Card(host).play(cut(len(mic), BLOCK), mic)
    counters = host.counters()
    np.testing.assert_allclose(counters["rms_in"], 0.8 / np.sqrt(2.0), rtol=1e-5)
    np.testing.assert_allclose(counters["rms_out"], 0.4 / np.sqrt(2.0), rtol=1e-5)
    np.testing.assert_allclose(counters["peak_in"], np.abs(mic).max(), rtol=1e-12)
    np.testing.assert_allclose(counters["peak_out"], np.abs(mic).max() / 2.0, rtol=1e-6)


def test_each_side_has_a_meter_of_its_own() -> None:
    host = Host(RATE, (through(),))
    mic = np.full((BLOCK, 2), [0.25, -0.75], np.float32)
    Card(host, inputs=2).play([BLOCK], mic)
    np.testing.assert_array_equal(host.counters()["peak_in"], [0.25, 0.75])
    np.testing.assert_array_equal(host.counters()["peak_out"], [0.25, 0.75])


@pytest.mark.parametrize("size", [64, 480, 4096])
def test_a_peak_falls_by_20_db_a_second_in_blocks_of_any_size(size: int) -> None:
    host = Host(RATE)
    card = Card(host)
    card.block(1, np.ones((1, 1), np.float32))
    sizes = cut(24_000, size)
    card.play(sizes)
    np.testing.assert_allclose(host.counters()["peak_in"], 10.0 ** (-10.0 / 20.0), rtol=1e-9)


@pytest.mark.parametrize("size", [64, 480, 4096])
def test_the_rms_forgets_within_a_third_of_a_second_in_blocks_of_any_size(size: int) -> None:
    host = Host(RATE)
    card = Card(host)
    card.play(cut(48_000 * 5, 4096), np.ones((48_000 * 5, 1), np.float32))
    card.play(cut(14_400, size))
    np.testing.assert_allclose(host.counters()["rms_in"] ** 2, np.exp(-1.0), rtol=1e-4)


def test_the_frames_since_the_output_was_last_heard_are_counted() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    card.play([BLOCK] * 3, np.full((BLOCK * 3, 1), 0.01, np.float32))
    assert host.counters()["quiet_frames"] == 0
    card.play([BLOCK, 5000], np.full((BLOCK + 5000, 1), 1e-4, np.float32))
    assert host.counters()["quiet_frames"] == BLOCK + 5000


def test_every_block_lies_in_the_histogram_once() -> None:
    host = Host(RATE, (through(),))
    Card(host).play([64] * 100 + [5000] * 10 + [1] * 50)
    counters = host.counters()
    assert counters["blocks"] == counters["load_bins"].sum() == 160
    assert counters["load_bins"][DEADLINE_BIN + 1 :].sum() <= counters["missed"]


@pytest.mark.parametrize("bins_late", [4, 8, LOAD_BINS])
def test_a_block_that_takes_too_long_is_a_missed_deadline_and_lies_behind_it(bins_late: int) -> None:
    """Twice its time is four quarter octaves; far behind the end of the histogram it lies in the last bin."""
    host = Host(RATE, (Slot("slow", slow),))
    period_ns = BLOCK * 1e9 / RATE
    host.rack.state("slow")["nanoseconds"] = int(period_ns * 2.0 ** (min(bins_late, 20) / 4.0))
    Card(host).play([BLOCK] * 2)
    counters = host.counters()
    assert counters["missed"] == 2
    assert counters["flagged"] == 0
    assert counters["load_bins"][min(DEADLINE_BIN + bins_late, LOAD_BINS - 1) :].sum() == 2
    assert counters["worst_ns"] >= host.rack.state("slow")["nanoseconds"][0]
    assert counters["load"] > 0.0


@pytest.mark.parametrize("flag", [0x01, 0x02, 0x04, 0x08])
def test_a_block_that_the_card_flags_is_missed(flag: int) -> None:
    host = Host(RATE)
    card = Card(host)
    card.block(4096, flags=flag)
    assert host.counters()["flagged"] == 1
    assert host.counters()["missed"] == 1
    assert host.counters()["load_bins"].sum() == 1


@pytest.mark.parametrize("flag", [0x10, 0xABCD << 32])
def test_priming_and_rubbish_in_the_upper_half_are_no_fault(flag: int) -> None:
    host = Host(RATE)
    Card(host).block(4096, flags=flag)
    assert host.counters()["flagged"] == 0


def test_a_start_that_comes_too_late_is_counted_but_not_after_a_pause_of_the_card() -> None:
    host = Host(RATE)
    card = Card(host)
    card.block(BLOCK)
    time.sleep(0.01)
    card.block(BLOCK)
    assert host.counters()["late_starts"] == 1
    host.adopt_channels(1, 2)  # another card begins
    time.sleep(0.01)
    card.block(BLOCK)
    assert host.counters()["late_starts"] == 1


def test_each_step_knows_its_own_time() -> None:
    host = Host(RATE, (Slot("slow", slow), Slot("log", log), through("level")))
    host.rack.state("slow")["nanoseconds"] = 2_000_000
    Card(host).play([BLOCK] * 3)
    (slow_name, worst, total), (log_name, *_), *sides = host.rack.program.times_ns()
    assert (slow_name, log_name, [name for name, *_ in sides]) == ("slow", "log", ["level", "level"])
    assert worst >= 2_000_000
    assert total >= 6_000_000
    assert all(0 <= worst <= total for _, worst, total in sides)


def test_the_meters_of_the_newest_block_are_published() -> None:
    block = Block.shared(latest_bytes(METERS))
    host = Host(RATE, (through(),), meters=block)
    card = Card(host)
    assert host.meters.read()["blocks"] == 0
    card.play([64, 100], np.full((164, 1), 0.5, np.float32))
    other_side = Reader(Block(block.size, block.descriptor), METERS)
    read: Any = other_side.read()
    assert (read["blocks"], read["frame"], read["block_frames"], read["rate"]) == (2, 64, 100, RATE)
    assert read["program"] == host.rack.program.serial
    assert read["peak_out"].max() == 0.5
    assert read == host.counters()
    block.close()


def test_the_clock_says_which_frame_began_when() -> None:
    clock_ns = time.perf_counter_ns if sys.platform == "win32" else time.monotonic_ns
    host = Host(RATE)
    card = Card(host)
    first = 0
    for size in (64, 100, 9000, 1):
        before = clock_ns()
        card.block(size)
        after = clock_ns()
        clock: Any = host.clock.read()
        assert (clock["frame"], clock["block_frames"], clock["rate"]) == (first, size, RATE)
        assert before <= clock["began_ns"] <= after
        first += size


def test_a_microphone_that_is_deaf_or_deafening_breaks_no_meter() -> None:
    host = Host(RATE)
    card = Card(host)
    for sample in (np.nan, np.inf, -np.inf, 3e38, 1e-45, 0.0):
        card.block(64, np.full((64, 1), sample, np.float32))
        for name in ("peak_in", "rms_in", "peak_out", "rms_out"):
            assert np.isfinite(host.counters()[name]).all()
    card.play([4096] * 400)
    assert host.counters()["peak_in"].max() < 1e30
