"""Widgets whose letters are their own while the keyboard is in them, whatever the window does with these. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QLineEdit


class OwnKeys(QFrame):
    """A frame that has keys of its own. [gui]"""

    def _do_key(self, event: QKeyEvent, really: bool) -> bool:
        """Whether a key is its own; with `really` it is done."""
        raise TypeError(f"{type(self).__name__} does not say which keys are its own")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Its own keys first. [gui]"""
        assert event is not None
        if not self._do_key(event, really=True):
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Qt asks before a shortcut of the window's is taken; who is writing a word has none. [gui]"""
        asked = event is not None and event.type() == QEvent.Type.ShortcutOverride
        writes = isinstance(self.focusWidget(), QLineEdit)
        if asked and isinstance(event, QKeyEvent) and not writes and self._do_key(event, really=False):
            event.accept()
            return True
        return super().event(event)
