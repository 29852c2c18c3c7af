"""The cello: 32 strings that a network makes sound, in the block in which the key is pressed; and its family.

What flows in: the events of a slice. What flows out: two channels, added to what the bus already carries. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.strings import brain as mind
from realtime.dsp.strings import hand as hands
from realtime.dsp.strings.bank import BANK
from realtime.dsp.strings.controls import CONTROLS
from realtime.dsp.strings.desk import DESK, MIX, PIECE, sound
from realtime.dsp.strings.hall import HALL, learn_hall, resound
from realtime.dsp.strings.hand import follow, look_at_knob
from realtime.dsp.strings.instrument import INSTRUMENTS, LOWEST_KEYS, MINDS, furnish, in_stereo, plain_hall
from realtime.dsp.strings.noise import NOISE, begin_noise, scatter
from realtime.dsp.strings.places import FREE, HAND, STRINGS
from realtime.dsp.strings.scales import A4_KEY, FARTHEST_ST
from realtime.dsp.strings.sizes import FRAMES_A_SECOND
from realtime.events import TUNE
from realtime.kernel import Knob, kernel

CELLO = np.dtype(
    [
        ("level_db", GLIDE),
        ("instrument", "f8"),
        ("model", "f8"),
        ("mode", "f8"),
        ("a4_hz", "f8"),
        ("width", "f8"),
        *((control.name, "f8") for control in CONTROLS),
        ("tuning", "f8", (128,)),  # of each key, in semitones: 69 is a4_hz
        ("hand", HAND),
        ("bank", BANK),
        ("scratch", mind.SCRATCH),
        ("mix", MIX),
        ("desks", DESK, (STRINGS,)),
        ("room", HALL),
        ("noise", NOISE),
        ("minds", mind.BRAIN, (MINDS,)),
    ],
    align=True,
)


@njit(error_model="numpy")
def look(s: Any) -> None:
    """Which knobs were turned, field by field, since a record has no loop over names. [audio]"""
    look_at_knob(s.hand, 0, s.expression)
    look_at_knob(s.hand, 1, s.breath)
    look_at_knob(s.hand, 2, s.volume)
    look_at_knob(s.hand, 3, s.vibrato)
    look_at_knob(s.hand, 4, s.vibrato_rate)
    look_at_knob(s.hand, 5, s.vibrato_delay)
    look_at_knob(s.hand, 6, s.human)
    look_at_knob(s.hand, 7, s.bow_pressure)
    look_at_knob(s.hand, 8, s.bow_position)
    look_at_knob(s.hand, 9, s.mute)
    look_at_knob(s.hand, 10, s.portamento)
    look_at_knob(s.hand, 11, s.attack)
    look_at_knob(s.hand, 12, s.release)
    look_at_knob(s.hand, 13, s.accent)
    look_at_knob(s.hand, 14, s.tremolo)
    look_at_knob(s.hand, 15, s.tremolo_rate)
    look_at_knob(s.hand, 16, s.trill)
    look_at_knob(s.hand, 17, s.trill_rate)
    look_at_knob(s.hand, 18, s.flageolet)
    look_at_knob(s.hand, 19, s.hair)
    look_at_knob(s.hand, 20, s.playing)
    look_at_knob(s.hand, 21, s.hall)
    look_at_knob(s.hand, 22, s.pan)
    look_at_knob(s.hand, 23, s.slurring)


@njit(error_model="numpy")
def retune(s: Any, key: int, semitones: float) -> None:
    """A key's pitch from now on; what sounds there goes to it within a frame of the string. [audio]"""
    if key < 128 and abs(semitones - A4_KEY) <= FARTHEST_ST:  # which nothing is that is no number
        s.tuning[key] = semitones


@kernel(
    CELLO,
    Knob("level_db", MUTE_DB, 24.0, 6.0, unit="dB"),
    Knob("instrument", 0.0, float(len(INSTRUMENTS) - 1), 0.0),  # cello, violin, contrabass, one's own
    Knob("model", 0.0, 1.0, 1.0),  # 0 the string of physics alone, 1 the network
    Knob("mode", 0.0, 2.0, 0.0),  # 0 a player a channel, who slurs; 1 a string a key; 2 the same for MPE
    Knob("a4_hz", 415.0, 466.2, 440.0, unit="Hz"),
    Knob("width", 0.0, 1.0, 0.3),
    *(Knob(each.name, each.low, each.high, each.default, each.unit, each.curve) for each in CONTROLS),
)
def cello(s: Any, yl: Any, yr: Any, events: Any, rate: float, frame: int, frames: int) -> None:
    """A bowed string that thinks: notes, slurs, pedals, pressure and 24 controls, a channel a player. [audio]"""
    look(s)
    which = min(max(np.int64(s.instrument + 0.5), 0), len(INSTRUMENTS) - 1)
    s.hand.mode, s.hand.lowest_key = min(max(np.int64(s.mode + 0.5), 0), 2), LOWEST_KEYS[which]
    for e in range(len(events)):
        if events[e].kind == TUNE:
            retune(s, events[e].number, events[e].value)
        else:
            follow(s.hand, events[e], frame)
    hop = np.int64(rate / FRAMES_A_SECOND + 0.5)
    done = 0
    while done < frames:
        piece = min(frames - done, PIECE)
        for n in range(piece):
            s.mix.left[n], s.mix.right[n], s.mix.sent[n] = 0.0, 0.0, 0.0
        for each in range(STRINGS):
            if s.hand.strings[each].stage != FREE:
                sound(s, each, s.minds[which + 1], piece, rate, hop, hop / rate)
        resound(s.room, s.mix.sent, s.mix.left, s.mix.right, piece)
        for n in range(piece):
            level = factor(glide(s.level_db))
            yl[done + n] += np.float32(level) * s.mix.left[n]
            yr[done + n] += np.float32(level) * s.mix.right[n]
        done += piece


@cello.prepare
def _begin(s: Any, rate: float) -> None:
    s["tuning"] = np.arange(128)
    hands.begin(s["hand"], rate, LOWEST_KEYS[0])
    begin_noise(s["noise"], rate)
    for number in range(MINDS):
        mind.begin(s["minds"][number], rate)
    for number in range(STRINGS):
        scatter(s["desks"][number]["voice"], number)
    furnish(s, rate)
    if not s["room"]["response"].any():
        learn_hall(s["room"], *in_stereo(plain_hall(rate), rate))
