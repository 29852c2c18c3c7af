"""A hand at the app's window: `vocello app` as a user starts it, with real keys and a real mouse from within.

What flows in: the words of `vocello app`, then a JSON object a line on standard input; when that ends, the window is
closed. What flows out: an answer a line, and on `tell` what the window shows. A key is answered before it is pressed:
one that opens a dialog is not done with until the dialog is. `python -m daw_tests.hand WORD…`. [gui]
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from gui.transport.following import Song
from gui.window import MainWindow
from realtime.client import CLICK
from vocello.command_line import main

QTest: Any = _QTest  # its stubs take its functions for methods
LEFT = Qt.MouseButton.LeftButton
Act = Callable[[], object]


class Hand(QObject):
    """Does what each line says, between two of Qt's events. [gui]"""

    said = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._watched: MainWindow | None = None
        self._keys: list[str] = []
        self._clicks: list[tuple[int, int]] = []
        self._beats: list[tuple[float, float, float]] = []
        self.said.connect(self._obey)
        threading.Thread(target=self._listen, name="lines", daemon=True).start()

    def press(self, keys: str) -> Act:
        """Press keys, as "Ctrl+E", where the keyboard is. [gui]"""
        return lambda: QTest.keySequence(self._typed_into, QKeySequence(keys))

    def command(self, title: str) -> Act:
        """Find a command by its name, and do it. [gui]"""
        palette = self._window.palette_of_commands

        def find() -> None:
            QTest.keySequence(self._typed_into, QKeySequence("Ctrl+K"))
            assert palette.field.hasFocus(), "the palette does not come up"
            QTest.keyClicks(palette.field, title)
            item = palette.list.currentItem()
            assert item is not None and item.text().startswith(title), f"no command is called '{title}'"
            QTest.keyClick(palette.field, Qt.Key.Key_Return)

        return find

    def click(self, name: str) -> Act:
        """Click on what has this name. [gui]"""
        there = self._called(name)
        return lambda: QTest.mouseClick(there, LEFT)

    def fill(self, name: str, text: str) -> Act:
        """Click on the field of this name, and type something into it. [gui]"""
        there = self._called(name)

        def fill() -> None:
            QTest.mouseClick(there, LEFT)
            QTest.keySequence(there, QKeySequence("Ctrl+A"))
            QTest.keyClicks(there, text)
            QTest.keyClick(there, Qt.Key.Key_Return)

        return fill

    def name_file(self, path: str) -> Act:
        """Type a path into the dialog that asks for a file. [gui]"""
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QDialog), f"no dialog asks for a file, but {dialog}"
        field = dialog.findChild(QLineEdit)
        assert field is not None and field.isVisible(), "the dialog has no field for a name"

        def name() -> None:
            QTest.mouseClick(field, LEFT)
            QTest.keySequence(field, QKeySequence("Ctrl+A"))
            QTest.keyClicks(field, path)
            QTest.keyClick(field, Qt.Key.Key_Return)

        return name

    def tell(self) -> dict[str, Any]:
        """What the window shows, and what was clicked and heard of another's song since it was last asked. [gui]"""
        window = self._window
        bar, deck = window.transport, window.deck
        told = {
            "is_ready": deck.clock.frame > 0 and window.isActiveWindow(),
            "plays": bar.buttons["transport.play"].isChecked(),
            "records": bar.buttons["transport.record"].isChecked(),
            "place": bar.clock.text(),
            "beats": window.roll.playhead_ticks / window.document.score.tempo.ticks_per_quarter,
            "clock": bar.sync.text(),
            "words": window.strip.words,
            "asks": QApplication.activeModalWidget() is not None,
            "keys": self._keys,
            "notes": [(n.pitch, n.start_ticks, n.duration_ticks, n.velocity) for _, n in window.document.score],
            "clicks": self._clicks,
            "song": self._beats,
        }
        self._clicks, self._beats = [], []
        window.link.ask(lambda engine: engine.ask(), self._know)
        return told

    @property
    def _window(self) -> MainWindow:
        (window,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
        if window is not self._watched:
            self._watched = window
            window.link.played.connect(self._played)
            window.deck.synced.connect(self._synced)
            window.activateWindow()  # as whoever manages windows does
        return window

    @property
    def _typed_into(self) -> QWidget:
        return QApplication.focusWidget() or QApplication.activeModalWidget() or self._window

    def _called(self, name: str) -> QWidget:
        there = [each for each in self._window.findChildren(QWidget) if each.accessibleName() == name]
        assert len(there) == 1 and there[0].isVisible(), f"{len(there)} parts of the window are called '{name}'"
        return there[0]

    def _know(self, description: dict[str, Any]) -> None:
        self._keys = list(description["keys"])

    def _played(self, events: Any) -> None:
        clicks = events[events["kind"] == CLICK]
        self._clicks += zip(clicks["frame"].tolist(), clicks["number"].tolist(), strict=True)

    def _synced(self, song: Song) -> None:
        deck = self._window.deck
        if song.running and song.bpm is not None and deck.player.playing:
            per_quarter = deck.document.score.tempo.ticks_per_quarter
            self._beats.append((song.bpm, song.beats, deck.player.place(song.frame) / per_quarter))

    def _listen(self) -> None:
        with suppress(RuntimeError):  # the window was closed before, and this went with it
            for line in sys.stdin:
                self.said.emit(line)
            self.said.emit("")

    def _obey(self, line: str) -> None:
        if not line:
            self._window.close()
            return
        words = json.loads(line)
        try:
            done = getattr(self, words.pop("do"))(**words)
        except Exception as error:  # told to the test, which fails with it
            done = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(done if isinstance(done, dict) else {}), flush=True)
        if not isinstance(done, dict):
            done()


if __name__ == "__main__":
    qt = QApplication(sys.argv[:1])
    hand = Hand()
    main(["app", *sys.argv[1:]])
