"""Delay, chorus and reverb: what comes after a sound, in figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from realtime.dsp.chorus import chorus
from realtime.dsp.delay import delay
from realtime.dsp.reverb import reverb
from tests.realtime.dsp.playing import RATE, play, turn
from tests.realtime.dsp.responses import click_response, lines, tone

WIDE = {"low_cut_hz": 20.0, "high_cut_hz": 20_000.0}


def decay_s(heard, hz, rate=RATE):
    """T60 of a band by Schroeder's backward integration, from −5 to −35 dB."""
    band = sosfilt(butter(4, (hz / 2**0.5, min(hz * 2**0.5, 0.49 * rate)), "band", fs=rate, output="sos"), heard)
    left = 10 * np.log10(np.cumsum(band[::-1] ** 2)[::-1] / np.sum(band**2) + 1e-30)
    return 2.0 * (int(np.argmax(left < -35.0)) - int(np.argmax(left < -5.0))) / rate


# Delay


def test_echoes_come_when_they_should_and_each_is_softer():
    heard = click_response(delay, 60_000, time_s=0.25, feedback=0.5, mix=1.0, **WIDE)
    for n in (1, 2, 3):
        around = heard[0, 12_000 * n - 20 : 12_000 * n + 20]
        assert np.abs(around).argmax() in range(18, 25)
    peaks = [np.abs(heard[0, 12_000 * n - 20 : 12_000 * n + 20]).sum() for n in (1, 2, 3)]
    assert peaks[0] > peaks[1] > peaks[2]
    assert not heard[1].any()


def test_echoes_fly_from_side_to_side():
    heard = click_response(delay, 60_000, time_s=0.25, feedback=0.5, cross=1.0, mix=1.0, **WIDE)
    sides = [int(np.abs(heard[:, 12_000 * n - 20 : 12_000 * n + 20]).sum(axis=1).argmax()) for n in (1, 2, 3, 4)]
    assert sides == [0, 1, 0, 1]


def test_turning_the_time_bends_the_pitch_and_makes_no_click():
    state = delay.new_state(RATE, time_s=0.3, feedback=0.0, mix=1.0)
    sound = tone(300, 96_000, 0.5)
    heard = play(delay, sound, turn(delay, 48_000, time_s=0.5), state=state)[0, 24_000:].astype(np.float64)
    assert np.abs(np.diff(heard, 2)).max() < 2.0 * 0.5 * (2 * np.pi * 300 * 1.7 / RATE) ** 2


def test_the_loudest_feedback_never_blows_up():
    sound = np.random.default_rng(1).normal(0, 1.0, (2, 240_000)).astype(np.float32)
    for cross in (0.0, 1.0):
        state = delay.new_state(RATE, time_s=0.05, feedback=0.95, cross=cross, mix=1.0, **WIDE)
        assert np.abs(play(delay, sound, state=state)).max() < 8.0


# Chorus


def test_dry_the_chorus_leaves_every_bit():
    sound = np.random.default_rng(1).normal(0, 0.3, (2, 5_000)).astype(np.float32)
    np.testing.assert_array_equal(play(chorus, sound, state=chorus.new_state(RATE, mix=0.0)), sound)


@pytest.mark.parametrize("rate_hz", (0.5, 2.0))
def test_the_voices_are_out_of_tune_by_as_many_cents_as_the_knob_says(rate_hz):
    state = chorus.new_state(RATE, mix=1.0, depth_cents=20.0, rate_hz=rate_hz)
    heard = play(chorus, tone(2_000, 240_000, 0.3), state=state)[0, 48_000:].astype(np.float64)
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / RATE)
    inside = np.abs(1200 * np.log2(np.maximum(hz, 1.0) / 2_000)) < 20.0 * 1.3
    assert power[inside].sum() > 0.99 * power.sum()
    assert power[np.abs(1200 * np.log2(np.maximum(hz, 1.0) / 2_000)) < 2.0].sum() < 0.6 * power.sum()


