"""Singing that was made: its notes are where they say, at the pitch they say, and a voice taken apart stays one."""

from __future__ import annotations

import ctypes.util

import numpy as np
import pytest

from ml.frames import HOP_S, Frames
from ml.learned.features import CLARITY, PITCH_MIDI, Features
from ml.training.ears.melody import Manner, melody
from ml.training.ears.singing import Sung, resung, spoken_nonsense_sung, syllables_of
from ml.training.ears.speech import Phoneme, nonsense, say
from ml.training.ears.world import FRAME_S, RATE_HZ, analysed, sounding
from tests.house import skips
from tests.ml.voices import RATE, gliding, in_a_room, silence, sung

needs_espeak = pytest.mark.skipif(ctypes.util.find_library("espeak-ng") is None, reason=skips.NO_ESPEAK.why)


def heard_of(sound: np.ndarray, notes: np.ndarray) -> np.ndarray:
    """By how much the pitch that the tracker hears in each note misses the one that is written; none where unclear."""
    hops = np.array([hop.samples for hop in Frames(RATE_HZ).hear(sound)])
    told = Features().hear_all(hops).told
    away = []
    for onset_s, offset_s, midi in notes:
        first, last = int(onset_s / HOP_S) + 8, int(offset_s / HOP_S)
        pitch = told[first:last, PITCH_MIDI][told[first:last, CLARITY] > 0.8]
        if len(pitch) >= 4:
            away.append(abs(float(np.median(pitch)) - midi))
    return np.array(away)


@pytest.fixture(scope="module")
def made() -> list[Sung]:
    return [spoken_nonsense_sung(np.random.default_rng(seed), 4.0) for seed in range(3)]


@needs_espeak
def test_nine_of_ten_made_notes_are_sung_within_50_cents_of_what_is_written(made):
    away = np.concatenate([heard_of(each.samples, each.notes) for each in made])
    assert len(away) >= 0.6 * sum(len(each.notes) for each in made)
    assert (away < 0.5).mean() >= 0.9


@needs_espeak
def test_made_notes_lie_in_order_within_the_sound_and_the_fundamental_is_as_long_as_it(made):
    for each in made:
        assert each.notes.shape[1] == 3
        assert (np.diff(each.notes[:, 0]) > 0.0).all()
        assert (each.notes[:, 1] > each.notes[:, 0]).all()
        assert each.notes[-1, 1] <= len(each.samples) / RATE_HZ
        assert len(each.f0_hz) * FRAME_S == pytest.approx(len(each.samples) / RATE_HZ, abs=3 * FRAME_S)
        assert np.isfinite(each.samples).all()
        assert np.abs(each.samples).max() > 1e-3


@needs_espeak
def test_the_same_chance_sings_the_same_song(made):
    again = spoken_nonsense_sung(np.random.default_rng(1), 4.0)
    assert np.array_equal(again.notes, made[1].notes)
    assert len(again.samples) == len(made[1].samples)


@needs_espeak
@pytest.mark.parametrize("language", ["en-us", "it", "ja", "el"])
def test_what_is_said_comes_with_its_sounds_in_time(language):
    spoken = say(nonsense(np.random.default_rng(2), language, 6), language)
    assert len(spoken.samples) > 0.3 * spoken.rate
    assert sum(phoneme.is_vowel for phoneme in spoken.phonemes) >= 3
    begins = [phoneme.begins_s for phoneme in spoken.phonemes]
    assert begins == sorted(begins)
    assert all(each.ends_s >= each.begins_s for each in spoken.phonemes)
    assert begins[-1] <= len(spoken.samples) / spoken.rate


@needs_espeak
def test_a_vowel_begins_where_it_is_said_to():
    spoken = say("sa sa sa", "en-us")
    rough = np.abs(np.diff(spoken.samples))  # hiss changes from sample to sample, a vowel does not
    for each in [phoneme for phoneme in spoken.phonemes if phoneme.name == "s"][1:]:
        middle = int(0.5 * (each.begins_s + each.ends_s) * spoken.rate)
        vowel = int((each.ends_s + 0.05) * spoken.rate)
        assert hiss_of(rough, spoken.samples, middle) > 2.0 * hiss_of(rough, spoken.samples, vowel)


