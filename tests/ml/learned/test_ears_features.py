"""Rows of features: of the past only, the same live and from a file, and of nobody's loudness."""

from __future__ import annotations

import numpy as np
import pytest

from ml.frames import HOP, Frames
from ml.learned.features import (
    CLARITY,
    LEVEL_DB,
    LONG_CLARITY,
    LONG_CLARITY_COLUMN,
    LONG_PITCH_MIDI,
    MEMORY,
    PITCH_MIDI,
    STEPS,
    TOLD,
    WIDTH,
    Features,
)
from ml.learned.spectrum import BANDS
from tests.ml.voices import RATE, breath, gliding, in_a_room, noise, silence, sung, with_vibrato

_AT_VOICE = BANDS + 5
_AT_STEPS = BANDS + 10


def hops(*parts: np.ndarray, level_db: float = -70.0) -> np.ndarray:
    return np.array([hop.samples for hop in Frames(RATE).hear(in_a_room(*parts, level_db=level_db))])


@pytest.fixture(scope="module")
def melody() -> np.ndarray:
    return hops(silence(), sung(gliding([57, 60, 59]), 1.2), breath(), sung(with_vibrato(64, 0.6), 0.6), silence())


def test_hop_by_hop_and_all_at_once_are_the_same_bits(melody):
    whole = Features().hear_all(melody)
    live = Features()
    for i, hop in enumerate(melody):
        shown = live.hear(hop)
        assert np.array_equal(shown.row, whole.row[i])
        assert np.array_equal(shown.told, whole.told[i], equal_nan=True)


def test_a_row_knows_nothing_of_what_comes_later(melody):
    whole = Features().hear_all(melody)
    for until in (1, 57, 200):
        other = np.concatenate([melody[:until], np.random.default_rng(1).standard_normal((40, HOP)).astype(np.float32)])
        part = Features().hear_all(other)
        assert np.array_equal(part.row[:until], whole.row[:until])
        assert np.array_equal(part.told[:until], whole.told[:until], equal_nan=True)


def test_a_file_in_two_pieces_is_the_same_as_in_one(melody):
    features = Features()
    both = np.concatenate([features.hear_all(melody[:123]).row, features.hear_all(melody[123:]).row])
    assert np.array_equal(both, Features().hear_all(melody).row)


def test_after_a_reset_everything_is_as_it_was(melody):
    features = Features()
    once = features.hear_all(melody)
    features.reset()
    again = features.hear_all(melody)
    assert np.array_equal(once.row, again.row)
    assert np.array_equal(once.told, again.told, equal_nan=True)


@pytest.mark.parametrize("gain_db", [-14.0, 8.0])
def test_another_gain_at_the_microphone_shows_the_same_rows_once_the_ears_have_settled(gain_db):
    song = np.tile(hops(*[sung(60, 0.5), silence(0.2)] * 6, level_db=-64.0), (4, 1))
    settled = 2_000  # the quietest of late is known after some seconds, the loudest at once
    once, other = Features().hear_all(song), Features().hear_all(song * np.float32(10.0 ** (gain_db / 20.0)))
    away = np.abs(once.row[settled:] - other.row[settled:])
    assert away[:, :_AT_VOICE].max() < 0.2
    assert np.median(away[:, :_AT_VOICE]) < 1e-3
    voiced = once.told[settled:, CLARITY] > 0.9
    assert voiced.sum() > 800
    assert away[voiced].max() < 0.01
    level_db = other.told[settled:, LEVEL_DB] - once.told[settled:, LEVEL_DB]
    assert level_db[voiced] == pytest.approx(np.full(voiced.sum(), gain_db), abs=0.01)


def test_another_key_shows_the_same_movement():
    low = Features().hear_all(hops(silence(), sung(gliding([55, 57, 59]), 1.2)))
    high = Features().hear_all(hops(silence(), sung(gliding([62, 64, 66]), 1.2)))
    steps = slice(_AT_STEPS, _AT_STEPS + len(STEPS))
    away = np.abs(low.row[90:290, steps] - high.row[90:290, steps])
    assert np.median(away) < 0.05
    assert np.abs(low.row[90:290, steps]).max() > 1.5


def test_what_is_told_is_what_is_sung():
    told = Features().hear_all(hops(silence(), sung(57, 0.6, level_db=-18.0), silence())).told
    assert told.shape[1] == TOLD
    held = told[80:160]
    assert np.median(held[:, PITCH_MIDI]) == pytest.approx(57.0, abs=0.1)
    assert np.median(held[:, LONG_PITCH_MIDI]) == pytest.approx(57.0, abs=0.1)
    assert held[:, CLARITY].min() > 0.9
    assert np.median(held[:, LEVEL_DB]) == pytest.approx(-18.0, abs=3.0)
    assert told[:50, CLARITY].max() < 0.9


def test_the_long_clarity_of_the_row_is_the_one_that_is_told(melody):
    shown = Features().hear_all(melody)
    assert np.array_equal(shown.row[:, LONG_CLARITY_COLUMN], shown.told[:, LONG_CLARITY].astype(np.float32))


def test_a_pitch_that_was_held_is_remembered_where_it_lies_from_the_pitch_of_now():
    shown = Features().hear_all(hops(silence(), sung(gliding([57, 59], note_s=0.8), 1.6)))
    memory = shown.row[-40:, -MEMORY:].mean(axis=0)
    middle = MEMORY // 2
    assert memory[middle] > 0.3  # the pitch of now
    assert memory[middle - 8] > 0.3  # two semitones below it
    assert memory[middle + 8] < 0.1
    assert memory[middle - 4] < 0.1
    assert not shown.row[:40, -MEMORY:].any()


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros((400, HOP)),
        np.full((400, HOP), 4.0),
        np.tile([4.0, -4.0], (400, HOP // 2)),
        np.random.default_rng(0).choice([-4.0, 0.0, 4.0], (400, HOP)),
        np.full((400, HOP), 1e-38),
        np.random.default_rng(1).standard_normal((400, HOP)) * np.repeat([1e-20, 4.0], 200)[:, None],
    ],
    ids=["silence", "a stuck card", "the highest tone", "bursts", "hardly anything", "nothing, then hiss"],
)
def test_whatever_passes_the_filter_rows_are_numbers_of_a_size_that_a_network_can_bear(sound):
    shown = Features().hear_all(sound.astype(np.float32))
    assert shown.row.shape == (400, WIDTH)
    assert np.isfinite(shown.row).all()
    assert np.abs(shown.row).max() < 20.0
    columns = [CLARITY, LEVEL_DB, LONG_CLARITY]
    assert np.isfinite(shown.told[:, columns]).all()
    assert ((shown.told[:, CLARITY] >= 0.0) & (shown.told[:, CLARITY] <= 1.0)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_burst_of_what_is_no_sound_is_forgotten(bad):
    sound = in_a_room(noise(0.3, -30.0), sung(60, 1.0))
    sound[RATE // 5 : RATE // 5 + 400] = bad
    shown = Features().hear_all(np.array([hop.samples for hop in Frames(RATE).hear(sound)]))
    assert np.isfinite(shown.row).all()
    assert np.median(shown.told[150:220, PITCH_MIDI]) == pytest.approx(60.0, abs=0.1)
