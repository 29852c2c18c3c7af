"""What is read from a tone is what the tone was made of: its pitch, its loudness, its harmonics and its noise."""

from __future__ import annotations

import numpy as np
import pytest

from ml.training.instrument.analysis import HOP, a_weight, analysed, loudness_db, named_hz, partials, read
from realtime.dsp.strings.sizes import BAND_CENTRES_HZ, HARMONICS, RATE_HZ
from score.errors import AudioFileError
from tests.ml.training import bowed_tones as made

_STEADY = slice(60, -60)  # frames, away from the silence around a recording


def db(factor):
    return 20.0 * np.log10(factor)


def densities(noise):
    """Of five bands together each: a low one alone holds too little noise for its level to be read off in a second."""
    powers = np.mean(np.square(noise[_STEADY], dtype=np.float64), 0)
    return np.sqrt(np.convolve(powers, np.full(5, 0.2), "valid"))


@pytest.mark.parametrize("hertz", [41.2, 65.4, 220.0, 987.8])
def test_harmonics_and_noise_come_back_as_they_were_put_in(hertz):
    density = 3e-5
    sound, amplitudes = made.tone(hertz, 4.0, density=density)
    harmonics, noise = partials(sound.astype(np.float32), np.full(len(sound) // HOP, hertz))
    found = np.sqrt(np.mean(np.square(harmonics[_STEADY], dtype=np.float64), 0))
    assert np.abs(db(found[:20] / amplitudes[:20])).max() < 0.3
    audible = np.arange(1, len(amplitudes) + 1) * hertz < 16_000.0
    assert np.abs(db(found[: len(amplitudes)] / amplitudes)[audible]).max() < 1.0
    assert not harmonics[:, np.arange(1, HARMONICS + 1) * hertz >= RATE_HZ / 2].any()
    between = (1.5 * hertz < BAND_CENTRES_HZ) & (BAND_CENTRES_HZ < 20_000.0)
    assert np.abs(db(densities(noise)[between[4:]] / density)).max() < 1.5


def test_a_vibrato_smears_no_harmonic():
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    hertz = 196.0 * 2.0 ** (0.5 / 12.0 * np.sin(2.0 * np.pi * 5.5 * t))  # half a semitone to each side
    sound, amplitudes = made.tone(hertz, 2.0)
    harmonics, noise = partials(sound.astype(np.float32), hertz[::HOP])
    found = np.sqrt(np.mean(np.square(harmonics[_STEADY], dtype=np.float64), 0))
    assert np.abs(db(found[:60] / amplitudes[:60])).max() < 1.0
    assert np.abs(db(densities(noise)[16:50] / 3e-5)).max() < 1.5


def test_the_loudness_of_a_full_sine_at_1_khz_is_minus_3_db_and_of_silence_the_lowest_there_is():
    sine = np.sin(2.0 * np.pi * 1_000.0 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    assert loudness_db(sine)[20:-20] == pytest.approx(-3.01, abs=0.01)
    assert loudness_db(np.zeros(RATE_HZ, np.float32)) == pytest.approx(-90.0)


def test_the_ear_weighs_as_the_standard_says():
    assert db(a_weight(np.array([31.5, 100.0, 1_000.0, 2_500.0, 10_000.0]))) == pytest.approx(
        [-39.4, -19.1, 0.0, 1.3, -2.5], abs=0.15
    )


@pytest.mark.parametrize(
    ("name", "hertz"),
    [
        ("cello_A2_1_forte_arco-normal", 110.0),
        ("cello_As2_15_piano", 116.54),
        ("a4", 440.0),
        ("csharp3", 138.59),
        ("bflat3", 233.08),
        ("oboe Bb4 loud", 466.16),
        ("viola-F#3-take2", 185.0),
        ("contrabass_c1.old", 32.70),
        ("take 12", None),
        ("solo", None),
        ("abba4", None),
    ],
)
def test_a_note_in_a_name_is_its_pitch(name, hertz):
    assert named_hz(name) == (hertz if hertz is None else pytest.approx(hertz, abs=0.01))


@pytest.mark.parametrize("name", ["solo.wav", "cello_C3_forte.wav", "cello_A3_phrase_legato.wav"])
def test_a_recording_is_taken_apart_whatever_its_rate_and_channels(tmp_path, name):
    at_44 = made.bowed(130.81, 1.5)[:: RATE_HZ // 24_000]
    take = analysed(made.write(tmp_path, name, np.stack([at_44, at_44], 1), 24_000))
    assert take is not None
    assert take.name == name.removesuffix(".wav")
    assert len(take.sound) == len(take) * HOP
    assert len(take.harmonics) == len(take.noise) == len(take.loudness_db) == len(take.is_voiced) == len(take)
    assert not take.is_voiced[:60].any() and not take.is_voiced[-60:].any()  # the silence around it
    sounding = take.is_voiced & (take.loudness_db > take.loudness_db.max() - 15.0)
    assert sounding.sum() > 250
    assert 1_200.0 * np.abs(np.log2(take.hertz[sounding] / 130.81)).max() < 5.0
    assert np.isfinite(take.hertz).all() and take.hertz.min() > 60.0  # also where nothing sounds


def test_a_melody_is_followed_from_note_to_note(tmp_path):
    notes = (196.0, 220.0, 164.81)
    melody = np.concatenate([made.bowed(hertz, 0.6) for hertz in notes])
    take = analysed(made.write(tmp_path, "melody.wav", melody))
    assert take is not None
    for number, hertz in enumerate(notes):
        middle = round((0.3 + 0.6 * number + 0.3) * RATE_HZ / HOP)
        assert 1_200.0 * abs(np.log2(take.hertz[middle] / hertz)) < 10.0


def test_silence_and_a_blink_have_no_pitch(tmp_path):
    assert analysed(made.write(tmp_path, "silent.wav", np.zeros(RATE_HZ))) is None
    assert analysed(made.write(tmp_path, "blink.wav", np.full(3, 0.5))) is None
    assert analysed(made.write(tmp_path, "nothing.wav", np.zeros(0))) is None


def test_what_is_no_sound_is_an_error_that_names_it(tmp_path):
    (tmp_path / "letter.wav").write_text("Dear Sir, enclosed please find my cello")
    with pytest.raises(AudioFileError, match=r"letter\.wav.*cannot be read.*Give WAV"):
        read(tmp_path / "letter.wav")
