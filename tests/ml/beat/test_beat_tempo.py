"""The live beat: found, kept, followed, and overruled by taps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.beat.grid import Beat, Metronome
from ml.beat.taps import Taps
from ml.beat.tempo import Tempo
from score.errors import SettingsError
from tests.ml.beat.performances import PATTERNS, Performance, octave_of, perform


def follow(performance: Performance) -> list[Beat]:
    """What the tracker says right after each onset."""
    tempo, beats = Tempo(), []
    for onset_s in performance.onsets_s:
        tempo.onset(float(onset_s))
        beats.append(tempo.at(float(onset_s)))
    return beats


def off_beat(phase: float, beat: float) -> float:
    """How far two places in a beat are apart, in beats."""
    return abs((phase - beat + 0.5) % 1.0 - 0.5)


def share_right(performance: Performance, after_s: float = 4.0, within: float = 0.04) -> float:
    start = performance.onsets_s[0] + after_s
    right = [
        abs(octave_of(beat.bpm, performance.bpm_at(t_s)) - 1.0) < within
        for beat, t_s in zip(follow(performance), performance.onsets_s, strict=True)
        if t_s > start
    ]
    return float(np.mean(right))


@pytest.mark.parametrize("bpm", [72, 88, 100, 116, 132])
@pytest.mark.parametrize("pattern", [name for name in PATTERNS if name != "triplets"])
def test_the_tempo_of_an_uneven_singer_is_known_after_four_seconds(pattern: str, bpm: float):
    assert share_right(perform(pattern, bpm, seed=int(bpm))) > 0.9


@pytest.mark.parametrize("bpm", [92, 104, 116])
def test_triplets_among_quarters_do_not_hide_the_beat(bpm: float):
    assert share_right(perform("triplets", bpm, 40)) > 0.9


@pytest.mark.parametrize("bpm", [76, 92, 108, 126])
def test_beats_fall_where_the_singer_means_them(bpm: float):
    performance = perform("eighths and quarters", bpm, seed=3)
    beats = follow(performance)
    late = [(b, t) for b, t in zip(beats, performance.onsets_s, strict=True) if t > performance.onsets_s[0] + 5.0]
    off = [off_beat(beat.phase, performance.beat_at(t_s)) for beat, t_s in late]
    assert np.quantile(off, 0.9) < 0.1
    assert np.mean([beat.confidence for beat, _ in late]) > 0.7


def test_notes_that_are_left_out_are_no_change_of_tempo():
    assert share_right(perform("eighths and quarters", 96, 48, missing=0.3, seed=5)) > 0.95


def test_rubato_is_followed():
    performance = perform("eighths and quarters", 100, 64, drift=0.05)
    assert share_right(performance, within=0.06) > 0.97
    told = zip(follow(performance), performance.onsets_s, strict=True)
    ratios = [octave_of(beat.bpm, performance.bpm_at(t_s)) for beat, t_s in told][8:]
    assert np.mean(np.abs(np.log(ratios))) < 0.025


@pytest.mark.parametrize("leap", [0.75, 0.8, 1.25, 1.4])
def test_a_new_tempo_is_found_within_ten_beats(leap: float):
    performance = perform("eighths and quarters", 92, 64, leap=leap, seed=1)
    beats, onsets_s = follow(performance), performance.onsets_s
    half = performance.beat_s[32 * 48]
    new_bpm = 92 * leap
    settled = [b for b, t in zip(beats, onsets_s, strict=True) if t > half + 10 * 60 / new_bpm]
    assert np.mean([abs(octave_of(beat.bpm, new_bpm) - 1.0) < 0.05 for beat in settled]) > 0.95


def test_the_beat_goes_on_through_a_rest_and_is_less_sure_of_itself():
    performance = perform("eighths and quarters", 100, 24)
    tempo = Tempo()
    for onset_s in performance.onsets_s:
        tempo.onset(float(onset_s))
    last_s = float(performance.onsets_s[-1])
    now, soon, late = (tempo.at(last_s + wait_s) for wait_s in (0.0, 4 * 0.6, 40.0))
    assert off_beat(soon.phase, now.phase) < 0.1 and soon.bpm == now.bpm
    assert now.confidence > soon.confidence > 0.5 > late.confidence
    assert soon.next_beat_s == pytest.approx(last_s + 2.4 + (1.0 - soon.phase) * 60.0 / soon.bpm)


def test_a_short_silence_does_not_make_it_begin_again():
    performance = perform("quarters", 84, 16)
    tempo = Tempo()
    for onset_s in (*performance.onsets_s, performance.onsets_s[-1] + 9 * 60 / 84):
        tempo.onset(float(onset_s))
    assert tempo.at(float(onset_s)).bpm == pytest.approx(84, rel=0.03)


def test_two_taps_are_a_tempo_whatever_was_sung():
    performance = perform("eighths and quarters", 92)
    tempo = Tempo()
    for onset_s in performance.onsets_s:
        tempo.onset(float(onset_s))
    start_s = float(performance.onsets_s[-1]) + 0.3
    tempo.tap(start_s)
    tempo.tap(start_s + 60 / 131)
    beat = tempo.at(start_s + 60 / 131)
    assert beat.bpm == pytest.approx(131, rel=0.02)
    assert off_beat(beat.phase, 0.0) < 0.03
    assert beat.confidence > 0.8


def test_one_tap_in_a_known_tempo_says_where_the_beat_is():
    tempo = Tempo()
    times = 1.0 + 0.6 * np.arange(12)
    for t_s in times:
        tempo.onset(float(t_s), 0.5)
    tempo.tap(float(times[-1]) + 0.9)
    assert off_beat(tempo.at(float(times[-1]) + 0.9).phase, 0.0) < 0.12


def test_what_was_tapped_stays_the_beat_though_twice_as_many_notes_are_sung():
    tempo = Tempo()
    beat_s = 60 / 70
    for n in range(4):
        tempo.tap(1.0 + n * beat_s)
    for n in range(8, 60):
        tempo.onset(1.0 + n * 0.5 * beat_s)
    assert tempo.at(1.0 + 59 * 0.5 * beat_s).bpm == pytest.approx(70, rel=0.03)


def test_a_tap_left_out_is_no_slower_tempo():
    taps = Taps()
    pulses = [taps.tap(0.5 * beat) for beat in (0, 1, 2, 4, 5)]
    assert [pulse.bpm for pulse in pulses if pulse] == pytest.approx([120.0] * 4)


def test_taps_that_change_their_mind_are_believed_at_once():
    taps = Taps()
    for beat in range(6):
        taps.tap(0.5 * beat)
    pulse = taps.tap(2.5 + 0.75)
    assert pulse is not None and pulse.bpm == pytest.approx(80.0)


def test_a_tap_that_bounces_counts_once():
    taps = Taps()
    for t_s in (0.0, 0.02, 0.5, 0.53, 1.0):
        pulse = taps.tap(t_s)
    assert pulse is not None and pulse.bpm == pytest.approx(120.0)


def test_before_anything_is_heard_nothing_is_sure():
    tempo = Tempo()
    assert tempo.at(3.0).confidence == 0.0
    tempo.onset(3.0)
    assert tempo.at(3.0).confidence < 0.3


def test_random_notes_make_no_beat():
    times = np.cumsum(np.random.default_rng(2).uniform(0.08, 1.1, 80))
    tempo, sure = Tempo(), []
    for t_s in times:
        tempo.onset(float(t_s))
        sure.append(tempo.at(float(t_s)).confidence)
    assert np.mean(sure[10:]) < 0.5


def test_the_same_notes_give_the_same_beat_and_a_reset_forgets_them():
    performance = perform("sixteenths", 104)
    tempo = Tempo()
    runs = []
    for _ in range(2):
        tempo.reset()
        assert tempo.at(0.0).confidence == 0.0
        for onset_s in performance.onsets_s:
            tempo.onset(float(onset_s))
        runs.append(tempo.at(20.0))
    assert runs[0] == runs[1]


def test_nonsense_is_not_heard():
    tempo, untouched = Tempo(), Tempo()
    for t_s in (1.0, 1.5, 2.0, 2.5):
        tempo.onset(t_s)
        untouched.onset(t_s)
    tempo.onset(math.nan)
    tempo.onset(math.inf)
    tempo.tap(math.nan)
    tempo.onset(2.51)  # the same attack twice
    tempo.onset(2.9, 0.0)
    tempo.onset(-30.0)
    assert tempo.at(3.0) == untouched.at(3.0)


def test_an_onset_that_is_told_late_still_counts():
    in_turn, late = Tempo(), Tempo()
    for t_s in (1.0, 1.5, 2.0, 2.25, 2.5, 3.0):
        in_turn.onset(t_s)
    for t_s in (1.0, 1.5, 2.0, 2.5, 2.25, 3.0):
        late.onset(t_s)
    assert late.at(3.0).bpm == pytest.approx(in_turn.at(3.0).bpm, rel=0.03)


def test_two_hours_without_a_note_and_then_one_is_heard_as_ever():
    tempo = Tempo()
    for t_s in (0.0, 0.5, 1.0, 7200.0, 7200.6, 7201.2, 7201.8, 7202.4, 7203.0):
        tempo.onset(t_s)
    beat = tempo.at(7203.0)
    assert beat.bpm == pytest.approx(100, rel=0.03) and math.isfinite(beat.next_beat_s)


def test_a_metronome_beats_before_its_origin_too():
    metronome = Metronome(120.0, 10.0)
    assert metronome.at(10.0) == Beat(120.0, 0.0, 1.0, 10.5)
    assert metronome.at(9.875) == Beat(120.0, 0.75, 1.0, 10.0)
    assert 0.0 <= metronome.at(10.0 - 1e-18).phase < 1.0


@pytest.mark.parametrize(("bpm", "origin_s"), [(0.0, 0.0), (-1.0, 0.0), (math.nan, 0.0), (120.0, math.inf)])
def test_a_metronome_without_a_tempo_is_refused(bpm: float, origin_s: float):
    with pytest.raises(SettingsError):
        Metronome(bpm, origin_s)
