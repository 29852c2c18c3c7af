"""Opens a file in the editor that its user likes: $VISUAL if that has a window of its own, else the desktop's. [gui]"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from PyQt6.QtCore import QProcess, QUrl
from PyQt6.QtGui import QDesktopServices

_IN_A_TERMINAL = ("vi", "vim", "nvim", "nano", "pico", "micro", "hx", "helix", "kak", "joe", "ne", "mcedit")
"""These need a terminal, and from a window there is none."""


def command_for(path: Path, visual: str) -> list[str]:
    """What $VISUAL asks to be run; nothing where it is not set, or needs a terminal. [any]"""
    try:
        words = shlex.split(visual)
    except ValueError:
        return []
    if not words or Path(words[0]).name in _IN_A_TERMINAL or {"-nw", "-t", "--tty"} & set(words):
        return []
    return [*words, str(path)]


def open_in_editor(path: Path) -> bool:
    """Open it; False where nobody can. [gui]"""
    command = command_for(path, os.environ.get("VISUAL", ""))
    if command and QProcess.startDetached(command[0], command[1:])[0]:
        return True
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
