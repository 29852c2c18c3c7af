"""A plain synthesiser: 32 voices between sine and sawtooth, for whoever wants to hear notes before there is a cello.

What flows in: the events of a slice. What flows out: two channels, added to what the bus already carries. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.oscillator import HIGHEST_INCREMENT, saw, sine
from realtime.dsp.tame import settle
from realtime.dsp.voices import CUT, CUT_S, FREE, PEDALLED, PLAYERS, VOICES, begin, follow
from realtime.kernel import Knob, kernel

PIECE = 64
"""Frames that are mixed in one go: the knobs, which all voices share, are followed once and not once a voice."""

TONE = np.dtype(
    [
        ("level_db", GLIDE),
        ("shape", GLIDE),
        ("width", GLIDE),
        ("attack_s", "f8"),
        ("release_s", "f8"),
        ("players", PLAYERS),
        ("shapes", "f8", (PIECE,)),
        ("middle", "f8", (PIECE,)),
        ("sides", "f8", (PIECE,)),
    ],
    align=True,
)

RISEN, FALLEN = 6.64, 9.23
"""After so many time constants two poles in a row have come 99 % of the way up, 60 dB of the way down."""

MIDDLE_KEY, OUTER_KEYS = 60.0, 40.0

ACCENT, ACCENT_S = 0.4, 0.05
"""A note begins this much louder, for about so long: without it nobody would hear a held key struck anew."""

OVER = 1e-6
"""120 dB under full loudness a note is over, and its voice free."""


@kernel(
    TONE,
    Knob("level_db", MUTE_DB, 6.0, -15.0, unit="dB"),
    Knob("shape", 0.0, 1.0, 0.3),  # 0 a sine, 1 a sawtooth
    Knob("attack_s", 0.001, 2.0, 0.010, unit="s", curve="log"),
    Knob("release_s", 0.010, 5.0, 0.150, unit="s", curve="log"),
    Knob("width", 0.0, 1.0, 0.3),  # low keys to the left, high keys to the right
)
def tone(s: Any, yl: Any, yr: Any, events: Any, rate: float, frames: int) -> None:
    """Sine to sawtooth, with bend, pressure, expression and pedal, a channel each for MPE. [audio]"""
    for e in range(len(events)):
        follow(s.players, events[e], rate)
    attack = 1.0 - np.exp(-RISEN / (s.attack_s * rate))
    release = 1.0 - np.exp(-FALLEN / (s.release_s * rate))
    calm = np.exp(-1.0 / (ACCENT_S * rate))
    fade = 1.0 / (CUT_S * rate)
    level_db, level = np.nan, 0.0
    done = 0
    while done < frames:
        piece = min(frames - done, PIECE)
        for n in range(piece):
            s.shapes[n] = glide(s.shape)
            s.middle[n], s.sides[n] = 0.0, 0.0
        for each in range(VOICES):
            if s.players.voice[each].stage != FREE:
                sound(s, s.players.voice[each], piece, attack, release, calm, fade)
        for n in range(piece):
            now = glide(s.level_db)
            if now != level_db:
                level_db, level = now, factor(now)
            sides = glide(s.width) * s.sides[n]
            yl[done + n] += level * (s.middle[n] - sides)
            yr[done + n] += level * (s.middle[n] + sides)
        done += piece


tone.prepare(lambda s, _rate: begin(s["players"]))


@njit(error_model="numpy")
def sound(s: Any, voice: Any, frames: int, attack: float, release: float, calm: float, fade: float) -> None:
    """Add one voice to the mix. [audio]"""
    phase, rising, risen, accent, cut = voice.phase, voice.rising, voice.risen, voice.accent, voice.cut
    goal, follows = (1.0, attack) if voice.stage <= PEDALLED else (0.0, release)
    if voice.stage == CUT:  # it fades from where it is
        goal, follows = 1.0, 0.0
    else:
        fade = 0.0
    place = min(max((voice.key - MIDDLE_KEY) / OUTER_KEYS, -1.0), 1.0)
    for n in range(frames):
        increment = min(glide(voice.increment), HIGHEST_INCREMENT)
        rising += follows * (goal - rising)
        risen += follows * (rising - risen)
        accent = settle(accent * calm)
        cut -= fade
        if cut <= 0.0 or (goal == 0.0 and risen < OVER and rising < OVER):
            voice.stage, risen, rising, accent, cut = FREE, 0.0, 0.0, 0.0, 0.0
            break
        wave = sine(phase)
        wave += s.shapes[n] * (saw(phase, increment) - wave)
        wave *= glide(voice.loudness) * risen * (1.0 + ACCENT * accent) * cut * cut * (3.0 - 2.0 * cut)
        s.middle[n] += wave
        s.sides[n] += place * wave
        phase += increment
        phase -= np.floor(phase)
    voice.phase, voice.rising, voice.risen, voice.accent, voice.cut = phase, rising, risen, accent, cut
