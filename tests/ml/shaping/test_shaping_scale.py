"""Scales, chords and the names of notes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.shaping import CHORDS, MODES, Chord, Scale
from ml.shaping.note_names import key_number
from score.errors import UsageError


@pytest.mark.parametrize(
    ("name", "shown", "tones"),
    [
        ("C", "C major", {0, 2, 4, 5, 7, 9, 11}),
        ("a minor", "A minor", {9, 11, 0, 2, 4, 5, 7}),
        ("F#m", "F# minor", {6, 8, 9, 11, 1, 2, 4}),
        ("CM", "C major", {0, 2, 4, 5, 7, 9, 11}),
        ("Cm", "C minor", {0, 2, 3, 5, 7, 8, 10}),
        ("D  Dorian", "D dorian", {2, 4, 5, 7, 9, 11, 0}),
        ("bb mixolydian", "Bb mixolydian", {10, 0, 2, 3, 5, 7, 8}),
        ("B♭ major", "Bb major", {10, 0, 2, 3, 5, 7, 9}),
        ("A#", "Bb major", {10, 0, 2, 3, 5, 7, 9}),
        ("E harmonic minor", "E harmonic minor", {4, 6, 7, 9, 11, 0, 3}),
        ("G pentatonic", "G pentatonic", {7, 9, 11, 2, 4}),
        ("A minor pentatonic", "A minor pentatonic", {9, 0, 2, 4, 7}),
        ("E blues", "E blues", {4, 7, 9, 10, 11, 2}),
        ("chromatic", "chromatic", set(range(12))),
        ("D 0 2 3 7 8", "D 0 2 3 7 8", {2, 4, 5, 9, 10}),
    ],
)
def test_a_scale_is_known_by_the_name_musicians_give_it(name: str, shown: str, tones: set[int]):
    scale = Scale.parse(name)
    assert scale.name == shown
    assert scale.pitch_classes == tones


@settings(deadline=None)
@given(st.integers(0, 11), st.sampled_from(sorted(MODES)))
def test_the_name_shown_is_a_name_understood(tonic: int, mode: str):
    scale = Scale.of(tonic, mode)
    assert Scale.parse(scale.name).pitch_classes == scale.pitch_classes


@pytest.mark.parametrize("name", ["", "H major", "C happy", "12", "C 0 13", "C 0"])
def test_what_is_no_scale_is_refused_with_what_could_be_one(name: str):
    with pytest.raises(UsageError) as error:
        Scale.parse(name)
    assert "C" in error.value.fix or "'D 0 2 3 7 8'" in error.value.fix


@settings(deadline=None)
@given(st.floats(0, 127), st.integers(0, 11), st.sampled_from(sorted(MODES)), st.sampled_from([-1, 0, 1]))
def test_the_nearest_is_of_the_scale_and_no_further_than_a_tie_from_the_best(
    pitch: float, tonic: int, mode: str, lean: int
):
    scale = Scale.of(tonic, mode)
    key = scale.nearest(pitch, lean)
    best = min((each for each in range(-4, 133) if each in scale), key=lambda each: abs(each - pitch))
    assert key in scale
    tie_st = 0.25 * max(1, abs(key - best)) if lean else 1e-9
    # A note within half a semitone of a tone of the scale is that tone, though a gap may be odd.
    assert abs(key - pitch) <= abs(best - pitch) + tie_st + 1e-9


@pytest.mark.parametrize(("lean", "key"), [(1, 62), (-1, 60), (0, 60)])
def test_a_wrong_note_half_way_goes_on_in_the_direction_of_the_melody(lean: int, key: int):
    assert Scale.parse("C major").nearest(61.0, lean) == key


def test_a_right_note_never_leans():
    scale = Scale.parse("C major")
    assert [scale.nearest(key, lean) for key in (60, 62, 64) for lean in (-1, 1)] == [60, 60, 62, 62, 64, 64]


@pytest.mark.parametrize(
    ("chord", "scale", "root", "keys"),
    [
        ("triad", "C major", 60, (60, 64, 67)),
        ("triad", "C major", 62, (62, 65, 69)),
        ("triad", "C major", 71, (71, 74, 77)),
        ("triad", "A minor", 57, (57, 60, 64)),
        ("seventh", "C major", 67, (67, 71, 74, 77)),
        ("seventh", "C major", 60, (60, 64, 67, 71)),
        ("third", "D dorian", 62, (62, 65)),
        ("triad", "A harmonic minor", 64, (64, 68, 71)),
        ("triad", "C pentatonic", 62, (62, 65, 69)),
        ("triad", "A minor pentatonic", 57, (57, 60, 64)),
        ("triad", "C blues", 66, (66, 69, 72)),
        ("triad", None, 60, (60,)),
        ("octave", None, 60, (60, 72)),
        ("power", "C major", 71, (71, 78, 83)),
        ("0, 4 -12", "C major", 60, (48, 60, 64)),
    ],
)
def test_a_chord_is_made_of_the_keys_own_thirds(chord: str, scale: str | None, root: int, keys: tuple[int, ...]):
    assert Chord.parse(chord).keys(root, None if scale is None else Scale.parse(scale)) == keys


@pytest.mark.parametrize("name", ["", "triangle", "0 99", "0 1 2 3 4 5 6 7 8"])
def test_what_is_no_chord_is_refused_with_what_could_be_one(name: str):
    with pytest.raises(UsageError, match="not a chord") as error:
        Chord.parse(name)
    assert all(chord in error.value.fix for chord in CHORDS)


@pytest.mark.parametrize(("name", "key"), [("C4", 60), ("a4", 69), ("Bb2", 46), ("c-1", 0), ("G9", 127), ("36", 36)])
def test_a_key_is_known_by_its_name_or_number(name: str, key: int):
    assert key_number(name) == key_number(key) == key


@pytest.mark.parametrize("name", ["H2", "G#9", "128", "-1", "", "C"])
def test_what_is_no_key_is_refused(name: str):
    with pytest.raises(UsageError, match="not a key"):
        key_number(name)
