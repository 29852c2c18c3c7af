"""The state machine alone: the pitch, the loudness and the end of a note that sounds. Hops are made by hand."""

from __future__ import annotations

import math

import pytest

from ml.notes import Notes, Tuning
from ml.pitches import Pitches
from ml.profile import Profile
from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE
from tests.ml.learned.sung_hops import (
    HOP_FRAMES,
    ages,
    bound,
    hear,
    keys,
    note,
    rest,
    values,
    voice,
)

FIRST = 41


def vibrato(midi: float, depth_st: float, hops: int = 300, rate_hz: float = 5.5) -> list[float]:
    return [midi + depth_st * math.sin(2.0 * math.pi * rate_hz * 0.005 * n) for n in range(hops)]


@pytest.mark.parametrize("rate_hz", [4.5, 5.5, 7.0])
@pytest.mark.parametrize("depth_st", [0.3, 0.7, 1.0])
def test_vibrato_of_up_to_a_semitone_is_one_note_and_is_heard_in_the_bend(depth_st, rate_hz):
    notes = Notes()
    shaken = bound(vibrato(60, depth_st, rate_hz=rate_hz))
    said = list(hear(notes, rest(), note(60, 30), shaken, rest()))
    assert keys(said) == [60]
    assert max(values(said, BEND)) == pytest.approx(depth_st, abs=0.03)
    assert min(values(said, BEND)) == pytest.approx(-depth_st, abs=0.03)
    assert notes.sung[0].pitch_midi == pytest.approx(60.0, abs=0.15)


def test_a_scoop_that_was_seen_through_begins_at_its_goal_and_in_tune():
    scooped = [voice(57.5 + 2.5 * n / 20, ages=ages(5.0 * n + 2.5, 0.9), meant=60.0, sure=0.9) for n in range(20)]
    said = list(hear(notes := Notes(), rest(), scooped, bound([60.0] * 80), rest()))
    assert keys(said) == [60]
    assert values(said, BEND)[-1] == pytest.approx(0.0, abs=0.02)
    assert notes.sung[0].pitch_midi == pytest.approx(60.0, abs=0.05)
    assert notes.sung[0].sent_pitch_midi == pytest.approx(60.0)


def test_a_scoop_that_was_not_seen_through_is_bent_to_its_goal_and_not_struck_again():
    scooped = [
        voice(58.6 + 1.4 * n / 16, ages=ages(5.0 * n + 2.5, 0.9)) for n in range(16)
    ]  # `meant` is only what is heard
    said = list(hear(notes := Notes(), rest(), scooped, bound([60.0] * 80), rest()))
    assert keys(said) == [59]
    assert 59 + values(said, BEND)[-1] == pytest.approx(60.0, abs=0.02)
    assert notes.sung[0].pitch_midi == pytest.approx(60.0, abs=0.05)


@pytest.mark.parametrize("to", [61.0, 62.0, 55.0, 72.0])
def test_a_slur_without_any_onset_becomes_a_second_note_where_the_pitch_changed(to):
    notes = Notes()
    said = list(hear(notes, rest(), note(60, 60), bound([to] * 60), rest()))
    assert keys(said) == [60, round(to)]
    second = notes.sung[1]
    assert abs(second.onset_frame - (FIRST + 60) * HOP_FRAMES) <= 4 * HOP_FRAMES
    assert second.pitch_midi == pytest.approx(to, abs=0.02)
    assert notes.sung[0].offset_frame <= second.onset_frame


def test_a_slur_too_small_to_be_a_note_is_bent():
    said = list(hear(Notes(), rest(), note(60, 60), bound([60.5] * 60), rest()))
    assert keys(said) == [60]
    assert values(said, BEND)[-1] == pytest.approx(0.5, abs=0.02)


def test_a_glide_over_a_whole_octave_is_no_flood_of_notes():
    glide = [60.0 + 12.0 * n / 200 for n in range(200)]
    assert len(keys(hear(Notes(), rest(), note(60, 60), bound(glide), bound([72.0] * 80), rest()))) <= 4


def test_the_bend_and_the_pressure_stand_before_the_note():
    said = [each for _, each in hear(Notes(), rest(), note(60.3, 60))]
    on = [each.kind for each in said].index(NOTE_ON)
    assert {BEND, PRESSURE} <= {each.kind for each in said[:on]}
    assert said[0].kind == BEND
    assert said[0].value == pytest.approx(0.3, abs=0.01)


def test_a_note_starts_in_tune_though_the_one_before_it_was_bent():
    said = [each for _, each in hear(Notes(), rest(), note(60.4, 60), note(64.0, 40), rest())]
    second = [n for n, each in enumerate(said) if each.kind == NOTE_ON][1]
    assert said[second].number + [each.value for each in said[:second] if each.kind == BEND][-1] == pytest.approx(64.0)


def test_the_note_before_is_ended_before_the_next_begins():
    said = [each.kind for _, each in hear(Notes(), rest(), note(60, 40), note(62, 40))]
    assert said.index(NOTE_OFF) < len(said) - 1 - said[::-1].index(NOTE_ON)


