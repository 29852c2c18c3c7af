"""Dry and wet of one slot of a rack, and the switch that takes the slot out of it, all without a click.

What flows in: the sound before the slot, as late as the slot's own, and what the slot made of it. What flows out: a
mixture. What a slot makes of it may be no number at all: then the dry sound alone goes on from that very frame, until
the slot is forgiven, because something else stands in it. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.glide import GLIDE, GLIDE_FRAMES, glide
from realtime.dsp.tame import LOUDEST, tame
from realtime.kernel import Knob, kernel

BLEND = np.dtype(
    [
        ("mix", GLIDE),
        ("on", GLIDE),
        ("adds", "f8"),  # an instrument leaves the dry sound as it is
        ("forgives", "f8"),  # another number than before: what was broken is gone
        ("forgave", "f8"),
        ("is_broken", "i8"),  # what came was no number, or beyond all measure
        ("jump", "f8", (2,)),  # between the last whole sample and the first dry one, spread over some milliseconds
        ("jump_left", "i8"),
        ("last", "f8", (2,)),
    ],
    align=True,
)


@kernel(
    BLEND,
    Knob("mix", 0.0, 1.0, 1.0),
    Knob("on", 0.0, 1.0, 1.0),
    Knob("adds", 0.0, 1.0, 0.0),
    Knob("forgives", 0.0, 1e9, 0.0),
)
def blend(s: Any, x_dry_l: Any, x_dry_r: Any, x_wet_l: Any, x_wet_r: Any, yl: Any, yr: Any, frames: int) -> None:
    """From the dry to the wet. [audio]"""
    if s.forgave != s.forgives:
        s.forgave = s.forgives
        if s.is_broken:  # the new sound is let in as slowly as by its switch
            s.is_broken, s.on.value, s.on.aim, s.on.left = 0, 0.0, 0.0, 0
    for n in range(frames):
        on = glide(s.on)
        part = on * glide(s.mix)
        rest = 1.0 - part * (1.0 - s.adds)
        dry_left, dry_right = tame(x_dry_l[n]), tame(x_dry_r[n])
        wet_left, wet_right = x_wet_l[n], x_wet_r[n]
        if not (abs(wet_left) <= LOUDEST and abs(wet_right) <= LOUDEST) and not s.is_broken:
            s.is_broken = 1
            s.jump[0], s.jump[1] = s.last[0] - dry_left, s.last[1] - dry_right
            s.jump_left = GLIDE_FRAMES
        if s.is_broken:
            seam = s.jump_left / GLIDE_FRAMES
            s.jump_left = max(s.jump_left - 1, 0)
            left, right = dry_left + seam * s.jump[0], dry_right + seam * s.jump[1]
        elif rest == 0.0 and part == 1.0:
            left, right = np.float64(wet_left), np.float64(wet_right)
        else:
            left = rest * dry_left + part * wet_left
            right = rest * dry_right + part * wet_right
        s.last[0], s.last[1] = left, right
        yl[n], yr[n] = left, right
