"""What a voice is doing now, out of what the ears said of late: a name, cents off it, how sure, how loud. [any]

What flows in: PITCHes as they come. What flows out: a reading, calm enough to be read: the needle follows within a
tenth of a second, a name stays until the voice has left it by more than half a semitone and a bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Any

import numpy.typing as npt

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_A4_MIDI, _A4_HZ = 69.0, 440.0
_SURE = 0.5
_FOLLOWS = 0.25
"""Of the way to each new pitch, 200 times a second."""
_STAYS_ST = 0.6
_FORGETS_AFTER = 30
"""Pitches without a voice, after which the name goes."""


@dataclass(frozen=True)
class Reading:
    """What the strip shows. [any]"""

    name: str = ""
    cents: float = 0.0
    pitch: float | None = None

    @property
    def says(self) -> str:
        """In words, for those who listen to the screen. [any]"""
        if self.pitch is None:
            return "silence"
        side = (
            "in tune" if abs(self.cents) < 3.0 else f"{abs(self.cents):.0f} cents {'high' if self.cents > 0 else 'low'}"
        )
        return f"{self.name}, {side}"


class Tuner:
    """Follows one voice. [gui]"""

    def __init__(self, a4_hz: float = _A4_HZ) -> None:
        self.a4_hz = a4_hz
        self.reading = Reading()
        self._pitch: float | None = None
        self._key: int | None = None
        self._silent = 0

    def hear(self, pitches: npt.NDArray[Any]) -> Reading:
        """Take what is new, and read. [gui]"""
        for f0_hz, confidence in zip(pitches["f0_hz"].tolist(), pitches["confidence"].tolist(), strict=True):
            if f0_hz > 0.0 and confidence >= _SURE:
                self._follow(_A4_MIDI + 12.0 * log2(f0_hz / self.a4_hz))
            else:
                self._silent += 1
                if self._silent >= _FORGETS_AFTER:
                    self._pitch = self._key = None
        self.reading = self._read()
        return self.reading

    def _follow(self, pitch: float) -> None:
        self._silent = 0
        if self._pitch is None or abs(pitch - self._pitch) > 1.0:  # another note is not slid to
            self._pitch = pitch
        else:
            self._pitch += _FOLLOWS * (pitch - self._pitch)
        if self._key is None or abs(self._pitch - self._key) > _STAYS_ST:
            self._key = round(self._pitch)

    def _read(self) -> Reading:
        if self._pitch is None or self._key is None:
            return Reading()
        return Reading(note_name(self._key), 100.0 * (self._pitch - self._key), self._pitch)


def note_name(key: int) -> str:
    """A key as musicians call it: 69 is A4. [any]"""
    return f"{NAMES[key % 12]}{key // 12 - 1}"