def hiss_of(rough: np.ndarray, samples: np.ndarray, at: int, width: int = 300) -> float:
    part = slice(max(0, at - width), at + width)
    return float(rough[part].mean() / (np.abs(samples[part]).mean() + 1e-9))


def test_syllables_have_one_vowel_each_and_share_the_consonants_between_them():
    def said(*names: str) -> list[Phoneme]:
        return [Phoneme(name, 0.1 * n, 0.1 * (n + 1)) for n, name in enumerate(names)]

    first, second = syllables_of(said("l", "a", "m", "o"))
    assert (first.begins_s, first.vowel_s, first.vowel_ends_s) == pytest.approx((0.0, 0.1, 0.2))
    assert (second.begins_s, second.vowel_s, second.ends_s) == pytest.approx((0.2, 0.3, 0.4))
    assert len(syllables_of(said("a", "i", "n"))) == 1  # a diphthong
    assert syllables_of(said("a", "s", "t", "r", "a"))[1].begins_s == pytest.approx(0.2)  # the first closes
    assert syllables_of(said("s", "t")) == syllables_of([]) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_melody_is_in_time_within_reach_and_its_notes_do_not_overlap(seed):
    chance = np.random.default_rng(seed)
    manner = Manner.by_chance(chance)
    song = melody(chance, manner, 40)
    assert len(song) == 40
    assert any(syllable.ends_phrase for syllable in song)
    for syllable in song:
        for first, second in zip(syllable.notes[:-1], syllable.notes[1:], strict=True):
            assert first.offset_s >= first.onset_s + 0.04 - 1e-9
            assert second.onset_s > first.onset_s
    assert all(abs(note.pitch_midi - manner.middle_midi) < 12.0 for syllable in song for note in syllable.notes)
    assert song[0].notes[0].onset_s >= 0.3


def test_some_notes_are_sung_again_and_some_are_slurred():
    notes = slurred = repeated = 0
    for seed in range(30):
        chance = np.random.default_rng(seed)
        song = melody(chance, Manner(60.0, 0.5, 0.3, 0.3, 0.0, 0.0), 30)
        flat = [note.pitch_midi for syllable in song for note in syllable.notes]
        notes += len(flat)
        slurred += len(flat) - len(song)
        repeated += int((np.diff(flat) == 0.0).sum())
    assert 0.15 < slurred / notes < 0.4
    assert 0.1 < repeated / notes < 0.4


@pytest.fixture(scope="module")
def tune() -> tuple[np.ndarray, np.ndarray]:
    """A made voice that sings three notes, at 24 kHz."""
    sound = in_a_room(silence(0.2), sung(gliding([57, 60, 59], 0.5), 1.5), silence(0.2))[:: RATE // RATE_HZ]
    return sound, np.array([[0.2, 0.7, 57.0], [0.7, 1.2, 60.0], [1.2, 1.7, 59.0]])


def test_a_voice_taken_apart_and_put_together_sings_the_same_notes(tune):
    sound, notes = tune
    again = sounding(analysed(sound))
    assert abs(len(again) - len(sound)) < 0.02 * RATE_HZ
    assert (heard_of(again, notes) < 0.1).all()
    assert len(heard_of(again, notes)) == 3


def test_a_voice_on_another_melody_sings_the_notes_that_are_written(tune):
    voice = analysed(tune[0])
    away = []
    for seed in range(3):
        other = resung(voice, tune[1], np.random.default_rng(seed))
        assert len(other.notes) == 3
        assert (np.diff(other.notes[:, 0]) > 0.0).all()
        away.append(heard_of(other.samples, other.notes))
    assert (np.concatenate(away) < 0.5).mean() >= 0.9


def test_between_two_frames_a_voice_lies_between_them(tune):
    voice = analysed(tune[0])
    assert voice.at(np.arange(len(voice.f0_hz), dtype=float)).f0_hz == pytest.approx(voice.f0_hz)
    half = voice.at(np.array([100.5, 1e9]))
    assert (half.breath[0] >= np.minimum(voice.breath[100], voice.breath[101]) - 1e-9).all()
    assert (half.breath[0] <= np.maximum(voice.breath[100], voice.breath[101]) + 1e-9).all()
    assert np.array_equal(half.breath[1], voice.breath[-1])  # past the end it stays as it was
