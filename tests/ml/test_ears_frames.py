"""The card's rate becomes the ears': whole, in time, and the same however it was cut."""

from __future__ import annotations

import numpy as np
import pytest

from ml.frames import HOP, RATE_HZ, Frames, Hop
from score.errors import ModelError


def heard(rate: int, sound: np.ndarray, *cuts: int) -> list[Hop]:
    frames = Frames(rate)
    return [hop for piece in np.split(sound.astype(np.float32), cuts) for hop in frames.hear(piece)]


def samples(hops: list[Hop]) -> np.ndarray:
    return np.concatenate([hop.samples for hop in hops])


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_keeps_its_pitch_and_its_strength_at_any_rate(rate):
    tone = 0.5 * np.sin(2.0 * np.pi * 440.0 * np.arange(rate) / rate)
    out = samples(heard(rate, tone))[RATE_HZ // 2 :]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert abs(np.argmax(spectrum) * RATE_HZ / len(out) - 440.0) < 2.0
    assert abs(np.sqrt(2.0 * np.mean(out**2)) - 0.5) < 0.01


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_what_would_fold_back_is_gone(rate):
    whistle = np.sin(2.0 * np.pi * 12_500.0 * np.arange(rate) / rate)
    out = samples(heard(rate, whistle))[RATE_HZ // 4 :]
    assert 20.0 * np.log10(np.sqrt(np.mean(out**2)) + 1e-12) < -60.0


def test_rumble_and_dc_do_not_reach_the_ears():
    t = np.arange(48_000) / 48_000
    out = samples(heard(48_000, 0.3 + 0.3 * np.sin(2.0 * np.pi * 15.0 * t)))[RATE_HZ // 2 :]
    assert np.abs(out).max() < 0.005


def test_any_cut_of_the_stream_gives_the_same_hops_bit_for_bit():
    random = np.random.default_rng(4)
    sound = random.standard_normal(44_100)
    cuts = np.sort(random.integers(0, len(sound), 200))
    whole, cut = heard(44_100, sound), heard(44_100, sound, *cuts)
    assert [hop.frame for hop in whole] == [hop.frame for hop in cut]
    assert np.array_equal(samples(whole), samples(cut))


def test_a_hop_is_stamped_with_the_frame_at_which_it_was_known():
    hops = heard(48_000, np.zeros(48_000))
    assert [hop.frame for hop in hops[1:]] == [hops[0].frame + 240 * n for n in range(1, len(hops))]
    assert all(len(hop.samples) == HOP for hop in hops)
    assert abs(len(hops) - 200) <= 1


def test_a_click_comes_out_when_the_declared_delay_has_passed():
    frames = Frames(48_000)
    click = np.zeros(4_800, np.float32)
    click[2_400] = 1.0
    hops = list(frames.hear(click))
    loudest = max(hops, key=lambda hop: float(np.abs(hop.samples).max()))
    at = loudest.frame - (HOP - 1 - int(np.argmax(np.abs(loudest.samples)))) * 3
    assert abs(at - (2_400 + frames.delay_frames)) <= 6


def test_numbers_that_are_none_and_sounds_beyond_full_scale_leave_no_trace_behind():
    sound = np.zeros(48_000, np.float32)
    sound[1_000:1_100] = np.nan
    sound[1_100:1_200] = np.inf
    sound[1_200:1_300] = -1e30
    out = samples(heard(48_000, sound))
    assert np.isfinite(out).all()
    assert np.abs(out[RATE_HZ // 2 :]).max() < 1e-3


def test_a_rate_that_no_card_has_is_refused_with_what_to_type():
    with pytest.raises(ModelError, match="vocello devices"):
        Frames(2_000)
