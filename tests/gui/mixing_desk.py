"""A desk with the mixer and the list of tracks over one session, and a hand with a real mouse and wheel."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication, QWidget

from gui.mixing.chooser import Shelf
from gui.mixing.mixer import Mixer
from gui.session.document import Document
from gui.session.setup import Setup, TrackSetup
from gui.session.text import State
from gui.theme.palette import DARK
from gui.tracks.panel import TrackPanel
from score.note import Note
from score.score import Score

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)

SHELF = Shelf(
    (
        {"id": "vst3:Synth", "name": "Synth", "kind": "plugin", "is_instrument": True},
        {"id": "vst3:Room", "name": "Room", "kind": "plugin"},
        {"id": "", "name": "Broken", "kind": "plugin", "is_instrument": True, "trouble": "it crashed"},
        {
            "id": "a place/two.rack",
            "name": "two",
            "kind": "rack",
            "is_instrument": True,
            "plan": {
                "chains": [{"name": "a", "slots": [{"name": "x", "processor": "tone"}]}],
                "learned": [{"slot": "x", "parameter": "shape", "controller": 3}],
            },
        },
    )
)


class Desk:
    """A session of three tracks, and both views of them."""

    def __init__(self, qtbot: Any, folder: Any) -> None:
        score = Score()
        for name in ("Voice", "Second", "Bass"):
            score = score.adding(name, (Note(0, 960, 60),))
        self.document = Document.new(folder, State(Setup(), score))
        self.ids = [track.id for track in score.tracks]
        self.chosen = self.ids[0]
        self.mixer, self.panel = Mixer(DARK), TrackPanel(DARK)
        self.window = QWidget()
        for view in (self.mixer, self.panel):
            view.setParent(self.window)
            view.changed.connect(self._change)
            view.edited.connect(self._edit)
            view.chosen.connect(self._choose)
        self.panel.setGeometry(0, 0, 240, 400)
        self.mixer.setGeometry(240, 0, 900, 400)
        qtbot.addWidget(self.window)
        self.window.resize(1140, 400)
        self.show()
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()

    def _change(self, change: Any, goes_on: bool) -> None:
        self.document.change(change, goes_on)
        self.show()

    def _edit(self, edit: Any) -> None:
        self.document.do(edit)
        self.show()

    def _choose(self, track_id: int) -> None:
        self.chosen = track_id
        self.show()

    def show(self) -> None:
        self.mixer.show_mix(self.document.score, self.document.setup, self.chosen)
        self.panel.show_tracks(self.document.score, self.document.setup, self.chosen)
        QApplication.processEvents()

    def undo(self) -> None:
        self.document.undo()
        self.show()

    def setup(self, n: int = 0) -> TrackSetup:
        return self.document.setup.track(self.ids[n])

    def strip(self, n: int = 0) -> Any:
        return self.mixer.strips["tracks", str(self.ids[n])]

    @property
    def names(self) -> list[str]:
        return [track.name for track in self.document.score.tracks]


def drag(widget: Any, by: QPoint, held: Any = PLAIN, steps: int = 10) -> None:
    start = widget.rect().center()
    QTest.mousePress(widget, LEFT, held, start)
    for n in range(1, steps + 1):
        here = QPointF(start + by * n / steps)
        event = QMouseEvent(QEvent.Type.MouseMove, here, widget.mapToGlobal(here), Qt.MouseButton.NoButton, LEFT, held)
        QApplication.sendEvent(widget, event)
    QTest.mouseRelease(widget, LEFT, held, start + by)


def wheel(widget: Any, notches: int) -> None:
    here = QPointF(widget.rect().center())
    event = QWheelEvent(
        here, widget.mapToGlobal(here), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, PLAIN,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def texts(menu: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for action in menu.actions():
        inside = action.menu()
        if inside is not None:
            found |= {f"{action.text()}/{text}": each for text, each in texts(inside).items()}
        elif not action.isSeparator():
            found[action.text()] = action
    return found
