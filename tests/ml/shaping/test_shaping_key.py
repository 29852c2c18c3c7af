"""Which key is sung, and how far from concert pitch."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.shaping.key import KeyFinder
from ml.shaping.tuning import SingersTuning
from tests.ml.shaping.tunes import (
    DRUNKEN_SAILOR,
    FRERE_JACQUES,
    JOY_TO_THE_WORLD,
    KOROBEINIKI,
    ODE_TO_JOY,
    SCARBOROUGH,
    TWINKLE,
    tune,
)


def names(finder: KeyFinder, notes: list[int], seconds: float = 0.4) -> list[str | None]:
    found = []
    for note in notes:
        finder.hear(note, seconds)
        found.append(None if finder.scale is None else finder.scale.name)
    return found


def changes(found: list[str | None]) -> int:
    named = [each for each in found if each is not None]
    return sum(a != b for a, b in pairwise(named))


@pytest.mark.parametrize("transposed", range(12))
@pytest.mark.parametrize(
    ("notes", "mode", "tonic"),
    [
        (ODE_TO_JOY, "major", 0),
        (TWINKLE, "major", 0),
        (FRERE_JACQUES, "major", 0),
        (KOROBEINIKI, "minor", 9),
        (JOY_TO_THE_WORLD, "major", 0),
        (DRUNKEN_SAILOR, "dorian", 2),
        (SCARBOROUGH, "dorian", 2),
    ],
)
def test_the_key_of_a_known_tune_is_found(notes: str, mode: str, tonic: int, transposed: int):
    finder = KeyFinder()
    names(finder, tune(notes, transposed) * 2)
    assert finder.scale is not None
    assert (finder.scale.mode, finder.scale.tonic) == (mode, (tonic + transposed) % 12)


def test_nothing_is_named_after_two_notes():
    assert names(KeyFinder(), [60, 67]) == [None, None]


def test_a_modulation_is_followed_once_and_within_a_phrase():
    finder = KeyFinder()
    names(finder, tune(JOY_TO_THE_WORLD))
    found = names(finder, tune(JOY_TO_THE_WORLD, 4))
    # Its first line fits the relative minor as well, which has the same seven tones: nothing is played wrong.
    assert found[0] == "C major" and set(found[20:]) <= {"E major", "C# minor"} and found[-1] == "E major"
    assert changes(["C major", *found]) <= 2


def test_one_chromatic_note_changes_no_key():
    finder = KeyFinder()
    names(finder, tune(TWINKLE) * 2)
    assert set(names(finder, [60, 66, 67, 68, 67, 61, 60])) == {"C major"}


def test_an_ambiguous_beginning_is_no_flicker():
    # Tones that belong to C, F and G major, and to A, D and E minor alike, over and over.
    found = names(KeyFinder(), [60, 64, 67, 69, 62] * 8)
    assert changes(found) <= 1


def test_a_key_is_kept_through_wrong_notes_now_and_then():
    wrong = random.Random(4)
    finder = KeyFinder()
    names(finder, tune(FRERE_JACQUES))
    notes = [note + (wrong.random() < 0.12) for note in tune(FRERE_JACQUES) * 4]
    assert names(finder, notes).count("C major") > 0.95 * len(notes)


def test_a_minor_key_lets_its_leading_note_stand():
    finder = KeyFinder()
    names(finder, tune(KOROBEINIKI))
    assert finder.scale is not None and finder.tones is not None
    assert finder.tones.pitch_classes - finder.scale.pitch_classes == {8}


def test_a_dorian_key_is_minor_again_once_its_own_sixth_is_sung_more():
    finder = KeyFinder()
    names(finder, tune(SCARBOROUGH) * 2)
    found = names(finder, [69, 70, 69, 67, 65, 64, 62, 70, 69, 70, 69])
    assert (found[0], found[-1]) == ("D dorian", "D minor")


def test_after_a_reset_no_key_is_known():
    finder = KeyFinder()
    names(finder, tune(TWINKLE))
    finder.reset()
    assert finder.scale is finder.tones is None


@pytest.mark.parametrize("offset_st", [-0.45, -0.3, 0.0, 0.2, 0.45])
def test_a_singer_who_is_off_throughout_is_known_within_a_few_notes(offset_st: float):
    tuning = SingersTuning()
    scatter = random.Random(1)
    for note in tune(FRERE_JACQUES):
        tuning.hear(note + offset_st + scatter.gauss(0, 0.12), 0.4)
    assert tuning.offset_st == pytest.approx(offset_st, abs=0.08)


def test_one_note_moves_the_tuning_less_than_half_way():
    tuning = SingersTuning()
    tuning.hear(60.4, 0.4)
    assert 0 < tuning.offset_st < 0.2


def test_who_sings_between_the_keys_at_random_stays_near_concert_pitch():
    tuning = SingersTuning()
    anywhere = random.Random(2)
    for _ in range(40):
        tuning.hear(60 + anywhere.random(), 0.3)
    assert abs(tuning.offset_st) < 0.25


def test_who_slides_flat_is_followed_beyond_the_quarter_tone_without_a_jump():
    tuning = SingersTuning()
    offsets = []
    for n in range(140):
        tuning.hear(60 + n % 5 - 0.004 * n, 0.4)
        offsets.append(tuning.offset_st)
    assert offsets[-1] < -0.4
    assert max(abs(a - b) for a, b in pairwise(offsets)) < 0.1


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.floats(20, 110), st.floats(0.06, 20)), max_size=40))
def test_whatever_is_sung_the_tuning_stays_within_reason(notes: list[tuple[float, float]]):
    tuning, finder = SingersTuning(), KeyFinder()
    for pitch, seconds in notes:
        tuning.hear(pitch, seconds)
        finder.hear(pitch - tuning.offset_st, seconds)
        assert math.isfinite(tuning.offset_st) and abs(tuning.offset_st) <= 0.6
