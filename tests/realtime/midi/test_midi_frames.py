"""A port in a JACK graph: messages leave on their frame, in an order to rely on, and arrive with theirs."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import carray, njit

from realtime.atomics import pointer
from realtime.block import Block
from realtime.events import NOTE_OFF, NOTE_ON, NOW, event
from realtime.latest import latest
from realtime.layout import CLOCK
from realtime.midi.client import Arrived
from realtime.midi.graph_time import GraphTime
from realtime.midi.jack_cycle import MOST_WAITING, PIECE, PORT, _take_in
from realtime.midi.jack_port import JackPort
from realtime.midi.output import MidiOutput
from realtime.ring import ring
from tests.realtime.midi.far_end import program, until

RATE, BLOCK = 48_000.0, 128
NOBODY = np.zeros(1, CLOCK)[0]
PULSE, CONTINUE, STOP = 0xF8, 0xFB, 0xFC


def at(frame: int, began_ns: float, rate: float = RATE, block: int = BLOCK) -> Any:
    made = np.zeros(1, CLOCK)
    made[0] = (frame, round(began_ns), block, rate)
    return made[0]


# What waits, and what goes first


@njit
def take_in(where: int, begins: int) -> int:
    port = carray(pointer(where), (1,), PORT)[0]
    room = carray(pointer(port.room), (MOST_WAITING,), PIECE)
    _take_in(port, room, begins)
    return port.waits


def in_order(given: list[tuple[int, int]], begins: int = 1000) -> list[tuple[int, int]]:
    """Messages as frame and status byte; what waits afterwards, in the order in which it leaves."""
    producer, _ = ring(256, PIECE)
    room, state = Block(PIECE.itemsize * (MOST_WAITING + 1)), Block(PORT.itemsize)
    port = state.view(PORT)
    port["ring"], port["room"] = int(producer.address), room.address
    for n, (frame, status) in enumerate(given):
        piece = np.zeros(1, PIECE)
        piece[0] = (frame, 3, 0, status | n << 8, 0)
        producer.push(piece)
    count = take_in(np.uint64(state.address), begins)
    return [(int(each["frame"]), int(each["low"]) >> 8) for each in room.view(PIECE, 0, count)]


def test_what_has_passed_leaves_at_once_and_the_rest_at_its_frame():
    assert in_order([(5000, PULSE), (200, PULSE), (3000, PULSE)]) == [(1000, 1), (3000, 2), (5000, 0)]


def test_a_note_for_now_takes_along_those_that_wait_since_it_may_end_them():
    assert in_order([(5000, 0x90), (6000, PULSE), (NOW, 0x80)]) == [(1000, 0), (1000, 2), (6000, 1)]


def test_a_stop_for_now_forgets_the_pulses_that_wait_and_no_note():
    given = [(NOW, PULSE), (5000, PULSE), (5000, 0x90), (6000, PULSE), (NOW, STOP)]
    assert in_order(given) == [(1000, 0), (1000, 4), (5000, 2)]


def test_a_stop_on_a_frame_forgets_the_pulses_behind_it_and_no_start_that_follows():
    given = [(2000, PULSE), (5000, PULSE), (6000, PULSE), (5000, STOP), (5000, CONTINUE), (5100, PULSE)]
    assert in_order(given) == [(2000, 0), (5000, 1), (5000, 3), (5000, 4), (5100, 5)]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.just(NOW), st.integers(0, 4000)), st.sampled_from([0x80, 0x90, 0xE0])), max_size=40)
)
def test_notes_never_change_their_order_and_frames_never_go_back(given: list[tuple[int, int]]):
    left = in_order(given)
    assert [n for _, n in left] == list(range(len(given)))
    frames = [frame for frame, _ in left]
    assert frames == sorted(frames) and all(frame >= 1000 for frame in frames)


# Through a server


@pytest.fixture
def cable(midi_jack_server: object) -> Iterator[tuple[MidiOutput, JackPort]]:
    output, far = MidiOutput(api="JACK"), JackPort(output=False, name="far")
    far.open(output.port.name, "in")
    yield output, far
    far.close()
    output.close()


class Ear:
    """What a far end hears, as the graph's frames."""

    def __init__(self, far: JackPort) -> None:
        self._far = far
        self.heard: list[tuple[int, bytes]] = []

    def count(self) -> int:
        while (arrived := self._far.take(NOBODY)) is not None:
            assert isinstance(arrived, Arrived) and arrived.frame is None
            self.heard.append((arrived.at_ns, bytes(arrived.data)))
        return len(self.heard)


