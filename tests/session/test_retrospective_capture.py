"""What was played before anybody pressed record: notes, bends and pedals as they were, and no more than ten minutes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.session.capture import Capture, Clip
from gui.session.heard import Kinds
from realtime import events as engine
from realtime.events import EVENT, FROM_APP, FROM_KEYS, FROM_VOICE
from score import midifile
from score.events import Control
from score.score import Score
from score.tempo import Tempo, TempoMap

RATE = 48_000
ON, OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL = (
    engine.NOTE_ON,
    engine.NOTE_OFF,
    engine.BEND,
    engine.PRESSURE,
    engine.KEY_PRESSURE,
    engine.CONTROL,
)
BEAT = 960  # ticks, half a second at the tempo that holds where none is said


def played(*rows: tuple[float, int, int, int, float], source: int = FROM_KEYS):
    """(second, kind, channel, number, value) as the engine tells it."""
    made = np.zeros(len(rows), EVENT)
    for n, (at_s, kind, channel, number, value) in enumerate(rows):
        made[n] = (round(at_s * RATE), value, kind, channel, number, source, engine.ALL_SLOTS, 0)
    return made


def captured(*arrays, until_s: float | None = None, **words) -> Capture:
    capture = Capture(RATE, **words)
    for array in arrays:
        capture.add(array)
    if until_s is not None:
        capture.pass_to(round(until_s * RATE))
    return capture


def only(clips: tuple[Clip, ...]) -> Clip:
    assert len(clips) == 1
    return clips[0]


def test_the_kinds_are_those_of_the_engine():
    for name, number in Kinds()._asdict().items():
        assert getattr(engine, name.upper()) == number


def test_what_was_played_becomes_notes_that_begin_where_the_phrase_began():
    clip = only(
        captured(
            played((3.0, ON, 2, 60, 1.0), (3.5, OFF, 2, 60, 0.5), (4.0, ON, 2, 64, 0.5), (4.25, OFF, 2, 64, 0.0)),
            until_s=9.0,
        ).clip()
    )
    assert [
        (n.start_ticks, n.duration_ticks, n.pitch, n.velocity, n.channel, n.release_velocity) for n in clip.notes
    ] == [
        (0, BEAT, 60, 127, 2, 64),
        (2 * BEAT, BEAT // 2, 64, 64, 2, 0),
    ]
    assert clip.zones == () and clip.events == () and clip.source == FROM_KEYS


def test_what_lies_before_a_silence_is_another_phrase_and_can_be_asked_for():
    capture = captured(
        played((0.0, ON, 0, 50, 0.5), (1.0, OFF, 0, 50, 0), (20.0, ON, 0, 60, 0.5), (21.0, OFF, 0, 60, 0)), until_s=25.0
    )
    assert [note.pitch for note in only(capture.clip()).notes] == [60]
    assert [note.pitch for note in only(capture.clip(600.0)).notes] == [50, 60]
    assert only(capture.clip(4.5)).notes[0].duration_ticks == BEAT  # it sounded already, and begins with the clip
    assert capture.clip(2.0) == ()


def test_a_long_note_bridges_the_silence_of_the_others():
    clip = only(
        captured(
            played((0, ON, 0, 36, 0.5), (0, ON, 0, 60, 0.5), (1, OFF, 0, 60, 0), (19, OFF, 0, 36, 0)), until_s=20
        ).clip()
    )
    assert sorted(note.pitch for note in clip.notes) == [36, 60]


def test_notes_that_sound_still_end_now():
    capture = captured(played((0.0, ON, 0, 60, 0.5)), until_s=2.0)
    assert only(capture.clip()).notes[0].duration_ticks == 4 * BEAT
    (sounding,) = capture.live()
    assert (sounding.key, sounding.start_s, sounding.end_s) == (60, 0.0, 2.0)
    capture.add(played((3.0, OFF, 0, 60, 0.0)))
    assert capture.live() == ()


def test_voice_and_keys_are_tracks_of_their_own_and_the_app_is_not_captured():
    capture = captured(
        played((0.0, ON, 0, 48, 0.5)),
        played((0.1, ON, 1, 60, 0.5), (0.1, BEND, 1, 0, 0.3), source=FROM_VOICE),
        played((0.2, ON, 0, 72, 0.5), source=FROM_APP),
        until_s=1.0,
    )
    keys, voice = capture.clip()
    assert (keys.source, [note.pitch for note in keys.notes], keys.zones) == (FROM_KEYS, [48], ())
    assert (voice.source, [note.pitch for note in voice.notes], len(voice.zones)) == (FROM_VOICE, [60], 1)
    assert len(capture.live()) == 2


def test_each_note_of_a_voice_keeps_its_own_bends_and_swells():
    clip = only(
        captured(
            played(
                (0.0, BEND, 1, 0, -0.5),
                (0.0, ON, 1, 60, 0.5),
                (0.0, PRESSURE, 1, 0, 0.5),
                (0.25, BEND, 1, 0, 0.5),
                (0.25, BEND, 2, 0, 7.0),
                (0.5, ON, 2, 64, 0.5),
                (0.5, CONTROL, 2, 74, 1.0),
                (0.75, BEND, 1, 0, 0.5),
                (1.0, OFF, 1, 60, 0),
                (1.0, OFF, 2, 64, 0),
                source=FROM_VOICE,
            )
        ).clip()
    )
    low, high = clip.notes
    near = clip.zones[0].nearest_bend_st
    assert low.bend_st == ((0, near(-0.5)), (BEAT // 2, near(0.5)))
    assert low.pressure == ((0, 64),) and low.timbre == ()
    assert high.bend_st == ((0, near(7.0)),) and high.timbre == ((0, 127),)
    assert {note.channel for note in clip.notes} == {clip.zones[0].master}


def test_in_a_slur_the_bend_of_the_note_that_begins_does_not_bend_the_one_that_ends():
    clip = only(
        captured(
            played(
                (1.0, BEND, 0, 0, 0.0),
                (1.0, ON, 0, 60, 0.8),
                (1.4, BEND, 0, 0, 0.5),
                (1.5, BEND, 0, 0, -0.25),
                (1.5, ON, 0, 62, 0.8),
                (1.5, OFF, 0, 60, 0.5),
                (1.8, OFF, 0, 62, 0.5),
                source=FROM_VOICE,
            ),
            until_s=3.0,
        ).clip()
    )
    first, second = clip.notes
    assert [round(value, 2) for _, value in first.bend_st] == [0.0, 0.5]
    assert [round(value, 2) for _, value in second.bend_st] == [-0.25]


def test_the_wheel_of_a_keyboard_bends_all_that_sounds_on_its_channel():
    clip = only(
        captured(
            played(
                (0, ON, 0, 60, 0.5),
                (0, ON, 0, 64, 0.5),
                (0, ON, 3, 67, 0.5),
                (0.5, BEND, 0, 0, 2.0),
                (0.5, KEY_PRESSURE, 3, 67, 1.0),
            ),
            until_s=1.0,
        ).clip()
    )
    assert [len(note.bend_st) for note in clip.notes] == [2, 2, 0]
    assert [note.pressure for note in clip.notes] == [(), (), ((0, 0), (BEAT, 127))]


def test_a_pedal_is_an_event_and_one_that_was_down_stays_down():
    clip = only(
        captured(
            played((0, CONTROL, 0, 64, 1.0), (9, ON, 0, 60, 0.5), (9.5, OFF, 0, 60, 0), (9.5, CONTROL, 0, 64, 0.0)),
            until_s=10,
        ).clip()
    )
    assert clip.events == (Control(0, 0, 64, 127), Control(BEAT, 0, 64, 0))


def test_a_key_that_goes_down_twice_was_up_in_between():
    clip = only(captured(played((0, ON, 0, 60, 0.5), (1, ON, 0, 60, 0.5)), until_s=3).clip())
    assert [(note.start_ticks, note.duration_ticks) for note in clip.notes] == [(0, 2 * BEAT), (2 * BEAT, 4 * BEAT)]


@pytest.mark.parametrize("kind", [engine.NOTES_OFF, engine.SILENCE])
@pytest.mark.parametrize("source", [FROM_KEYS, FROM_APP])
def test_a_panic_ends_what_sounds_whoever_asked_for_it(kind: int, source: int):
    capture = captured(played((0, ON, 0, 60, 0.5), (0, ON, 5, 61, 0.5)), played((1, kind, 0xFF, 0, 0), source=source))
    assert capture.live() == ()
    assert [note.duration_ticks for note in only(capture.clip()).notes] == [2 * BEAT, 2 * BEAT]


def test_a_stream_that_begins_anew_ends_what_sounded_and_the_past_is_kept():
    capture = captured(played((100, ON, 0, 60, 0.5), (101, ON, 0, 62, 0.5)))
    capture.begin_stream(2 * RATE)
    assert capture.live() == ()
    capture.add(played((0, ON, 0, 64, 0.5), (2, OFF, 0, 64, 0)))
    assert [(note.pitch, note.duration_ticks) for note in only(capture.clip()).notes] == [(64, 2 * BEAT)]
    assert [note.pitch for note in only(capture.clip(600)).notes] == [60, 64]


def test_a_stream_that_began_anew_unsaid_is_seen_by_its_frames():
    capture = captured(played((100, ON, 0, 60, 0.5)), played((0, ON, 0, 64, 0.5)), played((1, OFF, 0, 64, 0.5)))
    assert capture.live() == () and [note.pitch for note in only(capture.clip()).notes] == [64]


def test_a_clip_lies_at_a_tick_and_follows_the_tempo():
    tempo = TempoMap(tempos=(Tempo(0, 500_000), Tempo(4 * BEAT, 1_000_000)))
    capture = captured(played((5, ON, 0, 60, 0.5), (6, OFF, 0, 60, 0), (6, ON, 0, 62, 0.5), (7, OFF, 0, 62, 0)))
    clip = only(capture.clip(None, tempo, 3 * BEAT))
    assert [(note.start_ticks, note.duration_ticks) for note in clip.notes] == [
        (3 * BEAT, round(1.5 * BEAT)),
        (round(4.5 * BEAT), BEAT),
    ]


def test_only_the_last_ten_minutes_are_kept_however_much_is_played():
    capture = Capture(RATE, kept_s=600.0)
    for second in range(900):
        capture.add(played((second, ON, 0, 60, 0.5), (second + 0.5, OFF, 0, 60, 0)))
    assert 599 <= capture.held_s <= 600
    assert 599 <= len(only(capture.clip(10_000.0)).notes) <= 600


def test_a_ring_that_is_full_forgets_the_oldest_in_pieces_of_any_size():
    capture = Capture(RATE, kept_events=8)
    rows = [(n, (ON, OFF)[n % 2], 0, 60 + n // 2 % 8, 0.5) for n in range(40)]
    for begin, end in ((0, 3), (3, 4), (4, 10), (10, 29), (29, 40)):
        capture.add(played(*rows[begin:end]))
    assert [note.pitch for note in only(capture.clip(1000)).notes] == [60 + n // 2 % 8 for n in range(32, 40, 2)]


def test_nothing_played_is_no_clip():
    capture = captured(np.zeros(0, EVENT), until_s=3.0)
    assert capture.clip() == () and capture.live() == () and capture.held_s == 0.0
    capture.begin_stream(44_100)
    capture.add(played((-1, ON, 0, 60, 0.5)))  # a frame that nobody has counted
    assert capture.clip() == ()


ROWS = st.tuples(
    st.floats(0, 0.5),
    st.sampled_from(
        [ON, ON, ON, OFF, OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL, engine.NOTES_OFF, engine.KNOB, engine.TUNE]
    ),
    st.one_of(st.integers(0, 15), st.just(0xFF)),
    st.one_of(st.integers(60, 62), st.integers(0, 255)),
    st.one_of(st.floats(0, 1), st.floats(-200, 200)),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, max_size=40), st.integers(1, 60), st.integers(0, 1))
def test_whatever_is_played_is_a_clip_that_a_midi_file_holds(rows, kept_events: int, source: int):
    capture = Capture(RATE, kept_events=kept_events)
    at_s = 0.0
    for wait_s, *rest in rows:
        at_s += wait_s
        capture.add(played((at_s, *rest), source=source))
    live = capture.live()
    for clip in capture.clip(1000.0, at_ticks=7):
        score = clip.added_to(Score(), "Take")
        assert midifile.from_bytes(midifile.to_bytes(score)).score == score
        assert all(note.start_ticks >= 7 for note in clip.notes)
    assert all(note.end_s >= note.start_s for note in live)


def test_a_wheel_that_was_bent_before_the_phrase_bends_it_still():
    capture = captured(
        played(
            (0, ON, 0, 50, 0.5), (0, BEND, 0, 0, 1.0), (0.5, BEND, 0, 0, 2.0), (1, OFF, 0, 50, 0), (20, ON, 0, 60, 0.5)
        ),
        until_s=21.0,
    )
    clip = only(capture.clip())
    assert [(note.pitch, note.start_ticks) for note in clip.notes] == [(60, 0)]
    assert clip.notes[0].bend_st == ((0, clip.zones[0].nearest_bend_st(2.0)),)


def test_a_moment_stays_as_it_was_while_more_is_played():
    capture = captured(played((0, ON, 0, 60, 0.5), (1, OFF, 0, 60, 0)), kept_events=4)
    moment = capture.moment()
    capture.add(played(*((2 + n, (ON, OFF)[n % 2], 0, 70, 0.5) for n in range(8))))
    assert [note.pitch for note in only(moment.clip()).notes] == [60]
