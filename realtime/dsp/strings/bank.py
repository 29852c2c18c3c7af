"""A string's harmonics: amplitudes and a pitch 250 times a second in, samples out.

What flows in: for each hop of the network the amplitudes and the f0 to reach at its end. What flows out: pieces of at
most 96 frames in the voice's own buffer, whole pieces only, cut at fixed places of the hop. So a voice computes the
same numbers whatever blocks it is asked for, and a block takes from the buffer what it needs.

    while a block lacks frames:
        if voice.taken == voice.made:              # nothing left in the buffer
            if is_hop_over(voice, hop):
                turn(voice, hertz, rate)           # what was to be reached is where the next hop starts
                think(…, voice, …)
            harmonics(voice, bank, hop)            # the next piece
            noise(voice, …)                        # is added to it
        take from voice.piece[voice.taken : voice.made], and move voice.taken on

All harmonics are multiples of one phase: z = e^(i·phase) gives the k-th as z^k. Four at a time share one rotation:
with z … z^4 at hand, sin((4j+m)·phase) = Im(z^4j · z^m), so that what is summed up is first the weights of the four
and then one product. Phases are float64 and worked out anew for each piece from the hop's start; nothing drifts.
[audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from realtime.dsp.strings.brain import HIGHEST_HZ, LOWEST_HZ
from realtime.dsp.strings.sizes import AMPLITUDES, BANDS, HARMONICS, LOW_C_HZ

PIECE = 96
"""Frames made in one go: half a hop at 48 kHz, twelve whole vectors."""

VOICE = np.dtype(
    [
        ("start", "f4", (AMPLITUDES,)),  # amplitudes at the hop's start
        ("goal", "f4", (AMPLITUDES,)),  # and at its end
        ("phase", "f8"),  # of the first harmonic at the hop's start, 0..1
        ("increment", "f8"),  # cycles a frame, at the hop's start
        ("next_increment", "f8"),  # and at its end
        ("hop", "i8"),  # frames of the hop that is being made
        ("at", "i8"),  # and how many of them are
        ("made", "i8"),  # frames in the piece
        ("taken", "i8"),  # and how many of them have been heard
        ("is_new", "i8"),  # no hop has begun yet
        ("piece", "f4", (PIECE,)),
        ("places", "i4", (BANDS,)),  # where in the noise's tables it is
    ],
    align=True,
)

BANK = np.dtype(
    [
        ("ramp", "f4", (PIECE,)),
        ("cosines", "f4", (4, PIECE)),  # of 1 … 4 times the phase
        ("sines", "f4", (4, PIECE)),
        ("real", "f4", (PIECE,)),  # of z^4j
        ("imaginary", "f4", (PIECE,)),
    ],
    align=True,
)
"""Where a piece is worked out; all voices of a kernel share one."""

_strict = njit(error_model="numpy")
_fast = njit(error_model="numpy", fastmath=True)


@_strict
def begin_sounding(voice: Any) -> None:
    """Silence, from which the next hop rises, with every harmonic at its zero. [audio]"""
    for i in range(AMPLITUDES):
        voice.start[i], voice.goal[i] = 0.0, 0.0
    voice.phase, voice.increment, voice.next_increment = 0.0, 0.0, 0.0
    voice.hop, voice.at, voice.made, voice.taken, voice.is_new = 0, 0, 0, 0, 1


@_strict
def is_hop_over(voice: Any, hop: int) -> bool:
    """Whether the network is to say what comes next. [audio]"""
    return voice.is_new != 0 or voice.at >= hop


@_strict
def turn(voice: Any, hertz: float, rate: float) -> None:
    """Begin a hop that glides to a pitch; `voice.goal` is then to be filled. [audio]"""
    f0 = min(max(hertz, LOWEST_HZ), HIGHEST_HZ) if hertz == hertz else LOW_C_HZ
    if voice.is_new:
        voice.next_increment = f0 / rate
    else:
        voice.phase = _phase_at(voice, voice.hop, voice.hop)
        voice.phase -= np.floor(voice.phase)
    voice.increment, voice.next_increment = voice.next_increment, f0 / rate
    voice.at, voice.is_new = 0, 0
    for i in range(AMPLITUDES):
        voice.start[i] = voice.goal[i]


@_strict
def harmonics(voice: Any, bank: Any, hop: int) -> None:
    """Fill the voice's buffer with the next piece of its hop, of which each may have its own length. [audio]"""
    voice.hop, voice.made, voice.taken = hop, min(PIECE, hop - voice.at), 0
    for n in range(PIECE):
        bank.ramp[n] = (voice.at + n) / hop
        voice.piece[n] = 0.0
    _circle(voice, bank, hop)
    _sum(voice, bank, _how_many(voice))
    voice.at += voice.made


