"""The synthesiser plays what it is told: right pitches, right loudness, and not a click at any event."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from realtime.dsp.tone import tone
from realtime.dsp.voices import CUT, FREE, POLYPHONY, VOICES
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
    event,
)
from tests.realtime.dsp.playing import RATE, play, turn

SECOND = 48_000
SUSTAIN, EXPRESSION = 64, 11


def on(frame, key, velocity=0.8, channel=0):
    return event(NOTE_ON, frame=frame, number=key, value=velocity, channel=channel)


def off(frame, key, channel=0):
    return event(NOTE_OFF, frame=frame, number=key, channel=channel)


def control(frame, number, value, channel=0):
    return event(CONTROL, frame=frame, number=number, value=value, channel=channel)


def heard(events, frames=SECOND, rate=RATE, state=None, **knobs):
    """Both sides as one, sine-shaped unless said otherwise."""
    state = tone.new_state(rate, **{"shape": 0.0, **knobs}) if state is None else state
    return play(tone, frames, events, state=state, rate=rate).mean(axis=0).astype(np.float64)


def hz_of(key):
    return 440.0 * 2.0 ** ((key - 69) / 12)


def frequency(sound, rate=RATE):
    """Of a sine: between its first and its last upward crossing of zero."""
    up = np.flatnonzero((sound[:-1] < 0) & (sound[1:] >= 0))
    at = up - sound[up] / (sound[up + 1] - sound[up])
    return (len(at) - 1) / (at[-1] - at[0]) * rate


def cents(sound, key, rate=RATE):
    return 1200 * np.log2(frequency(sound, rate) / hz_of(key))


def loudness(sound, key, rate=RATE):
    """The amplitude of one key's pitch in a sound."""
    window = np.hanning(len(sound))
    wave = np.exp(-2j * np.pi * hz_of(key) * np.arange(len(sound)) / rate)
    return 2 * abs((sound * wave * window).sum()) / window.sum()


def clicks(sound):
    """The loudest that there is above 6 kHz, as a part of the loudest that there is."""
    high = sosfilt(butter(8, 6_000, "highpass", fs=RATE, output="sos"), sound)
    return np.abs(high).max() / np.abs(sound).max()


# Pitch


@pytest.mark.parametrize("rate", (44_100.0, 48_000.0, 96_000.0))
@pytest.mark.parametrize("key", (21, 33, 48, 60, 69, 84, 108))
def test_every_key_sounds_at_its_pitch(key, rate):
    sound = heard([on(0, key)], int(2 * rate), rate)
    assert cents(sound[int(rate) :], key, rate) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("bend_st", (-12.0, -0.37, 0.5, 2.0, 24.0))
