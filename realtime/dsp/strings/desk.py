"""One string from its controls to its samples: 250 times a second it is thought about, in between it sounds.

What flows in: what the hand, the bow and the network say. What flows out: samples, added to the dry sound of both
sides and to what the hall is sent. A string struck begins at its very frame and a slur at its own; all other news waits
for the next hop, 4 ms at most. Strings that begin together have first hops of different lengths, so that from then on
no block has to think for all of them. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings import brain as mind
from realtime.dsp.strings.bank import VOICE, begin_sounding, cut_short, harmonics, is_hop_over, turn
from realtime.dsp.strings.bow import BOW, SILENT_DB, advance, is_over
from realtime.dsp.strings.controls import COL_LEGNO, HALL, PAN, PIZZICATO, VOLUME
from realtime.dsp.strings.noise import noise
from realtime.dsp.strings.places import BEGIN, CUT, FREE, RELEASED, SILENCED_S, SLUR
from realtime.dsp.strings.plain import end_of_harmonics, plain
from realtime.dsp.strings.pluck import loss_db, ring
from realtime.dsp.strings.sizes import AMPLITUDES, BANDS, RATE_HZ
from realtime.dsp.strings.touch import colour

PIECE = 64
"""Frames that are mixed in one go."""

_FIRST_HOP, _NEXT_FIRST_HOP = 64, 4  # frames at 48 kHz
_MIDDLE_KEY, _OUTER_KEYS = 52.0, 36.0
_SIDES = ("left", "right", "sent")
_WALKS = 0.3
"""The part of a way between left and right, near and far, that a hop takes: at a jump one would hear the corner."""

DESK = np.dtype(
    [
        ("voice", VOICE),
        ("memory", mind.MEMORY),
        ("bow", BOW),
        ("hop", "i8"),  # frames of the one under way
        ("gains", "f8", (len(_SIDES),)),  # at its start
        ("gain_goals", "f8", (len(_SIDES),)),
        ("damped_s", "f8"),  # since a plucked string was touched
        ("cut", "f8"),  # 1 … 0 while the string is silenced
        ("ends", "i8"),  # after this hop
    ],
    align=True,
)

MIX = np.dtype([("left", "f4", (PIECE,)), ("right", "f4", (PIECE,)), ("sent", "f4", (PIECE,))], align=True)

_compiled = njit(error_model="numpy")


@_compiled
def sound(s: Any, each: int, mind_now: Any, frames: int, rate: float, hop: int, passed_s: float) -> None:
    """Add a string's next frames to the mix. [audio]"""
    desk, string = s.desks[each], s.hand.strings[each]
    if string.news == BEGIN:
        _begin(desk, each, rate)
    elif string.news == SLUR:
        _go_on(desk, s.noise)
    step = 1.0 / (max(string.fade_s, SILENCED_S) * rate)
    done = 0
    while done < frames:
        voice = desk.voice
        if voice.taken == voice.made:
            if is_hop_over(voice, desk.hop):
                if desk.ends:
                    string.stage, desk.ends = FREE, 0
                    return
                _think(s, desk, string, mind_now, rate, hop, passed_s)
            harmonics(voice, s.bank, desk.hop)
            noise(voice, s.noise, desk.hop)
        run = min(frames - done, voice.made - voice.taken)
        if string.stage == CUT:
            for n in range(run):
                desk.cut = max(desk.cut - step, 0.0)
                voice.piece[voice.taken + n] *= np.float32(desk.cut * desk.cut * (3.0 - 2.0 * desk.cut))
        _mix(s.mix, desk, done, run)
        voice.taken += run
        done += run
        if string.stage == CUT and desk.cut <= 0.0:
            string.stage = FREE
            return


@_compiled
def _begin(desk: Any, each: int, rate: float) -> None:
    """A note that cannot wait for a hop to end: its first one begins here."""
    begin_sounding(desk.voice)
    mind.begin_anew(desk.memory)
    for side in range(len(_SIDES)):
        desk.gains[side], desk.gain_goals[side] = -1.0, -1.0
    desk.hop = np.int64((_FIRST_HOP + _NEXT_FIRST_HOP * (each % 32)) * rate / RATE_HZ)
    desk.damped_s, desk.cut, desk.ends = 0.0, 1.0, 0


