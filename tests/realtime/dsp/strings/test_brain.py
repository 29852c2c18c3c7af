"""The network in the audio thread, against the same network written down once more in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from realtime.dsp.strings.bank import VOICE
from realtime.dsp.strings.brain import BRAIN, MEMORY, SCRATCH, begin, begin_anew, forget, learn, think
from realtime.dsp.strings.fast_math import exp, logistic, tanh
from realtime.dsp.strings.plain import ear
from realtime.dsp.strings.sizes import (
    AMPLITUDES,
    BAND_CENTRES_HZ,
    BANDS,
    BODY_LOW_HZ,
    BODY_PER_OCTAVE,
    BODY_POINTS,
    FOURIER,
    HARMONICS,
    HIDDEN,
    INPUTS,
    LOW_C_HZ,
)
from realtime.kernel import kernel
from realtime.kernel_check import check
from realtime.kernel_source import IO
from score.errors import ModelError

RATE = 48_000.0
Array = npt.NDArray[Any]

THINKER = np.dtype(
    [
        ("brain", BRAIN),
        ("memory", MEMORY),
        ("scratch", SCRATCH),
        ("hertz", "f8"),
        ("loudness_db", "f8"),
        ("voice", VOICE),
    ],
    align=True,
)


@kernel(THINKER)
def thinker(s: Any, y: Any, rate: float, frames: int) -> None:
    """One frame of one voice."""
    think(s.brain, s.memory, s.scratch, s.voice, s.hertz, s.loudness_db, rate)


@kernel(THINKER)
def forgetter(s: Any, y: Any, frames: int) -> None:
    """A voice that begins anew."""
    begin_anew(s.memory)


def weights(seed: int = 1) -> dict[str, Array]:
    """As large as those that training finds: every unit is moved, few are driven to their ends."""
    draw = np.random.default_rng(seed)

    def drawn(inputs: int, outputs: int, size: float) -> Array:
        return np.asarray(draw.normal(0.0, size / math.sqrt(inputs), (inputs, outputs)), np.float32)

    def few(count: int, size: float) -> Array:
        return np.asarray(draw.normal(0.0, size, count), np.float32)

    return {
        "in_weight": drawn(INPUTS, HIDDEN, 2.0),
        "in_bias": few(HIDDEN, 0.3),
        "gru_in_weight": drawn(HIDDEN, 3 * HIDDEN, 1.5),
        "gru_in_bias": few(3 * HIDDEN, 0.3),
        "gru_weight": drawn(HIDDEN, 3 * HIDDEN, 1.0),
        "gru_bias": few(3 * HIDDEN, 0.3),
        "mid_weight": drawn(2 * HIDDEN, HIDDEN, 1.5),
        "mid_bias": few(HIDDEN, 0.3),
        "out_weight": drawn(HIDDEN, AMPLITUDES, 1.0),
        "out_bias": few(AMPLITUDES, 1.0) - np.float32(3.0),
        "body": few(BODY_POINTS, 0.5),
    }


def state(arrays: dict[str, Array] | None = None, rate: float = RATE) -> Array:
    made = np.zeros(1, THINKER)
    begin(made["brain"][0], rate)
    if arrays is not None:
        learn(made["brain"][0], arrays)
    forget(made["memory"][0])
    return made


def frame(s: Array, hertz: float, loudness_db: float, rate: float = RATE) -> npt.NDArray[np.float64]:
    io = np.zeros(1, IO)
    io["rate"] = rate
    s["hertz"], s["loudness_db"] = hertz, loudness_db
    thinker.run(s, io, 0)
    return np.array(s["voice"]["goal"][0], np.float64)


class Reference:
    """The equations in float64, as PyTorch's documentation writes those of the GRU."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.w = {name: array.astype(np.float64) for name, array in arrays.items()}
        self.kept = np.zeros(HIDDEN)
        self.before_db: float | None = None

    def __call__(self, hertz: float, loudness_db: float) -> npt.NDArray[np.float64]:
        w, octaves = self.w, math.log2(hertz / LOW_C_HZ)
        change = 0.0 if self.before_db is None else loudness_db - self.before_db
        self.before_db = loudness_db
        told = [octaves / 4.0, (loudness_db + 90.0) / 45.0 - 1.0, min(max(change / 6.0, -2.0), 2.0)]
        for m in FOURIER:
            told += [math.sin(2.0 * math.pi * m * octaves), math.cos(2.0 * math.pi * m * octaves)]
        seen = _leaky(np.array(told) @ w["in_weight"] + w["in_bias"])
        a = np.split(seen @ w["gru_in_weight"] + w["gru_in_bias"], 3)
        b = np.split(self.kept @ w["gru_weight"] + w["gru_bias"], 3)
        reset, update = _sigmoid(a[0] + b[0]), _sigmoid(a[1] + b[1])
        new = np.tanh(a[2] + reset * b[2])
        self.kept = (1.0 - update) * new + update * self.kept
        middle = _leaky(np.concatenate([self.kept, seen]) @ w["mid_weight"] + w["mid_bias"])
        drawn = middle @ w["out_weight"] + w["out_bias"] + math.log(10.0) / 20.0 * loudness_db
        partials_hz = hertz * np.arange(1, HARMONICS + 1)
        places = np.clip(np.log2(partials_hz / BODY_LOW_HZ) * BODY_PER_OCTAVE, 0.0, BODY_POINTS - 1.001)
        drawn[:HARMONICS] += np.interp(places, np.arange(BODY_POINTS), w["body"])
        amplitudes = np.exp(np.minimum(drawn, 1.0))
        amplitudes[:HARMONICS] *= np.clip((22_500.0 - partials_hz) / 1_500.0, 0.0, 1.0)
        return np.asarray(amplitudes)


