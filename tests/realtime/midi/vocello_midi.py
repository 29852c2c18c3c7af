"""Vocello's MIDI ports in a process of their own, for tests that kill what they stand on.

Reads a word a line, answers with a line of JSON. `send N` sends N notes on and off; `hold` strikes a note
and keeps it; `look`, `trouble`, `reopen`, `hear` and `close` call what they are named after; `guard` greets
who listens, and says which process stands by.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from realtime.events import EVENT, NOTE_OFF, NOTE_ON, event
from realtime.latest import latest
from realtime.layout import CLOCK
from realtime.midi.echo import Sent
from realtime.midi.input import MidiInput
from realtime.midi.output import MidiOutput
from realtime.ring import ring
from score.errors import PortError

keys_in, keys_out = ring(8192, EVENT)
_, clock = latest(CLOCK)
sent = Sent()
hears = MidiInput(keys_in, clock, sent=sent)
plays = MidiOutput(sent=sent)
note = np.concatenate([event(kind, number=60, value=0.5) for kind in (NOTE_ON, NOTE_OFF)])

for line in sys.stdin:
    verb, *words = line.split()
    answer: object = None
    if verb == "send":
        answer = sum(plays.send(note) for _ in range(int(words[0])))
    elif verb == "hold":
        answer = plays.send(note[:1])
    elif verb == "look":
        answer = [[news.port.name, news.what] for news in hears.look_again()]
    elif verb == "trouble":
        trouble = plays.trouble()
        answer = trouble and str(trouble)
    elif verb == "reopen":
        try:
            plays.reopen()
            answer = True
        except PortError as error:
            answer = str(error)
    elif verb == "hear":
        answer = [[int(e["kind"]), int(e["number"])] for e in keys_out.pop_all()]
    elif verb == "guard":
        plays.greet()
        answer = plays.guard_pid
    elif verb == "close":
        hears.close()
        plays.close()
    print(json.dumps(answer), flush=True)
