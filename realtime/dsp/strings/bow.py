"""What a bow and a finger do while a note sounds: 250 times a second a pitch and a loudness.

What flows in: what the hand decided for a string, the controls of its channel, the time that passed. What flows out:
hertz and dB, as the network wants them. Loudness is thought of in dB all the way: a bow that takes hold approaches its
level as a charge does, a slur dips for a moment, a bow that leaves the string lets it ring. Whatever is left to chance
is drawn from a generator of the note's own, so that the same notes always sound the same. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.controls import (
    ACCENT,
    ATTACK,
    BREATH,
    COUNT,
    EXPRESSION,
    HUMAN,
    PIZZICATO,
    PORTAMENTO,
    RELEASE,
    SPICCATO,
    STACCATO,
    TREMOLO,
    TREMOLO_RATE,
    TRILL,
    TRILL_RATE,
    VIBRATO,
    VIBRATO_DELAY,
    VIBRATO_RATE,
)
from realtime.dsp.strings.hand import control
from realtime.dsp.strings.places import BEGIN, CROSSED, NOTHING, PLAYERS, RELEASED, SLUR, SLURRED

SOFTEST_DB, FORCE_DB = -46.0, 22.0
"""A key struck as softly as can be, and what full force adds: what is between pianissimo and fortissimo of a cello that
was recorded, and somewhat more on either side."""

OVER_DB = -84.0
SILENT_DB = -90.0

BOW = np.dtype(
    [
        ("felt", "f8", (COUNT,)),  # the controls, as the arm follows them
        ("age_s", "f8"),
        ("since_s", "f8"),  # the last change of note
        ("pitch_st", "f8"),  # where the finger is, without vibrato
        ("from_st", "f8"),
        ("along", "f8"),  # the way from there, 0 … 1
        ("pace", "f8"),  # how long that takes, against what the control says
        ("force_db", "f8"),
        ("swell_db", "f8"),
        ("missing_db", "f8"),  # until the bow has taken hold
        ("dip_db", "f8"),
        ("falls_db", "f8"),  # since the bow left
        ("hurry", "f8"),  # the attack, against what the control says
        ("grown", "f8"),  # the vibrato, 0 … 1
        ("lean", "f8"),  # where it is, in waves
        ("stroke", "f8"),  # and the tremolo
        ("shake", "f8"),  # and the trill
        ("wander", "f8", (3,)),  # pitch, loudness, rate: about -1 … 1
        ("hertz", "f8"),
        ("loudness_db", "f8"),
        ("chance", "u8"),
    ],
    align=True,
)

_A4_HZ = 440.0
_SLOWEST, _SHORTEST_SLIDE_S = 1.5, 0.004
_MIDDLE_ST, _RISES_DB, _FARTHEST_OCTAVES = 52.0, 1.2, 3.0
_VIBRATO_CENTS, _VIBRATO_DB, _VIBRATO_GROWS_S = 60.0, 0.8, 0.35
_VIBRATO_MELTS_S, _WAITS_IN_SLUR = 0.12, 0.4
"""A hand that slides stops to vibrate for a moment; within a slur it goes on sooner than at a phrase's beginning."""

_WANDERS_S, _WANDER_CENTS, _WANDER_DB, _SCOOP_CENTS = 0.35, 2.0, 1.2, 10.0
_DETACHED_DB, _CROSSED_DB, _SLURRED_DB = 25.0, 8.0, 3.0
_DIP_S, _ACCENT_DB, _ACCENT_S = 0.03, 7.0, 0.1
_ARM_S, _FORCE_S = 0.006, 0.02
_TREMOLO_DB = 16.0
_READY = 0.24
"""Where in its turn a trill begins within a note: about to go up. With the note, it begins on the note itself."""

_STACCATO_S, _SPICCATO_S = 0.12, 0.035
_STOPPED_DB_A_S, _BOUNCED_DB_A_S = 420.0, 300.0
_SWELL_DB = 9.0

_compiled = njit(error_model="numpy")