def _leaky(x: Array) -> Array:
    return np.where(x > 0.0, x, 0.1 * x)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def a_weighted_db(amplitudes: Array, hertz: float) -> float:
    """The loudness of a frame, by numerical integration of its noise."""
    partials_hz = hertz * np.arange(1, HARMONICS + 1)
    power = (amplitudes[:HARMONICS] ** 2 / 2.0 * ear.py_func(partials_hz)).sum()
    grid_hz = np.arange(10.0, 22_560.0)
    power += (np.interp(grid_hz, BAND_CENTRES_HZ, amplitudes[HARMONICS:] ** 2) * ear.py_func(grid_hz)).sum()
    return float(10.0 * np.log10(power))


def test_a_thousand_frames_are_those_of_the_network_in_float64() -> None:
    arrays = weights()
    s, reference = state(arrays), Reference(arrays)
    draw = np.random.default_rng(2)
    hertz = 65.4 * 2.0 ** (4.0 * np.abs(np.sin(np.arange(1_000) / 150.0))) * (1.0 + 0.01 * draw.normal(size=1_000))
    loudness_db = np.clip(-35.0 + np.cumsum(draw.normal(0.0, 1.5, 1_000)) + 20.0 * draw.normal(size=1_000), -90.0, 0.0)
    worst = 0.0
    for f0, db in zip(hertz, loudness_db, strict=True):
        made, meant = frame(s, f0, db), reference(f0, db)
        sounds = meant > 1e-8
        worst = max(worst, float(np.abs(made[sounds] / meant[sounds] - 1.0).max()))
        assert np.abs(made - meant)[~sounds].max(initial=0.0) < 1e-9
    assert worst < 1e-4
    assert np.abs(s["memory"]["kept"][0]).max() > 0.5  # its memory was in use


def test_the_memory_makes_a_difference_and_can_be_forgotten() -> None:
    s = state(weights())
    first = frame(s, 220.0, -20.0)
    for db in (-60.0, -10.0, -40.0):
        frame(s, 300.0, db)
    assert np.abs(np.log(frame(s, 220.0, -20.0)[:80] / first[:80])).max() > 0.01
    forgetter.run(s, np.zeros(1, np.uint8), 0)
    assert (frame(s, 220.0, -20.0) == first).all()


@pytest.mark.parametrize("arrays", [None, weights()], ids=["plain", "learned"])
@pytest.mark.parametrize("hertz", [0.0, -5.0, math.nan, math.inf, -math.inf, 1e9])
@pytest.mark.parametrize("loudness_db", [math.nan, math.inf, -math.inf, 1e9, -20.0])
def test_no_control_makes_a_number_that_is_none_or_too_large(
    arrays: dict[str, Array] | None, hertz: float, loudness_db: float
) -> None:
    s = state(arrays)
    for _ in range(3):
        amplitudes = frame(s, hertz, loudness_db)
        assert (amplitudes >= 0.0).all() and (amplitudes <= math.e * 1.0001).all()
    assert (np.abs(s["memory"]["kept"]) <= 1.0).all()


