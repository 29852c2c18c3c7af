"""The app from its opening to its end: a session, an engine, a window, and the order in which they come and go.

What flows in: what is to be opened. What flows out: a window, or a picture of it. [gui]
"""

from __future__ import annotations

import gc
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import QCoreApplication, QTimer
from PyQt6.QtWidgets import QApplication

from gui.engine_link import EngineLink, Wishes
from gui.language import speak, translate
from gui.preferences import as_preferred
from gui.session.document import Document
from gui.session.setup import Setup
from gui.session.text import State
from gui.settings.store import Store
from gui.theme.palette import Palette
from gui.theme.sheet import dress, theme
from gui.window import MainWindow
from realtime.client import Engine
from score.errors import FileError, VocelloError
from score.score import Score
from score.zone import Zone

_PICTURE_AFTER_MS = 300
_USUAL_SIZE = 1280, 800
_LINGERS_MS = 10_000


@dataclass(frozen=True)
class Opening:
    """What is to be opened, and how. [any]"""

    session: Path | None = None
    theme: str = "system"
    size: tuple[int, int] | None = None
    """Of the window, in pixels; as it was the last time if nothing is said."""
    screenshot: Path | None = None
    wishes: Wishes = field(default_factory=Wishes)
    seconds: float | None = None


def open_app(opening: Opening) -> int:
    """Open the window and stay until it is closed; with a screenshot, draw it and leave. [gui]"""
    already = QCoreApplication.instance()
    app = already if isinstance(already, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Vocello")
    speak(app)
    store = Store(keeps=opening.screenshot is None)
    palette = theme(store.settings.theme if opening.theme == "system" else opening.theme)
    dress(app, palette)
    wishes = as_preferred(store.settings, opening.wishes)
    link = EngineLink(lambda gone: Engine.apart(on_lost=gone), wishes)
    desk = Desk(link, palette, store)
    sys.excepthook = desk.survive
    window = desk.show(open_document(opening.session), opening.size)
    gc.collect()
    gc.freeze()  # a piece of 100 000 notes is not to be looked through again and again while the hand draws
    if opening.screenshot is not None:
        QTimer.singleShot(_PICTURE_AFTER_MS, lambda: _picture(window, opening.screenshot))
    else:
        link.begin()
    if opening.seconds is not None:
        QTimer.singleShot(round(opening.seconds * 1000), lambda: desk.window and desk.window.close())
    app.exec()
    return 0


class Desk:
    """One engine, and over it one session after the other, each in a window of its own. [gui]"""

    def __init__(self, link: EngineLink, palette: Palette, store: Store | None = None) -> None:
        self._link, self._palette, self._store = link, palette, store or Store()
        self.window: MainWindow | None = None

    def show(self, document: Document, size: tuple[int, int] | None = None) -> MainWindow:
        """A window for a session, of this size, or where the last one was. [gui]"""
        self.window = MainWindow(document, self._link, self._palette, self._store)
        self.window.session_wanted.connect(self.change_to)
        if size is None:
            self.window.preferences.place_window(*_USUAL_SIZE)
        else:
            self.window.resize(*size)
        self.window.show()
        return self.window

    def survive(self, kind: type[BaseException], fault: BaseException, where: TracebackType | None) -> None:
        """A mistake of ours, in the middle of a gesture: Qt would end the program; instead it is told, and goes on.
        [gui]"""
        traceback.print_exception(kind, fault, where)
        if self.window is not None:
            words = translate("app", "Something went wrong within ({what}). All that you did is kept.")
            self.window.say(words.format(what=f"{kind.__name__}: {fault}"), trouble=True)

    def change_to(self, path: Path | None) -> None:
        """Another session instead of the one that is open, which keeps all that was done; the engine plays on. [gui]"""
        before = self.window
        assert before is not None
        try:
            document = Document.open(path) if path is not None else Document.new(state=beginning())
        except VocelloError as error:
            before.say(str(error), trouble=True)
            return
        self._palette = before.colours
        before.keeps_engine = True
        size, place = before.size(), before.pos()
        after = self.show(document, (size.width(), size.height()))
        after.move(place)
        before.close()
        QTimer.singleShot(_LINGERS_MS, before.deleteLater)  # the engine may still have an answer for it
        self._link.tell_again()


def open_document(session: Path | None) -> Document:
    """The session of a folder, a new one in it where nothing is yet; or one that has no name. [gui]"""
    if session is not None and session.exists():
        return Document.open(session)
    document = Document.new(state=beginning())
    if session is not None:
        document.save_as(session)
    return document


def beginning() -> State:
    """What a new session begins with: a track for the voice, whose notes bend each for itself. [any]"""
    voice = translate("app", "Voice")
    return State(Setup(), Score().adding(voice, (), zones=(Zone(),)))


def _picture(window: MainWindow, path: Path | None) -> None:
    window.roll.settle()
    if path is not None and not window.grab().save(str(path)):
        window.close()
        raise FileError(f"'{path}' cannot be written.", "End it in .png, in a folder that is there.")
    window.close()
