"""The window's side of the engine: what it tells goes to whoever shows it, and what a new stream means is done.

What flows in: the link's signals. What flows out: levels and pitch for the strip, frames for the deck, a tape for the
takes. All of it by methods of one object, which goes with its window when another session is opened over the same
engine. [gui]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy.typing as npt
from PyQt6.QtCore import QObject

from gui.session.folder import tape_path
from realtime.client import FROM_KEYS, NOTE_OFF, NOTE_ON

if TYPE_CHECKING:
    from gui.window import MainWindow


class EngineSide(QObject):
    """What one window hears of the engine. [gui]"""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        link = window.link
        link.metered.connect(self._metered)
        link.heard.connect(self._heard)
        link.played.connect(self._played)
        link.ready.connect(self._ready)
        link.lost.connect(self._lost)
        link.back.connect(self._back)

    def _metered(self, meters: npt.NDArray[Any]) -> None:
        self._window.deck.look(meters)
        self._window.strip.meter(meters)

    def _heard(self, pitches: npt.NDArray[Any]) -> None:
        self._window.strip.hear(pitches)
        self._window.deck.live.hear(pitches)

    def _played(self, events: npt.NDArray[Any]) -> None:
        self._window.deck.hear(events)
        for each in events[events["source"] == FROM_KEYS]:  # to be written down note by note, where that is wanted
            if (kind := int(each["kind"])) in (NOTE_ON, NOTE_OFF):
                self._window.roll.play_key(int(each["number"]), round(127 * float(each["value"])), kind == NOTE_ON)

    def _ready(self, description: dict[str, Any]) -> None:
        """A stream begins, whose frames count anew: the deck, and the tape, go by them."""
        device, deck = description.get("device", {}), self._window.deck
        deck.stream(float(device.get("rate", 48_000.0)))
        deck.late_s = float(device.get("input_latency_s", 0.0)) + float(device.get("output_latency_s", 0.0))
        self._window.link.ask(lambda engine: engine.record_to(str(tape_path())), self._window.takes.know_tape)

    def _lost(self) -> None:
        self._window.deck.interrupt()

    def _back(self) -> None:
        self._window.link.ask(lambda engine: engine.ask("description"), self._ready)
