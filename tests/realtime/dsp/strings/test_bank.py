"""Harmonics against their direct sum in float64, and however the blocks are cut."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from realtime.dsp.strings.sizes import AMPLITUDES, HARMONICS, hop_frames
from realtime.kernel_check import check
from tests.realtime.dsp.strings.strings_playing import RATE, Array, heard, new_string, silence, string

CUTS = [64] * 100, [1] * 700, [96, 95, 1, 97, 191, 193, 5, 0, 128, 127], [1_024] * 3


def goals(hops: int, seed: int = 1) -> Array:
    """Harmonics of a bowed string, restless; no noise."""
    draw = np.random.default_rng(seed)
    made = np.zeros((hops, AMPLITUDES), np.float32)
    made[:, :HARMONICS] = 0.3 / np.arange(1, HARMONICS + 1) * np.exp(draw.normal(0.0, 0.5, (hops, HARMONICS)))
    return made


def direct_sum(hertz: Array, told: Array, rate: float = RATE) -> npt.NDArray[np.float64]:
    """Sines whose pitch and amplitudes move in straight lines from hop to hop."""
    hop = hop_frames(rate)
    before_hz, before = hertz[0], np.zeros(HARMONICS)
    phase, sound = 0.0, []
    n, k = np.arange(hop), np.arange(1, HARMONICS + 1)[:, None]
    for f0, goal in zip(hertz, told[:, :HARMONICS].astype(np.float64), strict=True):
        each_hz = before_hz + (f0 - before_hz) * n / hop
        cycles = phase + np.concatenate([[0.0], np.cumsum(each_hz)]) / rate
        amplitudes = before[:, None] + (goal - before)[:, None] * n / hop
        amplitudes = np.where(k * max(before_hz, f0) <= rate / 2.0, amplitudes, 0.0)
        sound.append((amplitudes * np.sin(2.0 * np.pi * k * cycles[:-1])).sum(0))
        phase, before_hz, before = cycles[-1] % 1.0, f0, goal
    return np.concatenate(sound)


@pytest.mark.parametrize("rate", [44_100.0, 48_000.0, 88_200.0, 96_000.0, 8_000.0])
@pytest.mark.parametrize("lowest_hz", [31.0, 65.4, 220.0, 880.0])
def test_a_gliding_trembling_sound_is_its_direct_sum(rate: float, lowest_hz: float) -> None:
    hops = 60
    hertz = lowest_hz * 2.0 ** (0.6 * np.sin(np.arange(hops) / 9.0))
    told = goals(hops)
    sound = heard(new_string(hertz, told, rate), hops * hop_frames(rate), rate=rate)
    meant = direct_sum(hertz, told, rate)
    assert np.abs(meant).max() > 0.1
    assert np.abs(sound - meant).max() < 1e-5


def test_the_hundred_and_twenty_eighth_harmonic_is_as_exact_as_the_first() -> None:
    for k in (1, 2, 3, 4, 5, 64, 127, 128):
        told = np.zeros((50, AMPLITUDES), np.float32)
        told[:, k - 1] = 1.0
        hertz = np.full(50, 65.4)
        sound = heard(new_string(hertz, told), 50 * 192)
        assert np.abs(sound - direct_sum(hertz, told)).max() < 1e-5


def test_ten_seconds_do_not_drift() -> None:
    told = goals(2_500)
    hertz = 65.4 * (1.0 + 0.02 * np.sin(np.arange(2_500) * 0.14))
    sound = heard(new_string(hertz, told), 2_500 * 192)
    assert np.abs(sound - direct_sum(hertz, told))[-19_200:].max() < 1e-5


@pytest.mark.parametrize("rate", [44_100.0, 48_000.0, 88_200.0])
@pytest.mark.parametrize("cuts", CUTS, ids=["64s", "single frames", "ragged", "1024s"])
def test_how_the_blocks_are_cut_changes_no_bit(cuts: list[int], rate: float) -> None:
    hertz, told = 110.0 * 2.0 ** np.sin(np.arange(80) / 5.0), goals(80)
    told[:, HARMONICS:] = 0.001
    whole = heard(new_string(hertz, told, rate, hisses=True), 10_000, rate=rate)
    assert (heard(new_string(hertz, told, rate, hisses=True), 10_000, cuts, rate) == whole).all()
    assert np.abs(whole).max() > 0.1


def test_a_voice_begins_in_silence_and_without_a_step() -> None:
    sound = heard(new_string([440.0] * 20, goals(20)), 192)
    assert sound[0] == 0.0
    assert np.abs(sound).max() > 0.1
    assert np.abs(sound[:8]).max() < 0.02


def test_hops_of_unequal_length_leave_no_seam() -> None:
    told = np.zeros((20, AMPLITUDES), np.float32)
    told[:, :40] = 0.02
    state = new_string([220.0] * 20, told)
    state["hop"] = 101
    sound = heard(state, 101)
    state["hop"], state["voice"]["at"] = 192, 192  # the first is over, and the next one longer
    sound = np.concatenate([sound, heard(state, 2_000)])
    cycles = 220.0 / RATE * np.arange(len(sound))
    steady = 0.02 * np.sin(2.0 * np.pi * cycles * np.arange(1, 41)[:, None]).sum(0)
    steady[:101] *= np.arange(101) / 101.0
    assert np.abs(sound - steady).max() < 1e-5


def test_beginning_anew_repeats_what_was_heard() -> None:
    hertz, told = [130.8] * 20, goals(20)
    first = heard(new_string(hertz, told), 2_000)
    state = new_string(hertz, told)
    heard(state, 777)
    silence.run(state, np.zeros(1, np.uint8), 0)
    state["next"] = 0
    assert (heard(state, 2_000) == first).all()


def test_no_harmonic_comes_back_from_above_half_the_rate() -> None:
    told = np.zeros((100, AMPLITUDES), np.float32)
    told[:, :HARMONICS] = 0.01
    sound = heard(new_string([1_003.0] * 100, told), 100 * 192)[4_000:]
    spectrum = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) / np.blackman(len(sound)).sum() * 2.0
    hertz = np.fft.rfftfreq(len(sound), 1.0 / RATE)
    away = np.abs((hertz + 501.5) % 1_003.0 - 501.5) > 100.0
    assert spectrum[~away].max() > 0.009
    assert spectrum[away].max() < 1e-6


@pytest.mark.parametrize("wrong_hz", [0.0, -3.0, math.nan, math.inf, -math.inf, 1e9])
def test_no_pitch_makes_a_number_that_is_none_or_too_large(wrong_hz: float) -> None:
    told = goals(30)
    told[:, HARMONICS:] = 0.001
    hertz = [220.0, wrong_hz, wrong_hz, 220.0] * 7
    sound = heard(new_string(hertz, told, hisses=True), 28 * 192)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < told[:, :HARMONICS].sum(1).max() + 1.0


def test_sounding_takes_no_memory_and_raises_nothing() -> None:
    check(string)
    check(silence)
