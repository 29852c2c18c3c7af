"""Plucked, and struck with the bow's wood."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from realtime.dsp.strings.controls import COL_LEGNO, PIZZICATO
from realtime.dsp.strings.places import FREE
from tests.realtime.dsp.strings.cello_playing import (
    PLAIN,
    Sound,
    cents_off,
    fresh,
    heard,
    key_hz,
    level_db,
    note,
    on,
    part,
    spectrum,
)

MEZZO_FORTE = 0.64


def plucked(key: int = 48, seconds: float = 1.0, velocity: float = MEZZO_FORTE, **knobs: float) -> Sound:
    return heard([on(0.0, key, velocity)], seconds, **{**PLAIN, "playing": float(PIZZICATO), **knobs})


def peak_db(sound: Sound) -> float:
    """Of the loudest 20 ms."""
    return max(level_db(sound[:, at : at + 960]) for at in range(0, sound.shape[1] - 960, 480))


def above_db(sound: Sound, hertz: float) -> float:
    frequencies, power = spectrum(sound)
    return float(10.0 * np.log10(power[frequencies > hertz].sum() / power.sum()))


@pytest.mark.parametrize("model", (0.0, 1.0))
def test_a_pizzicato_is_about_as_loud_as_a_mezzo_forte(model):
    for key in (36, 43, 50, 57, 64):
        bowed = peak_db(part(heard([on(0.0, key, MEZZO_FORTE)], 0.8, **{**PLAIN, "model": model}), 0.4, 0.8))
        assert abs(peak_db(plucked(key, model=model)) - bowed) < 8.0


def test_a_plucked_string_speaks_at_once_and_dies_by_itself():
    state = fresh(**PLAIN, playing=float(PIZZICATO))
    sound = heard([on(0.0, 57)], 8.0, state=state)
    assert np.abs(sound).argmax() % sound.shape[1] < 0.03 * 48_000
    levels = [level_db(part(sound, at, at + 0.1)) for at in (0.05, 0.3, 0.6, 1.0)]
    assert all(before > later + 3.0 for before, later in pairwise(levels))
    assert (state["hand"]["strings"]["stage"] == FREE).all() and np.abs(part(sound, 7.5, 8.0)).max() == 0.0


def test_high_harmonics_die_first_and_high_notes_sooner():
    sound = plucked(48)
    assert above_db(part(sound, 0.0, 0.2), 1_000.0) > above_db(part(sound, 0.5, 0.7), 1_000.0) + 6.0

    def fades_db(key: int) -> float:
        return level_db(part(plucked(key), 0.05, 0.15)) - level_db(part(plucked(key), 0.4, 0.5))

    assert fades_db(36) < fades_db(48) < fades_db(60) < fades_db(72)


def test_a_plucked_note_is_in_tune():
    assert abs(cents_off(part(plucked(48), 0.1, 0.6), key_hz(48))) < 2.0


def test_a_finger_laid_on_the_string_damps_it():
    held = part(plucked(45), 0.5, 0.7)
    lifted = part(heard(note(0.0, 0.3, 45, MEZZO_FORTE), 0.7, **PLAIN, playing=float(PIZZICATO)), 0.5, 0.7)
    assert level_db(lifted) < level_db(held) - 15.0


def test_plucked_harder_is_louder():
    levels = [peak_db(plucked(velocity=velocity)) for velocity in (0.2, 0.4, 0.6, 0.8, 1.0)]
    assert all(2.0 < louder - softer < 8.0 for softer, louder in pairwise(levels))


def test_the_bows_wood_is_brighter_and_drier_than_a_finger():
    wood, finger = plucked(playing=float(COL_LEGNO)), plucked()
    assert above_db(part(wood, 0.0, 0.2), 1_500.0) > above_db(part(finger, 0.0, 0.2), 1_500.0) + 6.0
    assert level_db(part(wood, 0.4, 0.5)) < level_db(part(finger, 0.4, 0.5)) - 15.0


def test_plucked_keys_neither_slur_nor_stop_each_other():
    state = fresh(**PLAIN, playing=float(PIZZICATO))
    heard([on(0.0, 48), on(0.1, 50), on(0.2, 60)], 0.21, state=state)
    assert (state["hand"]["strings"]["stage"] != FREE).sum() == 3
