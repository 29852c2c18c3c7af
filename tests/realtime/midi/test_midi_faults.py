"""A JACK server that dies, stands still, or never was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from realtime.events import NOTE_ON
from realtime.midi.output import MidiOutput
from score.errors import PortError
from tests.realtime.midi.far_end import ROOT, program, until

pytestmark = pytest.mark.usefixtures("jack_server")


def test_the_death_of_the_server_is_told_and_survived(jack_server: Any):
    with program("vocello_midi.py") as vocello, program("other_program.py", "play", "Keys") as keyboard:
        keyboard.line()
        assert until(lambda: vocello.ask("look")) == [["Keys:out", "opened"]]
        assert vocello.ask("send 10") == 10
        jack_server.kill()
        keyboard.process.kill()
        # Far more than the 16 kB that rtmidi holds before a send would wait for ever.
        assert vocello.ask("send 20000") < 20000
        assert "JACK server" in vocello.ask("trouble")
        assert vocello.ask("look") == [["Keys:out", "vanished"]]
        assert isinstance(vocello.ask("reopen"), str)
        assert vocello.ask("look") == []
        jack_server.start()
        assert vocello.ask("reopen") is True
        assert vocello.ask("trouble") is None
        with program("other_program.py", "listen", "Vocello:out") as other:
            assert other.line() == "READY Vocello:out"
            assert vocello.ask("send 20") == 20
            assert set(other.rest()) == {"903c40", "803c40"}  # a server that came back, not one that never stalls
        with program("other_program.py", "play", "Keys") as again:
            again.line()
            assert until(lambda: vocello.ask("look")) == [["Keys:out", "opened"]]

            def strike() -> Any:
                again.say("903c40")
                again.line()
                return vocello.ask("hear")

            assert [NOTE_ON, 60] in until(strike)
        vocello.ask("close")
        assert vocello.end() == 0


def test_a_server_that_stands_still_holds_nobody_up(jack_server: Any):
    with program("vocello_midi.py") as vocello:
        assert vocello.ask("send 10") == 10
        os.kill(jack_server.pid, signal.SIGSTOP)
        try:
            assert vocello.ask("send 20000") < 20000
            assert "stands still" in vocello.ask("trouble")
        finally:
            os.kill(jack_server.pid, signal.SIGCONT)
        assert until(lambda: vocello.ask("reopen") is True)
        assert vocello.ask("send 10") == 10


def test_without_a_server_there_is_an_error_and_a_quiet_terminal(jack_server: Any):
    jack_server.kill()
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
        jack_server.start()


def test_looking_at_the_ports_module_loads_no_midi_library():
    look = "import sys, realtime.midi.input, realtime.midi.output; print({'rtmidi', 'jack'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "set()"
