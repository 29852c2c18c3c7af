"""Rooms, microphones and codecs: they colour a voice and leave every note where it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from ml.training.ears import rooms
from ml.training.ears.world import RATE_HZ
from tests.ml.voices import RATE, gliding, in_a_room, silence, sung

_FARTHEST_S = 0.003


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Glides, which are like themselves at one time only; at 24 kHz."""
    parts = [sung(gliding([50, 62, 57], 0.4, 0.3), 1.2), silence(0.2), sung(gliding([65, 53], 0.4, 0.3), 0.8)]
    return in_a_room(silence(0.3), *parts, silence(0.3))[:: RATE // RATE_HZ]


def later_s(sound: np.ndarray, clean: np.ndarray, within_s: float = 0.05) -> float:
    """How much later a sound is than what it was made of."""
    like = correlate(sound.astype(np.float64), clean.astype(np.float64), "full")
    away = np.arange(len(like)) - (len(clean) - 1)
    near = np.abs(away) <= within_s * RATE_HZ
    return float(away[near][np.argmax(np.abs(like[near]))] / RATE_HZ)


def test_a_sound_that_was_moved_is_noticed(voice):
    assert later_s(np.roll(voice, 240), voice) == pytest.approx(0.01)


def test_whatever_lies_between_a_mouth_and_a_recording_no_note_moves_by_more_than_3_ms(voice):
    for seed in range(12):
        heard = rooms.recorded(voice, np.random.default_rng(seed), [voice[::-1].copy()])
        assert len(heard) == len(voice)
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() > 1e-3
        assert abs(later_s(heard, voice)) <= _FARTHEST_S


class Draws(np.random.Generator):
    """Chance that draws the codec it is told, and the rest as it likes."""

    def __init__(self, codec: int) -> None:
        super().__init__(np.random.PCG64(codec))
        self._codec = codec

    def integers(self, *_: Any, **__: Any) -> Any:
        return self._codec


@pytest.mark.parametrize("codec", [0, 1, 2], ids=["mp3", "opus", "vorbis"])
def test_a_codec_gives_the_voice_back_lined_up_and_of_the_same_length(voice, codec):
    heard = rooms.sent(voice, Draws(codec))
    assert len(heard) == len(voice)
    assert not np.array_equal(heard, voice)
    assert abs(later_s(heard, voice)) <= 1e-3
    assert np.corrcoef(heard, voice)[0, 1] > 0.8


@pytest.mark.parametrize("seed", range(6))
def test_in_a_room_the_direct_sound_comes_first_and_is_loudest(seed):
    answer = rooms.room(np.random.default_rng(seed))
    assert answer[0] == 1.0
    assert int(np.argmax(np.abs(answer))) == 0
    assert not answer[1 : int(0.001 * RATE_HZ)].any()
    assert 0.05 < len(answer) / RATE_HZ < 1.0


def test_a_microphone_keeps_the_time(voice):
    for seed in range(8):
        assert abs(later_s(rooms.microphone(voice, np.random.default_rng(seed)), voice)) <= 1e-3


@pytest.mark.parametrize("make", [rooms.fan, rooms.hum, rooms.clicks, rooms.breaths, rooms.kettle, rooms.coloured])
def test_a_noise_is_as_long_as_it_was_asked_for_and_the_same_for_the_same_chance(make):
    for samples in (3 * RATE_HZ, 3 * RATE_HZ + 1):
        noise = make(samples, np.random.default_rng(3))
        assert noise.shape == (samples,)
        assert np.isfinite(noise).all()
        assert noise.std() > 0.0
        assert np.array_equal(noise, make(samples, np.random.default_rng(3)))


def test_mouth_drums_are_loud_where_they_say_and_nowhere_else():
    sound, times_s = rooms.mouth_drums(4 * RATE_HZ, np.random.default_rng(1))
    assert len(sound) == 4 * RATE_HZ
    assert len(times_s) >= 5
    for at_s in times_s:
        at = int(at_s * RATE_HZ)
        after = np.abs(sound[at : at + 480]).max()
        assert after > 0.01
    assert not sound[: int(times_s[0] * RATE_HZ)].any()


def test_chords_from_another_room_are_as_long_as_the_song():
    sound = rooms.accompaniment(RATE_HZ, np.random.default_rng(2))
    assert len(sound) == RATE_HZ
    assert np.isfinite(sound).all()


def test_where_nobody_lives_next_door_there_is_still_noise(voice):
    for seed in range(20):
        heard = rooms.recorded(voice[: RATE_HZ // 2], np.random.default_rng(seed), [])
        assert np.isfinite(heard).all()
