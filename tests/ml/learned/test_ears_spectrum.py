"""The bands that the network sees, against numpy's Fourier transform."""

from __future__ import annotations

import numpy as np
import pytest

from ml.frames import RATE_HZ
from ml.learned.spectrum import BANDS, WINDOW, band_powers, tables

_POINTS = 512


def bands(samples: np.ndarray) -> np.ndarray:
    real, imaginary = np.zeros(WINDOW, np.float32), np.zeros(WINDOW, np.float32)
    powers = np.zeros(BANDS, np.float32)
    band_powers(tables()[0], samples.astype(np.float32), real, imaginary, powers)
    return powers


def bands_by_numpy(samples: np.ndarray) -> np.ndarray:
    t = tables()[0]
    power = np.abs(np.fft.rfft(samples[-WINDOW:].astype(np.float64) * t["window"], _POINTS)) ** 2
    return np.log10(t["weight"].astype(np.float64) @ power + 1e-9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("level_db", [0.0, -40.0])
def test_bands_are_those_of_numpys_transform(seed, level_db):
    samples = np.random.default_rng(seed).standard_normal(WINDOW + 37) * 10.0 ** (level_db / 20.0)
    assert bands(samples) == pytest.approx(bands_by_numpy(samples), abs=2e-4)


@pytest.mark.parametrize("bin_number", [0, 1, 7, 64, 128, 200, 255])
def test_each_bin_of_the_transform_is_numpys(bin_number):
    at = np.arange(WINDOW)
    tone = np.cos(2.0 * np.pi * bin_number * at / _POINTS + 0.4).astype(np.float32)
    real, imaginary = np.zeros(WINDOW, np.float32), np.zeros(WINDOW, np.float32)
    t = tables()[0]
    band_powers(t, tone, real, imaginary, np.zeros(BANDS, np.float32))
    expected = np.abs(np.fft.rfft(tone * t["window"], _POINTS)) ** 2
    assert np.allclose(real, expected[:WINDOW], rtol=1e-3, atol=1e-5 * expected.max())
    assert int(np.argmax(real)) == int(np.argmax(expected[:WINDOW]))


def test_the_highest_bin_of_all_reaches_the_band_of_hiss_as_numpy_has_it():
    hiss = np.tile([0.5, -0.5], WINDOW // 2) + 0.01 * np.random.default_rng(3).standard_normal(WINDOW)
    assert bands(hiss) == pytest.approx(bands_by_numpy(hiss), abs=1e-3)


def test_a_tone_is_strongest_in_the_band_it_lies_in():
    t = tables()[0]
    middles_hz = np.arange(t["weight"].shape[1]) * RATE_HZ / _POINTS @ t["weight"].T.astype(np.float64)
    for band in (3, 10, 20, 30, BANDS - 2):
        tone = 0.3 * np.sin(2.0 * np.pi * middles_hz[band] * np.arange(WINDOW) / RATE_HZ)
        assert abs(int(np.argmax(bands(tone))) - band) <= 1


def test_digital_silence_has_a_level_too():
    assert bands(np.zeros(WINDOW)) == pytest.approx(np.full(BANDS, -9.0), abs=1e-3)


def test_bands_lie_in_order_weigh_one_and_leave_no_gap_between_80_hz_and_the_hiss():
    t = tables()[0]
    assert t["weight"].sum(axis=1) == pytest.approx(np.ones(BANDS), abs=1e-5)
    assert (t["weight"] >= 0.0).all()
    assert (np.diff(t["first"]) >= 0).all()
    assert (np.diff(t["last"]) >= 0).all()
    reached = np.flatnonzero(t["weight"].sum(axis=0) > 0.0)
    assert (np.diff(reached[reached * RATE_HZ / _POINTS > 150.0]) == 1).all()
    for band in range(BANDS):
        outside = np.ones(t["weight"].shape[1], bool)
        outside[t["first"][band] : t["last"][band] + 1] = False
        assert not t["weight"][band][outside].any()


def test_the_newest_samples_weigh_more_than_those_as_far_from_the_start():
    t = tables()[0]
    assert t["window"][-24] > 2.0 * t["window"][23]
    assert t["window"].max() <= 1.0
    assert t["window"].min() > 0.0


def test_only_the_newest_window_is_looked_at():
    random = np.random.default_rng(4)
    new, old = random.standard_normal(WINDOW), random.standard_normal(300)
    assert np.array_equal(bands(np.concatenate([old, new])), bands(np.concatenate([5.0 * old, new])))
