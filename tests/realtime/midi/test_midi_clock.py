"""Clock out, clock in, and the moments at which messages arrive."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.events import NOW
from realtime.layout import CLOCK
from realtime.midi.arrival import Arrivals, frame_of
from realtime.midi.clock import CONTINUE, START, STOP, TIMING, ClockOut, Pulses, song_position
from realtime.midi.follow import ClockIn, SongPlace
from score.errors import EngineError, UsageError

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
    assert abs(Pulses(rate, bpm, 1000).frame_of(pulse) - (1000 + pulse * rate * 60 / (bpm * 24))) <= 0.51


@given(st.floats(10, 1000), st.floats(10, 1000), st.integers(0, 1000))
def test_a_new_tempo_moves_no_pulse_before_it(first_bpm: float, then_bpm: float, turn: int):
    pulses, steady = Pulses(48000.0, first_bpm), Pulses(48000.0, first_bpm)
    pulses.set_tempo(then_bpm, turn)
    assert pulses.frame_of(turn) == steady.frame_of(turn)
    assert abs(pulses.frame_of(turn + 24) - steady.frame_of(turn) - 48000 * 60 / then_bpm) <= 1.0


@pytest.mark.parametrize("bpm", [0.0, 9.9, 1001.0, float("nan")])
def test_a_tempo_that_cannot_be_sent_is_refused(bpm: float):
    with pytest.raises(UsageError, match="between 10 and 1000"):
        Pulses(48000.0, bpm)


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


def until(told: Callable[[], bool]) -> None:
    for _ in range(500):
        if told():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


def test_the_clock_is_sent_as_the_frames_go_by():
    frame, sent = [100], list[bytes]()
    clock = ClockOut(sent.append, lambda: clock_at(frame[0]), bpm=125.0)  # 960 frames a pulse
    try:
        clock.start(1000)
        until(lambda: clock.running)
        assert sent == [START]
        frame[0] = 1000 + 960 * 23 + 100
        until(lambda: len(sent) >= 25)
        assert sent == [START] + [TIMING] * 24
        clock.stop()
        clock.stop()
        assert (clock.pulse, sent[25:]) == (24, [STOP])
        clock.resume(frame[0] + 960)
        assert sent[26:] == [song_position(4), CONTINUE]
        frame[0] += 2 * 960
        until(lambda: len(sent) >= 30)
        assert sent[28:] == [TIMING] * 2 and clock.pulse == 26
    finally:
        clock.close()
    assert sent[-1] == STOP
    assert "midi clock" not in [thread.name for thread in threading.enumerate()]


def test_without_sound_there_is_no_clock_to_send():
    clock = ClockOut(lambda message: None, lambda: np.zeros(1, CLOCK)[0])
    try:
        with pytest.raises(EngineError, match="Start a device"):
            clock.start()
    finally:
        clock.close()


def test_a_song_position_fits_its_fourteen_bits():
    assert song_position(0) == b"\xf2\x00\x00"
    assert song_position(130) == b"\xf2\x02\x01"
    assert song_position(1 << 20) == b"\xf2\x7f\x7f"
