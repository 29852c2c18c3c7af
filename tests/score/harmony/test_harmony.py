"""Scales, keys and chords are called what musicians call them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.harmony.chords import QUALITIES, Named, chord_at, chord_name, chords_between, pitches_at
from score.harmony.keys import find_key, rank_keys, weights_of
from score.harmony.scales import SCALES, Scale, pitch_class_named, pitch_name, scale_named
from score.note import Note
from score.notes import Notes

SCALE = st.builds(Scale, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71


def tune(*pitches, lengths=None):
    lengths = lengths or [480] * len(pitches)
    starts = [sum(lengths[:n]) for n in range(len(pitches))]
    return [Note(at, length, pitch) for at, length, pitch in zip(starts, lengths, pitches, strict=True)]


def key_of(notes):
    found = find_key(notes)
    assert found is not None
    return found


def test_scales_are_found_by_name_and_say_theirs():
    assert scale_named("D minor") == Scale(2, "minor")
    assert scale_named(" f# Harmonic  Minor ") == Scale(6, "harmonic minor")
    assert scale_named("Bb") == Scale(10, "major")
    assert scale_named("E♭ dorian") == Scale(3, "dorian")
    assert [str(scale_named(said)) for said in ("eb major", "g minor", "f# minor", "d dorian")] == [
        "Eb major",
        "G minor",
        "F# minor",
        "D dorian",
    ]
    assert Scale(9, "minor").pitch_classes == (9, 11, 0, 2, 4, 5, 7)
    for wrong in ("H major", "C mayor", ""):
        with pytest.raises(EditError, match="Give"):
            scale_named(wrong)
    with pytest.raises(EditError, match="Give 0"):
        Scale(12)


def test_notes_are_named_with_their_octaves():
    assert [pitch_name(pitch) for pitch in (0, 60, 61, 69, 127)] == ["C-1", "C4", "C#4", "A4", "G9"]
    assert pitch_name(61, flats=True) == "Db4"
    assert [pitch_class_named(said) for said in ("Cb", "B#", "Fx"[:1] + "##", "a")] == [11, 0, 7, 9]


@settings(deadline=None)
@given(SCALE)
def test_a_scale_begins_on_its_root_and_rises_within_an_octave(scale):
    steps = SCALES[scale.name]
    assert steps[0] == 0 and sorted(set(steps)) == list(steps) and steps[-1] < 12
    assert scale.has(scale.root)


@settings(deadline=None)
@given(SCALE, st.integers(0, 127), st.integers(-20, 20))
def test_a_step_there_and_back_is_where_one_was(scale, pitch, steps):
    pitch = scale.nearest(pitch)
    assert scale.pitch(scale.degree(pitch)) == pitch
    assert scale.stepped(scale.stepped(pitch, steps), -steps) == pitch
    assert scale.has(scale.stepped(pitch, steps))


@settings(deadline=None)
@given(SCALE, st.integers(0, 127))
def test_the_nearest_of_a_scale_is_on_it_and_on_the_side_asked_for(scale, pitch):
    near, up, down = (scale.nearest(pitch, toward) for toward in ("nearest", "up", "down"))
    assert all(scale.has(found) and 0 <= found <= 127 for found in (near, up, down))
    assert abs(near - pitch) <= min(abs(up - pitch), abs(down - pitch))
    if scale.has(pitch):
        assert near == up == down == pitch
    if 12 <= pitch <= 115:
        assert down <= pitch <= up


def test_the_key_of_a_tune_is_found():
    ode = tune(E, E, F, G, G, F, E, D, C, C, D, E, E, D, D, lengths=[480] * 12 + [720, 240, 960])
    assert str(key_of(ode).scale) == "C major"
    frere = tune(F, G, A, F, F, G, A, F, A, 70, 72, A, 70, 72, 72, 74, 72, 70, A, F)
    assert str(key_of(frere).scale) == "F major"
    greensleeves = tune(A, 72, 74, 76, 77, 76, 74, B, G, A, B, 72, A, A, 68, A, B, 68, 64, A)
    assert str(key_of(greensleeves).scale) == "A minor"


@settings(deadline=None)
@given(st.integers(0, 11), st.sampled_from(["major", "minor"]))
def test_every_key_is_found_from_its_cadence(root, name):
    scale = Scale(root, name)
    dominant = [7, 11, 14]  # its leading note, in minor as in major
    chords = [[scale.stepped(60 + root, degree + third) for third in (0, 2, 4)] for degree in (0, 3)]
    chords += [[60 + root + step for step in dominant], chords[0]]
    notes = [Note(960 * n, 960, pitch) for n, chord in enumerate(chords) for pitch in chord]
    found = key_of(notes)
    assert found.scale == scale
    assert found.confidence > 0.4


def test_a_key_is_surer_the_more_is_heard_and_unknown_where_nothing_is():
    scale = key_of(tune(C, D, E, F, G, A, B, C, G, E, C))
    interval = key_of(tune(C, D))
    assert scale.confidence > interval.confidence
    assert find_key([]) is None
    assert find_key(tune(*range(60, 72))) is None
    assert find_key([Note(0, 480, 60, muted=True)]) is None
    ranked = rank_keys(weights_of(tune(C, E, G)))
    assert len(ranked) == 24
    assert sum(found.confidence for found in ranked) == pytest.approx(1)
    assert [found.fit for found in ranked] == sorted((found.fit for found in ranked), reverse=True)


def test_a_key_hears_where_a_note_is_bent_to():
    bent = [Note(note.start_ticks, 480, note.pitch - 1, bend_st=((0, 1.0),)) for note in tune(C, E, G, C)]
    assert weights_of(bent) == weights_of(tune(C, E, G, C))


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((60, 64, 67), "C"),
        ((64, 67, 72), "C/E"),
        ((57, 60, 64), "Am"),
        ((55, 57, 60, 64), "Am7/G"),
        ((57, 60, 64, 67), "Am7"),
        ((60, 64, 67, 69), "C6"),
        ((59, 62, 65, 69), "Bm7b5"),
        ((62, 65, 69, 71), "Dm6"),
        ((60, 63, 66, 69), "Cdim7"),
        ((60, 64, 68), "Caug"),
        ((60, 65, 67), "Csus4"),
        ((60, 62, 67), "Csus2"),
        ((55, 59, 62, 65), "G7"),
        ((55, 59, 65), "G7"),
        ((60, 64, 71), "Cmaj7"),
        ((60, 64, 67, 74), "Cadd9"),
        ((60, 64, 67, 70, 74), "C9"),
        ((60, 64, 67, 70, 75), "C7#9"),
        ((60, 67), "C5"),
        ((67, 72), "C5/G"),
        ((54, 58, 61), "F#"),
        ((58, 62, 65), "Bb"),
        ((60, 64), None),
        ((60, 61, 62), None),
        ((60,), None),
        ((), None),
    ],
)
def test_chords_have_their_names(pitches, name):
    assert chord_name(pitches) == name


@settings(deadline=None)
@given(st.integers(0, 11), st.integers(0, len(QUALITIES) - 1))
def test_a_chord_in_root_position_is_named_by_its_bass_wherever_it_lies(root, which):
    steps = QUALITIES[which][1]
    name = chord_name([36 + root + step for step in steps])
    first = next(said for said, wanted in QUALITIES if wanted == steps)
    assert name is not None and name == chord_name([48 + root + step for step in steps])
    assert name.endswith(first) and "/" not in name.replace("6/9", "")


def test_a_chord_is_spelt_as_its_key_is():
    assert chord_name((61, 65, 68), Scale(8, "major")) == "Db"
    assert chord_name((61, 65, 68), Scale(6, "major")) == "C#"


def test_chords_are_named_as_they_sound_and_bend():
    notes = Notes(
        [
            Note(0, 960, 60, id=1),
            Note(0, 960, 64, id=2),
            Note(0, 960, 67, id=3),
            Note(960, 960, 57, id=4),
            Note(960, 960, 60, id=5),
            Note(960, 960, 63, bend_st=((0, 1.0),), id=6),
            Note(960, 960, 66, muted=True, id=7),
        ]
    )
    assert pitches_at(notes, 0) == [60, 64, 67]
    assert [chord_at([notes], ticks) for ticks in (0, 959, 960, 2000)] == ["C", "C", "Am", None]
    assert list(chords_between([notes], 0, 4000)) == [Named(0, 960, "C"), Named(960, 1920, "Am")]
    assert list(chords_between([notes], 500, 1000, shortest_ticks=100)) == [Named(500, 960, "C")]
    doubled = notes.replaced((), [Note(480, 2000, 72, id=9)])
    assert list(chords_between([doubled], 100, 1920)) == [Named(100, 960, "C"), Named(960, 1920, "Am")]
