"""What the chances say, read by the compiled code and by plain numpy alike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.learned.features import CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, TOLD
from ml.learned.heads import (
    AGE,
    DRUMS,
    OCTAVE_ST,
    OLDEST_MS,
    OUTPUTS,
    PITCH,
    PITCH_AWAY_ST,
    PITCHES,
    SINGS,
    SOONEST_MS,
    SOUNDS,
    SPAN_AGES_MS,
    SPAN_MS,
    SPANS,
)
from ml.learned.understood import understood
from ml.notes import _newest


def told(pitch: float = 60.0, clarity: float = 0.9, level_db: float = -20.0, long_clarity: float = 0.8) -> np.ndarray:
    said = np.zeros(TOLD)
    said[[PITCH_MIDI, CLARITY, LEVEL_DB, LONG_CLARITY]] = pitch, clarity, level_db, long_clarity
    return said


def likeliest_by_numpy(chances: np.ndarray) -> tuple[float, float]:
    near = chances[:PITCHES].astype(np.float64)
    windows = [slice(max(0, middle - 2), middle + 3) for middle in range(PITCHES)]
    totals = [near[window].sum() for window in windows]
    best = int(np.argmax(totals))
    down, up = chances[PITCHES : PITCHES + 2]
    if max(down, up) > totals[best]:
        return (-OCTAVE_ST, down) if down > up else (OCTAVE_ST, up)
    weighed = (near[windows[best]] * PITCH_AWAY_ST[windows[best]]).sum()
    return weighed / max(totals[best], 1e-9), min(1.0, totals[best])


def newest_by_numpy(ages: np.ndarray, youngest_ms: float) -> tuple[float, float]:
    share = np.clip((youngest_ms - SPAN_AGES_MS) / SPAN_MS + 0.5, 0.0, 1.0) * ages
    share[:2] = 0.0
    return share.sum(), (share * SPAN_AGES_MS).sum() / share.sum() if share.sum() > 0.0 else 0.0


def test_the_heads_lie_side_by_side_and_fill_the_output():
    places = [*range(OUTPUTS)[AGE], *range(OUTPUTS)[PITCH], SOUNDS, SINGS, DRUMS]
    assert places == list(range(OUTPUTS))
    assert len(SPAN_AGES_MS) == SPANS
    assert SPAN_AGES_MS[0] - SPAN_MS / 2 == SOONEST_MS
    assert SPAN_AGES_MS[-1] + SPAN_MS / 2 == OLDEST_MS
    assert PITCH_AWAY_ST[PITCHES // 2] == 0.0
    assert PITCH_AWAY_ST[0] == -PITCH_AWAY_ST[-1]


@pytest.mark.parametrize("seed", range(12))
def test_the_compiled_pitch_is_that_of_plain_numpy(seed):
    random = np.random.default_rng(seed)
    chances = np.zeros(OUTPUTS, np.float32)
    chances[PITCH] = random.dirichlet(np.full(PITCHES + 3, 0.2 if seed % 2 else 1.0))
    hop = understood(7, chances, told(60.0))
    away_st, sure = likeliest_by_numpy(chances[PITCH])
    assert hop.meant == pytest.approx(60.0 + away_st, abs=1e-4)
    assert hop.sure == pytest.approx(sure, abs=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_the_compiled_age_is_that_of_plain_numpy(seed):
    random = np.random.default_rng(seed)
    ages = random.dirichlet(np.full(SPANS + 1, 0.3))[:-1].astype(np.float32)
    for youngest_ms in (-20.0, 0.0, 33.0, 71.5, 1e6):
        assert _newest(ages, youngest_ms) == pytest.approx(newest_by_numpy(ages, youngest_ms), rel=1e-5, abs=1e-6)


def test_an_octave_is_believed_where_it_is_likelier_than_any_pitch_near_by():
    for place, away_st in ((PITCHES, -12.0), (PITCHES + 1, 12.0)):
        chances = np.zeros(OUTPUTS, np.float32)
        chances[PITCH.start + PITCHES // 2], chances[PITCH.start + place] = 0.4, 0.6
        hop = understood(0, chances, told(60.0))
        assert hop.meant == 60.0 + away_st
        assert hop.sure == pytest.approx(0.6)


def test_chances_that_neighbours_share_are_one_pitch_between_them():
    chances = np.zeros(OUTPUTS, np.float32)
    middle = PITCH.start + PITCHES // 2
    chances[middle], chances[middle + 1] = 0.5, 0.5
    hop = understood(0, chances, told(60.0))
    assert hop.meant == pytest.approx(60.125, abs=1e-5)
    assert hop.sure == pytest.approx(1.0)


def test_each_chance_is_read_from_its_own_place():
    chances = np.zeros(OUTPUTS, np.float32)
    chances[AGE][:] = np.linspace(0.01, 0.13, SPANS + 1)
    chances[[SOUNDS, SINGS, DRUMS]] = 0.7, 0.8, 0.3
    hop = understood(123, chances, told(clarity=0.4, long_clarity=0.6, level_db=-33.0))
    assert hop.frame == 123
    assert np.array_equal(hop.ages, chances[AGE][:SPANS])
    assert (hop.sounds, hop.sings, hop.drums) == pytest.approx((0.7, 0.8, 0.3))
    assert (hop.clarity, hop.level_db) == (0.6, -33.0)


def test_where_nothing_repeats_no_pitch_is_sure():
    chances = np.zeros(OUTPUTS, np.float32)
    chances[PITCH.start + PITCHES // 2] = 1.0
    hop = understood(0, chances, told(pitch=math.nan))
    assert math.isnan(hop.pitch)
    assert math.isnan(hop.meant)
    assert hop.sure == 0.0
