"""A burst of noise that is the same each time, so that it can be found again to the sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.tame import tame
from realtime.events import NOTE_ON
from realtime.kernel import kernel

PING = np.dtype([("left", "i8"), ("noise", "u8"), ("level", "f8")], align=True)
PING_FRAMES = 1024
_SEED = 0x2545F4914F6CDD1D


@kernel(PING)
def ping(s: Any, yl: Any, yr: Any, events: Any, frames: int) -> None:
    """Noise for about 20 ms, from each note-on; what sounds otherwise goes on beside it. [audio]"""
    for k in range(len(events)):
        if events[k].kind == NOTE_ON:
            s.left, s.noise, s.level = PING_FRAMES, np.uint64(_SEED), min(max(tame(events[k].value), 0.0), 1.0)
    for n in range(frames):
        if s.left == 0:
            return
        s.left -= 1
        s.noise ^= s.noise << np.uint64(13)  # xorshift, Marsaglia (2003)
        s.noise ^= s.noise >> np.uint64(7)
        s.noise ^= s.noise << np.uint64(17)
        noise = np.float32(s.level * ((s.noise >> np.uint64(40)) / 8388608.0 - 1.0))
        yl[n] += noise
        yr[n] += noise
