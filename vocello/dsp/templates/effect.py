"""my_effect: say here what it does to a sound.

    vocello dsp check my_effect.py     whether it may play, and what it costs
    vocello rack run RACK              plays it in a rack as "python:my_effect.py"; save, and you hear it

This is a tremolo that darkens where it is soft. Change anything.
"""

import numpy as np

from vocello.dsp import GLIDE, Knob, glide, kernel, settle, sine, tame

# All that is remembered from frame to frame. Knobs come first; a GLIDE follows its knob without clicks. Add fields as
# you need them: "f8" is a number, "i8" a whole one, ("line", "f4", (4096,)) an array. What keeps its name and type
# keeps its value when you save, and so its sound.
STATE = np.dtype(
    [
        ("speed_hz", GLIDE),
        ("depth", GLIDE),
        ("phase", "f8"),
        ("dark", "f8"),
    ],
    align=True,
)


# A name, the lowest and the highest value, the one to begin with; the name is that of a field above.
@kernel(
    STATE,
    Knob("speed_hz", 0.1, 20.0, 4.0, unit="Hz", curve="log"),
    Knob("depth", 0.0, 1.0, 0.7),
)
def my_effect(s, x, y, rate, frames):
    """One channel in, one out; a stereo sound has one of these a side. Write xl, xr, yl, yr to have both in one."""
    for n in range(frames):
        now = tame(x[n])  # what comes in may be anything, NaN too; tame lets numbers pass
        swell = 0.5 + 0.5 * sine(s.phase)  # 0 to 1
        soft = glide(s.depth) * (1.0 - swell)

        s.dark = settle(s.dark + 0.15 * (now - s.dark))  # a filter of one line
        y[n] = (1.0 - 0.8 * soft) * (now + soft * (s.dark - now))

        s.phase += glide(s.speed_hz) / rate  # rate is in Hz
        s.phase -= np.floor(s.phase)
