"""`vocello play` as a player runs it: a keyboard that was there, and one that is plugged in later."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realtime.dsp.strings.scales import preset
from realtime.dsp.strings.tuning_messages import bulk_dump
from tests.realtime.midi.far_end import program
from vocello.playing.rack import cello_slots, find_instrument
from vocello.playing.warm import warm_up

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

ROOT = Path(__file__).resolve().parents[2]


def test_a_keyboard_plays_and_so_does_one_that_is_plugged_in_later(jack_server: object) -> None:
    warm_up(cello_slots(find_instrument()), shown=False)  # or the player would wait for the compiler
    command = [sys.executable, "-u", "-m", "vocello", "play", "--device", "jack", "--seconds", "12"]
    with program("other_program.py", "play", "First") as first:
        assert first.line() == "READY"
        playing = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert playing.stdout is not None
        heard: list[str] = []

        def told_of(words: str) -> None:
            assert playing.stdout is not None
            while not heard or words not in heard[-1]:
                heard.append(playing.stdout.readline())
                assert heard[-1], heard

        told_of("'First:out' plays.")
        first.say("903964")
        time.sleep(0.3)
        first.say("803900")
        with program("other_program.py", "play", "Second") as second:
            assert second.line() == "READY"
            told_of("'Second:out' plays.")
            second.say(bulk_dump(preset("meantone"), "meantone").hex())
            second.say("903c50")
            time.sleep(0.3)
        rest, _ = playing.communicate(timeout=60)
    told = "".join(heard) + rest
    assert playing.returncode == 0, told
    assert "'First:out'" in told.split("MIDI inputs:")[1].splitlines()[0]
    assert "MIDI input 'First:out' plays." in told and "MIDI input 'Second:out' plays." in told
    assert "key A3 on, 100" in told and "key A3 off" in told and "key C4 on, 80" in told
    assert "Tuned anew: 128 of 128 keys." in told
    assert "MIDI input 'Second:out' has gone; its notes were ended." in told
