"""A program that is killed leaves no note behind: another process says what it could not."""

from __future__ import annotations

import gc
import os
import signal
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.midi.clock import CONTINUE, START, STOP
from realtime.midi.guard import Guard
from realtime.midi.last_words import TABLE_BYTES, last_words
from realtime.midi.output import MidiOutput
from score.errors import PortError
from tests.house import skips
from tests.realtime.midi.far_end import LAST_WORDS, program, until

RELEASED = ["803c40", "b04000", "b07b00"] * 2

MESSAGES = st.one_of(
    st.builds(
        lambda kind, channel, key, velocity: bytes([kind | channel, key, velocity]),
        st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xE0]),
        st.integers(0, 15),
        st.integers(0, 127),
        st.integers(0, 127),
    ),
    st.sampled_from([START, CONTINUE, STOP, b"\xf8", b"\xc3\x05", b"\xf2\x00\x10"]),
)


def test_the_last_words_end_exactly_what_sounds():
    guard = Guard()

    @given(st.lists(MESSAGES, max_size=60))
    def end_exactly_what_sounds(said: list[bytes]) -> None:
        guard.forget()
        assert last_words(bytes(guard.table)) == [] == last_words(bytes(TABLE_BYTES))
        sounding, runs = set(), False
        for message in said:
            guard.note_down(message)
            if message[0] & 0xF0 == 0x90 and message[2]:
                sounding.add((message[0] & 0x0F, message[1]))
            elif message[0] & 0xF0 in (0x80, 0x90):
                sounding.discard((message[0] & 0x0F, message[1]))
            elif message in (START, CONTINUE, STOP):
                runs = message != STOP
        words = last_words(bytes(guard.table))
        assert {(word[0] & 0x0F, word[1]) for word in words if word[0] & 0xF0 == 0x80} == sounding
        assert (STOP in words) == runs
        assert {word[0] & 0x0F for word in words if word[0] & 0xF0 == 0xB0} == {channel for channel, _ in sounding}

    end_exactly_what_sounds()


def after_the_range(heard: list[str]) -> list[str]:
    """What was heard from the first note on."""
    return heard[heard.index("903c40") :]


def test_who_heard_a_program_that_was_killed_hears_its_notes_end(midi_jack_server: object):
    with program("vocello_midi.py") as vocello, program("other_program.py", "listen", "Vocello:out") as other:
        other.line()
        until(lambda: vocello.ask("guard"))
        assert vocello.ask("hold") is True
        while other.line() != "903c40":  # before it the bend range is said
            pass
        os.kill(vocello.process.pid, signal.SIGKILL)
        assert [other.line() for _ in RELEASED] == RELEASED
        assert other.rest() == []


def test_a_program_that_ends_by_itself_needs_no_last_words(midi_jack_server: object):
    with program("vocello_midi.py") as vocello, program("other_program.py", "listen", "Vocello:out") as other:
        other.line()
        guard = until(lambda: vocello.ask("guard"))
        assert vocello.ask("hold") is True
        assert vocello.end() == 0
        assert after_the_range(other.rest()) == ["903c40", *LAST_WORDS]
    with pytest.raises(ProcessLookupError):
        os.kill(guard, 0)


def test_a_guard_that_was_killed_is_missed_by_nobody(midi_jack_server: object):
    with program("vocello_midi.py") as vocello, program("other_program.py", "listen", "Vocello:out") as other:
        other.line()
        os.kill(until(lambda: vocello.ask("guard")), signal.SIGKILL)
        assert vocello.ask("send 3") == 3
        vocello.ask("trouble")
        assert vocello.end() == 0
        assert after_the_range(other.rest())[:6] == ["903c40", "803c40"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason=skips.ONLY_LINUX.why)
def test_a_port_that_cannot_be_opened_keeps_nothing_open(midi_jack_server: object):
    def fail() -> None:
        with pytest.raises(PortError):
            MidiOutput(port="Zither")

    fail()  # libraries are loaded
    gc.collect()  # and what others left behind has gone
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        fail()
    assert sorted(os.listdir("/proc/self/fd")) == before
