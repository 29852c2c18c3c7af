"""What tests of the app have at hand: a screen where there is none, and a roll that writes into a history."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a window remembers is none of the user's who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def roll_desk(qtbot: Any) -> Iterator[Callable[..., Any]]:
    """A roll over a score of its own: `desk = roll_desk(notes)`; see `tests.gui.desk`."""
    from tests.gui.desk import Desk

    desks: list[Desk] = []

    def lay(*notes: Any, **settings: Any) -> Desk:
        desk = Desk(qtbot, notes, **settings)
        desks.append(desk)
        return desk

    yield lay
    for desk in desks:
        desk.roll.close()


@pytest.fixture
def open_window(qtbot: Any, qapp: Any) -> Iterator[Callable[..., Any]]:
    """The whole window over a document, in front of all others: `window = open_window(document)`."""
    from gui.engine_link import EngineLink, Wishes
    from gui.theme.palette import DARK
    from gui.theme.sheet import dress
    from gui.window import MainWindow
    from realtime.client import Engine

    windows: list[MainWindow] = []

    def show(document: Any) -> MainWindow:
        dress(qapp, DARK)
        window = MainWindow(document, EngineLink(lambda gone: Engine.apart(on_lost=gone), Wishes()), DARK)
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield show
    for window in windows:
        window.close()
