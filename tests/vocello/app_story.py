"""The app, driven by real keys and a real mouse, in a process that its test may kill: `app_story.py HOME [SESSION]`.

It says one JSON object a line: what it has come to. With a session it only opens that, and tells what it finds.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.app import beginning
from gui.engine_link import EngineLink, Wishes
from gui.session.document import Document
from gui.theme.sheet import dress, theme
from gui.window import MainWindow
from realtime.client import Engine
from score.midifile import to_bytes
from vocello.commands.app import _default_rack

QTest: Any = _QTest  # its stubs take its functions for methods
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def say(**words: object) -> None:
    print(json.dumps(words), flush=True)


def until(true: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            say(failed="this did not happen")
            sys.exit(1)
        QTest.qWait(20)


def print_of(document: Document) -> str:
    return hashlib.sha256(to_bytes(document.score)).hexdigest()


def notes(document: Document) -> list[tuple[int, int, int]]:
    return [(note.pitch, note.start_ticks, note.duration_ticks) for _, note in document.score]


def main(home: Path, session: str) -> None:
    app = QApplication(sys.argv[:1])
    palette = theme("dark")
    dress(app, palette)
    document = Document.open(Path(session), home) if session else Document.new(home, beginning())
    link = EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes("jack", rack=_default_rack(), keys="none"))
    window = MainWindow(document, link, palette)
    window.resize(1280, 800)
    window.show()
    if session:
        say(print=print_of(document), notes=notes(document), recovered=document.recovered, saved=document.is_saved)
        window.close()
        return
    link.trouble.connect(lambda about, text: say(trouble=f"{about}: {text}"))
    link.ready.connect(lambda description: say(ready=description["device"]["name"]))
    link.begin()
    QTest.qWaitForWindowExposed(window)
    window.activateWindow()
    if not QTest.qWaitForWindowActive(window, 10_000):
        say(failed="the window has no keyboard")
        sys.exit(1)
    roll = window.roll
    until(lambda: len(window.deck.live.notes) >= 8)
    say(seen=[note.pitch for note in window.deck.live.notes], tuner=window.strip.reading.name)
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | SHIFT)
    until(lambda: document.score.note_count >= 8)
    say(kept=notes(document))
    QTest.keyClick(roll, Qt.Key.Key_A, CTRL)
    before = notes(document)
    QTest.keyClick(window, Qt.Key.Key_Q)
    until(lambda: notes(document) != before)
    say(quantised=notes(document))
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL)
    until(lambda: notes(document) == before)
    QTest.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    until(lambda: notes(document) != before)
    QTest.keyClick(window, Qt.Key.Key_S, CTRL)
    until(lambda: document.is_saved)
    say(saved=str(document.path))
    count = document.score.note_count
    field = roll.layout_of_parts.notes
    place = QPoint(field.x + 610, field.y + field.height - 70)
    for press in (QTest.mouseClick, QTest.mouseDClick, QTest.mouseRelease):
        press(roll, Qt.MouseButton.LeftButton, pos=place)
    until(lambda: document.score.note_count == count + 1)
    document.sync()
    say(print=print_of(document), notes=notes(document), session=str(document.path))
    QTest.qWait(100_000)  # to be killed


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
