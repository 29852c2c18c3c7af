"""What each effect does to a sound, in figures."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.balance import balance
from realtime.dsp.dc_block import dc_block
from realtime.dsp.filter import filter as state_variable_filter
from realtime.dsp.gain import gain
from realtime.dsp.limiter import limiter
from realtime.dsp.lowpass import lowpass
from tests.realtime.dsp.playing import RATE, play, turn

LOW_PASS, BAND_PASS, HIGH_PASS = 0.0, 1.0, 2.0


def noise(frames=24_000, channels=1, level=0.3, seed=1):
    return np.random.default_rng(seed).normal(0.0, level, (channels, frames)).astype(np.float32)


def sine(hz, frames=48_000, level=0.5, channels=1):
    return np.tile(level * np.sin(2 * np.pi * hz * np.arange(frames) / RATE), (channels, 1)).astype(np.float32)


def level_db(kernel, hz, **knobs):
    """How a kernel changes the level of a tone, once it has settled."""
    sound = sine(hz, 96_000)
    heard = play(kernel, sound, state=kernel.new_state(RATE, **knobs))
    return 20 * np.log10(np.std(heard[0, 48_000:]) / np.std(sound[0, 48_000:]))


# Gain and balance


@pytest.mark.parametrize("db", (-60.0, -6.0, 0.0, 12.0, 24.0))
def test_gain_is_in_decibels(db):
    sound = noise()
    heard = play(gain, sound, state=gain.new_state(RATE, gain_db=db))
    np.testing.assert_allclose(heard, sound * 10 ** (db / 20), rtol=1e-6)


def test_gain_at_nought_leaves_every_bit_and_at_its_lowest_is_shut():
    sound = noise()
    np.testing.assert_array_equal(play(gain, sound), sound)
    assert not play(gain, sound, state=gain.new_state(RATE, gain_db=-80.0)).any()


def test_a_fade_falls_evenly_in_decibels():
    ones = np.full((1, 1_000), 0.5, np.float32)
    heard = play(gain, ones, turn(gain, 100, gain_db=-60.0))[0]
    fall_db = np.diff(20 * np.log10(heard[100:355].astype(np.float64)))
    np.testing.assert_allclose(fall_db, -60.0 / 256, atol=1e-3)


def test_balance_touches_nothing_in_the_middle_and_silences_the_far_side_at_the_end():
    sound = noise(channels=2)
    np.testing.assert_array_equal(play(balance, sound), sound)
    for lean, near, far in ((1.0, 1, 0), (-1.0, 0, 1)):
        heard = play(balance, sound, state=balance.new_state(RATE, balance=lean))
        np.testing.assert_array_equal(heard[near], sound[near])
        assert not heard[far].any()


def test_leaning_turns_one_side_down_and_the_other_not_up():
    sound = noise(channels=2)
    levels = []
    for lean in np.linspace(0.0, 1.0, 11):
        heard = play(balance, sound, state=balance.new_state(RATE, balance=lean))
        np.testing.assert_array_equal(heard[1], sound[1])
        levels.append(np.std(heard[0]))
    assert np.all(np.diff(levels) < 0.0)


# Limiter


def test_nothing_leaves_the_limiter_louder_than_the_ceiling():
    random = np.random.default_rng(3)
    sound = noise(96_000, 2, 1.0) * np.repeat(10 ** random.uniform(-2, 3, 96), 1_000).astype(np.float32)
    for ceiling_db in (-24.0, -6.0, -0.3, 0.0):
        heard = play(limiter, sound, state=limiter.new_state(RATE, ceiling_db=ceiling_db))
        assert np.abs(heard).max() <= np.float32(10 ** (ceiling_db / 20)) * (1 + 1e-7)
        assert np.abs(heard).max() >= 10 ** (ceiling_db / 20) * 0.999


def test_what_is_soft_enough_passes_bit_by_bit():
    sound = sine(50, channels=2, level=0.96)
    np.testing.assert_array_equal(play(limiter, sound), sound)


def test_after_a_loud_moment_the_limiter_opens_again_entirely():
    sound = sine(200, 96_000, 0.5, channels=2)
    sound[:, 10_000:12_000] *= 8.0
    heard = play(limiter, sound)
    assert np.abs(heard[:, 12_100:12_300]).max() < 0.2
    np.testing.assert_array_equal(heard[:, -8_000:], sound[:, -8_000:])


@pytest.mark.parametrize("hz", (41.2, 220.0, 3_000.0))
def test_a_steady_tone_far_over_the_ceiling_is_softer_but_not_bent(hz):
    sound = sine(hz, 96_000, 4.0, channels=2)
    heard = play(limiter, sound)[0, 48_000:].astype(np.float64)
    t = np.arange(48_000, 96_000) / RATE
    basis = np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t)])
    rest = heard - np.linalg.lstsq(basis.T, heard, rcond=None)[0] @ basis
    assert np.std(rest) < 1e-3 * np.std(heard)  # −60 dB


def test_a_peak_on_one_side_turns_both_down_alike():
    sound = sine(300, channels=2, level=0.2)
    sound[0, 20_000] = 4.0
    heard = play(limiter, sound)
    np.testing.assert_allclose(heard[0, 20_001:], heard[1, 20_001:])
    assert np.abs(heard[1, 20_001:20_200]).max() < 0.06


# Filters


def test_an_offset_goes_and_the_lowest_note_stays():
    offset = np.full((1, 96_000), 0.5, np.float32)
    assert np.abs(play(dc_block, offset)[0, 24_000:]).max() < 1e-6
    assert level_db(dc_block, 27.5) > -0.2
    assert level_db(dc_block, 1_000.0) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("cutoff_hz", (100.0, 1_000.0, 5_000.0))
def test_the_one_pole_low_pass_takes_half_the_power_at_its_corner(cutoff_hz):
    assert level_db(lowpass, cutoff_hz, cutoff_hz=cutoff_hz) == pytest.approx(-3.0, abs=0.7)
    assert level_db(lowpass, cutoff_hz / 10, cutoff_hz=cutoff_hz) > -0.1


@pytest.mark.parametrize("cutoff_hz", (60.0, 1_000.0, 8_000.0))
@pytest.mark.parametrize("mode", (LOW_PASS, HIGH_PASS))
def test_the_filter_is_flat_up_to_its_corner_and_falls_twelve_decibels_an_octave(cutoff_hz, mode):
    settings = {"cutoff_hz": cutoff_hz, "mode": mode}
    for octaves in (-3.0, -1.0, 0.0, 0.5, 1.0, 2.0):
        hz = cutoff_hz * 2 ** (octaves if mode == LOW_PASS else -octaves)
        if not 20.0 < hz < 23_000.0:
            continue
        # Butterworth's curve, at the frequencies that the bilinear transform makes of these
        ratio = np.tan(np.pi * hz / RATE) / np.tan(np.pi * cutoff_hz / RATE)
        ratio = ratio if mode == LOW_PASS else 1 / ratio
        assert level_db(state_variable_filter, hz, **settings) == pytest.approx(-10 * np.log10(1 + ratio**4), abs=0.05)


def test_the_band_pass_passes_its_centre_whole_and_narrows_with_resonance():
    wide, narrow = ({"cutoff_hz": 1_000.0, "mode": BAND_PASS, "resonance": r} for r in (0.0, 1.0))
    for settings in (wide, narrow):
        assert level_db(state_variable_filter, 1_000.0, **settings) == pytest.approx(0.0, abs=0.01)
    for settings, q in ((wide, np.sqrt(0.5)), (narrow, 25.0)):
        beside = 1.0 + (q * (2.0 - 0.5)) ** 2  # the power an octave off, of a resonance of this Q
        assert level_db(state_variable_filter, 2_000.0, **settings) == pytest.approx(-10 * np.log10(beside), abs=0.2)


def test_resonance_lifts_the_corner_by_its_q():
    lift_db = level_db(state_variable_filter, 1_000.0, cutoff_hz=1_000.0, resonance=1.0)
    assert lift_db == pytest.approx(20 * np.log10(25.0), abs=0.1)


def test_the_wildest_sweeps_do_not_burst_the_filter():
    random = np.random.default_rng(5)
    frames = 96_000
    sound = noise(frames, level=0.3)
    turns = []
    for frame in range(0, frames, 16):
        knobs = {
            "cutoff_hz": 20.0 * 1000.0 ** random.random(),
            "resonance": random.choice((0.0, 1.0)),
            "mode": random.uniform(0, 2),
        }
        turns += turn(state_variable_filter, frame, **knobs)
    heard = play(state_variable_filter, sound, turns)
    assert np.abs(heard).max() < 30.0 * np.abs(sound).max()
    quiet = play(state_variable_filter, np.concatenate([sound, 0 * sound], axis=1), turns)[0, frames:]
    assert np.abs(quiet[-4_000:]).max() < 1e-3


@pytest.mark.parametrize("rate", (8_000.0, 22_050.0, 192_000.0))
def test_a_cutoff_beyond_what_the_rate_can_carry_lets_all_pass(rate):
    sound = noise()
    heard = play(state_variable_filter, sound, rate=rate, state=state_variable_filter.new_state(rate))
    assert np.isfinite(heard).all()
    if rate < 40_000:
        assert np.std(heard) == pytest.approx(np.std(sound), rel=0.05)
