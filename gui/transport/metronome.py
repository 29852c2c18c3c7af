"""The metronome: clicks told ahead, each on the frame of its beat, and the count that leads in.

What flows in: stretches of the piece that come next. What flows out: CLICKs for the engine's own metronome; they reach
neither a MIDI port nor a track nor a file. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.transport.beats import Beat, beats, count_from
from gui.transport.timeline import Stretch
from realtime.client import CLICK, EVENT, FIRST_LINE, METRONOME_LINE
from score.tempo import TempoMap

NEVER, RECORDING, ALWAYS = "never", "recording", "always"
WHEN = (NEVER, RECORDING, ALWAYS)
LOWEST_DB, HIGHEST_DB, USUAL_DB = -40.0, 0.0, -10.0

_SOFTER = (0.6, 0.75, 1.0)
"""A beat, a group, a bar, of the level that is set."""


class Metronome:
    """Knocks when it is asked to. [gui]"""

    def __init__(self, send: Callable[[npt.NDArray[Any]], object]) -> None:
        self._send = send
        self.when = RECORDING
        self.level_db = USUAL_DB

    def pass_by(self, stretches: Iterable[Stretch], records: bool) -> None:
        """The piece goes on: click on its beats, if clicks are wanted now. [gui]"""
        if self.when == ALWAYS or (self.when == RECORDING and records):
            self._click(
                (stretch.frame_of(beat.ticks), beat)
                for stretch in stretches
                for beat in beats(stretch.leg.tempo, stretch.start_ticks, stretch.end_ticks)
            )

    def count_in(self, tempo: TempoMap, ticks: int, bars: int, from_frame: int, rate: float) -> int:
        """Count so many bars, beginning at a frame; returns the frame on which the place falls. [gui]"""
        first = count_from(tempo, ticks, bars)
        first_s = tempo.seconds_at(first)
        self._click(
            (from_frame + round((tempo.seconds_at(beat.ticks) - first_s) * rate), beat)
            for beat in beats(tempo, first, ticks)
        )
        return from_frame + round((tempo.seconds_at(ticks) - first_s) * rate)

    def _click(self, told: Iterable[tuple[int, Beat]]) -> None:
        factor = 10.0 ** (min(max(self.level_db, LOWEST_DB), HIGHEST_DB) / 20.0)
        rows = [
            (frame, factor * _SOFTER[beat.strength], CLICK, 0, beat.strength, 0, FIRST_LINE + METRONOME_LINE, 0)
            for frame, beat in told
        ]
        if rows:
            self._send(np.array(rows, EVENT))
