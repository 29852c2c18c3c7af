"""Our song leads: which pulses of MIDI clock fall on which frames, told to the engine as the piece goes on.

What flows in: stretches of the piece that come next. What flows out: courses for the engine, one where the music
begins, jumps, or changes its pace; the engine sends the pulses by itself, so that they are as steady as its card. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gui.transport.timeline import Leg, Stretch

PULSES_PER_QUARTER = 24
Points = tuple[tuple[float, float], ...]


class Leader:
    """Whom others follow, while it is on. [gui]"""

    def __init__(self, lead: Callable[[Points, bool], object]) -> None:
        self._lead = lead
        self.is_on = False
        self._lap: int | None = None
        """Of the music that others follow now."""

    def pass_by(self, stretches: Iterable[Stretch]) -> None:
        """The piece goes on. [gui]"""
        for stretch in stretches:
            if self.is_on and (stretch.is_new or self._lap is None):
                self._lead(points(stretch.leg, stretch.start_ticks), self._lap == stretch.leg.lap)
                self._lap = stretch.leg.lap
        if not self.is_on:
            self.stop()

    def stop(self) -> None:
        """The music stops, or nobody shall follow it any more. [gui]"""
        if self._lap is not None:
            self._lap = None
            self._lead((), False)


def points(leg: Leg, from_ticks: int) -> Points:
    """Where pulses fall from a tick on: a corner at each change of tempo, straight behind the last. [any]"""
    per_quarter = leg.tempo.ticks_per_quarter
    corners = [from_ticks, *(tempo.ticks for tempo in leg.tempo.tempos if tempo.ticks > from_ticks)]
    corners.append(corners[-1] + per_quarter)
    return tuple((ticks * PULSES_PER_QUARTER / per_quarter, leg.frame_of(ticks)) for ticks in corners)
