"""Ports over a real JACK server, with other programs at their far ends, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.events import (
    ALL_CHANNELS,
    BEND,
    EVENT,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    event,
)
from realtime.latest import latest
from realtime.layout import CLOCK
from realtime.midi.clock import ClockOut
from realtime.midi.follow import ClockIn
from realtime.midi.input import MidiInput
from realtime.midi.output import MidiOutput
from realtime.midi.ports import apis, choose, list_ports
from realtime.ring import Consumer, ring
from score.errors import PortError

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


class Program:
    """A child process that talks by lines."""

    def __init__(self, script: str, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, words)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def line(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, f"it ended with {self.process.wait()}"
        return said.strip()

    def ask(self, line: str) -> Any:
        self.say(line)
        return json.loads(self.line())

    def end(self) -> int:
        """Let it come to its own end: its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(10)

    def rest(self) -> list[str]:
        out, _ = self.process.communicate(timeout=20)
        return out.split()


@contextmanager
def program(script: str, *words: object) -> Iterator[Program]:
    other = Program(script, *words)
    watchdog = threading.Timer(30.0, other.process.kill)  # one that hangs ends, and its test fails
    watchdog.start()
    try:
        yield other
    finally:
        watchdog.cancel()
        other.process.kill()
        with other.process:  # closes its pipes, and waits
            pass


def until(told: Callable[[], Any], tries: int = 250) -> Any:
    """What `told` says once it says anything; the other side is another process."""
    for _ in range(tries):
        answer = told()
        if answer:
            return answer
        time.sleep(0.02)
    pytest.fail("nothing came")


def said(*rows: tuple[int, int, float]) -> Any:
    return np.concatenate([event(kind, number=number, value=value) for kind, number, value in rows])


