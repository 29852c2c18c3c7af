"""A comb resonator: four strings that nobody plucks. They ring along with whatever is sung near them.

Each is a line as long as one period, fed back into itself through a filter that takes the treble first. They are tuned
to a chord of G; a key that is played tunes the string that was tuned longest ago: it is damped first, within 5 ms.
"""

import numpy as np

from vocello.dsp import GLIDE, NOTE_ON, Knob, between, glide, kernel, settle, tame

STRINGS, LINE = 4, 1 << 13
CHORD = (43, 50, 55, 59)
STRING = np.dtype([("key", "f8"), ("tuned", "f8"), ("open", "f8"), ("dark", "f8"), ("line", "f4", (LINE,))], align=True)
STATE = np.dtype(
    [
        ("ring_s", GLIDE),
        ("damp", GLIDE),
        ("mix", GLIDE),
        ("frame", "i8"),
        ("next", "i8"),
        ("string", STRING, (STRINGS,)),
    ],
    align=True,
)


@kernel(
    STATE,
    Knob("ring_s", 0.1, 12.0, 3.0, unit="s", curve="log"),  # until it is 60 dB down
    Knob("damp", 0.0, 0.9, 0.3),
    Knob("mix", 0.0, 1.0, 0.5),
)
def resonator(s, x, y, events, rate, frames):
    """Strings that answer."""
    for e in range(len(events)):
        if events[e].kind == NOTE_ON and events[e].value > 0.0:
            s.string[s.next].key = min(max(events[e].number, 24), 108)
            s.next = (s.next + 1) % STRINGS
    for n in range(frames):
        now, ring, damp, mix = tame(x[n]), glide(s.ring_s) * rate, glide(s.damp), glide(s.mix)
        heard = 0.0
        for k in range(STRINGS):
            string = s.string[k]
            string.open = min(string.open + 0.004, 1.0) if string.tuned == string.key else string.open - 0.004
            if string.open <= 0.0:
                string.tuned, string.open, string.dark = string.key, 0.0, 0.0
                string.line[:] = 0.0
            period = rate / (440.0 * 2.0 ** ((string.tuned - 69.0) / 12.0))
            late = min(max(period - damp / (1.0 - damp), 3.0), LINE - 4.0)  # the filter is late by the rest
            back = np.exp(-6.907755 * late / ring)
            answer = string.open * between(string.line, s.frame, late)
            string.dark = settle(answer + damp * (string.dark - answer))
            string.line[s.frame & (LINE - 1)] = settle(np.sqrt(1.0 - back * back) * now + back * string.dark)
            heard += answer
        y[n] = now + mix * (0.35 * heard - now)
        s.frame += 1


@resonator.prepare
def _tune(s, rate):
    s["string"]["key"] = s["string"]["tuned"] = CHORD
