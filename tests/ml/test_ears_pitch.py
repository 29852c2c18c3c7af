"""The pitch of made voices, low and high, loud and soft, clean and in noise."""

from __future__ import annotations

import numpy as np
import pytest

from ml.fallback.heard import midi_of
from ml.frames import Frames
from ml.pitch import Pitch, PitchTracker
from tests.ml.voices import RATE, hz, in_a_room, noise, silence, sung, with_vibrato


def tracked(sound: np.ndarray) -> list[Pitch]:
    tracker = PitchTracker()
    return [tracker.hear(hop.samples) for hop in Frames(RATE).hear(sound.astype(np.float32))]


def cents_off(pitches: list[Pitch], midi: float) -> np.ndarray:
    return np.array([100.0 * (midi_of(each.f0_hz) - midi) if each.f0_hz > 0.0 else 9_999.0 for each in pitches])


@pytest.mark.parametrize("f0_hz", [70.0, 82.0, 98.0, 131.0, 175.0, 220.0, 311.0, 440.0, 587.0, 740.0, 880.0, 1_000.0])
def test_the_octave_is_right_from_70_to_1000_hz(f0_hz):
    midi = midi_of(f0_hz)
    settled = tracked(in_a_room(sung(midi, 0.5)))[12:-12]
    assert np.abs(cents_off(settled, midi)).max() < 15.0


@pytest.mark.parametrize("midi", [45, 57, 69, 81])
def test_a_voice_whose_second_harmonic_is_the_loudest_is_not_heard_an_octave_high(midi):
    formants = ((2.0 * hz(midi), 0.6 * hz(midi), 1.0), (2_600.0, 200.0, 0.05))
    settled = tracked(in_a_room(sung(midi, 0.5, formants=formants)))[15:-15]
    assert np.mean(np.abs(cents_off(settled, midi)) < 30.0) > 0.97


def test_a_high_note_is_known_15_ms_after_it_began():
    pitches = tracked(np.concatenate([silence(0.1), sung(76, 0.3)]))
    assert np.abs(cents_off(pitches[23:26], 76.0)).max() < 30.0
    assert min(each.clarity for each in pitches[23:26]) > 0.9


def test_the_pitch_does_not_hang_on_the_level():
    loud, soft = (tracked(sung(62, 0.4, level_db=level_db)) for level_db in (-6.0, -54.0))
    assert np.abs(cents_off(loud[10:-12], 62) - cents_off(soft[10:-12], 62)).max() < 2.0
    assert np.median([each.level_db for each in loud[20:60]]) == pytest.approx(-6.0, abs=2.0)
    assert np.median([each.level_db for each in soft[20:60]]) == pytest.approx(-54.0, abs=2.0)


def test_vibrato_is_followed_and_not_smeared():
    pitches = tracked(sung(with_vibrato(60, 1.0), 1.0))[70:-12]
    swing = np.array([midi_of(each.f0_hz) for each in pitches])
    assert swing.max() > 60.4
    assert swing.min() < 59.6


def test_white_noise_has_no_clear_pitch():
    assert np.mean([each.clarity > 0.8 for each in tracked(noise(2.0))]) < 0.01


def test_silence_has_no_pitch_at_all():
    assert all(each.f0_hz == 0.0 and each.clarity == 0.0 for each in tracked(silence(0.5)))
