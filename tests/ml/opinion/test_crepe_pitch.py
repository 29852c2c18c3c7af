"""CREPE's face: what stands between the hops and a network that answers in bins, with one made of matched filters."""

from __future__ import annotations

import numpy as np
import pytest

from ml.frames import HOP, RATE_HZ
from ml.opinion.crepe import DELAY_S, CrepePitch, hops_between_looks, hz_around, likeliest_bin
from ml.opinion.weights import ACTIVATION, BINS, WINDOW, WINDOWS
from ml.pitch import SILENCE_DB, Pitch, PitchTracker
from ml.session import Network
from score.errors import ModelError
from tests.ml.opinion.made_networks import BIN_HZ, CENTS, matched_filters, model_of, saved


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(saved(matched_filters(), tmp_path_factory.mktemp("crepe") / "matched.onnx"))


@pytest.fixture
def pitch(network: Network) -> CrepePitch:
    return CrepePitch(network)


def sine(f0_hz: float | np.ndarray, length_s: float = 0.3, amplitude: float = 0.2) -> np.ndarray:
    f0 = np.broadcast_to(f0_hz, (round(length_s * RATE_HZ),))
    return (amplitude * np.sin(2.0 * np.pi * np.cumsum(f0) / RATE_HZ)).astype(np.float32)


def heard(tracker: CrepePitch | PitchTracker, sound: np.ndarray) -> list[Pitch]:
    return [tracker.hear(sound[at : at + HOP]) for at in range(0, len(sound) - HOP + 1, HOP)]


def cents_off(found: Pitch, f0_hz: float) -> float:
    return abs(1200.0 * np.log2(found.f0_hz / f0_hz)) if found.f0_hz > 0.0 else np.inf


def peak_at(bin_: float, height: float = 0.9, width: float = 1.5) -> np.ndarray:
    return (height * np.exp(-0.5 * ((np.arange(BINS) - bin_) / width) ** 2)).astype(np.float32)


@pytest.mark.parametrize("f0_hz", [110.0, 196.0, 330.1, 441.7, 659.3, 987.8])
def test_a_tone_is_heard_at_its_pitch_and_clearly(pitch, f0_hz):
    settled = heard(pitch, sine(f0_hz))[15:]
    assert max(cents_off(each, f0_hz) for each in settled) < 7.0
    assert min(each.clarity for each in settled) > 0.95


def test_it_has_the_face_of_the_tracker_whose_place_it_takes(pitch):
    sound = sine(220.0)
    own, second = heard(PitchTracker(), sound), heard(pitch, sound)
    assert [type(each) for each in second] == [type(each) for each in own]
    assert [each.level_db for each in second] == pytest.approx([each.level_db for each in own], abs=0.01)
    assert cents_off(second[-1], own[-1].f0_hz) < 5.0


def test_the_loudness_of_a_tone_does_not_move_its_pitch_nor_a_microphone_with_an_offset(network):
    tones = [sine(300.0, amplitude=0.001), sine(300.0, amplitude=0.9), sine(300.0, amplitude=0.1) + np.float32(0.3)]
    loud, *others = [heard(CrepePitch(network), tone)[-1] for tone in tones]
    assert all(cents_off(each, loud.f0_hz) < 0.1 for each in others)
    assert [each.clarity for each in others] == pytest.approx([loud.clarity] * 2, abs=1e-3)


def test_a_glide_is_told_32_ms_late(pitch):
    glide_hz = np.linspace(300.0, 600.0, round(0.6 * RATE_HZ))
    found = heard(pitch, sine(glide_hz, 0.6))
    for hop in range(30, 110, 10):
        then_hz = glide_hz[round((hop + 1) * HOP - DELAY_S * RATE_HZ)]
        assert cents_off(found[hop], then_hz) < 15.0
    assert pytest.approx(0.032) == DELAY_S


def test_silence_has_no_pitch_and_is_not_looked_at(pitch, monkeypatch):
    monkeypatch.setattr(pitch, "_network", None)
    assert heard(pitch, np.zeros(10 * HOP, np.float32)) == [Pitch(0.0, 0.0, SILENCE_DB)] * 10


def test_the_last_bits_of_a_card_are_silence(pitch):
    dither = np.random.default_rng(3).integers(-1, 2, 3 * WINDOW).astype(np.float32) / 2.0**16
    assert all(each.f0_hz == 0.0 and each.clarity == 0.0 for each in heard(pitch, dither))