class Callback:
    """What the audio callback tells of itself, as long as it is not stopped."""

    def __init__(self) -> None:
        self._writer, self.clock = latest(CLOCK)
        self.began_ns = time.perf_counter_ns()
        self.stopped = threading.Event()
        self.tick()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def tick(self) -> None:
        now_ns = time.perf_counter_ns()
        blocks = (now_ns - self.began_ns) * 48000 // (128 * 10**9)
        now = np.zeros(1, CLOCK)
        now[0] = (48000 + blocks * 128, self.began_ns + blocks * 128 * 10**9 // 48000, 128, 48000.0)
        self._writer.write(now[0])

    def _run(self) -> None:
        while not self.stopped.wait(0.01):
            self.tick()

    def stop(self) -> None:
        self.stopped.set()
        self._thread.join()


@contextmanager
def midi_input(
    capacity: int = 8192, choose: str = "all", transport: ClockIn | None = None
) -> Iterator[tuple[MidiInput, Consumer, Callback]]:
    producer, consumer = ring(capacity, EVENT)
    callback = Callback()
    keys = MidiInput(producer, callback.clock, choose, transport=transport)
    try:
        yield keys, consumer, callback
    finally:
        keys.close()
        callback.stop()


pytestmark = pytest.mark.usefixtures("midi_jack_server")


def test_jack_is_an_api_that_works_and_has_virtual_ports():
    [jack] = [api for api in apis() if api.name == "JACK"]
    assert jack.works and jack.virtual


def test_another_program_hears_every_note_of_the_port_named_vocello():
    output = MidiOutput()
    try:
        with program("other_program.py", "listen", "Vocello:out", 2) as other:
            assert other.line() == "READY Vocello:out"
            for key in range(40, 80):
                assert output.send(said((NOTE_ON, key, (key - 30) / 127), (NOTE_OFF, key, 64 / 127)))
            heard = other.rest()
    finally:
        output.close()
    assert heard == [message for key in range(40, 80) for message in (f"90{key:02x}{key - 30:02x}", f"80{key:02x}40")]


def test_mpe_reaches_another_program_with_a_channel_for_each_note():
    output = MidiOutput(mpe=True)
    try:
        with program("other_program.py", "listen", "Vocello:out", 1.5) as other:
            other.line()
            output.announce()
            output.send(said((NOTE_ON, 60, 1.0), (NOTE_ON, 64, 1.0), (PRESSURE, 0, 1.0)))
            heard = other.rest()
    finally:
        output.close()
    assert heard[:3] == ["b06500", "b06406", "b0060f"]
    assert [message for message in heard if message[0] == "9"] == ["913c7f", "92407f"]
    assert heard[-2:] == ["d17f", "d27f"]


def test_closing_ends_what_sounds_before_the_port_goes():
    with program("vocello_midi.py") as vocello:
        assert vocello.ask("trouble") is None
        with program("other_program.py", "listen", "Vocello:out", 2) as other:
            other.line()
            assert vocello.ask("hold") is True
            vocello.ask("close")
            assert other.rest() == ["903c40", "803c40", "b04000", "b07b00", "b07800"]


def test_a_program_that_ends_without_closing_leaves_no_note_behind():
    with program("vocello_midi.py") as vocello:
        vocello.ask("trouble")
        with program("other_program.py", "listen", "Vocello:out", 2) as other:
            other.line()
            vocello.ask("hold")
            assert vocello.end() == 0
            assert other.rest() == ["903c40", "803c40", "b04000", "b07b00", "b07800"]


def test_panic_is_heard():
    output = MidiOutput()
    try:
        with program("other_program.py", "listen", "Vocello:out", 1.5) as other:
            other.line()
            output.send(said((NOTE_ON, 60, 1.0)))
            output.panic()
            assert output.sounding == 0
            assert other.rest() == ["903c7f", "803c40", "b04000", "b07b00", "b07800"]
    finally:
        output.close()


def test_an_existing_port_is_chosen_by_a_part_of_its_name():
    with program("other_program.py", "play", "Piano") as piano:
        piano.line()
        [port] = [port for port in list_ports("input") if "Piano" in port.name]
        assert choose("piano", list_ports("input")) == port
    with pytest.raises(PortError, match="no MIDI port is called 'Zither'"):
        MidiOutput(port="Zither")


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


def test_a_flood_of_ten_thousand_messages_a_second_loses_nothing():
    count, values = 20_000, []
    with (
        midi_input() as (keys, events, _),
        program("other_program.py", "flood", "Flood", count, 10_000) as other,
    ):
        other.line()
        until(keys.look_again)
        other.say("go")
        for _ in range(2000):
            values += events.pop_all()["value"].tolist()
            if len(values) >= count:
                break
            time.sleep(0.003)
        assert (len(values), keys.lost, keys.messages) == (count, 0, count)
    raw = [round(value / 2 * 8192) + 8192 for value in values]
    assert raw == [n % 16384 for n in range(count)]


def test_a_full_ring_is_counted_and_its_notes_are_let_go():
    with (
        midi_input(capacity=100) as (keys, events, _),
        program("other_program.py", "flood", "Flood", 1000, 20_000) as other,
    ):
        other.line()
        until(keys.look_again)
        other.say("go")
        until(lambda: keys.messages == 1000)
        until(lambda: keys.lost == 900)
        kept = events.pop_all()
        assert [round(value / 2 * 8192) + 8192 for value in kept["value"].tolist()] == list(range(100))
        [release] = until(lambda: events.pop_all().tolist())
        assert (release[2], release[3]) == (NOTES_OFF, ALL_CHANNELS)
        assert keys.lost == 900


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


def test_the_death_of_the_server_is_told_and_survived(midi_jack_server: Any):
    with program("vocello_midi.py") as vocello, program("other_program.py", "play", "Keys") as keyboard:
        keyboard.line()
        assert until(lambda: vocello.ask("look")) == [["Keys:out", "opened"]]
        assert vocello.ask("send 10") == 10
        midi_jack_server.kill()
        keyboard.process.kill()
        # Far more than the 16 kB that rtmidi holds before a send would wait for ever.
        assert vocello.ask("send 20000") < 20000
        assert "JACK server" in vocello.ask("trouble")
        assert vocello.ask("look") == [["Keys:out", "vanished"]]
        assert isinstance(vocello.ask("reopen"), str)
        assert vocello.ask("look") == []
        midi_jack_server.start()
        assert vocello.ask("reopen") is True
        assert vocello.ask("trouble") is None
        with program("other_program.py", "listen", "Vocello:out", 1.5) as other:
            assert other.line() == "READY Vocello:out"
            assert vocello.ask("send 1") == 1
            assert other.rest() == ["903c40", "803c40"]
        with program("other_program.py", "play", "Keys") as again:
            again.line()
            assert until(lambda: vocello.ask("look")) == [["Keys:out", "opened"]]
            again.say("903c40")
            again.line()
            assert until(lambda: vocello.ask("hear")) == [[NOTE_ON, 60]]
        vocello.ask("close")
        assert vocello.end() == 0


def test_a_server_that_stands_still_holds_nobody_up(midi_jack_server: Any):
    with program("vocello_midi.py") as vocello:
        assert vocello.ask("send 10") == 10
        os.kill(midi_jack_server.pid, signal.SIGSTOP)
        try:
            assert vocello.ask("send 20000") < 20000
            assert "stands still" in vocello.ask("trouble")
        finally:
            os.kill(midi_jack_server.pid, signal.SIGCONT)
        assert until(lambda: vocello.ask("reopen") is True)
        assert vocello.ask("send 10") == 10


def test_without_a_server_there_is_an_error_and_a_quiet_terminal(midi_jack_server: Any):
    midi_jack_server.kill()
    try:
        look = "from realtime.midi.ports import apis, list_ports; print([a.works for a in apis()], list_ports())"
        done = subprocess.run(
            [sys.executable, "-c", look],
            cwd=ROOT, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0 and done.stderr == ""
        with pytest.raises(PortError, match="JACK"):
            MidiOutput(api="JACK")
    finally:
        midi_jack_server.start()


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


def test_looking_at_the_ports_module_loads_no_midi_library():
    look = "import sys, realtime.midi.input, realtime.midi.output; print({'rtmidi', 'jack'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "set()"
