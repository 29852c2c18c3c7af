"""The window's menu bar: its commands, and the sessions of late. [gui]"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QMenu

from gui.commands.menus import fill_menus
from gui.language import translate
from gui.session.recent import recent

if TYPE_CHECKING:
    from gui.window import MainWindow


def hang_menus(window: MainWindow) -> None:
    """Give the window its menu bar. [gui]"""
    bar = window.menuBar()
    assert bar is not None
    lately = QMenu(translate("menus", "Open &recent"), window)
    lately.aboutToShow.connect(lambda: _fill_lately(lately, window))
    titles = (
        ("file", translate("menus", "&File")),
        ("edit", translate("menus", "&Edit")),
        ("notes", translate("menus", "&Notes")),
        ("track", translate("menus", "&Track")),
        ("play", translate("menus", "&Play")),
        ("view", translate("menus", "&View")),
    )
    fill_menus(bar, window.commands, titles, {"file.open": lately})


def _fill_lately(menu: QMenu, window: MainWindow) -> None:
    menu.clear()
    menu.setToolTipsVisible(True)
    for each in recent():
        action = menu.addAction(each.name or Path(each.path).name)
        assert action is not None
        action.setToolTip(each.path)
        action.triggered.connect(lambda _=False, path=each.path: window.session_wanted.emit(Path(path)))
    if menu.isEmpty():
        nothing = menu.addAction(translate("menus", "No session was saved yet"))
        assert nothing is not None
        nothing.setEnabled(False)
