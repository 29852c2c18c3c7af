"""A deck with an engine that keeps the contract, and time that goes by when it is told to.

The engine here plays by a clock that is moved by hand: what it is told ahead it plays at its frame, tells what it has
taken, and forgets what it is told to forget, as the real one does; that the real one does is proved in
`tests/vocello/test_click_in_the_engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gui.clock import Clock
from gui.deck import Deck
from gui.session.document import Document
from gui.session.setup import Change, Loop
from realtime.client import EVENT, FORGET, FROM_VOICE, NOTE_OFF, NOTE_ON

RATE = 48_000
QUARTER, QUARTER_FRAMES = 960, 24_000
BAR_FRAMES = 4 * QUARTER_FRAMES
STEP = 800


class HandClock(Clock):
    """A clock that stands where it is put."""

    at = 10_000

    @property
    def frame(self) -> int:
        return self.at


class FakeEngine:
    """Takes events by frames, forgets those of the future when it is told to, leads and is led."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.told: list[tuple[int, int, int, float, int]] = []
        self.to_port: list[int] = []
        self.led: list[tuple[tuple[tuple[float, float], ...], bool]] = []
        self.heard_song: dict[str, Any] = {"running": False, "bpm": None, "beats": 0.0, "frame": 0.0, "age_s": None}

    def play(self, events: Any, to_rack: bool = True, to_port: bool = False) -> None:
        for each in events:
            frame, kind = int(each["frame"]), int(each["kind"])
            if kind == FORGET:
                self.told = [row for row in self.told if row[0] <= self._clock.at]
            self.told.append(
                (max(frame, self._clock.at), kind, int(each["number"]), float(each["value"]), int(each["slot"]))
            )
            if to_port:
                self.to_port.append(kind)

    def lead(self, points: tuple[tuple[float, float], ...], goes_on: bool = False) -> None:
        self.led.append((tuple(points), goes_on))

    def ask(self, what: str = "description") -> dict[str, Any]:
        assert what == "song"
        return self.heard_song

    def of(self, kind: int) -> list[tuple[int, int]]:
        return [(frame, number) for frame, each, number, _, _ in sorted(self.told) if each == kind]


class FakeLink:
    """Does what it is asked at once, as an engine that is very quick."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine

    def ask(self, verb: Callable[[Any], Any], then: Callable[[Any], None] | None = None) -> None:
        answer = verb(self.engine)
        if then is not None:
            then(answer)


class Stage:
    """A deck, its document and its engine, and time that goes by."""

    def __init__(self, document: Document) -> None:
        self.document, self.clock = document, HandClock()
        self.engine = FakeEngine(self.clock)
        self.deck = Deck(document, FakeLink(self.engine))  # type: ignore[arg-type]
        self.deck.clock = self.clock
        self.playhead, self.states = 0, list[tuple[bool, bool]]()
        self.deck.playhead = lambda: self.playhead
        self.deck.track_id = lambda: document.score.tracks[0].id
        self.deck.moved.connect(self._moved)
        self.deck.rewound.connect(lambda: self._moved(0))
        self.deck.made.connect(document.do)
        self.deck.wished.connect(self.change)
        self.deck.turned.connect(lambda: self.states.append((self.deck.player.playing, self.deck.recorder.is_on)))
        self.deck.stream(RATE)

    def _moved(self, ticks: int) -> None:
        self.playhead = ticks

    def change(self, change: Change) -> None:
        self.document.change(change)
        self.deck.follow_setup()

    def loop(self, start: int, end: int) -> None:
        self.change(Change("Loop", ("loop",), Loop(start, end, True)))

    def punch(self, start: int, end: int) -> None:
        self.change(Change("Punch", ("punch",), Loop(start, end, True)))

    def pass_frames(self, frames: int) -> None:
        end = self.clock.at + frames
        while self.clock.at < end:
            self.clock.at = min(self.clock.at + STEP, end)
            self.deck.frame()

    def sing(self, pitch: int, begins: int, ends: int) -> None:
        """A note, from one frame on to another; time goes on to its end."""
        self.pass_frames(begins - self.clock.at)
        self._heard(begins, NOTE_ON, pitch)
        self.pass_frames(ends - self.clock.at)
        self._heard(ends, NOTE_OFF, pitch)

    def _heard(self, frame: int, kind: int, pitch: int) -> None:
        made = np.zeros(1, EVENT)
        made[0] = (frame, 0.8, kind, 0, pitch, FROM_VOICE, 0xFFFF, 0)
        self.deck.hear(made)

    @property
    def notes(self) -> list[tuple[int, int, int]]:
        return [(note.pitch, note.start_ticks, note.end_ticks) for _, note in self.document.score]
