"""`vocello live` as a musician runs it: a keyboard here, a DAW there, and the ears in between."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from realtime.jack import jack_witness
from tests.realtime.midi.far_end import program

ROOT = Path(__file__).resolve().parents[2]
KEY = 57


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.05)


def lines_until(live: subprocess.Popen[str], words: str) -> str:
    """What it prints, up to the line that holds these words."""
    assert live.stdout is not None
    told = ""
    while words not in told:
        line = live.stdout.readline()
        assert line, told
        told += line
    return told


def as_heard(received: list[str]) -> tuple[list[int], set[int]]:
    """The keys of the notes a synthesiser would play, none of them while it sounds, and what still sounds at the end.

    An end of what does not sound means nothing to it: the engine says one again where the graph missed a cycle."""
    begun, sounding = [], set[int]()
    for kind, key, value in (bytes.fromhex(each) for each in received if each[0] in "89"):
        if kind >> 4 == 9 and value:
            assert key not in sounding, "a note began that had not ended"
            begun.append(key)
            sounding.add(key)
        else:
            sounding.discard(key)
    return begun, sounding


def test_a_key_sounds_is_heard_and_leaves_as_a_note_with_clock_and_everything_ends(patient_jack_server: object) -> None:
    witness = jack_witness()
    assert witness is not None
    with (
        program("other_program.py", "play", "Keys") as keyboard,
        program("other_program.py", "listen", "Vocello:out") as daw,
    ):
        assert keyboard.line() == "READY"
        live = subprocess.Popen(
            [
                sys.executable,
                "-u",
                "-m",
                "vocello",
                *["live", "--device", "jack", "--clock", "120", "--seconds", "8", "--rules", "-i", "tone"],
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert daw.line().startswith("READY Vocello:out")
        until(lambda: all([witness.connect(f"Vocello audio:out_{n}", f"Vocello audio:in_{n}") for n in (0, 1)]))
        told = lines_until(live, "MIDI input 'Keys:out' plays.")
        for _ in range(3):
            keyboard.say(f"90{KEY:02x}64")
            time.sleep(0.4)
            keyboard.say(f"80{KEY:02x}00")
            time.sleep(0.4)
        rest, _ = live.communicate(timeout=30)
        told += rest
        received = daw.rest()
    witness.close()
    assert live.returncode == 0, told
    assert told.count(f"key {'A3'} on") == 3
    begun, sounding = as_heard(received)
    assert begun == [KEY] * 3 and not sounding
    assert received.count("fa") == 1 and received.count("fc") == 1
    pulses = received.count("f8")
    assert pulses > 100
    assert received.index("fa") < received.index("f8") < received.index("fc")
