"""Which tick of the piece falls on which frame of the engine, through loops, other tempos, and a song that is followed.

What flows in: where and when it begins, the map of tempo as it is now, frames that pass. What flows out: stretches of
the piece that come next, each with its frames, and the place of any frame since the beginning. A frame that was told
stays where it was: whatever changes, changes from there on, so that nothing is told twice and nothing is left out. No
Qt. [gui]
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from score.tempo import TempoMap

_SAME_SPEED = 0.0005
"""Of a song that is followed so nearly, one is half a millisecond away at most, and the line need not bend."""

_FORGETS_AFTER_LEGS = 4096
"""A song that is followed bends the line thirty times a second."""


@dataclass(frozen=True)
class Loop:
    """A part that is played over and over. [any]"""

    start_ticks: int
    end_ticks: int


@dataclass(frozen=True)
class Leg:
    """A straight part of the line: from a frame and a tick on, at a speed, by one map of tempo. [any]"""

    frame: float
    """Not whole: a loop that has come round a thousand times is still in time."""
    ticks: float
    tempo: TempoMap
    frames_per_s: float
    """Frames that a second of the piece lasts: the card's rate, or more where a slower song is followed."""
    lap: int = 0
    """How many times the music has jumped to get here."""

    def frame_of(self, ticks: float) -> float:
        """The frame on which a tick falls. [any]"""
        return self.frame + (self.tempo.seconds_at(ticks) - self.tempo.seconds_at(self.ticks)) * self.frames_per_s

    def ticks_at(self, frame: float) -> float:
        """The tick that falls on a frame. [any]"""
        return self.tempo.ticks_at(self.tempo.seconds_at(self.ticks) + (frame - self.frame) / self.frames_per_s)


@dataclass(frozen=True)
class Stretch:
    """A part of the piece that comes next: from one tick to before another. [any]"""

    start_ticks: int
    end_ticks: int
    leg: Leg
    is_new: bool = False
    """Whether its leg begins with it: the music has begun, jumped, or changed its pace."""

    def frame_of(self, ticks: float) -> int:
        """The nearest frame to a tick. [any]"""
        return round(self.leg.frame_of(ticks))


class Timeline:
    """One playhead's way through a piece. [gui]"""

    def __init__(self) -> None:
        self.loop: Loop | None = None
        self._legs: list[Leg] = []
        self._told_to = 0
        self._rate = 48_000.0
        self._speed = 1.0
        self._is_new = True

    def begin(self, tempo: TempoMap, ticks: int, frame: float, rate: float, speed: float = 1.0) -> None:
        """Play from a tick on, which falls on a frame, even one that is still to come. [gui]"""
        self._rate, self._speed, self._told_to, self._is_new = rate, speed, ticks, True
        self._legs = [Leg(frame, ticks, tempo, rate / speed)]

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The line since the beginning, or as much of it as is still known. [gui]"""
        return tuple(self._legs)

    @property
    def began_frame(self) -> int:
        """The frame from which it plays, or from which the loop was last begun. [gui]"""
        lap = self._legs[-1].lap if self._legs else 0
        return round(next((leg.frame for leg in self._legs if leg.lap == lap), 0.0))

    @property
    def told_to(self) -> int:
        """The first tick that has not been told. [gui]"""
        return self._told_to

    def leg_at(self, frame: float) -> Leg:
        """The leg on which a frame lies; the first, before there was any. [gui]"""
        at = bisect_right([leg.frame for leg in self._legs[-64:]], frame)
        if at == 0 and len(self._legs) > 64:
            return self._legs[max(bisect_right([leg.frame for leg in self._legs], frame) - 1, 0)]
        return self._legs[-64:][max(at - 1, 0)]

    def place(self, frame: float) -> float:
        """The tick that sounds at a frame; where it begins, before it has begun. [gui]"""
        leg = self.leg_at(frame)
        return max(leg.ticks_at(frame), 0.0) if frame > leg.frame else leg.ticks

    def steer(self, speed: float) -> None:
        """Be faster or slower than the piece says, from what was told on. [gui]"""
        if self._legs and abs(speed - self._speed) > _SAME_SPEED * self._speed:
            self._speed = speed
            self._go_on(self._legs[-1].tempo)

    def pass_to(self, tempo: TempoMap, frame: float) -> list[Stretch]:
        """What falls before a frame and was not told yet. [gui]"""
        if not self._legs:
            return []
        if tempo is not self._legs[-1].tempo and tempo != self._legs[-1].tempo:
            self._go_on(tempo)
        stretches = []
        while True:
            leg = self._legs[-1]
            to, loop = int(leg.ticks_at(frame)), self.loop
            jumps = loop is not None and self._told_to < loop.end_ticks <= to and loop.end_ticks > loop.start_ticks
            end = loop.end_ticks if jumps and loop is not None else to
            if end > self._told_to:
                stretches.append(Stretch(self._told_to, end, leg, self._is_new))
                self._told_to, self._is_new = end, False
            if not jumps or loop is None:
                return stretches
            self._add(Leg(leg.frame_of(end), loop.start_ticks, tempo, leg.frames_per_s, leg.lap + 1))
            self._told_to = loop.start_ticks

    def _go_on(self, tempo: TempoMap) -> None:
        """The line bends where it was told to, and jumps nowhere."""
        leg = self._legs[-1]
        bend = Leg(leg.frame_of(self._told_to), self._told_to, tempo, self._rate / self._speed, leg.lap)
        if bend.frame <= leg.frame and bend.lap == leg.lap:
            self._legs.pop()
        self._add(bend)

    def _add(self, leg: Leg) -> None:
        self._legs.append(leg)
        self._is_new = True

    def forget_before(self, frame: float) -> None:
        """Nobody will ask for a place so long ago. [gui]"""
        if len(self._legs) > _FORGETS_AFTER_LEGS:
            keep = next((n for n, leg in enumerate(self._legs) if leg.frame > frame), len(self._legs)) - 1
            del self._legs[: max(keep, 0)]
