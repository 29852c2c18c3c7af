"""A room around the sound, from a chamber to a cathedral.

One hears, in this order: the sound itself; after the pre-delay the first walls, a handful of echoes that say how large
the room is; and a tail that is dense before one could count (see `tail`), since what feeds it is smeared by four
allpasses a side (M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10(3), 1962). `decay_s` is the
time in which the middle dies by 60 dB; bass and treble take `low` and `high` times as long.

The tail is as strong as what feeds it, however long it lasts: a longer decay fills the room, and does not drown it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.line import LEAST_DELAY, between
from realtime.dsp.piecewise import glide_on
from realtime.dsp.tail import PIECE, TAIL, prepare_tail, ring, set_out
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

WAY_FRAMES = 1 << 16
"""340 ms at 192 kHz, from the source to the last of the first walls."""

SMEARS, SMEAR_FRAMES = 4, 1 << 12
SMEARS_MS = ((2.31, 5.03, 8.69, 13.17), (2.87, 4.61, 9.47, 12.23))
SMEAR = 0.65

WALLS = 7
WALLS_MS = ((7.3, 12.9, 19.7, 26.3, 37.9, 49.1, 63.7), (8.9, 11.3, 21.1, 29.9, 34.7, 52.3, 59.9))
WALLS_GAIN = (0.52, -0.44, 0.41, 0.36, -0.31, 0.27, 0.23)
"""Of about the power of the tail, all together; each second one is of the other side."""

REVERB = np.dtype(
    [
        ("decay_s", GLIDE),
        ("low", GLIDE),
        ("high", GLIDE),
        ("size", GLIDE),
        ("predelay_s", GLIDE),
        ("motion", GLIDE),
        ("early", GLIDE),
        ("width", GLIDE),
        ("mix", GLIDE),
        ("phase", "i8"),  # frames since the knobs were looked at
        ("frame", "i8"),
        ("before", "f8"),  # the pre-delay in frames, at the beginning of the piece
        ("walls", "f8", (2, WALLS)),  # how late each wall is, the same
        ("drift", "f8", (2, WALLS)),
        ("before_drift", "f8"),
        ("begun", "i8"),
        ("walls_gain", "f8", (WALLS,)),
        ("smears", "i8", (2, SMEARS)),  # lengths in frames
        ("walls_s", "f8", (2, WALLS)),
        ("tail", TAIL),
        ("smeared", "f4", (2, SMEARS, SMEAR_FRAMES)),
        ("way", "f4", (2, WAY_FRAMES)),
    ],
    align=True,
)


@kernel(
    REVERB,
    Knob("decay_s", 0.2, 8.0, 1.9, unit="s", curve="log"),
    Knob("low", 0.5, 1.5, 1.1),
    Knob("high", 0.1, 1.0, 0.45),
    Knob("size", 0.3, 1.5, 0.9),
    Knob("predelay_s", 0.0, 0.2, 0.012, unit="s"),
    Knob("motion", 0.0, 1.0, 0.4),
    Knob("early", 0.0, 1.0, 0.4),  # of the walls; the tail stays
    Knob("width", 0.0, 1.0, 1.0),
    Knob("mix", 0.0, 1.0, 0.25),  # from dry to the room alone, equally powerful all the way
)
def reverb(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Pre-delay, first walls, and the tail of a network of sixteen lines. [audio]"""
    mask = WAY_FRAMES - 1
    way, fed, heard = s.way, s.tail.fed, s.tail.heard
    mix, dry, wet = np.nan, 1.0, 0.0
    done = 0
    while done < frames:
        if s.phase == 0:
            _look_at_the_knobs(s, rate)
        piece = min(frames - done, PIECE - s.phase)
        for n in range(piece):
            at = (s.frame + n) & mask
            way[0, at], way[1, at] = settle(tame(xl[done + n])), settle(tame(xr[done + n]))
        for side in range(2):
            for n in range(piece):
                fed[side, n] = between(way[side], s.frame + n, s.before + s.before_drift * (s.phase + n))
            for each in range(SMEARS):
                _smear(fed[side], s.smeared[side, each], s.smears[side, each], s.frame, piece)
        ring(s.tail, s.phase, piece)
        for n in range(piece):
            now = glide(s.mix)
            if now != mix:
                mix, dry, wet = now, np.cos(0.5 * np.pi * now), np.sin(0.5 * np.pi * now)
                dry, wet = (dry, wet) if now < 1.0 else (0.0, 1.0)
            early, width, k = glide(s.early), glide(s.width), s.phase + n
            left, right = heard[0, n], heard[1, n]
            for wall in range(WALLS):
                gain = early * s.walls_gain[wall]
                late_l, late_r = s.walls[0, wall] + s.drift[0, wall] * k, s.walls[1, wall] + s.drift[1, wall] * k
                left += gain * between(way[wall & 1], s.frame + n, late_l)
                right += gain * between(way[1 - (wall & 1)], s.frame + n, late_r)
            middle, side_ = 0.5 * (left + right), 0.5 * width * (left - right)
            yl[done + n] = dry * tame(xl[done + n]) + wet * (middle + side_)
            yr[done + n] = dry * tame(xr[done + n]) + wet * (middle - side_)
        s.frame += piece
        s.phase = (s.phase + piece) % PIECE
        done += piece


@reverb.prepare
def _build(s: Any, rate: float) -> None:
    s["smears"] = np.minimum(np.rint(np.array(SMEARS_MS) * 1e-3 * rate), SMEAR_FRAMES - 1)
    s["walls_s"] = np.array(WALLS_MS) * 1e-3
    s["walls_gain"] = WALLS_GAIN
    prepare_tail(s["tail"], rate)


@njit(error_model="numpy")
def _look_at_the_knobs(s: Any, rate: float) -> None:
    decay, size = glide_on(s.decay_s, PIECE), glide_on(s.size, PIECE)
    decays = decay * glide_on(s.low, PIECE), decay, decay * glide_on(s.high, PIECE)
    set_out(s.tail, rate, decays, size, glide_on(s.motion, PIECE))
    before = max(s.predelay_s.target * rate, LEAST_DELAY)
    glide_on(s.predelay_s, PIECE)
    begins = s.before + s.before_drift * PIECE if s.begun else before
    s.before, s.before_drift = begins, _way(begins, before)
    for side in range(2):
        for wall in range(WALLS):
            goal = min(before + s.walls_s[side, wall] * s.tail.size * rate, WAY_FRAMES - 4.0)
            begins = s.walls[side, wall] + s.drift[side, wall] * PIECE if s.begun else goal
            s.walls[side, wall], s.drift[side, wall] = begins, _way(begins, goal)
    s.begun = 1


@njit(inline="always", error_model="numpy")
def _way(begins: float, goal: float) -> float:
    """How a place changes from frame to frame on its way to another: soon there, but never so fast that
    sound bends up by more than a tritone."""
    left = goal - begins
    return left / PIECE if abs(left) < 0.01 else min(max(0.02 * left / PIECE, -0.4), 0.4)


@njit(error_model="numpy")
def _smear(x: Any, ring: Any, length: int, frame: int, frames: int) -> None:
    """An allpass: all of the sound passes, but not at once."""
    mask = SMEAR_FRAMES - 1
    for n in range(frames):
        old = np.float64(ring[(frame + n - length) & mask])
        now = settle(x[n] - SMEAR * old)
        x[n] = old + SMEAR * now
        ring[(frame + n) & mask] = now
