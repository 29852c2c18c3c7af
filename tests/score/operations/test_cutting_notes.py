"""What is cut sounds as it did, and what is glued is whole again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from score.note import Note, value_at
from score.operations.curves import without_repeats
from score.operations.cutting import Glue, RemoveOverlaps, RemoveShort, Split, SplitAtGrid
from score.operations.grid import QUARTERS
from score.tempo import Tempo, TempoMap
from tests.score.made_up import notes
from tests.score.operations.gestures import done, ids_of, notes_of, piece, row

CURVES = (("bend_st", 0.0), ("pressure", 0), ("timbre", 64))


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


@settings(deadline=None)
@given(notes(), st.data())
def test_a_note_split_and_glued_is_itself_again(note, data):
    for name, _ in CURVES:
        note = replace(note, **{name: without_repeats(getattr(note, name))})
    at = note.start_ticks + data.draw(st.integers(0, note.duration_ticks))
    score = piece(note)
    split = all_done(Split(at), score)
    assert len(notes_of(split)) == (2 if note.start_ticks < at < note.end_ticks else 1)
    assert all_done(Glue(), split) == score


@settings(deadline=None)
@given(notes(), st.data())
def test_both_halves_of_a_note_sound_as_the_whole_did(note, data):
    score = piece(note)
    halves = notes_of(all_done(Split(note.start_ticks + data.draw(st.integers(0, note.duration_ticks))), score))
    assert sum(half.duration_ticks for half in halves) == note.duration_ticks
    for half in halves:
        assert (half.velocity, half.channel, half.muted) == (note.velocity, note.channel, note.muted)
        for at in {half.start_ticks, (half.start_ticks + half.end_ticks) // 2, half.end_ticks - 1}:
            for name, neutral in CURVES:
                whole = value_at(getattr(note, name), at - note.start_ticks, neutral)
                assert value_at(getattr(half, name), at - half.start_ticks, neutral) == whole


def test_a_jump_of_pitch_at_the_cut_is_heard_in_the_second_half_alone():
    score = piece(Note(0, 200, 60, bend_st=((0, 0.0), (100, 2.0))))
    assert [note.bend_st for note in notes_of(all_done(Split(100), score))] == [(), ((0, 2.0),)]


def test_a_long_note_is_cut_at_every_line():
    after = notes_of(all_done(SplitAtGrid(QUARTERS), piece(Note(100, 2000, 60, velocity=33))))
    assert [(note.start_ticks, note.end_ticks, note.velocity) for note in after] == [
        (100, 960, 33),
        (960, 1920, 33),
        (1920, 2100, 33),
    ]


def test_glue_bridges_rests_and_keeps_voices_apart():
    score = piece(Note(0, 100, 60, velocity=50), Note(300, 100, 60, release_velocity=9), Note(300, 100, 64))
    after = notes_of(all_done(Glue(), score))
    assert [(n.start_ticks, n.duration_ticks, n.pitch, n.velocity, n.release_velocity) for n in after] == [
        (0, 400, 60, 50, 9),
        (300, 100, 64, 80, 64),
    ]


def test_glue_across_pitches_makes_a_bend_of_a_melody():
    after = notes_of(all_done(Glue(across_pitches=True), piece(*row(60, 62, 59))))
    assert [(n.pitch, n.duration_ticks, n.bend_st) for n in after] == [(60, 1440, ((0, 0.0), (480, 2.0), (960, -1.0)))]


def test_notes_of_one_pitch_end_where_the_next_begins():
    score = piece(Note(0, 900, 60), Note(0, 50, 60), Note(480, 100, 60), Note(100, 900, 64))
    after = notes_of(all_done(RemoveOverlaps(), score))
    assert [(n.start_ticks, n.duration_ticks, n.pitch) for n in after] == [(0, 480, 60), (100, 900, 64), (480, 100, 60)]


def test_one_voice_is_left_where_one_voice_is_wanted():
    score = piece(Note(0, 900, 60), Note(0, 500, 67), Note(480, 100, 60))
    after = notes_of(all_done(RemoveOverlaps(any_pitch=True), score))
    assert [(n.start_ticks, n.duration_ticks, n.pitch) for n in after] == [(0, 480, 67), (480, 100, 60)]


@settings(deadline=None)
@given(st.lists(notes(), max_size=8), st.booleans())
def test_no_overlap_is_left_and_nothing_more_to_do(made, any_pitch):
    operation = RemoveOverlaps(any_pitch)
    score = all_done(operation, piece(*made))
    assert operation.edit(score, ids_of(score)) is None
    last: dict[tuple[int, int | None], int] = {}
    for note in notes_of(score):
        key = (note.channel, None if any_pitch else note.pitch)
        assert note.start_ticks >= last.get(key, 0)
        last[key] = note.end_ticks


def test_short_is_what_is_short_in_time_whatever_the_tempo():
    made = [Note(0, 40, 60), Note(100, 200, 62)]
    assert [n.pitch for n in notes_of(all_done(RemoveShort(), piece(*made)))] == [62]
    slow = TempoMap(tempos=(Tempo(0, 4_000_000),))
    assert [n.pitch for n in notes_of(all_done(RemoveShort(), piece(*made, tempo=slow)))] == [60, 62]
