"""The callback, driven through C as a card drives it: frames, events, channels, and what must never be heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.dsp.lowpass import lowpass
from realtime.events import (
    FROM_APP,
    FROM_KEYS,
    NOTE_ON,
    event,
)
from realtime.host import Host
from realtime.layout import BLOCK_AT_MOST
from realtime.rack import MONITOR, Slot
from tests.realtime.driving import (
    LOGGED,
    LOGGED_INPUT,
    RATE,
    Card,
    breaking,
    cut,
    cut_anyhow,
    fading,
    gliding,
    notes,
    plucked,
    scale,
    tally,
    through,
)


def noise(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


def logged(host: Host) -> list[tuple[int, float]]:
    state = host.rack.state("log")[0]
    used = int(state["used"])
    return list(zip(state["at"][:used].tolist(), state["value"][:used].tolist(), strict=True))


# Channels


def test_an_empty_rack_is_silence() -> None:
    assert not Card(Host(RATE)).play([64, 1, 4096], noise(4161)).any()


def test_a_mono_microphone_is_heard_on_both_sides_to_the_bit() -> None:
    mic = noise(256)
    out = Card(Host(RATE, (through(),))).play([128, 128], mic)
    np.testing.assert_array_equal(out, np.repeat(mic, 2, axis=1))


def test_a_stereo_microphone_keeps_its_sides() -> None:
    mic = noise(256, 2)
    np.testing.assert_array_equal(Card(Host(RATE, (through(),)), inputs=2).play([100, 156], mic), mic)


def test_of_many_inputs_the_first_two_are_heard() -> None:
    mic = noise(64, 5)
    np.testing.assert_array_equal(Card(Host(RATE, (through(),)), inputs=5).play([64], mic), mic[:, :2])


def test_a_card_without_an_input_plays_what_needs_none() -> None:
    host = Host(RATE, (through(), Slot("up", scale, {"offset": 0.5})))
    np.testing.assert_array_equal(Card(host, inputs=0).play([64, 5000]), np.full((5064, 2), 0.5))


def test_a_mono_card_hears_the_mean_of_both_sides() -> None:
    mic = noise(200, 2)
    out = Card(Host(RATE, (through(),)), inputs=2, outputs=1).play([200], mic)
    np.testing.assert_array_equal(out[:, 0], np.float32(0.5) * (mic[:, 0] + mic[:, 1]))


def test_further_outputs_of_a_card_are_silent() -> None:
    mic = noise(200)
    out = Card(Host(RATE, (through(),)), outputs=6).play([200], mic)
    np.testing.assert_array_equal(out[:, :2], np.repeat(mic, 2, axis=1))
    assert not out[:, 2:].any()


def test_a_card_without_an_output_is_still_heard_by_the_ears() -> None:
    host, mic = Host(RATE), noise(200)
    Card(host, outputs=0).play([200], mic)
    np.testing.assert_array_equal(host.capture.read()[1], mic[:, 0])


def test_the_gate_is_closed_until_it_is_opened_and_then_glides() -> None:
    host = Host(RATE, (through(),))
    card = Card(host, gate_open=False)
    ones = np.ones((512, 1), np.float32)
    assert not card.play([512], ones).any()
    host.open_gate()
    out = card.play([200, 312], ones)
    np.testing.assert_allclose(out[:256, 0], np.arange(1, 257) / 256, atol=1e-6)
    assert (out[256:] == 1.0).all()


# Blocks


@pytest.mark.parametrize("frames", [1, BLOCK_AT_MOST - 1, BLOCK_AT_MOST, BLOCK_AT_MOST + 1, 3 * BLOCK_AT_MOST + 5])
def test_a_block_of_any_length_is_played_whole(frames: int) -> None:
    host, mic = Host(RATE, (through(), LOGGED)), noise(frames, 2)
    host.send(FROM_APP, notes([0, frames - 1]))
    out = Card(host, inputs=2).play([frames], mic)
    np.testing.assert_array_equal(out, mic)
    assert logged(host) == [(0, 0.0), (frames - 1, 1.0)]
    assert host.frame == frames
    assert host.counters()["blocks"] == 1
    state = host.rack.state("log")[0]
    assert (state["frames"], state["jumps"]) == (frames, 0)


def test_a_block_of_no_frames_does_nothing_for_good() -> None:
    host = Host(RATE, (through(),))
    card = Card(host)
    card.block(64)
    card.block(0)
    card.block(64)
    counters = host.counters()
    assert host.frame == 128
    assert np.isfinite(counters["load"])
    assert np.isfinite(counters["rms_out"]).all()


EVENTFUL = 6_000


def performance(sizes: list[int]) -> np.ndarray:
    """Notes and knobs on odd frames through an instrument, a filter with a glide, and the microphone beside them."""
    slots = (
        through(),
        Slot("string", plucked),
        Slot("level", gliding),
        Slot("end", scale, {"gain": 0.7}),
    )
    host = Host(RATE, slots)
    card = Card(host, gate_open=False)
    host.open_gate()
    random = np.random.default_rng(11)
    for frame in np.sort(random.integers(0, EVENTFUL, 60)):
        number, value = int(random.integers(0, 128)), float(random.uniform(0.0, 1.0))
        host.send(FROM_KEYS, event(NOTE_ON, frame=int(frame), number=number, value=value))
        host.send(FROM_APP, host.rack.turn("string", "bright", value, frame=int(frame) // 2))
        host.send(FROM_APP, host.rack.turn("level", "gain", 1.0 - value, frame=int(frame) // 2 + 1))
    return card.play(sizes, noise(EVENTFUL, seed=5))


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    played = performance(cut(EVENTFUL, 1024))
    assert np.abs(played).max() > 0.1
    return played


@pytest.mark.parametrize("size", [1, 64, 100, 1023, 4096, EVENTFUL])
def test_the_same_gesture_sounds_the_same_in_blocks_of_any_size(size: int, reference: np.ndarray) -> None:
    assert performance(cut(EVENTFUL, size)).tobytes() == reference.tobytes()


@given(seed=st.integers(0, 2**32), most=st.sampled_from([3, 64, 1024, 5000]))
@settings(deadline=None, max_examples=15)
def test_blocks_of_changing_sizes_sound_the_same_too(seed: int, most: int, reference: np.ndarray) -> None:
    assert performance(cut_anyhow(EVENTFUL, seed, most)).tobytes() == reference.tobytes()


# What must never be heard


@pytest.mark.parametrize("kind", [1.0, 2.0, 3.0])
def test_what_is_no_number_is_silence_at_the_card_and_counted(kind: float) -> None:
    host = Host(RATE, (through(), Slot("trouble", breaking)))
    host.send(FROM_APP, host.rack.turn("trouble", "kind", kind, frame=10))
    host.send(FROM_APP, host.rack.turn("trouble", "kind", 0.0, frame=30))
    mic = noise(64)
    out = Card(host).play([64], mic)
    assert not out[10:30].any()
    np.testing.assert_array_equal(out[30:], np.repeat(mic[30:], 2, axis=1))
    np.testing.assert_array_equal(out[:10], np.repeat(mic[:10], 2, axis=1))
    counters = host.counters()
    assert counters["broken_samples"] == 20
    assert np.isfinite(counters["peak_out"]).all()
    assert np.isfinite(counters["rms_out"]).all()


@pytest.mark.parametrize("sample", [np.nan, np.inf, -np.inf])
def test_a_broken_sample_of_the_card_is_gone_with_the_next_one(sample: float) -> None:
    host = Host(RATE, (Slot("filter", lowpass, {"cutoff_hz": 2000.0}, MONITOR),))
    mic = np.full((128, 1), 0.5, np.float32)
    mic[20] = sample
    out = Card(host).play([128], mic)
    assert np.isfinite(out).all()
    assert (np.abs(out[-1] - 0.5) < 0.01).all()  # the filter came through it, and plays on
    heard = host.capture.read()[1]
    assert len(heard) == 128
    assert np.isfinite(heard).all()
    assert np.isfinite(host.counters()["rms_in"]).all()
    assert host.counters()["broken_inputs"] == 1
    assert host.counters()["broken_samples"] == 0


def test_denormals_are_flushed_inside_the_callback_and_nowhere_else() -> None:
    host = Host(RATE, (Slot("fading", fading),))
    state = host.rack.state("fading")
    state["tiny"], state["half"] = np.finfo(np.float64).tiny, 1.0
    Card(host).play([64])
    assert state["half"][0] == 0.0
    assert float(state["tiny"][0]) * 0.5 > 0.0


# Ears


def test_the_ears_hear_every_frame_of_every_block() -> None:
    host, mic = Host(RATE), noise(50_000)
    card, at = Card(host), 0
    heard: list[np.ndarray] = []
    for size in [*cut_anyhow(40_000, 3), 10_000]:
        card.block(size, mic[at : at + size])
        at += size
        if at % 3:
            frame, samples = host.capture.read()
            assert frame == sum(len(each) for each in heard)
            heard.append(samples)
    heard.append(host.capture.read()[1])
    np.testing.assert_array_equal(np.concatenate(heard), mic[:, 0])
    assert host.counters()["capture_lost"] == 0


def test_the_ears_hear_the_mean_of_a_stereo_microphone() -> None:
    host, mic = Host(RATE), noise(64, 2)
    Card(host, inputs=2).play([64], mic)
    np.testing.assert_array_equal(host.capture.read()[1], np.float32(0.5) * (mic[:, 0] + mic[:, 1]))


def numbered(first: int, count: int) -> np.ndarray:
    """A microphone that hears the number of each frame."""
    return np.arange(first, first + count, dtype=np.float32).reshape(-1, 1)


@pytest.mark.parametrize("blocks", [3, 40, 1000])
def test_what_nobody_reads_is_lost_and_accounted_for_to_the_frame(blocks: int) -> None:
    host = Host(1000.0)  # its ring holds 2048 frames
    card, found = Card(host), 0
    for _ in range(3):
        for _ in range(blocks):
            card.block(100, numbered(host.frame, 100))
        while len(host.capture):
            frame, samples = host.capture.read()
            np.testing.assert_array_equal(samples, np.arange(frame, frame + len(samples), dtype=np.float32))
            found += len(samples)
    lost = int(host.counters()["capture_lost"])
    assert found + lost == host.frame
    assert (lost == 0) == (blocks == 3)


def test_ears_that_are_switched_on_late_know_which_frame_they_hear() -> None:
    host = Host(RATE)
    host.listen_with(False)
    card = Card(host)
    card.block(300, numbered(0, 300))
    assert len(host.capture) == 0
    host.listen_with(True)
    card.block(100, numbered(300, 100))
    frame, samples = host.capture.read()
    assert (frame, len(samples)) == (300, 100)
    assert samples[0] == 300.0
    assert host.counters()["capture_lost"] == 0  # nothing was lost to anybody who listened


def test_the_rack_is_heard_beside_the_ears_without_a_change() -> None:
    """The capture is made on a wire that the rack needs afterwards."""
    host, mic = Host(RATE, (LOGGED_INPUT,)), noise(300, 2)
    np.testing.assert_array_equal(Card(host, inputs=2).play([300], mic), mic)


def test_slots_work_one_after_the_other_on_the_bus() -> None:
    host = Host(RATE, (Slot("a", scale, {"offset": 1.0}), Slot("b", scale, {"gain": 3.0}), Slot("count", tally)))
    out = Card(host).play([64, 64])
    np.testing.assert_array_equal(out[:, 0], 3.0 + np.arange(128))
    np.testing.assert_array_equal(out[:, 1], 3.0 - np.arange(128))
