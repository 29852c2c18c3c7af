"""What was sung becomes a score that keeps its time and its intonation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from score.errors import EditError
from score.midifile import from_bytes, to_bytes
from score.performed import score_of
from score.zone import UPPER, Zone

TIMES = st.tuples(st.floats(0, 3600), st.floats(0, 60))


@given(st.lists(st.tuples(TIMES, st.floats(30, 90), st.integers(1, 127)), max_size=8), st.integers(200_000, 2_000_000))
def test_every_sung_note_is_found_in_the_file_within_half_a_tick_and_half_a_step_of_the_wheel(sung, us_per_quarter):
    rows = [(onset, onset + length, pitch, velocity) for (onset, length), pitch, velocity in sung]
    score = from_bytes(to_bytes(score_of(rows, us_per_quarter))).score
    tick_s = us_per_quarter / 960e6
    found = [note for _, note in score]
    assert len(found) == len(rows)
    for onset_s, offset_s, pitch, velocity in rows:
        near = [
            note
            for note in found
            if abs(score.tempo.seconds_at(note.start_ticks) - onset_s) <= tick_s * 0.501
            and abs(score.tempo.seconds_at(note.end_ticks) - offset_s)
            <= tick_s * (0.501 if offset_s - onset_s > 2 * tick_s else 1.501)
            and abs(note.pitch + (note.bend_st[0][1] if note.bend_st else 0.0) - pitch) <= 24 / 8192 + 1e-9
            and note.velocity == velocity
        ]
        assert near


def test_a_quarter_tone_is_a_bent_key():
    score = score_of([(0.5, 1.0, 69.25, 100)])
    (track, note), *_ = score
    assert (note.start_ticks, note.duration_ticks, note.pitch) == (960, 960, 69)
    assert note.bend_st == ((0, 0.25195312500000),)  # the nearest step of 48 / 8192
    assert (track.name, track.zones, score.name) == ("Voice", (Zone(),), "Voice")


def test_the_zone_and_the_name_are_what_was_asked_for():
    zone = Zone(UPPER, 4, 2.0)
    score = score_of([(0.0, 0.1, 60.5, 1)], name="Alto", zone=zone)
    assert score.tracks[0].zones == (zone,)
    assert next(iter(score))[1].channel == UPPER
    assert score.tracks[0].name == "Alto"


def test_silence_is_a_score_without_notes():
    assert score_of([]).note_count == 0
    assert from_bytes(to_bytes(score_of([]))).score == score_of([])


@pytest.mark.parametrize(
    "row",
    [
        (-0.1, 1.0, 60.0, 80),
        (1.0, 0.9, 60.0, 80),
        (0.0, float("inf"), 60.0, 80),
        (0.0, 1.0, float("nan"), 80),
        (1e9, 1e9, 60.0, 80),
        (0.0, 1.0, 60.0, 0),
        (0.0, 1.0, 60.0, 128),
        (0.0, 1.0, 300.0, 80),
        (0.0, 1.0, -50.0, 80),
    ],
)
def test_a_row_that_no_voice_can_sing_is_refused(row):
    with pytest.raises(EditError):
        score_of([row])
