"""A note is put right when it settles elsewhere, and only then."""

from __future__ import annotations

import math
import random

import pytest

from ml.shaping import Mode, Shape
from realtime.events import BEND, NOTE_OFF, NOTE_ON
from tests.ml.shaping.tunes import bends, glide, held, keys, rest, slurred, sung, told, vibrato

SEMITONE = Shape(mode=Mode.SEMITONE)


def test_a_note_in_tune_is_struck_once_without_a_bend():
    said = told(SEMITONE, sung(held(60.2)))
    assert keys(said) == keys(said, NOTE_OFF) == [60]
    assert set(bends(said)) == {0.0}


def test_a_note_is_struck_in_the_hop_it_is_sung_in():
    said = told(SEMITONE, rest(0.1), sung(held(60.2)))
    assert [n for n, each in said if each.kind == NOTE_ON] == [20]


@pytest.mark.parametrize("depth_st", [0.3, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("rate_hz", [4.0, 4.5, 5.5, 7.0])
@pytest.mark.parametrize("phase", [0.0, 0.5 * math.pi, math.pi, 1.5 * math.pi])
def test_a_vibrato_of_up_to_a_semitone_stays_one_note(depth_st: float, rate_hz: float, phase: float):
    # Struck on the key it swings about, wherever the voice was in its swing when the ears said so.
    begun = held(60.0, 0.01) + vibrato(60.0, depth_st, rate_hz, phase=phase)
    assert keys(told(SEMITONE, sung(begun, key=60))) == [60]


def test_a_note_begun_wrong_is_put_right_by_one_slur_within_80_ms():
    said = told(SEMITONE, sung(held(61.0, 0.02) + held(62.1), key=61))
    assert keys(said) == [61, 62]
    (again,) = [n for n, each in said if each.kind == NOTE_ON][1:]
    assert again <= 16
    assert [each.kind for n, each in said if n == again] == [NOTE_OFF, NOTE_ON]
    assert len({each.value for _, each in said if each.kind == NOTE_ON}) == 1


@pytest.mark.parametrize("scoop_s", [0.05, 0.1, 0.2, 0.35, 0.5])
def test_a_scoop_plays_none_of_the_keys_it_passes(scoop_s: float):
    said = told(SEMITONE, sung(glide(57.6, 61.0, scoop_s) + held(61.0, 0.6), key=60))
    assert keys(said) == [58, 61]


def test_a_scoop_that_was_sent_on_its_goal_is_one_note():
    jitter = random.Random(3)
    arrived = [60 + jitter.gauss(0, 0.05) for _ in range(60)]
    assert keys(told(SEMITONE, sung([60.0, *glide(59.6, 60.0, 0.08), *arrived]))) == [60]


def test_a_note_that_begins_wrong_with_vibrato_is_put_right_too():
    said = told(SEMITONE, sung(held(60.0, 0.02) + vibrato(62.0, 0.5, 5.5)))
    assert keys(said) == [60, 62]


def test_who_sinks_by_half_a_semitone_on_a_long_note_has_not_begun_another():
    assert keys(told(SEMITONE, sung(held(60.0, 1.0) + glide(60.0, 59.4, 2.0) + held(59.4, 2.0)))) == [60]


def test_a_voice_that_goes_elsewhere_for_good_is_followed():
    assert keys(told(SEMITONE, sung(held(60.0, 1.0) + glide(60.0, 62.0, 0.2) + held(62.0, 1.0)))) == [60, 62]


def test_a_singer_who_is_flat_throughout_is_played_in_tune():
    notes = [60, 62, 64, 65, 67, 65, 64, 62, 60, 62, 64, 65, 67]
    flat = [held(note - 0.42 - 0.01 * n) for n, note in enumerate(notes)]
    assert keys(told(SEMITONE, sung(*flat))) == notes
    untuned = Shape(mode=Mode.SEMITONE, follow_tuning=False)
    assert keys(told(untuned, sung(*flat)))[-1] == notes[-1] - 1


def test_without_portamento_a_glide_becomes_steps_and_keeps_its_intonation():
    said = told(Shape(portamento=False), slurred(held(60.2) + glide(60.2, 62.3, 0.2) + held(62.3, 0.6)))
    assert keys(said) == [60, 62]
    assert max(map(abs, bends(said))) <= 0.5
    assert bends(said)[0] == pytest.approx(0.2)
    assert bends(said)[-1] == pytest.approx(0.3)


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("mode", [Mode.FREE, Mode.SEMITONE])
def test_as_much_of_a_vibrato_is_kept_as_is_wanted(mode: Mode, kept: float):
    said = told(Shape(mode=mode, vibrato=kept, octave=1), sung(vibrato(60.1, 0.4, 5.5)))
    late = [each.value for n, each in said if n > 100 and each.kind == BEND]
    extent = max(late) - min(late) if late else 0.0
    assert extent == pytest.approx(0.8 * kept, abs=0.08)


def test_a_scoop_is_no_vibrato():
    said = told(Shape(mode=Mode.SEMITONE, vibrato=1.0), sung(glide(59.0, 60.0, 0.12) + held(60.0)))
    assert max(map(abs, bends(said))) < 0.02
