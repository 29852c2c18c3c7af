"""Notes moved, transposed, stretched, turned round, copied and muted: there, and back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from score.errors import EditError
from score.harmony.scales import Scale
from score.note import LAST_TICK, Note, value_at
from score.operations.loudness import ChangeVelocity, CompressVelocity, RampVelocity, SetVelocity
from score.operations.moving import Duplicate, Move, Mute, ResizeEnd, ResizeStart, Reverse, Stretch
from score.operations.pitches import Invert, SnapToScale, ToChord, Transpose, TransposeInScale
from score.tempo import Meter, TempoMap
from tests.score.made_up import notes, scores
from tests.score.operations.gestures import FAR, SCALE, done, ids_of, notes_of, piece, row


def all_done(operation, score):
    return done(score, operation.edit(score, ids_of(score)))


def pitches_of(score):
    return [note.pitch for note in notes_of(score)]


@settings(max_examples=100, deadline=None)
@given(scores(most_tracks=2, most_notes=6), st.integers(-24, 24), st.integers(-2, 2))
def test_transposing_there_and_back_is_nothing_or_refused_at_once(score, semitones, octaves):
    try:
        higher = all_done(Transpose(semitones, octaves), score)
    except EditError:
        pitches = [note.pitch + semitones + 12 * octaves for _, note in score]
        assert not 0 <= min(pitches) <= max(pitches) <= 127
        return
    assert all_done(Transpose(-semitones, -octaves), higher) == score


@settings(deadline=None)
@given(st.lists(st.integers(30, 90), min_size=1, max_size=8), SCALE, st.integers(-7, 7))
def test_steps_of_a_scale_there_and_back_are_nothing_for_notes_of_the_scale(pitches, scale, steps):
    score = piece(*row(*(scale.nearest(pitch) for pitch in pitches)))
    moved = all_done(TransposeInScale(steps, scale), score)
    assert all(scale.has(pitch) for pitch in pitches_of(moved))
    assert all_done(TransposeInScale(-steps, scale), moved) == score


def test_a_third_in_a_key_is_major_or_minor_as_the_key_has_it():
    assert pitches_of(all_done(TransposeInScale(2), piece(*row(60, 62, 64, 65, 61)))) == [64, 65, 67, 69, 65]


@settings(deadline=None)
@given(st.lists(st.integers(0, 127), min_size=1, max_size=8), SCALE, st.sampled_from(["nearest", "up", "down"]))
def test_what_is_snapped_to_a_scale_is_on_it_as_near_as_it_can_be(pitches, scale, toward):
    snapped = pitches_of(all_done(SnapToScale(scale, toward), piece(*row(*pitches))))
    for pitch, now in zip(pitches, snapped, strict=True):
        assert scale.has(now)
        if toward == "nearest":
            assert not any(scale.has(other) for other in range(max(0, pitch - abs(now - pitch) + 1), pitch))


@settings(deadline=None)
@given(scores(most_tracks=1, most_notes=6))
def test_what_is_inverted_twice_is_as_it_was(score):
    assert all_done(Invert(), all_done(Invert(), score)) == score


def test_an_inverted_melody_bends_the_other_way():
    score = piece(Note(0, 480, 60, bend_st=((0, 0.5),)), Note(480, 480, 67))
    assert [(n.pitch, n.bend_st) for n in notes_of(all_done(Invert(), score))] == [(67, ((0, -0.5),)), (60, ())]
    assert pitches_of(all_done(Invert(about_pitch=64, scale=Scale()), piece(*row(64, 65, 67)))) == [64, 62, 60]


def test_a_note_becomes_a_chord_of_its_key():
    assert pitches_of(all_done(ToChord(), piece(Note(0, 480, 62)))) == [62, 65, 69]
    assert pitches_of(all_done(ToChord(chord="seventh"), piece(Note(0, 480, 67)))) == [67, 71, 74, 77]
    assert pitches_of(all_done(ToChord(inversion=1), piece(Note(0, 480, 60)))) == [64, 67, 72]
    assert pitches_of(all_done(ToChord(chord="power"), piece(Note(0, 480, 61)))) == [61, 68, 73]
    assert pitches_of(all_done(ToChord(chord="power", inversion=1), piece(Note(0, 480, 61)))) == [68, 73]
    assert pitches_of(all_done(ToChord(), piece(Note(0, 480, 124)))) == [124, 127]
    assert pitches_of(all_done(ToChord(), piece(Note(0, 480, 60), Note(0, 480, 64)))) == [60, 64, 67, 67, 71]


@settings(deadline=None)
@given(scores(most_tracks=2, most_notes=6), FAR, st.integers(-200, 200))
def test_a_drag_keeps_the_shape_of_what_it_moves_and_stops_at_the_edge(score, ticks, semitones):
    before = [note for _, note in score]
    after = all_done(Move(ticks, semitones), score)
    found = [after.find(note.id)[1] for note in before]
    moved = {(b.start_ticks - a.start_ticks, b.pitch - a.pitch) for a, b in zip(before, found, strict=True)}
    assert len(moved) <= 1
    for by_ticks, by_semitones in moved:
        assert by_ticks == ticks or min(note.start_ticks for note in found) == 0
        assert by_semitones == semitones or {0, 127} & {note.pitch for note in found}


@settings(deadline=None)
@given(notes(), FAR)
def test_a_note_whose_start_moves_sounds_as_it_did_where_it_still_sounds(note, ticks):
    score = piece(note)
    after = notes_of(all_done(ResizeStart(ticks), score))[0]
    assert after.end_ticks == note.end_ticks
    for at in {max(note.start_ticks, after.start_ticks), note.end_ticks - 1, (note.end_ticks + after.start_ticks) // 2}:
        if at >= max(note.start_ticks, after.start_ticks):
            for name, neutral in (("bend_st", 0), ("pressure", 0), ("timbre", 64)):
                was = value_at(getattr(note, name), at - note.start_ticks, neutral)
                assert value_at(getattr(after, name), at - after.start_ticks, neutral) == was


@settings(deadline=None)
@given(notes(), FAR)
def test_a_note_whose_end_moves_keeps_its_start_and_what_its_curves_say(note, ticks):
    after = notes_of(all_done(ResizeEnd(ticks), piece(note)))[0]
    assert after.start_ticks == note.start_ticks
    assert after.end_ticks == max(note.start_ticks + 1, note.end_ticks + ticks)
    shared = min(after.duration_ticks, note.duration_ticks) - 1
    assert value_at(after.bend_st, shared, 0) == value_at(note.bend_st, shared, 0)


@settings(deadline=None)
@given(scores(most_tracks=1, most_notes=6), st.sampled_from([2, 3, Fraction(7, 2), 10]))
def test_what_is_stretched_and_squeezed_by_the_same_is_as_it_was(score, ratio):
    assert all_done(Stretch(1 / Fraction(ratio)), all_done(Stretch(ratio), score)) == score


@settings(deadline=None)
@given(st.lists(notes(), min_size=1, max_size=6), st.integers(40, 50_000))
def test_what_is_stretched_to_a_length_has_it(made, length):
    score = piece(*made)
    after = [note for _, note in all_done(Stretch(to_ticks=length), score)]
    first = min(note.start_ticks for _, note in score)
    assert min(note.start_ticks for note in after) == first
    # A note that is squeezed to nothing keeps a tick, and that may be the one behind the end.
    assert max(note.end_ticks for note in after) - first in (length, length + 1)


def test_curves_are_stretched_with_their_notes():
    note = Note(480, 480, 60, bend_st=((0, 0.0), (240, 1.0)), pressure=((0, 3), (479, 5)))
    after = notes_of(all_done(Stretch(2), piece(note)))[0]
    assert (after.start_ticks, after.duration_ticks) == (480, 960)
    assert after.bend_st == ((0, 0.0), (480, 1.0))
    assert after.pressure == ((0, 3), (958, 5))


@settings(deadline=None)
@given(scores(most_tracks=1, most_notes=6))
def test_what_is_turned_round_twice_is_where_it_was(score):
    places = [(n.start_ticks, n.duration_ticks, n.pitch) for _, n in score]
    again = all_done(Reverse(), all_done(Reverse(), score))
    assert [(n.start_ticks, n.duration_ticks, n.pitch) for _, n in again] == places
    for (_, before), (_, after) in zip(score, again, strict=True):
        for at in (0, before.duration_ticks // 2, before.duration_ticks - 1):
            assert value_at(after.bend_st, at, 0) == value_at(before.bend_st, at, 0)


def test_a_scoop_turned_round_is_a_fall():
    note = Note(0, 100, 60, bend_st=((0, -1.0), (10, 0.0)))
    assert notes_of(all_done(Reverse(), piece(note)))[0].bend_st == ((0, 0.0), (90, -1.0))
    assert notes_of(all_done(Reverse(curves_too=False), piece(note)))[0] == note


def test_copies_follow_behind_in_whole_bars_and_keep_their_upbeat():
    score = piece(Note(2880, 960, 60), Note(3840, 960, 62))
    after = notes_of(all_done(Duplicate(), score))
    assert [note.start_ticks for note in after] == [2880, 3840, 6720, 7680]
    waltz = piece(*row(60, 62, 64, length=960), tempo=TempoMap(meters=(Meter(0, 3, 4),)))
    assert [note.start_ticks for note in notes_of(all_done(Duplicate(semitones=2), waltz))][3:] == [2880, 3840, 4800]


def test_copies_stand_where_they_are_put_or_are_refused():
    score = piece(*row(60, 62))
    assert [note.start_ticks for note in notes_of(all_done(Duplicate(at_ticks=100), score))] == [0, 100, 480, 580]
    with pytest.raises(EditError, match="behind all time"):
        all_done(Duplicate(at_ticks=LAST_TICK), score)
    with pytest.raises(EditError, match="no keys so far"):
        all_done(Duplicate(semitones=70), score)


def test_mute_silences_all_and_only_then_lets_them_sound():
    score = piece(Note(0, 10, 60, muted=True), Note(10, 10, 62))
    silent = all_done(Mute(), score)
    assert [note.muted for note in notes_of(silent)] == [True, True]
    assert [note.muted for note in notes_of(all_done(Mute(), silent))] == [False, False]
    assert Mute(True).edit(silent, ids_of(silent)) is None


def test_velocities_are_set_scaled_compressed_and_ramped_within_their_range():
    score = piece(*(replace(note, velocity=v) for note, v in zip(row(60, 62, 64), (40, 80, 120), strict=True)))

    def velocities(operation):
        return [note.velocity for note in notes_of(all_done(operation, score))]

    assert velocities(SetVelocity(99)) == [99, 99, 99]
    assert velocities(ChangeVelocity(2.0, -100)) == [1, 60, 127]
    assert velocities(CompressVelocity(0.5)) == [60, 80, 100]
    assert velocities(CompressVelocity(1.0, centre=100)) == [100, 100, 100]
    assert velocities(CompressVelocity(-1.0)) == [1, 80, 127]
    assert velocities(RampVelocity(1.0, 0.5)) == [40, 60, 60]
    assert velocities(RampVelocity(20, 100, scaling=False)) == [20, 60, 100]
    assert velocities(RampVelocity(20, 100, scaling=False, curve=2)) == [20, 40, 100]
