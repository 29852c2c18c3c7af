"""Notes put into time while they are sung: to a tempo that was named, or the one the singing has.

What flows in: what is played, hop by hop. What flows out: the same, each with the frame it is for, early notes held
back for their line. Runs on the ears thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from ml.beat.grid import Beat, Grid, Metronome
from ml.beat.quantise import Quantiser, Told
from ml.beat.tempo import Tempo
from ml.said import Said
from ml.wish import Quantise
from realtime.events import NOTE_ON


class Timing:
    """A quantiser and the beat it goes by. [ears]"""

    def __init__(self, wanted: Quantise, rate: float) -> None:
        self._rate = rate
        self._tempo = Tempo() if wanted.bpm is None else None
        self._grid: Grid = self._tempo if self._tempo is not None else Metronome(wanted.bpm or 0.0)
        self._quantiser = Quantiser(self._grid, wanted.division, wanted.strength, wanted.swing, rate)

    def beat(self, frame: int) -> Beat:
        """The beat at a frame. [any]"""
        return self._grid.at(frame / self._rate)

    def reset(self) -> None:
        """Forget what waits, and the tempo. [ears]"""
        self._quantiser.reset()
        if self._tempo is not None:
            self._tempo.reset()

    def shape(self, frame: int, said: Sequence[Said]) -> Told:
        """What to say now, each with its frame. [ears]"""
        if self._tempo is not None and any(each.kind == NOTE_ON for each in said):
            self._tempo.onset(frame / self._rate)
        return self._quantiser.shape(frame, said)

    def finish(self) -> Told:
        """What waits, and the ends of what sounds. [ears]"""
        return self._quantiser.finish()
