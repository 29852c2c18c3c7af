"""Time without a window: the line of time, beats, passes, courses, taps, and a song that is followed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.transport.beats import BAR, BEAT, GROUP, beats, count_from
from gui.transport.following import Begin, Follower, Song, Stand, Steer, Stop
from gui.transport.leading import Leader, points
from gui.transport.passes import OVERDUB, RAW, REPLACE, Pass, lay, passes, recorded
from gui.transport.tap import TapTempo
from gui.transport.timeline import Leg, Loop, Timeline
from score.note import Note
from score.score import Score
from score.tempo import Meter, Tempo, TempoMap

RATE = 48_000.0
QUARTER, QUARTER_FRAMES = 960, 24_000
PLAIN = TempoMap()


def ran(time: Timeline, tempo: TempoMap, to: int, from_frame: int = 0, step: int = 777) -> list[tuple[int, int, int]]:
    """Stretches as (first tick, end tick, first frame), told step by step."""
    told = []
    for frame in range(from_frame, to + step, step):
        told += [
            (each.start_ticks, each.end_ticks, each.frame_of(each.start_ticks)) for each in time.pass_to(tempo, frame)
        ]
    return told


# The line


def test_every_tick_is_told_once_and_in_order_and_its_place_is_found_again():
    time = Timeline()
    time.begin(PLAIN, 480, 1000, RATE)
    told = ran(time, PLAIN, 200_000)
    assert told[0][0] == 480
    assert all(before[1] == after[0] for before, after in pairwise(told))
    assert time.place(1000 + 3 * QUARTER_FRAMES) == pytest.approx(480 + 3 * QUARTER)
    assert time.place(0) == 480


def test_a_beginning_that_is_still_to_come_waits():
    time = Timeline()
    time.begin(PLAIN, 3840, 96_000, RATE)
    assert time.pass_to(PLAIN, 95_000) == []
    assert time.place(50_000) == 3840
    (first,) = time.pass_to(PLAIN, 97_000)
    assert (first.start_ticks, first.frame_of(3840), first.is_new) == (3840, 96_000, True)


def test_a_loop_that_came_round_a_thousand_times_is_still_in_time():
    tempo = TempoMap(960, (Tempo(0, 461_539),))  # 130 a minute: no loop lasts whole frames
    time = Timeline()
    time.loop = Loop(0, 4 * QUARTER)
    time.begin(tempo, 0, 0, RATE)
    lasts = 4 * 0.461539 * RATE
    ran(time, tempo, round(1000.5 * lasts), step=20_000)
    assert time.legs[-1].lap == 1000
    assert time.legs[-1].frame == pytest.approx(1000 * lasts, abs=0.01)
    assert time.place(1000.25 * lasts) == pytest.approx(QUARTER, abs=0.5)


def test_a_tempo_that_changes_while_it_plays_bends_the_line_and_moves_nothing_that_was_told():
    time = Timeline()
    time.begin(PLAIN, 0, 0, RATE)
    told = ran(time, PLAIN, 100_000)
    told_to, slow = time.told_to, TempoMap(960, (Tempo(0, 1_000_000),))
    bends_at = time.legs[-1].frame_of(told_to)
    more = ran(time, slow, 300_000, from_frame=100_777)
    assert more[0][0] == told[-1][1] == told_to
    assert more[0][2] == round(bends_at)
    assert time.place(bends_at + 48_000) == pytest.approx(told_to + QUARTER)
    assert time.place(24_000) == pytest.approx(QUARTER)  # the past stays as it was played


def test_a_line_that_is_steered_goes_on_where_it_was_told_to():
    time = Timeline()
    time.begin(PLAIN, 0, 0, RATE)
    ran(time, PLAIN, 48_000)
    at, frame = time.told_to, time.legs[-1].frame_of(time.told_to)
    time.steer(0.5)
    assert time.pass_to(PLAIN, frame + 48_000)[0].start_ticks == at
    assert time.place(frame + 48_000) == pytest.approx(at + QUARTER)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20_000), st.sampled_from(["on", "tempo", "loop", "steer"]), st.integers(1, 9))),
    st.integers(0, 5000),
)
def test_whatever_happens_nothing_is_told_twice_and_nothing_is_left_out(what, start):
    time, tempo, frame = Timeline(), PLAIN, 0
    time.begin(tempo, start, 0, RATE)
    expected, last_frame = start, -1
    for forward, kind, number in what:
        frame += forward
        if kind == "tempo":
            tempo = TempoMap(960, (Tempo(0, 100_000 * number),))
        elif kind == "loop":
            time.loop = Loop(100 * number, 300 * number) if number < 6 else None
        elif kind == "steer":
            time.steer(number / 5)
        for each in time.pass_to(tempo, frame):
            assert each.start_ticks == expected or (time.loop and each.start_ticks == time.loop.start_ticks)
            assert each.end_ticks > each.start_ticks
            assert each.frame_of(each.start_ticks) >= last_frame
            expected, last_frame = each.end_ticks, each.frame_of(each.end_ticks - 1)


# Beats


def test_beats_and_bars_of_every_meter():
    tempo = TempoMap(960, (), (Meter(0, 3, 4), Meter(2 * 2880, 6, 8)))
    told = list(beats(tempo, 0, 2 * 2880 + 2880))
    assert [each.ticks for each in told[:6]] == [0, 960, 1920, 2880, 3840, 4800]
    assert [each.strength for each in told] == [BAR, BEAT, BEAT, BAR, BEAT, BEAT, BAR, BEAT, BEAT, GROUP, BEAT, BEAT]
    assert [each.ticks - 5760 for each in told[6:]] == [0, 480, 960, 1440, 1920, 2400]


def test_a_meter_in_the_middle_of_a_bar_ends_it_and_is_a_bar():
    tempo = TempoMap(960, (), (Meter(0, 4, 4), Meter(1500, 3, 4)))
    assert [tuple(each) for each in beats(tempo, 0, 4000)] == [
        (0, BAR),
        (960, BEAT),
        (1500, BAR),
        (2460, BEAT),
        (3420, BEAT),
    ]


def test_beats_that_are_asked_for_in_pieces_are_the_same():
    tempo = TempoMap(960, (), (Meter(0, 5, 8), Meter(7000, 7, 4)))
    whole = list(beats(tempo, 0, 40_000))
    assert [each for start in range(0, 40_000, 333) for each in beats(tempo, start, min(start + 333, 40_000))] == whole


def test_a_count_begins_whole_bars_before_the_bar_even_before_the_piece():
    assert count_from(PLAIN, 0, 2) == -7680
    assert [tuple(each) for each in beats(PLAIN, -3840, 0)] == [
        (-3840, BAR),
        (-2880, BEAT),
        (-1920, BEAT),
        (-960, BEAT),
    ]
    assert count_from(PLAIN, 3840 + 1920, 1) == 0
    assert count_from(PLAIN, 500, 0) == 500


# Takes


def line(*legs: tuple[float, float, int]) -> tuple[Leg, ...]:
    return tuple(Leg(frame, ticks, PLAIN, RATE, lap) for frame, ticks, lap in legs)


def sung(begins_s: float, ends_s: float, pitch: int = 60, **more: object) -> Note:
    """A note as it is captured: in tenths of milliseconds since frame 0."""
    start = round(begins_s * 10_000)
    return Note(start, max(round(ends_s * 10_000) - start, 1), pitch, **more)  # type: ignore[arg-type]


def laid(notes: list[Note], of: Pass, from_frame: float, rate: float) -> tuple[Note, ...]:
    return tuple(note for each in notes if (note := lay(each, of, from_frame, rate)) is not None)


def test_who_comes_in_a_hair_before_the_bar_is_kept_where_it_was_sung():
    (whole,) = passes(line((96_000, 3840, 0)), 96_000, 400_000)
    assert (whole.start_ticks, whole.is_over) == (3840, False)
    (early,) = laid([sung(1.9, 2.4)], whole, 0, RATE)
    assert (early.start_ticks, early.end_ticks) == (3840 - 192, 3840 + 768)
    (at_the_beginning,) = laid([sung(1.9, 2.4)], passes(line((96_000, 0, 0)), 96_000, 400_000)[0], 0, RATE)
    assert (at_the_beginning.start_ticks, at_the_beginning.end_ticks) == (0, 768)


def test_what_was_hummed_to_the_count_is_not_kept_and_a_held_note_begins_on_the_bar():
    (whole,) = passes(line((96_000, 0, 0)), 96_000, 400_000)
    assert laid([sung(0.1, 1.5)], whole, 0, RATE) == ()
    (held,) = laid([sung(0.5, 3.0)], whole, 0, RATE)
    assert (held.start_ticks, held.duration_ticks) == (0, 1920)
    assert laid([sung(0.5, 2.05)], whole, 0, RATE) == ()


def test_each_round_of_a_loop_is_a_take_and_notes_belong_to_one():
    legs = line((0, 0, 0), (96_000, 0, 1), (192_000, 0, 2))
    first, second, third = passes(legs, 0, 240_000)
    assert [each.is_over for each in (first, second, third)] == [True, True, False]
    assert [(each.start_ticks, each.end_ticks) for each in (first, second)] == [(0, 3840), (0, 3840)]
    assert third.end_ticks == 1920
    notes = [sung(0.5, 1.0, 60), sung(1.5, 2.6, 62), sung(1.95, 2.5, 64), sung(3.0, 3.5, 65), sung(4.1, 4.9, 67)]
    by_pass = [
        [(note.pitch, note.start_ticks) for note in laid(notes, each, 0, RATE)] for each in (first, second, third)
    ]
    assert by_pass == [[(60, 960), (62, 2880)], [(64, 0), (65, 1920)], [(67, 192)]]
    cut = laid(notes, first, 0, RATE)[1]
    assert cut.end_ticks == 3840


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 9.0), st.floats(0.05, 1.5)), max_size=12))
def test_no_note_is_in_two_takes_and_none_that_was_sung_in_a_round_is_lost(times):
    legs = line((0, 0, 0), (96_000, 0, 1), (192_000, 0, 2), (288_000, 0, 3), (384_000, 0, 4))
    notes = [sung(begins, begins + lasts, 40 + n) for n, (begins, lasts) in enumerate(times)]
    found = [note.pitch for each in passes(legs, 0, 600_000) for note in laid(notes, each, 0, RATE)]
    assert sorted(found) == [note.pitch for note in notes]


def test_a_punch_keeps_what_is_sung_in_it():
    legs, punch = line((0, 0, 0)), Loop(3840, 7680)
    assert passes(legs, 0, 90_000, punch) == []
    (part,) = passes(legs, 0, 120_000, punch)
    assert (part.start_ticks, part.end_ticks, part.is_over) == (3840, 4800, False)
    (part,) = passes(legs, 0, 500_000, punch)
    assert (part.first_frame, part.end_frame, part.is_over) == (96_000, 192_000, True)
    notes = [sung(1.0, 1.5, 60), sung(2.5, 3.0, 62), sung(3.7, 4.3, 64), sung(5.0, 6.0, 65)]
    assert [(note.pitch, note.end_ticks) for note in laid(notes, part, 0, RATE)] == [(62, 5760), (64, 7680)]


def test_a_take_that_was_sung_through_a_change_of_tempo_lies_where_it_was_heard():
    tempo = TempoMap(960, (Tempo(0, 500_000), Tempo(1920, 1_000_000)))
    (whole,) = passes((Leg(0, 0, tempo, RATE),), 0, 500_000)
    bent = sung(0.5, 2.0, bend_st=((0, 0.1), (5000, 0.5), (10_000, -0.5)))
    (note,) = laid([bent], whole, 0, RATE)
    assert (note.start_ticks, note.end_ticks) == (960, 2880)
    assert note.bend_st == ((0, 0.1), (960, 0.5), (1440, -0.5))


def test_replacing_makes_room_and_one_undo_brings_all_back():
    score = Score().adding("Voice", (Note(0, 2400, 50), Note(1920, 480, 52), Note(3800, 500, 53), Note(9000, 100, 55)))
    track = score.tracks[0]
    (part,) = passes(line((0, 0, 0)), 0, 500_000, Loop(1920, 3840))
    new = (Note(2000, 300, 72),)
    assert recorded(track, (), part, REPLACE, "Record") is None
    edit = recorded(track, new, part, REPLACE, "Record")
    assert edit is not None
    after, back = edit.apply(score)
    assert [(note.pitch, note.start_ticks, note.end_ticks) for _, note in after] == [
        (50, 0, 1920),
        (72, 2000, 2300),
        (55, 9000, 9100),
    ]
    assert back.apply(after)[0].tracks == score.tracks
    kept = recorded(track, new, part, OVERDUB, "Record")
    assert kept is not None
    assert kept.apply(score)[0].note_count == 5


def test_a_second_is_ten_thousand_ticks_of_what_is_captured():
    assert RAW.seconds_at(12_345) == pytest.approx(1.2345)


# Leading and following


def test_pulses_fall_where_beats_fall_through_every_change_of_tempo():
    tempo = TempoMap(960, (Tempo(0, 500_000), Tempo(1000, 1_000_000), Tempo(2000, 250_000)))
    course = points(Leg(5000.0, 0, tempo, RATE), 960)
    assert [pulse for pulse, _ in course] == [24.0, 25.0, 50.0, 74.0]
    assert [frame for _, frame in course] == pytest.approx([29_000, 30_000, 80_000, 92_000])


def test_others_are_led_from_the_beginning_through_jumps_to_the_end():
    told: list[tuple[float, float, bool]] = []
    leader = Leader(lambda course, goes_on: told.append((*course[0], goes_on) if course else (-1, -1, goes_on)))
    time = Timeline()
    time.loop = Loop(0, 3840)
    time.begin(PLAIN, 0, 1000, RATE)
    leader.pass_by(time.pass_to(PLAIN, 20_000))
    assert told == []
    leader.is_on = True
    for frame in range(20_000, 150_000, 500):
        leader.pass_by(time.pass_to(PLAIN, frame))
    slow = TempoMap(960, (Tempo(0, 1_000_000),))
    leader.pass_by(time.pass_to(slow, 151_000))
    leader.stop()
    leader.stop()
    assert [goes_on for *_, goes_on in told] == [False, False, True, False]
    assert told[1][:2] == (0.0, 97_000.0)
    assert told[-1][:2] == (-1, -1)


def heard(beats: float, frame: float, running: bool = True, bpm: float | None = 120.0, age_s: float = 0.01) -> Song:
    return Song(running, bpm, beats, frame, age_s)


def test_we_begin_with_the_other_and_stop_with_it():
    follower = Follower()
    assert follower.hear(heard(0.0, 0.0, running=False), PLAIN, 0.0, 0.0, RATE) is None
    assert follower.hear(heard(0.0, 1000.0, bpm=None), PLAIN, 0.0, 1100.0, RATE) is None
    begin = follower.hear(heard(2 / 24, 3000.0), PLAIN, 0.0, 3500.0, RATE)
    assert begin == Begin(0, 1000.0, 1.0)
    assert follower.hear(heard(1.0, 25_000.0, running=False), PLAIN, 980.0, 25_000.0, RATE) == Stop(960)
    assert follower.hear(heard(1.0, 25_000.0, running=False), PLAIN, 960.0, 26_000.0, RATE) is None


def test_where_the_other_is_put_while_it_stands_we_are_put_too():
    follower = Follower()
    assert follower.hear(heard(8.0, 0.0, running=False), PLAIN, 0.0, 0.0, RATE) is None  # it was there long before us
    assert follower.hear(heard(16.0, 0.0, running=False), PLAIN, 0.0, 0.0, RATE) == Stand(16 * 960)
    assert follower.hear(heard(16.0, 0.0, running=False), PLAIN, 0.0, 0.0, RATE) is None


def test_who_continues_is_joined_where_it_continues():
    follower = Follower()
    begin = follower.hear(heard(9.0 + 1 / 24, 50_000.0), PLAIN, 0.0, 50_100.0, RATE)
    assert isinstance(begin, Begin)
    assert (begin.ticks, begin.frame, begin.speed) == pytest.approx((9 * 960, 49_000.0, 1.0))


def test_a_song_that_our_own_hand_left_is_not_joined_again_until_it_begins_again():
    follower = Follower()
    assert isinstance(follower.hear(heard(1 / 24, 0.0), PLAIN, 0.0, 0.0, RATE), Begin)
    follower.let_go()
    assert follower.hear(heard(3.0, 72_000.0), PLAIN, 0.0, 72_000.0, RATE) is None
    follower.hear(heard(3.0, 72_000.0, running=False), PLAIN, 0.0, 73_000.0, RATE)
    assert isinstance(follower.hear(heard(3.0 + 1 / 24, 80_000.0), PLAIN, 0.0, 80_000.0, RATE), Begin)


@pytest.mark.parametrize("bpm", [60.0, 97.3, 120.5, 200.0])
def test_another_tempo_is_come_to_and_kept_within_a_millisecond(bpm):
    follower, time = Follower(), Timeline()
    begin = follower.hear(heard(1 / 24, 60 / bpm / 24 * RATE, bpm=bpm), PLAIN, 0.0, 3000.0, RATE)
    assert isinstance(begin, Begin)
    time.begin(PLAIN, begin.ticks, begin.frame + 700.0, RATE)  # 15 ms late, as who was told so late
    time.steer(begin.speed)
    for frame in range(3000, 480_000, 1600):
        time.pass_to(PLAIN, frame + 7200)
        does = follower.hear(
            heard(frame / RATE * bpm / 60, float(frame), bpm=bpm), PLAIN, time.place(frame), frame, RATE
        )
        assert isinstance(does, Steer)
        time.steer(does.speed)
    assert abs(time.place(480_000) / 960 - 480_000 / RATE * bpm / 60) * 60 / bpm < 0.001


def test_a_song_that_jumps_is_jumped_after_and_one_that_falls_silent_is_not_run_from():
    follower = Follower()
    follower.hear(heard(1 / 24, 0.0), PLAIN, 0.0, 0.0, RATE)
    assert follower.hear(heard(33.0, 24_000.0), PLAIN, 960.0, 24_000.0, RATE) == Begin(33 * 960, 24_000.0, 1.0)
    assert follower.hear(heard(33.1, 26_000.0, age_s=3.0), PLAIN, 32_000.0, 170_000.0, RATE) is None


# Taps


def tapped(*moments_s: float) -> float | None:
    taps, bpm = TapTempo(), None
    for moment in moments_s:
        bpm = taps.tap(moment)
    return bpm


def test_taps_make_a_tempo_from_the_second_on():
    assert tapped(10.0) is None
    assert tapped(10.0, 10.5) == pytest.approx(120.0)
    assert tapped(*[n * 0.6 + (0.01 if n % 2 else 0.0) for n in range(9)]) == pytest.approx(100.0, abs=0.5)


def test_a_tap_that_stumbles_or_is_left_out_changes_little():
    assert tapped(0.0, 0.5, 1.0, 1.35, 2.0, 2.5, 3.0) == pytest.approx(120.0, abs=1.0)
    assert tapped(0.0, 0.5, 1.0, 2.0, 2.5, 3.0) == pytest.approx(120.0, abs=1.0)


def test_a_rest_begins_anew_and_so_do_taps_that_agree_on_another_tempo():
    assert tapped(0.0, 0.5, 1.0, 3.5) is None
    assert tapped(0.0, 0.5, 1.0, 3.5, 4.5) == pytest.approx(60.0)
    assert tapped(*[n * 0.5 for n in range(6)], 3.5, 4.5, 5.5) == pytest.approx(60.0, abs=1.0)


def test_no_tap_makes_a_tempo_that_cannot_be():
    assert tapped(0.0, 0.05) == 400.0
    assert TapTempo().taps == 0