def test_the_sides_differ_and_the_bass_has_no_voices():
    noise = np.tile(np.random.default_rng(2).normal(0, 0.2, (1, 96_000)), (2, 1)).astype(np.float32)
    heard = play(chorus, noise, state=chorus.new_state(RATE, mix=1.0))[:, 24_000:]
    assert abs(np.asarray(np.corrcoef(heard))[0, 1]) < 0.6
    low = lines(play(chorus, tone(30, 96_000, 0.5), state=chorus.new_state(RATE, mix=1.0))[0, 48_000:])
    assert low[30] < 0.25


# Reverb


@pytest.fixture(scope="module")
def room():
    """A hall whose bands die alike."""
    return click_response(reverb, 192_000, mix=1.0, early=0.0, predelay_s=0.0, decay_s=2.0, low=1.0, high=1.0)


@pytest.mark.parametrize("decay", (0.6, 2.0, 5.0))
@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (1.3, 0.5)])
def test_a_room_dies_as_its_knobs_say(decay, low, high):
    knobs = {"mix": 1.0, "early": 0.0, "decay_s": decay, "low": low, "high": high}
    heard = click_response(reverb, int((2 * decay + 0.5) * RATE), **knobs)
    for hz, part in ((80.0, low), (1_000.0, 1.0), (8_000.0, high)):
        asked = decay * part  # the smear before the tail lasts some hundredths of a second by itself
        assert np.mean([decay_s(side, hz) for side in heard]) == pytest.approx(asked, rel=0.1, abs=0.06), hz


@pytest.mark.parametrize("rate", (44_100.0, 96_000.0))
def test_a_room_is_as_long_at_any_rate(rate):
    heard = click_response(reverb, int(3 * rate), rate, mix=1.0, early=0.0, decay_s=1.5)
    assert decay_s(heard[0], 1_000.0, rate) == pytest.approx(1.5, rel=0.1)


def test_echoes_are_as_dense_as_noise_within_eighty_milliseconds(room):
    """The share of samples beyond one standard deviation, over that of noise (J. S. Abel, P. Huang, "A simple, robust
    measure of reverberation echo density", AES 121, 2006)."""
    for side in room:
        around = side[int(0.07 * RATE) : int(0.09 * RATE)]
        assert np.mean(np.abs(around) > np.std(around)) / 0.3173 > 0.85


def test_the_tail_rings_on_no_note(room):
    n = 65_536
    tail = room[0, 24_000 : 24_000 + n] * 10 ** (3 * np.arange(n) / RATE / 2.0)
    power = np.abs(np.fft.rfft(tail * np.hanning(n))) ** 2
    power = power[int(200 * n / RATE) : int(8_000 * n / RATE)]
    assert np.exp(np.log(power).mean()) / power.mean() > 0.42  # of noise 0.56
    assert 10 * np.log10(power.max() / power.mean()) < 14.0
    again = np.fft.irfft(np.abs(np.fft.rfft(tail, 2 * n)) ** 2)[: int(0.2 * RATE)]
    assert np.abs(again[48:]).max() / again[0] < 0.12


def test_left_and_right_of_the_room_have_nothing_in_common(room):
    assert abs(np.corrcoef(room[:, 4_800:96_000])[0, 1]) < 0.1
    mono = click_response(reverb, 48_000, mix=1.0, width=0.0)
    np.testing.assert_array_equal(mono[0], mono[1])


def test_the_room_waits_for_its_predelay():
    heard = np.abs(click_response(reverb, 24_000, mix=1.0, predelay_s=0.1)).max(axis=0)
    assert heard[: int(0.1 * RATE)].max() < 1e-6
    assert heard[int(0.1 * RATE) : int(0.12 * RATE)].max() > 1e-3


def test_a_long_room_is_no_louder_than_a_short_one():
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 288_000)).astype(np.float32)
    levels = []
    for decay in (0.5, 5.0):
        heard = play(reverb, noise, state=reverb.new_state(RATE, mix=1.0, early=0.0, decay_s=decay))
        levels.append(20 * np.log10(np.std(heard[:, 240_000:]) / 0.1))
    assert abs(levels[0] - levels[1]) < 2.0
    assert min(levels) > -6.0 and max(levels) < 3.0
