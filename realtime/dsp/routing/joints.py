"""How sound gets from chain to chain: a pair of wires cleared, added to, folded into one, faded over from another."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

FADE_FRAMES = 512

NOTHING = np.dtype([("nothing", "i8")])
SEND = np.dtype([("level_db", GLIDE), ("heard", GLIDE)], align=True)
FADE = np.dtype([("done", "i8")], align=True)


@kernel(NOTHING)
def clear(s: Any, yl: Any, yr: Any, frames: int) -> None:
    """Silence, for others to add to. [audio]"""
    for n in range(frames):
        yl[n], yr[n] = 0.0, 0.0


@kernel(SEND, Knob("level_db", MUTE_DB, 12.0, 0.0, unit="dB"), Knob("heard", 0.0, 1.0, 1.0))
def send(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Add one chain to another. [audio]"""
    db, level = np.nan, 1.0
    for n in range(frames):
        now = glide(s.level_db)
        if now != db:
            db, level = now, factor(now)
        part = level * glide(s.heard)
        yl[n] += tame(xl[n]) * part
        yr[n] += tame(xr[n]) * part


@kernel(NOTHING)
def fold(s: Any, xl: Any, xr: Any, y: Any, frames: int) -> None:
    """Two channels in one, as loud as their mean, for an effect that hears one. [audio]"""
    for n in range(frames):
        y[n] = 0.5 * (tame(xl[n]) + tame(xr[n]))


@kernel(NOTHING)
def double(s: Any, x: Any, yl: Any, yr: Any, frames: int) -> None:
    """One channel on both sides, behind an effect that has one. [audio]"""
    for n in range(frames):
        yl[n], yr[n] = x[n], x[n]


@kernel(FADE)
def fade(s: Any, x_old_l: Any, x_old_r: Any, x_new_l: Any, x_new_r: Any, yl: Any, yr: Any, frames: int) -> None:
    """From code that goes to the code that takes its place; what either sends that is no number is silence. [audio]"""
    for n in range(frames):
        part = min(s.done / FADE_FRAMES, 1.0)
        old_left, old_right = tame(x_old_l[n]), tame(x_old_r[n])
        yl[n] = old_left + part * (tame(x_new_l[n]) - old_left)
        yr[n] = old_right + part * (tame(x_new_r[n]) - old_right)
        s.done += 1