def wakes(port: JackPort, cycles: int = 20) -> Any:
    """The newest cycle of a port that has run for a while."""
    state = port._state.view(PORT)
    before = int(state["turns"][0])
    until(lambda: int(state["turns"][0]) > before + cycles)
    return state[0].copy()


def test_messages_stand_in_the_graph_as_far_apart_as_they_were_meant(cable: tuple[MidiOutput, JackPort]):
    output, far = cable
    client: Any = output._client
    now = wakes(client)
    first = int(now["began"]) + 9_600
    apart = random.Random(5).sample(range(1, 4_000), 60)
    frames = [first + sum(apart[:n]) for n in range(len(apart))]
    for frame in frames[::-1]:
        output.send_bytes(bytes([PULSE]), frame)
    heard: list[int] = []

    def all_of_them() -> bool:
        heard.extend(int(each["frame"]) for each in far._consumer.pop_all() if int(each["low"]) == PULSE)
        return len(heard) == len(frames)

    until(all_of_them)
    assert heard == frames


def test_messages_of_every_length_arrive_whole(midi_jack_server: object):
    with program("other_program.py", "play", "Sysex") as other:
        other.line()
        listener = JackPort(output=False, name="long")
        listener.open("Sysex:out", "in")
        try:
            ear = Ear(listener)
            said = [b"\xf0" + bytes(n % 128 for n in range(size)) + b"\xf7" for size in (0, 13, 14, 15, 30, 400, 1022)]
            for message in said:
                other.say(message.hex())
                other.line()
            until(lambda: ear.count() == len(said))
            assert [data for _, data in ear.heard] == said
        finally:
            listener.close()


def test_what_comes_after_somebody_looked_too_early_has_its_moment(midi_jack_server: object):
    output, far = MidiOutput(api="JACK"), JackPort(output=False, name="far")
    assert far.take(NOBODY) is None  # there was no cycle yet, and without sound the callback's clock stands
    before_ns = time.perf_counter_ns()
    far.open(output.port.name, "in")
    try:

        def arrived() -> Arrived | None:
            output.send_bytes(b"\xb0\x07\x01")
            return far.take(NOBODY)

        assert before_ns < until(arrived).at_ns < time.perf_counter_ns()
    finally:
        far.close()
        output.close()


def test_what_is_sent_last_before_the_end_is_heard(midi_jack_server: object):
    output, far = MidiOutput(api="JACK"), JackPort(output=False, name="far")
    far.open(output.port.name, "in")
    wakes(far)
    for _ in range(50):
        output.send_bytes(b"\xb0\x07\x01")
    output.close()
    ear = Ear(far)
    until(lambda: ear.count() >= 50)
    assert [data for _, data in ear.heard if data[:2] == b"\xb0\x07"] == [b"\xb0\x07\x01"] * 50
    far.close()


def test_who_is_connected_later_is_told_the_bend_range_once_nothing_sounds(midi_jack_server: object):
    output = MidiOutput(api="JACK", mpe=True)
    far = JackPort(output=False, name="far")
    try:
        output.greet()
        output.send(event(NOTE_ON, number=60, value=0.5))
        far.open(output.port.name, "in")
        wakes(far)
        output.greet()
        ear = Ear(far)
        assert ear.count() == 0
        output.send(event(NOTE_OFF, number=60))
        output.greet()
        until(lambda: ear.count() > 1)
        assert [data.hex() for _, data in ear.heard][1:4] == ["b06500", "b06406", "b0060f"]
        told = ear.count()
        output.greet()
        time.sleep(0.05)
        assert ear.count() == told
    finally:
        far.close()
        output.close()


