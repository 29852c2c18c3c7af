"""Who plays what on the strings: which key sounds, which is slurred to, what the pedals hold.

What flows in: the events of a slice. What flows out: for each string a note, its force, whether it was bowed anew or
slurred, and the controls of its channel. A channel is one player with one bow: a key pressed while another is down
slurs to it, keys pressed together are a double stop or a chord, and a key let go slurs back. With several channels, as
MPE has them, there are as many players. In the mode `poly` each key has a string of its own. Who sings is a player
beside those who press keys, and brings a vibrato along. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.controls import (
    BOWED,
    COL_LEGNO,
    CONTROLS,
    HUMAN,
    MUTE,
    NO_CONTROL,
    PIZZICATO,
    PLAYING,
    SLURRING,
    SOFT,
    SOSTENUTO,
    SUSTAIN,
    VIBRATO,
    cc_map,
    ranges,
)
from realtime.dsp.strings.places import (
    BEGIN,
    CHANNELS,
    CROSSED,
    CUT,
    DAMPED_S,
    FARTHEST_BEND_ST,
    FARTHEST_SLIDE_ST,
    FREE,
    HELD,
    KEYS_KEPT,
    MPE,
    PEDALLED,
    PLAYERS,
    RELEASED,
    SILENCED_S,
    SLUR,
    SLURRED,
    SOLO,
    STRINGS,
    STRUCK,
    TOGETHER_AFTER_SLUR_S,
    TOGETHER_S,
    cut,
    key_without_string,
    place_for_note,
    string_to_move,
)
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    FROM_APP,
    FROM_VOICE,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
)

_LEFT_BEHIND = 2.0
"""A string that the bow leaves for another is damped by the hand that goes there."""

_compiled = njit(error_model="numpy")


def begin(hand: Any, rate: float, lowest_key: int) -> None:
    """A hand that has touched nothing. [main]"""
    hand["ranges"], hand["turned_by"] = ranges(), cc_map()
    hand["lowest_key"], hand["together"] = lowest_key, round(TOGETHER_S * rate)
    hand["together_after_slur"] = round(TOGETHER_AFTER_SLUR_S * rate)
    hand["knobs"] = hand["turned_to"] = [control.default for control in CONTROLS]
    for number in (VIBRATO, HUMAN):  # a voice has its own
        hand["channels"]["is_set"][CHANNELS:, number] = 1


@_compiled
def control(hand: Any, channel: int, number: int) -> float:
    """What a control stands at for a channel, in its own unit. [audio]"""
    mine = hand.channels[channel]
    value = mine.set[number] if mine.is_set[number] else hand.knobs[number]
    if number == MUTE and mine.soft:
        return max(value, 0.7)
    return value


@_compiled
def look_at_knob(hand: Any, number: int, value: float) -> None:
    """A knob that was turned rules every channel, until a controller says otherwise. [audio]"""
    if value == value and hand.turned_to[number] != value:
        hand.turned_to[number] = value
        hand.knobs[number] = min(max(value, hand.ranges[number, 0]), hand.ranges[number, 1])
        for channel in range(PLAYERS):
            hand.channels[channel].is_set[number] = 0


@_compiled
def follow(hand: Any, event: Any, now: int) -> None:
    """Let the hand know of one event, at a frame. [audio]"""
    hand.now = now
    kind, channel, number = np.int64(event.kind), np.int64(event.channel), np.int64(event.number)
    value = min(max(event.value, -FARTHEST_BEND_ST), FARTHEST_BEND_ST) if event.value == event.value else 0.0
    if channel >= CHANNELS and channel != ALL_CHANNELS:
        return
    singers = CHANNELS if event.source == FROM_VOICE else 0
    first = singers if channel == ALL_CHANNELS else singers + channel
    last = first + 1
    if channel == ALL_CHANNELS:
        last = PLAYERS if event.source == FROM_APP else singers + CHANNELS
    if kind == NOTE_ON and value > 0.0:
        _press(hand, first, number, min(value, 1.0))
    elif kind in (NOTE_OFF, NOTE_ON):
        for c in range(first, last):
            _let_go(hand, c, number)
    elif kind == NOTES_OFF:
        for c in range(first, last):
            _let_all_go(hand, c, channel == ALL_CHANNELS)
    elif kind == SILENCE:
        for each in range(STRINGS):
            if first <= hand.strings[each].channel < last:
                cut(hand.strings[each], SILENCED_S)
        for c in range(first, last):
            hand.channels[c].keys_down = 0
    else:
        for c in range(first, last):
            _shape(hand, c, kind, number, value)


@_compiled
def _press(hand: Any, channel: int, key: int, velocity: float) -> None:
    low = hand.lowest_key - 12
    if channel < CHANNELS and low <= key < low + COL_LEGNO + 1:  # silent keys that choose how to play
        everyone = hand.mode == MPE
        for c in range(0 if everyone else channel, CHANNELS if everyone else channel + 1):
            hand.channels[c].set[PLAYING], hand.channels[c].is_set[PLAYING] = float(key - low), 1
        return
    _forget_key(hand, channel, key)
    _remember_key(hand, channel, key)
    manner = np.int64(min(max(control(hand, channel, PLAYING) + 0.5, 0.0), float(COL_LEGNO)))
    old = string_to_move(hand, channel, key) if hand.mode == SOLO and manner < PIZZICATO else -1
    if old < 0:
        _strike(hand, channel, key, velocity, manner, STRUCK)
        return
    held = hand.strings[old]
    if manner != BOWED or held.key == key or velocity > control(hand, channel, SLURRING):
        _release_string(held, 1.0)
        _strike(hand, channel, key, velocity, manner, STRUCK)
    else:
        _move(hand, channel, held, key, velocity)


@_compiled
def _move(hand: Any, channel: int, string: Any, key: int, velocity: float) -> None:
    """The bow goes on: the finger slides, or where it cannot reach, the bow goes over to another string."""
    if abs(key - string.key) > FARTHEST_SLIDE_ST:
        _release_string(string, _LEFT_BEHIND)
        _strike(hand, channel, key, velocity, BOWED, CROSSED)
        return
    string.key, string.velocity, string.manner = key, velocity, BOWED
    if string.news != BEGIN:
        string.start, string.news = SLURRED, SLUR
        string.began = hand.now
    string.stage, string.is_kept, string.key_pressure = HELD, 0, 0.0
    string.born, hand.notes = hand.notes, hand.notes + 1


@_compiled
def _strike(hand: Any, channel: int, key: int, velocity: float, manner: int, start: int) -> None:
    for each in range(STRINGS):
        old = hand.strings[each]
        if old.channel == channel and old.key == key and FREE < old.stage < CUT:
            cut(old, DAMPED_S)
    place = place_for_note(hand)
    if place < 0:
        return
    string = hand.strings[place]
    string.stage, string.channel, string.key = HELD, channel, key
    string.born, hand.notes = hand.notes, hand.notes + 1
    string.began, string.manner, string.start, string.news = hand.now, manner, start, BEGIN
    string.velocity, string.key_pressure, string.is_kept = velocity, 0.0, 0
    string.bend_st = hand.channels[channel].bend_st


@_compiled
def _let_go(hand: Any, channel: int, key: int) -> None:
    """A key goes up."""
    _forget_key(hand, channel, key)
    mine = hand.channels[channel]
    for each in range(STRINGS):
        string = hand.strings[each]
        if string.channel == channel and string.key == key and string.stage == HELD:
            if mine.pedal or string.is_kept:
                string.stage = PEDALLED
            else:
                _end(hand, channel, string)


@_compiled
def _end(hand: Any, channel: int, string: Any) -> None:
    """Nothing holds a note any more: it ends, or is slurred back to a key that is still down."""
    back = key_without_string(hand, channel) if hand.mode == SOLO and string.manner == BOWED else -1
    if back >= 0:
        _move(hand, channel, string, back, string.velocity)
    else:
        _release_string(string, 1.0)


@_compiled
def _let_all_go(hand: Any, channel: int, is_for_all: bool) -> None:
    """Every key of a channel goes up; if those of all channels do, so do the pedals."""
    mine = hand.channels[channel]
    mine.keys_down = 0
    if is_for_all:
        mine.pedal = 0
    for each in range(STRINGS):
        string = hand.strings[each]
        if string.channel != channel or (string.stage != HELD and string.stage != PEDALLED):
            continue
        if is_for_all:
            string.is_kept = 0
        if mine.pedal or string.is_kept:
            string.stage = PEDALLED
        else:
            _release_string(string, 1.0)


@_compiled
def _release_string(string: Any, leaves: float) -> None:
    string.stage, string.leaves = RELEASED, leaves


@_compiled
def _shape(hand: Any, channel: int, kind: int, number: int, value: float) -> None:
    """Bend, pressure, controllers and pedals."""
    mine = hand.channels[channel]
    share = min(max(value, 0.0), 1.0)
    if kind == BEND:
        mine.bend_st = value
        for each in range(STRINGS):
            string = hand.strings[each]
            if string.channel == channel and string.stage != RELEASED:
                string.bend_st = value
    elif kind == PRESSURE:
        mine.pressure = share
    elif kind == KEY_PRESSURE:
        for each in range(STRINGS):
            string = hand.strings[each]
            if string.channel == channel and string.key == number and string.stage != RELEASED:
                string.key_pressure = share
    elif kind == CONTROL and number < 128:
        _turn(hand, channel, number, share)


@_compiled
def _turn(hand: Any, channel: int, number: int, share: float) -> None:
    mine = hand.channels[channel]
    is_down = 1 if share >= 0.5 else 0
    if number == SUSTAIN:
        mine.pedal = is_down
        if not is_down:
            _lift(hand, channel, False)
    elif number == SOSTENUTO:
        for each in range(STRINGS):
            string = hand.strings[each]
            if string.channel == channel and is_down and string.stage == HELD:
                string.is_kept = 1
        if not is_down:
            _lift(hand, channel, True)
    elif number == SOFT:
        mine.soft = is_down
    elif hand.turned_by[number] != NO_CONTROL:
        which = np.int64(hand.turned_by[number])
        low, high, is_log = hand.ranges[which, 0], hand.ranges[which, 1], hand.ranges[which, 2]
        mine.set[which] = low * (high / low) ** share if is_log > 0.0 else low + share * (high - low)
        mine.is_set[which] = 1


@_compiled
def _lift(hand: Any, channel: int, is_sostenuto: bool) -> None:
    """A pedal goes up: what it alone held ends."""
    for each in range(STRINGS):
        string = hand.strings[each]
        if string.channel != channel:
            continue
        if is_sostenuto:
            string.is_kept = 0
        if string.stage == PEDALLED and not string.is_kept and not hand.channels[channel].pedal:
            _end(hand, channel, string)


@_compiled
def _remember_key(hand: Any, channel: int, key: int) -> None:
    mine = hand.channels[channel]
    if mine.keys_down == KEYS_KEPT:
        for n in range(KEYS_KEPT - 1):
            mine.keys[n] = mine.keys[n + 1]
        mine.keys_down -= 1
    mine.keys[mine.keys_down] = key
    mine.keys_down += 1


@_compiled
def _forget_key(hand: Any, channel: int, key: int) -> None:
    mine = hand.channels[channel]
    kept = 0
    for n in range(mine.keys_down):
        if mine.keys[n] != key:
            mine.keys[kept] = mine.keys[n]
            kept += 1
    mine.keys_down = kept
