"""Keyboards that are other programs, over a real JACK server: plugging, floods, clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from realtime.events import ALL_CHANNELS, BEND, NOTE_OFF, NOTE_ON, NOTES_OFF
from realtime.midi.clock import ClockOut
from realtime.midi.follow import ClockIn
from realtime.midi.input import MidiInput
from realtime.midi.output import MidiOutput
from tests.realtime.midi.far_end import Program, midi_input, program, until

pytestmark = pytest.mark.usefixtures("midi_jack_server")


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
        clock = ClockOut(output.send_bytes, lambda: keys.clock, bpm=150.0)
        clock.start()
        until(lambda: follower.place.running and abs((follower.place.bpm or 0.0) - 150.0) < 5.0)
        clock.close()
        until(lambda: not follower.place.running)
        assert follower.place.beats == clock.pulse / 24
        assert len(events) == 0
    output.close()
