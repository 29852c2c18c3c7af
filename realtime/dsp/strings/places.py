"""The strings of an instrument as places: which one is under the bow, which is free, which is missed least.

What flows in: what the hand knows. What flows out: the number of a string, or -1 where there is none. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.controls import COUNT, DETACHED

POLYPHONY = 32
STRINGS = 40
"""More than sound at once: one that is taken from an old note fades in its old place."""

CHANNELS = 16
PLAYERS = 2 * CHANNELS
"""One a channel for those who play keys, and one a channel for those who sing: a singer and a keyboard that share a
channel are two people, and do not slur into one another."""

FREE, HELD, PEDALLED, RELEASED, CUT = range(5)
STRUCK, SLURRED, CROSSED = range(3)
"""How a note began: bowed anew, slid to on its string, or slurred over to another string."""

NOTHING, BEGIN, SLUR = range(3)
"""What has happened to a string that has not sounded yet."""

SOLO, POLY, MPE = range(3)
"""A player a channel, who slurs; a string a key; a string a key, and silent keys that speak for all channels."""

TOGETHER_S, TOGETHER_AFTER_SLUR_S = 0.035, 0.015
"""Keys pressed within it are one chord; nobody presses two keys at the same moment. Within a slur the fingers run, and
what comes a little later is the next note of the run."""

FARTHEST_SLIDE_ST = 7
"""A hand reaches a fifth on one string; what is further is on another."""

SILENCED_S, STOLEN_S, DAMPED_S = 0.005, 0.012, 0.025
"""How long a string fades that is silenced, taken for another note, or stopped because its own key is struck anew."""

KEYS_KEPT = 16
FARTHEST_BEND_ST = 96.0

STRING = np.dtype(
    [
        ("stage", "i8"),
        ("channel", "i8"),  # or rather the player
        ("key", "i8"),
        ("born", "i8"),  # the how-manieth note this is
        ("began", "i8"),  # in frames since the kernel began
        ("manner", "i8"),  # BOWED …
        ("start", "i8"),  # STRUCK …
        ("news", "i8"),  # BEGIN …: what the bow has not yet taken notice of
        ("is_kept", "i8"),  # by the sostenuto pedal
        ("velocity", "f8"),
        ("key_pressure", "f8"),
        ("fade_s", "f8"),  # of a string that is cut
        ("leaves", "f8"),  # how much faster than the release says the bow leaves it
        ("bend_st", "f8"),  # a note that is over keeps it: the channel's next would drag it along
    ],
    align=True,
)
CHANNEL = np.dtype(
    [
        ("bend_st", "f8"),
        ("pressure", "f8"),
        ("pedal", "i8"),
        ("soft", "i8"),
        ("keys", "i8", (KEYS_KEPT,)),  # that are down, the last one last
        ("keys_down", "i8"),
        ("set", "f8", (COUNT,)),  # controls that a controller has set here
        ("is_set", "u1", (COUNT,)),
    ],
    align=True,
)
HAND = np.dtype(
    [
        ("strings", STRING, (STRINGS,)),
        ("channels", CHANNEL, (PLAYERS,)),
        ("turned_to", "f8", (COUNT,)),  # as the knobs stood when they were last looked at
        ("knobs", "f8", (COUNT,)),  # and what of that is within their ranges
        ("ranges", "f8", (COUNT, 3)),
        ("turned_by", "i1", (128,)),
        ("mode", "i8"),  # SOLO …
        ("lowest_key", "i8"),  # of the instrument: six keys from the octave under it on choose how to play
        ("notes", "i8"),
        ("now", "i8"),
        ("together", "i8"),  # frames
        ("together_after_slur", "i8"),
    ],
    align=True,
)

_compiled = njit(error_model="numpy")


@_compiled
def string_to_move(hand: Any, channel: int, key: int) -> int:
    """The string from which a channel's bow and finger go on to a key: of those it holds, the nearest, but for those
    with which the key is pressed together; -1 where the note begins by itself. [audio]"""
    best, distance, born = -1, 0, -1
    for each in range(STRINGS):
        string = hand.strings[each]
        held = string.stage == HELD or string.stage == PEDALLED
        if not held or string.channel != channel or string.manner > DETACHED:
            continue
        chord = hand.together_after_slur if string.start == SLURRED else hand.together
        if hand.now - string.began <= chord:
            continue
        far = abs(string.key - key)
        if best < 0 or far < distance or (far == distance and string.born > born):
            best, distance, born = each, far, string.born
    return best


@_compiled
def key_without_string(hand: Any, channel: int) -> int:
    """The last key that is down and that no string plays. [audio]"""
    mine = hand.channels[channel]
    for n in range(mine.keys_down - 1, -1, -1):
        is_played = False
        for each in range(STRINGS):
            string = hand.strings[each]
            is_played |= string.channel == channel and string.key == mine.keys[n] and string.stage == HELD
        if not is_played:
            return np.int64(mine.keys[n])
    return -1


@_compiled
def cut(string: Any, fade_s: float) -> None:
    """Silence a string within milliseconds; one that has not sounded yet is free at once. [audio]"""
    if string.news == BEGIN:
        string.stage = FREE
    elif string.stage == CUT:
        string.fade_s = min(string.fade_s, fade_s)
    elif string.stage != FREE:
        string.stage, string.fade_s = CUT, fade_s
    string.news = NOTHING


@_compiled
def sounding(hand: Any) -> int:
    """How many strings play, those not counted that are being silenced. [audio]"""
    count = 0
    for each in range(STRINGS):
        if FREE < hand.strings[each].stage < CUT:
            count += 1
    return count


@_compiled
def least_missed(hand: Any) -> int:
    """The string to take: one whose key is up before one that a pedal holds, and of these the oldest. [audio]"""
    best, best_stage, best_born = 0, FREE, 0
    for each in range(STRINGS):
        string = hand.strings[each]
        if string.stage == FREE or string.stage == CUT:
            continue
        if string.stage > best_stage or (string.stage == best_stage and string.born < best_born):
            best, best_stage, best_born = each, string.stage, string.born
    return best


@_compiled
def place_for_note(hand: Any) -> int:
    """A free string, for which an old note goes where there are too many. In a flood that leaves no place, since
    those that were taken still fade, a note goes that has not sounded yet; -1 if there is none. [audio]"""
    free, unheard, born = -1, -1, np.int64(2**62)
    for each in range(STRINGS - 1, -1, -1):
        string = hand.strings[each]
        if string.stage == FREE:
            free = each
        elif string.news == BEGIN and string.born < born:
            unheard, born = each, string.born
    if free < 0:
        return unheard
    if sounding(hand) >= POLYPHONY:
        cut(hand.strings[least_missed(hand)], STOLEN_S)
    return free
