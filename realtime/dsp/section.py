"""One bend in a frequency response: a resonance of second order, and how much of what it hears is let out.

The filter is the state-variable filter with trapezoidal integrators (A. Simper, "Linear trapezoidal integrated state
variable filter", 2011): the charges of two capacitors are its state, and stay what they are while its corner moves,
so that it can be swept without a click or a burst. What drives it are five numbers: `g` and `k` say where it rings and
how long, `high`, `band` and `low` how much of each part is heard.

They are chosen so that the response is the analogue one, up to the top of the hearing: the poles go where the analogue
ones fall through exp(s T), and the gain is the analogue one at three places, at nought, at the corner and at half the
rate (M. Vicanek, "Matched second order digital filters", 2016). In these five numbers that is three lines of
arithmetic, since `low` is the gain at nought and `high` that at half the rate. The usual bilinear transform squeezes
all that lies between 24 kHz and infinity into the top octave: a bell at 12 kHz comes out half as wide on its right.

What flows in: pieces of two channels. What flows out: the same, filtered in place. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.tame import FAINTEST

PIECE = 16
"""Frames between two looks at the knobs; in between the five numbers go straight from here to there."""

HIGHEST = 0.49
"""Of the rate: no corner lies higher."""

NUMBERS = 5
SECTION = np.dtype(
    [
        ("now", "f8", (NUMBERS,)),  # g, k, high, band, low
        ("goal", "f8", (NUMBERS,)),
        ("step", "f8", (NUMBERS,)),
        ("charge", "f8", (2, 2)),  # side, capacitor
        ("moves", "i8"),
        ("sounds", "i8"),  # no, where it lets all pass: then it costs nothing
        ("begun", "i8"),
    ],
    align=True,
)


@njit(error_model="numpy")
def place(section: Any, corner: float, damping: float, ratio: float, gains: tuple[float, float, float]) -> None:
    """Send a section to a resonance at `ratio` of its corner (a part of the rate), with the response's gains at
    nought, at the corner and at half the rate. [audio]"""
    at_nought, at_corner, at_half = gains
    omega = 2.0 * np.pi * corner
    pole = omega * ratio
    if damping < 1.0:
        turn = np.sqrt(1.0 - damping * damping)
        pole = min(pole, 0.98 * np.pi / turn)  # a resonance above half the rate would come back as one below
        both = 2.0 * np.exp(-damping * pole) * np.cos(turn * pole)
    else:
        apart = np.sqrt(damping * damping - 1.0)
        both = np.exp((apart - damping) * pole) + np.exp(-(apart + damping) * pole)
    product = np.exp(-2.0 * damping * pole)
    g = np.sqrt((1.0 - both + product) / (1.0 + both + product))
    k = 2.0 * (1.0 - product) / ((1.0 + both + product) * g)
    t = np.tan(0.5 * omega)
    gg, tt = g * g, t * t
    wanted = at_corner * at_corner * ((gg - tt) * (gg - tt) + k * k * gg * tt)
    beside = at_nought * gg - at_half * tt
    band = np.sqrt(max(wanted - beside * beside, 0.0)) / (g * t)
    _aim(section, g, k, at_half, band - at_half * k, at_nought - at_half)


@njit(error_model="numpy")
def let_pass(section: Any) -> None:
    """Send a section to where it changes nothing, bit by bit. [audio]"""
    _aim(section, section.goal[0], section.goal[1], 1.0, 0.0, 0.0)


@njit(error_model="numpy")
def invert(section: Any) -> None:
    """What a section was just sent to, upside down: a cut that undoes the boost. The poles that are matched best are
    narrow and far from half the rate, so of a boost and its cut one comes out truer, and lends itself to the other.
    [audio]"""
    g, k, high, low = section.goal[0], section.goal[1], section.goal[2], section.goal[4]
    band, low = section.goal[3] + high * k, low + high
    turned = g * np.sqrt(low / high)
    _aim(section, turned, band * g / (high * turned), 1.0 / high, (k - band / high) * g / (high * turned), 0.0)
    section.goal[4] = 1.0 / low - 1.0 / high


@njit(error_model="numpy")
def blend(section: Any, part: float) -> None:
    """Of what a section was just sent to, only a part; the rest is let pass. [audio]"""
    goal = section.goal
    _aim(section, goal[0], goal[1], 1.0 + part * (goal[2] - 1.0), part * goal[3], part * goal[4])


@njit(error_model="numpy")
def depart(section: Any) -> None:
    """Begin a piece: from where it is to where it was sent. To be called every PIECE frames, after `place`. [audio]"""
    now, goal, step = section.now, section.goal, section.step
    moves = False
    for i in range(NUMBERS):
        if section.begun == 0:
            now[i] = goal[i]
        step[i] = (goal[i] - now[i]) / PIECE
        moves = moves or step[i] != 0.0
    section.begun, section.moves = 1, moves
    section.sounds = moves or now[2] != 1.0 or now[3] != 0.0 or now[4] != 0.0
    if not section.sounds:
        for side in range(2):
            section.charge[side, 0], section.charge[side, 1] = 0.0, 0.0


@njit(error_model="numpy")
def arrive(section: Any) -> None:
    """End a piece: exactly where it was sent, whatever the steps have summed up to. [audio]"""
    if section.moves:
        for i in range(NUMBERS):
            section.now[i] = section.goal[i]


@njit(error_model="numpy")
def run(section: Any, left: Any, right: Any, frames: int) -> None:
    """Filter so many frames of both sides in place. [audio]"""
    now, step, charge = section.now, section.step, section.charge
    g, k, high, band, low = now[0], now[1], now[2], now[3], now[4]
    l1, l2, r1, r2 = charge[0, 0], charge[0, 1], charge[1, 0], charge[1, 1]
    a1 = 1.0 / (1.0 + g * (g + k))
    a2 = g * a1
    a3 = g * a2
    for n in range(frames):
        if section.moves:
            g, k, high, band, low = g + step[0], k + step[1], high + step[2], band + step[3], low + step[4]
            a1 = 1.0 / (1.0 + g * (g + k))
            a2 = g * a1
            a3 = g * a2
        pull = left[n] - l2
        middle, bottom = a1 * l1 + a2 * pull, l2 + a2 * l1 + a3 * pull
        l1, l2 = _settle_both(2.0 * middle - l1, 2.0 * bottom - l2)
        left[n] = high * left[n] + band * middle + low * bottom
        pull = right[n] - r2
        middle, bottom = a1 * r1 + a2 * pull, r2 + a2 * r1 + a3 * pull
        r1, r2 = _settle_both(2.0 * middle - r1, 2.0 * bottom - r2)
        right[n] = high * right[n] + band * middle + low * bottom
    now[0], now[1], now[2], now[3], now[4] = g, k, high, band, low
    charge[0, 0], charge[0, 1], charge[1, 0], charge[1, 1] = l1, l2, r1, r2


@njit(inline="always", error_model="numpy")
def _aim(section: Any, g: float, k: float, high: float, band: float, low: float) -> None:
    goal = section.goal
    goal[0], goal[1], goal[2], goal[3], goal[4] = g, k, high, band, low


@njit(inline="always", error_model="numpy")
def _settle_both(a: float, b: float) -> tuple[float, float]:
    """Two that move each other come to rest together: at 5 Hz one that is stopped alone would hold the other up."""
    return (0.0, 0.0) if abs(a) < FAINTEST and abs(b) < FAINTEST else (a, b)