@pytest.mark.parametrize("range_st", [0.0, 1.0, 2.0, 12.0])
def test_a_bend_never_leaves_its_range(range_st):
    wild = bound([60 + 30 * math.sin(n) for n in range(200)])
    said = list(hear(Notes(bend_range_st=range_st), rest(), note(60, 40), wild))
    assert all(abs(bend) <= range_st for bend in values(said, BEND))


def test_one_hop_that_takes_an_octave_for_another_is_not_heard():
    for slip in (72.0, 48.0):
        said = list(hear(Notes(), rest(), note(60, 60), bound([slip]), bound([60] * 60), rest()))
        assert keys(said) == [60]
        assert all(abs(bend) < 0.05 for bend in values(said, BEND))


def test_a_tracker_an_octave_off_is_put_right_by_what_is_meant():
    said = list(hear(notes := Notes(), rest(), note(48, 80, meant=60.0), rest()))
    assert keys(said) == [60]
    assert all(abs(bend) < 0.05 for bend in values(said, BEND))
    assert notes.sung[0].pitch_midi == pytest.approx(60.0, abs=0.01)


def test_bends_that_nobody_would_hear_are_not_sent():
    said = list(hear(Notes(), rest(), note(60, 60), bound([60.0 + 0.002 * (n % 2) for n in range(200)]), rest()))
    assert len(values(said, BEND)) <= 2
    assert len(values(said, PRESSURE)) < 260 / 30  # the ear's own measure of what is loud drifts by 1 dB a second


def test_a_note_ends_where_the_voice_ended_and_not_where_that_was_decided():
    notes = Notes()
    said = list(hear(notes, rest(), note(60, 60), rest()))
    assert notes.sung[0].offset_frame == (FIRST + 59) * HOP_FRAMES
    off = next(n for n, each in said if each.kind == NOTE_OFF)
    assert off == FIRST + 59 + Tuning().hold_hops


def test_a_gap_shorter_than_the_hold_ends_no_note():
    hold = Tuning().hold_hops
    said = list(hear(Notes(), rest(), note(60, 60), rest(hold - 1), bound([60] * 60), rest()))
    assert keys(said) == [60]
    assert len(keys(said, NOTE_OFF)) == 1
    said = list(hear(Notes(), rest(), note(60, 60), rest(hold), bound([60] * 6), rest()))
    assert [n for n, each in said if each.kind == NOTE_OFF] == [FIRST + 60 + hold - 1]


def test_a_louder_note_is_struck_harder_and_the_softest_is_still_heard():
    notes = Notes()
    levels = (-10.0, -20.0, -30.0, -55.0)
    list(hear(notes, *([*rest(20), *note(60, 40, level_db=level)] for level in levels), rest()))
    velocities = [sung.velocity for sung in notes.sung]
    assert velocities == sorted(velocities, reverse=True)
    assert velocities[1] - velocities[2] == pytest.approx(
        10.0 / 40.0, abs=0.03
    )  # 40 dB from the softest to the loudest
    assert velocities[3] == pytest.approx(0.1)


def test_a_profile_that_knows_how_loud_the_singer_gets_sets_the_velocity_of_the_first_note():
    for loudest_db, dynamics_db, velocity in ((-10.0, 40.0, 0.75), (-10.0, 20.0, 0.5), (-20.0, 40.0, 1.0)):
        notes = Notes(profile=Profile(loudest_db=loudest_db, dynamics_db=dynamics_db))
        said = list(hear(notes, rest(), note(60, 40, level_db=-20.0), rest()))
        assert values(said, NOTE_ON) == [pytest.approx(velocity)]


def test_a_swell_is_pressed_harder_and_harder():
    swell = [voice(60, level_db=-50.0 + 0.4 * n) for n in range(80)]
    said = list(hear(Notes(profile=Profile(loudest_db=-10.0)), rest(), note(60, 30, level_db=-50.0), swell))
    pressed = values(said, PRESSURE)
    assert pressed == sorted(pressed)
    assert pressed[-1] > 0.7


def test_the_pitch_of_the_whole_note_leaves_out_its_scoop_and_its_fall():
    pitches = Pitches(voice(58.0))
    for midi in [58.0 + 2.0 * n / 20 for n in range(20)] + [60.1] * 100 + [60.1 - 3.0 * n / 15 for n in range(15)]:
        pitches.hear(voice(midi))
    assert pitches.median() == pytest.approx(60.1, abs=0.01)


def test_the_pitch_that_sounds_goes_over_from_what_is_meant_to_what_is_heard():
    pitches = Pitches(voice(59.0, meant=60.0))
    sounding = [pitches.hear(voice(59.0, meant=60.0)) for _ in range(40)]
    assert sounding == sorted(sounding, reverse=True)
    assert sounding[0] > 59.9
    assert sounding[-1] == pytest.approx(59.0)


def test_a_note_too_short_to_have_been_heard_has_the_pitch_that_was_meant():
    assert Pitches(voice(59.0, meant=60.0)).median() == 60.0
