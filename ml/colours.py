"""The colour of a sung note, as controllers: how bright it is, and where in the mouth its vowel lies.

What flows in: hops of a note. What flows out: CC 74 and CC 70, smoothed, and no oftener than an ear notices. Plain
values on the ears thread.
"""

from __future__ import annotations

import math

from ml.learned.understood import Understood
from ml.said import Said
from realtime.events import CONTROL

BRIGHTNESS_CC, VOWEL_CC = 74, 70  # MIDI calls them brightness, and sound variation
_SMOOTH = 0.15  # of the way, each hop: 30 ms, in which a vowel changes and a consonant passes
_STEP = 1.5 / 127.0
_EVERY_HOPS = 4  # 50 a second: a DAW draws a line, not a carpet


class Colours:
    """Brightness and vowel of what is sung. [ears]"""

    def __init__(self) -> None:
        self._now = {BRIGHTNESS_CC: math.nan, VOWEL_CC: math.nan}
        self._told = dict(self._now)
        self._hops = 0

    def begin(self, hop: Understood, said: list[Said]) -> None:
        """A note begins: its colour is told before it. [ears]"""
        self._hops = 0
        for number, value in _colours(hop):
            last = self._now[number]
            self._now[number] = value if last != last else 0.5 * (last + value)
            self._tell(number, said)

    def hear(self, hop: Understood, said: list[Said]) -> None:
        """One more hop of a note. [ears]"""
        self._hops += 1
        for number, value in _colours(hop):
            self._now[number] += _SMOOTH * (value - self._now[number])
            if self._hops % _EVERY_HOPS == 0:
                self._tell(number, said)

    def _tell(self, number: int, said: list[Said]) -> None:
        value = self._now[number]
        if not abs(value - self._told[number]) < _STEP:
            self._told[number] = value
            said.append(Said(CONTROL, number, value))


def _colours(hop: Understood) -> tuple[tuple[int, float], tuple[int, float]]:
    return (BRIGHTNESS_CC, hop.brightness), (VOWEL_CC, hop.vowel)
