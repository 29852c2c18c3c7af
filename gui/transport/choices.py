"""Menus of the transport: when the metronome clicks and how loud, the count-in, how is recorded, whose time it is.

What flows in: the settings of time as they are. What flows out: words of them as they shall be. [gui]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QWidget, QWidgetAction

from gui.language import translate
from gui.settings.settings import HIGHEST_CLICK_DB, LOWEST_CLICK_DB, TimeSettings
from gui.theme import metrics

Want = Callable[[dict[str, Any]], None]


class ChoiceMenu(QMenu):
    """A menu of choices, each of which says one word of the settings. [gui]"""

    def __init__(self, parent: QWidget, want: Want) -> None:
        super().__init__(parent)
        self._want = want
        self._chosen: list[tuple[str, Any, QAction]] = []

    def head(self, title: str) -> None:
        """What the next ones are about. [gui]"""
        if self.actions():
            self.addSeparator()
        action = self.addAction(title)
        assert action is not None
        action.setEnabled(False)

    def choose(self, title: str, word: str, choices: tuple[tuple[Any, str], ...]) -> None:
        """One of several. [gui]"""
        self.head(title)
        group = QActionGroup(self)
        for value, text in choices:
            action = self._action(text, word, value)
            group.addAction(action)
            action.triggered.connect(lambda _=False, value=value: self._want({word: value}))

    def switch(self, title: str, word: str) -> None:
        """One that is on or off. [gui]"""
        self._action(title, word, True).triggered.connect(lambda on: self._want({word: on}))

    def show_time(self, time: TimeSettings) -> None:
        """Which are chosen. [gui]"""
        for word, value, action in self._chosen:
            action.setChecked(getattr(time, word) == value)

    def _action(self, title: str, word: str, value: Any) -> QAction:
        action = self.addAction(title)
        assert action is not None
        action.setCheckable(True)
        self._chosen.append((word, value, action))
        return action


class MetronomeMenu(ChoiceMenu):
    """Clicks, their level, and the count that leads in. [gui]"""

    def __init__(self, parent: QWidget, want: Want) -> None:
        super().__init__(parent, want)
        self.choose(
            translate("transport", "Metronome"),
            "clicks",
            (
                ("never", translate("transport", "Never")),
                ("recording", translate("transport", "While recording")),
                ("always", translate("transport", "Whenever it plays")),
            ),
        )
        self.choose(
            translate("transport", "Count-in"),
            "count_in_bars",
            (
                (0, translate("transport", "None")),
                (1, translate("transport", "One bar")),
                (2, translate("transport", "Two bars")),
            ),
        )
        self.head(translate("transport", "Level"))
        self.level = QSlider(Qt.Orientation.Horizontal)
        self.level.setRange(round(LOWEST_CLICK_DB), round(HIGHEST_CLICK_DB))
        self.level.setMinimumWidth(30 * metrics.UNIT_PX)
        self.level.setAccessibleName(translate("transport", "Level of the metronome, in decibels"))
        self._said = QLabel()
        self._said.setMinimumWidth(12 * metrics.UNIT_PX)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(*[metrics.GAP_PX] * 4)
        layout.addWidget(self.level, 1)
        layout.addWidget(self._said)
        holder = QWidgetAction(self)
        holder.setDefaultWidget(row)
        self.addAction(holder)
        self.level.valueChanged.connect(lambda db: want({"click_level_db": float(db)}))

    def show_time(self, time: TimeSettings) -> None:
        """Which are chosen, and how loud. [gui]"""
        super().show_time(time)
        self.level.blockSignals(True)
        self.level.setValue(round(time.click_level_db))
        self.level.blockSignals(False)
        self._said.setText(translate("transport", "{db:.0f} dB").format(db=time.click_level_db))


class RecordMenu(ChoiceMenu):
    """What becomes of notes that are there already. [gui]"""

    def __init__(self, parent: QWidget, want: Want) -> None:
        super().__init__(parent, want)
        self.choose(
            translate("transport", "Recording"),
            "record_mode",
            (
                ("overdub", translate("transport", "Adds to what is there")),
                ("replace", translate("transport", "Replaces what is there")),
            ),
        )


class SyncMenu(ChoiceMenu):
    """Whose time it is. [gui]"""

    def __init__(self, parent: QWidget, want: Want) -> None:
        super().__init__(parent, want)
        self.choose(
            translate("transport", "Time comes from"),
            "follows_clock",
            ((False, translate("transport", "This piece")), (True, translate("transport", "MIDI clock that is heard"))),
        )
        self.addSeparator()
        self.switch(translate("transport", "Send MIDI clock while it plays"), "sends_clock")
