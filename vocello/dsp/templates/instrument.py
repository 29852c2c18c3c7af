"""my_instrument: say here what it sounds like.

    vocello dsp check my_instrument.py     whether it may play, and what it costs
    vocello rack run RACK                  plays it in a rack as "python:my_instrument.py"; save, and you hear it

These are two sines a note, a little apart. Change anything.
"""

import numpy as np

from vocello.dsp import (
    FREE,
    GLIDE,
    PEDALLED,
    PLAYERS,
    RELEASED,
    VOICES,
    Knob,
    begin,
    compiled,
    factor,
    follow,
    glide,
    kernel,
    sine,
)

# All that is remembered from frame to frame. PLAYERS deals notes, bends, pressure and pedals out to voices: each has a
# stage, an `increment` (its frequency, in turns a frame), a `loudness`, and phase, rising, risen, cut to play with.
STATE = np.dtype(
    [
        ("level_db", GLIDE),
        ("apart_cents", GLIDE),
        ("attack_s", "f8"),
        ("release_s", "f8"),
        ("other", "f8", (VOICES,)),
        ("players", PLAYERS),
    ],
    align=True,
)


@kernel(
    STATE,
    Knob("level_db", -60.0, 6.0, -15.0, unit="dB"),
    Knob("apart_cents", 0.0, 50.0, 7.0, unit="cents"),
    Knob("attack_s", 0.002, 2.0, 0.02, unit="s", curve="log"),
    Knob("release_s", 0.01, 5.0, 0.3, unit="s", curve="log"),
)
def my_instrument(s, yl, yr, events, rate, frames):
    """No input, two outputs: an instrument adds to what sounds already, y[n] += …"""
    for e in range(len(events)):  # those of this slice: they happen at its first frame
        follow(s.players, events[e], rate)
    rises, falls, fades = 1.0 / (s.attack_s * rate), 1.0 / (s.release_s * rate), 1.0 / (0.005 * rate)
    for n in range(frames):
        level, apart = factor(glide(s.level_db)), 2.0 ** (glide(s.apart_cents) / 1200.0)
        left = right = 0.0
        for v in range(VOICES):
            voice = s.players.voice[v]
            if voice.stage != FREE:
                loud = level * envelope(voice, rises, falls, fades)
                increment = min(glide(voice.increment), 0.45)
                left += loud * sine(voice.phase)
                right += loud * sine(s.other[v])
                voice.phase = turned(voice.phase, increment)
                s.other[v] = turned(s.other[v], min(increment * apart, 0.45))
        yl[n] += left
        yr[n] += right


@compiled
def envelope(voice, rises, falls, fades):
    """How loud a voice is now. One that is stolen fades within 5 ms, and one that is over is free."""
    if voice.stage <= PEDALLED:
        voice.risen += (1.0 - voice.risen) * 4.6 * rises
    elif voice.stage == RELEASED:
        voice.risen -= voice.risen * 6.9 * falls
    else:
        voice.cut -= fades
    if voice.cut <= 0.0 or (voice.stage > PEDALLED and voice.risen < 1e-6):
        voice.stage, voice.risen, voice.cut = FREE, 0.0, 0.0
    return glide(voice.loudness) * voice.risen * voice.cut


@compiled
def turned(phase, by):
    """A phase, a frame later."""
    phase += by
    return phase - np.floor(phase)


@my_instrument.prepare
def _set_out(s, rate):
    """Fills what is not to begin at zero; runs once, before anything sounds."""
    begin(s["players"])
