"""The tail of a room: sixteen lines that feed each other until all is spent.

A feedback delay network (J.-M. Jot, A. Chaigne, "Digital delay networks for designing artificial reverberators", AES
90, 1991). What leaves the lines is mixed by a Hadamard matrix, which loses nothing and gives each line a part of every
other: one echo becomes sixteen, and after three rounds thousands. How it dies is up to what stands behind each line,
three gains for bass, middle and treble, set so that a line twice as long takes away twice the decibels: so all modes
of a band die together, and the tail does not change its colour into that of one line. Their crossovers overlap;
therefore the gains are corrected until the response at three frequencies is the one that was asked for.

The lines sway a little, each in its own time, so that no mode rings on one note.

What flows in: a piece of two channels in `fed`. What flows out: a piece of two in `heard`. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.dsp.line import between, spent
from realtime.dsp.oscillator import sine
from realtime.dsp.tame import settle

LINES = 16
LINE_FRAMES = 1 << 15
"""170 ms at 192 kHz: the longest line of the largest room, swaying."""

PIECE = 64
"""Frames between two looks at the knobs; a line is never shorter, so that a piece is read before it is written."""

SHORTEST_MS, LONGEST_MS = 23.1, 101.7
"""At size 1. In between they lie unevenly, so that their echoes fall into no rhythm."""

LOW_SPLIT_HZ, HIGH_SPLIT_HZ = 250.0, 4_000.0
BANDS_HZ = (80.0, 1_000.0, 8_000.0)
"""Where the bands meet, and where their decay is as the knobs say."""

LONGEST_S = 12.0
"""No band takes longer to die by 60 dB, whatever the knobs say."""

SWAY_S = 0.00035
FAINT = 1e-6
"""−120 dB: below it the walls swallow everything, so that a tail ends."""

CORRECTIONS = 4

TAIL = np.dtype(
    [
        ("frame", "i8"),
        ("size", "f8"),
        ("told", "f8", (4,)),  # the decays and the size that the gains were made for
        ("loudness", "f8", (3,)),  # at the beginning of the piece, how it changes, and where it goes
        ("split", "f8", (2,)),  # coefficients of the crossovers
        ("response", "f8", (3, 2, 2)),  # of the two low-passes at BANDS_HZ: band, low-pass, real and imaginary
        ("spent", "f8", (3,)),  # nepers that listening between samples takes at BANDS_HZ
        ("lengths", "f8", (LINES,)),  # seconds, at size 1
        ("phases", "f8", (LINES,)),
        ("sways_hz", "f8", (LINES,)),
        ("late", "f8", (LINES,)),  # frames, at the beginning of the piece
        ("drift", "f8", (LINES,)),  # … and how they change from frame to frame
        ("gains", "f8", (LINES, 3, 3)),  # of each band: the same three
        ("kept", "f8", (LINES, 2)),  # what the two low-passes hold
        ("signs", "f8", (LINES, 3)),  # of what goes in, and of what is heard left and right
        ("fed", "f8", (2, PIECE)),
        ("heard", "f8", (2, PIECE)),
        ("out", "f8", (LINES, PIECE)),
        ("lines", "f4", (LINES, LINE_FRAMES)),
    ],
    align=True,
)


def prepare_tail(t: Any, rate: float) -> None:
    """Lay out the lines, their swaying and the crossovers. [main]"""
    random = np.random.default_rng(16)
    even = np.arange(LINES) + random.uniform(-0.3, 0.3, LINES) * (np.arange(LINES) % (LINES - 1) > 0)
    t["lengths"] = SHORTEST_MS * 1e-3 * (LONGEST_MS / SHORTEST_MS) ** (even / (LINES - 1))
    t["phases"] = random.uniform(0.0, 1.0, LINES)
    t["sways_hz"] = random.permutation(np.linspace(0.31, 1.13, LINES))
    t["signs"] = random.permutation(_balanced_signs())
    t["split"] = 1.0 - np.exp(-2.0 * np.pi * np.array([LOW_SPLIT_HZ, HIGH_SPLIT_HZ]) / rate)
    turns = np.minimum(BANDS_HZ, 0.4 * rate) / rate
    turn = np.exp(-2j * np.pi * turns)
    t["spent"] = spent(turns)
    for k in range(2):
        response = t["split"][k] / (1.0 - (1.0 - t["split"][k]) * turn)
        t["response"][:, k, 0], t["response"][:, k, 1] = response.real, response.imag


def _balanced_signs() -> npt.NDArray[np.float64]:
    """Three signs a line, each combination twice: what is fed, heard left and heard right have nothing in common."""
    bits = np.arange(LINES)[:, None] >> np.arange(3) & 1
    signs: npt.NDArray[np.float64] = (1 - 2 * bits).astype(np.float64)
    return signs


@njit(error_model="numpy")
def set_out(t: Any, rate: float, decays: tuple[float, float, float], size: float, motion: float) -> None:
    """Begin a piece: where the lines are heard and how much they keep, for decays in seconds from the bass up.
    [audio]"""
    low, middle, high = decays
    if t.size == 0.0:
        t.size = size
    t.size += 0.012 * (size - t.size) if abs(size - t.size) > 1e-6 else size - t.size
    if low != t.told[0] or middle != t.told[1] or high != t.told[2] or t.size != t.told[3]:
        t.told[0], t.told[1], t.told[2], t.told[3] = low, middle, high, t.size
        kept = 0.0
        for i in range(LINES):
            kept += _absorb(t, t.gains[i], t.lengths[i] * t.size, low, middle, high)
        kept /= LINES
        t.loudness[2] = np.sqrt(0.5 * (1.0 - kept) / kept)
    _set_off(t.loudness)
    for i in range(LINES):
        for band in range(3):
            _set_off(t.gains[i, band])
        phase = t.phases[i] + t.sways_hz[i] * PIECE / rate
        t.phases[i] = phase = phase - np.floor(phase)
        goal = (t.lengths[i] * t.size + SWAY_S * motion * sine(phase)) * rate
        goal = min(max(goal, PIECE + 4.0), LINE_FRAMES - 4.0)
        begins = t.late[i] + t.drift[i] * PIECE if t.late[i] > 0.0 else goal
        t.late[i], t.drift[i] = begins, (goal - begins) / PIECE


@njit(error_model="numpy")
def _set_off(way: Any) -> None:
    """From where the last piece has come to, straight to the goal; 0 is where nothing has been yet."""
    begins = way[0] + way[1] * PIECE if way[0] != 0.0 else way[2]
    left = way[2] - begins
    way[0], way[1] = (begins, left / PIECE) if abs(left) > 1e-12 else (way[2], 0.0)


@njit(error_model="numpy")
def _absorb(t: Any, gains: Any, length_s: float, low: float, middle: float, high: float) -> float:
    """Send the gains of a line to where they belong; what it keeps of a sound's power, in the middle."""
    nepers = -6.907755278982137 * length_s
    back = t.spent
    wanted = (np.exp(nepers / low + back[0]), np.exp(nepers / middle + back[1]), np.exp(nepers / high + back[2]))
    most = np.exp(nepers / LONGEST_S)
    for band in range(3):
        gains[band, 2] = wanted[band]
    for _ in range(CORRECTIONS):
        for band in range(3):
            real, imaginary = gains[2, 2], 0.0
            for k in range(2):
                apart = gains[k, 2] - gains[k + 1, 2]
                real += apart * t.response[band, k, 0]
                imaginary += apart * t.response[band, k, 1]
            got = np.sqrt(real * real + imaginary * imaginary)
            gains[band, 2] = min(gains[band, 2] * wanted[band] / max(got, 1e-9), most)
    return wanted[1] * wanted[1]