@_strict
def _phase_at(voice: Any, frame: int, hop: int) -> float:
    """In cycles, so many frames into the hop; the pitch moves in a straight line."""
    bend = (voice.next_increment - voice.increment) / hop
    return voice.phase + frame * voice.increment + bend * (0.5 * frame * (frame - 1))


@_strict
def _how_many(voice: Any) -> int:
    """Harmonics that sound in this hop and stay below half the rate throughout it."""
    fit = 0.5 / max(voice.increment, voice.next_increment)
    last = min(HARMONICS, np.int64(fit))
    while last > 0 and voice.start[last - 1] == 0.0 and voice.goal[last - 1] == 0.0:
        last -= 1
    return last


@_fast
def _circle(voice: Any, bank: Any, hop: int) -> None:
    """Where on the circle 1 … 4 times the phase stands, in float64, since all harmonics live off its precision."""
    bend = (voice.next_increment - voice.increment) / hop
    for n in range(PIECE):
        frame = np.float64(voice.at + n)
        cycles = voice.phase + frame * voice.increment + bend * (0.5 * frame * (frame - 1.0))
        turned = 6.283185307179586 * (cycles - np.floor(cycles + 0.5))
        # a quarter of the angle, within ±π/4, by its series to 1e-15; then doubled twice
        t = 0.25 * turned
        q = t * t
        s = t * (
            1.0
            + q
            * (
                -1.0 / 6
                + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 + q * (-1.0 / 39916800 + q / 6227020800))))
            )
        )
        less = q * (-0.5 + q * (1.0 / 24 + q * (-1.0 / 720 + q * (1.0 / 40320 + q * (-1.0 / 3628800 + q / 479001600)))))
        s, less = 2.0 * s * (1.0 + less), -2.0 * s * s
        s, c = 2.0 * s * (1.0 + less), 1.0 - 2.0 * s * s
        c2, s2 = c * c - s * s, 2.0 * s * c
        bank.cosines[0, n], bank.sines[0, n] = c, s
        bank.cosines[1, n], bank.sines[1, n] = c2, s2
        bank.cosines[2, n], bank.sines[2, n] = c2 * c - s2 * s, c2 * s + s2 * c
        bank.cosines[3, n], bank.sines[3, n] = c2 * c2 - s2 * s2, 2.0 * c2 * s2
        bank.real[n], bank.imaginary[n] = 1.0, 0.0


@_fast
def _sum(voice: Any, bank: Any, count: int) -> None:
    for k in range(0, count, 4):
        a, da = _weight(voice, k, count)
        b, db = _weight(voice, k + 1, count)
        c, dc = _weight(voice, k + 2, count)
        d, dd = _weight(voice, k + 3, count)
        for n in range(PIECE):
            ramp = bank.ramp[n]
            wa, wb, wc, wd = a + da * ramp, b + db * ramp, c + dc * ramp, d + dd * ramp
            c4, s4 = bank.cosines[3, n], bank.sines[3, n]
            even = wa * bank.cosines[0, n] + wb * bank.cosines[1, n] + wc * bank.cosines[2, n] + wd * c4
            odd = wa * bank.sines[0, n] + wb * bank.sines[1, n] + wc * bank.sines[2, n] + wd * s4
            real, imaginary = bank.real[n], bank.imaginary[n]
            voice.piece[n] += real * odd + imaginary * even
            bank.real[n] = real * c4 - imaginary * s4
            bank.imaginary[n] = real * s4 + imaginary * c4


@_fast
def _weight(voice: Any, k: int, count: int) -> tuple[np.float32, np.float32]:
    """An amplitude at the hop's start and how much it gains; nothing for what fills up the last four."""
    if k >= count:
        return np.float32(0.0), np.float32(0.0)
    return voice.start[k], voice.goal[k] - voice.start[k]


@_strict
def cut_short(voice: Any, hop: int) -> None:
    """End the hop where it has been heard to: what comes next begins there, with neither a step nor a wait. [audio]"""
    heard = voice.at - (voice.made - voice.taken)
    along = np.float32(heard / hop)
    voice.phase = _phase_at(voice, heard, hop)
    voice.phase -= np.floor(voice.phase)
    for i in range(AMPLITUDES):
        voice.goal[i] = voice.start[i] + along * (voice.goal[i] - voice.start[i])
    voice.at, voice.made, voice.taken, voice.is_new = 0, 0, 0, 1
