"""A bowed string without notes: it follows a pitch and a loudness, 250 times a second, for as long as they last.

What flows in: two knobs that a voice turns, hertz and A-weighted loudness, each value reached at the end of the frame
that begins with it; what they are told in between two frames waits for the next. What flows out: the string in its
hall, added to what the bus already carries. At a loudness of RESTS_DB or below the bow leaves the string, and comes
back on the very frame on which it is told so; the hop begins there anew. What silences notes silences it as well,
until a loudness is told that is another one. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.strings import brain as mind
from realtime.dsp.strings.bank import BANK, VOICE, begin_sounding, harmonics, is_hop_over, turn
from realtime.dsp.strings.hall import HALL, learn_hall, resound
from realtime.dsp.strings.instrument import INSTRUMENTS, MINDS, furnish, in_stereo, plain_hall
from realtime.dsp.strings.noise import NOISE, begin_noise, noise, scatter
from realtime.dsp.strings.sizes import AMPLITUDES, FRAMES_A_SECOND, HARMONICS, LOW_C_HZ
from realtime.events import NOTES_OFF, SILENCE
from realtime.kernel import Knob, kernel

RESTS_DB = mind.FAINTEST_DB
"""Told to be so soft, the bow rests: what is silent costs nothing."""

_PIECE = 64
_LOUDEST_GAIN = 4.0

FOLLOWER = np.dtype(
    [
        ("hertz", "f8"),
        ("loudness_db", "f8"),
        ("shift_st", "f8"),
        ("harmonic_gain", "f8"),
        ("noise_gain", "f8"),
        ("level_db", GLIDE),
        ("hall", GLIDE),
        ("instrument", "f8"),
        ("model", "f8"),
        ("silenced_db", "f8"),  # the loudness that notes off took away; none other is silenced by it
        ("is_awake", "i8"),
        ("voice", VOICE),
        ("memory", mind.MEMORY),
        ("bank", BANK),
        ("scratch", mind.SCRATCH),
        ("sent", "f4", (_PIECE,)),
        ("left", "f4", (_PIECE,)),
        ("right", "f4", (_PIECE,)),
        ("room", HALL),
        ("noise", NOISE),
        ("minds", mind.BRAIN, (MINDS,)),
    ],
    align=True,
)

_compiled = njit(error_model="numpy")


@kernel(
    FOLLOWER,
    Knob("hertz", mind.LOWEST_HZ, mind.HIGHEST_HZ, LOW_C_HZ, unit="Hz", curve="log"),
    Knob("loudness_db", RESTS_DB, 0.0, RESTS_DB, unit="dB"),
    Knob("shift_st", -48.0, 48.0, 0.0, unit="st"),
    Knob("harmonic_gain", 0.0, _LOUDEST_GAIN, 1.0),
    Knob("noise_gain", 0.0, _LOUDEST_GAIN, 1.0),
    Knob("level_db", MUTE_DB, 24.0, 0.0, unit="dB"),
    Knob("hall", 0.0, 2.0, 1.0),
    Knob("instrument", 0.0, float(len(INSTRUMENTS) - 1), 0.0),
    Knob("model", 0.0, 1.0, 1.0),  # 0 the string of physics alone, 1 the network
)
def follower(s: Any, yl: Any, yr: Any, events: Any, rate: float, frames: int) -> None:
    """One string, bowed as loud and stopped as high as it is told, without a note in between. [audio]"""
    for e in range(len(events)):
        if events[e].kind == NOTES_OFF or events[e].kind == SILENCE:
            s.silenced_db = s.loudness_db
    if s.loudness_db != s.silenced_db:
        s.silenced_db = np.nan
    done = 0
    while done < frames:
        piece = min(frames - done, _PIECE)
        for n in range(piece):
            s.left[n], s.right[n], s.sent[n] = 0.0, 0.0, 0.0
        _bow(s, piece, rate)
        resound(s.room, s.sent, s.left, s.right, piece)
        for n in range(piece):
            level = np.float32(factor(glide(s.level_db)))
            yl[done + n] += level * s.left[n]
            yr[done + n] += level * s.right[n]
        done += piece


@_compiled
def _bow(s: Any, frames: int, rate: float) -> None:
    """The string's own sound: to both sides, and to the hall."""
    hop = np.int64(rate / FRAMES_A_SECOND + 0.5)
    voice = s.voice
    for n in range(frames):
        if s.is_awake == 0:
            if not _is_bowed(s):
                glide(s.hall)
                continue
            s.is_awake = 1
            begin_sounding(voice)
            mind.begin_anew(s.memory)
        if voice.taken == voice.made:
            if is_hop_over(voice, hop):
                if not _is_bowed(s) and _has_faded(voice):
                    s.is_awake = 0
                    glide(s.hall)
                    continue
                _think(s, rate)
            harmonics(voice, s.bank, hop)
            noise(voice, s.noise, hop)
        wave = voice.piece[voice.taken]
        voice.taken += 1
        s.left[n], s.right[n], s.sent[n] = wave, wave, np.float32(glide(s.hall)) * wave


@_compiled
def _is_bowed(s: Any) -> bool:
    return s.loudness_db > RESTS_DB and s.loudness_db != s.silenced_db


@_compiled
def _has_faded(voice: Any) -> bool:
    loudest = np.float32(0.0)
    for i in range(AMPLITUDES):
        loudest = max(loudest, voice.goal[i])
    return loudest == 0.0


@_compiled
def _think(s: Any, rate: float) -> None:
    """The next hop: what it is to have become at its end."""
    voice = s.voice
    f0 = s.hertz * 2.0 ** (s.shift_st / 12.0)
    turn(voice, f0, rate)
    if not _is_bowed(s):
        for i in range(AMPLITUDES):
            voice.goal[i] = 0.0
        return
    which = min(max(np.int64(s.instrument + 0.5), 0), len(INSTRUMENTS) - 1) + 1
    if s.model < 0.5:
        which = 0
    mind.think(s.minds[which], s.memory, s.scratch, voice, f0, s.loudness_db, rate)
    for i in range(AMPLITUDES):
        gain = s.harmonic_gain if i < HARMONICS else s.noise_gain
        voice.goal[i] = min(voice.goal[i] * np.float32(gain), np.float32(np.e))


@follower.prepare
def _begin(s: Any, rate: float) -> None:
    s["silenced_db"] = np.nan
    begin_noise(s["noise"], rate)
    for number in range(MINDS):
        mind.begin(s["minds"][number], rate)
    mind.forget(s["memory"])
    scatter(s["voice"], 0)
    if INSTRUMENTS[0] in furnish(s, rate):  # whose hall all of them share
        learn_hall(s["room"], *in_stereo(plain_hall(rate), rate))
