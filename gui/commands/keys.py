"""The keyboard's way to commands: one shortcut for each command that has keys, laid anew when keys change. [gui]"""

from __future__ import annotations

from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

from gui.commands.registry import Command, Commands


class Keys:
    """The shortcuts of a window. [gui]"""

    def __init__(self, commands: Commands, window: QWidget) -> None:
        self._commands, self._window = commands, window
        self._shortcuts: list[QShortcut] = []
        self.lay()

    def lay(self) -> None:
        """By the keys that commands have now. [gui]"""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = [self._shortcut(command) for command in self._commands if command.keys]

    def _shortcut(self, command: Command) -> QShortcut:
        made = QShortcut(QKeySequence(command.keys), self._window)
        made.activated.connect(lambda: command.do() if command.is_possible() else None)
        return made
