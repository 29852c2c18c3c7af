"""Plays a score through the engine: each note a little before it is due, stamped with the frame it falls on.

What flows in: a score, where each track's notes go, a place to begin, and again and again how far the sound has come.
What flows out: EVENTs for the rack and for the MIDI port, and the place of the playhead. Between two looks at the score
it may be edited: what has not been told yet is told as it is then. Two threads look: the window's, and one that goes on
while the window is busy; see `gui.keeping_on`.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.mixing.routes import EVERYWHERE, Route
from gui.mixing.seats import Seats, Way
from gui.transport.timeline import Leg, Stretch, Timeline
from gui.transport.timeline import Loop as Loop
from realtime.client import (
    ALL_CHANNELS,
    ALL_SLOTS,
    BEND,
    CONTROL,
    EVENT,
    FORGET,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
)
from score.events import Control
from score.note import Note
from score.score import Score, Track

AHEAD_S = 0.15
"""What is told in advance: longer than a repaint ever takes, shorter than a hand that edits."""

MOST_AHEAD_S = 0.5
"""On a machine that lets nobody look for longer than that: so far, and no further."""

_BESIDES = 1.5
"""Who was kept from looking so long may be kept half as long again."""
_CALMS_BY = 0.05
"""Of each second that passes, what is told in advance becomes shorter by this share, back to the usual."""

TIMBRE = 74
_FULL = 127.0


@dataclass(frozen=True, order=True)
class _Due:
    """Something at a frame; of one frame ends come first, then bends, then beginnings. [gui]"""

    frame: int
    rank: int
    serial: int
    kind: int = 0
    channel: int = 0
    number: int = 0
    value: float = 0.0
    route: Route = EVERYWHERE


class Player:
    """One playhead. What it asks of others it asks on any of its threads, one at a time. [any]"""

    def __init__(self, send: Callable[[npt.NDArray[Any]], None]) -> None:
        self._send = send
        self.send_to_port: Callable[[npt.NDArray[Any]], None] | None = None
        """Who takes what goes to the MIDI port; without one, all goes one way."""
        self.playing = False
        self._time = Timeline()
        self._lock = threading.RLock()  # of all below, while one of the two looks
        self.passed: Callable[[list[Stretch]], object] = lambda stretches: None
        """Told of each part of the piece when its notes are."""
        self.is_told: Callable[[Track], bool] = lambda track: True
        """Whether a track plays at all: one that is recorded over does not."""
        self.is_heard: Callable[[Track], bool] = lambda track: True
        """Whether a track is heard whose way has no fader; in the rack its fader is shut, and its notes go on."""
        self.seats = Seats()
        self._rate, self._ahead_s, self._looked_at = 48_000.0, AHEAD_S, 0.0
        self._due: list[_Due] = []
        self._serial = 0

    def begin(self, score: Score, ticks: int, frame: float, rate: float, speed: float = 1.0) -> None:
        """Play from a tick on, which falls on a frame of the engine's. [gui]"""
        with self._lock:
            self._rate, self._looked_at, self.playing = rate, frame, True
            self._time.begin(score.tempo, ticks, frame, rate, speed)
            self._due.clear()
            self.seats.begin()

    def end(self) -> None:
        """Stop: every note is let go. [gui]"""
        with self._lock:
            if not self.playing:
                return
            self.playing = False
            self._due.clear()
            off = np.zeros(2, EVENT)
            off["frame"], off["kind"], off["channel"], off["slot"] = -1, (FORGET, NOTES_OFF), ALL_CHANNELS, ALL_SLOTS
            self._send(off)
            if self.send_to_port is not None:
                self.send_to_port(off)

    def steer(self, speed: float) -> None:
        """Be faster or slower than the piece says, from what was told on. [gui]"""
        with self._lock:
            self._time.steer(speed)

    @property
    def loop(self) -> Loop | None:
        """What is played over and over. [gui]"""
        return self._time.loop

    @loop.setter
    def loop(self, loop: Loop | None) -> None:
        with self._lock:
            self._time.loop = loop

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The line of time since it began, or as much of it as is still known. [any]"""
        with self._lock:
            return self._time.legs

    @property
    def began_frame(self) -> int:
        """The frame from which it plays, or from which the loop was last begun. [any]"""
        with self._lock:
            return self._time.began_frame

    @property
    def told_to(self) -> int:
        """The first tick that has not been told. [any]"""
        return self._time.told_to

    def place(self, frame: float) -> float:
        """The tick that sounds at a frame. [any]"""
        with self._lock:
            return self._time.place(frame)

    def forget_before(self, frame: float) -> None:
        """Nobody will ask for a place so long ago. [gui]"""
        with self._lock:
            self._time.forget_before(frame)

    def tell(self, score: Score, frame: int) -> int:
        """Tell the engine what is due soon; returns the tick that sounds now. [any]"""
        with self._lock:
            ahead = frame + int(self._ahead(frame) * self._rate)
            if self.playing:
                stretches = self._time.pass_to(score.tempo, ahead)
                for stretch in stretches:
                    self._gather(score, stretch)
                self.passed(stretches)
            self._send_until(ahead)
            return round(self._time.place(frame))

    def _ahead(self, frame: int) -> float:
        """Seconds to be told in advance, after looks that came as late as the last ones did."""
        since_s = max(frame - self._looked_at, 0.0) / self._rate
        self._looked_at = max(frame, self._looked_at)
        self._ahead_s = min(max(AHEAD_S, _BESIDES * since_s, self._ahead_s - _CALMS_BY * since_s), MOST_AHEAD_S)
        return self._ahead_s

    def _gather(self, score: Score, stretch: Stretch) -> None:
        """What begins in a stretch becomes due."""
        start, end = stretch.start_ticks, stretch.end_ticks
        for track, way in self.seats.ways(score.tracks):
            if not self.is_told(track) or not (way.route.is_alone or self.is_heard(track)):
                continue
            for note in track.notes.between(start, end):
                if note.start_ticks >= start and not note.muted:
                    self._note(stretch, note, way)
            for event in track.events:
                if isinstance(event, Control) and start <= event.ticks < end:
                    due = stretch.frame_of(event.ticks)
                    self._add(due, 1, CONTROL, way.all_channels, event.number, event.value / _FULL, way.route)

    def _note(self, stretch: Stretch, note: Note, way: Way) -> None:
        begins, ends = (stretch.frame_of(ticks) for ticks in (note.start_ticks, note.end_ticks))
        channel = way.take(note, begins, ends)

        def add(offset: int, kind: int, number: int, value: float) -> None:
            self._add(stretch.frame_of(note.start_ticks + offset), 1, kind, channel, number, value, way.route)

        for offset, bend_st in note.bend_st or ((0, 0.0),):
            add(offset, BEND, 0, bend_st)
        for offset, pressure in note.pressure:
            add(offset, PRESSURE, 0, pressure / _FULL)
        for offset, timbre in note.timbre:
            add(offset, CONTROL, TIMBRE, timbre / _FULL)
        self._add(begins, 2, NOTE_ON, channel, note.pitch, note.velocity / _FULL, way.route)
        self._add(ends, 0, NOTE_OFF, channel, note.pitch, note.release_velocity / _FULL, way.route)

    def _add(self, frame: int, rank: int, kind: int, channel: int, number: int, value: float, route: Route) -> None:
        self._serial += 1
        heapq.heappush(self._due, _Due(frame, rank, self._serial, kind, channel, number, value, route))

    def _send_until(self, frame: int) -> None:
        due = list(self._taken(frame))
        if self.send_to_port is None:
            _send(due, self._send)
            return
        _send([each for each in due if each.route.to_rack], self._send)
        _send([each for each in due if each.route.to_port], self.send_to_port)

    def _taken(self, frame: int) -> Iterator[_Due]:
        while self._due and self._due[0].frame < frame:
            yield heapq.heappop(self._due)


def _send(due: list[_Due], send: Callable[[npt.NDArray[Any]], None]) -> None:
    if due:
        events = np.zeros(len(due), EVENT)
        for n, each in enumerate(due):
            events[n] = (each.frame, each.value, each.kind, each.channel, each.number, 0, each.route.slot, 0)
        send(events)
