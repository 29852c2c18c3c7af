"""Granular: the last second in crumbs, each as long as `size_s`, from anywhere in it, at another pitch.

Eight grains a side; each begins when it has faded out, somewhere else. Their Hann windows stand an eighth apart, so
that together they are always as wide open, and at the ends of a grain there is nothing that could click.
"""

import numpy as np

from vocello.dsp import GLIDE, Knob, between, compiled, glide, kernel, sine, tame

GRAINS = 8
LINE = 1 << 18
GRAIN = np.dtype([("age", "f8"), ("late", "f8"), ("pitch", "f8"), ("side", "f8")], align=True)
STATE = np.dtype(
    [
        ("size_s", GLIDE),
        ("spray_s", GLIDE),
        ("pitch_st", GLIDE),
        ("mix", GLIDE),
        ("frame", "i8"),
        ("dice", "u8"),
        ("grain", GRAIN, (GRAINS,)),
        ("line", "f4", (LINE,)),
    ],
    align=True,
)


@kernel(
    STATE,
    Knob("size_s", 0.02, 0.4, 0.12, unit="s", curve="log"),
    Knob("spray_s", 0.0, 1.0, 0.25, unit="s"),  # how far back a grain may begin
    Knob("pitch_st", -12.0, 12.0, 0.0, unit="st"),
    Knob("mix", 0.0, 1.0, 0.6),
)
def granular(s, xl, xr, yl, yr, rate, frames):
    """A cloud of what was just sung."""
    for n in range(frames):
        left, right = tame(xl[n]), tame(xr[n])
        s.line[s.frame & (LINE - 1)] = 0.5 * (left + right)
        size, spray, pitch, mix = glide(s.size_s) * rate, glide(s.spray_s) * rate, glide(s.pitch_st), glide(s.mix)
        cloud_l = cloud_r = 0.0
        for k in range(GRAINS):
            grain = s.grain[k]
            grain.age += 1.0 / size
            if grain.age >= 1.0:
                grain.age -= 1.0
                grain.pitch = 2.0 ** (pitch / 12.0)
                grain.late = 4.0 + max(grain.pitch - 1.0, 0.0) * 1.1 * size + spray * throw(s)
                grain.side = throw(s)
            window = sine(0.5 * grain.age)  # squared below: Hann
            heard = window * window * between(s.line, s.frame, min(max(grain.late, 2.0), LINE - 8.0))
            grain.late += 1.0 - grain.pitch
            cloud_l, cloud_r = cloud_l + heard * np.sqrt(1.0 - grain.side), cloud_r + heard * np.sqrt(grain.side)
        yl[n], yr[n] = left + mix * (cloud_l - left), right + mix * (cloud_r - right)
        s.frame += 1


@compiled
def throw(s):
    """Anything from 0 to 1: xorshift, Marsaglia (2003)."""
    s.dice ^= s.dice << np.uint64(13)
    s.dice ^= s.dice >> np.uint64(7)
    s.dice ^= s.dice << np.uint64(17)
    return (s.dice >> np.uint64(40)) / 16777216.0


@granular.prepare
def _scatter(s, rate):
    s["dice"] = 0x2545F4914F6CDD1D
    s["grain"]["age"] = (np.arange(GRAINS) + 0.5) / GRAINS
    s["grain"]["late"], s["grain"]["pitch"], s["grain"]["side"] = 0.1 * rate, 1.0, 0.5
