"""The cello as a whole: at once, without clicks, cut anywhere, whatever is sent, and silent in the end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from realtime.dsp.cello import cello
from realtime.dsp.strings.controls import CONTROLS
from realtime.dsp.strings.places import FREE, POLY
from realtime.events import ALL_CHANNELS, NOTES_OFF, SILENCE, event
from tests.realtime.dsp.playing import RATE, play, random_cuts, turn
from tests.realtime.dsp.strings.cello_playing import (
    PLAIN,
    Told,
    bend,
    cc,
    clicks,
    events,
    fresh,
    heard,
    note,
    off,
    on,
    part,
    press,
)

SMOOTH = 2.2
"""A cello without a click stays below; a twentieth of the sound cut off at its crest is above."""

DARK: dict[str, Any] = {"mute": 1.0, "hair": 0.2}
"""Through a mute and with little hair: no brilliance behind which a click could hide."""

both_models = pytest.mark.parametrize("model", (0.0, 1.0))

MELODY = (48, 50, 52, 53, 55, 43, 36, 45, 47)
SLURS = [on(0.1, MELODY[0], 0.5)] + [
    told
    for n, (before, key) in enumerate(pairwise(MELODY))
    for told in (on(0.3 + 0.2 * n, key, 0.5), off(0.31 + 0.2 * n, before))
]
SCORES: dict[str, list[Told]] = {
    "legato": SLURS,
    "repeated notes": [told for n in range(8) for told in note(0.1 + 0.2 * n, 0.28 + 0.2 * n, 43, 0.4)],
    "notes repeated under the pedal": [cc(0.0, 64, 1.0)]
    + [told for n in range(8) for told in note(0.1 + 0.2 * n, 0.2 + 0.2 * n, 43, 0.4)],
    "chords": [
        told for n in range(4) for key in (43, 50, 58) for told in note(0.1 + 0.4 * n, 0.45 + 0.4 * n, key, 0.4)
    ],
    "bends": [on(0.1, 45, 0.5), *(bend(0.4 + 0.01 * n, 0.3 * (-1) ** n * n) for n in range(40)), press(1.0, 1.0)],
    "silence": [on(0.1, 43, 0.5), on(0.1, 50, 0.5), Told(0.8, SILENCE, channel=ALL_CHANNELS)],
    "all notes off": [on(0.1, 43, 0.5), on(0.1, 50, 0.5), Told(0.8, NOTES_OFF, channel=ALL_CHANNELS)],
    "plucks": [cc(0.0, 31, 0.8), *(told for n in range(8) for told in note(0.1 + 0.2 * n, 0.2 + 0.2 * n, 43 + n))],
}


@pytest.mark.parametrize("key", (36, 43, 55))
def test_a_planted_click_is_found(key):
    sound = heard([on(0.1, key, 0.5)], 1.2, **DARK, model=0.0)
    assert clicks(sound) < SMOOTH
    at = 38_000 + int(np.argmax(np.abs(sound[0, 38_000:39_000])))
    for lost in (0.1, 1.0):
        broken = sound.copy()
        broken[:, at:] *= 1.0 - lost
        assert clicks(broken) > 2.0 * SMOOTH
    dented = sound.copy()
    dented[:, at] += 0.03 * np.abs(sound).max()
    assert clicks(dented) > SMOOTH


@both_models
@pytest.mark.parametrize("name", SCORES)
def test_playing_makes_no_click(name, model):
    attack = {"plucks": 8.0}.get(name, SMOOTH)  # a finger that lets a string go is the quickest thing there is
    assert clicks(heard(SCORES[name], 2.2, **DARK, model=model)) < attack


@both_models
def test_taking_notes_away_makes_no_click(model):
    score = [on(0.1 + 0.03 * n, 40 + n % 40, 0.4) for n in range(50)]
    score += [on(1.7, 36 + n % 50, 0.4, channel=n % 7) for n in range(300)]
    assert clicks(heard(score, 2.2, **DARK, model=model, mode=POLY)) < SMOOTH


@both_models
@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_a_controllers_steps_make_no_click(control, model):
    steps = [cc(at_s, control.cc, value) for at_s, value in ((0.1, 0.3), (0.6, 0.8), (1.0, 0.1), (1.4, 1.0))]
    attack = {"playing": 8.0}.get(control.name, SMOOTH)  # the note is a staccato then, and begins like one
    assert clicks(heard([on(0.11, 43, 0.5), *steps], 1.8, **DARK, model=model)) < attack


@pytest.mark.parametrize(("knob", "others"), [("model", (0.0, 1.0)), ("instrument", (1.0, 2.0, 3.0))])
def test_another_model_or_instrument_while_it_plays_makes_no_click(knob, others):
    turns = [told for n in range(6) for told in turn(cello, 30_000 + 7_777 * n, **{knob: ((0.0, *others) * 3)[n]})]
    state = fresh(**DARK)
    sound = play(cello, 96_000, [*events([on(0.1, 43, 0.5), on(0.12, 50, 0.5)]), *turns], state=state)
    assert clicks(sound.astype(np.float64)) < SMOOTH


BUSY = [
    *SLURS,
    *(on(0.5, key, 0.6, 1) for key in (40, 44, 47)),
    cc(0.6, 1, 0.9),
    *(Told(0.7 + 0.013 * n, NOTES_OFF if n % 9 == 8 else 1, 50 + n, 0.5, n % 5) for n in range(30)),
    cc(0.9, 31, 0.8),
    *note(1.0, 1.1, 45),
    bend(1.2, 2.0),
    Told(1.4, SILENCE, channel=1),
]


@both_models
@pytest.mark.parametrize("rate", (44_100.0, 96_000.0))
def test_any_cut_gives_the_same_samples_at_every_rate(model, rate):
    whole = heard(BUSY, 1.6, rate=rate, model=model)
    frames = round(1.6 * rate)
    for cuts in (random_cuts(frames, 500, 3), range(0, frames, 37)):
        np.testing.assert_array_equal(heard(BUSY, 1.6, cuts, rate=rate, model=model), whole)


@both_models
@pytest.mark.parametrize("rate", (44_100.0, 48_000.0, 96_000.0))
def test_a_key_is_heard_within_a_millisecond(model, rate):
    """The first sample within 60 dB of the loudest that the note will have, after the frame of its key."""
    for key in (36, 48, 60, 72, 81):
        for velocity in (0.05, 0.6, 1.0):
            loud = np.abs(heard([on(0.0103, key, velocity)], 0.5, rate=rate, model=model)).max(axis=0)
            assert loud[: round(0.0103 * rate)].max() == 0.0
            assert np.flatnonzero(loud > 1e-3 * loud.max())[0] / rate - 0.0103 < 0.001


def storm(seed: int, seconds: float) -> list[Told]:
    """Everything that a cable can bring, at random."""
    random = np.random.default_rng(seed)
    told = []
    for at_s in np.sort(random.uniform(0.0, seconds, 1_500)):
        value = float(random.choice([random.uniform(), random.uniform(-5, 5), np.nan, np.inf, -np.inf, 0.0, 1.0]))
        number, channel = int(random.integers(0, 256)), int(random.choice([*range(17), 200, ALL_CHANNELS]))
        told.append(Told(float(at_s), int(random.integers(0, 12)), number, value, channel))
    return [each for each in told if each.kind not in (0, 7)]


def storming_knobs(seed: int, frames: int) -> list[Any]:
    random = np.random.default_rng(seed)
    return [
        told
        for name, knob in cello.knobs.items()
        for frame in random.integers(0, frames, 20)
        for told in turn(cello, int(frame), **{name: random.choice((knob.low, knob.high, random.uniform(-9.0, 9.0)))})
    ]


@both_models
@pytest.mark.parametrize("seed", range(3))
def test_no_storm_of_events_and_knobs_makes_a_blast_or_what_is_no_number(seed, model):
    frames = 48_000
    state = fresh(model=model)
    told = [*events(storm(seed, 1.0)), *storming_knobs(seed, frames)]
    sound = play(cello, frames, told, random_cuts(frames, 60, seed), state=state)
    assert np.isfinite(sound).all() and np.abs(sound).max() < 1_000.0  # 24 dB, 32 strings at their loudest
    over = [event(SILENCE, frame=0, channel=ALL_CHANNELS)]
    play(cello, frames, over, state=state)
    for name, value in PLAIN.items():
        state[name] = value
    calm = [event(9, frame=0, channel=ALL_CHANNELS), *events([cc(0.0, 11, 1.0), on(0.1, 57, 0.5, 15)])]
    again = play(cello, frames, calm, state=state)
    assert np.isfinite(again).all()


@both_models
def test_every_sound_ends_and_the_instrument_is_silent_again(model):
    state = fresh(model=model)
    over = [Told(1.5, NOTES_OFF, channel=ALL_CHANNELS)]
    sound = heard([*BUSY, *over], 8.0, state=state, rate=RATE)
    assert np.abs(part(sound, 7.5, 8.0)).max() == 0.0
    assert (state["hand"]["strings"]["stage"] == FREE).all()


@both_models
def test_what_was_played_before_leaves_no_trace_in_a_new_note(model):
    """But for the hiss, which never comes round again, and for what is left to chance."""
    state = fresh(**{**PLAIN, "model": model, "hair": 0.0})
    heard([*note(0.0, 0.3, 40, 1.0), *note(0.4, 0.6, 71, 0.2), Told(1.0, SILENCE)], 3.0, state=state)
    late = heard([on(0.0, 55)], 0.5, state=state)
    first = heard([on(0.0, 55)], 0.5, **{**PLAIN, "model": model, "hair": 0.0})
    apart = np.sqrt(np.mean((late - first) ** 2) / np.mean(first**2))
    assert apart < 0.1
