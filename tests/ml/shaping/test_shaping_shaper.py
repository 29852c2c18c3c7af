"""What is played for what is sung."""

from __future__ import annotations

import pytest

from ml.said import Said
from ml.shaping import Chord, Mode, Outside, Scale, Shape, Shaper
from realtime.events import BEND, CONTROL, NOTE_OFF, NOTE_ON, NOTES_OFF, PRESSURE
from tests.ml.shaping.tunes import KOROBEINIKI, TWINKLE, bends, held, keys, rest, slurred, sung, told, tune

C_MAJOR = Shape(mode=Mode.SCALE, scale=Scale.of(0, "major"), follow_tuning=False)
TRIADS = Shape(mode=Mode.CHORD, scale=Scale.of(0, "major"), follow_tuning=False)


def kinds(said: list[Said]) -> list[int]:
    return [each.kind for each in said]


def test_free_pitch_is_passed_on_as_it_is():
    shaper = Shaper()
    for hop in sung(held(60.3), held(64.2)):
        assert shaper.shape(hop) is hop
    assert shaper.finish() == []


def test_a_note_that_the_ears_left_open_ends_with_the_voice():
    shaper = Shaper()
    shaper.shape([Said(NOTE_ON, 60, 0.7)])
    assert shaper.finish() == [Said(NOTE_OFF, 60, 0.5)]
    assert shaper.finish() == []


def test_octave_and_transposition_move_the_keys_and_leave_the_bends():
    said = told(Shape(octave=-1, transpose_st=3), sung(held(60.3)))
    assert keys(said) == keys(said, NOTE_OFF) == [51]
    assert bends(said) == [pytest.approx(0.3)]


def test_a_wrong_note_goes_to_the_scale_in_the_direction_of_the_melody():
    assert keys(told(C_MAJOR, sung(held(60), held(61), held(64)))) == [60, 62, 64]
    assert keys(told(C_MAJOR, sung(held(64), held(61), held(60)))) == [64, 60, 60]


def test_a_slur_within_one_tone_of_the_scale_is_still_two_notes():
    said = told(C_MAJOR, slurred(held(64), held(61), held(60)))
    assert keys(said) == keys(said, NOTE_OFF) == [64, 60, 60]


def test_the_key_that_is_found_corrects_what_does_not_belong():
    shaper = Shaper(Shape(mode=Mode.SCALE))
    said = told(shaper, sung(*(held(note) for note in [*tune(KOROBEINIKI), 66, 64])))
    assert shaper.key_name == "A minor"
    assert keys(said)[-2:] == [67, 64]  # up to it, from the tune's last A


def test_before_a_key_is_known_every_semitone_is_right():
    assert keys(told(Shape(mode=Mode.SCALE), sung(held(61), held(62)))) == [61, 62]


def test_the_key_is_found_in_free_pitch_too_for_a_screen():
    shaper = Shaper()
    told(shaper, sung(*(held(note) for note in tune(TWINKLE) * 2)))
    assert shaper.key_name == "C major"
    shaper.reset()
    assert shaper.key_name is None
    assert Shaper(C_MAJOR).key_name == "C major"


def test_the_tuning_is_shown_in_cents():
    shaper = Shaper()
    told(shaper, sung(*(held(note - 0.3) for note in tune(TWINKLE))))
    assert shaper.tuning_cents == pytest.approx(-30, abs=6)


def test_a_sung_note_plays_a_chord_of_the_key():
    said = told(TRIADS, sung(held(62)))
    assert keys(said) == keys(said, NOTE_OFF) == [62, 65, 69]


def test_a_slur_keeps_the_common_tones_of_two_chords():
    said = told(TRIADS, slurred(held(60), held(64)))
    assert keys(said) == [60, 64, 67, 71]
    assert keys(said, NOTE_OFF) == [60, 64, 67, 71]


def test_a_chord_sung_again_is_struck_again():
    said = told(TRIADS, slurred(held(60), held(60)))
    assert keys(said) == keys(said, NOTE_OFF) == [60, 64, 67] * 2


def test_chords_of_a_key_not_yet_found_are_the_sung_note_alone():
    assert keys(told(Shape(mode=Mode.CHORD), sung(held(60)))) == [60]


def test_tones_of_a_chord_that_fold_onto_one_key_sound_once():
    octaves = Shape(mode=Mode.CHORD, chord=Chord.parse("octave"), lowest=60, highest=71)
    said = told(octaves, sung(held(62)))
    assert keys(said) == keys(said, NOTE_OFF) == [62]


def test_a_note_left_out_of_the_range_says_no_note_and_no_bend():
    said = told(Shape(lowest=60, outside=Outside.LEAVE_OUT), sung(held(58.2), held(61.2)))
    assert keys(said) == keys(said, NOTE_OFF) == [61]
    assert bends(said) == [pytest.approx(0.2)]


