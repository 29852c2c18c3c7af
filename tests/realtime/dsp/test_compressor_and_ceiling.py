"""Dynamics: how much is taken away, when, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import resample_poly

from realtime.dsp.compressor import compressor
from realtime.dsp.true_peak import LATENCY_FRAMES, true_peak
from tests.realtime.dsp.playing import RATE, play
from tests.realtime.dsp.responses import lines, tone

SETTLED = {"attack_s": 0.0005, "release_s": 0.3, "sidechain_hz": 10.0}


def taken_db(level_db, **knobs):
    """How much a steady tone loses."""
    sound = tone(1_000, 96_000, 10 ** (level_db / 20))
    heard = play(compressor, sound, state=compressor.new_state(RATE, **{**SETTLED, **knobs}))
    return -20 * np.log10(np.std(heard[0, 72_000:]) / np.std(sound[0, 72_000:]))


def test_what_is_soft_passes_bit_by_bit():
    sound = tone(300, 24_000, 0.02)
    np.testing.assert_array_equal(play(compressor, sound), sound)


@pytest.mark.parametrize("ratio", (2.0, 4.0, 20.0))
def test_over_the_threshold_the_ratio_holds(ratio):
    got = [taken_db(level, threshold_db=-30.0, knee_db=0.0, ratio=ratio) for level in (-20.0, -10.0, 0.0)]
    np.testing.assert_allclose(np.diff(got), 10.0 * (1 - 1 / ratio), atol=0.15)


def test_the_knee_bends_softly_and_meets_both_lines():
    levels = np.arange(-40.0, -9.0, 2.0)
    soft = np.array([taken_db(level, threshold_db=-25.0, knee_db=20.0, ratio=4.0) for level in levels])
    assert np.all(np.diff(soft) >= -1e-6) and np.all(np.diff(soft, 2) > -0.03)
    assert soft[0] == 0.0 and soft[-1] == pytest.approx(15.0 * 0.75, abs=0.4)


def test_a_moment_lets_go_soon_and_a_passage_late():
    def left_db(loud_frames):
        sound = tone(1_000, 144_000, 0.03)
        sound[:, 10_000 : 10_000 + loud_frames] *= 30.0
        state = compressor.new_state(RATE, threshold_db=-20.0, ratio=4.0, attack_s=0.001, release_s=0.08)
        play(compressor, sound[:, : 10_000 + loud_frames + 9_600], state=state)
        return float(state["reduction_db"][0])

    assert left_db(1_000) < 0.25 * left_db(100_000)
    assert left_db(100_000) > 2.0


def test_the_bass_does_not_push_the_phrase_down():
    low = tone(50, 48_000, 0.7)
    open_, deaf = (
        np.std(play(compressor, low, state=compressor.new_state(RATE, sidechain_hz=hz))[0, 24_000:]) for hz in (10, 300)
    )
    assert deaf > 1.5 * open_


def test_parallel_mix_lies_in_between_and_makeup_lifts():
    whole, half = taken_db(-6.0, mix=1.0), taken_db(-6.0, mix=0.5)
    assert half == pytest.approx(-20 * np.log10(0.5 + 0.5 * 10 ** (-whole / 20)), abs=0.05)
    assert taken_db(-60.0, makeup_db=6.0) == pytest.approx(-6.0, abs=1e-3)


# The ceiling


def shaped(sound):
    """Fading in and out, so that the file's own edges make no peaks, with room for the look-ahead."""
    fade = np.minimum(1.0, np.minimum(np.arange(sound.shape[1]), np.arange(sound.shape[1])[::-1]) / 400.0) ** 2
    return np.pad(sound * fade, ((0, 0), (400, 800))).astype(np.float32)


def peak_db(sound, times):
    return 20 * np.log10(max(np.abs(resample_poly(x.astype(np.float64), times, 1)).max() for x in sound))


RANDOM = np.random.default_rng(3)
LOUD = {
    "noise": RANDOM.normal(0, 3, (2, 24_000)),
    "bursts": RANDOM.normal(0, 1, (2, 24_000)) * np.repeat(10 ** RANDOM.uniform(-2, 1, 120), 200),
    "clicks": np.where(RANDOM.random((2, 24_000)) < 1e-3, RANDOM.normal(0, 5, (2, 24_000)), 0.1),
    "square": np.tile(2 * np.sign(np.sin(2 * np.pi * 441 * np.arange(24_000) / RATE)), (2, 1)),
    **{f"{hz} Hz": np.asarray(tone(hz, 24_000, 3.0)) for hz in (50, 997, 11_025, 12_000, 15_999, 19_000)},
}


@pytest.mark.parametrize("name", LOUD)
@pytest.mark.parametrize("ceiling_db", (-1.0, -12.0))
def test_no_true_peak_leaves_over_the_ceiling(name, ceiling_db):
    heard = play(true_peak, shaped(LOUD[name]), state=true_peak.new_state(RATE, ceiling_db=ceiling_db))
    assert peak_db(heard, 4) <= ceiling_db + 0.05
    assert np.abs(heard).max() <= 10 ** (ceiling_db / 20) * (1 + 1e-6)


def test_a_finer_look_finds_no_more_below_twenty_kilohertz():
    for name in ("50 Hz", "11025 Hz", "15999 Hz", "19000 Hz", "square"):
        assert peak_db(play(true_peak, shaped(LOUD[name])), 16) <= -1.0 + 0.05


def test_under_the_ceiling_every_bit_passes_and_passes_again_when_a_peak_is_over():
    sound = (0.1 * RANDOM.normal(0, 1, (2, 96_000))).clip(-0.4, 0.4).astype(np.float32)
    late = play(true_peak, sound)[:, LATENCY_FRAMES:]
    np.testing.assert_array_equal(late, sound[:, :-LATENCY_FRAMES])
    sound[:, 1_000] = 4.0
    np.testing.assert_array_equal(
        play(true_peak, sound)[:, -8_000:], sound[:, -8_000 - LATENCY_FRAMES : -LATENCY_FRAMES]
    )


@pytest.mark.parametrize("hz", (50, 220, 3_000))
def test_a_steady_tone_far_over_is_softer_and_not_bent(hz):
    heard = lines(play(true_peak, tone(hz, 96_000, 4.0))[0, 48_000:])
    assert np.delete(heard, hz).max() < 1e-5 * heard[hz]
