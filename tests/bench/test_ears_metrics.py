"""Every metric of the ears, on tables small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ears.metrics import F0_LAGS_S, FileScore, Heard, Written, f0_lag, score, summarise


def written(*notes):
    return np.array(notes, float).reshape(-1, 3)


def note(onset_s, offset_s, pitch, sent_s=None, sent_pitch=None):
    return (
        onset_s if sent_s is None else sent_s,
        onset_s,
        offset_s,
        pitch,
        0.5,
        pitch if sent_pitch is None else sent_pitch,
    )


def heard(*notes, seconds=60.0, busy_s=1.0, f0=None):
    return Heard(np.array(notes, float).reshape(-1, 6), seconds, busy_s, f0)


def figures(truth, told):
    return {name: figure.value for name, figure in summarise([score(Written(truth), told)], draws=10).items()}


FOUR = written((1.0, 1.5, 60), (2.0, 2.5, 62), (3.0, 3.5, 64), (4.0, 4.5, 65))


def test_what_is_heard_as_written_is_perfect():
    told = figures(FOUR, heard(*(note(*each) for each in FOUR)))
    assert [told[name] for name in ("COn", "COnP", "COnPOff", "COnP as sent", "COn as sent")] == [1.0] * 5
    assert (told["octave errors"], told["count"], told["latency p50"], told["bias"]) == (0.0, 1.0, 0.0, 0.0)


def test_an_onset_pitch_or_offset_that_is_wrong_costs_its_own_metric_and_the_stricter_ones():
    told = figures(
        FOUR,
        heard(
            note(1.06, 1.5, 60),  # 60 ms late
            note(2.04, 2.5, 62.6),  # in time, 60 cents sharp
            note(3.0, 3.9, 64.4),  # in time and tune, 400 ms long
            note(4.0, 4.59, 65),  # 90 ms long, which a fifth of 0.5 s allows
            note(5.0, 5.5, 65),  # nobody sang
        ),
    )
    assert told["COn"] == pytest.approx(2 * 3 / 9)
    assert told["COnP"] == pytest.approx(2 * 2 / 9)
    assert told["COnPOff"] == pytest.approx(2 * 1 / 9)
    assert told["count"] == 5 / 4
    assert told["false/min"] == 2.0  # the first, and what nobody sang


def test_as_sent_means_the_pitch_and_the_moment_that_left():
    told = figures(
        FOUR,
        heard(
            note(1.0, 1.5, 60, sent_s=1.04, sent_pitch=61.0),
            note(2.0, 2.5, 62, sent_s=2.06, sent_pitch=62.4),
            note(3.0, 3.5, 64, sent_s=3.02),
            note(4.0, 4.5, 65, sent_s=4.02, sent_pitch=53.0),
        ),
    )
    assert told["COnP"] == 1.0
    assert told["COnP as sent"] == 0.5
    assert told["COn as sent"] == 0.75


def test_repeats_slurs_and_first_notes_are_told_apart_by_the_rest_before_them_and_the_step():
    truth = written(
        (1.0, 1.5, 60.0),  # first
        (1.5, 2.0, 60.4),  # repeat
        (2.09, 2.5, 60.0),  # repeat, 90 ms later
        (2.5, 3.0, 62.0),  # slur
        (3.1, 3.5, 62.0),  # first: 100 ms of rest
        (3.45, 4.0, 62.6),  # slur, overlapping, just over half a semitone
    )
    told = figures(truth, heard(note(1.0, 1.5, 60), note(1.5, 2.4, 70), note(2.5, 3.0, 62), note(3.45, 4.0, 62)))
    assert told["repeats"] == 1 / 2
    assert told["slurs"] == 2 / 2
    assert told["firsts"] == 1 / 2


def test_an_octave_error_is_one_give_or_take_a_semitone_of_those_whose_onset_is_right():
    told = figures(
        FOUR,
        heard(
            note(1.0, 1.5, 72.9),  # an octave
            note(2.0, 2.5, 38.0),  # two
            note(3.0, 3.5, 71.0),  # a fifth
            note(4.3, 4.5, 77.0),  # an octave, but not in time
        ),
    )
    assert told["octave errors"] == pytest.approx(2 / 3)


def test_latency_counts_what_is_right_within_150_ms_and_bias_what_is_right_within_50():
    told = figures(
        FOUR,
        heard(
            note(0.98, 1.5, 60, sent_s=1.01),
            note(2.04, 2.5, 62, sent_s=2.05),
            note(3.14, 3.5, 64, sent_s=3.4),  # late, and still the note that was sung
            note(4.0, 4.5, 66, sent_s=4.9),  # another pitch
        ),
    )
    assert told["latency p50"] == pytest.approx(50.0)
    assert told["latency p95"] == pytest.approx(50.0 + 0.9 * 350.0)
    assert told["bias"] == pytest.approx(0.0, abs=1e-9)  # of -20, 40 and 0


def test_a_program_that_cannot_run_live_has_neither_latency_nor_anything_as_sent():
    offline = (np.nan, 1.0, 1.5, 60.0, np.nan, np.nan)
    told = figures(FOUR, heard(offline))
    assert told["COn"] == pytest.approx(2 / 5)
    assert all(np.isnan(told[name]) for name in ("latency p50", "latency p95", "COnP as sent", "COn as sent"))


def test_without_a_table_the_notes_a_minute_are_counted_and_nothing_else():
    told = figures(None, heard(note(1, 2, 60), note(3, 4, 60), note(5, 6, 60), seconds=90.0, busy_s=0.9))
    assert told["notes/min"] == pytest.approx(2.0)
    assert told["CPU"] == pytest.approx(0.01)
    assert np.isnan(told["COn"])
    assert np.isnan(told["repeats"])


def test_hearing_nothing_is_right_only_where_nothing_was_sung():
    assert figures(written(), heard())["COn"] == 1.0
    assert figures(written(), heard(note(1, 2, 60)))["COn"] == 0.0
    assert figures(FOUR, heard())["COnPOff"] == 0.0


def test_f_measures_are_means_over_recordings_but_recalls_are_shares_of_all_notes():
    few, many = written((1.0, 1.5, 60)), written(*((n, n + 0.5, 60) for n in range(1, 10)))
    scores = [score(Written(few), heard()), score(Written(many), heard(*(note(*each) for each in many)))]
    told = summarise(scores, draws=10)
    assert told["COn"].value == 0.5
    assert told["firsts"].value == 0.9


def test_f0_is_counted_where_somebody_sings_and_a_constant_delay_is_not_a_wrong_pitch():
    times_s = np.arange(0.0, 2.0, 0.005)
    glide = 2.0 ** (1.0 + 10.0 * times_s)  # 60 cents in 5 ms
    sung = np.where(times_s >= 1.0, glide, 0.0)
    truth = Written(None, np.column_stack([times_s, sung]))
    late = np.column_stack([times_s + 0.02, glide])
    late[-100:, 1] *= 2.0  # the last half of what was sung, an octave too high
    result = score(truth, heard(f0=late))
    assert result.f0_voiced == 200
    assert F0_LAGS_S[f0_lag([result])] == pytest.approx(0.02)
    assert summarise([result], draws=10)["f0"].value == pytest.approx(0.5)


def test_silence_and_what_is_not_a_number_are_never_a_right_pitch():
    truth = Written(None, np.array([[0.0, 220.0], [0.01, 220.0], [0.02, 220.0], [0.03, 220.0]]))
    told = np.array([[0.0, 0.0], [0.01, np.nan], [0.02, np.inf], [0.03, -220.0]])
    assert summarise([score(truth, heard(f0=told))], draws=10)["f0"].value == 0.0


def test_the_interval_holds_the_value_shrinks_with_more_recordings_and_is_the_same_each_time():
    chance = np.random.default_rng(5)
    files = [FileScore(means={"COn": float(value)}) for value in chance.uniform(0.5, 1.0, 400)]
    few, many = summarise(files[:20])["COn"], summarise(files)["COn"]
    for figure in (few, many):
        assert figure.low < figure.value < figure.high
    assert many.high - many.low < 0.5 * (few.high - few.low)
    assert summarise(files[:20])["COn"] == few


def test_the_interval_of_a_mean_is_that_of_the_textbook():
    values = np.random.default_rng(6).normal(0.8, 0.05, 200)
    figure = summarise([FileScore(means={"COn": float(value)}) for value in values])["COn"]
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert figure.high - figure.low == pytest.approx(2 * half, rel=0.1)
