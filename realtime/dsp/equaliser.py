"""A parametric equaliser: low cut, low shelf, four bells, high shelf, high cut.

One hears the colour that was asked for and nothing else: no delay, no click while a band is swept, and a bell at
12 kHz that is as wide as one at 1 kHz (see `section`). A band at 0 dB, and a cut at the end of its range, is out of
the way: with all of them there, what comes in goes out bit by bit.

The cuts fall 12 or 24 dB an octave, flat up to their corner (Butterworth). Shelves and bells follow R. Bristow-Johnson,
"Cookbook formulae for audio equalizer biquad filter coefficients", as analogue responses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.glide import GLIDE
from realtime.dsp.piecewise import glide_on
from realtime.dsp.section import HIGHEST, PIECE, SECTION, arrive, blend, depart, invert, let_pass, place, run
from realtime.dsp.tame import tame
from realtime.kernel import Knob, kernel

BELLS = 4
LOW_CUT, LOW_SHELF, BELL, HIGH_SHELF, HIGH_CUT, SECTIONS = 0, 2, 3, 7, 8, 10
"""Where each stands among the sections; a cut has two, of which the second makes 24 dB of 12."""

LOWEST_CUT_HZ, LOW_CUT_WHOLE_HZ = 5.0, 10.0
HIGHEST_CUT_HZ, HIGH_CUT_WHOLE_HZ = 24_000.0, 20_000.0
"""Out there, where nobody hears, a cut fades out of the way altogether."""

SOFT_Q = np.sqrt(0.5)
FIRST_Q, SECOND_Q = 0.5411961001461969, 1.3065629648763766
"""Two sections with these make a Butterworth filter of fourth order."""

_BELLS_HZ = (120.0, 400.0, 1_500.0, 5_000.0)
_KNOBS = (
    Knob("low_cut_hz", LOWEST_CUT_HZ, 1_000.0, LOWEST_CUT_HZ, unit="Hz", curve="log"),
    Knob("low_cut_steep", 0.0, 1.0, 0.0),  # 0 falls 12 dB an octave, 1 falls 24
    Knob("low_shelf_hz", 20.0, 2_000.0, 100.0, unit="Hz", curve="log"),
    Knob("low_shelf_db", -18.0, 18.0, 0.0, unit="dB"),
    *(
        knob
        for n, hz in enumerate(_BELLS_HZ, 1)
        for knob in (
            Knob(f"bell_{n}_hz", 20.0, 20_000.0, hz, unit="Hz", curve="log"),
            Knob(f"bell_{n}_db", -18.0, 18.0, 0.0, unit="dB"),
            Knob(f"bell_{n}_q", 0.3, 12.0, 1.0, curve="log"),
        )
    ),
    Knob("high_shelf_hz", 500.0, 18_000.0, 8_000.0, unit="Hz", curve="log"),
    Knob("high_shelf_db", -18.0, 18.0, 0.0, unit="dB"),
    Knob("high_cut_hz", 1_000.0, HIGHEST_CUT_HZ, HIGHEST_CUT_HZ, unit="Hz", curve="log"),
    Knob("high_cut_steep", 0.0, 1.0, 0.0),
)

EQUALISER = np.dtype(
    [
        *((knob.name, GLIDE) for knob in _KNOBS),
        ("phase", "i8"),  # frames since the knobs were looked at
        ("sections", SECTION, (SECTIONS,)),
        ("left", "f8", (PIECE,)),
        ("right", "f8", (PIECE,)),
    ],
    align=True,
)


@kernel(EQUALISER, *_KNOBS)
def equaliser(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Low cut, low shelf, four bells, high shelf and high cut, one after the other. [audio]"""
    left, right = s.left, s.right
    done = 0
    while done < frames:
        if s.phase == 0:
            _look_at_the_knobs(s, rate)
            for i in range(SECTIONS):
                depart(s.sections[i])
        piece = min(frames - done, PIECE - s.phase)
        for n in range(piece):
            left[n], right[n] = tame(xl[done + n]), tame(xr[done + n])
        for i in range(SECTIONS):
            if s.sections[i].sounds:
                run(s.sections[i], left, right, piece)
        for n in range(piece):
            yl[done + n], yr[done + n] = left[n], right[n]
        done += piece
        s.phase += piece
        if s.phase == PIECE:
            s.phase = 0
            for i in range(SECTIONS):
                arrive(s.sections[i])


