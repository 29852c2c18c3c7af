"""What leaves by a port leaves at its frame; and our song leads, through tempos, jumps and stops."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest

from realtime.events import CLICK, FORGET, NOTE_OFF, NOTE_ON, NOTES_OFF, NOW, event
from realtime.layout import CLOCK
from realtime.leaving import Leaving
from realtime.midi.clock import CONTINUE, START, STOP, TIMING, song_position
from realtime.midi.follow import ClockIn
from realtime.midi.song import EARLY_S, Course, SongClock
from realtime.midi.timetable import Timetable
from score.errors import UsageError

RATE = 48_000.0


class Card:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.frame = 0

    def clock(self) -> np.ndarray:
        made = np.zeros(1, CLOCK)
        made[0] = (self.frame, time.perf_counter_ns(), 128, RATE)
        return made[0]


@pytest.fixture
def card() -> Card:
    return Card()


@pytest.fixture
def timetable(card: Card) -> Iterator[Timetable]:
    made = Timetable(card.clock)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60.0
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.002)


def test_deeds_are_done_in_the_order_of_their_frames_and_none_before(card: Card, timetable: Timetable) -> None:
    done: list[str] = []
    far = 1 << 30
    for frame, name in ((far + 900, "late"), (far + 300, "b"), (far + 100, "a"), (far + 300, "c"), (0, "past")):
        timetable.put(frame, partial(done.append, name))
    until(lambda: done == ["past"])
    card.frame = far + 300
    until(lambda: len(done) >= 4)
    assert done[:4] == ["past", "a", "b", "c"]
    card.frame = far + 900
    until(lambda: timetable.waiting == 0)


def test_what_somebody_put_is_forgotten_and_what_others_put_is_not(card: Card, timetable: Timetable) -> None:
    done: list[str] = []
    mine, yours = object(), object()
    timetable.put(1 << 30, lambda: done.append("mine"), mine)
    timetable.put(1 << 30, lambda: done.append("yours"), yours)
    timetable.forget(mine)
    card.frame = 1 << 30
    until(lambda: timetable.waiting == 0 and bool(done))
    assert done == ["yours"]


def test_before_there_is_sound_everything_waits() -> None:
    table = Timetable(lambda: np.zeros(1, CLOCK)[0])
    done: list[int] = []
    table.put(0, lambda: done.append(1))
    time.sleep(0.12)
    assert not done
    table.close()


def test_a_course_says_where_each_pulse_falls_and_refuses_to_go_back() -> None:
    course = Course(((0.0, 1000.0), (24.0, 25_000.0), (48.0, 37_000.0)))
    assert [course.frame_of(pulse) for pulse in (0, 12, 24, 36, 48, 72)] == [
        1000,
        13_000,
        25_000,
        31_000,
        37_000,
        49_000,
    ]
    assert Course(((7.5, 0.0), (9.0, 10.0))).first_pulse == 12
    assert Course(((7.5, 0.0), (9.0, 10.0)), goes_on=True).first_pulse == 8
    for points in (((0.0, 0.0),), ((0.0, 0.0), (1.0, 0.0)), ((1.0, 0.0), (0.0, 5.0))):
        with pytest.raises(UsageError, match="two points"):
            Course(points)


def test_a_song_starts_sends_its_pulses_and_stops(card: Card, timetable: Timetable) -> None:
    sent: list[bytes] = []
    song = SongClock(lambda message, _frame: sent.append(message), timetable)
    far = 1 << 30
    song.run(Course(((0.0, far), (24.0, far + 24_000.0))))
    time.sleep(0.1)
    assert sent == []
    card.frame = far
    until(lambda: len(sent) >= 2)
    card.frame = far + 23_990
    until(lambda: len(sent) >= 25)
    assert sent[:25] == [START, *[TIMING] * 24]
    song.stop()
    song.stop()
    assert sent.count(STOP) == 1
    card.frame = far + 100_000
    time.sleep(0.1)
    assert sent[-1] == STOP


def test_a_song_that_jumps_stops_takes_its_place_and_goes_on_between_two_pulses(
    card: Card, timetable: Timetable
) -> None:
    sent: list[bytes] = []
    song = SongClock(lambda message, _frame: sent.append(message), timetable)
    far = 1 << 30
    song.run(Course(((0.0, far), (24.0, far + 24_000.0))))
    song.run(Course(((96.0, far + 24_000.0), (120.0, far + 48_000.0))))
    card.frame = far
    until(lambda: START in sent)
    card.frame = far + 24_000
    until(lambda: sent.count(TIMING) >= 25)
    assert sent[:29] == [START, *[TIMING] * 24, STOP, song_position(16), CONTINUE, TIMING]


def test_another_tempo_sends_no_pulse_twice_and_leaves_none_out(card: Card, timetable: Timetable) -> None:
    sent: list[bytes] = []
    song = SongClock(lambda message, _frame: sent.append(message), timetable)
    far = 1 << 30
    song.run(Course(((0.0, far), (24.0, far + 24_000.0))))
    song.run(Course(((12.5, far + 12_500.0), (24.0, far + 12_500.0 + 23_000.0)), goes_on=True))
    card.frame = far
    until(lambda: START in sent)
    card.frame = far + 13_400  # the thirteenth would be due by the old tempo, and is not yet by the new
    until(lambda: sent.count(TIMING) >= 13)
    time.sleep(0.05)
    assert sent.count(TIMING) == 13
    card.frame = far + 12_500 + 23_000
    until(lambda: sent.count(TIMING) >= 25)
    time.sleep(0.05)
    assert sent == [START, *[TIMING] * 25]


@pytest.fixture
def keeper(card: Card) -> Iterator[Timetable]:
    """Of somebody who keeps what is given until its frame."""
    made = Timetable(card.clock, lambda: 640.0)
    yield made
    made.close()


def test_who_keeps_pulses_is_given_them_so_early_that_a_stumble_makes_none_late(card: Card, keeper: Timetable) -> None:
    sent: list[tuple[bytes, int]] = []
    song = SongClock(lambda message, frame: sent.append((message, frame)), keeper)
    far = 1 << 30
    song.run(Course(((0.0, far), (24.0, far + 24_000.0))))
    card.frame = far + 2_000
    until(lambda: len(sent) >= 8)
    frames = [frame for _, frame in sent[1:8]]
    assert frames == [far + 1000 * n for n in range(7)]
    assert sent[-1][1] <= far + 2_000 + EARLY_S * RATE + 640
    song.stop()
    assert sent[-1] == (STOP, NOW)


def test_a_tempo_that_is_told_late_begins_behind_the_pulses_that_were_given(card: Card, keeper: Timetable) -> None:
    sent: list[tuple[bytes, int]] = []
    song = SongClock(lambda message, frame: sent.append((message, frame)), keeper)
    far = 1 << 30
    card.frame = far - 100_000
    song.run(Course(((0.0, far), (24.0, far + 24_000.0))))
    card.frame = far
    until(lambda: len(sent) >= 6)
    song.run(Course(((2.0, far + 2_000.0), (24.0, far + 2_000.0 + 22_000.0)), goes_on=True))
    card.frame = far + 12_000
    until(lambda: len(sent) >= 18)
    song.stop()
    pulses = [frame for message, frame in sent if message == TIMING]
    assert pulses == [far + 1000 * n for n in range(len(pulses))]


class Port:
    def __init__(self) -> None:
        self.said: list[tuple[int, int]] = []
        self.bytes: list[bytes] = []
        self.released = 0

    def ahead_frames(self, _clock: np.ndarray) -> float:
        return 0.0

    def moment(self, _frame: int, _clock: np.ndarray) -> int:
        return NOW

    def send(self, events: np.ndarray, _at: int = NOW) -> bool:
        self.said += list(zip(events["kind"].tolist(), events["number"].tolist(), strict=True))
        return True

    def send_bytes(self, message: bytes, _at: int = NOW) -> bool:
        self.bytes.append(message)
        return True

    def all_notes_off(self) -> bool:
        self.released += 1
        return True


class Device:
    in_step, output_latency_s = False, 0.0


class Host:
    rate, blocks = RATE, 0

    def __init__(self, card: Card) -> None:
        self.clock = self
        self._card = card

    def read(self) -> np.ndarray:
        return self._card.clock()


def test_notes_told_ahead_leave_at_their_frames_and_are_taken_back_by_a_stop(card: Card) -> None:
    port = Port()
    leaving = Leaving(lambda: port)
    leaving.begin(Host(card), Device(), None, None)  # type: ignore[arg-type]
    far = 1 << 30
    leaving.send(np.concatenate([event(NOTE_ON, number=1), event(NOTE_ON, frame=far, number=60)]))
    leaving.send(event(NOTE_OFF, frame=far + 100, number=60))
    leaving.send(event(NOTE_ON, frame=far + 48_000, number=62))
    assert port.said == [(NOTE_ON, 1)]
    card.frame = far + 100
    until(lambda: len(port.said) >= 3)
    assert port.said[1:] == [(NOTE_ON, 60), (NOTE_OFF, 60)]
    leaving.send(np.concatenate([event(FORGET), event(NOTES_OFF), event(CLICK)]))
    assert port.said[3:] == [(NOTES_OFF, 0)]
    card.frame = far + 96_000
    time.sleep(0.1)
    assert len(port.said) == 4
    leaving.lead(Course(((0.0, far + 96_000.0), (24.0, far + 120_000.0))))
    until(lambda: port.bytes[:2] == [START, TIMING])
    leaving.lead(None)
    assert port.bytes[-1] == STOP
    leaving.end()
    assert port.released == 1


def test_without_a_card_notes_leave_at_once() -> None:
    port = Port()
    leaving = Leaving(lambda: port)
    leaving.send(event(NOTE_ON, frame=1 << 30, number=60))
    leaving.lead(Course(((0.0, 0.0), (1.0, 1.0))))
    assert port.said == [(NOTE_ON, 60)]


def test_a_song_that_is_heard_is_told_in_frames(card: Card) -> None:
    heard = ClockIn()
    assert heard.told(None) == {"running": False, "bpm": None, "beats": 0.0, "frame": 0.0, "age_s": None}
    clock = card.clock()
    began_ns = int(clock["began_ns"])
    heard.hear(START, began_ns)
    for pulse in range(25):
        heard.hear(TIMING, began_ns + round(pulse * 60e9 / 125 / 24))
    told = heard.told(clock)
    assert told["running"]
    assert told["bpm"] == pytest.approx(125.0, abs=0.1)
    assert told["beats"] == pytest.approx(1.0)
    assert told["frame"] == pytest.approx(RATE * 60 / 125, abs=10)
