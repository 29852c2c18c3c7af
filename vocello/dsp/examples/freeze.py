"""Spectral freeze: one moment of a voice, held for as long as you like.

When `freeze` goes up, two spectra are taken, a hop apart. Between them every partial has turned by an angle that is its
own; turning it on and on by that angle holds the chord and every pitch in it, and nothing repeats like a loop.
"""

import numpy as np

from vocello.dsp import GLIDE, Knob, compiled, glide, kernel, tame

BITS, SIZE, HOP = 11, 2048, 512
STATE = np.dtype(
    [
        ("freeze", GLIDE),
        ("frame", "i8"),
        ("held", "i8"),  # where in `ahead`, or 0 where nothing is
        ("line", "f8", (SIZE + HOP,)),
        ("now", "c16", (SIZE,)),
        ("step", "c16", (SIZE,)),
        ("work", "c16", (SIZE,)),
        ("ahead", "f8", (SIZE,)),  # a ring
        ("window", "f8", (SIZE,)),
        ("turn", "c16", (SIZE // 2,)),
        ("order", "i8", (SIZE,)),
    ],
    align=True,
)


@kernel(STATE, Knob("freeze", 0.0, 1.0, 0.0))
def freeze(s, x, y, frames):
    """From what is sung to what was sung."""
    for n in range(frames):
        now, held = tame(x[n]), glide(s.freeze)
        s.line[s.frame % (SIZE + HOP)] = now
        s.frame += 1
        y[n] = now
        if held == 0.0:
            s.held = 0
        elif s.held == 0:
            take(s)
            while s.held < SIZE:  # as if it had been held for a while: windows overlap from the first frame on
                hold(s)
                s.held += HOP
            s.held -= HOP
        elif s.held & (HOP - 1) == 0:
            hold(s)
        if held > 0.0:
            y[n] = now + held * (s.ahead[s.held & (SIZE - 1)] - now)
            s.held += 1


@compiled
def take(s):
    """The spectrum of now, and how far each partial has turned since a hop ago."""
    for late in (HOP, 0):
        for i in range(SIZE):
            s.step[i], s.ahead[i] = s.now[i], 0.0
            s.work[i] = s.window[i] * s.line[(s.frame - SIZE - late + i) % (SIZE + HOP)]
        transform(s)
        for i in range(SIZE):
            s.now[i] = s.work[i]
    for i in range(SIZE):
        turned = s.now[i] * np.conj(s.step[i])
        s.step[i] = turned * (1.0 / np.sqrt(power(turned))) if power(turned) > 1e-60 else 1.0 + 0.0j
    for k in range(1, SIZE):  # what lies on a partial's slopes turns as its peak does, or it would come apart
        if power(s.now[k - 1]) > power(s.now[k]):
            s.step[k] = s.step[k - 1]
    for k in range(SIZE - 2, -1, -1):
        if power(s.now[k + 1]) > power(s.now[k]):
            s.step[k] = s.step[k + 1]
    for i in range(SIZE):
        s.now[i] *= s.step[i]  # where the voice goes on from here


@compiled
def power(z):
    """The square of |z|, which costs no root."""
    return z.real * z.real + z.imag * z.imag


@compiled
def hold(s):
    """One hop more of the moment, added to what is ahead; the hop that is over is cleared for the one to come."""
    for i in range(SIZE):
        s.work[i] = np.conj(s.now[i])  # of a spectrum turned over, the transform is the sound
        s.now[i] *= s.step[i]
    transform(s)
    for i in range(SIZE):
        at = (s.held + i) & (SIZE - 1)
        before = s.ahead[at] if i < SIZE - HOP else 0.0
        s.ahead[at] = before + s.work[i].real * s.window[i] / (1.5 * SIZE)


@compiled
def transform(s):
    """Fourier's, of `work` in its place: radix 2, from neighbours to halves."""
    for i in range(SIZE):
        j = s.order[i]
        if i < j:
            s.work[i], s.work[j] = s.work[j], s.work[i]
    half = 1
    while half < SIZE:
        for begin in range(0, SIZE, 2 * half):
            for k in range(begin, begin + half):
                far = s.work[k + half] * s.turn[(k - begin) * (SIZE // 2 // half)]
                s.work[k], s.work[k + half] = s.work[k] + far, s.work[k] - far
        half *= 2


@freeze.prepare
def tables(s, rate):
    s["window"] = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(SIZE) / SIZE)
    s["turn"] = np.exp(-2j * np.pi * np.arange(SIZE // 2) / SIZE)
    s["order"] = [int(f"{i:0{BITS}b}"[::-1], 2) for i in range(SIZE)]
