"""What the user prefers, applied: settings to deck, bar and keyboard, and what these want back to the settings. [gui]

What flows in: the settings as they were left, choices of the bar, keys of the editor. What flows out: a deck and a bar
that follow them, shortcuts, and a file that remembers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, QRect, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QInputDialog

from gui.commands.keymap import Keymap
from gui.commands.keys import Keys
from gui.commands.shortcuts import ShortcutEditor
from gui.engine_link import Wishes
from gui.roll.view import TOOL_KEYS
from gui.settings.settings import MOST_COUNT_IN_BARS, Settings, WindowPlace
from gui.settings.store import Store
from gui.theme.palette import Palette
from score.operations.tempos import MeterHere, TempoFromNotes, TempoHere

if TYPE_CHECKING:
    from gui.window import MainWindow

_MOST_BEATS, _USUAL_BEATS = 4096, 16
_USUAL_COUNT_INS = 3  # none, one bar, two bars
_ON_SCREEN_PX = 48
_WISHES = ("device", "microphone", "port", "keys")


class Preferences(QObject):
    """One window's, over the settings of all. [gui]"""

    def __init__(self, window: MainWindow, store: Store) -> None:
        super().__init__(window)
        self._window, self.store = window, store
        tools = {chr(key.value): self.tr("a tool of the roll") for key in TOOL_KEYS}
        self.keymap = Keymap(window.commands, {"Space": self.tr("Play or stop"), **tools})
        self.keymap.prefer(store.settings.shortcuts)
        self.keys = Keys(window.commands, window)
        bar, deck = window.transport, window.deck
        bar.time_wanted.connect(lambda words: self.want(**words))
        bar.tempo_changed.connect(self.set_tempo)
        bar.meter_changed.connect(self.set_meter)
        bar.place_wanted.connect(self.go)
        bar.show_keys()
        deck.tapped.connect(bar.tempo.show_tapped)
        deck.tempo_wished.connect(self.set_tempo)
        deck.synced.connect(bar.show_song)
        deck.counting.connect(bar.clock.show_count)
        self._apply_time()
        if store.trouble:
            window.say(store.trouble, trouble=True)

    # Time

    def want(self, **words: Any) -> None:
        """Other settings of time, from now on and next time. [gui]"""
        self.store.change_time(**words)
        self._apply_time()

    def switch(self, word: str, one: Any, other: Any) -> None:
        """The one, or the other. [gui]"""
        self.want(**{word: one if getattr(self.store.settings.time, word) == other else other})

    def switch_clicks(self) -> None:
        """Clicks whenever it plays, or only while recording. [gui]"""
        self.want(clicks="recording" if self.store.settings.time.clicks == "always" else "always")

    def count_more(self) -> None:
        """A bar more of count-in; after two bars none. [gui]"""
        bars = self.store.settings.time.count_in_bars + 1
        self.want(count_in_bars=bars if bars < min(_USUAL_COUNT_INS, MOST_COUNT_IN_BARS + 1) else 0)

    def set_tempo(self, bpm: float) -> None:
        """In place of the tempo that holds at the playhead. [gui]"""
        self._window.do(TempoHere(self._here, bpm).edit(self._window.document.score))

    def set_meter(self, numerator: int, denominator: int) -> None:
        """In place of the meter that holds at the playhead. [gui]"""
        self._window.do(MeterHere(self._here, numerator, denominator).edit(self._window.document.score))

    def go(self, ticks: int) -> None:
        """The playhead to a place; music that plays goes on from there. [gui]"""
        self._window.roll.set_playhead(ticks, follow=True)
        self._window.transport.show_place(self._window.document.score.tempo, ticks)
        self._window.deck.go_on_from()
        self._window.roll.setFocus()

    def ask_beats(self) -> None:
        """How many beats the picked notes are; then the tempo follows from them. [gui]"""
        beats, is_meant = QInputDialog.getInt(
            self._window,
            self.tr("Tempo from notes"),
            self.tr("So many beats from the first note to the end of the last:"),
            _USUAL_BEATS,
            1,
            _MOST_BEATS,
        )
        if is_meant:
            self._window.perform(TempoFromNotes(beats))

    # Keys

    def edit_keys(self) -> None:
        """Which keys do what. [gui]"""
        editor = ShortcutEditor(self._window.commands, self.keymap, self._window.colours, self._window)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.changed.connect(self._keep_keys)
        editor.open()

    # Sound and looks

    def keep_wishes(self, wishes: Wishes) -> None:
        """The card, the microphone, keyboards and port that were chosen, for the next time. [gui]"""
        self.store.change(**{word: getattr(wishes, word) for word in _WISHES})

    def keep_theme(self, palette: Palette) -> None:
        """The theme that was chosen, for the next time. [gui]"""
        self.store.change(theme=palette.name)

    # The window

    def place_window(self, width: int, height: int) -> None:
        """Where it was, if a screen is there still; else of this size. [gui]"""
        place = self.store.settings.window
        known = QRect(place.x, place.y, place.width, place.height)
        self._window.resize(width, height)
        if place.width > 0 and _is_on_a_screen(known):
            self._window.setGeometry(known)
        if place.maximised:
            self._window.setWindowState(Qt.WindowState.WindowMaximized)

    def remember_window(self) -> None:
        """Where it is, which theme it wears, and which session it shows, for the next time. [gui]"""
        window = self._window
        shape = window.normalGeometry() if window.isMaximized() else window.geometry()
        place = WindowPlace(shape.x(), shape.y(), shape.width(), shape.height(), window.isMaximized())
        document = window.document
        session = "" if document.is_unsaved_folder else str(document.path)
        self.store.change(window=place, last_session=session)

    # Inside

    @property
    def _here(self) -> int:
        return round(self._window.roll.playhead_ticks)

    def _apply_time(self) -> None:
        time = self.store.settings.time
        self._window.deck.set_time(time)
        self._window.transport.show_time(time)
        if self.store.trouble:
            self._window.say(self.store.trouble, trouble=True)

    def _keep_keys(self) -> None:
        self.keys.lay()
        self._window.transport.show_keys()
        self.store.change(shortcuts=self.keymap.preferred)


def as_preferred(settings: Settings, wishes: Wishes) -> Wishes:
    """What the engine is to do: as it was asked for, and where nothing was, as it was chosen the last time. [any]"""
    usual = Wishes()
    words = {word: getattr(settings, word) for word in _WISHES if getattr(wishes, word) == getattr(usual, word)}
    return replace(wishes, **words)


def _is_on_a_screen(place: QRect) -> bool:
    """Whether enough of a window's upper edge is to be seen that a hand can take hold of it."""
    edge = QRect(place.x(), place.y(), place.width(), _ON_SCREEN_PX)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(edge)
        if seen.width() >= _ON_SCREEN_PX and seen.height() >= _ON_SCREEN_PX // 2:
            return True
    return False
