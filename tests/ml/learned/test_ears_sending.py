"""The state machine alone: when a note is sent, and that it is sent once. Hops are made by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.learned.heads import SPANS
from ml.learned.understood import Understood
from ml.notes import Notes, Tuning
from ml.profile import Profile
from realtime.events import NOTE_OFF, NOTE_ON
from tests.ml.learned.sung_hops import (
    HOP_FRAMES,
    HOP_MS,
    NO_AGE,
    ages,
    assert_each_note_ends_once,
    bound,
    hear,
    keys,
    note,
    rest,
    voice,
)

FIRST = 41  # the hop in which the first note begins, after a rest of 40
PATIENCE_HOPS = round(Tuning().patience_ms / HOP_MS)


def sent_in(said) -> list[int]:
    return [n for n, each in said if each.kind == NOTE_ON]


def test_a_sure_onset_leaves_in_the_hop_it_is_known_in():
    said = list(hear(Notes(), rest(), note(60, 60), rest()))
    assert keys(said) == keys(said, NOTE_OFF) == [60]
    assert sent_in(said) == [FIRST]


def test_an_onset_whose_pitch_is_doubtful_leaves_when_patience_ends_and_no_later():
    said = list(hear(Notes(), rest(), note(60, 60, sure=0.1), rest()))
    assert keys(said) == [60]
    assert abs(sent_in(said)[0] - (FIRST + PATIENCE_HOPS)) <= 1


def test_the_more_doubtful_the_pitch_the_longer_a_note_is_waited_for():
    waited = [sent_in(hear(Notes(), rest(), note(60, 60, sure=sure)))[0] for sure in (0.61, 0.5, 0.4, 0.3, 0.0)]
    assert waited == sorted(waited)
    assert waited[0] < waited[1] < waited[2] < waited[3]


def test_an_onset_that_is_never_likely_enough_is_none():
    assert keys(hear(Notes(), rest(), note(60, 30, onset=Tuning().likely_still - 0.05, sounds=0.5), rest())) == []


def test_a_murmur_that_stays_is_a_note_later_than_a_plain_onset():
    murmured = 0.5 * (Tuning().likely + Tuning().likely_still)
    said = list(hear(Notes(), rest(), note(60, 30, onset=murmured, sounds=0.5), rest()))
    assert keys(said) == [60]
    assert sent_in(said)[0] > FIRST + 1


def test_an_onset_without_a_voice_is_no_note():
    breathed = note(60, 40, clarity=0.2)
    spoken = note(60, 40, sings=0.2)
    thumped = note(60, 40, sounds=0.1)
    assert keys(hear(Notes(), rest(), breathed, rest(), spoken, rest(), thumped, rest())) == []


def test_an_onset_that_has_no_pitch_at_all_waits_until_it_has_one_and_is_dated_back():
    consonant = [
        voice(60, ages=ages(HOP_MS * n + 2.5, 0.9), pitch=math.nan, meant=math.nan, sure=0.0) for n in range(8)
    ]
    notes = Notes()
    said = list(hear(notes, rest(), consonant, note(60, 60)[8:], rest()))
    assert keys(said) == [60]
    assert sent_in(said) == [FIRST + 8]
    assert abs(notes.sung[0].onset_frame - FIRST * HOP_FRAMES) <= 1.5 * HOP_FRAMES


def test_an_onset_that_the_network_no_longer_speaks_of_is_waited_for_all_the_same_and_keeps_its_date():
    doubtful = [voice(60, ages=ages(HOP_MS * n + 2.5, 0.9 - 0.05 * n), sure=0.0) for n in range(6)]
    doubtful += bound([60] * 30, sure=0.0)
    notes = Notes(tuning=Tuning(patience_ms=120.0))
    assert abs(sent_in(hear(notes, rest(), doubtful, rest()))[0] - (FIRST + 24)) <= 1
    assert abs(notes.sung[0].onset_frame - FIRST * HOP_FRAMES) <= HOP_FRAMES


def test_a_note_is_dated_by_the_hop_that_was_surest_of_its_onset():
    drifting = [voice(60, ages=ages(3.0 * n + 2.5, 0.7), sure=0.0) for n in range(1, 8)]  # ever younger than it is
    sure_once = voice(60, ages=ages(2.5, 0.95), sure=0.0)
    notes = Notes(tuning=Tuning(patience_ms=40.0))
    assert len(keys(hear(notes, rest(), [sure_once], drifting, bound([60] * 40), rest()))) == 1
    assert abs(notes.sung[0].onset_frame - FIRST * HOP_FRAMES) <= HOP_FRAMES


def test_a_note_that_is_over_before_anybody_was_sure_of_its_pitch_is_sent_then():
    notes = Notes(tuning=Tuning(patience_ms=100.0))
    said = list(hear(notes, rest(), note(60, 10, sure=0.0), rest()))
    assert keys(said) == keys(said, NOTE_OFF) == [60]
    assert sent_in(said) == [FIRST + 10]
    assert abs(notes.sung[0].onset_frame - FIRST * HOP_FRAMES) <= HOP_FRAMES


def test_a_note_that_the_next_one_overtakes_is_sent_before_it():
    doubtful = note(60, 18, sure=0.0)
    said = list(hear(Notes(tuning=Tuning(patience_ms=100.0)), rest(), doubtful, note(64, 40), rest()))
    assert keys(said) == [60, 64]
    assert sent_in(said)[0] <= sent_in(said)[1]


def test_what_was_heard_for_a_moment_and_never_sure_is_no_note():
    assert keys(hear(Notes(), rest(), note(60, 3, sure=0.0), rest())) == []


def test_an_onset_seen_for_a_tenth_of_a_second_is_one_note():
    assert keys(hear(Notes(), rest(), note(60, 200), rest())) == [60]


def test_an_age_that_flickers_between_spans_is_still_one_onset():
    random = np.random.default_rng(2)
    flickering = [voice(60, ages=ages(HOP_MS * n + random.normal(0.0, 6.0), 0.9)) for n in range(40)]
    assert keys(hear(Notes(), rest(), flickering, bound([60] * 40), rest())) == [60]


def test_the_same_pitch_struck_again_is_two_notes():
    notes = Notes()
    said = list(hear(notes, rest(), note(60, 40), note(60, 40), rest()))
    assert keys(said) == [60, 60]
    assert sent_in(said)[1] <= FIRST + 40 + 4
    first, second = notes.sung
    assert first.offset_frame <= second.onset_frame
    assert abs(second.onset_frame - (FIRST + 40) * HOP_FRAMES) <= 3 * HOP_FRAMES


@pytest.mark.parametrize("hops", [20, 24, 30])
def test_notes_of_a_tenth_of_a_second_are_all_sent(hops):
    said = list(hear(Notes(), rest(), *(note(midi, hops) for midi in (60, 62, 62, 64, 60)), rest()))
    assert keys(said) == [60, 62, 62, 64, 60]


def test_two_onsets_nearer_than_any_mouth_sings_are_one_note():
    said = list(hear(Notes(), rest(), note(60, 8), note(60, 60), rest()))
    assert keys(said) == [60]


def test_a_missed_attack_becomes_a_note_once_the_voice_has_surely_sounded_for_long():
    notes, missed = Notes(), Tuning().missed_hops
    said = list(hear(notes, rest(), bound([60] * 60), rest()))
    assert keys(said) == [60]
    assert sent_in(said) == [FIRST + missed - 1]
    assert abs(notes.sung[0].onset_frame - FIRST * HOP_FRAMES) <= 2 * HOP_FRAMES


def test_a_voice_that_only_may_sound_is_not_taken_for_a_missed_attack():
    assert keys(hear(Notes(), rest(), bound([60] * 100, sounds=0.7), rest())) == []
    assert keys(hear(Notes(), rest(), *([*bound([60] * 12), *rest(4)] for _ in range(8)))) == []


def test_nothing_softer_than_the_gate_begins():
    quiet = note(60, 60, level_db=-50.0)
    assert keys(hear(Notes(profile=Profile(gate_db=-45.0)), rest(), quiet, rest())) == []
    assert keys(hear(Notes(profile=Profile(gate_db=-55.0)), rest(), quiet, rest())) == [60]


def test_a_patient_profile_waits_longer_and_a_hasty_one_not_at_all():
    def waited(patience: float) -> int:
        doubtful = note(60, 60, sure=0.2)
        return sent_in(hear(Notes(profile=Profile(patience=patience)), rest(), doubtful))[0] - FIRST

    assert waited(0.0) <= 1
    assert waited(0.0) < waited(1.0) < waited(2.0)


def test_a_note_that_was_meant_outside_the_range_of_the_voice_is_sent_an_octave_within_it():
    bass = Profile(lowest_midi=40.0, highest_midi=62.0)
    assert keys(hear(Notes(profile=bass), rest(), note(72, 40), rest())) == [60]
    assert keys(hear(Notes(profile=bass), rest(), note(33, 40), rest())) == [45]
    assert keys(hear(Notes(profile=bass), rest(), note(64, 40), rest())) == [64]  # a little above is no octave error
    assert keys(hear(Notes(), rest(), note(88, 40), rest())) == [88]


def test_a_folded_octave_stays_folded_in_the_bend_and_in_the_note_that_is_kept():
    notes = Notes(profile=Profile(lowest_midi=40.0, highest_midi=62.0))
    said = list(hear(notes, rest(), note(72.3, 80), rest()))
    assert keys(said) == [60]
    assert notes.sung[0].pitch_midi == pytest.approx(60.3, abs=0.01)


def test_finish_ends_what_sounds_and_says_nothing_the_second_time():
    notes = Notes()
    list(hear(notes, rest(), note(60, 30)))
    assert notes.key == 60
    assert [each.kind for each in notes.finish(90 * HOP_FRAMES)] == [NOTE_OFF]
    assert notes.finish(90 * HOP_FRAMES) == []
    assert notes.key is None
    assert notes.sung[0].offset_frame == 70 * HOP_FRAMES  # where the voice was last heard


def test_after_an_interruption_the_same_note_is_a_new_one():
    notes = Notes()
    said = list(hear(notes, rest(), note(60, 6)))
    assert [each.kind for each in notes.interrupt(46 * HOP_FRAMES)] == [NOTE_OFF]
    said += list(hear(notes, note(60, 40), first=5_000))
    assert keys(said) == [60, 60]
    assert len(notes.sung) == 1


def test_reset_forgets_the_notes_and_how_loud_they_were():
    notes = Notes()
    once = list(hear(notes, rest(), note(60, 30, level_db=-10.0), rest(), note(64, 30, level_db=-30.0), rest()))
    kept = list(notes.sung)
    notes.reset()
    assert notes.sung == []
    assert notes.key is None
    again = list(hear(notes, rest(), note(60, 30, level_db=-10.0), rest(), note(64, 30, level_db=-30.0), rest()))
    assert once == again
    assert notes.sung == kept


_hops = st.builds(
    lambda onset, age, sounds, sings, pitch, away, sure, clarity, level: Understood(
        0,
        ages(age, onset),
        sounds,
        sings,
        0.0,
        pitch,
        pitch + away,
        sure if pitch == pitch else 0.0,
        clarity,
        level,
    ),
    onset=st.floats(0.0, 1.0),
    age=st.floats(-40.0, 110.0),
    sounds=st.floats(0.0, 1.0),
    sings=st.floats(0.0, 1.0),
    pitch=st.one_of(st.just(math.nan), st.floats(30.0, 90.0), st.sampled_from([60.0, 60.4, 62.0, 72.0])),
    away=st.sampled_from([0.0, 0.25, -3.5, 12.0, -12.0]),
    sure=st.floats(0.0, 1.0),
    clarity=st.floats(0.0, 1.0),
    level=st.floats(-120.0, 12.0),
)


@settings(max_examples=120, deadline=None)
@given(
    parts=st.lists(st.tuples(_hops, st.integers(1, 40)), max_size=30),
    low=st.floats(30.0, 50.0),
    patience=st.floats(0.0, 3.0),
    breaks=st.integers(0, 400),
)
def test_whatever_was_understood_every_note_that_was_begun_is_ended_and_only_one_sounds(parts, low, patience, breaks):
    notes = Notes(profile=Profile(lowest_midi=low, highest_midi=low + 24.0, patience=patience))
    hops = [hop for hop, times in parts for _ in range(times)]
    said = [each for _, each in hear(notes, hops[:breaks])]
    said += notes.interrupt(breaks * HOP_FRAMES)
    said += [each for _, each in hear(notes, hops[breaks:], first=breaks + 100)]
    said += notes.finish(100_000 * HOP_FRAMES)
    assert_each_note_ends_once(said)
    for each in said:
        assert 0 <= each.number <= 127
        assert each.kind != NOTE_ON or 0.0 < each.value <= 1.0
    assert len(notes.sung) == sum(each.kind == NOTE_OFF for each in said)
    for sung in notes.sung:
        assert 0 <= sung.onset_frame <= sung.emitted_frame
        assert sung.onset_frame < sung.offset_frame
        assert 0.0 < sung.velocity <= 1.0
        assert math.isfinite(sung.pitch_midi)
    for first, second in pairwise(notes.sung):
        assert first.onset_frame <= second.onset_frame


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.tuples(_hops, st.integers(1, 40)), min_size=1, max_size=20))
def test_no_two_onsets_are_nearer_than_the_ears_were_told(parts):
    notes = Notes()
    hops = [hop for hop, times in parts for _ in range(times)]
    on = [n for n, each in hear(notes, hops, first=1_000) if each.kind == NOTE_ON]
    notes.finish(100_000 * HOP_FRAMES)
    onsets = [sung.onset_frame for sung in notes.sung]
    assert len(on) == len(onsets)
    apart_hops = (Tuning().apart_ms - 5.0) / HOP_MS - 1.0  # half a span may lie on the other side
    assert all(after - before >= apart_hops * HOP_FRAMES for before, after in pairwise(onsets))


def test_spans_made_by_hand_hold_one_chance_or_none():
    assert len(NO_AGE) == SPANS
    assert ages(2.5, 0.9).sum() == pytest.approx(0.9)
    assert ages(150.0).sum() == ages(-60.0).sum() == 0.0
