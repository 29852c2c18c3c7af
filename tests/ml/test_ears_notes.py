"""The state machine alone, on hops made by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fallback.heard import Heard
from ml.fallback.notes import Notes
from ml.said import Said
from realtime.events import BEND, NOTE_OFF, NOTE_ON, PRESSURE
from tests.ml.voices import hz

HOP_FRAMES = 240
REST = (0.0, 0.2, -75.0, 0.0)


Hops = Sequence[tuple[float, float, float, float]]  # f0, clarity, level, onset


def held(midi: float, hops: int, *, onset: float = 2.0, level_db: float = -20.0) -> Hops:
    """A note that begins with a rise, as the trackers would report it."""
    return [(hz(midi), 0.98, level_db, onset if n < 3 else 0.05) for n in range(hops)]


def rest(hops: int = 40) -> Hops:
    return [REST] * hops


def hear(notes: Notes, *parts: Hops, first: int = 1) -> Iterator[tuple[int, Said]]:
    hops = [hop for part in parts for hop in part]
    for n, hop in enumerate(hops, first):
        for said in notes.hear(Heard(n * HOP_FRAMES, *hop)):
            yield n, said


def keys(said: list[tuple[int, Said]], kind: int = NOTE_ON) -> list[int]:
    return [each.number for _, each in said if each.kind == kind]


def test_a_note_is_sent_within_four_hops_of_its_rise():
    said = list(hear(Notes(), rest(), held(60, 60), rest()))
    assert keys(said) == keys(said, NOTE_OFF) == [60]
    assert said[[each.kind for _, each in said].index(NOTE_ON)][0] <= 40 + 4


def test_the_bend_comes_before_the_note_so_that_it_starts_in_tune():
    said = [each for _, each in hear(Notes(), rest(), held(60.3, 60))]
    on = [each.kind for each in said].index(NOTE_ON)
    assert {each.kind for each in said[:on]} == {BEND, PRESSURE}
    assert next(each.value for each in said if each.kind == BEND) == pytest.approx(0.3, abs=0.01)


def test_a_note_starts_in_tune_though_the_one_before_it_was_bent():
    unsure = [(hz(64), 0.88, -20.0, 2.0)] * 3
    said = [each for _, each in hear(Notes(), rest(), held(60.4, 60), rest(), unsure, held(64, 40, onset=0.05))]
    second = [n for n, each in enumerate(said) if each.kind == NOTE_ON][1]
    bend = [each.value for each in said[:second] if each.kind == BEND][-1]
    assert said[second].number + bend == pytest.approx(64.0, abs=0.02)


def test_a_note_begun_on_a_scoop_is_put_right_by_the_bend():
    scoop = [(hz(58.6 + 1.4 * n / 12), 0.98, -20.0, 2.0 if n < 3 else 0.05) for n in range(12)]
    said = list(hear(notes := Notes(), rest(), scoop, held(60, 80, onset=0.05), rest()))
    assert len(keys(said)) == 1
    bends = [each.value for _, each in said if each.kind == BEND]
    assert keys(said)[0] + bends[-1] == pytest.approx(60.0, abs=0.02)
    assert notes.sung[0].pitch_midi == pytest.approx(60.0, abs=0.05)


def test_a_bend_never_leaves_its_range():
    wild = [(hz(60 + 30 * math.sin(n)), 0.98, -20.0, 0.1) for n in range(200)]
    said = list(hear(Notes(bend_range_st=2.0), rest(), held(60, 40), wild))
    assert all(abs(each.value) <= 2.0 for _, each in said if each.kind == BEND)


def test_one_hop_that_takes_an_octave_for_another_is_not_heard():
    slip = [(hz(72), 0.98, -20.0, 0.05)]
    said = list(hear(Notes(), rest(), held(60, 60), slip, held(60, 60, onset=0.05), rest()))
    assert keys(said) == [60]
    assert all(abs(each.value) < 0.05 for _, each in said if each.kind == BEND)


def test_a_slur_to_the_next_semitone_is_a_new_note_from_where_the_pitch_changed():
    said = list(hear(notes := Notes(), rest(), held(60, 60), held(61, 60, onset=0.05), rest()))
    assert keys(said) == [60, 61]
    first, second = notes.sung
    assert abs(second.onset_frame - 101 * HOP_FRAMES) <= 3 * HOP_FRAMES
    assert first.offset_frame == second.onset_frame


def test_a_note_of_another_pitch_than_its_first_hops_promised_is_sent_again_and_both_are_told():
    said = list(hear(notes := Notes(), rest(), held(72, 5), held(60, 60, onset=0.05), rest()))
    assert keys(said) == [72, 60]
    assert keys(said, NOTE_OFF) == [72, 60]
    assert notes.sung[-1].pitch_midi == pytest.approx(60.0)
    assert [each.sent_pitch_midi for each in notes.sung] == [pytest.approx(72.0), pytest.approx(60.0)]


def test_a_short_gap_in_the_voice_does_not_end_a_note():
    said = list(hear(Notes(), rest(), held(60, 60), [REST] * 3, held(60, 60, onset=0.05), rest()))
    assert keys(said) == [60]


def test_a_note_ends_where_the_voice_ended_and_not_where_that_was_decided():
    list(hear(notes := Notes(), rest(), held(60, 60), rest()))
    assert notes.sung[0].offset_frame == 100 * HOP_FRAMES


def test_finish_ends_what_sounds_and_says_nothing_the_second_time():
    notes = Notes()
    list(hear(notes, rest(), held(60, 30)))
    assert notes.key == 60
    assert [each.kind for each in notes.finish(70 * HOP_FRAMES)] == [NOTE_OFF]
    assert notes.finish(70 * HOP_FRAMES) == []
    assert notes.key is None


def test_after_glides_that_keep_to_no_pitch_a_note_must_prove_itself_first():
    def spoken(fall_st: float) -> Hops:
        return [(hz(60 + fall_st * n / 40), 0.98, -20.0, 2.0 if n < 3 else 0.05) for n in range(40)]

    notes = Notes()
    said = list(hear(notes, *([*spoken(8.0), *rest(10)] for _ in range(6))))
    spoken_notes = len(keys(said))
    assert spoken_notes <= 3
    said = list(hear(notes, held(60, 80), rest(), held(62, 80), rest(), first=1_000))
    assert keys(said) == [60, 62]
    late, prompt = notes.sung[-2:]
    assert late.emitted_frame - late.onset_frame > 12 * HOP_FRAMES
    assert prompt.emitted_frame - prompt.onset_frame < 6 * HOP_FRAMES


def test_a_louder_note_is_struck_harder_and_a_swell_is_pressed():
    swell = [(hz(60), 0.98, -40.0 + 0.3 * n, 0.05) for n in range(60)]
    notes = Notes()
    said = list(hear(notes, rest(), held(60, 60), rest(), held(60, 20, level_db=-40.0), swell, rest()))
    assert notes.sung[0].velocity > notes.sung[1].velocity + 0.2
    pressed = [each.value for n, each in said if each.kind == PRESSURE and n > 165]
    assert pressed == sorted(pressed)
    assert pressed[-1] > pressed[0] + 0.3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 65.0, 110.0, 220.0, 233.0, 440.0, 1_100.0]),
            st.floats(0.0, 1.0),
            st.floats(-120.0, 12.0),
            st.floats(0.0, 3.0),
            st.integers(1, 30),
        ),
        max_size=40,
    )
)
def test_whatever_is_heard_every_note_that_was_begun_is_ended_and_only_one_sounds(parts):
    notes = Notes()
    hops = [[part[:4]] * part[4] for part in parts]
    said = [each for _, each in hear(notes, *hops)] + notes.finish(10_000 * HOP_FRAMES)
    down: list[int] = []
    for each in said:
        if each.kind == NOTE_ON:
            assert not down
            down.append(each.number)
        elif each.kind == NOTE_OFF:
            assert down.pop() == each.number
        assert math.isfinite(each.value)
    assert not down
    assert all(note.onset_frame <= note.emitted_frame for note in notes.sung)
    assert all(note.onset_frame < note.offset_frame for note in notes.sung)
