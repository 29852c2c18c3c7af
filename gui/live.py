"""What is being sung and played at this moment, as the roll draws it: notes that grow, and the voice's own line.

What flows in: EVENTs and PITCHes as they come. What flows out: the phrase since the last long silence, its notes and
its trace by frames of the engine, and, through a map from frames to ticks, as the roll wants them. [gui]
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from math import inf, log2, nan
from typing import Any

import numpy.typing as npt

from gui.roll.overlay import LiveNote, Trace
from realtime.client import FROM_KEYS, FROM_VOICE, NOTE_OFF, NOTE_ON, NOTES_OFF

PAUSE_S = 3.0
"""A silence that parts one phrase from the next."""

_LONGEST_LINE = 200 * 600
"""Ten minutes: what was sung before stands in the take, with its pitch."""
_BEFORE_A_PHRASE = 200
_MOST_POINTS = 2000
"""More than a window has pixels."""
_SURE = 0.5


@dataclass(frozen=True)
class Sounding:
    """One note of a phrase; it sounds still while it has no end. [any]"""

    begins: int
    pitch: int
    velocity: int
    channel: int
    source: int
    ends: int | None = None


class Live:
    """The phrase of the moment; while one records, all since the recording began. [gui]"""

    def __init__(self, rate: float = 48_000.0) -> None:
        self.rate = rate
        self.parts_phrases = True
        """Whether a long silence begins a phrase anew."""
        self._over: list[Sounding] = []
        self._open: list[Sounding] = []
        self._frames, self._pitches = array("q"), array("d")
        self._last_frame = 0
        self._laid = _Laid()

    @property
    def notes(self) -> list[Sounding]:
        """The phrase's notes, as they began. [gui]"""
        return sorted([*self._over, *self._open], key=lambda note: note.begins)

    @property
    def is_empty(self) -> bool:
        """Whether there is no note. [gui]"""
        return not self._over and not self._open

    @property
    def begins(self) -> int | None:
        """The frame of the phrase's first note. [gui]"""
        return min((note.begins for note in (*self._over[:1], *self._open)), default=None)

    @property
    def is_sounding(self) -> bool:
        """Whether a note is held now. [gui]"""
        return bool(self._open)

    def clear(self) -> None:
        """Begin a phrase anew; what sounds belongs to none. [gui]"""
        self._over, self._open = [], []
        self._frames, self._pitches = array("q"), array("d")
        self._laid = _Laid()

    def forget_before(self, frame: int) -> None:
        """What ended before a frame belongs to another phrase. [gui]"""
        if self._over and (self._over[0].ends or 0) < frame:
            self._over = [note for note in self._over if (note.ends or 0) >= frame]
            self._laid = _Laid()

    def play(self, events: npt.NDArray[Any]) -> bool:
        """Take notes of the voice and of keys; whether there were any. [gui]"""
        mine = events[(events["source"] == FROM_VOICE) | (events["source"] == FROM_KEYS)]
        came = False
        for each in mine:
            kind, frame = int(each["kind"]), int(each["frame"])
            if kind == NOTE_ON:
                self._part_phrases(frame)
                velocity = min(max(round(float(each["value"]) * 127), 1), 127)
                self._open.append(
                    Sounding(frame, int(each["number"]), velocity, int(each["channel"]), int(each["source"]))
                )
            elif kind == NOTE_OFF:
                self._end(frame, int(each["source"]), int(each["channel"]), int(each["number"]))
            elif kind == NOTES_OFF:
                self._end(frame, int(each["source"]))
            else:
                continue
            came, self._last_frame = True, max(self._last_frame, frame)
        return came

    def hear(self, pitches: npt.NDArray[Any]) -> None:
        """Take the voice's line. [gui]"""
        for frame, f0_hz, confidence in zip(
            pitches["frame"].tolist(), pitches["f0_hz"].tolist(), pitches["confidence"].tolist(), strict=True
        ):
            sung = f0_hz > 0.0 and confidence >= _SURE
            self._frames.append(frame)
            self._pitches.append(69.0 + 12.0 * log2(f0_hz / 440.0) if sung else nan)
        too_many = len(self._frames) - (_LONGEST_LINE if not self.is_empty else _BEFORE_A_PHRASE)
        if too_many > _BEFORE_A_PHRASE:
            del self._frames[:too_many], self._pitches[:too_many], self._laid.line[:too_many]

    def seen(
        self, by: Hashable, tick_of: Callable[[int], float], frame: int, first: float = 0.0, last: float = inf
    ) -> tuple[list[LiveNote], Trace]:
        """What lies between two ticks, as the roll draws it: notes, those that sound up to a frame, and the line.

        Each note and each point is laid at its tick once, for as long as `by`, which says how time runs, is the same:
        an hour of singing costs a frame no more than a bar of it. [gui]
        """
        if by != self._laid.by:
            self._laid = _Laid(by)
        laid = self._laid
        for note in self._over[len(laid.notes) :]:
            laid.put(self._drawn(note, tick_of, frame))
        for at in self._frames[len(laid.line) :]:
            laid.line.append(tick_of(at))
        notes = laid.between(first, last)
        notes += [self._drawn(note, tick_of, frame) for note in self._open]
        return notes, self._line(first, last)

    def _drawn(self, note: Sounding, tick_of: Callable[[int], float], frame: int) -> LiveNote:
        start = max(round(tick_of(note.begins)), 0)
        end = round(tick_of(max(frame if note.ends is None else note.ends, note.begins)))
        return LiveNote(start, max(end, start + 1), note.pitch, note.velocity, note.ends is None)

    def _line(self, first: float, last: float) -> Trace:
        """The voice's line, from a little before the first note; of a long one every so many points."""
        begins, line = self.begins, self._laid.line
        if begins is None:
            return ()
        start = max(bisect_left(line, first), bisect_left(self._frames, begins - int(0.1 * self.rate)))
        end = bisect_right(line, last, lo=min(start, len(line)))
        step = max((end - start) // _MOST_POINTS, 1)
        return list(zip(line[start:end:step], self._pitches[start:end:step], strict=True))

    def _part_phrases(self, frame: int) -> None:
        is_old = frame - self._last_frame > PAUSE_S * self.rate
        if self.parts_phrases and is_old and not self.is_empty and not self.is_sounding:
            self._over, self._laid = [], _Laid()

    def _end(self, frame: int, source: int, channel: int | None = None, pitch: int | None = None) -> None:
        """What sounds of this source, on this channel and of this pitch, is over."""
        for note in list(self._open):
            if note.source == source and channel in (None, note.channel) and pitch in (None, note.pitch):
                self._open.remove(note)
                self._over.append(replace(note, ends=frame))


class _Laid:
    """Notes that are over and points of the line, each at its tick. [gui]"""

    def __init__(self, by: Hashable = None) -> None:
        self.by = by
        self.notes: list[LiveNote] = []
        self.line = array("d")
        self._ends: list[int] = []
        self._longest = 0

    def put(self, note: LiveNote) -> None:
        """One more, which ended last. [gui]"""
        self.notes.append(note)
        self._ends.append(max(note.end_ticks, self._ends[-1] if self._ends else 0))
        self._longest = max(self._longest, note.end_ticks - note.start_ticks)

    def between(self, first: float, last: float) -> list[LiveNote]:
        """Those of which something lies there. [gui]"""
        start, end = bisect_left(self._ends, first), bisect_right(self._ends, last + self._longest)
        return self.notes[start:end]
