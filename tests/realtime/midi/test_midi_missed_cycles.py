"""A graph that waits for nobody may miss a cycle, and what was said in it: no note hangs for that."""

from __future__ import annotations

import os
import signal
import time

import pytest

from realtime.events import NOTE_OFF, NOTE_ON, event
from realtime.midi.output import MidiOutput
from tests.realtime.midi.far_end import Program, program, until

pytestmark = pytest.mark.usefixtures("own_jack_server")

STUMBLES, HEARD_WITHIN_S = 4, 0.06
ON_60, OFF_60, ON_62, OFF_62 = "903c40", "803c40", "903e40", "803e40"


def stumble(output: MidiOutput, far: Program) -> None:
    """Cycles are missed, since the far end stands still for a moment."""
    missed = output._client.missed  # type: ignore[union-attr]
    os.kill(far.process.pid, signal.SIGSTOP)
    time.sleep(0.05)
    os.kill(far.process.pid, signal.SIGCONT)
    until(lambda: output._client.missed > missed)  # type: ignore[union-attr]


def test_what_ended_in_a_missed_cycle_is_ended_again_and_what_was_struck_again_sounds_on():
    output = MidiOutput(api="JACK")
    with program("other_program.py", "listen", output.port.name) as far:
        far.line()
        output.end_again()  # what it was late for before
        for kind, key in ((NOTE_ON, 60), (NOTE_ON, 62), (NOTE_OFF, 60), (NOTE_OFF, 62), (NOTE_ON, 62)):
            output.send(event(kind, number=key, value=0.5))
        for _ in range(STUMBLES):
            time.sleep(HEARD_WITHIN_S)
            stumble(output, far)
            output.end_again()
        time.sleep(HEARD_WITHIN_S)
        output.close()
        heard = far.rest()
    ends = [n for n, said in enumerate(heard) if said == OFF_60]
    assert len(ends) > 1 and max(ends) > heard.index(ON_62)
    struck_again = len(heard) - 1 - heard[::-1].index(ON_62)
    assert OFF_60 in heard[struck_again:]
    assert OFF_62 not in heard[struck_again : max(ends)]


def test_last_words_are_said_in_two_cycles():
    output = MidiOutput(api="JACK")
    with program("other_program.py", "listen", output.port.name) as far:
        far.line()
        output.send(event(NOTE_ON, number=60, value=0.5))
        output.close()
        assert far.rest().count(OFF_60) == 2
