"""Four times the rate, and back again: room above the hearing for what a bent wave throws up there.

Up go two half-band filters of linear phase, the first steep, from 19.5 to 28.5 kHz at a card of 48, the second with two
octaves to fall in: every other tap of such a filter is nought and the middle one a half, so that it costs a quarter.
Down goes the second of them again and then a full filter, from 17 to 24 kHz: a half-band one would let a quarter of
what lies just above half the rate come back just below. All are designed by Kaiser's window (J. F. Kaiser,
"Nonrecursive digital filter design using the I0-sinh window function", 1974) to keep out by 90 dB what is to be kept
out.

What flows in: pieces of one channel at the card's rate, or at four times of it. What flows out: the same piece at the
other. Each side keeps as many samples of what has been as its filters reach back. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

PIECE = 32
"""Frames that are worked on in one go."""

STEEP, WIDE = 16, 5
"""Taps on each side of the middle that are not nought: 63 taps of which 33 count, 19 of which 11."""

THIN = 38
"""Taps on each side of the filter that is last on the way down; it has no middle one, its delay ends in a half."""

THIN_CORNER = 20.4 / 96.0
"""Of twice the rate: half way between what it keeps and what it keeps out."""

BETA = 9.0
"""Kaiser's shape: how deep that is which is kept out."""

UP_DELAY = 2 * (2 * STEEP - 1) + (2 * WIDE - 1)
"""By so many quarter frames a sound is later, once it is at four times the rate."""

TAPS = np.dtype([("steep", "f8", (STEEP,)), ("wide", "f8", (WIDE,)), ("thin", "f8", (THIN,))], align=True)

DOWN_DELAY = (2 * WIDE - 1) + (2 * THIN - 1)
"""And by so many more, counted the same, once it is back."""

_REACH_STEEP, _REACH_WIDE = 2 * STEEP, 2 * WIDE
FED = _REACH_STEEP
"""Where in `once` of an UP the piece begins that it is given."""

UP = np.dtype(
    [
        ("once", "f8", (_REACH_STEEP + PIECE,)),  # what has been, and then this piece
        ("twice", "f8", (_REACH_WIDE + 2 * PIECE,)),
        ("four", "f8", (4 * PIECE,)),  # what `up` makes
    ],
    align=True,
)
DOWN = np.dtype(
    [
        ("four", "f8", (4 * WIDE + 4 * PIECE,)),  # what has been, and then what `down` is given
        ("twice", "f8", (2 * THIN + 2 * PIECE,)),
        ("once", "f8", (PIECE,)),  # what `down` makes
    ],
    align=True,
)
GIVEN = 4 * WIDE
"""Where in `four` of a DOWN the piece begins that it is given."""


def prepare_taps(taps: Any) -> None:
    """Fill the taps of both filters into a fresh state. [main]"""
    for name, count in (("steep", STEEP), ("wide", WIDE)):
        odd = 2 * np.arange(count) + 1  # how far from the middle, in samples of the higher rate
        half = np.sin(0.5 * np.pi * odd) / odd * _window(odd / (2 * count))
        taps[name] = half * (0.25 / half.sum())  # so that a steady sample stays exactly as loud
    far = np.arange(THIN) + 0.5
    half = np.sin(2.0 * np.pi * THIN_CORNER * far) / far * _window(far / THIN)
    taps["thin"] = half * (0.5 / half.sum())


def _window(place: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kaiser's, from 1 in the middle to nearly nought at 1."""
    shape: npt.NDArray[np.float64] = np.i0(BETA * np.sqrt(1.0 - place * place)) / np.i0(BETA)
    return shape


@njit(error_model="numpy")
def up(u: Any, taps: Any, frames: int) -> None:
    """From the piece in `once` (from FED on; before it stands what has been) to `four`. [audio]"""
    _double(u.once, taps.steep, STEEP, u.twice, _REACH_WIDE, frames)
    _double(u.twice, taps.wide, WIDE, u.four, 0, 2 * frames)
    _move_on(u.once, _REACH_STEEP, frames)
    _move_on(u.twice, _REACH_WIDE, 2 * frames)


@njit(error_model="numpy")
def down(d: Any, taps: Any, frames: int) -> None:
    """From the piece in `four`, from GIVEN on, to `once`. [audio]"""
    _halve(d.four, taps.wide, WIDE, d.twice, 2 * THIN, 2 * frames)
    _thin(d.twice, taps.thin, d.once, frames)
    _move_on(d.four, 4 * WIDE, 4 * frames)
    _move_on(d.twice, 2 * THIN, 2 * frames)


@njit(error_model="numpy")
def _double(x: Any, taps: Any, count: int, y: Any, start: int, frames: int) -> None:
    """x holds 2 × count samples of the past, then the piece; of y each other sample is one of x, 2 × count − 1 samples
    of y late."""
    for n in range(frames):
        between = 0.0
        for i in range(count):
            between += taps[i] * (x[n + count + 1 + i] + x[n + count - i])
        y[start + 2 * n] = 2.0 * between
        y[start + 2 * n + 1] = x[n + count + 1]


@njit(error_model="numpy")
def _halve(x: Any, taps: Any, count: int, y: Any, start: int, frames: int) -> None:
    """x holds 4 × count samples of the past, then the piece; y is 2 × count − 1 samples of x late."""
    for n in range(frames):
        middle = 2 * n + 2 * count + 1
        kept = 0.5 * x[middle]
        for i in range(count):
            kept += taps[i] * (x[middle + 2 * i + 1] + x[middle - 2 * i - 1])
        y[start + n] = kept


@njit(error_model="numpy")
def _thin(x: Any, taps: Any, y: Any, frames: int) -> None:
    """x holds 2 × THIN samples of the past, then the piece; y is THIN − ½ samples of x late."""
    for n in range(frames):
        after = 2 * n + THIN + 1
        kept = 0.0
        for i in range(THIN):
            kept += taps[i] * (x[after + i] + x[after - 1 - i])
        y[n] = kept


@njit(error_model="numpy")
def _move_on(x: Any, kept: int, by: int) -> None:
    """What was newest becomes what has been."""
    for i in range(kept):
        x[i] = x[i + by]
