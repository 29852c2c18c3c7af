"""Who plays what: notes, bends, pedals and pressure of 16 channels, dealt out to voices.

What flows in: the events of a slice. What flows out: for each voice a pitch, a loudness and whether its key is down;
how that sounds is the instrument's affair. A bend belongs to the notes of its channel: so MPE, with a channel a note,
and a plain keyboard are one thing here.

There are more voices than notes can sound at once: one that is stolen, or struck anew, fades in its old place while
the new note already begins in another, so that neither clicks and none is late.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.glide import GLIDE
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
)

POLYPHONY = 32
VOICES = 64
CHANNELS = 16
FREE, HELD, PEDALLED, RELEASED, CUT = range(5)
"""CUT: fades away within CUT_S, whatever its key does."""

CUT_S = 0.005
SUSTAIN, EXPRESSION = 64, 11
FARTHEST_BEND_ST = 96.0

VOICE = np.dtype(
    [
        ("stage", "i8"),
        ("channel", "i8"),
        ("key", "i8"),
        ("born", "i8"),  # the how-manieth note this is
        ("velocity", "f8"),
        ("swell", "f8"),  # what pressure makes of it
        ("key_pressure", "f8"),
        ("increment", GLIDE),  # cycles a frame
        ("loudness", GLIDE),
        ("phase", "f8"),
        ("rising", "f8"),  # the envelope is two poles in a row: no corner at either end
        ("risen", "f8"),
        ("accent", "f8"),  # how much of its beginning's force is left
        ("cut", "f8"),  # 1 … 0 while it fades for good
    ],
    align=True,
)
CHANNEL = np.dtype([("bend_st", "f8"), ("pressure", "f8"), ("expression", "f8"), ("pedal", "i8")], align=True)
PLAYERS = np.dtype([("voice", VOICE, (VOICES,)), ("channel", CHANNEL, (CHANNELS,)), ("notes", "i8")], align=True)

_compiled = njit(error_model="numpy")


def begin(players: Any) -> None:
    """Fresh players: every pedal up, every expression fully open. [main]"""
    players["channel"]["expression"] = 1.0


@_compiled
def follow(players: Any, event: Any, rate: float) -> None:
    """Let the voices know of one event. [audio]"""
    kind, channel, number = np.int64(event.kind), np.int64(event.channel), np.int64(event.number)
    value = min(max(event.value, -FARTHEST_BEND_ST), FARTHEST_BEND_ST) if event.value == event.value else 0.0
    if channel >= CHANNELS and channel != ALL_CHANNELS:
        return
    first, last = (0, CHANNELS) if channel == ALL_CHANNELS else (channel, channel + 1)
    if kind == NOTE_ON:
        if value > 0.0:
            _strike(players, first, number, min(value, 1.0), rate)
        else:
            _release(players, first, number)
    elif kind == NOTE_OFF:
        for c in range(first, last):
            _release(players, c, number)
    elif kind == NOTES_OFF:
        _release_all(players, first, last, channel == ALL_CHANNELS)
    elif kind == SILENCE:
        for voice in range(VOICES):
            if first <= players.voice[voice].channel < last:
                _cut(players.voice[voice])
    else:
        for c in range(first, last):
            _express(players, c, kind, number, value, rate)


@_compiled
def _strike(players: Any, channel: int, key: int, velocity: float, rate: float) -> None:
    """Begin a note. The same key struck again takes over the old one's phase: the two overlap without a beat."""
    phase = 0.0
    for each in range(VOICES):
        old = players.voice[each]
        if old.channel == channel and old.key == key and FREE < old.stage < CUT:
            phase = old.phase
            _cut(old)
    if _sounding(players) >= POLYPHONY:
        _cut(players.voice[_least_missed(players)])
    place = _empty_place(players)
    voice = players.voice[place]
    voice.stage, voice.channel, voice.key = HELD, channel, key
    voice.born, players.notes = players.notes, players.notes + 1
    voice.velocity, voice.key_pressure, voice.swell = velocity, 0.0, 1.0 + players.channel[channel].pressure
    voice.phase, voice.rising, voice.risen, voice.accent, voice.cut = phase, 0.0, 0.0, 1.0, 1.0
    increment, loudness = _increment(players, voice, rate), _loudness(players, voice)
    voice.increment.target, voice.increment.aim, voice.increment.value = increment, increment, increment
    voice.loudness.target, voice.loudness.aim, voice.loudness.value = loudness, loudness, loudness
    voice.increment.left, voice.loudness.left = 0, 0


