"""Work that another process does for the window: listening to a file, writing sound. The window waits for nobody.

What flows in: the words of a command of ours. What flows out: how far it is, and that it is done, or why not. One that
is given up is ended with its process, and leaves no half-written file, since commands write whole files only. [gui]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import QObject, QProcess, pyqtSignal


class Errand(QObject):
    """One command, somewhere else. [gui]"""

    done = pyqtSignal(dict)
    """What it told as JSON on its last line; empty where it told nothing."""
    failed = pyqtSignal(str)
    """Its own line on what happened and what to do."""

    def __init__(self, words: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        self._process.setArguments(["-m", "vocello", *words])
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._refused)
        self._is_over = False

    def begin(self) -> None:
        """Send it. [gui]"""
        self._process.start()

    def give_up(self) -> None:
        """End it. [gui]"""
        self._is_over = True
        self._process.terminate()
        if not self._process.waitForFinished(3000):
            self._process.kill()

    @property
    def is_over(self) -> bool:
        """Whether it came back, or was given up. [gui]"""
        return self._is_over

    def _finished(self, code: int, _status: Any) -> None:
        if self._is_over:
            return
        self._is_over = True
        said = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace").strip()
        if code == 0:
            self.done.emit(_told(said))
            return
        wrong = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip().splitlines()
        self.failed.emit(" ".join(line.strip() for line in wrong[-2:]) or self.tr("It ended without a word."))

    def _refused(self, error: Any) -> None:
        if not self._is_over and error == QProcess.ProcessError.FailedToStart:
            self._is_over = True
            self.failed.emit(self.tr("Python could not be started: {why}").format(why=self._process.errorString()))


def _told(said: str) -> dict[str, Any]:
    try:
        told = json.loads(said)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
