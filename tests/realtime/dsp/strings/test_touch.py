"""The colours of one note: where and how hard the bow touches, what sits on the bridge, a finger on a node."""

from __future__ import annotations

import numpy as np

from tests.realtime.dsp.strings.cello_playing import PLAIN, Sound, heard, key_hz, level_db, on, part, spectrum

KEY = 45


def steady(**knobs: float) -> Sound:
    return part(heard([on(0.0, KEY)], 0.8, **{**PLAIN, **knobs}), 0.4, 0.8)


def band_db(sound: Sound, low_hz: float, high_hz: float) -> float:
    hertz, power = spectrum(sound)
    return float(10.0 * np.log10(power[(hertz >= low_hz) & (hertz < high_hz)].sum()))


def test_sul_ponticello_thins_the_low_and_lifts_the_high_and_sul_tasto_the_other_way():
    bridge, plain, tasto = steady(bow_position=1.0), steady(), steady(bow_position=0.0)
    low = [band_db(each, 60.0, 400.0) for each in (bridge, plain, tasto)]
    high = [band_db(each, 2_000.0, 8_000.0) for each in (bridge, plain, tasto)]
    assert low[0] < low[1] < low[2] and high[0] > high[1] > high[2]


def test_pressing_is_harsh_and_floating_is_pale():
    high = [band_db(steady(bow_pressure=x), 2_000.0, 8_000.0) for x in (0.0, 0.5, 1.0)]
    assert high[0] < high[1] < high[2]


def test_a_mute_takes_the_brilliance_and_hardly_the_ground():
    open_, muted = steady(hair=0.0), steady(mute=1.0, hair=0.0)
    assert band_db(open_, 2_000.0, 8_000.0) - band_db(muted, 2_000.0, 8_000.0) > 12.0
    assert 1.0 < band_db(open_, 60.0, 300.0) - band_db(muted, 60.0, 300.0) < 8.0


def test_a_flageolet_sounds_an_octave_higher():
    whistled = steady(flageolet=1.0)
    ground, octave = key_hz(KEY), 2.0 * key_hz(KEY)
    assert band_db(whistled, 0.97 * octave, 1.03 * octave) > band_db(whistled, 0.97 * ground, 1.03 * ground) + 40.0


def test_hair_is_noise_and_leaves_the_tone_alone():
    tone = [band_db(steady(hair=x), 0.97 * key_hz(KEY), 1.03 * key_hz(KEY)) for x in (0.0, 1.0)]
    assert abs(tone[0] - tone[1]) < 0.5


def test_no_colour_is_a_blast():
    plain = level_db(steady())
    for x in (0.0, 1.0):
        for y in (0.0, 1.0):
            assert level_db(steady(bow_position=x, bow_pressure=y, hair=1.0)) < plain + 14.0
