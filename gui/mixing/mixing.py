"""The session's rack in the engine: told when it changes, by as little as it takes; and what comes back of it.

What flows in: the score, the setup and the chosen track, whenever they may have changed. What flows out: verbs for the
engine; levels for meters; and, of what the engine alone knows, changes for the session. [gui]
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.engine_link import EngineLink
from gui.mixing.arranged import Rack, arranged
from gui.mixing.chain import Place, learn, rack_name, setup_at
from gui.mixing.chooser import Shelf
from gui.mixing.keeping import changes_from
from gui.mixing.orders import Turn, turns_between
from gui.mixing.routes import EVERYWHERE, Route, lines_of_score, route_of, slot_of
from gui.session.setup import Change, Setup
from realtime.client import Engine
from score.errors import EngineLost, VocelloError
from score.score import Score, Track

_LEVELS_EVERY_MS = 33
_SCAN_LOOKS_EVERY_MS = 1500
_LEARNED = "Learn a controller"


class Mixing(QObject):
    """What the engine has been told of the session. [gui]"""

    levelled = pyqtSignal(dict)
    """Peaks, left and right, by line."""
    troubled = pyqtSignal(str)
    """A rack that the engine refuses; what played before plays on."""
    loaded = pyqtSignal()
    """The engine has taken a rack whose chains are others than before."""
    shelved = pyqtSignal(object)
    """What the engine has on its Shelf."""
    described = pyqtSignal(list)
    """What it says of each slot."""
    wished = pyqtSignal(object)
    """A Change: a controller that was learned."""
    begun = pyqtSignal(object, str, str)
    """A place, an effect whose file was begun for it, and the file."""
    read = pyqtSignal(object, str, dict)
    """A place, a rack file, and what it says."""

    def __init__(self, link: EngineLink, folder: Callable[[], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._folder = link, folder
        self._score, self._setup = Score(), Setup()
        self._wanted: Rack | None = None
        self._told: Rack | None = None
        """What the engine has, or will have when it has done what it was told."""
        self._lines: dict[int, int] = {}
        self._is_ready = False
        self._learns: tuple[Place, str, str] | None = None
        self._asks = False
        link.told.connect(self._hear)  # methods, all of them: with this object they go, and the link lives on
        link.ready.connect(self._meet)
        link.back.connect(self._begin)
        self._timer = QTimer(self)
        self._timer.setInterval(_LEVELS_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def follow(self, score: Score, setup: Setup, chosen: int | None) -> None:
        """The session as it is now; the engine is told what is different. [gui]"""
        self._score, self._setup, self._lines = score, setup, lines_of_score(score)
        self._wanted = arranged(score, setup, chosen)
        if self._is_ready:
            self._tell()

    @property
    def rack(self) -> Rack:
        """The rack of the session as it was last arranged. [gui]"""
        return self._wanted or {}

    def route(self, track: Track) -> Route:
        """Where the notes of a track go. [gui]"""
        mine = self._setup.track(track.id)
        return route_of(track.id, mine.port, mine.channel, self._lines)

    def also(self, track: Track) -> Route | None:
        """Where they go besides: what an instrument here plays, a program at our port may play as well. [gui]"""
        is_here = not self._setup.track(track.id).port
        return Route(to_rack=False) if is_here and self._setup.to_port else None

    def slot_of(self, track_id: int) -> int:
        """What an event's slot is that is for one track's instrument: a key that is clicked in the roll. [gui]"""
        line = self._lines.get(track_id)
        return EVERYWHERE.slot if line is None else slot_of(line)

    def collect(self, then: Callable[[tuple[Change, ...]], None]) -> None:
        """What the engine alone knows of the tracks' chains, plugins' states and knobs that controllers turned, as
        changes of the session: before it is saved, or now and then. [gui]"""
        if self._is_ready:
            self._link.ask(_rack_if_it_says, lambda said: then(self._changes(said)))
        else:
            then(())

    def ask_shelf(self) -> None:
        """What can be had; asked again while plugins are still looked into. [gui]"""
        folder = str(self._folder())
        self._link.ask(lambda engine: engine.rack_do("shelf", folder=folder), self._shelve)

    def ask_slots(self) -> None:
        """What stands in the rack, how it is turned, what is wrong with it; one question at a time. [gui]"""
        if not self._asks and self._is_ready:
            self._asks = True
            describe(self._link, self._tell_slots)

    def read_rack(self, place: Place, file: str) -> None:
        """Have the engine read a rack file. [gui]"""

        def then(said: dict[str, Any]) -> None:
            if said.get("trouble"):
                self.troubled.emit(said["trouble"])
            else:
                self.read.emit(place, file, said["plan"])

        self._link.ask(lambda engine: _asked(engine, "read", {"path": file}), then)

    def begin_file(self, place: Place) -> None:
        """Have the engine begin a file of Python for an effect. [gui]"""

        def then(said: dict[str, Any]) -> None:
            if said.get("trouble"):
                self.troubled.emit(said["trouble"])
            else:
                self.begun.emit(place, said["id"], said["path"])

        self._link.ask(lambda engine: _asked(engine, "begin_file", {"kind": "effect"}), then)

    def do(self, what: str, words: dict[str, Any]) -> None:
        """Have the rack do something by itself: open a plugin's window, try it again. [gui]"""
        self._link.ask(lambda engine: _asked(engine, what, words), self._complain)

    def learn(self, place: Place, slot: str, parameter: str) -> None:
        """Let the next controller that moves turn a parameter. [gui]"""
        self._learns = place, slot, parameter
        self.do("learn", {"slot": rack_name(place, slot), "parameter": parameter})

    def _hear(self, kind: str, text: str) -> None:
        if kind == "learned" and self._learns is not None:
            self._link.ask(lambda engine: engine.ask("rack"), self._take_learned)

    def _take_learned(self, said: Rack) -> None:
        """The controller that the engine has found becomes the session's."""
        if self._learns is None:
            return
        (place, slot, parameter), self._learns = self._learns, None
        wanted = rack_name(place, slot), parameter
        found = [each for each in said.get("learned", ()) if (each["slot"], each["parameter"]) == wanted]
        if found:
            self.wished.emit(learn(place, setup_at(self._setup, place), slot, parameter, found[-1], _LEARNED))

    def _shelve(self, told: dict[str, Any]) -> None:
        self.shelved.emit(Shelf.of(told))
        if told.get("scanning"):
            QTimer.singleShot(_SCAN_LOOKS_EVERY_MS, self.ask_shelf)

    def _tell_slots(self, told: list[dict[str, Any]]) -> None:
        self._asks = False
        self.described.emit(told)

    def _complain(self, said: dict[str, Any]) -> None:
        if said.get("trouble"):
            self.troubled.emit(said["trouble"])

    def _changes(self, said: Rack) -> tuple[Change, ...]:
        return changes_from(said, self._score, self._setup)

    def close(self) -> None:
        """Tell the engine nothing any more: another session has it. [gui]"""
        self._timer.stop()
        self._is_ready = False
        for signal, slot in (
            (self._link.told, self._hear),
            (self._link.ready, self._meet),
            (self._link.back, self._begin),
        ):
            signal.disconnect(slot)

    def _meet(self, description: dict[str, Any]) -> None:
        self._begin()

    def _begin(self) -> None:
        """The engine plays, and knows nothing of the session yet; or another engine does."""
        self._is_ready, self._told, self._asks = True, None, False
        if self._wanted is not None:
            self._tell()

    def _tell(self) -> None:
        wanted = self._wanted
        assert wanted is not None
        turns = turns_between(self._told, wanted) if self._told is not None else None
        self._told = wanted
        if turns is None:
            folder = str(self._folder())
            self._link.ask(lambda engine: _load(engine, wanted, folder), self._took)
        elif turns:
            self._link.ask(lambda engine: _turn(engine, turns))

    def _took(self, trouble: str) -> None:
        if trouble:
            self._told = None  # it has another one still; the next change is told whole
            self.troubled.emit(trouble)
        else:
            self.loaded.emit()

    def _look(self) -> None:
        engine = self._link.engine
        if engine is not None and self._is_ready and self.receivers(self.levelled):
            levels = engine.levels()
            lines = levels["line"].tolist()
            self.levelled.emit(dict(zip(lines, levels["peak"].tolist(), strict=True)))


def _load(engine: Engine, rack: Rack, folder: str) -> str:
    """Why it could not be loaded, "" if it could. [any]"""
    try:
        engine.load_rack(rack, folder)
    except EngineLost:
        raise
    except VocelloError as error:
        return str(error)
    return ""


def _rack_if_it_says(engine: Engine) -> Rack:
    """The rack as it stands; nothing where the engine cannot say. [any]"""
    try:
        return engine.ask("rack")
    except VocelloError:
        return {}


def _turn(engine: Engine, turns: list[Turn]) -> None:
    for each in turns:
        engine.turn(each.slot, each.knob, each.value)


def _asked(engine: Engine, what: str, words: dict[str, Any]) -> dict[str, Any]:
    """What the rack answers, or what trouble it had. [any]"""
    try:
        return engine.rack_do(what, **words)
    except EngineLost:
        raise
    except VocelloError as error:
        return {"trouble": str(error)}


def describe(link: EngineLink, then: Callable[[list[dict[str, Any]]], None]) -> None:
    """Ask what stands in the rack, how it is turned, and what is wrong with it. [gui]"""
    link.ask(lambda engine: engine.ask()["rack"], then)