def test_the_wildest_weights_that_are_let_in_cannot_blast() -> None:
    draw = np.random.default_rng(5)
    s = state({name: np.where(draw.random(array.shape) < 0.5, -1e4, 1e4) for name, array in weights().items()})
    for db in (-90.0, 0.0, -30.0):
        amplitudes = frame(s, 100.0, db)
        assert (amplitudes >= 0.0).all() and (amplitudes <= math.e * 1.0001).all()


def test_nothing_sounds_above_the_end_of_a_slow_card() -> None:
    for arrays in (None, weights()):
        amplitudes = frame(state(arrays, 22_050.0), 100.0, -10.0, 22_050.0)
        assert amplitudes[:88].all() and not amplitudes[103:HARMONICS].any()


@pytest.mark.parametrize("hertz", [41.2, 65.4, 110.0, 220.0, 440.0, 880.0, 2_000.0])
@pytest.mark.parametrize("loudness_db", [-60.0, -30.0, -12.0])
def test_the_plain_string_is_as_loud_as_it_is_told(hertz: float, loudness_db: float) -> None:
    assert abs(a_weighted_db(frame(state(), hertz, loudness_db), hertz) - loudness_db) < 0.3


def test_the_plain_string_is_brighter_when_loud_and_hisses_less() -> None:
    soft, loud = frame(state(), 110.0, -50.0), frame(state(), 110.0, -12.0)

    def brilliance(amplitudes: Array) -> float:
        power = amplitudes[:HARMONICS] ** 2
        return float(10.0 * np.log10(power[10:].sum() / power.sum()))

    def hiss(amplitudes: Array) -> float:
        return float((amplitudes[HARMONICS:] ** 2).sum() / (amplitudes[:HARMONICS] ** 2).sum())

    assert brilliance(loud) > brilliance(soft) + 6.0
    assert hiss(soft) > 2.0 * hiss(loud)


def test_learning_takes_the_place_of_the_plain_string_and_beginning_gives_it_back() -> None:
    s = state()
    before = frame(s, 150.0, -20.0)
    learn(s["brain"][0], weights())
    assert np.abs(np.log(frame(s, 150.0, -20.0)[:20] / before[:20])).max() > 0.1
    begin(s["brain"][0], RATE)
    assert (frame(s, 150.0, -20.0) == before).all()


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("gru_weight", None, "no array 'gru_weight'"),
        ("in_weight", np.zeros((10, HIDDEN), np.float32), "10 by 192, where 11 by 192 is needed"),
        ("out_bias", np.full(AMPLITUDES, math.nan, np.float32), "no training leaves behind"),
        ("body", np.full(BODY_POINTS, math.inf, np.float32), "no training leaves behind"),
        ("mid_bias", np.full(HIDDEN, 1e20, np.float32), "no training leaves behind"),
        ("in_bias", np.array(["cello"] * HIDDEN), "holds <U5"),
    ],
)
def test_weights_that_are_none_are_refused_in_words_and_change_nothing(
    name: str, array: Array | None, words: str
) -> None:
    s, arrays = state(), weights()
    before = s.copy()
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    with pytest.raises(ModelError, match=words):
        learn(s["brain"][0], arrays)
    assert all((s["brain"][field] == before["brain"][field]).all() for field in BRAIN.names or ())


def test_the_fast_curves_are_the_true_ones_to_six_digits() -> None:
    x = np.concatenate([np.linspace(-86.0, 86.0, 20_001), np.geomspace(1e-8, 1.0, 500)]).astype(np.float32)
    for fast, true in (
        (exp, np.exp),
        (tanh, np.tanh),
        (logistic, lambda v: 1.0 / (1.0 + np.exp(-v))),
    ):
        made, meant = np.array([fast(v) for v in x], np.float64), true(x.astype(np.float64))
        assert np.abs(made[meant != 0.0] / meant[meant != 0.0] - 1.0).max() < 1e-6


def test_thinking_takes_no_memory_and_raises_nothing() -> None:
    check(thinker)
    check(forgetter)


def test_the_bands_end_at_half_the_rate() -> None:
    assert len(BAND_CENTRES_HZ) == BANDS and BAND_CENTRES_HZ[0] == 0.0
    assert BAND_CENTRES_HZ[-1] == pytest.approx(RATE / 2.0)