def test_a_held_note_rings_until_the_next_begins():
    said = told(Shape(hold=True), sung(held(60), held(64), rest_s=0.5))
    heard = [(n, each.kind, each.number) for n, each in said if each.kind in (NOTE_ON, NOTE_OFF)]
    second = heard[1][0]
    assert heard[:3] == [(0, NOTE_ON, 60), (second, NOTE_OFF, 60), (second, NOTE_ON, 64)]
    assert second == 160 + 1  # the rest was 0.5 s, the note 0.3 s and the hop of its end
    assert keys(said, NOTE_OFF) == [60, 64]


def test_a_held_note_rings_until_it_is_released():
    shaper = Shaper(Shape(hold=True))
    for hop in sung(held(60)):
        shaper.shape(hop)
    assert shaper.release() == [Said(NOTE_OFF, 60, 0.5)]
    assert shaper.release() == shaper.finish() == []


def test_what_is_sung_now_is_not_released():
    shaper = Shaper(Shape(hold=True))
    shaper.shape([Said(NOTE_ON, 60, 0.7)])
    assert shaper.release() == []


def test_a_held_note_rings_as_loud_as_it_was_sung_and_does_not_fade_with_the_breath():
    shaper = Shaper(Shape(hold=True))
    shaper.shape([Said(PRESSURE, 0, 0.8), Said(NOTE_ON, 60, 0.7)])
    for pressure in (0.8, 0.8, 0.1):
        shaper.shape([Said(PRESSURE, 0, pressure)])
    ends = shaper.shape([Said(NOTE_OFF, 60, 0.5)])
    assert kinds(ends) == [PRESSURE]
    assert ends[0].value == pytest.approx(1.7 / 3)


def test_what_is_said_while_a_note_rings_on_waits_for_the_next():
    shaper = Shaper(Shape(hold=True))
    for hop in sung(held(60)):
        shaper.shape(hop)
    assert shaper.shape([Said(PRESSURE, 0, 0.2), Said(CONTROL, 74, 0.9), Said(PRESSURE, 0, 0.3)]) == []
    said = shaper.shape([Said(BEND, 0, 0.25), Said(NOTE_ON, 64, 0.7)])
    assert said == [
        Said(NOTE_OFF, 60, 0.5),
        Said(BEND, 0, 0.25),
        Said(CONTROL, 74, 0.9),
        Said(PRESSURE, 0, 0.3),
        Said(NOTE_ON, 64, 0.7),
    ]


def test_a_slur_lifts_first_and_bends_before_it_strikes():
    shaper = Shaper(Shape(octave=1))
    shaper.shape([Said(BEND, 0, 0.1), Said(NOTE_ON, 60, 0.7)])
    said = shaper.shape([Said(NOTE_OFF, 60, 0.4), Said(BEND, 0, -0.2), Said(PRESSURE, 0, 0.5), Said(NOTE_ON, 62, 0.6)])
    assert said == [
        Said(NOTE_OFF, 72, 0.5),
        Said(BEND, 0, -0.2),
        Said(PRESSURE, 0, 0.5),
        Said(NOTE_ON, 74, 0.6),
    ]


def test_expression_passes_in_every_mode():
    for mode in Mode:
        shaper = Shaper(Shape(mode=mode, octave=1))
        shaper.shape([Said(NOTE_ON, 60, 0.7)])
        assert Said(CONTROL, 74, 0.3) in shaper.shape([Said(CONTROL, 74, 0.3), Said(PRESSURE, 0, 0.4)])


def test_a_new_shape_begins_with_the_next_note():
    shaper = Shaper()
    shaper.shape([Said(NOTE_ON, 60, 0.7)])
    assert shaper.change(Shape(octave=1)) == []
    assert shaper.wanted == Shape(octave=1)
    assert shaper.shape([Said(NOTE_OFF, 60, 0.5)]) == [Said(NOTE_OFF, 60, 0.5)]
    assert Said(NOTE_ON, 72, 0.7) in shaper.shape([Said(NOTE_ON, 60, 0.7)])
    shaper.change(Shape())
    assert shaper.shape([Said(NOTE_OFF, 60, 0.5)]) == [Said(NOTE_OFF, 72, 0.5)]
    assert shaper.shape([Said(NOTE_ON, 60, 0.7)])[-1] == Said(NOTE_ON, 60, 0.7)


def test_a_shape_that_holds_no_longer_lets_go_of_what_it_held():
    shaper = Shaper(Shape(hold=True))
    for hop in sung(held(60)):
        shaper.shape(hop)
    assert shaper.change(Shape()) == [Said(NOTE_OFF, 60, 0.5)]


def test_a_call_for_silence_ends_every_key_of_a_chord_and_is_passed_on():
    shaper = Shaper(TRIADS)
    shaper.shape([Said(NOTE_ON, 60, 0.7)])
    said = shaper.shape([Said(NOTES_OFF, 0, 0.0)])
    assert [each.number for each in said if each.kind == NOTE_OFF] == [60, 64, 67]
    assert said[-1].kind == NOTES_OFF
    assert shaper.shape([Said(NOTE_OFF, 60, 0.5)]) == shaper.finish() == []


def test_silence_is_answered_with_nothing():
    shaper = Shaper(C_MAJOR)
    assert [shaper.shape(hop) for hop in rest(0.5)] == [[]] * 100
