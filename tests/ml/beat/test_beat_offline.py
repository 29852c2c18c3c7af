"""A finished take: its tempo, and its notes in a score of that tempo."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ml.beat.belief import PHASES, TEMPI, doubted, doubted_backwards, passed, usual_tempi
from ml.beat.curve import tempo_map
from ml.beat.offline import changes_of_tempo, in_time, timing
from ml.beat.smoothing import place
from score.errors import SettingsError
from score.score import Score
from score.tempo import TICKS_PER_QUARTER
from tests.ml.beat.performances import Performance, octave_of, perform

Rows = list[tuple[float, float, float, int]]


def rows_of(performance: Performance) -> Rows:
    onsets_s = [float(onset_s) for onset_s in performance.onsets_s]
    ends_s = [*onsets_s[1:], onsets_s[-1] + 0.4]
    return [(on, off - 0.01, 60.0 + n % 5 + 0.2, 80) for n, (on, off) in enumerate(zip(onsets_s, ends_s, strict=True))]


def notes(score: Score) -> list[tuple[int, int]]:
    return [(note.start_ticks, note.end_ticks) for note in score.tracks[0].notes]


@pytest.mark.parametrize("pattern", ["eighths and quarters", "long rests", "sixteenths"])
def test_the_tempo_holds_from_the_first_note(pattern: str):
    performance = perform(pattern, 96, 24)
    beats_s = np.array(timing(performance.onsets_s).beats_s)
    ratios = [octave_of(60.0 / beat_s, 96) for beat_s in np.diff(beats_s)]
    assert np.all(np.abs(np.log(ratios)) < 0.05)
    off = [(performance.beat_at(t_s) + 0.5) % 1.0 - 0.5 for t_s in beats_s[1:-1]]
    assert np.quantile(np.abs(off), 0.9) < 0.06


def test_a_steady_singer_gets_few_tempi_and_a_leap_is_one_of_them():
    steady = timing(perform("eighths and quarters", 90, 32).onsets_s)
    assert len(steady.tempo.tempos) <= 4 and steady.confidence > 0.8
    leaping = perform("eighths and quarters", 100, 48, leap=1.3)
    curve = changes_of_tempo(timing(leaping.onsets_s).tempo)
    half_s = leaping.beat_s[24 * 48]
    for t_s, true_bpm in ((half_s - 8, 100), (half_s - 2, 100), (half_s + 2, 130), (half_s + 8, 130)):
        assert [bpm for since_s, bpm in curve if since_s <= t_s][-1] == pytest.approx(true_bpm, rel=0.05)


def test_notes_lie_on_the_lines_that_were_meant():
    performance = perform("eighths and quarters", 104, 32, drift=0.04, seed=2)
    score = in_time(rows_of(performance), "1/8")
    starts = np.array([start for start, _ in notes(score)]) / TICKS_PER_QUARTER
    assert np.allclose(starts * 2 % 1, 0)
    assert np.mean(np.diff(starts) == np.diff(performance.beats)) > 0.95


def test_without_strength_notes_stay_where_they_were_sung_in_a_tempo_that_is_right():
    rows = rows_of(perform("eighths and quarters", 84, 16))
    score = in_time(rows, "1/8", 0.0)
    for (start, end), (onset_s, offset_s, _, _) in zip(notes(score), rows, strict=True):
        assert score.tempo.seconds_at(start) == pytest.approx(onset_s, abs=0.002)
        assert score.tempo.seconds_at(end) == pytest.approx(offset_s, abs=0.003)


def test_moved_notes_do_not_overlap_where_sung_ones_did_not():
    for strength in (0.4, 1.0):
        placed = notes(in_time(rows_of(perform("sixteenths", 110, 16, seed=4)), "1/8", strength))
        assert all(end <= start for (_, end), (start, _) in pairwise(placed))


def test_an_ornament_stays_before_its_note():
    beat_s = 0.6
    rows = [(1.0 + beat_s * n, 1.5 + beat_s * n, 60.0, 80) for n in range(12)]
    rows.insert(6, (rows[6][0] - 0.07, rows[6][0], 62.0, 80))
    rows[5] = (*rows[5][:1], rows[6][0], *rows[5][2:])
    score = in_time(rows, "1/4")
    starts = [note.start_ticks for note in score.tracks[0].notes]
    assert len(set(starts)) == 13
    assert sum(start % TICKS_PER_QUARTER == 0 for start in starts) == 12


def test_pitch_velocity_and_intonation_come_through():
    rows = rows_of(perform("quarters", 100, 8))
    track = in_time(rows, "1/4").tracks[0]
    assert [(note.pitch, note.velocity) for note in track.notes] == [(round(row[2]), row[3]) for row in rows]
    assert all(note.bend_st[0][1] == pytest.approx(0.2, abs=0.01) for note in track.notes)
    assert track.zones


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_notes_make_no_tempo_and_move_nothing(count: int):
    rows: Rows = [(0.3 * n + 0.11, 0.3 * n + 0.2, 60.0, 80) for n in range(count)]
    found = timing(row[0] for row in rows)
    assert found.confidence == 0.0 and found.beats_s == ()
    score = in_time(rows, "1/4")
    assert [start for start, _ in notes(score)] == [round(score.tempo.ticks_at(row[0])) for row in rows]


def test_a_chord_is_one_onset():
    chord_s = [t_s + late for t_s in np.arange(1.0, 9.0, 0.5) for late in (0.0, 0.004, 0.009)]
    beats_s = timing(chord_s).beats_s
    assert np.diff(beats_s) == pytest.approx([0.5] * (len(beats_s) - 1), rel=0.03)


def test_each_beat_of_the_map_comes_when_it_was_sung():
    times_s = np.cumsum([0.9, 0.5, 0.51, 0.49, 0.5, 0.7, 0.7, 0.7, 0.7, 0.4, 0.4, 0.4])
    tempo, first_tick = tempo_map(3, times_s)
    for n, t_s in enumerate(times_s):
        assert tempo.seconds_at(first_tick + n * TICKS_PER_QUARTER) == pytest.approx(t_s, abs=0.025)
    assert len(tempo.tempos) < len(times_s)


def test_a_take_that_begins_on_its_first_beat_fits_too():
    times_s = np.array([0.5 * n - 0.1 for n in range(8)])
    tempo, first_tick = tempo_map(0, times_s)
    for n in range(1, 8):
        assert tempo.seconds_at(first_tick + n * TICKS_PER_QUARTER) == pytest.approx(times_s[n], abs=0.025)


def test_what_is_known_from_the_future_is_the_transpose_of_what_is_known_from_the_past():
    random, usual = np.random.default_rng(0), usual_tempi()
    cells, future = random.random((2, TEMPI, PHASES))
    assert (doubted(cells, usual) * future).sum() == pytest.approx((cells * doubted_backwards(future, usual)).sum())
    # A smooth belief, since a filter never rings below nothing then.
    smooth = passed(cells, 5.0)
    back = passed(future, 5.0)
    assert (passed(smooth, 0.7) * back).sum() == pytest.approx((smooth * passed(back, -0.7)).sum(), rel=1e-3)


def test_a_long_take_is_the_same_however_it_is_cut_for_memory():
    performance = perform("quarters", 100, 12)
    placed = place(performance.onsets_s)
    assert np.diff(placed.beats) == pytest.approx(np.ones(len(placed.beats) - 1), abs=0.12)


@pytest.mark.parametrize("wrong", [{"strength": 2.0}, {"division": "1/7"}, {"swing": 0.9}])
def test_a_grid_that_cannot_be_meant_is_refused_for_takes_too(wrong: dict[str, object]):
    with pytest.raises(SettingsError):
        in_time([], **wrong)  # type: ignore[arg-type]