@_compiled
def _go_on(desk: Any, loops: Any) -> None:
    """Neither can a slur: the hop under way ends where it has been heard to, and the hiss goes on from there."""
    unheard = np.int32(desk.voice.made - desk.voice.taken)
    for band in range(BANDS):
        place = desk.voice.places[band] - unheard
        desk.voice.places[band] = place + loops.lengths[band] if place < 0 else place
    for side in range(len(_SIDES)):
        along = (desk.voice.at - desk.voice.made + desk.voice.taken) / desk.hop
        desk.gain_goals[side] = desk.gains[side] + along * (desk.gain_goals[side] - desk.gains[side])
    cut_short(desk.voice, desk.hop)


@_compiled
def _think(s: Any, desk: Any, string: Any, mind_now: Any, rate: float, hop: int, passed_s: float) -> None:
    """The next hop: a pitch, a loudness, amplitudes."""
    voice, bow = desk.voice, desk.bow
    if string.news != BEGIN:
        desk.hop = hop
    advance(bow, string, s, passed_s)
    turn(voice, bow.hertz, rate)
    f0 = min(max(bow.hertz, mind.LOWEST_HZ), mind.HIGHEST_HZ)
    volume = bow.felt[VOLUME] * bow.felt[VOLUME]
    if string.manner >= PIZZICATO:
        is_wood = string.manner == COL_LEGNO
        if string.stage == RELEASED and not is_wood:
            desk.damped_s += passed_s
        ring(mind_now, voice, f0, bow.age_s - passed_s, desk.damped_s, is_wood, end_of_harmonics(rate))
        volume *= 10.0 ** (bow.loudness_db / 20.0)
        bow.loudness_db -= loss_db(f0, bow.age_s, desk.damped_s, is_wood)
    elif s.model < 0.5:
        plain(s.minds[0], voice, f0, bow.loudness_db, end_of_harmonics(rate))
    else:
        mind.think(mind_now, desk.memory, s.scratch, voice, f0, bow.loudness_db, rate)
    if bow.loudness_db <= SILENT_DB:  # a bow that stands still: of the network's silence a hiss would be left
        volume = 0.0
    colour(bow, voice, f0, volume)
    _place(desk, string, s.width)
    if is_over(bow, string):
        for i in range(AMPLITUDES):
            voice.goal[i] = 0.0
        desk.ends = 1


@_compiled
def _place(desk: Any, string: Any, width: float) -> None:
    """Left, right and hall: low strings a little to the left, as players sit."""
    by_key = width * min(max((string.key - _MIDDLE_KEY) / _OUTER_KEYS, -1.0), 1.0)
    place = min(max(2.0 * desk.bow.felt[PAN] - 1.0 + by_key, -1.0), 1.0)
    wanted = (1.0 - max(place, 0.0), 1.0 + min(place, 0.0), desk.bow.felt[HALL])
    for side in range(len(_SIDES)):
        if desk.gain_goals[side] < 0.0:  # the note begins where it is
            desk.gain_goals[side] = wanted[side]
        desk.gains[side] = desk.gain_goals[side]
        desk.gain_goals[side] += _WALKS * (wanted[side] - desk.gain_goals[side])


@_compiled
def _mix(mix: Any, desk: Any, at: int, run: int) -> None:
    voice = desk.voice
    first = voice.at - voice.made + voice.taken
    for n in range(run):
        along = (first + n) / desk.hop
        wave = voice.piece[voice.taken + n]
        mix.left[at + n] += np.float32(desk.gains[0] + along * (desk.gain_goals[0] - desk.gains[0])) * wave
        mix.right[at + n] += np.float32(desk.gains[1] + along * (desk.gain_goals[1] - desk.gains[1])) * wave
        mix.sent[at + n] += np.float32(desk.gains[2] + along * (desk.gain_goals[2] - desk.gains[2])) * wave
