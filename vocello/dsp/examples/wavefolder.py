"""A wavefolder: what is too loud for the sine's crest comes down its other side, and up again.

Folding makes overtones without end, and those above half the rate would come back as tones that belong to no note.
So not the sine itself is taken but its mean on the way from one sample to the next, the difference of its
antiderivative (Parker, Zavalishin, Le Bivic, DAFx 2016). For a sine that has a closed form that never divides by zero:
the mean of sin from a to b is sin((a + b) / 2) · sinc((b - a) / 2).
"""

import numpy as np

from vocello.dsp import GLIDE, Knob, compiled, factor, glide, kernel, settle, tame

STATE = np.dtype(
    [("fold", GLIDE), ("lean", GLIDE), ("level_db", GLIDE), ("mix", GLIDE), ("last", "f8"), ("offset", "f8")],
    align=True,
)


@kernel(
    STATE,
    Knob("fold", 0.5, 40.0, 6.0, curve="log"),
    Knob("lean", 0.0, 1.5, 0.3),  # off the middle: even overtones
    Knob("level_db", -24.0, 12.0, -12.0, unit="dB"),
    Knob("mix", 0.0, 1.0, 1.0),
)
def wavefolder(s, x, y, rate, frames):
    """Overtones that open and close with the loudness of the voice."""
    settles = 1.0 - np.exp(-2.0 * np.pi * 8.0 / rate)
    for n in range(frames):
        now, fold, lean = tame(x[n]), glide(s.fold), glide(s.lean)
        a, b = fold * s.last + lean, fold * now + lean
        folded = np.sin(0.5 * (a + b)) * sinc(0.5 * (b - a)) - np.sin(lean) - s.offset
        s.offset = settle(s.offset + settles * folded)  # what leans has a mean, and nobody hears it
        mix = glide(s.mix)
        y[n] = (1.0 - mix) * 0.5 * (s.last + now) + mix * factor(glide(s.level_db)) * folded
        s.last = now


@compiled
def sinc(h):
    """sin(h) / h, and its series where that is 0 / 0."""
    return 1.0 - h * h / 6.0 if abs(h) < 1e-3 else np.sin(h) / h
