"""Chords are strummed, bars are played by a person, lines are slurred: in time, in order, and the same for a seed."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.note import Note
from score.operations.feel import Humanise, Legato, Strum, ticks_in
from score.tempo import Tempo, TempoMap
from tests.score.made_up import notes
from tests.score.operations.gestures import done, ids_of, notes_of, piece, row

CHORD = [Note(960, 960, pitch) for pitch in (60, 64, 67)]


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


def times(score):
    return [(note.start_ticks, note.end_ticks, note.pitch) for note in notes_of(score)]


def test_a_strum_goes_up_or_down_and_lets_go_together():
    assert times(all_done(Strum(time_ms=50), piece(*CHORD))) == [(960, 1920, 60), (1008, 1920, 64), (1056, 1920, 67)]
    down = all_done(Strum("down", 50, curve=2), piece(*CHORD))
    assert times(down) == [(960, 1920, 67), (984, 1920, 64), (1056, 1920, 60)]
    late = all_done(Strum(time_ms=50, lands_on_beat="last"), piece(*CHORD))
    assert times(late) == [(864, 1920, 60), (912, 1920, 64), (960, 1920, 67)]


def test_a_strum_takes_as_long_at_any_tempo_and_leaves_single_notes_alone():
    fast = piece(*CHORD, tempo=TempoMap(tempos=(Tempo(0, 250_000),)))
    assert times(all_done(Strum(time_ms=50), fast))[-1] == (960 + 192, 1920, 67)
    assert Strum().edit(piece(*row(60, 64, 67)), [2, 3, 4]) is None


def test_notes_that_nearly_begin_together_are_one_chord():
    score = piece(Note(960, 960, 60), Note(975, 945, 64))
    assert times(all_done(Strum("down", 50), score)) == [(960, 1920, 64), (1056, 1920, 60)]
    assert Strum("down", 50, chord_within_ms=1).edit(score, ids_of(score)) is None


def test_the_attack_of_a_bend_is_strummed_with_its_note():
    bent = Note(960, 960, 67, bend_st=((0, -1.0), (100, 0.0)))
    after = notes_of(all_done(Strum(time_ms=50), piece(Note(960, 960, 60), bent)))[1]
    assert (after.start_ticks, after.duration_ticks, after.bend_st) == (1056, 864, ((0, -1.0), (100, 0.0)))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(notes(), min_size=1, max_size=10),
    st.sampled_from([0.0, 8.0, 100.0, 2000.0]),
    st.booleans(),
    st.integers(0, 999),
)
def test_what_a_person_plays_keeps_its_order_its_bounds_and_its_bar_starts(made, timing_ms, keep, seed):
    score = piece(*made)
    operation = Humanise(timing_ms, velocity=9, length_percent=10, keep_bar_starts=keep, seed=seed)
    after = all_done(operation, score)
    assert all_done(operation, score) == after
    starts_of_groups = []
    for start, group in groupby(notes_of(score), key=lambda note: note.start_ticks):
        played = [(note, after.find(note.id)[1]) for note in group]
        most = ticks_in(timing_ms, score.tempo, start)
        for note, now in played:
            assert abs(now.start_ticks - start) <= most
            assert abs(now.velocity - note.velocity) <= 9
            assert now.duration_ticks <= note.duration_ticks * 1.1 + 1
            if keep and start % 3840 == 0:
                assert now.start_ticks == start
        starts_of_groups.append([now.start_ticks for _, now in played])
    for earlier, later in pairwise(starts_of_groups):
        assert max(earlier) < min(later)


def test_a_person_is_neither_exact_nor_wild():
    score = piece(*(Note(480 * n, 240, 60, 64) for n in range(400)))
    played = notes_of(all_done(Humanise(timing_ms=20, keep_bar_starts=False), score))
    late = [note.start_ticks - 480 * n for n, note in enumerate(played)]
    assert 8 < (sum(each * each for each in late) / 400) ** 0.5 < 20  # of 38 ticks at most
    assert abs(sum(late) / 400) < 2
    assert len({note.velocity for note in played}) > 8


def test_another_seed_is_another_take_and_none_of_it_is_no_edit():
    score = piece(*row(*range(60, 72)))
    assert all_done(Humanise(seed=1), score) != all_done(Humanise(seed=2), score)
    assert Humanise(0, 0, 0).edit(score, ids_of(score)) is None


def test_the_notes_of_a_chord_stay_nearly_together():
    score = piece(*(Note(1000 * n + 500, 400, pitch) for n in range(40) for pitch in (60, 64, 67)))
    played = notes_of(all_done(Humanise(timing_ms=20), score))
    for n in range(40):
        chord = [note.start_ticks for note in played[3 * n : 3 * n + 3]]
        assert max(chord) - min(chord) <= 20  # half of 38 ticks; as single notes they would be 76 apart


def test_a_seam_between_two_notes_of_a_key_is_not_closed_to_one_note():
    score = piece(*row(*[60] * 60))
    played = notes_of(all_done(Humanise(timing_ms=40, length_percent=50), score))
    assert all(first.end_ticks <= second.start_ticks for first, second in pairwise(played))


def test_slurred_notes_meet_with_the_gap_or_overlap_asked_for():
    score = piece(Note(0, 100, 60), Note(0, 300, 64), Note(480, 900, 62), Note(960, 100, 65))
    assert [end for _, end, _ in times(all_done(Legato(), score))] == [480, 480, 960, 1060]
    assert [end for _, end, _ in times(all_done(Legato(gap_ms=10), score))] == [461, 461, 941, 1060]
    assert [end for _, end, _ in times(all_done(Legato(gap_ms=-10), score))] == [499, 499, 979, 1060]
    assert [end for _, end, _ in times(all_done(Legato(only_longer=True), score))] == [480, 480, 1380, 1060]


def test_slurring_leaves_even_the_shortest_note_a_tick():
    score = piece(Note(0, 100, 60), Note(2, 100, 62))
    assert times(all_done(Legato(gap_ms=100), score))[0] == (0, 1, 60)


@pytest.mark.parametrize("wrong", [lambda: Strum(curve=0), lambda: Strum(time_ms=-1), lambda: Humanise(timing_ms=-1)])
def test_hands_that_cannot_be_are_refused(wrong):
    with pytest.raises(EditError, match="Give"):
        wrong()
