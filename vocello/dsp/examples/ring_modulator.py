"""A ring modulator: the voice times a sine. Each partial parts into two, so far above and so far below its own place.

Slow, it is a tremolo; fast, bells and robots. The right side's sine can be ahead of the left one's by up to a quarter,
which turns both into a wide room that goes round.
"""

import numpy as np

from vocello.dsp import GLIDE, Knob, glide, kernel, sine, tame

STATE = np.dtype(
    [("carrier_hz", GLIDE), ("width", GLIDE), ("mix", GLIDE), ("phase", "f8")],
    align=True,
)


@kernel(
    STATE,
    Knob("carrier_hz", 0.5, 4_000.0, 180.0, unit="Hz", curve="log"),
    Knob("width", 0.0, 1.0, 0.5),
    Knob("mix", 0.0, 1.0, 0.7),
)
def ring_modulator(s, xl, xr, yl, yr, rate, frames):
    """Sums and differences instead of what was sung."""
    for n in range(frames):
        left, right = tame(xl[n]), tame(xr[n])
        mix, ahead = glide(s.mix), s.phase + 0.25 * glide(s.width)
        yl[n] = left * (1.0 - mix + mix * sine(s.phase))
        yr[n] = right * (1.0 - mix + mix * sine(ahead - np.floor(ahead)))
        s.phase += glide(s.carrier_hz) / rate
        s.phase -= np.floor(s.phase)
