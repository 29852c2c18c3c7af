"""Clock out, clock in, and the moments at which messages arrive."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.events import NOW
from realtime.layout import CLOCK
from realtime.midi.arrival import Arrivals, frame_of
from realtime.midi.clock import CONTINUE, START, STOP, TIMING, checked_bpm, song_position
from realtime.midi.follow import ClockIn, SongPlace
from realtime.midi.song import Course
from score.errors import UsageError

MS = 1_000_000


def ticks(follower: ClockIn, bpm: float, count: int, begin_ns: int = 0, jitter_ms: float = 0.0, seed: int = 1) -> int:
    """So many pulses, each late by up to the jitter; the moment at which the next is due."""
    chance = random.Random(seed)
    period_ns = 60e9 / bpm / 24
    for n in range(count):
        follower.hear(TIMING, round(begin_ns + n * period_ns + chance.uniform(0, jitter_ms) * MS))
    return round(begin_ns + count * period_ns)


@given(st.floats(10, 1000), st.integers(1, 10_000_000), st.sampled_from([44100.0, 48000.0, 96000.0]))
def test_no_pulse_drifts_however_late_in_the_song(bpm: float, pulse: int, rate: float):
    steady = Course(((0, 1000.0), (24, 1000.0 + rate * 60 / bpm)))
    assert abs(steady.frame_of(pulse) - (1000 + pulse * rate * 60 / (bpm * 24))) <= 0.51


@pytest.mark.parametrize("bpm", [0.0, 9.9, 1001.0, float("nan")])
def test_a_tempo_that_cannot_be_sent_is_refused(bpm: float):
    with pytest.raises(UsageError, match="between 10 and 1000"):
        checked_bpm(bpm)


@pytest.mark.parametrize("bpm", [40.0, 93.7, 120.0, 240.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_shaking_clock_is_read_as_a_steady_tempo(bpm: float, seed: int):
    follower = ClockIn()
    follower.hear(START, 0)
    ticks(follower, bpm, 96, jitter_ms=3.0, seed=seed)
    assert follower.place.bpm == pytest.approx(bpm, rel=0.005)
    due_ns = 95 * 60e9 / bpm / 24 + 1.5 * MS  # the middle of the jitter
    assert abs(follower.place.at_ns - due_ns) < 1.2 * MS
    assert follower.place.beats == 95 / 24


def test_one_pulse_that_hung_in_the_cable_changes_nothing():
    follower = ClockIn()
    ticks(follower, 120.0, 40)
    follower.hear(TIMING, round(40 * 60e9 / 120 / 24 + 15 * MS))
    assert follower.place.bpm == pytest.approx(120.0, rel=1e-6)


def test_a_tempo_that_jumps_is_followed_within_a_quarter_of_a_beat():
    follower = ClockIn()
    turn_ns = ticks(follower, 100.0, 96, jitter_ms=0.5)
    ticks(follower, 150.0, 8, begin_ns=turn_ns)
    assert follower.place.bpm == pytest.approx(150.0, rel=0.03)


def test_the_place_moves_with_start_stop_and_continue():
    follower = ClockIn()

    def place() -> SongPlace:
        return follower.place

    ends_ns = ticks(follower, 120.0, 30)
    assert not place().running and place().beats_at(ends_ns) == 0.0
    follower.hear(START, ends_ns)
    ends_ns = ticks(follower, 120.0, 49, ends_ns)
    assert place().running and place().beats == 2.0
    assert place().beats_at(ends_ns) == pytest.approx(2 + 1 / 24)
    follower.hear(STOP, ends_ns)
    assert place().beats_at(ends_ns + 1000 * MS) == 49 / 24
    follower.hear(song_position(16), ends_ns)
    follower.hear(CONTINUE, ends_ns)
    ticks(follower, 120.0, 1, ends_ns)
    assert place().beats == 4.0


def test_a_sender_that_falls_silent_is_not_run_away_from():
    follower = ClockIn()
    follower.hear(START, 0)
    ends_ns = ticks(follower, 120.0, 48)
    assert follower.place.beats_at(ends_ns + 10_000 * MS) <= 50 / 24
    follower.hear(TIMING, ends_ns + 10_000 * MS)
    assert follower.place.bpm is None and follower.place.beats == 2.0


@given(st.lists(st.tuples(st.binary(max_size=3), st.integers(0, 1 << 62)), max_size=100))
def test_no_clock_whatever_raises(messages: list[tuple[bytes, int]]):
    follower = ClockIn()
    for message, at_ns in messages:
        follower.hear(message, at_ns)
        follower.hear(TIMING, at_ns)
    assert follower.place.bpm is None or follower.place.bpm > 0


def test_notes_read_late_in_one_go_keep_their_distances():
    arrivals = Arrivals()
    assert arrivals.stamp(0.0, read_ns=100 * MS, empty_ns=99 * MS) == 100 * MS
    read_ns = 150 * MS  # the reader was held up for 50 ms
    stamps = [arrivals.stamp(0.010, read_ns, empty_ns=100 * MS) for _ in range(4)]
    assert stamps == [110 * MS, 120 * MS, 130 * MS, 140 * MS]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=50))
def test_a_stamp_lies_between_the_empty_queue_and_the_reading(rows: list[tuple[float, int, int]]):
    arrivals, now_ns = Arrivals(), 0
    for interval_s, empty_after_ns, read_after_ns in rows:
        empty_ns = now_ns + empty_after_ns
        now_ns = empty_ns + read_after_ns
        assert empty_ns <= arrivals.stamp(interval_s, now_ns, empty_ns) <= now_ns


def clock_at(frame: int, rate: float = 48000.0) -> Any:
    now = np.zeros(1, CLOCK)
    now[0] = (frame, time.perf_counter_ns(), 128, rate)
    return now[0]


def test_an_event_sounds_one_block_after_it_came():
    clock = np.zeros(1, CLOCK)
    clock[0] = (4800, 1000 * MS, 128, 48000.0)
    assert frame_of(1000 * MS, clock[0]) == 4928
    assert frame_of(1002 * MS, clock[0]) == 4928 + 96
    assert frame_of(0, clock[0]) == 0
    assert frame_of(0, np.zeros(1, CLOCK)[0]) == NOW


def test_a_song_position_fits_its_fourteen_bits():
    assert song_position(0) == b"\xf2\x00\x00"
    assert song_position(130) == b"\xf2\x02\x01"
    assert song_position(1 << 20) == b"\xf2\x7f\x7f"


def test_pulses_that_come_with_their_frames_are_exact_however_late_they_are_read():
    follower, chance = ClockIn(), random.Random(3)
    follower.hear(START, 0)
    for n in range(60):
        follower.hear(TIMING, round(n * 21 * MS + chance.uniform(0, 40) * MS), 10_000 + 1000 * n, 48_000.0)
    assert follower.place.bpm == pytest.approx(120.0, abs=1e-6)
    assert follower.place.frame == pytest.approx(10_000 + 59_000, abs=0.01)
    assert follower.place.beats == 59 / 24


@pytest.mark.parametrize("again", [START, CONTINUE])
@pytest.mark.parametrize("pause", [700.0, 20_650.3])
def test_a_song_that_begins_again_owes_nothing_to_the_pulses_before(again: bytes, pause: float):
    """A DAW that was stopped, put back and started within half a second: its pulses stood still in between."""
    follower = ClockIn()
    follower.hear(START, 0)
    for n in range(60):
        follower.hear(TIMING, n * 26 * MS, 10_000 + 1250 * n, 48_000.0)
    follower.hear(STOP, 60 * 26 * MS)
    follower.hear(again, 60 * 26 * MS)
    begins = 10_000 + 1250 * 60 + pause
    for n in range(30):
        follower.hear(TIMING, (70 + n) * 26 * MS, round(begins + 1250 * n), 48_000.0)
        frame = follower.place.frame
        assert frame is not None and abs(frame - (begins + 1250 * n)) < 1.0
        assert n < 2 or follower.place.bpm == pytest.approx(96.0, rel=1e-3)


def test_a_song_that_begins_in_time_is_known_by_the_pulses_before():
    follower = ClockIn()
    ends_ns = ticks(follower, 120.0, 30, jitter_ms=1.0)
    follower.hear(START, ends_ns)
    ticks(follower, 120.0, 1, ends_ns)
    assert follower.place.bpm == pytest.approx(120.0, rel=0.01)


def test_a_port_that_learns_its_frames_while_a_song_runs_loses_no_pulse():
    follower = ClockIn()
    follower.hear(START, 0)
    ends_ns = ticks(follower, 120.0, 20)
    for n in range(10):
        follower.hear(TIMING, ends_ns + n * 21 * MS, 500 + 1000 * n, 48_000.0)
    assert follower.place.beats == 29 / 24 and follower.place.frame == pytest.approx(9_500, abs=0.01)