@njit(error_model="numpy")
def ring(t: Any, since: int, frames: int) -> None:
    """So many frames, `since` so many of the piece have rung already. [audio]"""
    out, fed, heard, mask = t.out, t.fed, t.heard, LINE_FRAMES - 1
    low_split, high_split = t.split[0], t.split[1]
    for n in range(frames):
        heard[0, n], heard[1, n] = 0.0, 0.0
    for i in range(LINES):
        line, late, drift = t.lines[i], t.late[i], t.drift[i]
        gains = t.gains[i]
        low_gain, middle_gain, high_gain = gains[0, 0], gains[1, 0], gains[2, 0]
        low_drift, middle_drift, high_drift = gains[0, 1], gains[1, 1], gains[2, 1]
        bass, dark = t.kept[i, 0], t.kept[i, 1]
        for n in range(frames):
            x = between(line, t.frame + n, late + drift * (since + n))
            bass = settle(bass + low_split * (x - bass))
            dark = settle(dark + high_split * (x - dark))
            k = since + n
            top, middle = (high_gain + high_drift * k) * (x - dark), (middle_gain + middle_drift * k) * (dark - bass)
            out[i, n] = top + middle + (low_gain + low_drift * k) * bass
        t.kept[i, 0], t.kept[i, 1] = bass, dark
        left, right = t.signs[i, 1], t.signs[i, 2]
        for n in range(frames):
            heard[0, n] += left * out[i, n]
            heard[1, n] += right * out[i, n]
    loudness, drift = t.loudness[0], t.loudness[1]
    for n in range(frames):
        now = loudness + drift * (since + n)
        heard[0, n] *= now
        heard[1, n] *= now
    _mix(out, frames)
    for i in range(LINES):
        line, sign = t.lines[i], t.signs[i, 0] * 0.35355339059327373  # eight lines share what comes from one side
        for n in range(frames):
            x = 0.25 * out[i, n] + sign * fed[i & 1, n]
            power = x * x
            line[(t.frame + n) & mask] = settle(x * (power / (power + FAINT * FAINT)))
    t.frame += frames


@njit(error_model="numpy")
def _mix(out: Any, frames: int) -> None:
    """The Hadamard matrix, by butterflies; four times as loud."""
    apart = 1
    while apart < LINES:
        for i in range(LINES):
            if i & apart == 0:
                for n in range(frames):
                    a, b = out[i, n], out[i + apart, n]
                    out[i, n], out[i + apart, n] = a + b, a - b
        apart *= 2
