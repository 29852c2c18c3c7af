"""Which key sounds on which string: slurs, chords, players, pedals, silent keys, and floods of notes."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.strings.controls import BOWED, NAMES, PIZZICATO, SOFT, SOSTENUTO, STACCATO, SUSTAIN
from realtime.dsp.strings.places import (
    CROSSED,
    CUT,
    FREE,
    HELD,
    MPE,
    PEDALLED,
    POLY,
    POLYPHONY,
    RELEASED,
    SLURRED,
    STRUCK,
)
from realtime.events import ALL_CHANNELS, FROM_APP, KEY_PRESSURE, NOTES_OFF, SILENCE
from tests.realtime.dsp.strings.cello_playing import (
    CC_OF,
    PLAIN,
    Array,
    Told,
    bend,
    brightness_hz,
    cc,
    cents_off,
    fresh,
    heard,
    key_hz,
    level_db,
    note,
    off,
    on,
    part,
    press,
    sung,
)

LOW = 24  # the first of the cello's silent keys


def after(score: list[Told], seconds: float, **knobs: float) -> Array:
    """The strings as a score leaves them."""
    state = fresh(**{**PLAIN, **knobs})
    heard(score, seconds, state=state)
    return state["hand"]["strings"][0]


def on_strings(strings: Array, stage: int = HELD) -> dict[int, int]:
    """The keys on strings at a stage, and how each began."""
    return {int(each["key"]): int(each["start"]) for each in strings if each["stage"] == stage}


def test_a_key_pressed_while_another_is_down_is_slurred_to_on_the_same_string():
    strings = after([on(0.0, 48), on(0.1, 50)], 0.11)
    assert on_strings(strings) == {50: SLURRED}
    assert (strings["stage"] != FREE).sum() == 1


def test_a_key_let_go_is_slurred_back_from():
    score = [on(0.0, 48), on(0.1, 50), off(0.2, 50)]
    assert on_strings(after(score, 0.21)) == {48: SLURRED}
    assert on_strings(after([*score, off(0.22, 48)], 0.23), RELEASED) == {48: SLURRED}


def test_keys_that_do_not_overlap_are_bowed_one_by_one():
    strings = after([*note(0.0, 0.1, 48), on(0.1, 50)], 0.11)
    assert on_strings(strings) == {50: STRUCK} and on_strings(strings, RELEASED) == {48: STRUCK}


@pytest.mark.parametrize(("farther", "start"), [(7, SLURRED), (-7, SLURRED), (8, CROSSED), (-8, CROSSED)])
def test_beyond_a_fifth_the_bow_crosses_to_another_string(farther, start):
    strings = after([on(0.0, 55), on(0.1, 55 + farther)], 0.11)
    assert on_strings(strings) == {55 + farther: start}
    assert on_strings(strings, RELEASED) == ({55: STRUCK} if start == CROSSED else {})


@pytest.mark.parametrize(("later_s", "together"), [(0.0, True), (0.034, True), (0.037, False)])
def test_keys_pressed_within_35_ms_are_a_double_stop(later_s, together):
    strings = after([on(0.0, 48), on(later_s, 55)], 0.06)
    assert on_strings(strings) == ({48: STRUCK, 55: STRUCK} if together else {55: SLURRED})


def test_a_chord_is_slurred_to_the_next_voice_by_voice():
    first = [on(0.0, key) for key in (48, 52, 55)]
    second = [on(0.2 + 0.003 * n, key) for n, key in enumerate((50, 53, 57))]
    strings = after([*first, *second], 0.22)
    assert set(on_strings(strings)) == {50, 53, 57}
    assert list(on_strings(strings).values()).count(SLURRED) >= 2


def test_a_note_is_slurred_to_a_double_stop_but_a_run_stays_one_voice():
    assert set(on_strings(after([on(0.0, 48), on(0.2, 50), on(0.21, 55)], 0.22))) == {50, 55}
    run = [on(0.2 + 0.025 * n, 50 + n) for n in range(4)]
    assert on_strings(after([on(0.0, 48), *run], 0.29)) == {53: SLURRED}


@pytest.mark.parametrize("pedal", (0.0, 1.0))
def test_the_same_key_again_is_a_new_stroke(pedal):
    strings = after([cc(0.0, SUSTAIN, pedal), *note(0.0, 0.1, 48), on(0.12, 48)], 0.121)
    assert on_strings(strings) == {48: STRUCK} and on_strings(strings, CUT) == {48: STRUCK}


def test_in_poly_each_key_has_a_string():
    strings = after([on(0.1 * n, 48 + n) for n in range(5)], 0.45, mode=POLY)
    assert on_strings(strings) == {48 + n: STRUCK for n in range(5)}


def test_keys_struck_harder_than_slurs_reach_are_bowed_anew():
    for velocity, start in ((0.6, SLURRED), (0.8, STRUCK)):
        assert on_strings(after([on(0.0, 48, 0.9), on(0.1, 50, velocity)], 0.11, slurring=0.7)) == {50: start}


def test_channels_are_players_who_neither_slur_nor_silence_each_other():
    strings = after([on(0.0, 48, channel=1), on(0.1, 50, channel=2), on(0.2, 50, channel=3)], 0.21)
    assert sorted((int(each["channel"]), int(each["key"])) for each in strings if each["stage"] == HELD) == [
        (1, 48),
        (2, 50),
        (3, 50),
    ]


def test_a_bend_moves_only_its_own_player():
    keys = {1: 45, 2: 64}
    score = [on(0.0, key, channel=channel) for channel, key in keys.items()] + [bend(0.1, 0.3, 2)]
    sound = part(heard(score, 1.3, **PLAIN), 0.4, 1.3)
    assert abs(cents_off(sound, key_hz(45))) < 2.0
    assert abs(cents_off(sound, key_hz(64.3))) < 20.0  # a harmonic of the other note is near


def test_pressure_and_timbre_shape_only_their_own_player():
    def alone(shaped: list[Told]) -> Array:
        return part(heard([on(0.0, 45, channel=1), *shaped], 0.7, **PLAIN), 0.4, 0.7)

    plain = alone([])
    for other in (press(0.1, 1.0, 2), cc(0.1, CC_OF["bow_position"], 1.0, 2), bend(0.1, 3.0, 2)):
        np.testing.assert_array_equal(alone([other]), plain)
    assert level_db(alone([press(0.1, 1.0, 1)])) > level_db(plain) + 6.0
    assert level_db(alone([Told(0.1, KEY_PRESSURE, 45, 1.0, 1)])) > level_db(plain) + 6.0
    np.testing.assert_array_equal(alone([Told(0.1, KEY_PRESSURE, 46, 1.0, 1)]), plain)
    assert brightness_hz(alone([cc(0.1, CC_OF["bow_position"], 1.0, 1)])) > 1.3 * brightness_hz(plain)


def test_a_note_that_is_over_is_not_bent_with_the_next():
    strings = after([*note(0.0, 0.1, 48, channel=3), on(0.11, 55, channel=3), bend(0.12, 2.0, 3)], 0.13)
    bends = {int(each["key"]): float(each["bend_st"]) for each in strings if each["stage"] != FREE}
    assert bends == {48: 0.0, 55: 2.0}


def test_the_sustain_pedal_holds_what_is_let_go():
    score = [cc(0.0, SUSTAIN, 1.0), *note(0.0, 0.1, 48)]
    assert on_strings(after(score, 0.5), PEDALLED) == {48: STRUCK}
    assert on_strings(after([*score, cc(0.2, SUSTAIN, 0.0)], 0.21), RELEASED) == {48: STRUCK}


def test_the_pedal_let_go_slurs_back_to_a_key_that_is_still_down():
    score = [on(0.0, 48), on(0.1, 50), cc(0.15, SUSTAIN, 1.0), off(0.2, 50), cc(0.3, SUSTAIN, 0.0)]
    assert on_strings(after(score, 0.31)) == {48: SLURRED}


def test_sostenuto_holds_what_was_down_when_it_was_pressed():
    score = [on(0.0, 48), cc(0.1, SOSTENUTO, 1.0), on(0.2, 50), off(0.3, 48), off(0.3, 50)]
    strings = after(score, 0.31, mode=POLY)
    assert on_strings(strings, PEDALLED) == {48: STRUCK} and on_strings(strings, RELEASED) == {50: STRUCK}
    assert on_strings(after([*score, cc(0.4, SOSTENUTO, 0.0)], 0.41, mode=POLY), PEDALLED) == {}


def test_the_soft_pedal_puts_the_sordino_on():
    def bright(pedal: float) -> float:
        return brightness_hz(part(heard([on(0.0, 48), cc(0.1, SOFT, pedal)], 0.7, **PLAIN), 0.4, 0.7))

    assert bright(1.0) < 0.7 * bright(0.0)


def test_silent_keys_choose_how_the_next_notes_are_played():
    score = [*note(0.0, 0.01, LOW + PIZZICATO), on(0.1, 48), *note(0.2, 0.21, LOW + STACCATO), on(0.3, 50)]
    strings = after(score, 0.31)
    assert {int(each["key"]): int(each["manner"]) for each in strings if each["stage"] == HELD} == {
        48: PIZZICATO,
        50: STACCATO,
    }
    assert np.abs(heard(note(0.0, 0.1, LOW), 0.2, **PLAIN)).max() == 0.0


def test_a_silent_key_speaks_for_its_channel_and_in_mpe_for_all():
    score = [on(0.0, LOW + PIZZICATO, channel=2), on(0.1, 48, channel=3)]
    assert after(score, 0.11)["manner"].max() == BOWED
    assert after(score, 0.11, mode=MPE)["manner"].max() == PIZZICATO


def test_silent_keys_lie_under_each_instruments_own_range():
    strings = after([on(0.0, 43 + PIZZICATO), on(0.1, 60)], 0.11, instrument=1.0)
    assert on_strings(strings) == {60: STRUCK} and strings["manner"].max() == PIZZICATO


def test_32_notes_sound_and_a_33rd_takes_one_whose_key_is_up_or_else_the_oldest():
    score = [on(0.01 * n, 36 + n) for n in range(POLYPHONY)]
    strings = after(score, 0.35, mode=POLY)
    assert len(on_strings(strings)) == POLYPHONY
    assert on_strings(after([*score, on(0.35, 80)], 0.351, mode=POLY), CUT) == {36: STRUCK}
    lifted = [*score, off(0.34, 50), on(0.35, 80)]
    assert on_strings(after(lifted, 0.351, mode=POLY), CUT) == {50: STRUCK}


def test_ten_thousand_notes_at_once_leave_32_that_sound():
    random = np.random.default_rng(4)
    flood = [on(0.3, int(key), 0.5, int(channel)) for key, channel in random.integers((36, 0), (96, 16), (10_000, 2))]
    state = fresh(**PLAIN, mode=POLY)
    sound = heard([*(on(0.0, 100 + n, 0.3) for n in range(20)), *flood], 0.5, state=state)
    stages = state["hand"]["strings"][0]["stage"]
    assert (stages == HELD).sum() == POLYPHONY and ((stages != FREE) & (stages != HELD)).sum() <= 8
    assert np.isfinite(sound).all() and np.abs(sound).max() < 30.0


def test_all_notes_off_lets_go_as_keys_do_and_minds_its_channels_pedal():
    score = [on(0.0, 48, channel=1), on(0.0, 60, channel=2), cc(0.05, SUSTAIN, 1.0, 2)]
    strings = after([*score, Told(0.1, NOTES_OFF, channel=1), Told(0.1, NOTES_OFF, channel=2)], 0.11)
    assert on_strings(strings, RELEASED) == {48: STRUCK} and on_strings(strings, PEDALLED) == {60: STRUCK}
    strings = after([*score, Told(0.1, NOTES_OFF, channel=ALL_CHANNELS)], 0.11)
    assert set(on_strings(strings, RELEASED)) == {48, 60}


def test_silence_cuts_within_milliseconds():
    state = fresh(**PLAIN)
    sound = heard([on(0.0, 48), on(0.0, 55), Told(0.3, SILENCE, channel=ALL_CHANNELS)], 0.4, state=state)
    assert not state["hand"]["strings"]["stage"].any()
    assert np.abs(part(sound, 0.306, 0.4)).max() == 0.0 < np.abs(part(sound, 0.29, 0.3)).max()


def test_a_key_pressed_and_let_go_at_the_same_frame_begins_and_ends():
    state = fresh(**PLAIN)
    heard([*note(0.1, 0.1, 48), *note(0.1, 0.1, 50)], 1.0, state=state)
    assert not state["hand"]["strings"]["stage"].any()


def test_a_note_without_velocity_is_a_key_that_goes_up():
    assert on_strings(after([on(0.0, 48), on(0.1, 48, 0.0)], 0.11), RELEASED) == {48: STRUCK}


def test_every_control_is_looked_at_by_its_own_name():
    """The knobs' order in the state is the table's: a knob turned is felt under its name, whatever the others are."""
    state = fresh()
    for name in NAMES:
        state[name] = state[name] + 0.01
    heard([], 0.01, state=state)
    np.testing.assert_allclose(state["hand"]["turned_to"][0], [state[name][0] for name in NAMES])


def test_who_sings_and_who_presses_keys_on_one_channel_are_two_players():
    strings = after([on(0.0, 48), sung(on(0.1, 50)), on(0.2, 52), sung(bend(0.25, 1.0))], 0.3)
    assert on_strings(strings) == {52: SLURRED, 50: STRUCK}
    bends = {int(each["key"]): float(each["bend_st"]) for each in strings if each["stage"] == HELD}
    assert bends == {52: 0.0, 50: 1.0}


def test_a_low_note_that_is_sung_is_a_note_and_a_voice_brings_its_own_vibrato():
    assert on_strings(after([sung(on(0.0, LOW))], 0.1)) == {LOW: STRUCK}
    steady = heard([sung(on(0.0, 57))], 2.0, model=0.0, hall=0.0)
    swaying = heard([on(0.0, 57)], 2.0, model=0.0, hall=0.0)
    pitches = [
        [cents_off(part(sound, at, at + 0.05), key_hz(57)) for at in np.arange(1.0, 1.9, 0.025)]
        for sound in (steady, swaying)
    ]
    assert np.ptp(pitches[0]) < 3.0 < 10.0 < np.ptp(pitches[1])


def test_a_panic_of_the_app_silences_everybody():
    score = [on(0.0, 48), sung(on(0.0, 60)), Told(0.1, SILENCE, channel=ALL_CHANNELS, source=FROM_APP)]
    assert on_strings(after(score, 0.2)) == {}
