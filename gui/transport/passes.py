"""What was sung, laid into the piece: one take for each time the music passed the part that is recorded.

What flows in: the line of time as it was played, from which frame on is recorded, a punched part, notes by the engine's
frames. What flows out: passes, and for each an edit of its notes. A voice that comes in a hair before the bar is on it;
a note that is held over the end of a loop ends there. Values, no Qt.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise, zip_longest

import numpy as np
import numpy.typing as npt

from gui.session.placing import Place
from gui.transport.timeline import Leg, Loop
from score.edits import AddNotes, AddTrack, ChangeNotes, Edit, RemoveNotes, Together
from score.note import Curve, Note
from score.notes import Notes
from score.score import Track
from score.tempo import Tempo, TempoMap
from score.zone import Zone

Frames = npt.NDArray[np.float64]

OVERDUB, REPLACE = "overdub", "replace"
MODES = (OVERDUB, REPLACE)

HAIR_S = 0.2
"""So much before the bar one may come in and be meant to be on it."""

TICKS_PER_S = 10_000
RAW = TempoMap(TICKS_PER_S, (Tempo(0, 1_000_000),))
"""Notes are taken from the capture in tenths of milliseconds, which no tempo bends, and laid into the piece here."""

_WORTH_S = 0.1
"""A note that was begun long before and ends so soon after is no note of this pass."""


@dataclass(frozen=True)
class Pass:
    """The music passing the part that is recorded: once where nothing loops. [any]"""

    lap: int
    first_frame: float
    end_frame: float
    start_ticks: int
    end_ticks: int
    legs: tuple[Leg, ...]
    is_over: bool
    jumped: bool = False
    """Whether a loop has come round to where it begins: before it, in the piece, something else stands."""
    led_in: bool = False
    """Whether one knew when it would begin, by a count or by the music: then a short note just before is meant too."""

    def ticks_at(self, frame: float) -> float:
        """The tick of a frame of it, or of a little before it. [any]"""
        return self.legs[self._leg_at(frame)].ticks_at(frame)

    def nearest_ticks(self, frames: Frames) -> npt.NDArray[np.int64]:
        """The nearest ticks of many frames, in their order. [any]"""
        ticks = np.zeros(len(frames), np.int64)
        first, last = (self._leg_at(frame) for frame in (frames[0], frames[-1]))
        at = 0
        for leg, after in zip_longest(self.legs[first : last + 1], self.legs[first + 1 : last + 1]):
            to = len(frames) if after is None else int(np.searchsorted(frames, after.frame))
            begins_s = leg.tempo.seconds_at(leg.ticks)
            ticks[at:to] = _placed(leg.tempo).ticks(begins_s + (frames[at:to] - leg.frame) / leg.frames_per_s)
            at = to
        return ticks

    def _leg_at(self, frame: float) -> int:
        return max(bisect_right(self.legs, frame, key=lambda leg: leg.frame) - 1, 0)


def passes(
    legs: Sequence[Leg], first_frame: float, end_frame: float, punch: Loop | None = None, counted: bool = False
) -> list[Pass]:
    """The passes from one frame to another, as far as they have come. [any]"""
    found = []
    laps = [(lap, tuple(mine)) for lap, mine in groupby(legs, key=lambda leg: leg.lap)]
    for (lap, mine), after in zip_longest(laps, [mine[0] for _, mine in laps[1:]]):
        begins = max(mine[0].frame, first_frame)
        ends = end_frame if after is None else min(after.frame, end_frame)
        is_over, jumped = after is not None and after.frame <= end_frame, lap > 0 and begins == mine[0].frame
        if punch is not None:
            punched_in, punched_out = (_frame_of(mine, ticks) for ticks in (punch.start_ticks, punch.end_ticks))
            jumped = jumped and punched_in <= begins
            is_over = is_over or punched_out <= end_frame
            begins, ends = max(begins, punched_in), min(ends, punched_out)
        if ends > begins:
            made = Pass(lap, begins, ends, 0, 0, mine, is_over, jumped, counted or begins > first_frame)
            start, end = (max(round(made.ticks_at(frame)), 0) for frame in (begins, ends))
            found.append(replace(made, start_ticks=start, end_ticks=end))
    return found


def recorded(track: Track | None, notes: tuple[Note, ...], of: Pass, mode: str, name: str) -> Edit | None:
    """One take as one edit: what is there stays, or makes room; a track that is gone meanwhile is made anew. [any]"""
    if not notes:
        return None
    if track is None:
        numbered = Notes(note.numbered(n) for n, note in enumerate(notes, 1))
        return Together(name, (AddTrack(Track(name, numbered, zones=(Zone(),))),))
    edits: list[Edit] = []
    if mode == REPLACE:
        there = [note for note in track.notes.between(of.start_ticks, of.end_ticks) if note.end_ticks > of.start_ticks]
        gone = tuple(note.id for note in there if note.start_ticks >= of.start_ticks)
        shorter = tuple(_until(note, of.start_ticks) for note in there if note.start_ticks < of.start_ticks)
        edits += [RemoveNotes(gone)] if gone else []
        edits += [ChangeNotes(shorter)] if shorter else []
    return Together(name, (*edits, AddNotes(track.id, notes)))


def lay(note: Note, of: Pass, from_frame: float, rate: float) -> Note | None:
    """A note of the RAW tempo, whose tick 0 is a frame, as a note of a pass; None if it is of another. [any]"""
    per_tick = rate / TICKS_PER_S
    begins, ends = (from_frame + ticks * per_tick for ticks in (note.start_ticks, note.end_ticks))
    hair, worth = HAIR_S * rate, _WORTH_S * rate
    if begins >= of.end_frame or ends <= of.first_frame - hair:
        return None
    if of.is_over and begins >= of.end_frame - hair and ends - of.end_frame > of.end_frame - begins:
        return None  # it is early for the next pass, or for what comes after
    if begins < of.first_frame - hair:
        if of.jumped or ends < of.first_frame + worth:
            return None
        begins = of.first_frame
    elif of.jumped and begins < of.first_frame:
        if ends - of.first_frame <= of.first_frame - begins:
            return None  # the end of the pass before
        begins = of.first_frame
    elif ends <= of.first_frame and not of.led_in:
        return None
    ends = min(ends, of.end_frame) if ends > of.first_frame else ends
    start = max(round(of.ticks_at(begins)), 0)
    last = round(of.ticks_at(ends))
    if last <= 0:
        return None
    duration = max(last - start, 1)

    def curve(points: Curve) -> Curve:
        if not points:
            return ()
        raw = np.array([ticks for ticks, _ in points], float)
        at = np.minimum(from_frame + (note.start_ticks + raw) * per_tick, ends)
        offsets = np.clip(of.nearest_ticks(at) - start, 0, duration)
        last_at_tick = np.flatnonzero(np.append(offsets[1:] != offsets[:-1], True))
        return tuple((int(offsets[n]), points[n][1]) for n in last_at_tick)

    return replace(
        note,
        start_ticks=start,
        duration_ticks=duration,
        bend_st=curve(note.bend_st),
        pressure=curve(note.pressure),
        timbre=curve(note.timbre),
    )


@lru_cache(maxsize=8)
def _placed(tempo: TempoMap) -> Place:
    """Seconds of a piece to its ticks. [any]"""
    return Place(tempo, 0, 0.0)


def _frame_of(legs: Sequence[Leg], ticks: int) -> float:
    leg = next((leg for leg, after in pairwise(legs) if ticks < after.ticks), legs[-1])
    return leg.frame_of(ticks)


def _until(note: Note, ticks: int) -> Note:
    """The note, ended earlier."""
    duration = ticks - note.start_ticks

    def curve(points: Curve) -> Curve:
        return tuple(point for point in points if point[0] <= duration)

    return replace(
        note,
        duration_ticks=duration,
        bend_st=curve(note.bend_st),
        pressure=curve(note.pressure),
        timbre=curve(note.timbre),
    )
