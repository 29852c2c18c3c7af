"""Warmth: a valve that bends a wave the more the louder it is, with overtones even and odd.

Only what is bent is worked on: the curve less the straight line. The straight line goes around all filters, so that
without drive the sound passes bit by bit, and with it nothing of the treble is lost. Loudness stays about where it is:
what peaks at REFERENCE_DB leaves as high as it came, whatever the drive.

Overtones above half the rate would come back as tones that belong to no note. They are kept out twice: the curve is
bent at four times the rate, and there not sample by sample but averaged over the way from one to the next, which is
the difference of its antiderivative (J. D. Parker, V. Zavalishin, E. Le Bivic, "Reducing the aliasing of nonlinear
waveshaping using continuous-time convolution", DAFx 2016). The curve u/√(1+u²) has √(1+u²) for an antiderivative, so
that the quotient of differences, which elsewhere breaks down where two samples are alike, is here
(a+b)/(√(1+a²)+√(1+b²)).

The latency is the filters': 39 frames, to which averaging twice over a quarter of one brings them in full.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.oversample import DOWN, DOWN_DELAY, FED, GIVEN, PIECE, TAPS, UP, UP_DELAY, down, prepare_taps, up
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

LATENCY_FRAMES = (UP_DELAY + DOWN_DELAY + 1) // 4

REFERENCE_DB = -12.0
REFERENCE = 10.0 ** (REFERENCE_DB / 20.0)
LEAST_DRIVE = 1e-3
"""60 dB under full scale the bend of so faint a drive is nothing that a float32 could hold."""

HARDEST = 40.0
"""What a drive of 1 multiplies the wave by, before it is bent."""

LEANING = 0.75
"""How far off its middle the valve idles, at an `even` of 1."""

SETTLES_HZ = 8.0
"""Even overtones come with an offset; it is taken out of what was bent, below all that sounds."""

SIDE = np.dtype(
    [
        ("up", UP),
        ("down", DOWN),
        ("straight", "f8", (LATENCY_FRAMES + PIECE,)),
        ("last", "f8"),
        ("bent", "f8"),
        ("offset", "f8"),
    ],
    align=True,
)
SATURATION = np.dtype(
    [
        ("drive", GLIDE),
        ("even", GLIDE),
        ("mix", GLIDE),
        ("taps", TAPS),
        ("hardness", "f8", (PIECE,)),
        ("leaning", "f8", (PIECE,)),
        ("part", "f8", (PIECE,)),
        ("sides", SIDE, (2,)),
    ],
    align=True,
)


@kernel(
    SATURATION,
    Knob("drive", 0.0, 1.0, 0.0),
    Knob("even", 0.0, 1.0, 0.5),
    Knob("mix", 0.0, 1.0, 1.0),
    latency_frames=LATENCY_FRAMES,
)
def saturation(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """A valve's curve, free of aliases and of offset. [audio]"""
    settles = 1.0 - np.exp(-2.0 * np.pi * SETTLES_HZ / rate)
    done = 0
    while done < frames:
        piece = min(frames - done, PIECE)
        for n in range(piece):
            drive = glide(s.drive)
            s.hardness[n] = HARDEST * drive * drive
            s.leaning[n] = LEANING * glide(s.even)
            s.part[n] = glide(s.mix)
        for n in range(piece):
            s.sides[0].straight[LATENCY_FRAMES + n] = tame(xl[done + n])
            s.sides[1].straight[LATENCY_FRAMES + n] = tame(xr[done + n])
        for side in range(2):
            _bend(s, s.sides[side], piece, settles)
        for n in range(piece):
            yl[done + n], yr[done + n] = s.sides[0].down.once[n], s.sides[1].down.once[n]
        done += piece


@saturation.prepare
def _fill(s: Any, _rate: float) -> None:
    prepare_taps(s["taps"])


@njit(error_model="numpy")
def _bend(s: Any, side: Any, frames: int, settles: float) -> None:
    """From `straight` to `down.once`, where the straight line and what bends away from it meet again."""
    straight, four, given, once = side.straight, side.up.four, side.down.four, side.down.once
    for n in range(frames):
        side.up.once[FED + n] = straight[LATENCY_FRAMES + n]
    up(side.up, s.taps, frames)
    last, before = side.last, side.bent
    for n in range(frames):
        hardness, leaning = s.hardness[n], s.leaning[n]
        drives = hardness > LEAST_DRIVE
        root = np.sqrt(1.0 + leaning * leaning)
        rest = leaning / root
        gain = root * root * root / hardness if drives else 0.0
        for quarter in range(4 * n, 4 * n + 4):
            now, bent = four[quarter], 0.0
            if drives:
                a, b = hardness * last + leaning, hardness * now + leaning
                curve = (a + b) / (np.sqrt(1.0 + a * a) + np.sqrt(1.0 + b * b))
                bent = gain * (curve - rest) - 0.5 * (last + now)
            given[GIVEN + quarter] = 0.5 * (bent + before)
            last, before = settle(now), bent
    side.last, side.bent = last, before
    down(side.down, s.taps, frames)
    offset = side.offset
    for n in range(frames):
        bent = once[n] - offset
        offset = settle(offset + settles * bent)
        hardness = s.hardness[n]
        height = 1.0
        if hardness > LEAST_DRIVE:
            leaning, swing = s.leaning[n], hardness * REFERENCE
            up_there, down_there = leaning + swing, leaning - swing
            root = np.sqrt(1.0 + leaning * leaning)
            reached = up_there / np.sqrt(1.0 + up_there * up_there) - down_there / np.sqrt(
                1.0 + down_there * down_there
            )
            height = 2.0 * swing / (root * root * root * reached)
        line = straight[n]
        once[n] = line + s.part[n] * (height * (line + bent) - line)
    side.offset = offset
    for i in range(LATENCY_FRAMES):
        straight[i] = straight[i + frames]
