"""The music goes on while the window does something else; and two who tell the engine tell it nothing twice."""

from __future__ import annotations

import threading
import time

import numpy as np

from gui.keeping_on import KeepingOn
from gui.playback import MOST_AHEAD_S, Loop, Player
from realtime.client import NOTE_OFF, NOTE_ON
from realtime.layout import METERS
from score.note import Note
from score.score import Score

RATE, BEAT, BEAT_FRAMES = 48_000, 960, 24_000
KEYS = range(36, 96)
LONGEST_GUESS_S = 0.5  # so far a clock counts on that has not been looked at


class Engine:
    """One that is asked for its meters, and is as far as it was put."""

    def __init__(self) -> None:
        self.frame = 1000
        self.told: list[tuple[int, int, int]] = []

    def meters(self):
        seen = np.zeros((), METERS)[()]
        seen["frame"], seen["began_ns"], seen["rate"] = self.frame, time.monotonic_ns(), RATE
        return seen

    def take(self, events) -> None:
        self.told += [(int(each["frame"]), int(each["kind"]), int(each["number"])) for each in events]

    def of(self, kind: int) -> list[tuple[int, int]]:
        return [(frame, number) for frame, each, number in self.told if each == kind]


def a_scale() -> Score:
    return Score().adding("Voice", [Note(n * BEAT // 4, BEAT // 8, key) for n, key in enumerate(KEYS)])


def until(true) -> None:
    end = time.monotonic() + 30.0
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.005)


def test_all_is_told_though_the_window_does_not_look():
    engine, score = Engine(), a_scale()
    player = Player(engine.take)
    music = KeepingOn(engine.meters, lambda: player.playing, lambda frame: player.tell(score, frame))
    music.begin()
    player.begin(score, 0, 1000, RATE)
    for n, key in enumerate(KEYS):
        engine.frame = 1000 + n * BEAT_FRAMES // 4
        until(lambda n=n, key=key: (1000 + n * BEAT_FRAMES // 4, key) in engine.of(NOTE_ON))
        furthest = engine.frame + (MOST_AHEAD_S + LONGEST_GUESS_S) * RATE
        assert all(frame < furthest for frame, _ in engine.of(NOTE_ON))  # nothing long before it is due
    player.end()
    told = len(engine.told)
    engine.frame += 10 * BEAT_FRAMES
    music.close()
    assert len(engine.told) == told


def test_an_engine_that_is_not_there_yet_is_waited_for():
    engine, score = Engine(), a_scale()
    player = Player(engine.take)
    here = threading.Event()
    asked = threading.Event()

    def meters():
        asked.set()
        return engine.meters() if here.is_set() else None

    music = KeepingOn(meters, lambda: player.playing, lambda frame: player.tell(score, frame))
    music.begin()
    player.begin(score, 0, 1000, RATE)
    assert asked.wait(30.0)
    assert not engine.told
    here.set()
    until(lambda: engine.of(NOTE_ON)[:1] == [(1000, KEYS[0])])
    music.close()


def test_two_who_look_at_once_tell_everything_once_and_in_order():
    engine, score = Engine(), a_scale()
    player = Player(engine.take)
    player.loop = Loop(0, 4 * BEAT)
    player.begin(score, 0, 1000, RATE)
    end = 1000 + 64 * 4 * BEAT_FRAMES

    def look(step: int) -> None:
        for frame in range(1000, end, step):
            player.tell(score, frame)
            player.place(frame)
            player.forget_before(frame)

    looking = [threading.Thread(target=look, args=(step,)) for step in (701, 997)]
    for each in looking:
        each.start()
    for n in range(200):
        player.steer(1.0 + 0.1 * (n % 2))
        time.sleep(0.0005)
    for each in looking:
        each.join()
    ons, offs = engine.of(NOTE_ON), engine.of(NOTE_OFF)
    in_a_lap = [key for n, key in enumerate(KEYS) if n * BEAT // 4 < 4 * BEAT]
    assert len(ons) > 60 * len(in_a_lap)
    assert [key for _, key in ons] == [in_a_lap[n % len(in_a_lap)] for n in range(len(ons))]
    assert [frame for frame, _ in ons] == sorted({frame for frame, _ in ons})
    assert [key for _, key in offs] == [key for _, key in ons][: len(offs)]
    assert len(ons) - len(offs) <= 1
