"""What the bow and the finger do: attack, level, slides, vibrato, release, pitch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from realtime.dsp.cello import cello
from realtime.dsp.strings.controls import DETACHED, SPICCATO, STACCATO
from realtime.dsp.strings.places import FREE
from tests.realtime.dsp.strings.cello_playing import (
    CC_OF,
    PLAIN,
    STILL,
    Sound,
    bend,
    cc,
    cents_off,
    fresh,
    heard,
    key_hz,
    level_db,
    loudness_db,
    note,
    off,
    on,
    part,
    pitch_st,
    spectrum,
)

RISING = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
both_models = pytest.mark.parametrize("model", (0.0, 1.0))


def envelope(sound: Sound, rate: float = 48_000.0) -> Sound:
    width = round(0.016 * rate)
    return np.sqrt(np.convolve((sound[:2] ** 2).sum(axis=0), np.ones(width) / width, "valid"))


def rise_s(sound: Sound) -> float:
    shape = envelope(sound)
    return float(np.flatnonzero(shape > 0.5 * shape[-4_800:].mean())[0] / 48_000.0)


@both_models
def test_the_harder_a_key_is_struck_the_louder_and_the_sooner_the_bow_takes_hold(model):
    sounds = [heard([on(0.0, 48, velocity)], 0.8, **{**STILL, "model": model}) for velocity in RISING]
    levels = [level_db(part(sound, 0.4, 0.8)) for sound in sounds]
    assert all(1.0 < louder - softer < 9.0 for softer, louder in pairwise(levels))
    assert 15.0 < levels[-1] - levels[0] < 26.0
    rises = [rise_s(sound) for sound in sounds]
    assert all(sooner <= later + 0.001 for later, sooner in pairwise(rises))
    assert rises[-1] < 0.6 * rises[0]


@both_models
@pytest.mark.parametrize("rate", (44_100.0, 48_000.0, 96_000.0))
def test_a_steady_note_is_within_2_cents_of_its_key(model, rate):
    keys = range(36, 82, 1 if rate == 48_000.0 else 9)
    apart = []
    for key in keys:
        sound = heard([on(0.0, key)], 0.9, rate=rate, **{**STILL, "model": model})
        apart.append(abs(cents_off(part(sound, 0.4, 0.9, rate), key_hz(key), rate)))
    assert max(apart) < 0.5


@pytest.mark.parametrize("a4_hz", (415.0, 430.54, 442.0, 466.0))
def test_the_tuning_fork_moves_every_key(a4_hz):
    sound = heard([on(0.0, 57)], 0.9, **PLAIN, a4_hz=a4_hz)
    assert abs(cents_off(part(sound, 0.4, 0.9), key_hz(57, a4_hz))) < 0.5


def test_a_tuning_of_ones_own_is_played_and_one_that_is_none_is_not():
    state = fresh(**PLAIN)
    state["tuning"][0, 57] = 57.31
    assert abs(cents_off(part(heard([on(0.0, 57)], 0.9, state=state), 0.4, 0.9), key_hz(57.31))) < 0.5
    for hostile in (np.nan, np.inf):
        state = fresh(**PLAIN)
        state["tuning"][0, 57] = hostile
        assert abs(cents_off(part(heard([on(0.0, 57)], 0.9, state=state), 0.4, 0.9), key_hz(57))) < 0.5


@pytest.mark.parametrize("hostile", (0.0, -440.0, 1e9, np.nan, np.inf))
def test_a_pitch_that_no_string_has_harms_nothing(hostile):
    state = fresh(**STILL)
    state["a4_hz"] = hostile
    sound = heard([on(0.0, 57), on(0.1, 60), bend(0.2, 96.0), bend(0.25, -96.0)], 0.4, state=state)
    assert np.isfinite(sound).all() and 1e-4 < np.abs(sound).max() < 4.0
    state["a4_hz"] = 440.0
    after = heard([bend(0.0, 0.0), on(0.01, 57)], 0.9, state=state)
    assert abs(cents_off(part(after, 0.4, 0.9), key_hz(57))) < 2.0


def slide_s(velocity: float, slow: float) -> float:
    """From a tenth of the way to nine tenths."""
    score = [cc(0.0, CC_OF["portamento"], slow), on(0.0, 57), on(0.3, 62, velocity)]
    track = pitch_st(part(heard(score, 1.6, **PLAIN), 0.2, 1.6), key_hz(57), step_s=0.002)
    way = track[:, 1] / 5.0
    return float(track[np.flatnonzero(way > 0.9)[0], 0] - track[np.flatnonzero(way > 0.1)[0], 0])


def test_a_slur_slides_the_longer_the_softer_its_key_and_the_higher_its_controller():
    by_velocity = [slide_s(velocity, 0.7) for velocity in (1.0, 0.7, 0.4, 0.1)]
    assert all(longer > 1.2 * shorter for shorter, longer in pairwise(by_velocity))
    by_hand = [slide_s(0.7, slow) for slow in (0.5, 0.65, 0.8, 0.95)]
    assert all(longer > 1.4 * shorter for shorter, longer in pairwise(by_hand))


@both_models
@pytest.mark.parametrize("rate", (44_100.0, 48_000.0, 96_000.0))
def test_the_finger_moves_within_a_millisecond_of_the_key(model, rate):
    first = [on(0.0, 57)]
    for at_s in (0.3, 0.3011, 0.3027):  # wherever in its hop the string is
        stays = heard(first, 0.32, rate=rate, **{**STILL, "model": model})
        moves = heard([*first, on(at_s, 59)], 0.32, rate=rate, **{**STILL, "model": model})
        apart = np.abs(moves - stays).max(axis=0)
        assert apart[: round(at_s * rate)].max() == 0.0
        loud = np.abs(stays[:, -round(0.1 * rate) :]).max()
        assert np.flatnonzero(apart > 1e-3 * loud)[0] / rate - at_s < 0.001


def test_a_slur_has_no_attack_of_its_own():
    score = [on(0.0, 50), on(0.5, 52), off(0.52, 50)]
    shape = envelope(part(heard(score, 1.0, **PLAIN), 0.35, 1.0))
    assert 20.0 * np.log10(shape.max() / shape.min()) < 7.0


def test_a_slur_ends_in_tune():
    sound = heard([on(0.0, 50), on(0.3, 55), on(0.6, 53)], 1.5, **PLAIN)
    assert abs(cents_off(part(sound, 1.0, 1.5), key_hz(53))) < 0.5


def test_vibrato_waits_then_grows_and_is_wide_as_the_wheel_says():
    score = [cc(0.0, 1, 1.0), on(0.0, 57)]
    track = pitch_st(heard(score, 2.0, vibrato_delay=0.4, model=0.0, human=0.0, hall=0.0), key_hz(57))
    early, late = track[track[:, 0] < 0.4, 1], track[track[:, 0] > 1.0, 1]
    assert np.ptp(early[5:]) < 0.04
    assert 1.0 < np.ptp(late) < 1.3
    assert abs(late.mean()) < 0.06


def test_the_bow_lifts_and_the_string_dies_away():
    state = fresh(**PLAIN)
    sound = heard(note(0.0, 0.5, 48), 1.2, state=state)
    levels = [level_db(part(sound, 0.51 + 0.03 * n, 0.54 + 0.03 * n)) for n in range(6)]
    assert all(before - later > 4.0 for before, later in pairwise(levels))
    assert np.abs(part(sound, 1.0, 1.2)).max() == 0.0
    assert not (state["hand"]["strings"]["stage"] != FREE).any()


def sounds_for_s(manner: int) -> float:
    sound = heard([on(0.0, 48)], 1.5, **PLAIN, playing=float(manner))
    return float(np.flatnonzero(envelope(sound) > 0.02 * envelope(sound).max())[-1] / 48_000.0)


def test_detached_lasts_as_long_as_its_key_and_staccato_longer_than_spiccato():
    assert sounds_for_s(DETACHED) > 1.4 > 0.4 > sounds_for_s(STACCATO) > 1.2 * sounds_for_s(SPICCATO) > 0.1


def test_the_same_score_always_sounds_the_same_and_two_notes_never_quite():
    score = [*note(0.0, 0.4, 48), *note(1.2, 1.6, 48)]
    first, second = (heard(score, 1.7, human=1.0, hall=0.0) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(part(first, 0.0, 0.4), part(first, 1.2, 1.6))


@both_models
def test_neighbouring_keys_are_equally_loud_and_low_and_high_ones_balanced(model):
    levels = []
    for key in range(36, 82):
        steady = part(heard([on(0.0, key)], 0.7, **{**STILL, "model": model}), 0.3, 0.7)
        levels.append((level_db(steady), loudness_db(steady)))
    rms, ear = np.array(levels).T
    assert np.abs(np.diff(rms)).max() < 6.0 and np.abs(np.diff(ear)).max() < 5.0
    assert abs(rms[:6].mean() - rms[-6:].mean()) < 9.0 and abs(ear[:6].mean() - ear[-6:].mean()) < 5.0


def test_loud_is_bright():
    def brilliance_db(velocity: float) -> float:
        hertz, power = spectrum(part(heard([on(0.0, 48, velocity)], 0.7, **PLAIN, hair=0.0), 0.4, 0.7))
        return float(10.0 * np.log10(power[hertz > 1_500.0].sum() / power.sum()))

    assert brilliance_db(0.2) + 0.5 < brilliance_db(0.6) < brilliance_db(1.0) - 0.5


def test_a_note_struck_again_while_it_dies_away_does_not_beat_with_itself():
    score = [*note(0.0, 0.5, 48), on(0.55, 48)]
    again = envelope(part(heard(score, 1.5, **PLAIN, release=2.0), 0.75, 1.5))
    assert 20.0 * np.log10(again.max() / again.min()) < 1.0


def test_the_kernel_declares_no_latency():
    assert cello.latency_frames == 0
