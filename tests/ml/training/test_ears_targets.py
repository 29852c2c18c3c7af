"""What the network should have said: of notes written by hand, hop by hop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ml.frames import HOP_S
from ml.learned.heads import (
    AGE,
    DRUMS,
    OUTPUTS,
    PITCH,
    PITCH_AWAY_ST,
    PITCH_REACH_ST,
    PITCHES,
    SINGS,
    SOUNDS,
    SPAN_AGES_MS,
    SPAN_MS,
    SPANS,
)
from ml.training.ears.targets import COLUMNS, NO_ONSET, loss_of, soft_ages, soft_pitches, targets

HOPS, NOW_S = 200, 0.006


def right_of(notes, *, beaten=(), heard: float = 60.0, clarity: float = 0.9, is_music: bool = True) -> dict[str, Any]:
    table = targets(
        np.array(notes, float).reshape(-1, 3),
        np.array(beaten, float),
        np.full(HOPS, heard, np.float32),
        np.full(HOPS, clarity, np.float16),
        np.linspace(-60.0, -20.0, HOPS).astype(np.float16),
        NOW_S,
        is_music=is_music,
    )
    assert table.shape == (HOPS, len(COLUMNS))
    return dict(zip(COLUMNS, table.T, strict=True))


AT_S = NOW_S + HOP_S * np.arange(HOPS)


@pytest.mark.parametrize("age_ms", [-200.0, -30.0, -12.0, 0.0, 5.0, 47.3, 99.0, 130.0, NO_ONSET])
def test_soft_ages_are_chances_that_sum_to_one(age_ms):
    chances = soft_ages(torch.tensor([age_ms]))[0]
    assert chances.shape == (SPANS + 1,)
    assert (chances >= -1e-6).all()
    assert float(chances.sum()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("age_ms", [-10.0, 0.0, 23.0, 60.0])
def test_soft_ages_lie_around_the_age(age_ms):
    chances = soft_ages(torch.tensor(age_ms)).numpy()
    assert (chances[:-1] * SPAN_AGES_MS).sum() / chances[:-1].sum() == pytest.approx(age_ms, abs=1.0)
    assert chances[-1] < 0.02
    assert abs(SPAN_AGES_MS[chances[:-1].argmax()] - age_ms) <= SPAN_MS


def test_an_onset_far_away_is_none():
    for age_ms in (-100.0, 200.0, NO_ONSET):
        assert float(soft_ages(torch.tensor(age_ms))[-1]) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("away_st", [-3.5, -1.3, 0.0, 0.1, 0.25, 3.4, 7.0, -12.3, 11.8, 24.0])
def test_soft_pitches_are_chances_that_sum_to_one(away_st):
    chances = soft_pitches(torch.tensor([away_st]))[0]
    assert chances.shape == (PITCHES + 3,)
    assert float(chances.sum()) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("away_st", [-3.5, -1.3, 0.0, 0.1, 2.9])
def test_a_pitch_near_by_is_shared_by_its_neighbours_so_that_their_mean_is_right(away_st):
    chances = soft_pitches(torch.tensor(away_st)).numpy()
    assert (chances[:PITCHES] * PITCH_AWAY_ST).sum() == pytest.approx(away_st, abs=1e-5)
    assert np.count_nonzero(chances > 1e-6) <= 2


@pytest.mark.parametrize(("away_st", "column"), [(-12.0, 0), (-11.4, 0), (12.0, 1), (12.9, 1), (7.0, 2), (-5.0, 2)])
def test_an_octave_has_a_class_of_its_own_and_all_else_another(away_st, column):
    assert abs(away_st) > PITCH_REACH_ST
    chances = soft_pitches(torch.tensor(away_st)).numpy()
    assert chances[PITCHES + column] == 1.0


def test_the_age_is_counted_from_the_newest_onset():
    right = right_of([(0.2, 0.6, 60), (0.6, 0.9, 62)])
    for at in (0.21, 0.25, 0.61, 0.66):
        hop = int(np.searchsorted(AT_S, at))
        onset = 0.6 if at > 0.6 else 0.2
        assert right["age_ms"][hop] == pytest.approx(1e3 * (AT_S[hop] - onset), abs=1e-3)
    assert right["age_ms"][int(np.searchsorted(AT_S, 0.45))] == NO_ONSET
    assert right["age_ms"][int(np.searchsorted(AT_S, 0.59))] < 0.0  # it is on its way


def test_of_two_notes_within_a_tenth_of_a_second_the_newer_one_counts():
    right = right_of([(0.3, 0.37, 60), (0.37, 0.6, 60)])
    hop = int(np.searchsorted(AT_S, 0.38))
    assert right["age_ms"][hop] == pytest.approx(1e3 * (AT_S[hop] - 0.37), abs=1e-3)


def test_what_is_meant_is_told_from_what_is_heard():
    right = right_of([(0.2, 0.6, 61.5)], heard=60.0)
    held = slice(*np.searchsorted(AT_S, (0.2, 0.6)))
    assert right["away_st"][held] == pytest.approx(np.full(held.stop - held.start, 1.5))
    assert (right["pitch_weight"][held] > 0.0).all()
    assert right["pitch_weight"][held][0] > right["pitch_weight"][held][-1]  # what was sent wrong at first is heard
    assert right["pitch_weight"][int(np.searchsorted(AT_S, 0.8))] == 0.0


def test_a_pitch_that_nobody_heard_or_wrote_down_is_not_asked_for():
    assert not right_of([(0.2, 0.6, 60)], clarity=0.1)["pitch_weight"].any()
    assert not right_of([(0.2, 0.6, 60)], heard=np.nan)["pitch_weight"].any()
    unwritten = right_of([(0.2, 0.6, np.nan)])
    assert not unwritten["pitch_weight"].any()
    assert unwritten["sounds"].any()
    assert np.isfinite(unwritten["away_st"]).all()


def test_a_note_sounds_from_its_onset_to_its_offset():
    right = right_of([(0.2, 0.6, 60)])
    assert np.array_equal(right["sounds"] > 0, (AT_S >= 0.2) & (AT_S < 0.6))
    assert np.array_equal(right["sings"], right["sounds"])
    assert np.array_equal(right["sings_weight"] > 0, right["sounds"] > 0)


def test_speech_is_no_singing_where_it_can_be_heard():
    right = right_of([], is_music=False)
    assert not right["sings"].any()
    assert 0.2 < (right["sings_weight"] > 0).mean() < 0.6
    assert not right_of([], is_music=False, clarity=0.1)["sings_weight"].any()


def test_a_beat_of_the_mouth_drums_for_a_moment():
    right = right_of([], beaten=[0.5], is_music=False)
    assert AT_S[right["drums"] > 0].min() == pytest.approx(0.5, abs=HOP_S)
    assert AT_S[right["drums"] > 0].max() == pytest.approx(0.54, abs=HOP_S)


def said_rightly(right: torch.Tensor) -> torch.Tensor:
    """The logits of a network that knows the answers."""
    said = torch.zeros(*right.shape[:-1], OUTPUTS)
    column = {name: right[..., place] for place, name in enumerate(COLUMNS)}
    said[..., AGE] = torch.log(soft_ages(column["age_ms"]).clamp(min=1e-9))
    said[..., PITCH] = torch.log(soft_pitches(column["away_st"]).clamp(min=1e-9))
    for place, name in ((SOUNDS, "sounds"), (SINGS, "sings"), (DRUMS, "drums")):
        said[..., place] = 20.0 * column[name] - 10.0
    return said


def test_who_says_what_is_right_loses_least_in_every_part():
    told = right_of([(0.2, 0.6, 61.5)], beaten=[0.8])
    right = torch.from_numpy(np.column_stack([told[name] for name in COLUMNS]))[None]
    knows, parts = loss_of(said_rightly(right), right)
    guesses, guessed = loss_of(torch.zeros(1, HOPS, OUTPUTS), right)
    assert float(knows) < 0.5 * float(guesses)
    assert set(parts) == {"age", "pitch", "sounds", "sings", "drums"}
    assert all(parts[name] < guessed[name] for name in parts)
    for part in (AGE, PITCH, SOUNDS, SINGS, DRUMS):
        worse = said_rightly(right)
        worse[..., part] = worse[..., part].flip(1)  # the same answers at the wrong time
        assert float(loss_of(worse, right)[0]) > float(knows)