@_compiled
def advance(bow: Any, string: Any, s: Any, passed_s: float) -> None:
    """Where the note is, one frame later: fill `hertz` and `loudness_db`. [audio]"""
    _feel(bow, string, s.hand, passed_s)
    aim_st = s.tuning[string.key] if np.isfinite(s.tuning[string.key]) else float(string.key)
    if string.news == BEGIN:
        _begin(bow, string, aim_st)
    elif string.news == SLUR:
        _slur(bow, string)
    string.news = NOTHING
    _move_finger(bow, string, aim_st, s.a4_hz if s.a4_hz > 0.0 else _A4_HZ, passed_s)
    _move_bow(bow, string, s.hand, passed_s)
    bow.age_s += passed_s
    bow.since_s += passed_s


@_compiled
def is_over(bow: Any, string: Any) -> bool:
    """Whether nothing more will be heard of the note. [audio]"""
    return (string.stage == RELEASED or string.manner >= STACCATO) and bow.loudness_db <= OVER_DB


@_compiled
def chance(bow: Any) -> float:
    """A number from -1 to 1, the next of this note's own (Marsaglia 2003, "Xorshift RNGs"). [audio]"""
    x = bow.chance
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    bow.chance = x
    return np.float64(x >> np.uint64(11)) * 2.0**-52 - 1.0


@_compiled
def _feel(bow: Any, string: Any, hand: Any, passed_s: float) -> None:
    """An arm follows a knob within milliseconds; a new note begins where the knob is."""
    share = 1.0 if string.news == BEGIN else 1.0 - np.exp(-passed_s / _ARM_S)
    channel = min(max(np.int64(string.channel), 0), PLAYERS - 1)
    for number in range(COUNT):
        bow.felt[number] += share * (control(hand, channel, number) - bow.felt[number])


@_compiled
def _slur(bow: Any, string: Any) -> None:
    bow.from_st, bow.along, bow.since_s = bow.pitch_st, 0.0, 0.0
    bow.pace = _SLOWEST - string.velocity
    bow.dip_db, bow.falls_db = _SLURRED_DB, 0.0


@_compiled
def _begin(bow: Any, string: Any, aim_st: float) -> None:
    bow.age_s = bow.since_s = 0.0
    bow.pitch_st = bow.from_st = aim_st
    bow.along, bow.grown = 1.0, 0.0
    bow.force_db = _struck_db(bow, string)
    bow.swell_db = bow.dip_db = bow.falls_db = 0.0
    bow.missing_db, bow.hurry = _DETACHED_DB, 1.6 - 1.2 * string.velocity
    if string.manner >= PIZZICATO:
        bow.missing_db = 0.0
    elif string.manner >= STACCATO:
        bow.hurry = 0.25
    elif string.start == CROSSED:
        bow.missing_db, bow.hurry = _CROSSED_DB, 0.4
    bow.lean = bow.stroke = bow.shake = 0.0
    bow.chance = np.uint64(string.born + 1) * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
    for n in range(3):
        bow.wander[n] = 0.6 * chance(bow)


