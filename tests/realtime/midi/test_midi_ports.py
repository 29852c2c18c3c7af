"""Our port over a real JACK server, heard by another program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from realtime.events import NOTE_OFF, NOTE_ON, PRESSURE, event
from realtime.midi.output import MidiOutput
from realtime.midi.ports import apis, choose, list_ports
from score.errors import PortError
from tests.realtime.midi.far_end import LAST_WORDS, program

pytestmark = pytest.mark.usefixtures("midi_jack_server")


def said(*rows: tuple[int, int, float]) -> Any:
    return np.concatenate([event(kind, number=number, value=value) for kind, number, value in rows])


def test_jack_is_an_api_that_works_and_has_virtual_ports():
    [jack] = [api for api in apis() if api.name == "JACK"]
    assert jack.works and jack.virtual


def test_another_program_hears_every_note_of_the_port_named_vocello():
    output = MidiOutput()
    try:
        with program("other_program.py", "listen", "Vocello:out") as other:
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
        with program("other_program.py", "listen", "Vocello:out") as other:
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
        with program("other_program.py", "listen", "Vocello:out") as other:
            other.line()
            assert vocello.ask("hold") is True
            vocello.ask("close")
            assert other.rest() == ["903c40", *LAST_WORDS]


def test_a_program_that_ends_without_closing_leaves_no_note_behind():
    with program("vocello_midi.py") as vocello:
        vocello.ask("trouble")
        with program("other_program.py", "listen", "Vocello:out") as other:
            other.line()
            vocello.ask("hold")
            assert vocello.end() == 0
            assert other.rest() == ["903c40", *LAST_WORDS]


def test_panic_is_heard():
    output = MidiOutput()
    try:
        with program("other_program.py", "listen", "Vocello:out") as other:
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
