"""Where the beats are, whoever says so: a tempo that was heard, or one that is set.

What flows in: a time on the stream's clock, in seconds. What flows out: the beat there, a plain value. The quantiser
asks a `Grid` and does not care whether a singer, a metronome or a MIDI clock stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite
from typing import NamedTuple, Protocol

from score.errors import SettingsError

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0


class Beat(NamedTuple):
    """How the beat goes at a moment. [any]"""

    bpm: float
    phase: float  # 0 on the beat, to 1, the next one
    confidence: float  # 0..1: how likely this is the tempo and the beat
    next_beat_s: float


class Grid(Protocol):
    """Anything that knows where the beats are. [any]"""

    def at(self, t_s: float) -> Beat:
        """The beat at a time of the stream. [any]"""


@dataclass(frozen=True)
class Metronome:
    """A tempo that is set: so many beats a minute, one of them at the origin. [any]"""

    bpm: float
    origin_s: float = 0.0

    def __post_init__(self) -> None:
        if not (isfinite(self.bpm) and self.bpm > 0.0 and isfinite(self.origin_s)):
            raise SettingsError(
                f"No metronome beats {self.bpm} times a minute from {self.origin_s} s.", "Give a tempo above 0."
            )

    def at(self, t_s: float) -> Beat:
        """The beat at a time of the stream, also before the origin. [any]"""
        return beat_at(t_s, self.bpm, (t_s - self.origin_s) * self.bpm / 60.0, 1.0)


def beat_at(t_s: float, bpm: float, beats: float, confidence: float) -> Beat:
    """The beat at a time, so many beats after any other beat. [any]"""
    # A tiny negative number's rest is 1.0 after rounding: that is the beat itself.
    phase = beats - floor(beats)
    phase = phase if phase < 1.0 else 0.0
    return Beat(bpm, phase, confidence, t_s + (1.0 - phase) * 60.0 / bpm)
