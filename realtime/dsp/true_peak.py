"""The last in a rack that may wait two milliseconds: nothing leaves louder than the ceiling, and nothing is bent.

`limiter` looks not ahead and costs no time; it belongs behind a live instrument, where it should have nothing to do.
This one looks 96 frames ahead, sees a peak come, and is down by the time it arrives, by a curve so smooth that the
wave keeps its shape: it belongs at the end of a mix, and where loudness is wanted.

The peak it obeys is the true one, of the wave that a converter draws through the samples and not of the samples
alone: they are looked at from four times as close (ITU-R BS.1770-4, annex 2), and where the wave turns between two of
those, at the top of the parabola through three.

The reduction goes through a moving maximum, which holds it over the whole way of the look-ahead, a release, and two
moving averages, which round it off; at the peak itself all that they average is at least what the peak needs. It is
counted in whole numbers, whose sums are exact: once a peak is over the gain is one again, and what stays under the
ceiling passes bit by bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.decibels import factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.oversample import FED, PIECE, TAPS, UP, UP_DELAY, prepare_taps, up
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

LATENCY_FRAMES = 96
SEEN_LATE = UP_DELAY // 4 + 1
"""Frames until a peak is known, with the one by which the parabola lags."""

AROUND = 8
"""So many frames before a peak and after it the gain stands still, as far as a wave between two samples is made."""

FIRST, SECOND = 36, 35
"""Lengths of the two averages; together they reach from AROUND after the peak to where it is known."""

HELD = 128
WINDOW = LATENCY_FRAMES - SEEN_LATE + AROUND + 2
assert FIRST + SECOND - 1 <= LATENCY_FRAMES - SEEN_LATE - AROUND and WINDOW < HELD

WHOLE = 2.0**40
"""A reduction by everything, in whole numbers: twelve digits, and the sum of all that are averaged is still exact."""

MARGIN = 10.0 ** (-0.03 / 20.0)
"""What the look at four times the rate may miss of the highest treble."""

HOLD_S, STILL = 0.0125, 0.999
"""Half a wave of 40 Hz the gain rests, and goes on resting while peaks come back to within so much: a steady bass
note is turned down and not bent."""

OVER = 1e-7
"""A reduction by less is over."""

TRUE_PEAK = np.dtype(
    [
        ("ceiling_db", GLIDE),
        ("release_s", "f8"),
        ("reduction", "f8"),  # by how much of the sound, at this moment: 0 none, 1 all
        ("rests", "i8"),  # frames until the release begins
        ("frame", "i8"),
        ("first", "i8"),
        ("held", "i8"),
        ("first_sum", "i8"),
        ("second_sum", "i8"),
        ("before", "f8", (2, 2)),  # side: the last two at four times the rate
        ("when", "i8", (HELD,)),  # a queue of falling maxima, the oldest and highest at `first`
        ("what", "f8", (HELD,)),
        ("firsts", "i8", (FIRST,)),
        ("seconds", "i8", (SECOND,)),
        ("highest", "f8", (PIECE,)),
        ("waiting", "f8", (2, LATENCY_FRAMES + PIECE)),
        ("ups", UP, (2,)),
        ("taps", TAPS),
    ],
    align=True,
)


@kernel(
    TRUE_PEAK,
    Knob("ceiling_db", -24.0, 0.0, -1.0, unit="dB"),
    Knob("release_s", 0.01, 1.0, 0.08, unit="s", curve="log"),
    latency_frames=LATENCY_FRAMES,
)
def true_peak(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Hold the true peaks of both sides under the ceiling, by one gain that sees them come. [audio]"""
    back = np.exp(-1.0 / (s.release_s * rate))
    hold_frames = np.int64(HOLD_S * rate)
    waiting, highest = s.waiting, s.highest
    ceiling_db, ceiling = np.nan, 1.0
    done = 0
    while done < frames:
        piece = min(frames - done, PIECE)
        for n in range(piece):
            highest[n] = 0.0
            waiting[0, LATENCY_FRAMES + n] = s.ups[0].once[FED + n] = tame(xl[done + n])
            waiting[1, LATENCY_FRAMES + n] = s.ups[1].once[FED + n] = tame(xr[done + n])
        for side in range(2):
            up(s.ups[side], s.taps, piece)
            _look(s.ups[side].four, s.before[side], highest, piece)
        for n in range(piece):
            now = glide(s.ceiling_db)
            if now != ceiling_db:
                ceiling_db = now
                ceiling = np.float64(np.float32(factor(now)))
            wanted = 1.0 - ceiling * MARGIN / highest[n] if highest[n] > ceiling * MARGIN else 0.0
            gain = 1.0 - _smooth(s, _most_of_late(s, wanted), back, hold_frames)
            yl[done + n] = min(max(waiting[0, n] * gain, -ceiling), ceiling)
            yr[done + n] = min(max(waiting[1, n] * gain, -ceiling), ceiling)
        for i in range(LATENCY_FRAMES):
            waiting[0, i], waiting[1, i] = waiting[0, i + piece], waiting[1, i + piece]
        done += piece


@true_peak.prepare
def _fill(s: Any, _rate: float) -> None:
    prepare_taps(s["taps"])


@njit(error_model="numpy")
def _look(four: Any, before: Any, highest: Any, frames: int) -> None:
    """How high the wave stands within each frame, a quarter of a frame late."""
    a, b = before[0], before[1]
    for n in range(frames):
        most = highest[n]
        for quarter in range(4 * n, 4 * n + 4):
            c = four[quarter]
            top, curve = b, a - 2.0 * b + c
            if (b - a) * (b - c) > 0.0:  # it turns here
                top = b - (a - c) * (a - c) / (8.0 * curve)
            most = max(most, abs(top))
            a, b = b, c
        highest[n] = most
    before[0], before[1] = a, b


@njit(error_model="numpy")
def _most_of_late(s: Any, wanted: float) -> float:
    """The moving maximum: whatever is older and smaller than the newest will never be it again."""
    while s.held > 0 and s.what[(s.first + s.held - 1) % HELD] <= wanted:
        s.held -= 1
    at = (s.first + s.held) % HELD
    s.when[at], s.what[at] = s.frame, wanted
    s.held += 1
    if s.when[s.first] <= s.frame - WINDOW:
        s.first, s.held = (s.first + 1) % HELD, s.held - 1
    s.frame += 1
    return s.what[s.first]


@njit(error_model="numpy")
def _smooth(s: Any, most: float, back: float, hold_frames: int) -> float:
    """The release and the two averages."""
    if most >= s.reduction * STILL:
        s.reduction, s.rests = max(most, s.reduction), hold_frames
    elif s.rests > 0:
        s.rests -= 1
    else:
        s.reduction = max(most, s.reduction * back)
    if s.reduction < OVER:
        s.reduction = 0.0
    counted = np.int64(np.ceil(s.reduction * WHOLE))
    at = s.frame % FIRST
    s.first_sum += counted - s.firsts[at]
    s.firsts[at] = counted
    at = s.frame % SECOND
    s.second_sum += s.first_sum - s.seconds[at]
    s.seconds[at] = s.first_sum
    return s.second_sum / (WHOLE * FIRST * SECOND)
