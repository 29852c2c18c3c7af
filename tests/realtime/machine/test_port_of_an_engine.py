"""An engine that was killed comes back with its port, connected as it was, and ends what it left sounding."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from realtime.client import Engine, PortWish, event
from realtime.events import NOTE_ON
from realtime.layout import CLOCK
from realtime.midi.jack_port import JackPort
from score.errors import EngineLost
from tests.realtime.midi.far_end import until

pytestmark = [pytest.mark.usefixtures("own_jack_server"), pytest.mark.timeout(300)]

NOBODY = np.zeros(1, CLOCK)[0]


def test_who_received_from_a_killed_engine_hears_its_notes_end_and_the_next_ones() -> None:
    synth = JackPort(output=False, name="synth")
    synth.open_virtual("in")
    heard: list[str] = []

    def hears(message: str) -> bool:
        while (arrived := synth.take(NOBODY)) is not None:
            heard.append(bytes(arrived.data).hex())
        return message in heard

    with Engine.apart() as engine:
        engine.open_output(PortWish("Singer", api="JACK"))
        engine.start("null")
        assert synth.connect("Singer:out")

        def plays(key: int) -> None:
            engine.play(event(NOTE_ON, number=key, value=0.5), to_rack=False, to_port=True)

        def heard_as_played() -> bool:
            plays(60)  # each time: JACK makes a patch with a cycle of its own, and who played before is not heard
            return hears("903c40")

        until(heard_as_played)
        until(lambda: engine.state["receivers"] == ["synth:in"])
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(EngineLost):
            while engine.ask():
                pass
        heard.clear()
        engine.restart()
        until(lambda: hears("b07b00"))  # all notes off: it hung there
        plays(62)
        until(lambda: hears("903e40"))
    synth.close()
