"""The notes of a pass, laid into the piece as they end, while one sings on: so that a stop has hardly anything to do.

What flows in: the line of time as far as it is known, what was captured. What flows out: the notes of the pass, the
same as if all were laid at its end. Of a note that ended far enough behind the music nothing changes any more: neither
where its frames fall, nor whether it belongs to this pass. No Qt. [gui]
"""

from __future__ import annotations

import time
from dataclasses import replace

from gui.session.capture import Capture
from gui.session.heard import Heard
from gui.session.placing import Place, is_moving
from gui.transport.passes import HAIR_S, RAW, Pass, lay
from score.note import Note
from score.zone import Zone

_LOOKS_BACK_S = HAIR_S + 0.1
"""Further than a hair: a note that began earlier is seen to have."""


class Laying:
    """One pass. [gui]"""

    def __init__(self, of: Pass, capture: Capture, rate: float, late_frames: float) -> None:
        self._capture, self._rate, self._late_frames = capture, rate, late_frames
        first = round(of.first_frame - _LOOKS_BACK_S * rate + late_frames)
        self._from_frame, self._from_s = first - late_frames, capture.second_of(first)
        self.to_s = self._from_s
        """All that ended until then is laid, or is none of this pass."""
        self._place, self._zone = Place(RAW, 0, self._from_s), Zone()
        self._moving: set[int] = set()
        """The sources of which a note has moved by itself: all their notes are in a zone."""
        self._laid: list[tuple[tuple[int, int, int], Note]] = []

    def go_on(self, of: Pass, until_s: float) -> None:
        """Lay what is certain, until it is so late on the clock of `time.perf_counter`. [gui]"""
        certain_s = self._capture.second_of(round(of.end_frame - HAIR_S * self._rate + self._late_frames))
        for heard in self._capture.ended_after(self.to_s):
            is_another = heard.end_s > self.to_s  # those that end together are not parted
            if heard.end_s > certain_s or (is_another and time.perf_counter() >= until_s):
                return
            self._lay(heard, of)
            self.to_s = heard.end_s

    def notes(self, of: Pass) -> tuple[Note, ...]:
        """All of them, when the pass is over; what sounds still ends here. [gui]"""
        for heard in self._capture.ended_after(self.to_s):
            self._lay(heard, of)
        for heard in self._capture.live():
            if heard.end_s > self._from_s:
                self._lay(heard, of)
        in_zone = (
            (key, replace(note, channel=self._zone.master))
            if key[0] in self._moving and note.channel != self._zone.master
            else (key, note)
            for key, note in self._laid
        )
        inside = [note for _, note in sorted(in_zone, key=lambda each: each[0])]
        return tuple(sorted(inside, key=lambda note: (note.start_ticks, note.pitch)))

    def _lay(self, heard: Heard, of: Pass) -> None:
        moves = is_moving(heard)
        if moves:
            self._moving.add(heard.source)
        raw = self._place.note(heard, self._zone if moves else None)
        note = lay(raw, of, self._from_frame, self._rate)
        if note is not None:
            self._laid.append(((heard.source, raw.start_ticks, raw.pitch), note))