def test_a_bend_is_in_semitones_before_the_note_and_during_it(bend_st):
    before = heard([event(BEND, frame=0, value=bend_st), on(0, 60)])
    during = heard([on(0, 60), event(BEND, frame=9_000, value=bend_st)])
    for sound in (before, during):
        assert cents(sound[SECOND // 2 :], 60) == pytest.approx(100 * bend_st, abs=0.2)


def test_a_note_begins_bent_and_does_not_slide_into_place():
    sound = heard([event(BEND, frame=0, value=7.0), on(0, 72)], 3_000)
    assert cents(sound[50:], 72) == pytest.approx(700.0, abs=2.0)


def test_a_bend_is_a_quick_slide_and_not_a_step():
    sound = heard([on(0, 96), event(BEND, frame=9_000, value=12.0)], 12_000)
    steps = [frequency(sound[start : start + 96]) / hz_of(96) for start in range(8_900, 9_400, 40)]
    assert steps[0] == pytest.approx(1.0, abs=0.01) and steps[-1] == pytest.approx(2.0, abs=0.01)
    assert np.all(np.diff(steps) > -0.01) and np.diff(steps).max() < 0.25


def test_vibrato_sent_as_bends_is_as_smooth_as_a_singer_s():
    bends = [event(BEND, frame=n, value=0.5 * np.sin(2 * np.pi * 6 * n / RATE)) for n in range(0, 2 * SECOND, 240)]
    assert clicks(heard([on(0, 60, 1.0), *bends], 2 * SECOND, level_db=0.0)) < 1e-4


def test_each_channel_bends_its_own_notes():
    events = [on(0, 57, channel=1), on(0, 69, channel=2), event(BEND, frame=0, value=3.0, channel=2)]
    sound = heard(events)[SECOND // 4 :]
    assert loudness(sound, 57) > 0.05 and loudness(sound, 72) > 0.05
    assert loudness(sound, 60) < 1e-3 and loudness(sound, 69) < 1e-3


def test_the_same_key_on_two_channels_is_two_notes():
    events = [on(0, 60, channel=1), on(0, 60, channel=2), event(BEND, frame=0, value=4.0, channel=2)]
    sound = heard([*events, off(SECOND // 2, 60, channel=1)], 2 * SECOND)
    first, rest = sound[4_800 : SECOND // 2], sound[SECOND:]
    assert loudness(first, 60) == pytest.approx(loudness(first, 64), rel=0.05)
    assert loudness(rest, 60) < 1e-4 < 0.05 < loudness(rest, 64)


def test_an_ending_note_is_not_dragged_along_by_the_next_one_s_bend():
    events = [on(0, 60, 1.0, 3), off(12_000, 60, 3), event(BEND, frame=12_100, value=12.0, channel=3)]
    sound = heard(events, release_s=2.0)
    assert cents(sound[12_600:20_000], 60) == pytest.approx(0.0, abs=1.0)


# Loudness


def test_a_harder_key_sounds_louder_by_the_square():
    velocities = np.arange(1, 128, 9) / 127
    levels = np.array([loudness(heard([on(0, 69, v)], 12_000)[2_400:], 69) for v in velocities])
    assert np.all(np.diff(levels) > 0.0)
    np.testing.assert_allclose(levels / levels[-1], (velocities / velocities[-1]) ** 2, rtol=1e-3)


def test_a_note_on_of_no_velocity_is_a_note_off():
    sound = heard([on(0, 69), on(12_000, 69, 0.0)])
    assert np.abs(sound[-12_000:]).max() < 1e-6


@pytest.mark.parametrize("how", (event(PRESSURE, value=1.0), event(KEY_PRESSURE, number=69, value=1.0)))
def test_pressure_swells_a_note_up_to_twice(how):
    how["frame"] = 24_000
    sound = heard([on(0, 69), how])
    assert loudness(sound[30_000:], 69) == pytest.approx(2 * loudness(sound[6_000:24_000], 69), rel=0.01)
    assert clicks(sound) < 1e-3


def test_key_pressure_swells_its_key_alone():
    sound = heard([on(0, 60), on(0, 69), event(KEY_PRESSURE, frame=0, number=69, value=1.0)])[6_000:]
    assert loudness(sound, 69) == pytest.approx(2 * loudness(sound, 60), rel=0.01)


def test_expression_goes_down_to_silence_and_back_on_its_channel():
    events = [on(0, 60, channel=0), on(0, 69, channel=1), control(16_000, EXPRESSION, 0.0)]
    sound = heard([*events, control(32_000, EXPRESSION, 1.0)])
    assert loudness(sound[17_000:31_000], 60) < 1e-4
    assert loudness(sound[17_000:31_000], 69) == pytest.approx(loudness(sound[33_000:], 69), rel=0.01)
    assert loudness(sound[33_000:], 60) == pytest.approx(loudness(sound[9_000:15_000], 60), rel=0.01)
    assert clicks(sound) < 1e-3


def test_low_keys_lean_left_and_high_keys_right_as_far_as_the_width_says():
    def lean(key, width):
        left, right = play(tone, 12_000, [on(0, key)], state=tone.new_state(RATE, width=width))
        return np.std(right) / np.std(left)

    assert lean(60, 1.0) == pytest.approx(1.0) and lean(36, 0.0) == pytest.approx(1.0)
    assert lean(36, 1.0) < lean(36, 0.3) < 1.0 < lean(84, 0.3) < lean(84, 1.0)


# Beginning and ending


def test_a_released_note_falls_sixty_decibels_in_its_release_time():
    sound = heard([on(0, 69, 1.0), off(SECOND // 2, 69)], SECOND, release_s=0.2)
    held = loudness(sound[12_000:24_000], 69)
    at_release = SECOND // 2 + int(0.2 * RATE)
    assert np.abs(sound[at_release - 60 : at_release + 60]).max() == pytest.approx(held / 1000, rel=0.3)
    assert not sound[-1_000:].any()


def test_a_note_rises_in_its_attack_time():
    sound = heard([on(0, 93, 1.0)], 2 * SECOND, attack_s=0.5)
    full = np.abs(sound[-4_800:]).max()
    assert np.abs(sound[23_900:24_100]).max() == pytest.approx(0.99 * full, rel=0.003)
    assert np.abs(sound[:6_000]).max() < 0.6 * full


def test_notes_that_begin_and_end_do_not_click():
    events = [each for n in range(10) for each in (on(n * 4_800 + 7, 45 + n, 1.0), off(n * 4_800 + 2_900, 45 + n))]
    assert clicks(heard(events, SECOND, level_db=0.0)) < 1e-3


def test_a_note_on_and_off_at_the_same_frame_leaves_nothing_behind():
    state = tone.new_state(RATE)
    assert not heard([on(100, 60), off(100, 60)], state=state).any()
    assert (state["players"]["voice"]["stage"] == FREE).all()


def test_the_pedal_holds_notes_until_it_goes_up_on_their_channel():
    events = [control(0, SUSTAIN, 1.0), on(0, 60), on(0, 69, channel=1), off(6_000, 60), off(6_000, 69, 1)]
    sound = heard([*events, control(30_000, SUSTAIN, 0.0)], 2 * SECOND)
    assert loudness(sound[15_000:30_000], 60) > 0.05
    assert loudness(sound[15_000:30_000], 69) < 1e-3
    assert not sound[-1_000:].any()


def test_a_key_struck_again_under_the_pedal_stays_when_the_pedal_goes_up():
    events = [control(0, SUSTAIN, 1.0), on(0, 60), off(6_000, 60), on(12_000, 60), control(18_000, SUSTAIN, 0.0)]
    assert loudness(heard(events)[30_000:], 60) > 0.05


def test_notes_off_releases_the_notes_of_its_channel_and_leaves_them_to_the_pedal():
    events = [on(0, 60), on(0, 69, channel=1), control(0, SUSTAIN, 1.0, 1), on(0, 76, channel=2)]
    sound = heard([*events, event(NOTES_OFF, frame=9_000), event(NOTES_OFF, frame=9_000, channel=1)])[24_000:]
    assert loudness(sound, 60) < 1e-4
    assert loudness(sound, 69) > 0.05 and loudness(sound, 76) > 0.05


def test_notes_off_for_all_channels_lifts_every_key_and_every_pedal():
    events = [on(0, 50 + c, channel=c) for c in range(16)] + [control(0, SUSTAIN, 1.0, c) for c in range(16)]
    state = tone.new_state(RATE)
    sound = heard([*events, event(NOTES_OFF, frame=9_000, channel=ALL_CHANNELS)], state=state)
    assert not sound[-1_000:].any()
    assert (state["players"]["voice"]["stage"] == FREE).all()


def test_silence_is_complete_after_five_milliseconds_and_does_not_click():
    events = [on(0, 40 + n, 1.0, n) for n in range(16)] + [control(0, SUSTAIN, 1.0, c) for c in range(16)]
    sound = heard([*events, event(SILENCE, frame=24_000, channel=ALL_CHANNELS)])
    assert np.abs(sound[23_000:24_000]).max() > 0.3
    assert np.abs(sound[24_000:24_060]).max() > 0.1
    assert not sound[24_241:].any()
    assert clicks(sound) < 2e-3


def test_silence_on_one_channel_leaves_the_others():
    sound = heard([on(0, 60), on(0, 69, channel=1), event(SILENCE, frame=9_000, channel=1)])[12_000:]
    assert loudness(sound, 60) > 0.05 and loudness(sound, 69) < 1e-4


# Many notes


def test_thirty_two_notes_sound_at_once():
    keys = range(40, 40 + POLYPHONY)
    sound = heard([on(n * 10, key) for n, key in enumerate(keys)], 4 * SECOND)[SECOND:]
    alone = loudness(heard([on(0, 60)], 4 * SECOND)[SECOND:], 60)
    for key in keys:
        assert loudness(sound, key) == pytest.approx(alone, rel=0.05)


def test_one_note_more_takes_the_place_of_the_oldest_without_a_click():
    events = [on(n * 100, 36 + n) for n in range(POLYPHONY)]
    sound = heard([*events, on(2 * SECOND, 80)], 4 * SECOND)
    before, after = sound[SECOND : 2 * SECOND], sound[3 * SECOND :]
    assert loudness(after, 36) < 0.01 * loudness(before, 36)
    assert loudness(after, 80) == pytest.approx(loudness(after, 60), rel=0.02)
    assert loudness(after, 37) == pytest.approx(loudness(before, 37), rel=0.02)
    assert clicks(sound) < 1e-3


def test_a_released_note_is_stolen_before_a_held_one():
    events = [on(n, 40 + n) for n in range(POLYPHONY)] + [off(12_000, 50)]
    sound = heard([*events, on(12_100, 90)], 2 * SECOND, release_s=5.0)[SECOND:]
    assert loudness(sound, 50) < 1e-4 and loudness(sound, 40) > 0.05 and loudness(sound, 90) > 0.05


def test_a_repeated_key_is_struck_anew_without_a_click():
    once, sound = (heard([on(0, 57, 1.0), *again], level_db=0.0) for again in ([], [on(24_000, 57, 1.0)]))
    assert np.abs(sound[24_000:26_400]).max() > 1.1 * np.abs(once[24_000:26_400]).max()
    assert np.abs(sound).max() < 1.3 * np.abs(once).max()
    assert clicks(sound) < 1e-3


def test_a_flood_of_notes_is_survived_and_forgotten():
    random = np.random.default_rng(7)
    events = [
        on(int(n), int(random.integers(0, 256)), random.random(), int(random.integers(0, 20))) for n in range(5_000)
    ]
    events += [event(NOTES_OFF, frame=6_000, channel=ALL_CHANNELS)]
    state = tone.new_state(RATE)
    sound = heard(events, 2 * SECOND, state=state)
    assert np.isfinite(sound).all() and np.abs(sound).max() < POLYPHONY
    assert not sound[-1_000:].any()
    stages = state["players"]["voice"]["stage"]
    assert stages.shape == (1, VOICES) and (stages == FREE).all()


def test_notes_of_one_frame_beyond_what_can_sound_steal_silently():
    state = tone.new_state(RATE)
    heard([on(0, key) for key in range(128)], 480, state=state)
    stages = state["players"]["voice"]["stage"]
    assert np.count_nonzero((stages > FREE) & (stages < CUT)) == POLYPHONY
    assert np.count_nonzero(stages == CUT) == 0  # none had begun to sound


def test_channels_and_keys_that_midi_does_not_have_do_no_harm():
    state = tone.new_state(RATE)
    before = state.tobytes()
    kinds = [kind for kind in range(40) if kind != KNOB]
    strange = [event(kind, frame=0, channel=c, number=255, value=1.0) for kind in kinds for c in (16, 100, 254)]
    play(tone, 0, strange, state=state)
    assert state.tobytes() == before


# Timbre


@pytest.mark.parametrize(("key", "below_16_khz_db"), [(60, -65.0), (84, -58.0), (96, -56.0), (108, -50.0)])
def test_the_saw_folds_back_little(key, below_16_khz_db):
    """What does not belong to its harmonics, against what does, where one hears it best and further up; C7 is 96."""
    sound = heard([on(0, key, 1.0)], 3 * SECOND, shape=1.0)[2 * SECOND :]
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)) ** 2)) ** 2
    hz = np.arange(len(power)) * RATE / len(sound)
    harmonic = np.abs(hz / hz_of(key) - np.round(hz / hz_of(key))) * hz_of(key) < 8.0
    for below_hz, below_db in ((10_000, -80.0), (16_000, below_16_khz_db)):
        folded_db = 10 * np.log10(power[~harmonic & (hz < below_hz)].sum() / power[harmonic].sum())
        assert folded_db < below_db


def test_the_saw_has_the_harmonics_of_a_saw_and_the_sine_has_none():
    for shape, want in ((1.0, [1 / n for n in range(1, 9)]), (0.0, [1.0] + [0.0] * 7)):
        sound = heard([on(0, 45, 1.0)], shape=shape)[SECOND // 2 :]
        window = np.hanning(len(sound))
        t = np.arange(len(sound)) / RATE
        found = [abs((sound * window * np.exp(-2j * np.pi * 110.0 * n * t)).sum()) for n in range(1, 9)]
        np.testing.assert_allclose(np.array(found) / found[0], want, atol=2e-3)


@pytest.mark.parametrize("rate", (44_100.0, 48_000.0))
def test_a_note_beyond_what_the_rate_can_carry_stays_a_tame_one(rate):
    sound = heard([event(BEND, frame=0, value=48.0), on(0, 127)], 4_800, rate, shape=1.0)
    assert np.isfinite(sound).all() and np.abs(sound).max() < 1.0


def test_shapes_blend_without_a_hole():
    levels = [np.std(heard([on(0, 57)], 24_000, shape=shape)[6_000:]) for shape in np.linspace(0, 1, 11)]
    assert min(levels) > 0.75 * max(levels)


def test_knobs_turned_at_a_frame_are_heard_from_there_on():
    louder = heard([on(0, 69), *turn(tone, 24_000, level_db=-9.0)], level_db=-15.0)
    same = heard([on(0, 69)], level_db=-15.0)
    np.testing.assert_array_equal(louder[:24_000], same[:24_000])
    assert loudness(louder[30_000:], 69) == pytest.approx(loudness(same[30_000:], 69) * 10 ** (6 / 20), rel=1e-3)
