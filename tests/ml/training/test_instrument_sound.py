"""The bank that learns: the same sound by numba and by PyTorch, phases where they belong, gradients that are true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml.training.instrument.analysis import HOP
from ml.training.instrument.distance import envelope_db, spectral
from ml.training.instrument.sound import _everywhere, noise_tables, sounding
from realtime.dsp.strings.sizes import BAND_CENTRES_HZ, BANDS, HARMONICS, RATE_HZ
from tests.ml.training import bowed_tones as made


@pytest.fixture(scope="module")
def tables() -> torch.Tensor:
    return torch.from_numpy(noise_tables())


def frames(batch: int, count: int, harmonics: int = HARMONICS, seed: int = 0):
    """Harmonics, noise, pitches, phases and places of a few gliding tones."""
    draw = torch.Generator().manual_seed(seed)
    glide = torch.linspace(0.0, 1.0, count)[None] * torch.rand(batch, 1, generator=draw)
    return (
        torch.rand(batch, count, harmonics, generator=draw) / torch.arange(1, harmonics + 1),
        torch.rand(batch, count, BANDS, generator=draw) * 1e-4,
        65.4 * 2.0 ** (4.0 * torch.rand(batch, 1, generator=draw) + glide),
        torch.rand(batch, generator=draw, dtype=torch.float64),
        torch.randint(0, 190_000, (batch,), generator=draw),
    )


def test_numba_and_pytorch_make_the_same_sound(tables):
    harmonics, noise, hertz, begin, offset = frames(2, 20)
    offset[0] = tables.shape[1] - HOP - 7  # across the tables' end
    fast = sounding(harmonics, noise, hertz, begin, tables, offset)
    slow = _everywhere(harmonics, noise, hertz, begin, tables, offset)
    assert fast.shape == slow.shape == (2, 19 * HOP)
    assert (fast - slow).abs().max() < 1e-4 * slow.abs().max()


def test_both_send_the_same_gradients_back(tables):
    harmonics, noise, hertz, begin, offset = frames(2, 8, harmonics=40, seed=1)
    weight = torch.randn(2, 7 * HOP, generator=torch.Generator().manual_seed(2))
    told = []
    for make in (sounding, _everywhere):
        lines, bands = harmonics.clone().requires_grad_(), noise.clone().requires_grad_()
        (make(lines, bands, hertz, begin, tables, offset) * weight).sum().backward()
        told.append((lines.grad, bands.grad))
    for fast, slow in zip(*told, strict=True):
        assert fast is not None and slow is not None
        assert (fast - slow).abs().max() < 1e-4 * slow.abs().max()


def test_a_gradient_is_what_a_small_change_does(tables):
    harmonics, noise, hertz, begin, offset = frames(2, 6, harmonics=20, seed=3)
    right = torch.randn(2, 5 * HOP, generator=torch.Generator().manual_seed(4))

    def error() -> torch.Tensor:
        return (sounding(harmonics, noise, hertz, begin, tables, offset) - right).double().square().sum()

    harmonics.requires_grad_(), noise.requires_grad_()
    error().backward()
    with torch.no_grad():
        for frame_values, step in ((harmonics, 0.05), (noise, 5e-3)):
            gradient = frame_values.grad
            assert gradient is not None
            for place in ((0, 0, 0), (0, 5, 2), (1, 3, 1), (1, 2, 19)):
                was = float(frame_values[place])
                # The error is a parabola in each amplitude: two points tell its slope exactly, up to rounding.
                frame_values[place] = was + step
                above = error()
                frame_values[place] = was - step
                slope = float(above - error()) / (2.0 * step)
                frame_values[place] = was
                assert slope == pytest.approx(float(gradient[place]), rel=2e-3, abs=1e-4 * float(gradient.abs().max()))


def test_a_constant_tone_is_the_sine_it_should_be_and_begins_at_its_phase(tables):
    harmonics = torch.zeros(1, 50, HARMONICS)
    harmonics[0, :, 0], harmonics[0, :, 6] = 0.5, 0.1
    hertz, begin = torch.full((1, 50), 440.0), torch.tensor([0.3], dtype=torch.float64)
    sound = sounding(harmonics, torch.zeros(1, 50, BANDS), hertz, begin, tables, torch.zeros(1, dtype=torch.int64))
    cycles = 0.3 + 440.0 * np.arange(1, 49 * HOP + 1) / RATE_HZ
    right = 0.5 * np.sin(2.0 * np.pi * cycles) + 0.1 * np.sin(2.0 * np.pi * 7.0 * cycles)
    assert np.abs(sound[0].numpy() - right).max() < 1e-5


def test_amplitudes_go_in_straight_lines_from_frame_to_frame(tables):
    harmonics = torch.zeros(1, 3, HARMONICS)
    harmonics[0, 1, 0] = 1.0
    hertz, begin = torch.full((1, 3), 12_000.0), torch.zeros(1, dtype=torch.float64)
    sound = sounding(harmonics, torch.zeros(1, 3, BANDS), hertz, begin, tables, torch.zeros(1, dtype=torch.int64))
    peaks = sound[0].numpy()[::4]  # a quarter of a cycle a sample, so that each fourth stands at the sine's top
    ramp = np.arange(0, HOP, 4) / HOP
    assert peaks == pytest.approx(np.concatenate([ramp, 1.0 - ramp]), abs=1e-5)


def test_nothing_sounds_above_half_the_rate(tables):
    harmonics, noise = torch.zeros(1, 20, HARMONICS), torch.zeros(1, 20, BANDS)
    harmonics[0, :, 30:] = 1.0
    told = torch.full((1, 20), 900.0), torch.zeros(1, dtype=torch.float64), tables, torch.zeros(1, dtype=torch.int64)
    assert not sounding(harmonics, noise, *told).any()
    assert not _everywhere(harmonics, noise, *told).any()


@pytest.mark.parametrize("band", [12, 30, 50, 63])
def test_a_band_of_noise_has_the_density_it_is_named_by_and_lies_where_it_should(tables, band):
    level = tables[band, : tables.shape[1] - HOP].double()
    power = np.abs(np.fft.rfft(level.numpy())) ** 2 * 2.0 / len(level) ** 2
    hertz = np.fft.rfftfreq(len(level), 1.0 / RATE_HZ)
    low, middle, high = BAND_CENTRES_HZ[band - 1 : band + 2]
    assert power[(hertz < low) | (hertz > high)].sum() < 1e-9 * power.sum()
    # The square of a triangle has a third of its length under it.
    assert power.sum() == pytest.approx((high - low) / 3.0, rel=0.25)
    assert low < (hertz * power).sum() / power.sum() < high and low < middle < high


def test_noise_comes_round_without_a_seam(tables):
    assert torch.equal(tables[:, :HOP], tables[:, -HOP:])
    seam = (tables[:, -HOP] - tables[:, -HOP - 1]).abs()
    assert (seam <= 1.5 * (tables[:, 1:] - tables[:, :-1]).abs().amax(1)).all()


def test_a_sound_is_no_distance_from_itself_and_twice_as_loud_is_6_db_away():
    sound = torch.from_numpy(made.bowed(196.0, 1.0).astype(np.float32))[None]
    linear, logarithmic = spectral(sound, sound)
    assert float(linear) == float(logarithmic) == float(envelope_db(sound, sound)) == 0.0
    linear, logarithmic = spectral(2.0 * sound, sound)
    assert float(linear) == pytest.approx(1.0, abs=0.05)
    assert 0.4 < float(logarithmic) <= np.log(2.0) + 1e-4
    assert float(envelope_db(2.0 * sound, sound)) == pytest.approx(6.02, abs=0.1)


def test_the_envelope_is_deaf_to_which_noise_it_is_and_hears_a_missing_top_octave():
    chance = torch.Generator().manual_seed(0)
    one, other = 0.1 * torch.randn(2, 1, RATE_HZ, generator=chance)
    spectrum = torch.fft.rfft(one)
    spectrum[:, 8_000:] *= 0.1
    dull = torch.fft.irfft(spectrum, RATE_HZ)
    assert float(envelope_db(other, one)) < 1.5 < 3.0 < float(envelope_db(dull, one))