@njit(error_model="numpy")
def _look_at_the_knobs(s: Any, rate: float) -> None:
    sections = s.sections
    hz, steep = glide_on(s.low_cut_hz, PIECE), glide_on(s.low_cut_steep, PIECE)
    _cut(sections[LOW_CUT], sections[LOW_CUT + 1], hz / rate, steep, (hz - LOWEST_CUT_HZ) / LOWEST_CUT_HZ, True)
    hz, steep = glide_on(s.high_cut_hz, PIECE), glide_on(s.high_cut_steep, PIECE)
    room = (HIGHEST_CUT_HZ - hz) / (HIGHEST_CUT_HZ - HIGH_CUT_WHOLE_HZ)
    _cut(sections[HIGH_CUT], sections[HIGH_CUT + 1], hz / rate, steep, room, False)
    _shelf(sections[LOW_SHELF], glide_on(s.low_shelf_hz, PIECE) / rate, glide_on(s.low_shelf_db, PIECE), False)
    _shelf(sections[HIGH_SHELF], glide_on(s.high_shelf_hz, PIECE) / rate, glide_on(s.high_shelf_db, PIECE), True)
    _bell(sections[BELL], s.bell_1_hz, s.bell_1_db, s.bell_1_q, rate)
    _bell(sections[BELL + 1], s.bell_2_hz, s.bell_2_db, s.bell_2_q, rate)
    _bell(sections[BELL + 2], s.bell_3_hz, s.bell_3_db, s.bell_3_q, rate)
    _bell(sections[BELL + 3], s.bell_4_hz, s.bell_4_db, s.bell_4_q, rate)


@njit(error_model="numpy")
def _bell(section: Any, hz_glide: Any, db_glide: Any, q_glide: Any, rate: float) -> None:
    corner, db, q = min(glide_on(hz_glide, PIECE) / rate, HIGHEST), glide_on(db_glide, PIECE), glide_on(q_glide, PIECE)
    if db == 0.0:
        let_pass(section)
        return
    root = 10.0 ** (abs(db) / 40.0)
    far = 0.5 / corner  # half the rate, in corners
    over, slope = (1.0 - far * far) * (1.0 - far * far), far / q * far / q
    at_half = np.sqrt((over + slope * root * root) / (over + slope / (root * root)))
    place(section, corner, 0.5 / (q * root), 1.0, (1.0, root * root, at_half))
    if db < 0.0:
        invert(section)


@njit(error_model="numpy")
def _shelf(section: Any, corner: float, db: float, high: bool) -> None:
    if db == 0.0:
        let_pass(section)
        return
    corner = min(corner, HIGHEST)
    root = 10.0 ** ((-abs(db) if high else db) / 40.0)  # the shelf stands at its square, the corner half way up
    far = 0.25 / (corner * corner)
    slope = 2.0 * root * far
    inner, outer = (root - far) * (root - far) + slope, (1.0 - root * far) * (1.0 - root * far) + slope
    if high:
        place(section, corner, SOFT_Q, np.sqrt(root), (1.0, root, root * np.sqrt(outer / inner)))
        if db > 0.0:
            invert(section)
    else:
        place(section, corner, SOFT_Q, 1.0 / np.sqrt(root), (root * root, root, root * np.sqrt(inner / outer)))


@njit(error_model="numpy")
def _cut(first: Any, second: Any, corner: float, steep: float, room: float, low: bool) -> None:
    """Both sections of a cut; `room` is how far its corner is from the end of its range."""
    if room <= 0.0 or (not low and corner >= HIGHEST):
        let_pass(first)
        let_pass(second)
        return
    corner = min(corner, HIGHEST)
    far = 0.25 / (corner * corner)
    first_q = SOFT_Q + steep * (FIRST_Q - SOFT_Q)
    for section, q in ((first, first_q), (second, SECOND_Q)):
        at_half = 1.0 / np.sqrt((1.0 - far) * (1.0 - far) + far / (q * q))
        if low:
            place(section, corner, 0.5 / q, 1.0, (0.0, q, at_half * far))
        else:
            place(section, corner, 0.5 / q, 1.0, (1.0, q, at_half))
    part = min(room, 1.0)
    blend(first, part)
    if steep > 0.0:
        blend(second, part * steep)
    else:
        let_pass(second)
