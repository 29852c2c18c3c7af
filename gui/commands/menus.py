"""The menu bar: every command that has a menu, in the order in which it was told. [gui]

Keys are shown beside a title and belong to nobody here: the window has one shortcut for each command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QMenuBar

from gui.commands.registry import Command, Commands

_NONE: Mapping[str, QMenu] = {}


def fill_menus(
    bar: QMenuBar, commands: Commands, titles: Iterable[tuple[str, str]], inner: Mapping[str, QMenu]
) -> None:
    """The menus of these names and titles, filled; an inner menu stands behind the command it is named after. [gui]"""
    bar.clear()
    for name, title in titles:
        menu = bar.addMenu(title)
        assert menu is not None
        fill_menu(menu, partial(_of_menu, commands, name), inner)


def fill_menu(menu: QMenu, commands: Callable[[], Iterable[Command]], inner: Mapping[str, QMenu] = _NONE) -> None:
    """A menu of commands, as they are and as they can be done whenever it is opened. [gui]"""

    def show() -> None:
        menu.clear()
        group = ""
        for command in commands():
            here = command.id.split(".")[0]
            if group and here != group:
                menu.addSeparator()
            group = here
            menu.addAction(_action(command, menu))
            if command.id in inner:
                menu.addMenu(inner[command.id])

    menu.aboutToShow.connect(show)
    show()


def _of_menu(commands: Commands, name: str) -> Iterator[Command]:
    return (each for each in commands if each.menu == name)


def _action(command: Command, menu: QMenu) -> QAction:
    keys = QKeySequence(command.keys).toString(QKeySequence.SequenceFormat.NativeText)
    action = QAction(f"{command.title}\t{keys}" if keys else command.title, menu)
    action.setEnabled(command.is_possible())
    action.triggered.connect(lambda: command.do())
    return action
