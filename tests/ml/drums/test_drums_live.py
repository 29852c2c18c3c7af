"""What a mouth strikes is played at once, and what it sings is not."""

from __future__ import annotations

import numpy as np
import pytest

from ml.drums.drums import Drums
from ml.drums.kit import Kit
from ml.drums.mouth import faded
from ml.frames import HOP, Frames
from realtime.events import NOTE_OFF, NOTE_ON
from score.errors import ModelError
from tests.ml.drums.mouths import RATE, beat, mouth, play, struck
from tests.ml.voices import breath, in_a_room, sung

CHANCE = 11
KEYS = {"kick": 36, "snare": 38, "closed hat": 42}


@pytest.mark.parametrize("kind", KEYS)
def test_nearly_every_strike_of_many_mouths_is_heard_as_what_it_is(kind):
    chance = np.random.default_rng(CHANCE)
    heard = []
    for seed in range(12):
        one = mouth(kind, seed)
        heard += struck(beat(*(one.strike(chance) for _ in range(4))))
    right = sum(key == KEYS[kind] for key in heard)
    assert right >= 0.9 * 48
    assert len(heard) - right <= 0.08 * 48


def test_a_hat_that_goes_on_opens_and_is_choked_by_the_next():
    chance = np.random.default_rng(CHANCE)
    long, short = mouth("open hat", 3), mouth("closed hat", 3)
    said = play(beat(faded(long.strike(chance)[: RATE // 6]), short.strike(chance), every_s=0.2))
    told = [(each.kind, each.number) for _, each in said]
    assert told[:4] == [(NOTE_ON, 42), (NOTE_OFF, 42), (NOTE_ON, 46), (NOTE_OFF, 46)]
    assert told[4:] == [(NOTE_ON, 42), (NOTE_OFF, 42)]
    closed, opened = said[0][1], said[2][1]
    assert 0.0 < opened.value < closed.value
    assert 0.0549 <= said[2][0] - said[0][0] <= 0.0651


def test_short_hats_never_open():
    chance = np.random.default_rng(CHANCE)
    for seed in range(8):
        assert 46 not in struck(beat(*(mouth("closed hat", seed).strike(chance) for _ in range(3))))


def test_a_strike_is_known_within_25_ms_of_its_start():
    chance = np.random.default_rng(CHANCE)
    late = []
    for seed in range(12):
        kind = tuple(KEYS)[seed % 3]
        first_s = 0.25 + chance.uniform(0.0, 0.005)
        said = play(beat(mouth(kind, seed).strike(chance), first_s=first_s))
        late += [at_s - first_s for at_s, each in said[:1]]
    assert len(late) >= 11
    assert np.median(late) <= 0.021
    assert np.quantile(late, 0.95) <= 0.0251


def test_each_note_ends_60_ms_later_and_all_that_begin_end():
    chance = np.random.default_rng(CHANCE)
    said = play(beat(*(mouth("kick", 2).strike(chance) for _ in range(5))))
    ons = [at_s for at_s, each in said if each.kind == NOTE_ON]
    offs = [at_s for at_s, each in said if each.kind == NOTE_OFF]
    assert len(ons) == len(offs) == 5
    assert np.allclose(np.subtract(offs, ons), 0.06)


def test_a_harder_strike_is_a_louder_note():
    strike = mouth("snare", 4).strike(np.random.default_rng(CHANCE))
    strike /= np.abs(strike).max()
    velocities = [
        each.value for _, each in play(beat(0.03 * strike, 0.1 * strike, 0.3 * strike, 0.9 * strike)) if each.value
    ]
    assert len(velocities) == 4
    assert velocities == sorted(velocities) and velocities[-1] - velocities[0] > 0.3
    assert all(0.0 < velocity <= 1.0 for velocity in velocities)


@pytest.mark.parametrize("midi", (45.0, 57.0, 69.0, 81.0))
def test_a_sung_vowel_is_no_drum(midi):
    voice = in_a_room(np.zeros(RATE // 4), sung(midi, 1.5), np.zeros(RATE // 4))
    assert struck(voice) == []


def test_consonants_in_singing_are_no_drums_but_a_strike_above_the_voice_is():
    chance = np.random.default_rng(CHANCE)
    voice = in_a_room(np.zeros(RATE // 4), sung(57.0, 2.5, level_db=-26.0), np.zeros(RATE // 4))
    strike = mouth("snare", 4).strike(chance)
    strike /= np.abs(strike).max()
    for gain, keys in ((0.02, []), (0.9, [38])):
        sound = voice.copy()
        sound[2 * RATE : 2 * RATE + len(strike)] += (gain * strike).astype(np.float32)
        assert struck(sound) == keys


def test_a_fast_roll_of_kicks_is_not_taken_for_a_voice():
    one = mouth("kick", 2)
    chance = np.random.default_rng(CHANCE)
    heard = struck(beat(*(faded(one.strike(chance)[: RATE // 9]) for _ in range(24)), every_s=0.125))
    assert heard.count(36) >= 23


def test_silence_noise_breath_and_a_sweep_are_no_drums():
    t = np.arange(4 * RATE) / RATE
    sweep = 0.3 * np.sin(2.0 * np.pi * 60.0 * 4.0 / np.log(100.0) * (100.0 ** (t / 4.0) - 1.0))
    sweep *= np.minimum(t / 0.05, 1.0)
    hiss = in_a_room(np.zeros(3 * RATE), level_db=-40.0)
    for sound in (np.zeros(2 * RATE, np.float32), in_a_room(sweep), hiss, in_a_room(np.zeros(RATE // 2), breath(1.0))):
        assert struck(sound) == []


def test_it_says_the_same_however_the_sound_is_cut():
    chance = np.random.default_rng(CHANCE)
    sound = beat(*(mouth(kind, 6).strike(chance) for kind in (*KEYS, "open hat")))
    whole = play(sound)
    drums, frames, said, at, hops = Drums(Kit.factory()), Frames(RATE), [], 0, 0
    while at < len(sound):
        size = int(chance.integers(1, 700))
        for hop in frames.hear(sound[at : at + size]):
            hops += 1
            said += [(hops * 0.005, each) for each in drums.hear(hop.samples)]
        at += size
    said += [(len(sound) / RATE, each) for each in drums.finish()]
    assert said == whole
    assert len(said) >= 8


def test_after_a_reset_it_hears_the_same_again():
    sound = beat(mouth("snare", 8).strike(np.random.default_rng(CHANCE)))
    drums = Drums(Kit.factory())
    takes = []
    for _ in range(2):
        takes.append([drums.hear(hop.samples) for hop in Frames(RATE).hear(sound)])
        drums.reset()
    assert takes[0] == takes[1] and any(takes[0])


def test_numbers_that_are_none_and_full_scale_leave_it_listening():
    drums = Drums(Kit.factory())
    chance = np.random.default_rng(CHANCE)
    for value in (np.nan, np.inf, -np.inf, 1e30, 1.0, -1.0):
        for _ in range(20):
            said = drums.hear(np.full(HOP, value, np.float32))
            assert all(np.isfinite(each.value) and 0.0 <= each.value <= 1.0 for each in said)
    for _ in range(100):
        square = np.sign(chance.standard_normal(HOP)).astype(np.float32)
        assert all(np.isfinite(each.value) for each in drums.hear(square))
    drums.finish()
    for _ in range(200):
        drums.hear(np.zeros(HOP, np.float32))
    strike = beat(mouth("kick", 1).strike(chance))
    assert [each.number for hop in Frames(RATE).hear(strike) for each in drums.hear(hop.samples) if each.value] == [36]


def test_finish_ends_what_sounds_and_nothing_twice():
    drums = Drums(Kit.factory())
    sound = beat(mouth("kick", 1).strike(np.random.default_rng(CHANCE)))
    for hop in Frames(RATE).hear(sound):
        if any(each.kind == NOTE_ON for each in drums.hear(hop.samples)):
            break
    assert [(each.kind, each.number) for each in drums.finish()] == [(NOTE_OFF, 36)]
    assert drums.finish() == []


def test_what_is_no_hop_is_refused():
    with pytest.raises(ModelError, match="hop of 80"):
        Drums(Kit.factory()).hear(np.zeros(81, np.float32))
