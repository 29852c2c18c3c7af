"""The engine as the window has it: asked by a thread of its own, looked at sixty times a second.

What flows in: verbs, from Qt's thread, which never waits for one. What flows out: signals: what the ears hear, what was
played, levels, news, and that the engine is gone or back. An engine that dies is brought back as it was. [gui]
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from realtime.client import Engine, PortWish
from score.errors import EngineLost, VocelloError

_LOOKS_EVERY_MS = 16


@dataclass(frozen=True)
class Wishes:
    """What the engine is to do when it begins. [any]"""

    device: str = ""
    microphone: str = ""
    demo: str = ""
    """What is heard where there is no card: a recording of somebody who sings."""
    rate: float | None = None
    block_frames: int = 128
    port: str = "Vocello"
    keys: str = "all"
    rack: Mapping[str, Any] = field(default_factory=dict)
    voice_is_known: bool = True
    """Whether the ears have got to know the voice; else that is offered."""


class EngineLink(QObject):
    """One engine, somewhere else. [gui]"""

    ready = pyqtSignal(dict)
    """It plays: the description of what runs."""
    trouble = pyqtSignal(str, str)
    """Something is not as wished: what it is about, and a line that says what to do."""
    metered = pyqtSignal(object)
    heard = pyqtSignal(object)
    played = pyqtSignal(object)
    told = pyqtSignal(str, str)
    lost = pyqtSignal()
    back = pyqtSignal()
    _answered = pyqtSignal(object, object)

    def __init__(self, open_engine: Callable[[Callable[[EngineLost], None]], Engine], wishes: Wishes) -> None:
        super().__init__()
        self._open, self.wishes = open_engine, wishes
        self.engine: Engine | None = None
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._obey, name="engine's orders", daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._answered.connect(lambda then, answer: then(answer))
        self._closed = False

    def begin(self) -> None:
        """Start the engine, without waiting for it. [gui]"""
        self._thread.start()
        wishes = self.wishes
        self._orders.put(lambda: self._start(wishes))
        self._timer.start()

    def ask(self, verb: Callable[[Engine], Any], then: Callable[[Any], None] | None = None) -> None:
        """Have something done; the answer comes back to this thread. [gui]"""
        self._orders.put(lambda: self._do(verb, then))

    def use(self, wishes: Wishes) -> None:
        """Play on another card, through another port; only what is different is touched. [gui]"""
        before, self.wishes = self.wishes, wishes
        self._orders.put(lambda: self._change(before, wishes))

    def tell_again(self) -> None:
        """Say what runs, to a window that came later. [gui]"""
        self.ask(lambda engine: engine.ask("description"), self.ready.emit)

    def meters(self) -> npt.NDArray[Any] | None:
        """The callback's newest METERS; None before there is an engine. [any]"""
        return self.engine.meters() if self.engine is not None else None

    def close(self) -> None:
        """End the engine; its notes ring out. [gui]"""
        self._closed = True
        self._timer.stop()
        self._orders.put(None)
        if self._thread.is_alive():
            self._thread.join(10.0)

    # On the orders' thread

    def _obey(self) -> None:
        while (order := self._orders.get()) is not None:
            order()
        if self.engine is not None:
            self.engine.close()

    def _start(self, wishes: Wishes) -> None:
        try:
            self.engine = self._open(self._gone)
        except VocelloError as error:
            self.trouble.emit("engine", str(error))
            return
        if wishes.rack:
            self._do(lambda engine: engine.load_rack(wishes.rack), None)
        self._change(Wishes(port="", keys="none"), wishes, is_first=True)

    def _change(self, before: Wishes, wishes: Wishes, is_first: bool = False) -> None:
        engine = self.engine
        if engine is None:
            return
        if wishes.port != before.port:
            self._try("port", lambda: engine.open_output(PortWish(wishes.port) if wishes.port else None))
        if wishes.keys != before.keys:
            self._try("keys", lambda: engine.open_input(wishes.keys))
        if is_first or _card(wishes) != _card(before):
            self._start_card(engine, wishes)

    def _start_card(self, engine: Engine, wishes: Wishes) -> None:
        """Play on a card; where there is none, a voice that was recorded sings."""
        try:
            self.ready.emit(engine.start(wishes.device, wishes.microphone, wishes.rate, wishes.block_frames))
            return
        except VocelloError as error:
            self.trouble.emit("card", str(error))
        if wishes.demo:
            self._try("demo", lambda: self.ready.emit(engine.start(f"null:{wishes.demo}", "", None, 128)))

    def _try(self, about: str, what: Callable[[], object]) -> None:
        try:
            what()
        except VocelloError as error:
            self.trouble.emit(about, str(error))

    def _do(self, verb: Callable[[Engine], Any], then: Callable[[Any], None] | None) -> None:
        if self.engine is None:
            return
        try:
            answer = verb(self.engine)
        except VocelloError as error:
            if not self._closed:
                self.trouble.emit("verb", str(error))
            return
        if then is not None:
            self._answered.emit(then, answer)

    def _gone(self, error: EngineLost) -> None:
        """On the engine's own thread: it has ended, and is brought back."""
        if self._closed:
            return
        self.lost.emit()
        self._orders.put(self._bring_back)

    def _bring_back(self) -> None:
        if self.engine is None or self.engine.alive:
            return
        try:
            self.engine.restart()
        except VocelloError as error:
            self.trouble.emit("engine", str(error))
            return
        self.back.emit()

    # On Qt's thread

    def _look(self) -> None:
        engine = self.engine
        if engine is None:
            return
        self.metered.emit(engine.meters())
        pitches = engine.new_pitches()
        if len(pitches):
            self.heard.emit(pitches)
        events = engine.new_events()
        if len(events):
            self.played.emit(events)
        for news in engine.news():
            self.told.emit(str(news.get("kind", "")), str(news.get("text", "")))


def _card(wishes: Wishes) -> tuple[object, ...]:
    return wishes.device, wishes.microphone, wishes.rate, wishes.block_frames
