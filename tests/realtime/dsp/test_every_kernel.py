"""What every kernel of the catalogue promises, whatever it sounds like."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from realtime import kernel_check
from realtime.device.file import CALLBACK
from realtime.dsp.catalogue import find_kernel, kernel_names
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    FROM_APP,
    KEY_PRESSURE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    NOW,
    PRESSURE,
    SILENCE,
    event,
)
from realtime.host import Host
from realtime.kernel import Kernel
from realtime.rack import BUS, MONITOR, Slot
from tests.realtime.dsp.kernels_gone_wrong import stepping
from tests.realtime.dsp.playing import RATE, Samples, numbers, play, random_cuts, turn

FRAMES = 24_000
HUGE = float(np.finfo(np.float32).max)

every_kernel = pytest.mark.parametrize("name", kernel_names())


def music(seed: int, frames: int = FRAMES, channels: int = 2) -> Samples:
    """Tones, noise and silence, the channels different."""
    random = np.random.default_rng(seed)
    t = np.arange(frames) / RATE
    tones = sum(
        random.uniform(0.0, 0.5, (channels, 1)) * np.sin(2 * np.pi * hz * t) for hz in random.uniform(60, 9000, 4)
    )
    sound = tones + random.normal(0.0, 0.2, (channels, frames))
    sound[:, frames // 3 : frames // 2] = 0.0
    return sound.astype(np.float32)


def gestures(kernel: Kernel, seed: int, frames: int = FRAMES) -> list[Any]:
    """Every knob turned, notes of all kinds played and released, some at the same frame."""
    random = np.random.default_rng(seed)
    made = []
    for name, knob in kernel.knobs.items():
        for frame in random.integers(0, frames, 6):
            made += turn(kernel, int(frame), **{name: random.uniform(knob.low, knob.high)})
    if kernel.hears_events:
        kinds = (NOTE_ON, NOTE_ON, NOTE_ON, NOTE_OFF, NOTE_OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL, CONTROL)
        for frame in np.sort(random.integers(0, frames, 300)) // 50 * 50:
            kind = int(random.choice(kinds))
            number = int(random.choice((11, 64, 1))) if kind == CONTROL else int(random.integers(50, 70))
            value = random.uniform(-12.0, 12.0) if kind == BEND else random.uniform()
            channel = int(random.choice((0, 1, 2, ALL_CHANNELS)))
            made.append(event(kind, frame=int(frame), channel=channel, number=number, value=value))
        made.append(event(NOTES_OFF, frame=frames // 2, channel=1))
        made.append(event(SILENCE, frame=frames // 4 * 3, channel=2))
    return made


@every_kernel
@pytest.mark.parametrize("seed", range(4))
def test_any_cut_gives_the_same_samples(name, seed):
    kernel = find_kernel(name)
    sound, events = music(seed), gestures(kernel, seed)
    whole = play(kernel, sound[: kernel.outputs], events)
    pieces = play(kernel, sound[: kernel.outputs], events, random_cuts(FRAMES, 400, seed))
    np.testing.assert_array_equal(pieces, whole)
    assert np.abs(whole).max() > 0.01


@every_kernel
@pytest.mark.parametrize("block", (1, 2, 3, 63, 64, 65, 127, 1024, 4096))
def test_every_block_size_gives_the_same_samples(name, block):
    kernel = find_kernel(name)
    frames = 6_000
    sound, events = music(9, frames), gestures(kernel, 9, frames)
    whole = play(kernel, sound[: kernel.outputs], events)
    np.testing.assert_array_equal(
        play(kernel, sound[: kernel.outputs], events, range(0, frames, block)),
        whole,
    )


@every_kernel
def test_a_slice_without_frames_takes_its_events_and_touches_no_sample(name):
    kernel = find_kernel(name)
    state = kernel.new_state(RATE)
    struck = [event(NOTE_ON, frame=0, number=60, value=1.0)]
    assert play(kernel, 0, struck, state=state).size == 0
    sound = music(2, 1000)[: kernel.outputs]
    np.testing.assert_array_equal(play(kernel, sound, state=state), play(kernel, sound, struck))


@every_kernel
def test_a_fresh_state_repeats_bit_by_bit(name):
    kernel = find_kernel(name)
    sound, events = music(5)[: kernel.outputs], gestures(kernel, 5)
    first, second = kernel.new_state(RATE), kernel.new_state(RATE)
    np.testing.assert_array_equal(
        play(kernel, sound, events, state=first),
        play(kernel, sound, events, state=second),
    )
    assert first.tobytes() == second.tobytes()


@every_kernel
def test_writing_over_its_own_input_makes_no_difference(name):
    kernel = find_kernel(name)
    if kernel.inputs == 0:
        sound: Samples | int = FRAMES  # an instrument has nothing to write over but the bus, which it adds to
    else:
        sound = music(6)[: kernel.outputs]
    events = gestures(kernel, 6)
    np.testing.assert_array_equal(
        play(kernel, sound, events, in_place=False),
        play(kernel, sound, events),
    )


@every_kernel
def test_an_instrument_adds_and_an_effect_replaces(name):
    kernel = find_kernel(name)
    sound, events = music(7)[: kernel.outputs], gestures(kernel, 7)
    if kernel.inputs == 0:
        alone = play(kernel, FRAMES, events)
        np.testing.assert_allclose(play(kernel, sound, events), sound + alone, atol=1e-5)
    else:
        assert kernel.inputs == kernel.outputs
        assert np.abs(play(kernel, np.zeros_like(sound), events)).max() == 0.0


@every_kernel
@pytest.mark.parametrize("rate", (22_050.0, 48_000.0, 96_000.0))
def test_silence_dies_away_to_nothing_at_all(name, rate):
    """Within half a minute, at the slowest settings of every knob; and no denormal is left to slow the rack down."""
    kernel = find_kernel(name)
    for seed in range(3):
        random = np.random.default_rng(seed)
        knobs = {
            each: random.choice((knob.low, knob.high, random.uniform(knob.low, knob.high)))
            for each, knob in kernel.knobs.items()
        }
        state = kernel.new_state(rate, **knobs)
        notes = [each for each in gestures(kernel, seed) if each["kind"][0] != KNOB]
        play(kernel, music(seed)[: kernel.outputs], notes, state=state, rate=rate)
        over = [event(NOTES_OFF, frame=0, channel=ALL_CHANNELS)]
        rest = play(kernel, int(30 * rate), over, state=state, rate=rate)
        assert np.abs(rest[:, int(25 * rate) :]).max() <= 1e-6
        assert np.abs(rest[:, -1000:]).max() == 0.0
        left = numbers(state)
        assert not np.any((left != 0.0) & (np.abs(left) < np.finfo(np.float64).tiny))


@every_kernel
def test_the_latency_is_as_declared(name):
    kernel = find_kernel(name)
    at = 777
    if kernel.hears_events:
        heard = play(kernel, 4_000, [event(NOTE_ON, frame=at, number=81, value=1.0)])
        began = np.flatnonzero(np.abs(heard).max(axis=0))[0]
        assert at <= began - kernel.latency_frames <= at + 1  # a wave that begins at zero sounds one frame later
    else:
        click = np.zeros((kernel.outputs, 4_000), np.float32)
        click[:, at] = 0.5
        heard = play(kernel, click)
        assert np.flatnonzero(np.abs(heard).max(axis=0))[0] == at + kernel.latency_frames
        assert np.abs(heard).max(axis=0).argmax() == at + kernel.latency_frames


@every_kernel
@pytest.mark.parametrize("kind", ("loudest", "constant", "denormal", "mixed", "infinite"))
def test_no_input_makes_anything_that_is_not_a_number(name, kind):
    kernel = find_kernel(name)
    random = np.random.default_rng(11)
    frames = 9_000
    signs = random.choice((-1.0, 1.0), (kernel.outputs, frames))
    sound = {
        "loudest": HUGE * signs,
        "constant": np.full_like(signs, HUGE),
        "denormal": 1e-44 * signs,
        "mixed": signs * 10.0 ** random.uniform(-44, 38, signs.shape),
        "infinite": np.where(random.random(signs.shape) < 0.1, np.inf * signs, 0.3 * signs),
    }[kind].astype(np.float32)
    if kernel.inputs == 0:
        sound = np.zeros_like(sound)
    for seed in range(3):
        heard = play(kernel, sound, gestures(kernel, seed, frames), random_cuts(frames, 30, seed))
        assert np.isfinite(heard).all()


@every_kernel
def test_what_is_not_a_number_is_silence_and_leaves_no_trace(name):
    kernel = find_kernel(name)
    sound, events = music(12)[: kernel.outputs], gestures(kernel, 12)
    if kernel.inputs == 0:
        broken = [event(kind, frame=100, number=60, value=v) for kind in range(10) for v in (np.nan, np.inf, -np.inf)]
        mended = [event(CONTROL, frame=100, number=11, value=1.0), event(BEND, frame=100), event(PRESSURE, frame=100)]
        struck = event(NOTE_ON, frame=500, number=72, value=0.5)
        heard = play(kernel, FRAMES, [*(each for each in broken if each["kind"][0] != KNOB), *mended, struck])
        assert np.isfinite(heard).all() and np.abs(heard[:, 500:]).max() > 0.01
        return
    broken, silent = sound.copy(), sound.copy()
    broken[:, 5_000:5_100], silent[:, 5_000:5_100] = np.nan, 0.0
    np.testing.assert_array_equal(play(kernel, broken, events), play(kernel, silent, events))


@pytest.mark.parametrize(
    ("name", "knob"), [(name, knob) for name in kernel_names() for knob in find_kernel(name).knobs]
)
def test_turning_a_knob_makes_no_click(name, knob):
    assert click(find_kernel(name), knob) <= 0.02


def test_a_knob_that_does_not_glide_is_heard():
    assert click(stepping, "gain") > 0.3


def click(kernel: Kernel, name: str) -> float:
    """A low tone, and the knob turned at its crest: the largest step between two samples that neither setting makes
    by itself, as a part of the loudest sample."""
    knob = kernel.knobs[name]
    if knob.curve == "log":
        settings = [knob.low * (knob.high / knob.low) ** part for part in (0.25, 0.75)]
    else:
        settings = [knob.low + (knob.high - knob.low) * part for part in (0.25, 0.75)]
    frames, crest = 2 * FRAMES, 24_300
    sound = np.tile(0.9 * np.sin(2 * np.pi * 40.0 * np.arange(frames) / RATE), (kernel.outputs, 1)).astype(np.float32)
    if kernel.inputs == 0:
        sound[:] = 0.0
    notes = [event(NOTE_ON, frame=0, number=key, value=1.0) for key in (36, 43, 52)] if kernel.hears_events else []

    def heard(before: float, after: float) -> Any:
        plain = {"shape": 0.0} if "shape" in kernel.knobs else {}  # a saw's own steps would hide others
        state = kernel.new_state(RATE, **{**plain, name: before})
        turned = turn(kernel, crest, **{name: after})
        return play(kernel, sound, [*notes, *turned], state=state)[:, FRAMES // 2 :].astype(np.float64)

    def roughest(sound: Any) -> float:
        return float(np.abs(np.diff(sound, axis=1)).max())

    low, high = settings
    steady = [heard(low, low), heard(high, high)]
    usual = max(roughest(each) for each in steady)
    worst = max(roughest(heard(low, high)), roughest(heard(high, low)))
    return (worst - usual) / max(float(np.abs(each).max()) for each in steady)


@every_kernel
def test_the_callback_plays_it_as_it_plays_alone(name):
    """On the stereo bus: a kernel of one channel stands there twice, one of two once, and no lane hears another."""
    kernel = find_kernel(name)
    frames, settled = 4_096, 512  # the gate opens meanwhile
    sound = music(3, frames)
    struck = event(NOTE_ON, frame=NOW, number=57, value=0.8)
    host = Host(RATE, (Slot("it", kernel, wires=MONITOR if kernel.inputs else BUS),), input_channels=2)
    host.open_gate()
    if kernel.hears_events:
        host.send(FROM_APP, struck)
    mic = np.ascontiguousarray(sound.T)
    speaker = np.zeros((frames, 2), np.float32)
    callback = CALLBACK(host.callback_address)
    callback(mic.ctypes.data, speaker.ctypes.data, ctypes.c_ulong(frames), None, ctypes.c_ulong(0), host.address)
    struck["frame"] = 0
    notes = [struck] if kernel.hears_events else []
    if kernel.outputs == 2:
        alone = play(kernel, sound if kernel.inputs else frames, notes)
    else:
        alone = np.concatenate([play(kernel, side[None], notes) for side in sound])
    np.testing.assert_array_equal(speaker.T[:, settled:], alone[:, settled:])


@every_kernel
def test_it_is_fit_for_the_audio_thread(name):
    kernel_check.check(find_kernel(name))


@every_kernel
def test_it_says_what_it_is(name):
    kernel = find_kernel(name)
    assert kernel.name == name
    assert kernel.doc.endswith("[audio]") or "[audio]" in kernel.doc.splitlines()[0]
    for knob in kernel.knobs.values():
        assert knob.low <= knob.default <= knob.high
        assert knob.curve in ("linear", "log") and (knob.curve == "linear" or knob.low > 0.0)
