"""The metronome: a short knock on each beat, a higher one on the bar.

What flows in: the events of a slice. What flows out: two channels, added to whatever is heard already. It sounds for
CLICK and for nothing else, so that no note ever knocks and no instrument ever plays a beat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.tame import tame
from realtime.events import CLICK, SILENCE
from realtime.kernel import kernel

CLICK_STATE = np.dtype([("phase", "f8"), ("step", "f8"), ("level", "f8"), ("risen", "f8")], align=True)

BEAT, GROUP, BAR = range(3)
"""What the number of a CLICK says: a beat, the first beat of a group within the bar, the first of the bar."""

BEAT_HZ, GROUP_HZ, BAR_HZ = 1000.0, 1250.0, 1600.0
LASTS_S = 0.012
"""Until it has fallen to a third: short enough to say where the beat is, long enough to have a pitch."""
RISES_S = 0.0004
"""A knock that begins at full height would be a crack; this is still before the ear asks when it was."""
OVER = 1e-5


@kernel(CLICK_STATE)
def click(s: Any, yl: Any, yr: Any, events: Any, rate: float, frames: int) -> None:
    """A knock on the beat, that is, on the first frame of the slice that brings the CLICK. [audio]"""
    for k in range(len(events)):
        if events[k].kind == CLICK:
            hz = BAR_HZ if events[k].number == BAR else GROUP_HZ if events[k].number == GROUP else BEAT_HZ
            s.phase, s.risen, s.step = 0.25, 0.0, hz / rate  # a cosine: the very first frame is heard
            s.level = min(max(tame(events[k].value), 0.0), 1.0)
        elif events[k].kind == SILENCE:
            s.level = 0.0
    falls, rises = np.exp(-1.0 / (LASTS_S * rate)), 1.0 - np.exp(-1.0 / (RISES_S * rate))
    for n in range(frames):
        if s.level == 0.0:
            return
        s.risen += rises * (1.0 - s.risen)
        knock = np.float32(s.level * s.risen * np.sin(2.0 * np.pi * s.phase))
        yl[n] += knock
        yr[n] += knock
        s.phase += s.step
        s.phase -= np.floor(s.phase)
        s.level = s.level * falls if s.level > OVER else 0.0
