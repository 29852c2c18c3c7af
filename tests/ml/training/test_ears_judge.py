"""The figures that a network is judged by, on notes that can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ml.frames import HOP, HOP_S, RATE_HZ
from ml.learned.features import CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, TOLD
from ml.learned.heads import AGE, OUTPUTS, PITCH, PITCHES, SINGS, SOUNDS, SPAN_AGES_MS
from ml.notes import Tuning
from ml.refine import Tuning as HindTuning
from ml.training.ears.judge import (
    AFTERWARDS_GRID,
    LIVE_GRID,
    Case,
    case_of,
    figures,
    heard_afterwards,
    heard_live,
    matched,
    tuned,
    worth,
)
from tests.ml.training.ears_networks import piece, small_ears, small_hindsight

WRITTEN = np.array([[1.0, 1.5, 60.0], [1.5, 2.0, 60.0], [2.5, 3.0, 64.0], [3.5, 4.0, 67.0]])


def table(*rows: tuple[float, float, float, float, float]) -> np.ndarray:
    """Emitted, onset, offset, pitch, pitch as sent."""
    return np.array(rows).reshape(-1, 5)


def exactly(written: np.ndarray, late_s: float = 0.02) -> np.ndarray:
    return table(*((on + late_s, on, off, midi, midi) for on, off, midi in written))


def moved(rows: np.ndarray, onset: float = 0.0, offset: float = 0.0, pitch: float = 0.0) -> np.ndarray:
    return rows + np.array([0.0, onset, offset, pitch, 0.0])


def a_case(name: str = "solfege_sung_1_v0", written: np.ndarray = WRITTEN, hops: int = 1_000) -> Case:
    """A recording of 5 s, as a network that knows everything would have understood it."""
    chances, told = np.zeros((hops, OUTPUTS), np.float32), np.zeros((hops, TOLD))
    chances[:, AGE.stop - 1] = 1.0
    chances[:, PITCH.start + PITCHES // 2] = 1.0
    told[:, PITCH_MIDI], told[:, LEVEL_DB] = np.nan, -80.0
    at_s = HOP_S * (1 + np.arange(hops))
    for onset_s, offset_s, midi in written:
        held = (at_s >= onset_s) & (at_s < offset_s)
        chances[held, SOUNDS] = chances[held, SINGS] = 0.95
        told[held, PITCH_MIDI], told[held, LEVEL_DB], told[held, CLARITY], told[held, LONG_CLARITY] = (
            midi,
            -20.0,
            0.9,
            0.9,
        )
        for hop in np.flatnonzero((at_s > onset_s - 0.03) & (at_s < onset_s + 0.1)):
            chances[hop, AGE] = 0.0
            chances[hop, AGE.start + int(np.argmin(abs(SPAN_AGES_MS - 1e3 * (at_s[hop] - onset_s))))] = 1.0
    return Case(name, written, chances, told, HOP_S)


def test_notes_match_within_50_ms_and_50_cents_and_only_once():
    right = WRITTEN[:1]
    mine = table((0, 1.04, 1.5, 60.4, 60), (0, 1.02, 1.5, 60.0, 60))
    assert matched(right, mine, None, 0.05) == [(0, 1)]  # the nearer one
    assert matched(right, mine[:1], mine[:1, 3], 0.05) == [(0, 0)]
    assert matched(right, moved(mine[:1], onset=0.02), None, 0.05) == []
    assert matched(right, moved(mine[:1], pitch=0.2), mine[:1, 3] + 0.2, 0.05) == []
    twice = np.repeat(WRITTEN[:1], 2, axis=0)
    assert len(matched(twice, mine[:1], None, 0.05)) == 1


def test_an_offset_may_be_late_by_a_fifth_of_the_note():
    right, mine = np.array([[1.0, 2.0, 60.0]]), table((0, 1.0, 2.19, 60, 60))
    assert len(matched(right, mine, None, 0.05, offsets=True)) == 1
    assert len(matched(right, moved(mine, offset=0.02), None, 0.05, offsets=True)) == 0


def test_a_pitch_that_nobody_wrote_down_is_never_wrong():
    right, mine = np.array([[1.0, 2.0, np.nan]]), table((0, 1.0, 2.0, 71, 71))
    assert len(matched(right, mine, mine[:, 3], 0.05)) == 1


def test_a_perfect_hearing_has_perfect_figures():
    got = figures([a_case()], lambda case: exactly(case.written))
    for name in ("con", "conp", "sent", "conpoff", "ratio"):
        assert got[f"solfege_{name}"] == 1.0
    assert got["again"] == 1.0
    assert got["octaves"] == 0.0
    assert got["late_p50"] == got["late_p95"] == pytest.approx(20.0)


def test_figures_on_a_case_that_can_be_counted_by_hand():
    heard = table(
        (1.03, 1.01, 1.5, 60.0, 60.0),  # right in all
        (1.55, 1.53, 1.99, 60.1, 61.0),  # the repeat; sent a semitone sharp, and bent right
        (2.60, 2.52, 2.7, 52.0, 52.0),  # an octave low, and too short
        (4.50, 4.50, 4.8, 67.0, 67.0),  # nobody sang it; the fourth note is missed
    )
    got = figures([a_case()], lambda case: heard)
    assert got["solfege_con"] == pytest.approx(2 * 3 / 8)
    assert got["solfege_conp"] == pytest.approx(2 * 2 / 8)
    assert got["solfege_sent"] == pytest.approx(2 * 1 / 8)
    assert got["solfege_conpoff"] == pytest.approx(2 * 2 / 8)
    assert got["solfege_ratio"] == 1.0
    assert got["octaves"] == pytest.approx(1 / 3)
    assert got["again"] == 1.0  # one repeat, and it was found
    assert got["late_p50"] == pytest.approx((30.0 + 50.0) / 2)


def test_a_repeat_that_was_not_struck_again_is_counted():
    got = figures([a_case()], lambda case: np.delete(exactly(case.written), 1, axis=0))
    assert got["again"] == 0.0


def test_notes_that_nobody_sang_are_counted_by_the_minute():
    none = np.zeros((0, 3))
    cases = [a_case(), a_case("pjs_spoken_1_v0", none, 6_000), a_case("made_quiet_1_v0", none, 12_000)]
    assert cases[1].minutes == pytest.approx(0.5)
    got = figures(cases, lambda case: exactly(WRITTEN))
    assert got["speech"] == pytest.approx(4 / 0.5)
    assert got["quiet"] == pytest.approx(4 / 1.0)


def test_each_corpus_has_figures_of_its_own():
    cases = [a_case(), a_case("pjs_sung_2_v0")]
    got = figures(cases, lambda case: exactly(case.written) if "solfege" in case.name else table())
    assert (got["solfege_con"], got["pjs_con"]) == (1.0, 0.0)


def test_better_hearing_is_worth_more():
    def worth_of(**other: float) -> float:
        plain = figures([a_case()], lambda case: exactly(case.written))
        return worth({**plain, **other})

    best = worth_of()
    assert worth_of(solfege_con=0.9) < best
    assert worth_of(late_p50=40.0) < best
    assert worth_of(late_p95=90.0) < best
    assert worth_of(speech=20.0) < best
    assert worth_of(quiet=2.0) < best
    assert worth_of(again=0.5) < best
    assert worth_of(late_p50=np.nan, late_p95=np.nan) == pytest.approx(best)  # a finished take is never late


def test_chances_that_are_right_become_the_notes_that_were_written():
    case = a_case()
    for heard in (heard_live(case, Tuning()), heard_afterwards(case, HindTuning())):
        assert len(heard) == len(WRITTEN)
        assert heard[:, 1] == pytest.approx(WRITTEN[:, 0], abs=0.012)
        assert heard[:, 2] == pytest.approx(WRITTEN[:, 1], abs=0.012)
        assert heard[:, 3] == pytest.approx(WRITTEN[:, 2], abs=0.01)
    assert (heard_live(case, Tuning())[:, 0] >= heard_live(case, Tuning())[:, 1]).all()


def test_a_case_counts_hops_as_the_live_ears_do():
    hops = a_case().hops
    assert hops[0].frame == round(HOP_S * RATE_HZ)
    assert hops[1].frame - hops[0].frame == HOP


@pytest.mark.parametrize("make", [small_ears, small_hindsight])
def test_a_network_hears_a_piece_whole(make):
    heard = piece("solfege_sung_1_v0", 200)
    case = case_of(make(), heard)
    assert case.chances.shape == (200, OUTPUTS)
    assert case.chances[:, AGE].sum(axis=1) == pytest.approx(np.ones(200), abs=1e-4)
    assert case.told[:, PITCH_MIDI] == pytest.approx(heard.told[:, 0])
    assert case.told[:, LONG_CLARITY] == pytest.approx(heard.told[:, 3])


def test_turning_the_knobs_finds_a_better_setting_and_leaves_alone_what_does_not_matter():
    def hear(case: Case, knobs: HindTuning) -> np.ndarray:
        return moved(exactly(case.written), onset=abs(knobs.moved_ms - 90.0) * 1e-3)

    grid: dict[str, Sequence[float]] = {"moved_ms": (30.0, 60.0, 90.0, 150.0), "sings": (0.1, 0.2)}
    found, got = tuned([a_case()], HindTuning(), hear, grid)
    assert found.moved_ms == 60.0  # 30 ms off is within 50, and 90 is no better
    assert found.sings == HindTuning().sings
    assert got["solfege_con"] == 1.0


@pytest.mark.parametrize(("grid", "tuning"), [(LIVE_GRID, Tuning()), (AFTERWARDS_GRID, HindTuning())])
def test_every_knob_that_is_turned_is_one_that_the_ears_have(grid, tuning):
    for name, values in grid.items():
        assert hasattr(tuning, name)
        assert len(set(values)) == len(values) > 1
