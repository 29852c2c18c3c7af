"""Where a string sits, and when it is thought about."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.dsp.strings.places import POLY
from tests.realtime.dsp.strings.cello_playing import PLAIN, fresh, heard, level_db, note, off, on, part


def sides_db(key: int, **knobs: float) -> float:
    left, right = part(heard([on(0.0, key)], 0.6, **{**PLAIN, **knobs}), 0.3, 0.6)
    return level_db(right) - level_db(left)


def test_low_strings_sit_to_the_left_and_high_ones_to_the_right_as_wide_as_the_knob_says():
    assert sides_db(36, width=1.0) < sides_db(36, width=0.3) < -0.5
    assert sides_db(81, width=1.0) > sides_db(81, width=0.3) > 0.5
    assert sides_db(36, width=0.0) == pytest.approx(0.0, abs=1e-6)


def test_pan_reaches_either_side_alone():
    assert sides_db(48, pan=0.0) < -60.0 and sides_db(48, pan=1.0) > 60.0


def test_strings_that_begin_together_are_not_thought_about_together_afterwards():
    state = fresh(**PLAIN, mode=POLY)
    heard([on(0.0, 40 + n) for n in range(32)], 0.1, state=state)
    voices = state["desks"][0]["voice"]
    ends = (state["desks"]["hop"][0] - voices["at"] + voices["made"] - voices["taken"])[:32] % 192
    in_a_block = [((ends >= at) & (ends < at + 64)).sum() for at in range(0, 192, 64)]
    assert max(in_a_block) <= 20


def test_the_hall_answers_after_the_string_is_silent():
    wet = heard(note(0.0, 0.3, 55), 1.5, model=0.0)
    dry = heard(note(0.0, 0.3, 55), 1.5, model=0.0, hall=0.0)
    silent_from = np.flatnonzero(np.abs(dry).max(axis=0))[-1] + 1
    assert np.abs(dry[:, silent_from:]).max() == 0.0
    assert np.abs(wet[:, silent_from:]).max() > 0.0
    assert np.abs(wet[:, -4_800:]).max() == 0.0


def test_a_slur_goes_on_with_the_same_hiss():
    """What was heard of it before is what it goes on from: with the tone all but gone, no seam is seen."""
    score = [on(0.0, 57), on(0.2013, 58), off(0.21, 57)]
    whole = heard(score, 0.4, **{**PLAIN, "hair": 1.0})
    seam = round(0.2013 * 48_000)
    steps = np.abs(np.diff(whole[0], 2))
    assert steps[seam - 3 : seam + 3].max() <= 1.5 * np.percentile(steps[seam - 2_000 : seam + 2_000], 99.9)
