"""What is kept of what is sung and played: the last ten minutes in any case, and a recording however long it is. [gui]

What flows in: EVENTs, the frames that pass, and the stream of the tape on which the engine keeps the sound. What flows
out: notes at a place of the piece, with the bends and the pressure that they were sung with, and the take they are of.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.session.capture import Capture
from gui.session.making import BEFORE_S
from gui.session.take_notes import TakeNotes
from gui.session.takes import Recorded, Takes
from realtime.client import EVENT
from score.note import Note
from score.tempo import TempoMap

LEAD_S = 0.5
"""So much of the sound before a phrase's first note is kept with it: the ears decide a little after a voice began."""


class Recorder:
    """Records always; `begin` only says from where it counts. [gui]"""

    def __init__(self, takes: Takes | None = None, rate: float = 48_000.0) -> None:
        self.capture = Capture(rate)
        self._takes, self._rate = takes, rate
        self.tape = ""
        """The stream of the tape that bears the frames of now; "" for none. [gui]"""
        self._is_on = self._logs = False
        self._recent: deque[npt.NDArray[Any]] = deque()

    @property
    def is_on(self) -> bool:
        """Whether a recording goes on; what was played since it began is not forgotten then. [gui]"""
        return self._is_on

    @is_on.setter
    def is_on(self, on: bool) -> None:
        self._is_on = on
        self.capture.forgets = not on
        if not on and self._takes is not None:
            self._takes.drop()  # whatever of it was worth keeping is a take by now

    def stream(self, rate: float, tape: str = "") -> None:
        """The engine plays anew, at this rate: its frames count from elsewhere, and the tape is this stream. [gui]"""
        self._rate, self.tape, self._logs = rate, tape, False  # a take ends with its stream
        self._recent.clear()
        self.capture.begin_stream(rate)

    def hear(self, events: npt.NDArray[Any]) -> None:
        """What was sung and played since last asked. [gui]"""
        self.capture.add(events)
        if not len(events):
            return
        if self._logs and self._takes is not None:
            self._takes.hear(events)
        self._recent.append(events)
        newest = int(events["frame"].max())
        while int(self._recent[0]["frame"].max()) < newest - BEFORE_S * self._rate:
            self._recent.popleft()

    def begin(self, frame: int, place_ticks: int, track_id: int = 0) -> None:
        """From this frame on, whose sound falls on a tick of the piece; what a crash leaves of it is found. [gui]"""
        self.is_on = True
        if self._takes is not None and self.tape and track_id:
            before = np.concatenate([np.zeros(0, EVENT), *self._recent])
            self._logs = True
            self._takes.begin(Path(self.tape), self._rate, frame, track_id, place_ticks, before)

    def keep(self, frames: tuple[int, int], track_id: int, start_ticks: int, heard: TakeNotes) -> Recorded:
        """A part of what was recorded is whole: notes, and the sound from one frame to before another. [gui]"""
        if self._takes is None or not self.tape or frames[1] <= frames[0]:
            return Recorded(track_id, heard)
        return self._takes.keep(Path(self.tape), self._rate, frames, track_id, start_ticks, heard)

    def phrase(self, frame: int, tempo: TempoMap, place_ticks: int) -> tuple[Note, ...]:
        """All since the last silence, from a tick on. [gui]"""
        self.capture.pass_to(frame)
        return TakeNotes.of(self.capture.clip(None, tempo, place_ticks)).notes

    def recall(self, frame: int, tempo: TempoMap, place_ticks: int, track_id: int) -> Recorded | None:
        """All since the last silence, from a tick on, with its sound: nobody had to press record. [gui]"""
        self.capture.pass_to(frame)
        moment = self.capture.moment()
        begins_s = moment.begins_s()
        if begins_s is None:
            return None
        heard = TakeNotes.of(moment.clip(None, tempo, place_ticks))
        first = self.capture.frame_of(begins_s)
        if first is None:  # it was played before the engine went and came back
            return Recorded(track_id, heard)
        lead_s = min(LEAD_S, tempo.seconds_at(place_ticks), first / self._rate)
        starts = round(tempo.ticks_at(tempo.seconds_at(place_ticks) - lead_s))
        return self.keep((first - round(lead_s * self._rate), frame), track_id, starts, heard)