@_compiled
def _release(players: Any, channel: int, key: int) -> None:
    """The key goes up; the note ends, unless the pedal holds it."""
    for each in range(VOICES):
        voice = players.voice[each]
        if voice.channel == channel and voice.key == key and voice.stage == HELD:
            voice.stage = PEDALLED if players.channel[channel].pedal else RELEASED


@_compiled
def _release_all(players: Any, first: int, last: int, pedals_too: bool) -> None:
    """Every key goes up; and every pedal, when it is the whole instrument that is let go of."""
    for channel in range(first, last):
        if pedals_too:
            players.channel[channel].pedal = 0
        for each in range(VOICES):
            voice = players.voice[each]
            if voice.channel == channel and (voice.stage == HELD or voice.stage == PEDALLED):
                voice.stage = PEDALLED if players.channel[channel].pedal else RELEASED


@_compiled
def _express(players: Any, channel: int, kind: int, number: int, value: float, rate: float) -> None:
    """Bend, pressure, expression, pedal: what happens to notes while they sound."""
    mine = players.channel[channel]
    share = min(max(value, 0.0), 1.0)
    if kind == BEND:
        mine.bend_st = value
    elif kind == PRESSURE:
        mine.pressure = share
    elif kind == CONTROL and number == EXPRESSION:
        mine.expression = share
    elif kind == CONTROL and number == SUSTAIN:
        mine.pedal = 1 if value >= 0.5 else 0
    elif kind != KEY_PRESSURE:
        return
    for each in range(VOICES):
        voice = players.voice[each]
        if voice.channel != channel or voice.stage == FREE or voice.stage == CUT:
            continue
        if voice.stage == PEDALLED and not mine.pedal:
            voice.stage = RELEASED
        if voice.stage != RELEASED:  # a note that is over keeps its pitch: the channel's next one would drag it along
            if kind == KEY_PRESSURE and voice.key == number:
                voice.key_pressure = share
            voice.swell = 1.0 + max(mine.pressure, voice.key_pressure)
            if kind == BEND:
                voice.increment.target = _increment(players, voice, rate)
        voice.loudness.target = _loudness(players, voice)


@_compiled
def _increment(players: Any, voice: Any, rate: float) -> float:
    pitch = voice.key + players.channel[voice.channel].bend_st
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0) / rate


@_compiled
def _loudness(players: Any, voice: Any) -> float:
    """Squares, since a key struck half as hard is meant to sound half as loud, which is a quarter of the amplitude."""
    expression = players.channel[voice.channel].expression
    return voice.velocity * voice.velocity * expression * expression * voice.swell


@_compiled
def _cut(voice: Any) -> None:
    """Fade a voice away; one that has not begun to sound is simply gone."""
    if voice.stage != FREE:
        voice.stage = CUT if voice.risen > 0.0 else FREE


@_compiled
def _sounding(players: Any) -> int:
    count = 0
    for each in range(VOICES):
        if FREE < players.voice[each].stage < CUT:
            count += 1
    return count


@_compiled
def _least_missed(players: Any) -> int:
    """The voice to steal: one whose key is up before one that the pedal holds, and of these the oldest."""
    best, best_stage, best_born = 0, FREE, 0
    for each in range(VOICES):
        voice = players.voice[each]
        if voice.stage == FREE or voice.stage == CUT:
            continue
        if voice.stage > best_stage or (voice.stage == best_stage and voice.born < best_born):
            best, best_stage, best_born = each, voice.stage, voice.born
    return best


@_compiled
def _empty_place(players: Any) -> int:
    """A free voice; in a flood of notes that leaves none, the one that has faded furthest."""
    best, least = 0, 2.0
    for each in range(VOICES):
        voice = players.voice[each]
        if voice.stage == FREE:
            return each
        if voice.stage == CUT and voice.cut < least:
            best, least = each, voice.cut
    return best
