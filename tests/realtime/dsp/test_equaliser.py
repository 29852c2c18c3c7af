"""The equaliser against the analogue responses that it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.equaliser import equaliser
from tests.realtime.dsp.playing import RATE, play, turn
from tests.realtime.dsp.responses import gain_db, tone


def bell(hz, at, db, q):
    root, w = 10 ** (db / 40), hz / at
    over = (1 - w * w) ** 2
    return 10 * np.log10((over + (root * w / q) ** 2) / (over + (w / root / q) ** 2))


def shelf(hz, at, db, high):
    root, s = 10 ** (db / 40), 1j * hz / at
    slope = np.sqrt(2 * root) * s
    rising, falling = root * s * s + slope + 1, s * s + slope + root
    return 20 * np.log10(root * np.abs(rising / falling if high else falling / rising))


def cut(hz, at, order, low):
    return -10 * np.log10(1 + (at / hz if low else hz / at) ** (2 * order))


def test_flat_it_leaves_every_bit():
    sound = np.random.default_rng(1).normal(0, 0.3, (2, 9_000)).astype(np.float32)
    np.testing.assert_array_equal(play(equaliser, sound), sound)


@pytest.mark.parametrize(("at", "within"), [(60.0, 0.02), (1_000.0, 0.1), (8_000.0, 0.75), (12_000.0, 0.8)])
@pytest.mark.parametrize("db", (-12.0, 12.0))
def test_a_bell_is_the_analogue_bell_up_to_the_top(at, within, db):
    for q in (0.5, 1.0, 4.0):
        hz, got = gain_db(equaliser, bell_1_hz=at, bell_1_db=db, bell_1_q=q)
        np.testing.assert_allclose(got, bell(hz, at, db, q), atol=within)


@pytest.mark.parametrize("db", (-12.0, 6.0, 12.0))
def test_a_high_shelf_is_the_analogue_one(db):
    for at, within in ((1_000.0, 0.02), (8_000.0, 0.15), (16_000.0, 0.45)):
        hz, got = gain_db(equaliser, high_shelf_hz=at, high_shelf_db=db)
        np.testing.assert_allclose(got, shelf(hz, at, db, True), atol=within)


@pytest.mark.parametrize("db", (-12.0, 12.0))
def test_a_low_shelf_is_the_analogue_one(db):
    for at in (60.0, 400.0, 2_000.0):
        hz, got = gain_db(equaliser, low_shelf_hz=at, low_shelf_db=db)
        np.testing.assert_allclose(got, shelf(hz, at, db, False), atol=0.02)


@pytest.mark.parametrize(("steep", "order"), [(0.0, 2), (1.0, 4)])
def test_cuts_fall_twelve_or_twenty_four_decibels_an_octave(steep, order):
    for at in (30.0, 200.0, 1_000.0):
        hz, got = gain_db(equaliser, low_cut_hz=at, low_cut_steep=steep)
        want = cut(hz, at, order, True)
        np.testing.assert_allclose(got[want > -40], want[want > -40], atol=0.15)
    for at in (1_000.0, 4_000.0, 12_000.0):
        hz, got = gain_db(equaliser, high_cut_hz=at, high_cut_steep=steep)
        want = cut(hz, at, order, False)
        there = (want > -40) & (hz < 15_000.0)
        np.testing.assert_allclose(got[there], want[there], atol=0.8)


def test_cut_and_boost_undo_each_other():
    for band in ("bell_1_", "high_shelf_"):
        hz = {f"{band}hz": 9_000.0}
        _, up = gain_db(equaliser, **hz, **{f"{band}db": 9.0})
        _, down = gain_db(equaliser, **hz, **{f"{band}db": -9.0})
        np.testing.assert_allclose(up, -down, atol=1e-4)


@pytest.mark.parametrize("rate", (22_050.0, 44_100.0, 192_000.0))
def test_at_other_rates_a_bell_stays_where_it_is(rate):
    hz, got = gain_db(equaliser, rate, bell_2_hz=3_000.0, bell_2_db=9.0)
    np.testing.assert_allclose(got, bell(hz, 3_000.0, 9.0, 1.0), atol=0.7 if rate < 40_000 else 0.1)


def test_the_wildest_sweeps_burst_nothing():
    random, frames = np.random.default_rng(4), 48_000
    turns = []
    for frame in range(0, frames, 50):
        name = str(random.choice(list(equaliser.knobs)))
        knob = equaliser.knobs[name]
        turns += turn(equaliser, frame, **{name: random.choice((knob.low, knob.high))})
    heard = play(equaliser, random.normal(0, 0.1, (2, frames)).astype(np.float32), turns)
    assert np.isfinite(heard).all() and np.abs(heard).max() < 0.5 * 10 ** (6 * 18 / 20)


def test_a_sweep_through_a_tone_leaves_no_clicks():
    """Away from the tone's own neighbourhood, a bell that wanders past it at +12 dB puts nothing above −80 dB."""
    sound = tone(440.0, 48_000, 0.1)
    state = equaliser.new_state(RATE, bell_2_hz=200.0, bell_2_db=12.0)
    heard = play(equaliser, sound, turn(equaliser, 20_000, bell_2_hz=2_000.0), state=state)[0, 12_000:36_000]
    spectrum = np.abs(np.fft.rfft(heard * np.blackman(24_000)))
    assert 20 * np.log10(spectrum[2_000:].max() / spectrum.max()) < -80.0
