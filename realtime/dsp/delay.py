"""Echoes of a tape machine: each a little darker, thinner and rounder than the one before.

Turning the time moves the tape's head: what is on the tape bends in pitch until the head has arrived, and nothing
clicks. With `cross` at 1 echoes fly from side to side. At rest the head stands on a whole sample, so that echoes lose
treble to the filters and not to the head.

Echoes end. Whatever the feedback, they sink by 60 dB in no more than ENDS_S, and what has sunk into the tape's noise
is gone; and whatever comes in, the tape's own saturation bounds what goes around.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.line import between, travel
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

LONGEST_S = 2.0
LINE_FRAMES = 1 << 19
"""Two seconds at 192 kHz, and some."""

ENDS_S = 14.0

NEAR_S, FASTEST = 0.12, 0.6
"""How soon the head is near where it is sent, and how fast it moves at most: up it bends by a sixth, down a tenth."""

TAPE = 1.5
"""Where the tape saturates: 3.5 dB over full scale, a single echo hardly gets there."""

NOISE = 3e-4
"""−70 dB: below it the tape is deaf."""

DELAY = np.dtype(
    [
        ("time_s", GLIDE),
        ("feedback", GLIDE),
        ("cross", GLIDE),
        ("low_cut_hz", GLIDE),
        ("high_cut_hz", GLIDE),
        ("mix", GLIDE),
        ("frame", "i8"),
        ("head", "f8"),  # frames behind the pen
        ("bass", "f8", (2,)),
        ("dark", "f8", (2,)),
        ("lines", "f4", (2, LINE_FRAMES)),
    ],
    align=True,
)


@kernel(
    DELAY,
    Knob("time_s", 0.02, LONGEST_S, 0.35, unit="s", curve="log"),
    Knob("feedback", 0.0, 0.95, 0.35),
    Knob("cross", 0.0, 1.0, 0.0),  # 0 each side its own echoes, 1 from side to side
    Knob("low_cut_hz", 20.0, 2_000.0, 90.0, unit="Hz", curve="log"),
    Knob("high_cut_hz", 500.0, 20_000.0, 6_000.0, unit="Hz", curve="log"),
    Knob("mix", 0.0, 1.0, 0.25),  # from dry to echoes alone, equally powerful all the way
)
def delay(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Stereo echoes with feedback, filters and a tape's saturation. [audio]"""
    left, right = s.lines[0], s.lines[1]
    mask = LINE_FRAMES - 1
    near = 1.0 - np.exp(-1.0 / (NEAR_S * rate))
    head, frame = s.head, s.frame
    bass_l, bass_r, dark_l, dark_r = s.bass[0], s.bass[1], s.dark[0], s.dark[1]
    low_hz, high_hz, measured, mix = np.nan, np.nan, np.nan, np.nan
    thin = darken = most = dry = wet = 0.0
    for n in range(frames):
        goal = np.rint(min(glide(s.time_s) * rate, LINE_FRAMES - 4.0))
        head = travel(head, goal, near, FASTEST) if head > 0.0 else goal
        if head != measured:
            measured = head
            most = np.exp(-6.907755278982137 * head / (ENDS_S * rate))  # a thousandth, in nepers
        now = glide(s.low_cut_hz)
        if now != low_hz:
            low_hz, thin = now, 1.0 - np.exp(-2.0 * np.pi * now / rate)
        now = glide(s.high_cut_hz)
        if now != high_hz:
            high_hz, darken = now, 1.0 - np.exp(-2.0 * np.pi * now / rate)
        now = glide(s.mix)
        if now != mix:
            mix, dry, wet = now, np.cos(0.5 * np.pi * now), np.sin(0.5 * np.pi * now)
            dry, wet = (dry, wet) if now < 1.0 else (0.0, 1.0)
        back, cross = min(glide(s.feedback), most), glide(s.cross)

        echo_l, echo_r = between(left, frame, head), between(right, frame, head)
        bass_l, bass_r = settle(bass_l + thin * (echo_l - bass_l)), settle(bass_r + thin * (echo_r - bass_r))
        dark_l = settle(dark_l + darken * (echo_l - bass_l - dark_l))
        dark_r = settle(dark_r + darken * (echo_r - bass_r - dark_r))
        around_l, around_r = back * _tape(dark_l), back * _tape(dark_r)
        dry_l, dry_r = tame(xl[n]), tame(xr[n])
        middle = 0.7071067811865476 * (dry_l + dry_r)
        left[frame & mask] = settle(dry_l + cross * (middle - dry_l) + around_l + cross * (around_r - around_l))
        right[frame & mask] = settle((1.0 - cross) * dry_r + around_r + cross * (around_l - around_r))
        yl[n], yr[n] = dry * dry_l + wet * dark_l, dry * dry_r + wet * dark_r
        frame += 1
    s.head, s.frame = head, frame
    s.bass[0], s.bass[1], s.dark[0], s.dark[1] = bass_l, bass_r, dark_l, dark_r


@njit(inline="always", error_model="numpy")
def _tape(x: float) -> float:
    """As it came while it is neither loud nor nearly nothing."""
    power = x * x
    return x * (power / (power + NOISE * NOISE)) / np.sqrt(1.0 + power * (1.0 / (TAPE * TAPE)))
