"""The beat is found in what was played, and the grid comes to the notes while nothing sounds otherwise."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.edits import AddNotes, ChangeEvents
from score.errors import EditError
from score.events import Control, text
from score.note import Note
from score.operations.tempos import (
    MeterHere,
    NoChangeAt,
    TempoFromNotes,
    TempoHere,
    changes,
    moved_ticks,
    retimed,
)
from score.pulse import Onset, find_pulse
from score.score import Score
from score.tempo import Meter, Tempo, TempoMap

RHYTHMS = (
    (1, 1, 1, 1),
    (1, 0.5, 0.5, 1, 1),
    (1.5, 0.5, 1, 1),
    (2, 1, 1),
    (0.5, 0.5, 1, 0.5, 0.5, 1),
    (1, 1, 2),
    (3, 1),
    (1 / 3, 1 / 3, 1 / 3, 1, 1, 1),
    (0.75, 0.25, 1, 1, 1),
)
PLAIN = TempoMap()


def performed(seed: int, bpm: float, shaky_s: float, drift: float, bars: int = 8) -> tuple[list[Onset], list[float]]:
    """Bars of rhythms by chance, played by a human hand: the onsets, and when the beats really were."""
    dice = random.Random(seed)
    begins_s, phase = dice.uniform(0.1, 2.0), dice.uniform(0.0, 6.28)

    def when(beat: float) -> float:
        swing = drift * (math.cos(phase) - math.cos(phase + 0.15 * beat)) / 0.15
        return begins_s + (beat + swing) * 60.0 / bpm

    onsets, at = [], 0.0
    for _ in range(bars):
        for lasts in dice.choice(RHYTHMS):
            onsets.append(Onset(when(at) + dice.gauss(0.0, shaky_s), 0.5 + min(lasts, 2.0)))
            at += lasts
    return onsets, [when(beat) for beat in range(int(at))]


def lies_on(beats_s: tuple[float, ...], true: list[float], bpm: float) -> bool:
    near = [min(abs(one - other) for other in true) for one in beats_s[1:-1]]
    return sum(near) / len(near) < 0.07 * 60.0 / bpm


@pytest.mark.parametrize("bpm", [62, 75, 90, 110, 130])
@pytest.mark.parametrize(("shaky_s", "drift"), [(0.0, 0.0), (0.015, 0.0), (0.015, 0.04)])
def test_the_beat_is_found_though_the_hand_is_a_human_one(bpm: int, shaky_s: float, drift: float) -> None:
    found = 0
    for seed in range(10):
        onsets, true = performed(seed, bpm, shaky_s, drift)
        pulse = find_pulse(onsets)
        found += 0.93 < pulse.beat_s * bpm / 60.0 < 1.07 and lies_on(pulse.beats_s, true, bpm)
    assert found >= 8


@pytest.mark.parametrize("bpm", [50, 97, 160, 190])
def test_who_says_how_many_beats_it_was_gets_as_many(bpm: int) -> None:
    for seed in range(5):
        onsets, true = performed(seed, bpm, 0.012, 0.02)
        pulse = find_pulse(onsets, beats=len(true), until_s=true[-1] + 60.0 / bpm)
        assert len(pulse.beats_s) == len(true) + 1
        assert lies_on(pulse.beats_s, [*true, true[-1] + 60.0 / bpm], bpm)


def test_a_pulse_is_calmer_than_the_hand_and_passes_over_rests() -> None:
    dice = random.Random(3)
    onsets = [Onset(1.0 + 0.5 * beat + dice.gauss(0.0, 0.02)) for beat in range(40) if beat % 8 not in (5, 6)]
    beats_s = find_pulse(onsets).beats_s
    assert len(beats_s) == 40
    lasts = [after - before for before, after in pairwise(beats_s)]
    assert max(abs(each - 0.5) for each in lasts) < 0.03
    assert sum(abs(at - 1.0 - 0.5 * beat) for beat, at in enumerate(beats_s)) / 40 < 0.012


def test_too_few_notes_say_no_beat() -> None:
    with pytest.raises(EditError, match="too few"):
        find_pulse([Onset(0.0), Onset(1.0), Onset(2.0)])
    with pytest.raises(EditError, match="too few"):
        find_pulse([Onset(1.0), Onset(1.01)], beats=4)
    with pytest.raises(EditError, match="1 or more"):
        find_pulse([Onset(0.0), Onset(1.0)], beats=0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.1, 5.0)), min_size=4, max_size=40),
    st.none() | st.integers(1, 32),
)
def test_whatever_is_played_beats_go_on_in_time(onsets: list[tuple[float, float]], beats: int | None) -> None:
    try:
        pulse = find_pulse([Onset(*each) for each in onsets], beats)
    except EditError:
        return
    assert len(pulse.beats_s) >= 2
    assert all(before < after for before, after in pairwise(pulse.beats_s))
    assert beats is None or len(pulse.beats_s) == beats + 1


# The grid


def played(
    seed: int = 1, bpm: float = 97.0, shaky_s: float = 0.0, drift: float = 0.0, tempo: TempoMap = PLAIN
) -> Score:
    onsets, _ = performed(seed, bpm, shaky_s, drift)
    notes = [
        Note(round(tempo.ticks_at(each.at_s)), round(400 * each.weight), 60, bend_st=((0, 0.0), (100, 0.5)))
        for each in onsets
    ]
    return Score(tempo=tempo).adding("Voice", notes, (Control(777, 0, 1, 5),))


def ids(score: Score) -> list[int]:
    return [note.id for _, note in score]


def sounds(score: Score) -> list[tuple[float, float]]:
    at = score.tempo.seconds_at
    return [(at(note.start_ticks), at(note.end_ticks)) for _, note in score]


def near(one: list[tuple[float, float]], other: list[tuple[float, float]], within_s: float = 0.001) -> bool:
    return all(abs(a - b) < within_s for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))


def test_notes_stay_where_they_sound_and_the_grid_fits_them() -> None:
    score = played()
    edit = TempoFromNotes().edit(score, ids(score))
    assert edit is not None
    after, back = edit.apply(score)
    assert near(sounds(after), sounds(score))
    assert back.apply(after)[0] == score
    off = [min(note.start_ticks % 240, 240 - note.start_ticks % 240) for _, note in after if note.start_ticks % 320 > 3]
    assert max(off) <= 3
    assert 60_000_000 / after.tempo.tempos[-1].us_per_quarter == pytest.approx(97.0, abs=0.1)
    assert len(after.tempo.tempos) <= 2
    first = min(note.start_ticks for _, note in after)
    place = after.tempo.position(first)
    assert (place.beat, place.ticks) in ((1, 0), (1, 1))


def test_a_free_performance_gets_a_tempo_for_each_beat_or_one_for_all() -> None:
    score = played(seed=4, drift=0.06, shaky_s=0.01)
    free = TempoFromNotes().edit(score, ids(score))
    one = TempoFromNotes(one_tempo=True).edit(score, ids(score))
    assert free is not None and one is not None
    freely, evenly = free.apply(score)[0], one.apply(score)[0]
    assert len(freely.tempo.tempos) > 10 > len(evenly.tempo.tempos)
    assert near(sounds(freely), sounds(score)) and near(sounds(evenly), sounds(score))
    assert set(freely.tempo.ticks_of(2 + bar) % 3840 for bar in range(4)) == {freely.tempo.ticks_of(2) % 3840}


def test_bends_controls_and_words_stay_where_they_are_heard() -> None:
    score = played().adding("Other", (Note(5000, 960, 40),))
    score = AddNotes(score.tracks[1].id, (Note(100, 200, 41),)).apply(score)[0]
    score = ChangeEvents(None, new=(text(4000, 6, "verse"),)).apply(score)[0]
    edit = TempoFromNotes().edit(score, [note.id for note in score.tracks[0].notes])
    assert edit is not None
    after = edit.apply(score)[0]
    assert near(sounds(after), sounds(score))
    old, new = score.tempo.seconds_at, after.tempo.seconds_at
    assert new(after.events[0].ticks) == pytest.approx(old(4000), abs=0.001)
    assert new(after.tracks[0].events[0].ticks) == pytest.approx(old(777), abs=0.001)
    for before, note in zip(score.tracks[0].notes, after.tracks[0].notes, strict=True):
        assert new(note.start_ticks + note.bend_st[1][0]) == pytest.approx(old(before.start_ticks + 100), abs=0.001)


def test_what_comes_before_the_picked_notes_keeps_its_grid() -> None:
    score = Score().adding("Voice", [Note(960 * n, 480, 50) for n in range(8)])
    later = [Note(960 * 10 + 700 * n, 400, 60) for n in range(16)]
    score = AddNotes(score.tracks[0].id, tuple(later)).apply(score)[0]
    picked = [note.id for note in score.tracks[0].notes if note.pitch == 60]
    edit = TempoFromNotes(beats=16).edit(score, picked)
    assert edit is not None
    after = edit.apply(score)[0]
    assert [note.start_ticks for note in after.tracks[0].notes][:8] == [960 * n for n in range(8)]
    assert near(sounds(after), sounds(score))
    starts = [note.start_ticks for note in after.tracks[0].notes if note.pitch == 60]
    assert all(abs(b - a - 960) <= 12 for a, b in pairwise(starts))


def test_in_six_eight_a_beat_is_three_eighths() -> None:
    tempo = TempoMap(960, (), (Meter(0, 6, 8),))
    score = Score(tempo=tempo).adding("Voice", [Note(1000 + 1000 * n, 800, 60) for n in range(12)])
    edit = TempoFromNotes(beats=12).edit(score, ids(score))
    assert edit is not None
    starts = [note.start_ticks for _, note in edit.apply(score)[0]]
    assert all(abs(b - a - 1440) <= 15 for a, b in pairwise(starts))


# Tempos and meters by hand


def test_the_list_of_changes_tells_where_and_what() -> None:
    tempo = TempoMap(960, (Tempo(0, 500_000), Tempo(3840, 600_000)), (Meter(0, 3, 4), Meter(2880, 4, 4)))
    told = [(each.position.bar, each.bpm and round(each.bpm), each.meter) for each in changes(tempo)]
    assert told == [(1, 120, (3, 4)), (2, None, (4, 4)), (2, 100, None)]


def applied(score: Score, operation: TempoHere | MeterHere | NoChangeAt) -> TempoMap:
    edit = operation.edit(score)
    assert edit is not None
    return edit.apply(score)[0].tempo


def test_a_tempo_is_changed_where_it_holds_or_begins_where_it_is_put() -> None:
    score = Score(tempo=TempoMap(960, (Tempo(0, 500_000), Tempo(3840, 600_000))))
    assert applied(score, TempoHere(5000, 60.0)).tempos == (Tempo(0, 500_000), Tempo(3840, 1_000_000))
    assert applied(score, TempoHere(5000, 60.0, begins_here=True)).tempos[2] == Tempo(5000, 1_000_000)
    assert applied(score, NoChangeAt(3840)).tempos == (Tempo(0, 500_000),)
    assert TempoHere(0, 120.0).edit(score) is None
    with pytest.raises(EditError, match="no tempo"):
        TempoHere(0, 0.5).edit(score)


def test_a_meter_begins_with_a_bar() -> None:
    assert applied(Score(), MeterHere(5000, 3, 4, begins_here=True)).meters == (Meter(0, 4, 4), Meter(3840, 3, 4))
    assert applied(Score(), MeterHere(5000, 6, 8)).meters == (Meter(0, 6, 8),)
    with pytest.raises(EditError, match="No note is a 7th"):
        MeterHere(0, 4, 7).edit(Score())


def test_a_piece_over_the_same_map_is_no_edit_and_a_place_moves_with_its_second() -> None:
    slow = TempoMap(960, (Tempo(0, 1_000_000),))
    assert retimed(Score(), PLAIN) is None
    assert moved_ticks(PLAIN, slow, 1920) == 960