@_compiled
def _move_finger(bow: Any, string: Any, aim_st: float, a4_hz: float, passed_s: float) -> None:
    bow.along = min(bow.along + passed_s / max(bow.felt[PORTAMENTO] * bow.pace, _SHORTEST_SLIDE_S), 1.0)
    along = bow.along
    bow.pitch_st = bow.from_st + (aim_st - bow.from_st) * along * along * (3.0 - 2.0 * along)

    human = bow.felt[HUMAN]
    keeps = np.exp(-passed_s / _WANDERS_S)
    for n in range(3):
        bow.wander[n] = keeps * bow.wander[n] + np.sqrt(1.0 - keeps * keeps) * 0.8 * chance(bow)

    waits_s = bow.felt[VIBRATO_DELAY] * (_WAITS_IN_SLUR if string.start == SLURRED else 1.0)
    goal = min(max((bow.since_s - waits_s) / _VIBRATO_GROWS_S, 0.0), 1.0)
    bow.grown = max(goal, bow.grown * np.exp(-passed_s / _VIBRATO_MELTS_S))
    width = bow.felt[VIBRATO] * bow.grown * (1.0 + 0.25 * human * bow.wander[1])
    bow.lean += passed_s * bow.felt[VIBRATO_RATE] * (1.0 + 0.12 * human * bow.wander[2])
    bow.lean -= np.floor(bow.lean)
    leaning = width * np.sin(2.0 * np.pi * bow.lean)
    scoop = _SCOOP_CENTS * human * np.exp(-bow.age_s / 0.03) if string.start != SLURRED else 0.0
    cents = _VIBRATO_CENTS * leaning + _WANDER_CENTS * human * bow.wander[0] - scoop

    up_st = 0.0
    if bow.felt[TRILL] >= 0.5:
        bow.shake += passed_s * bow.felt[TRILL_RATE] * (1.0 + 0.1 * human * bow.wander[2])
        bow.shake -= np.floor(bow.shake)
        lifted = min(max(0.5 + 6.0 * np.sin(2.0 * np.pi * (bow.shake - 0.25)), 0.0), 1.0)
        up_st = np.floor(bow.felt[TRILL] + 0.5) * lifted
    else:
        bow.shake = _READY
    bow.hertz = a4_hz * 2.0 ** ((bow.pitch_st + string.bend_st + up_st + cents / 100.0 - 69.0) / 12.0)
    bow.swell_db = leaning * _VIBRATO_DB


@_compiled
def _struck_db(bow: Any, string: Any) -> float:
    """As loud as a key was struck, and high notes a little more, as cellists play them. [audio]"""
    octaves = min(max((bow.pitch_st - _MIDDLE_ST) / 12.0, -_FARTHEST_OCTAVES), _FARTHEST_OCTAVES)
    return SOFTEST_DB + FORCE_DB * string.velocity + _RISES_DB * octaves


@_compiled
def _move_bow(bow: Any, string: Any, hand: Any, passed_s: float) -> None:
    speed = bow.felt[EXPRESSION] * bow.felt[BREATH]
    pressed = max(hand.channels[string.channel].pressure, string.key_pressure)
    wanted = _struck_db(bow, string) + _SWELL_DB * pressed
    bow.force_db += (1.0 - np.exp(-passed_s / _FORCE_S)) * (wanted - bow.force_db)

    bow.missing_db *= np.exp(-2.0 * passed_s / max(bow.felt[ATTACK] * bow.hurry, 0.002))
    bow.dip_db *= np.exp(-passed_s / _DIP_S)
    accent = _ACCENT_DB * bow.felt[ACCENT] * np.exp(-bow.age_s / _ACCENT_S)
    human = bow.felt[HUMAN]
    level = bow.force_db + bow.swell_db + accent - bow.missing_db - bow.dip_db + _WANDER_DB * human * bow.wander[1]
    level += 40.0 * np.log10(max(speed, 1e-4))

    if bow.felt[TREMOLO] > 0.0:
        bow.stroke += passed_s * bow.felt[TREMOLO_RATE] * (1.0 + 0.15 * human * bow.wander[2])
        bow.stroke -= np.floor(bow.stroke)
        level -= _TREMOLO_DB * bow.felt[TREMOLO] * (1.0 - np.sqrt(np.abs(np.sin(np.pi * bow.stroke))))
    else:
        bow.stroke = 0.5

    if string.manner == STACCATO and bow.age_s > _STACCATO_S:
        bow.falls_db += _STOPPED_DB_A_S * passed_s
    elif string.manner == SPICCATO and bow.age_s > _SPICCATO_S:
        bow.falls_db += _BOUNCED_DB_A_S * passed_s
    elif string.stage == RELEASED:
        bow.falls_db += 60.0 / bow.felt[RELEASE] * string.leaves * passed_s
    bow.loudness_db = max(level - bow.falls_db, SILENT_DB)
