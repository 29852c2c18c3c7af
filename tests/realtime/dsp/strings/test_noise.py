"""The bow's hiss: as much of it as was asked for, where it was asked for, and never the same twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime.dsp.strings.noise import LONGEST, TAIL, noise_tables
from realtime.dsp.strings.sizes import AMPLITUDES, BAND_CENTRES_HZ, BANDS, HARMONICS
from tests.realtime.dsp.strings.strings_playing import HOPS, RATE, Array, heard, new_string

SECONDS = 8


def hiss(density: Array, seconds: float = SECONDS, rate: float = RATE, voice: int = 0) -> npt.NDArray[np.float32]:
    told = np.zeros((min(int(seconds * 251) + 2, HOPS), AMPLITUDES), np.float32)
    told[:, HARMONICS:] = density
    sound = heard(new_string([100.0] * len(told), told, rate, hisses=True, voice=voice), int(seconds * rate), rate=rate)
    return sound[int(0.01 * rate) :]


def density_of(sound: Array, low_hz: float, high_hz: float, rate: float = RATE) -> float:
    """The rms of a hertz between two frequencies."""
    window = np.hanning(len(sound))
    power = np.abs(np.fft.rfft(sound * window)) ** 2 * 2.0 / (rate * (window**2).sum())
    hertz = np.fft.rfftfreq(len(sound), 1.0 / rate)
    return float(np.sqrt(power[(hertz >= low_hz) & (hertz < high_hz)].mean()))


def test_equal_densities_make_white_noise_of_that_density() -> None:
    sound = hiss(np.full(BANDS, 1e-3))
    for low_hz, high_hz in zip(BAND_CENTRES_HZ[1:61], BAND_CENTRES_HZ[3:63], strict=True):
        assert abs(20.0 * np.log10(density_of(sound, low_hz, high_hz) / 1e-3)) < 0.5


def test_each_band_has_the_density_it_was_given() -> None:
    asked = 1e-3 * 10.0 ** (np.sin(np.arange(BANDS) / 3.0))
    sound = hiss(asked)
    for band in range(4, 63):  # further down eight seconds hold too few waves to measure by
        within_db = 0.5 if band >= 12 else 1.0  # a loop of a second has a line for each hertz: here they are some 40
        low_hz = (BAND_CENTRES_HZ[band] + BAND_CENTRES_HZ[band - 1]) / 2.0
        high_hz = (BAND_CENTRES_HZ[band] + BAND_CENTRES_HZ[band + 1]) / 2.0
        grid_hz = np.linspace(low_hz, high_hz, 200)
        meant = np.sqrt(np.interp(grid_hz, BAND_CENTRES_HZ, asked**2).mean())
        assert abs(20.0 * np.log10(density_of(sound, low_hz, high_hz) / meant)) < within_db


def test_a_band_alone_stays_between_its_neighbours() -> None:
    asked = np.zeros(BANDS)
    asked[30] = 1e-3
    sound = hiss(asked)
    low_hz, high_hz = BAND_CENTRES_HZ[29], BAND_CENTRES_HZ[31]
    inside = density_of(sound, low_hz, high_hz)
    assert density_of(sound, 20.0, low_hz - 10.0) < 1e-3 * inside
    assert density_of(sound, high_hz + 10.0, 23_000.0) < 1e-3 * inside


@pytest.mark.parametrize("rate", [22_050.0, 44_100.0, 96_000.0])
def test_the_density_is_that_of_any_card_and_ends_below_half_its_rate(rate: float) -> None:
    sound = hiss(np.full(BANDS, 1e-3), 4, rate)
    end_hz = 0.47 * min(rate, 48_000.0)
    assert abs(20.0 * np.log10(density_of(sound, 200.0, 0.9 * end_hz, rate) / 1e-3)) < 0.5
    assert density_of(sound, end_hz + 30.0, rate / 2.0, rate) < 1e-6


def test_the_loops_are_unequal_read_on_over_their_end_and_are_the_same_each_time() -> None:
    tables, lengths = noise_tables(RATE)
    assert tables.shape == (BANDS, LONGEST + TAIL) and tables.dtype == np.float32
    assert len(set(lengths.tolist())) == BANDS and lengths.max() == LONGEST
    for table, length in zip(tables, lengths, strict=True):
        assert (table[length : length + TAIL] == table[:TAIL]).all()
        assert table[:length].any()
    again, _ = noise_tables(RATE)
    assert (again == tables).all()


def test_what_is_heard_never_comes_round() -> None:
    sound = hiss(np.full(BANDS, 1e-3), 4).astype(np.float64)
    spectrum = np.fft.rfft(sound, 2 * len(sound))
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[: len(sound)]
    assert np.abs(alike[2_000:]).max() < 0.15 * alike[0]


def test_two_voices_hiss_as_two() -> None:
    one, other = (hiss(np.full(BANDS, 1e-3), 2, voice=number).astype(np.float64) for number in (1, 2))
    alike = np.fft.irfft(np.fft.rfft(one, 2 * len(one)) * np.conj(np.fft.rfft(other, 2 * len(other))))
    assert np.abs(alike).max() < 0.15 * np.sqrt((one**2).sum() * (other**2).sum())


def test_the_hiss_swells_in_a_straight_line() -> None:
    told = np.zeros((40, AMPLITUDES), np.float32)
    told[20:, HARMONICS:] = 1e-3
    steady = np.zeros_like(told)
    steady[:, HARMONICS:] = 1e-3
    swell = heard(new_string([100.0] * 40, told, hisses=True), 40 * 192)
    full = heard(new_string([100.0] * 40, steady, hisses=True), 40 * 192)
    assert not swell[: 20 * 192].any()
    ramp = np.arange(192) / 192.0
    assert np.abs(swell[20 * 192 : 21 * 192] - ramp * full[20 * 192 : 21 * 192]).max() < 1e-6
    assert (swell[21 * 192 :] == full[21 * 192 :]).all()
