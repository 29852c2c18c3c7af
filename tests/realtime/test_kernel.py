"""The decorator that makes a kernel: what may be written, what is refused in plain words, and where errors point."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.block import Block
from realtime.dsp.glide import GLIDE, glide
from realtime.events import EVENT, NOTE_ON, event
from realtime.kernel import Kernel, Knob, kernel
from realtime.kernel_source import CHANNELS_AT_MOST
from score.errors import KernelError
from tests.realtime.driving import run

STATE = np.dtype([("gain", "f8"), ("calls", "i8"), ("glide", GLIDE)], align=True)


# What may be written


@kernel(STATE, Knob("gain", 0.0, 2.0, 1.0))
def everything(s: Any, y_b: Any, x_a: Any, events: Any, rate: Any, x_b: Any, frame: Any, y_a: Any, frames: int) -> None:
    """Arguments in any order."""
    s.calls += 1
    for n in range(frames):
        y_a[n] = x_a[n] * s.gain + frame
        y_b[n] = x_b[n] + rate
    for e in range(len(events)):
        y_a[0] += events[e].value


@kernel(STATE)
def nothing_but_frames(s: Any, frames: int) -> None:
    s.calls += frames


@kernel(STATE)
def its_own_names(me: Any, x1: Any, x2: Any, x3: Any, x4: Any, y: Any, frames: int) -> None:
    me.calls = 4
    for n in range(frames):
        y[n] = x1[n] + 2 * x2[n] + 4 * x3[n] + 8 * x4[n]


HALF = 0.5


def half(x: float) -> float:
    return x * HALF


@kernel(STATE)
def typed(s: Any, x: Any, y: Any, frames: int) -> None:
    """A docstring
    of two lines."""
    level: float = s.gain
    for n in range(frames):
        y[n] = x[n] * level * HALF


def ramp(frames: int = 16) -> np.ndarray:
    return np.arange(frames, dtype=np.float32)


def test_arguments_come_in_any_order_and_find_their_channels() -> None:
    state = everything.new_state(48_000.0, gain=2.0)
    out = run(everything, state, [ramp(), -ramp()], event(NOTE_ON, value=0.5), frame=100)
    np.testing.assert_array_equal(out[1], ramp() * 2 + 100 + np.eye(1, 16)[0] * 0.5)  # y_a is the second output
    np.testing.assert_array_equal(out[0], 48_000 - ramp())
    assert state["calls"][0] == 1
    assert (everything.inputs, everything.outputs, everything.hears_events) == (2, 2, True)


def test_a_kernel_of_no_channels_keeps_its_state() -> None:
    state = nothing_but_frames.new_state(48_000.0)
    run(nothing_but_frames, state, [])
    run(nothing_but_frames, state, [])
    assert state["calls"][0] == 32
    assert (nothing_but_frames.inputs, nothing_but_frames.outputs, nothing_but_frames.hears_events) == (0, 0, False)


def test_four_channels_and_names_of_ones_own() -> None:
    out = run(its_own_names, its_own_names.new_state(48_000.0), [np.full(4, c + 1) for c in range(4)])
    assert out.tolist() == [[1 + 4 + 12 + 32] * 4]
    assert its_own_names.inputs == CHANNELS_AT_MOST


def test_constants_of_the_module_and_annotations_do_no_harm() -> None:
    np.testing.assert_array_equal(run(typed, typed.new_state(1.0), [ramp()])[0] * 0, ramp() * 0)
    assert typed.doc == "A docstring\nof two lines."


def test_a_kernel_says_what_it_is() -> None:
    assert repr(everything) == f"<kernel everything: 2 in, 2 out, {STATE.itemsize} bytes>"
    assert everything.name == "everything"
    assert everything.latency_frames == 0


def test_of_no_frames_a_kernel_touches_no_sample() -> None:
    out = run(everything, everything.new_state(1.0), [ramp(0), ramp(0)], np.zeros(0, EVENT))
    assert out.shape == (2, 0)


def test_nothing_is_compiled_before_it_is_asked_for() -> None:
    @kernel(STATE)
    def broken_but_unused(s: Any, x: Any, y: Any, frames: int) -> None:
        y[0] = "three"

    assert broken_but_unused.name == "broken_but_unused"


def test_the_same_kernel_has_the_same_address_each_time() -> None:
    assert everything.address == everything.address != typed.address


# State and knobs


@kernel(STATE, Knob("gain", 0.0, 2.0, 1.5, unit="x"), Knob("glide", 20.0, 200.0, 50.0, curve="log"), latency_frames=7)
def knobbed(s: Any, x: Any, y: Any, frames: int) -> None:
    for n in range(frames):
        y[n] = x[n] * s.gain + glide(s.glide)


def test_a_fresh_state_has_its_knobs_at_their_defaults_and_glides_at_rest() -> None:
    state = knobbed.new_state(48_000.0)
    assert state["gain"][0] == 1.5
    assert state["glide"][0].tolist() == (50.0, 50.0, 50.0, 0.0, 0)
    assert (run(knobbed, state, [np.zeros(8)])[0] == 50.0).all()
    assert knobbed.latency_frames == 7


@pytest.mark.parametrize(("told", "is_at"), [(0.5, 0.5), (-1.0, 0.0), (9.0, 2.0), (float("nan"), 1.5)])
def test_a_knob_is_kept_within_its_range(told: float, is_at: float) -> None:
    assert knobbed.new_state(48_000.0, gain=told)["gain"][0] == is_at
    assert knobbed.knobs["gain"].clip(told) == is_at


def test_states_share_nothing() -> None:
    one, two = knobbed.new_state(1.0), knobbed.new_state(1.0)
    one["gain"] = 0.0
    assert two["gain"][0] == 1.5


def test_a_state_is_prepared_for_the_rate_after_its_knobs_are_set() -> None:
    @kernel(STATE, Knob("gain", 0.0, 2.0, 1.0))
    def prepared(s: Any, frames: int) -> None:
        s.calls += 0

    @prepared.prepare
    def fill(s: Any, rate: float) -> None:
        s["calls"] = rate * s["gain"]

    assert prepared.new_state(44_100.0, gain=2.0)["calls"][0] == 88_200
    assert callable(fill)


def test_an_unknown_knob_is_refused_and_the_known_ones_are_named() -> None:
    for ask in (lambda: knobbed.new_state(1.0, volume=1.0), lambda: knobbed.knob_offset("volume")):
        with pytest.raises(KernelError, match=r"'knobbed' has no knob 'volume'. It has: gain, glide."):
            ask()
    with pytest.raises(KernelError, match=r"It has: none\."):
        typed.knob_offset("volume")


def test_a_knobs_offset_is_where_its_value_or_its_target_stands() -> None:
    state = knobbed.new_state(1.0)
    raw = state.view(np.uint8)
    for name, find in (("gain", lambda: state["gain"][0]), ("glide", lambda: state["glide"]["target"][0])):
        at = knobbed.knob_offset(name)
        raw[at : at + 8] = np.array([123.0]).view(np.uint8)
        assert find() == 123.0


# Two of a name


def test_two_kernels_of_one_name_in_a_module_keep_their_own_states() -> None:
    def small() -> Kernel:
        @kernel(np.dtype([("first", "f8"), ("second", "f8")]))
        def twin(s: Any, frames: int) -> None:
            s.second = 2.0

        return twin

    def large() -> Kernel:
        @kernel(np.dtype([("padding", "f8", (8,)), ("second", "f8")]))
        def twin(s: Any, frames: int) -> None:
            s.second = 3.0

        return twin

    one, two = small(), large()
    room = Block(256)
    state = room.view(one.state)
    run(one, state, [])
    assert state["second"][0] == 2.0
    assert not room.bytes[16:].any()
    other = two.new_state(1.0)
    run(two, other, [])
    assert other["second"][0] == 3.0


def test_a_kernel_can_be_forgotten() -> None:
    def make() -> Kernel:
        @kernel(STATE)
        def fleeting(s: Any, frames: int) -> None:
            s.calls = frames

        return fleeting

    made = make()
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None


# The cache

COUNTING = """
import sys
from numba.core import event
from realtime.code_cache import is_warm

class Count(event.Listener):
    passes = 0
    def on_start(self, what): Count.passes += 1
    def on_end(self, what): pass

event.register("numba:run_pass", Count())
from kernels_of_a_user import halve
halve.address
print("passes", Count.passes, halve.compiled.cache_hits)
"""

USERS = """
import numpy as np
from realtime.kernel import kernel
STATE = np.dtype([("calls", "i8")])

@kernel(STATE)
def halve(s, x, y, frames):
    s.calls += 1
    for n in range(frames):
        y[n] = x[n] * np.float32(0.5)
"""


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    (tmp_path / "kernels_of_a_user.py").write_text(USERS)
    root = Path(__file__).resolve().parents[2]
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}",
    }

    def start() -> tuple[int, int]:
        command = [sys.executable, "-c", COUNTING]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        _, passes, hits = done.stdout.split()
        return int(passes), int(hits)

    passes, hits = start()
    assert passes > 0
    assert hits == 0
    assert start() == (0, 1)
    with (tmp_path / "kernels_of_a_user.py").open("a") as file:
        file.write("\n# an edit\n")
    assert start()[1] == 0  # what was edited is compiled anew
