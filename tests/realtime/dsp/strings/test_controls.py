"""Every control: more of it is more of what it claims, it is heard at once, and any controller can learn to turn it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.dsp.strings.controls import CONTROLS, NAMES, SOFT, SOSTENUTO, SUSTAIN, cc_map, markdown
from realtime.dsp.strings.learning import forget_controllers, learn_controller, learned, recall
from realtime.dsp.strings.places import SLURRED
from score.errors import SettingsError, UsageError
from tests.realtime.dsp.strings.cello_playing import (
    CC_OF,
    PLAIN,
    Sound,
    Told,
    brightness_hz,
    cc,
    fresh,
    heard,
    key_hz,
    level_db,
    note,
    off,
    on,
    part,
    pitch_st,
    spectrum,
)

DOCS = Path(__file__).parents[4] / "docs" / "cello.md"
KEY = 57
HELD = [on(0.0, KEY)]


def envelope_db(sound: Sound, step_s: float = 0.005) -> Sound:
    width = round(step_s * 48_000)
    wave = sound[0][: sound.shape[1] // width * width].reshape(-1, width)
    return 10.0 * np.log10((wave**2).mean(axis=1) + 1e-12)


def steady(**knobs: float) -> Sound:
    return part(heard(HELD, 0.8, **{**PLAIN, **knobs}), 0.4, 0.8)


def track(score: list[Told], seconds: float, **knobs: float) -> Sound:
    return pitch_st(heard(score, seconds, **{**PLAIN, "vibrato_delay": 0.0, **knobs}), key_hz(KEY))


def swings_hz(values: Sound, step_s: float = 0.005) -> float:
    """How often it goes to and fro."""
    wave = (values - values.mean()) * np.hanning(len(values))
    power = np.abs(np.fft.rfft(wave, 1 << 15)) ** 2
    return float(np.fft.rfftfreq(1 << 15, step_s)[np.argmax(power)])


def vibrato_width(x: float) -> float:
    found = track(HELD, 1.4, vibrato=x)
    return float(np.ptp(found[found[:, 0] > 0.7, 1]))


def vibrato_begins_s(x: float) -> float:
    found = track(HELD, 2.4, vibrato=1.0, vibrato_delay=x)
    return float(found[np.flatnonzero(np.abs(found[:, 1]) > 0.3)[0], 0])


def wandering(x: float) -> float:
    return float(np.std(track(HELD, 2.0, human=x)[60:, 1]))


def slide_s(x: float) -> float:
    score = [on(0.0, KEY), on(0.3, KEY + 5)]
    found = track(score, 1.6, portamento=x)
    return float(found[np.flatnonzero(found[:, 1] > 4.5)[0], 0])


def rise_s(x: float) -> float:
    levels = envelope_db(heard(HELD, 1.6, **PLAIN, attack=x))
    return float(np.flatnonzero(levels > levels[-20:].mean() - 3.0)[0])


def rings_s(x: float) -> float:
    levels = envelope_db(heard(note(0.0, 0.4, KEY), 2.6, **PLAIN, release=x))
    return float(np.flatnonzero(levels > levels[60:80].mean() - 40.0)[-1])


def brilliance_db(sound: Sound) -> float:
    hertz, power = spectrum(sound)
    return float(10.0 * np.log10(power[hertz > 1_500.0].sum() / power.sum()))


def accent_db(x: float) -> float:
    levels = envelope_db(heard(HELD, 0.9, **{**PLAIN, "accent": x, "attack": 0.01}), 0.02)
    return float(levels.max() - levels[-10:].mean())


def tremolo_db(x: float) -> float:
    levels = envelope_db(part(heard(HELD, 1.0, **PLAIN, tremolo=x), 0.3, 1.0), 0.01)
    return float(np.percentile(levels, 90) - np.percentile(levels, 5))


def tremolo_hz(x: float) -> float:
    return swings_hz(envelope_db(part(heard(HELD, 2.0, **PLAIN, tremolo=1.0, tremolo_rate=x), 0.3, 2.0)))


def trill_st(x: float) -> float:
    return float(np.percentile(track(HELD, 1.2, trill=x)[60:, 1], 95))


def odd_db(x: float) -> float:
    """How much fainter odd harmonics are than even ones."""
    hertz, power = spectrum(steady(flageolet=x))
    number = hertz / key_hz(KEY)
    near = np.abs(number - np.round(number)) < 0.05
    odd = near & (np.round(number) % 2 == 1) & (number < 8.5)
    even = near & (np.round(number) % 2 == 0) & (number > 1.0) & (number < 8.5)
    return float(10.0 * np.log10(power[even].sum() / power[odd].sum()))


def hiss_db(x: float) -> float:
    """What is between the harmonics."""
    hertz, power = spectrum(steady(hair=x))
    number = hertz / key_hz(KEY)
    between = (np.abs(number - np.round(number)) > 0.3) & (number > 2.0)
    return float(10.0 * np.log10(power[between].sum() / power.sum()))


def tail_db(x: float) -> float:
    sound = heard(note(0.0, 0.4, KEY), 1.0, **{**PLAIN, "hall": x, "release": 0.03})
    return level_db(part(sound, 0.47, 0.6)) if np.any(part(sound, 0.47, 0.6)) else -200.0 + x


def right_db(x: float) -> float:
    left, right = steady(pan=x)
    return level_db(right) - level_db(left)


def slurred(x: float) -> float:
    count = 0
    for velocity in np.arange(0.05, 1.0, 0.1):
        state = fresh(**PLAIN, slurring=x)
        heard([on(0.0, 48), on(0.05, 50, float(velocity))], 0.06, state=state)
        count += int((state["hand"]["strings"]["start"][0] == SLURRED).sum())
    return float(count)


ALL = (0.0, 0.25, 0.5, 0.75, 1.0)
CLAIMS: dict[str, tuple[tuple[float, ...], Callable[[float], float], float]] = {
    # settings, what is measured, by how much it grows from one to the next at least
    "expression": ((0.1, 0.3, 0.5, 0.75, 1.0), lambda x: level_db(steady(expression=x)), 3.0),
    "breath": ((0.1, 0.3, 0.5, 0.75, 1.0), lambda x: level_db(steady(breath=x)), 3.0),
    "volume": ((0.1, 0.3, 0.5, 0.75, 1.0), lambda x: level_db(steady(volume=x)), 3.0),
    "vibrato": (ALL, vibrato_width, 0.15),
    "vibrato_rate": (
        (3.0, 4.5, 6.0, 7.5, 9.0),
        lambda x: swings_hz(track(HELD, 2.4, vibrato=0.6, vibrato_rate=x)[100:, 1]),
        1.2,
    ),
    "vibrato_delay": ((0.0, 0.3, 0.7, 1.1, 1.5), vibrato_begins_s, 0.2),
    "human": (ALL, wandering, 0.0004),
    "bow_pressure": (ALL, lambda x: brilliance_db(steady(bow_pressure=x)), 1.0),
    "bow_position": (ALL, lambda x: brilliance_db(steady(bow_position=x)), 1.0),
    "mute": (ALL, lambda x: -brightness_hz(steady(mute=x)), 20.0),
    "portamento": ((0.02, 0.05, 0.15, 0.4, 1.0), slide_s, 0.01),
    "attack": ((0.01, 0.03, 0.1, 0.3, 0.6), rise_s, 1.0),
    "release": ((0.05, 0.15, 0.4, 1.0, 2.0), rings_s, 4.0),
    "accent": (ALL, accent_db, 0.4),
    "tremolo": (ALL, tremolo_db, 0.5),
    "tremolo_rate": ((4.0, 7.0, 10.0, 13.0, 16.0), tremolo_hz, 2.0),
    "trill": ((0.0, 1.0, 2.0, 3.0, 5.0), trill_st, 0.8),
    "trill_rate": (
        (3.0, 5.0, 8.0, 11.0, 14.0),
        lambda x: swings_hz(track(HELD, 2.0, trill=2.0, trill_rate=x)[20:, 1]),
        1.5,
    ),
    "flageolet": (ALL, odd_db, 2.0),
    "hair": (ALL, hiss_db, 2.0),
    "hall": ((0.0, 0.5, 1.0, 1.5, 2.0), tail_db, 0.0),
    "pan": (ALL, right_db, 2.0),
    "slurring": (ALL, slurred, 1.0),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_more_of_a_control_is_more_of_what_it_claims(name):
    settings, measured, growth = CLAIMS[name]
    assert len(settings) >= 5
    found = [measured(each) for each in settings]
    assert all(more >= less + growth for less, more in pairwise(found)), found


def test_every_control_has_its_claim_but_the_way_of_playing_which_is_a_choice():
    assert set(CLAIMS) | {"playing"} == set(NAMES)


def test_no_bow_no_sound_and_volume_changes_no_timbre():
    assert level_db(steady(expression=0.0)) < -80.0
    bright = [brightness_hz(steady(volume=x)) for x in (0.2, 0.6, 1.0)]
    assert np.ptp(bright) < 1.0


AFTER_A_KEY = [on(0.0, KEY), on(0.296, KEY + 5)]
SHAPED: dict[str, tuple[list[Told], dict[str, Any]]] = {
    # a score in which the control matters at 0.3 s, and knobs that let it
    "vibrato_rate": (HELD, {"vibrato": 1.0, "vibrato_delay": 0.0, "vibrato_rate": 5.0}),
    "vibrato_delay": (HELD, {"vibrato": 1.0, "vibrato_delay": 0.0}),
    "human": (HELD, {}),
    "portamento": (AFTER_A_KEY, {"portamento": 0.3}),
    "attack": ([on(0.28, KEY, 0.5)], {"attack": 0.05}),
    "release": (note(0.0, 0.28, KEY), {"release": 0.2}),
    "accent": ([on(0.29, KEY)], {}),
    "tremolo_rate": (HELD, {"tremolo": 1.0}),
    "trill_rate": (HELD, {"trill": 2.0, "trill_rate": 7.3}),
    "playing": ([on(0.302, KEY)], {}),
    "slurring": ([on(0.0, KEY), on(0.302, KEY + 2)], {}),
}
FARTHER = {"expression": 0.5, "breath": 0.5, "volume": 0.5, "slurring": 0.0}


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_a_control_is_heard_within_10_ms_while_a_note_sounds(control):
    """What changed is not 45 dB under the sound: for half of what the bow changes, it would be 12 dB above that."""
    score, knobs = SHAPED.get(control.name, (HELD, {}))
    told = cc(0.3, control.cc, FARTHER.get(control.name, 1.0))
    plain = part(heard(score, 0.312, **{**PLAIN, **knobs}), 0.3, 0.312)
    turned = part(heard([*score, told], 0.312, **{**PLAIN, **knobs}), 0.3, 0.312)
    shown = slice(0, round(0.010 * 48_000)) if score[-1].at_s <= 0.3 else slice(96, None)
    assert level_db((turned - plain)[:, shown]) > level_db(plain[:, shown]) - 45.0


def test_every_control_has_a_controller_of_its_own_and_no_pedals():
    ccs = [control.cc for control in CONTROLS]
    assert len(set(ccs)) == len(ccs) >= 16 and not {SUSTAIN, SOSTENUTO, SOFT} & set(ccs)
    assert all(control.low <= control.default <= control.high for control in CONTROLS)
    assert (cc_map() >= 0).sum() == len(CONTROLS)


def test_the_documentation_tells_of_every_control():
    assert markdown() in DOCS.read_text(encoding="utf-8")
    assert all(f"`{name}`" in markdown() for name in NAMES)


def test_any_controller_learns_to_turn_any_control():
    state = fresh(**PLAIN)
    learn_controller(state, 16, "mute")
    sound = part(heard([on(0.0, KEY), cc(0.1, 16, 1.0)], 0.8, state=state), 0.4, 0.8)
    assert brightness_hz(sound) < 0.7 * brightness_hz(steady())
    turns = learned(state)
    assert turns["mute"] == 16 and CC_OF["mute"] not in turns.values()
    learn_controller(state, 16, "hair")
    turns = learned(state)
    assert turns["hair"] == 16 and "mute" not in turns
    forget_controllers(state)
    turns = learned(state)
    assert turns == CC_OF


def test_what_was_learned_is_kept_and_comes_back():
    first, second = fresh(), fresh()
    learn_controller(first, 16, "mute")
    recall(second, learned(first))
    np.testing.assert_array_equal(second["hand"]["turned_by"], first["hand"]["turned_by"])
    recall(second, {"vibrato": 3})
    turns = learned(second)
    assert turns == {"vibrato": 3}


@pytest.mark.parametrize("cc_number", (64, 66, 67, 6, 0, 101, 120, 127, 128, -1))
def test_pedals_and_sentences_cannot_be_learned(cc_number):
    with pytest.raises(UsageError, match=f"Controller {cc_number} cannot"):
        learn_controller(fresh(), cc_number, "mute")


@pytest.mark.parametrize(
    ("kept", "word"),
    [
        ({"loudness": 3}, "no control 'loudness'"),
        ({"mute": 64}, "controller 64"),
        ({"mute": "x"}, "'x'"),
        ({"mute": 2.5}, "2.5"),
        ({"mute": 3, "hair": 3}, "two controls"),
    ],
)
def test_a_settings_file_that_cannot_be_meant_changes_nothing(kept, word):
    state = fresh()
    with pytest.raises(SettingsError, match=word):
        recall(state, kept)
    turns = learned(state)
    assert turns == CC_OF


def test_an_unknown_control_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no control 'loudness'.*expression, .*pan"):
        learn_controller(fresh(), 16, "loudness")


def test_a_knob_rules_until_a_controller_says_otherwise_and_again_when_it_is_turned():
    def level(score: list[Told], volume: float) -> float:
        return level_db(part(heard([on(0.0, KEY), *score], 0.6, **PLAIN, volume=volume), 0.4, 0.6))

    assert level([cc(0.1, CC_OF["volume"], 1.0)], 0.2) > level([], 0.2) + 20.0
    assert abs(level([off(0.59, 1)], 1.0) - level([cc(0.1, CC_OF["volume"], 1.0)], 0.2)) < 0.1
