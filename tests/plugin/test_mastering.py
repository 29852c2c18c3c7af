"""A master is as loud as was promised, under its peak, and made of the rack's own kernels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import resample_poly

from plugin.mastering import PRESETS, chain, fitted, loudness_lufs, mastered, through
from realtime.rack import Rack
from score.errors import UsageError

RATE = 48_000.0


def take(seconds=3.0, level=0.2, rate=RATE, seed=1):
    """Notes of a bowed string, loud and soft, with silences, the sides a little different."""
    random = np.random.default_rng(seed)
    n = int(seconds * rate)
    t = np.arange(n) / rate
    sound = np.zeros((2, n))
    for start in np.arange(0.0, seconds - 0.6, 0.6):
        hz, loud = random.uniform(65, 400), 10 ** random.uniform(-1.0, 0.0)
        at = slice(int(start * rate), int((start + 0.5) * rate))
        bow = np.minimum(1.0, np.minimum(t[at] - start, start + 0.5 - t[at]) / 0.04)
        wave = sum(np.sin(2 * np.pi * hz * k * t[at] + k) / k for k in range(1, int(0.4 * rate / hz)))
        sound[:, at] += loud * bow * wave
    sound += random.normal(0.0, 0.001, sound.shape)
    return (level * sound).astype(np.float32)


def true_peak_dbtp(sound):
    return 20 * np.log10(max(np.abs(resample_poly(side.astype(np.float64), 4, 1)).max() for side in sound))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_meets_its_loudness_and_its_peak(name):
    sound = take()
    master = mastered(sound, RATE, name)
    assert master.shape == sound.shape and master.dtype == np.float32
    assert loudness_lufs(master, RATE) == pytest.approx(PRESETS[name].target_lufs, abs=0.2)
    assert true_peak_dbtp(master) <= PRESETS[name].peak_dbtp


@pytest.mark.parametrize("level", (0.05, 8.0))
def test_how_loud_a_take_comes_makes_no_difference(level):
    plain, other = mastered(take(), RATE), mastered(take(level=0.2 * level), RATE)
    np.testing.assert_allclose(other, plain, atol=2e-4)


@pytest.mark.parametrize("rate", (44_100.0, 96_000.0))
def test_it_is_as_loud_at_any_rate(rate):
    master = mastered(take(rate=rate), rate, "streaming")
    assert loudness_lufs(master, rate) == pytest.approx(-14.0, abs=0.2)
    assert true_peak_dbtp(master) <= -1.0


def test_a_master_lies_where_the_take_lay():
    sound = take()
    master = mastered(sound, RATE, "film")
    shifts = range(-200, 201)
    middle, ours = sound[0, 20_000:60_000].astype(np.float64), master[0].astype(np.float64)
    match = [float(middle @ ours[20_000 + shift : 60_000 + shift]) for shift in shifts]
    assert abs(shifts[int(np.argmax(match))]) <= 1


def test_the_slots_that_were_fitted_give_the_master_bit_by_bit():
    sound = take()
    np.testing.assert_array_equal(through(fitted(sound, RATE, "loud"), sound, RATE), mastered(sound, RATE, "loud"))


def test_a_live_rack_takes_the_same_slots():
    slots = chain("chamber", loudness_db=3.0)
    rack = Rack(RATE, slots)
    assert [slot.name for slot in rack.slots] == ["level", "colour", "glue", "warmth", "loudness", "ceiling"]
    assert rack.turn("loudness", "gain_db", 4.0)["value"][0] == 4.0


def test_mono_becomes_two_equal_sides():
    master = mastered(take()[:1], RATE)
    np.testing.assert_array_equal(master[0], master[1])


def test_a_sine_has_the_loudness_that_the_standard_says():
    """EBU Tech 3341: 1 kHz at −23 dBFS on both sides is −23 LUFS."""
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1_000.0 * np.arange(int(5 * RATE)) / RATE)
    assert loudness_lufs(np.stack([tone, tone]).astype(np.float32), RATE) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        (np.zeros((2, 48_000), np.float32), "silent"),
        (np.ones((2, 1_000), np.float32), "no loudness"),
        (np.full((2, 48_000), np.nan, np.float32), "no numbers"),
        (np.ones((3, 48_000), np.float32), "neither mono nor stereo"),
        (np.zeros((2, 0), np.float32), "no loudness"),
    ],
)
def test_what_cannot_be_mastered_is_told(sound, says):
    with pytest.raises(UsageError, match=says):
        mastered(sound, RATE)


def test_a_take_too_faint_for_its_target_is_told():
    with pytest.raises(UsageError, match="does not come to"):
        mastered(take(level=6e-4), RATE, "loud")


def test_an_unknown_preset_is_told():
    with pytest.raises(UsageError, match="There are: gentle"):
        mastered(take(1.0), RATE, "louder")
