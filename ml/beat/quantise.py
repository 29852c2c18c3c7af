"""Notes put into time while they are sung: who is early waits for the line, who is late goes at once.

What flows in: what the ears say in one hop. What flows out: what is to be said now. Runs on the ears thread, between
the notes and the port, and is called every hop, also with nothing.

Live, a note can only be delayed. All that waits stands in one queue and leaves it in the order it was sung, each thing
at its due frame: a note-on at its line; a note-off as much later as its note-on was, so that the note keeps its length,
but no later than the next note-on, so that two notes never sound where one was sung. A slur stays a slur: an off and an
on of one hop leave together. Bends and pressures that come while a note waits are its own; only the newest are kept,
and go just before it, so that it starts in tune.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from ml.beat.division import STRAIGHT, following, lines, nearest
from ml.beat.grid import Grid
from ml.beat.waiting import End, Note, Passing, Queue, Start
from ml.frames import HOP_S
from ml.said import Said
from realtime.events import NOTE_OFF, NOTE_ON, NOTES_OFF, SILENCE
from score.errors import SettingsError

_SHORTEST_S = 0.03  # of a note that ended before its line came: less is a click
_ON_TIME_S = 0.03  # late by so little is in time, also for the strict: nobody sings closer
_RELEASE = 0.5
_SURE = 0.4  # of tempo and beat, before notes are held back for them
_LONGEST_WAIT_S = 0.5

Told = list[tuple[int, Said]]


class Quantiser:
    """Holds notes back for the lines of a grid. [ears]"""

    def __init__(
        self,
        grid_source: Grid,
        division: str = "1/16",
        strength: float = 1.0,
        swing: float = STRAIGHT,
        rate: float = 48000.0,
        *,
        strict: bool = False,
        longest_wait_s: float = _LONGEST_WAIT_S,
    ) -> None:
        if not (isfinite(rate) and rate > 0.0):
            raise SettingsError(f"A stream cannot have {rate} frames a second.", "Give the rate of the card.")
        self._grid = grid_source
        self._rate = rate
        self.set(division, strength, swing, strict=strict, longest_wait_s=longest_wait_s)
        self._half_hop = round(0.5 * HOP_S * rate)
        self.reset()

    def set(
        self,
        division: str,
        strength: float = 1.0,
        swing: float = STRAIGHT,
        *,
        strict: bool = False,
        longest_wait_s: float = _LONGEST_WAIT_S,
    ) -> None:
        """Another grid for the notes to come: which lines, and how much of the way to them a note is held back.

        Strict sends late notes to the next line too. A note that would wait longer than it may is not held back at
        all: half-way it would be as wrong, and late besides. [ears]
        """
        if not 0.0 <= strength <= 1.0:
            raise SettingsError(f"The strength of a grid cannot be {strength}.", "Give 0 (none) to 1 (onto the line).")
        if not (isfinite(longest_wait_s) and longest_wait_s >= 0.0):
            raise SettingsError(f"A note cannot wait {longest_wait_s} s.", "Give 0 or more seconds.")
        self._lines = lines(division, swing)
        self._strength, self._strict, self._longest_wait_s = strength, strict, longest_wait_s

    def reset(self) -> None:
        """Forget what waits and what sounds; the frames may begin anew. [ears]"""
        self._queue = Queue(round(_SHORTEST_S * self._rate))
        self._notes: dict[int, Note] = {}
        self._frame: int | None = None

    def shape(self, frame: int, said: Sequence[Said]) -> Told:
        """What to say now, each with its frame, given what the ears say in this hop. [ears]"""
        if self._frame is not None and frame < self._frame:
            self._queue.shift(frame - self._frame)  # the stream began anew: what waits goes on waiting
        self._frame = frame
        if not said and not self._queue:
            return []
        told: Told = []
        moves: list[Said] = []  # not yet known whose: a bend before a note-on is that note's
        for each in said:
            if each.kind == NOTE_ON:
                self._begin(frame, each, moves)
                moves = []
            elif each.kind == NOTE_OFF:
                self._move(frame, moves, told)
                moves = []
                self._end(frame, each)
            elif each.kind in (NOTES_OFF, SILENCE):
                self._move(frame, moves, told)
                moves = []
                self._stop(frame, each)
            else:
                moves.append(each)
        self._move(frame, moves, told)
        self._leave(frame, told)
        return told

    def finish(self) -> Told:
        """The stream ends: what waits and has ended is still heard, for a moment; nothing is left sounding. [ears]"""
        frame = self._frame or 0
        told = self._queue.emptied(frame)
        last = max((at for at, _ in told), default=frame)
        sounding = [note for note in self._notes.values() if note.start.sent and not note.ended]
        told += [(last, Said(NOTE_OFF, note.start.said.number, _RELEASE)) for note in sounding]
        self.reset()
        return told

    def _leave(self, frame: int, told: Told) -> None:
        # In the hop that is nearest to the line, not the first one after it.
        told += [(frame, said) for _, said in self._queue.leaving(frame, self._half_hop)]

    def _begin(self, frame: int, said: Said, moves: list[Said]) -> None:
        wait_frames = self._wait_frames(frame)
        start = Start(frame + wait_frames, said, moves, sung_frame=frame, held=wait_frames > 0)
        self._notes[said.number] = Note(start)
        self._queue.begin(start, frame)

    def _end(self, frame: int, said: Said) -> None:
        note = self._notes.pop(said.number, None)
        if note is None:
            self._queue.append(End(frame, said, None, frame))
        elif not note.start.dropped:
            note.start.note_ended = note.ended = True
            delay = note.start.due - note.start.sung_frame
            self._queue.append(End(frame + delay, said, note.start, frame))

    def _move(self, frame: int, moves: list[Said], told: Told) -> None:
        for each in moves:
            if self._queue.give(each, frame):
                continue
            if self._queue and self._queue.last_due > frame:
                self._leave(frame, told)
                told.append((frame, each))  # the end of a note waits; a bend need not
            else:
                self._queue.append(Passing(frame, each))

    def _stop(self, frame: int, said: Said) -> None:
        """Everything shall be still: what waits will not sound."""
        self._queue.drop_waiting(frame)
        self._queue.append(Passing(frame, said))

    def _wait_frames(self, frame: int) -> int:
        if self._strength == 0.0:
            return 0
        beat = self._grid.at(frame / self._rate)
        if beat.confidence < _SURE:
            return 0
        away_s = (nearest(self._lines, beat.phase) - beat.phase) * 60.0 / beat.bpm
        if self._strict and away_s < -_ON_TIME_S:
            away_s = (following(self._lines, beat.phase) - beat.phase) * 60.0 / beat.bpm
        wait_s = self._strength * away_s
        return round(wait_s * self._rate) if 0.0 < wait_s <= self._longest_wait_s else 0