def test_a_port_that_comes_back_finds_its_receivers_and_ends_what_they_held(midi_jack_server: object):
    far = JackPort(output=False, name="far")
    far.open_virtual("in")
    output = MidiOutput(api="JACK")
    output._client.connect("far:in")  # type: ignore[union-attr]
    output.send(event(NOTE_ON, number=60, value=0.5))
    receivers = output.receivers
    assert receivers == ["far:in"]
    output._client.close()  # type: ignore[union-attr]  # as if its process had been killed: no note-off
    again = MidiOutput(api="JACK", receivers=receivers)
    ear = Ear(far)
    until(lambda: ear.count() and b"\xb0\x7b\x00" in [data for _, data in ear.heard])
    assert again.receivers == ["far:in"]
    again.close()
    far.close()


# Our frames and the graph's


def cycles_and_time() -> tuple[Any, GraphTime]:
    writer, reader = latest(CLOCK)
    return writer, GraphTime(reader)


@pytest.mark.parametrize("seed", range(5))
def test_both_counters_are_laid_on_each_other_exactly_though_threads_wake_late(seed: int):
    chance = random.Random(seed)
    writer, graph = cycles_and_time()
    apart, block_ns = 7 * BLOCK + 12_345, BLOCK / RATE * 1e9
    for n in range(40):
        began = n * block_ns
        late = [chance.uniform(0, 0.5) * block_ns if chance.random() < 0.9 else 3 * block_ns for _ in range(2)]
        writer.write(at(n * BLOCK + apart, began + min(late[0], 0.2 * block_ns)))
        clock = at(n * BLOCK, began + late[1])
        graph.learn(clock)
    assert graph.apart == apart
    assert graph.ns_of(40 * BLOCK + apart) == pytest.approx(40 * block_ns, abs=0.25 * block_ns)


def test_what_was_agreed_on_stays_while_a_machine_stumbles_and_goes_with_another_stream():
    writer, graph = cycles_and_time()
    block_ns = BLOCK / RATE * 1e9
    for n in range(20):
        writer.write(at(n * BLOCK + 5_000, n * block_ns))
        graph.learn(at(n * BLOCK, n * block_ns))
    for n in range(20, 60):  # each block contradicts the last one
        writer.write(at(n * BLOCK + 5_000, n * block_ns))
        graph.learn(at(n * BLOCK, (n + n % 7 * 3) * block_ns))
        assert graph.apart == 5_000
    for n in range(60, 70):  # our stream has lost twenty blocks
        writer.write(at((n + 20) * BLOCK + 5_000, (n + 20) * block_ns))
        graph.learn(at(n * BLOCK, (n + 20) * block_ns))
    assert graph.apart == 5_000 + 20 * BLOCK
    writer.write(at(100 * BLOCK + 5_000, 100 * block_ns))
    graph.learn(at(0, 100 * block_ns))
    assert graph.apart == 5_000 + 100 * BLOCK


def test_a_sound_card_at_another_rate_has_no_frames_in_common_with_the_graph():
    writer, graph = cycles_and_time()
    for n in range(40):
        writer.write(at(n * BLOCK, n * BLOCK / RATE * 1e9))
        clock = at(n * 118, n * BLOCK / RATE * 1e9, rate=44_100.0)
        graph.learn(clock)
    assert graph.apart is None


def test_before_there_is_any_sound_there_is_no_frame():
    writer, graph = cycles_and_time()
    graph.learn(NOBODY)
    writer.write(at(1000, 1e9))
    graph.learn(NOBODY)
    assert graph.apart is None


def test_two_that_do_not_go_together_are_not_taken_for_one():
    writer, graph = cycles_and_time()
    for n in range(40):
        writer.write(at(n * BLOCK, n * BLOCK / RATE * 1e9))
        graph.learn(at(n * 3 * BLOCK, n * BLOCK / RATE * 1e9))
    assert graph.apart is None
