"""Glides: the same gesture takes the same frames, however they are cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.dsp.glide import GLIDE, GLIDE_FRAMES, glide
from realtime.kernel import Knob, kernel
from realtime.kernel_source import IO

STATE = np.dtype([("gain", "f8"), ("calls", "i8"), ("glide", GLIDE)], align=True)


@kernel(STATE, Knob("glide", -100.0, 100.0, 0.0))
def follower(s: Any, y: Any, frames: int) -> None:
    for n in range(frames):
        y[n] = glide(s.glide)


def follow(state: np.ndarray, frames: int) -> np.ndarray:
    io, out = np.zeros(1, IO), np.zeros(frames, np.float32)
    io["outputs"][0, 0] = out.ctypes.data
    follower.run(state, io, frames)
    return out


@given(
    cuts=st.lists(st.integers(0, 300), max_size=12),
    turns=st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=5),
    pause=st.integers(1, 700),
)
@settings(deadline=None, max_examples=60)
def test_a_glide_does_not_know_how_its_frames_are_cut(cuts: list[int], turns: list[float], pause: int) -> None:
    whole, cut = follower.new_state(1.0), follower.new_state(1.0)
    for turn in turns:
        whole["glide"]["target"] = cut["glide"]["target"] = turn
        left, pieces = pause, []
        for size in cuts:
            pieces.append(follow(cut, min(size, left)))
            left -= len(pieces[-1])
        pieces.append(follow(cut, left))
        assert np.concatenate(pieces).tobytes() == follow(whole, pause).tobytes()
    assert whole.tobytes() == cut.tobytes()


def test_a_glide_arrives_exactly_and_in_even_steps() -> None:
    state = follower.new_state(1.0, glide=1.0)
    state["glide"]["target"] = 0.1
    way = follow(state, GLIDE_FRAMES + 10)
    np.testing.assert_allclose(way[:GLIDE_FRAMES], 1.0 - 0.9 * np.arange(1, GLIDE_FRAMES + 1) / GLIDE_FRAMES, rtol=1e-6)
    assert state["glide"]["value"][0] == 0.1
    assert (way[GLIDE_FRAMES - 1 :] == np.float32(0.1)).all()


def test_a_glide_that_is_turned_on_its_way_turns_from_where_it_is() -> None:
    state = follower.new_state(1.0)
    state["glide"]["target"] = 1.0
    up = follow(state, GLIDE_FRAMES // 2)
    state["glide"]["target"] = 0.0
    down = follow(state, GLIDE_FRAMES)
    assert np.abs(np.diff(np.concatenate([up, down]))).max() < 1.01 / GLIDE_FRAMES
    assert down[-1] == 0.0
