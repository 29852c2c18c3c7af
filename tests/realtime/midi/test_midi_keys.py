"""Keyboards that are other programs, over a real JACK server: plugging, floods, clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from realtime.dsp.strings.scales import preset
from realtime.dsp.strings.tuning_messages import bulk_dump, single_notes
from realtime.events import ALL_CHANNELS, BEND, EVENT, NOTE_OFF, NOTE_ON, NOTES_OFF, TUNE
from realtime.midi.client import QUEUE_MESSAGES
from realtime.midi.clock import TIMING
from realtime.midi.follow import ClockIn
from realtime.midi.input import MidiInput
from realtime.midi.output import MidiOutput
from realtime.midi.song import Course, SongClock
from realtime.midi.timetable import Timetable
from tests.realtime.midi.far_end import Program, midi_input, program, until

pytestmark = pytest.mark.usefixtures("midi_jack_server")


def test_a_tuning_survives_the_cable_and_somebodys_firmware_costs_no_note():
    just = preset("just")
    with midi_input() as (keys, events, _), program("other_program.py", "play", "Tuner") as tuner:
        tuner.line()
        until(keys.look_again)
        firmware = b"\xf0\x00\x20\x33" + b"\x11" * 6_000 + b"\xf7"
        for message in (bulk_dump(just, "just"), firmware, single_notes(just, [60]), b"\x90\x3c\x64"):
            tuner.say(message.hex())
            tuner.line()
        until(lambda: len(events) == 130)
        heard = events.pop_all()
        assert heard["kind"].tolist() == [TUNE] * 129 + [NOTE_ON]
        assert len(set(heard["frame"][:128].tolist())) == 1  # so that it is heard as one
        assert heard["value"][:128] == pytest.approx(just, abs=1e-4)


def test_a_keyboard_plugged_in_is_heard_and_pulled_out_lets_go_of_its_keys():
    with midi_input() as (keys, events, _):
        assert keys.look_again() == []
        with program("other_program.py", "play", "Keystation") as keyboard:
            keyboard.line()
            [news] = until(keys.look_again)
            assert (news.port.name, news.what) == ("Keystation:out", "opened")
            for message in ("903c64", "e00060", "b0407f"):
                keyboard.say(message)
                keyboard.line()
            until(lambda: len(events) == 3)
            played = events.pop_all()
            assert played["kind"].tolist()[:2] == [NOTE_ON, BEND]
            assert played["value"].tolist() == [100 / 127, 1.0, 1.0]
            assert (played["frame"] > 48000).all()
        [news] = until(keys.look_again)
        assert (news.port.name, news.what) == ("Keystation:out", "vanished")
        released = events.pop_all()
        assert released["kind"].tolist()[0] == NOTE_OFF and released["number"].tolist() == [60, 64]
        assert keys.ports == []


def test_vocello_does_not_play_from_its_own_port():
    output = MidiOutput()
    try:
        with midi_input() as (keys, *_):
            assert keys.look_again() == [] and keys.ports == []
    finally:
        output.close()


def played_out(other: Program, keys: MidiInput) -> Iterator[None]:
    """Comes back again and again until the flood was sent and nothing more of it arrives."""
    other.say("go")
    sent = threading.Thread(target=other.line)
    sent.start()
    still, before = 0, -1
    while still < 20:
        yield
        time.sleep(0.005)
        still = still + 1 if keys.messages == before and not sent.is_alive() else 0
        before = keys.messages
    sent.join()


@contextmanager
def holding_up(keys: MidiInput) -> Iterator[None]:
    """Its reader reads nothing meanwhile, as on a machine that stands still."""
    with keys._lock:
        yield


def numbers(events: Any) -> list[int]:
    """What a flood counts by, in its bends."""
    return [round(value / 2 * 8192) + 8192 for value in events["value"].tolist()]


def test_a_flood_of_ten_thousand_messages_a_second_loses_nothing():
    count, heard = 20_000, list[int]()
    with (
        midi_input() as (keys, events, _),
        program("other_program.py", "flood", "Flood", count, 10_000) as other,
    ):
        other.line()
        until(keys.look_again)
        for _ in played_out(other, keys):
            heard += numbers(events.pop_all())
        assert keys.lost == 0 and len(heard) == keys.messages
    # JACK itself drops what falls into a period that a busy machine missed; what it gave us is there.
    assert len(heard) > 0.9 * count
    assert sum((after - before) % 16384 for before, after in pairwise(heard)) < count


def test_a_full_ring_is_counted_and_its_notes_are_let_go():
    with (
        midi_input(capacity=100) as (keys, events, _),
        program("other_program.py", "flood", "Flood", 1000, 20_000) as other,
    ):
        other.line()
        until(keys.look_again)
        for _ in played_out(other, keys):
            pass
        assert keys.messages > 500 and keys.lost == keys.messages - 100
        kept = numbers(events.pop_all())
        assert kept == sorted(set(kept)) and len(kept) == 100
        [release] = until(lambda: events.pop_all().tolist())
        assert (release[2], release[3]) == (NOTES_OFF, ALL_CHANNELS)
        assert keys.lost == keys.messages - 100


def test_what_a_port_could_not_keep_is_counted_and_notes_are_let_go_behind_the_rest():
    sent = QUEUE_MESSAGES + 4000
    with (
        midi_input(capacity=65536) as (keys, events, _),
        program("other_program.py", "flood", "Flood", sent, 20_000) as other,
    ):
        other.line()
        until(keys.look_again)
        with holding_up(keys):
            other.say("go")
            other.line()
        until(lambda: keys.lost)
        rows = np.zeros(0, EVENT)
        while not (rows["kind"] == NOTES_OFF).any():
            until(lambda: len(events))
            rows = np.append(rows, events.pop_all())
        [release, *_] = np.flatnonzero(rows["kind"] == NOTES_OFF)
        assert release >= QUEUE_MESSAGES and rows[release]["channel"] == ALL_CHANNELS
        kept = numbers(rows[:QUEUE_MESSAGES])
        assert sum((after - before) % 16384 for before, after in pairwise(kept)) < sent  # in their order


def test_what_is_played_while_the_card_is_away_does_not_sound_when_it_is_back():
    with midi_input() as (keys, events, callback), program("other_program.py", "play", "Keys") as keyboard:
        keyboard.line()
        until(keys.look_again)
        callback.stop()
        until(lambda: time.perf_counter_ns() - int(keys.clock["began_ns"]) > 1.1e9)
        for message in ("903c64", "904064"):
            keyboard.say(message)
            keyboard.line()
        until(lambda: keys.lost == 2)
        assert len(events) == 0
        callback.tick()
        [release] = until(lambda: events.pop_all().tolist())
        assert (release[2], release[3]) == (NOTES_OFF, ALL_CHANNELS)


def test_the_clock_of_one_port_is_followed_through_another():
    follower = ClockIn()
    output = MidiOutput()
    with midi_input(choose="Vocello:out", transport=follower) as (keys, events, _):
        assert [news.what for news in keys.look_again()] == ["opened"]
        timetable, said = Timetable(lambda: keys.clock), list[bytes]()

        def say(message: bytes, _frame: int) -> None:
            said.append(message)
            output.send_bytes(message)

        clock = SongClock(say, timetable)
        begins = int(keys.clock["frame"]) + 4_800
        clock.run(Course(((0, begins), (24, begins + 48_000 * 60 / 150))))
        until(lambda: follower.place.running and abs((follower.place.bpm or 0.0) - 150.0) < 5.0)
        clock.stop()
        timetable.close()
        until(lambda: not follower.place.running)
        assert follower.place.beats == said.count(TIMING) / 24
        assert len(events) == 0
    output.close()
