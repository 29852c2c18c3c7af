"""A recording in progress: from which frame on, in what way, and which passes of the music are takes already.

What flows in: the line of time, what was captured, the frame of now. What flows out: takes, each with its notes, as
soon as a pass is over and the last of its notes can have come; at the end whatever is left. No Qt. [gui]
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from gui.session.capture import MOMENTS_S, Capture
from gui.transport.laying import Laying
from gui.transport.passes import OVERDUB, Pass, passes, recorded
from gui.transport.timeline import Leg, Loop
from score.edits import Edit
from score.note import Note
from score.score import Score

SLICE_S = 0.004
"""So long a look may take to lay notes while one sings on: a quarter of the time from one to the next."""

SETTLES_S = 0.3
"""After a pass: by then the ears have told of its last note."""


@dataclass(frozen=True)
class Taken:
    """One take: a pass of the music, its notes, and the edit that brings them into the piece. [any]"""

    track_id: int
    of: Pass
    notes: tuple[Note, ...]
    edit: Edit | None
    """None where nothing was sung: its sound may be wanted all the same."""
    first_frame: int
    """Of the engine: when the sound of the pass began to come in, later by what it takes to be heard and sung."""
    end_frame: int


@dataclass
class Recording:
    """From a frame on, into a track. [gui]"""

    track_id: int
    from_frame: float
    rate: float
    mode: str = OVERDUB
    punch: Loop | None = None
    late_s: float = 0.0
    """What is sung to a beat comes in so much later than the beat was played: out of the card, and in again."""
    counted: bool = False
    """Whether a count led in."""
    name: str = "Record"
    _taken_to: int = 0
    """The first lap that is no take yet."""
    _layings: dict[int, Laying] = field(default_factory=dict)
    """Of each lap that was begun and is no take yet."""

    @property
    def late_frames(self) -> float:
        """The same in frames. [any]"""
        return self.late_s * self.rate

    def take(self, legs: Sequence[Leg], capture: Capture, score: Score, now: int, ends: bool = False) -> list[Taken]:
        """The takes that are whole by now; all, where the recording ends. [gui]"""
        takes, found = [], self._passes(legs, now)
        for each in found:
            settled = each.is_over and now - each.end_frame >= SETTLES_S * self.rate + self.late_frames
            if settled or ends:
                self._taken_to = each.lap + 1
                capture.pass_to(
                    min(round(each.end_frame + self.late_frames), now)
                )  # a note that is held still ends there
                takes.append(self._take(each, capture, score))
        self._lay([each for each in found if each.lap >= self._taken_to], capture)
        return takes

    def is_spent(self, legs: Sequence[Leg], now: int, loops: bool) -> bool:
        """Whether nothing can come any more: the punched part was passed, and does not come again. [gui]"""
        return self.punch is not None and not loops and self._taken_to > 0 and not self._passes(legs, now)

    def silences(self, track_id: int, told_to: int) -> bool:
        """Whether what is in the track already makes room while it is recorded over. [gui]"""
        if self.mode == OVERDUB or track_id != self.track_id:
            return False
        return self.punch is None or self.punch.start_ticks < told_to <= self.punch.end_ticks

    def _passes(self, legs: Sequence[Leg], now: int) -> list[Pass]:
        """Those that are no takes yet."""
        mine = [leg for leg in legs if leg.lap >= self._taken_to]
        return passes(mine, self.from_frame, now, self.punch, self.counted)

    def _lay(self, some: Sequence[Pass], capture: Capture) -> None:
        """What has ended, a slice at a time."""
        if not capture.is_anchored:
            return
        until_s = time.perf_counter() + SLICE_S
        for each in some:
            self._laying(each, capture).go_on(each, until_s)
        laid_to_s = min((laying.to_s for laying in self._layings.values()), default=capture.now_s)
        capture.let_go(laid_to_s - MOMENTS_S)

    def _laying(self, of: Pass, capture: Capture) -> Laying:
        if of.lap not in self._layings:
            self._layings[of.lap] = Laying(of, capture, self.rate, self.late_frames)
        return self._layings[of.lap]

    def _take(self, of: Pass, capture: Capture, score: Score) -> Taken:
        notes = self._laying(of, capture).notes(of) if capture.is_anchored else ()
        self._layings.pop(of.lap, None)
        track = next((each for each in score.tracks if each.id == self.track_id), None)
        edit = recorded(track, notes, of, self.mode, self.name)
        frames = (round(frame + self.late_frames) for frame in (of.first_frame, of.end_frame))
        return Taken(self.track_id, of, notes, edit, *frames)
