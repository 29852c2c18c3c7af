"""The hall against scipy's convolution, however the blocks are cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import fftconvolve

from realtime.dsp.strings.hall import HALL, LONGEST, PARTITION, empty_hall, learn_hall, resound
from realtime.kernel import kernel
from realtime.kernel_check import check
from realtime.kernel_source import IO
from score.errors import ModelError

RATE = 48_000.0
FRAMES = 30_000
Array = npt.NDArray[Any]

ROOM = np.dtype([("hall", HALL)], align=True)


@kernel(ROOM)
def room(s: Any, x: Any, yl: Any, yr: Any, frames: int) -> None:
    """Nothing but the hall."""
    resound(s.hall, x, yl, yr, frames)


@kernel(ROOM)
def opened(s: Any, y: Any, frames: int) -> None:
    """What sounds in it is over."""
    empty_hall(s.hall)


def responses(taps: int = 24_000) -> Array:
    """Two decaying noises of unit power."""
    made = np.random.default_rng(3).normal(size=(2, taps)) * np.exp(-np.arange(taps) / 4_000.0)
    return np.asarray(made / np.sqrt((made**2).sum(1, keepdims=True)))


def hall(taps: Array) -> Array:
    state = np.zeros(1, ROOM)
    learn_hall(state["hall"][0], taps[0], taps[1])
    return state


def dry(frames: int = FRAMES) -> npt.NDArray[np.float32]:
    return np.random.default_rng(4).normal(0.0, 0.1, frames).astype(np.float32)


def answer(state: Array, sound: Array, cuts: list[int] | None = None) -> npt.NDArray[np.float32]:
    heard = np.zeros((2, len(sound)), np.float32)
    io = np.zeros(1, IO)
    at = 0
    for length in [*(cuts or []), len(sound)]:
        length = min(length, len(sound) - at)
        io["inputs"][0, 0] = sound[at:].ctypes.data
        io["outputs"][0, :2] = heard[0, at:].ctypes.data, heard[1, at:].ctypes.data
        room.run(state, io, length)
        at += length
    return heard


@pytest.mark.parametrize("taps", [1, 7, 128, 129, 256, 300, 1_200, 24_000, LONGEST])
def test_it_answers_with_the_convolution_and_at_once(taps: int) -> None:
    response, sound = responses(taps), dry()
    heard = answer(hall(response), sound, [128] * 300)
    for side in range(2):
        meant = fftconvolve(sound.astype(np.float64), response[side])[:FRAMES]
        assert np.abs(meant).max() > 0.1
        assert np.abs(heard[side] - meant).max() < 1e-6


@pytest.mark.parametrize(
    "cuts", [[64] * 400, [1] * 600, [128, 1, 127, 129, 0, 255, 16, 15, 17] * 20, [1_024] * 20], ids=len
)
def test_how_the_blocks_are_cut_changes_no_bit(cuts: list[int]) -> None:
    response, sound = responses(), dry(20_000)
    assert (answer(hall(response), sound, cuts) == answer(hall(response), sound)).all()


def test_it_is_added_to_what_is_there() -> None:
    state, sound = hall(responses(500)), dry(512)
    heard = answer(hall(responses(500)), sound)
    io, there = np.zeros(1, IO), np.full((2, 512), 0.25, np.float32)
    io["inputs"][0, 0] = sound.ctypes.data
    io["outputs"][0, :2] = there[0].ctypes.data, there[1].ctypes.data
    room.run(state, io, 512)
    assert np.abs(there - 0.25 - heard).max() < 1e-6


def test_no_response_is_no_hall() -> None:
    assert not answer(np.zeros(1, ROOM), dry(1_000)).any()
    assert not answer(hall(np.zeros((2, 0))), dry(1_000)).any()


def test_silence_follows_when_the_sound_has_died_and_at_once_when_it_is_emptied() -> None:
    state, quiet = hall(responses()), np.zeros(FRAMES, np.float32)
    first = answer(state, dry())
    answer(state, quiet)
    assert not answer(state, quiet)[:, -1_000:].any()
    answer(state, dry())
    opened.run(state, np.zeros(1, np.uint8), 0)
    assert (answer(state, dry()) == first).all()


def test_what_is_not_a_number_is_gone_with_the_next_emptying_and_never_came_in() -> None:
    state, sound = hall(responses(2_000)), dry(4_000)
    sound[::7] = np.nan
    sound[1::7], sound[2::7] = np.inf, -np.inf
    heard = answer(state, sound)
    assert np.isfinite(heard).all() and np.abs(heard).max() < 1e9


def test_a_hall_that_is_too_long_ends_sooner_and_fades() -> None:
    state = hall(np.ones((2, LONGEST + 5_000)))
    impulse = np.zeros(LONGEST + 1_000, np.float32)
    impulse[0] = 1.0
    left = answer(state, impulse)[0]
    assert np.abs(left[: LONGEST - PARTITION] - 1.0).max() < 1e-5
    assert np.abs(np.diff(left[LONGEST - PARTITION : LONGEST + 100])).max() < 0.01
    assert np.abs(left[LONGEST:]).max() < 1e-5


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.zeros(10), np.zeros(11)),
        (np.zeros((2, 10)), np.zeros((2, 10))),
        (np.full(10, math.nan), np.zeros(10)),
        (np.zeros(10), np.full(10, math.inf)),
        (np.zeros(10), np.full(10, 1e6)),
    ],
)
def test_responses_that_are_none_are_refused(left: Array, right: Array) -> None:
    with pytest.raises(ModelError):
        learn_hall(np.zeros(1, ROOM)["hall"][0], left, right)


def test_answering_takes_no_memory_and_raises_nothing() -> None:
    check(room)
    check(opened)
