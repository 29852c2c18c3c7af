"""Several players instead of one: three voices beside the sound, each a little late and never quite in tune.

Each voice listens to a line at a place that sways to and fro, slowly, and on the left a quarter of a sway before the
right: so the picture opens, and its middle stays. How far the voices go out of tune is set in cents, and stays when
the rate is turned. What lies under BASS_HZ has no voices: a low string that beats with itself has no ground.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.line import between
from realtime.dsp.oscillator import sine
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

LINE_FRAMES = 1 << 13
"""43 ms at 192 kHz."""

VOICES = 3
NEAREST_S, APART_S = 0.0085, 0.0041
"""How late the first voice is, and by how much more the next: too much to colour, too little for an echo."""

WIDEST_S = 0.007
BASS_HZ = 130.0
UNEVEN = 0.17
"""The voices sway at rates that differ by so much, and fall into step with each other never."""

CHORUS = np.dtype(
    [
        ("rate_hz", GLIDE),
        ("depth_cents", GLIDE),
        ("width", GLIDE),
        ("mix", GLIDE),
        ("frame", "i8"),
        ("phases", "f8", (VOICES,)),
        ("bass", "f8", (2,)),
        ("lines", "f4", (2, LINE_FRAMES)),
    ],
    align=True,
)


@kernel(
    CHORUS,
    Knob("rate_hz", 0.05, 5.0, 0.6, unit="Hz", curve="log"),
    Knob("depth_cents", 0.0, 50.0, 9.0, unit="cents"),
    Knob("width", 0.0, 1.0, 1.0),  # 0 sways both sides together
    Knob("mix", 0.0, 1.0, 0.4),  # from dry to voices alone, equally powerful all the way
)
def chorus(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Three voices a side, that sway in time. [audio]"""
    left, right = s.lines[0], s.lines[1]
    mask = LINE_FRAMES - 1
    follow = 1.0 - np.exp(-2.0 * np.pi * BASS_HZ / rate)
    frame, bass_l, bass_r = s.frame, s.bass[0], s.bass[1]
    mix, dry, wet = np.nan, 1.0, 0.0
    for n in range(frames):
        hz, cents, width = glide(s.rate_hz), glide(s.depth_cents), glide(s.width)
        now = glide(s.mix)
        if now != mix:
            mix, dry, wet = now, np.cos(0.5 * np.pi * now), np.sin(0.5 * np.pi * now)
            dry, wet = (dry, wet) if now < 1.0 else (0.0, 1.0)
        # A sway of a·sin(2π f t) bends the pitch by 2π f a; a cent is so much of a pitch.
        sway = min(cents * 5.777895065548588e-4 / (2.0 * np.pi * hz), WIDEST_S) * rate
        dry_l, dry_r = tame(xl[n]), tame(xr[n])
        bass_l, bass_r = settle(bass_l + follow * (dry_l - bass_l)), settle(bass_r + follow * (dry_r - bass_r))
        left[frame & mask], right[frame & mask] = settle(dry_l - bass_l), settle(dry_r - bass_r)
        sum_l = sum_r = 0.0
        for voice in range(VOICES):
            phase = s.phases[voice] + hz * (1.0 + UNEVEN * (voice - 1)) / rate
            s.phases[voice] = phase = phase - np.floor(phase)
            ahead = phase + 0.25 * width
            late = (NEAREST_S + APART_S * voice) * rate
            sum_l += between(left, frame, late + sway * sine(ahead - np.floor(ahead)))
            sum_r += between(right, frame, late + sway * sine(phase))
        wet_each = wet * 0.5773502691896258  # three voices that know nothing of each other are as strong as one
        yl[n], yr[n] = dry * dry_l + wet_each * sum_l, dry * dry_r + wet_each * sum_r
        frame += 1
    s.frame, s.bass[0], s.bass[1] = frame, bass_l, bass_r


@chorus.prepare
def _set_out(s: Any, _rate: float) -> None:
    s["phases"] = np.arange(VOICES) / VOICES