def test_noise_is_not_taken_for_a_voice(pitch):
    noise = 0.1 * np.random.default_rng(4).standard_normal(RATE_HZ).astype(np.float32)
    assert max(each.clarity for each in heard(pitch, noise)) < 0.5


def test_after_a_reset_it_hears_as_for_the_first_time(pitch):
    first = heard(pitch, sine(250.0))
    heard(pitch, sine(700.0, 0.11))
    pitch.reset()
    assert heard(pitch, sine(250.0)) == first


def test_a_slow_machine_looks_at_every_other_hop_and_tells_the_last_pitch_in_between(network):
    sound = sine(np.linspace(300.0, 500.0, round(0.4 * RATE_HZ)), 0.4)
    every, other = heard(CrepePitch(network), sound), heard(CrepePitch(network, every_hops=2), sound)
    assert other[0::2] == every[0::2]
    assert [each[:2] for each in other[1::2]] == [each[:2] for each in every[0::2]]
    assert [each.level_db for each in other] == [each.level_db for each in every], "the level is always the newest"


@pytest.mark.parametrize(("look_s", "hops"), [(0.0004, 1), (0.0024, 1), (0.003, 2), (0.0099, 4)])
def test_how_often_is_looked_follows_the_time_a_look_takes(network, monkeypatch, look_s, hops):
    monkeypatch.setattr("ml.opinion.crepe.time.perf_counter", stopwatch(look_s))
    assert hops_between_looks(network) == hops


def test_a_machine_that_is_too_slow_to_follow_a_voice_is_told_so(network, monkeypatch):
    monkeypatch.setattr("ml.opinion.crepe.time.perf_counter", stopwatch(0.05))
    with pytest.raises(ModelError, match=r"takes 50 ms for one look of CREPE; .* needs one in 10 ms\. Sing without"):
        hops_between_looks(network)


def stopwatch(step_s: float):
    """A clock on which every second reading is `step_s` after the one before."""
    readings = iter(np.repeat(np.arange(1000.0), 2) + np.tile([0.0, step_s], 1000))
    return lambda: float(next(readings))


@pytest.mark.parametrize("place", [70.0, 120.25, 200.5, 290.75])
def test_the_pitch_lies_between_the_bins(place):
    likelihoods = peak_at(place)
    found_hz = hz_around(likelihoods, likeliest_bin(likelihoods))
    assert 1200.0 * np.log2(found_hz / 10.0) == pytest.approx(CENTS[0] + 20.0 * place, abs=1.0)


def test_what_lies_outside_a_voice_is_not_heard():
    likelihoods = peak_at(3, 0.95) + peak_at(150, 0.4) + peak_at(355, 0.95)
    assert likeliest_bin(likelihoods) == 150


def test_an_octave_that_is_hardly_likelier_does_not_tempt_it_away_and_a_clearer_one_does():
    hardly, clearly = peak_at(150, 0.70) + peak_at(210, 0.75), peak_at(150, 0.60) + peak_at(210, 0.85)
    assert likeliest_bin(hardly) == 210
    assert likeliest_bin(hardly, last_bin=148) == 150
    assert likeliest_bin(clearly, last_bin=148) == 210


def test_the_slope_of_a_far_peak_is_never_taken_for_a_near_one():
    likelihoods = peak_at(160, 0.9, width=6.0)
    assert likeliest_bin(likelihoods, last_bin=148) == 160


def test_the_bins_at_the_borders_of_the_range_are_peaks_like_others():
    for f0_hz in (66.0, 1_090.0):
        bin_ = int(np.argmin(np.abs(BIN_HZ - f0_hz)))
        assert likeliest_bin(peak_at(bin_, width=0.5)) == bin_


def test_a_network_that_is_not_crepe_is_refused(tmp_path):
    from onnx import helper

    node = helper.make_node("Identity", [WINDOWS], [ACTIVATION])
    other = model_of([node], [(WINDOWS, ("n", WINDOW))], [(ACTIVATION, ("n", WINDOW))])
    with pytest.raises(ModelError, match=r"is not CREPE: that takes 'windows' of 1024 samples"):
        CrepePitch(Network(saved(other, tmp_path / "other.onnx")))
