"""The window: strip, transport, tracks and roll, and the threads that tie them to the session and the engine.

What flows in: what the hand does, what the engine tells. What flows out: edits to the document, verbs to the engine,
and to each view what it shows. No view knows another; this is the place where they meet. [gui]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QResizeEvent,
)
from PyQt6.QtWidgets import QApplication, QMainWindow, QMenu, QVBoxLayout, QWidget

from gui.actions import all_commands
from gui.commands.menus import fill_menu
from gui.commands.palette import CommandPalette
from gui.deck import Deck
from gui.devices.dialog import SoundDialog
from gui.drawer import Drawer, OverDrawer
from gui.engine_link import EngineLink
from gui.engine_side import EngineSide
from gui.files import Files
from gui.joints import join, ranges_of, show_lanes
from gui.keeping_on import KeepingOn
from gui.menus import hang_menus
from gui.mixing.console import CHAIN, MIXER, Console
from gui.preferences import Preferences
from gui.roll.remembered import look_of, take_look
from gui.roll.roll_bar import RollBar
from gui.roll.view import PianoRoll
from gui.session.act import Act
from gui.session.document import Document
from gui.session.setup import Change
from gui.settings.store import Store
from gui.strip.view import Strip
from gui.strip.words import StripWords
from gui.takes.keeper import TakeKeeper
from gui.theme.palette import DARK, LIGHT, Palette
from gui.theme.sheet import dress
from gui.tracks.panel import BesideTracks, TrackPanel
from gui.transport.bar import TransportBar
from gui.voice.card import VoiceCard
from score.edits import AddTrack, Edit
from score.errors import VocelloError
from score.score import Track
from score.zone import Zone

_FRAME_MS = 16


class MainWindow(QMainWindow):
    """One session. [gui]"""

    session_wanted = pyqtSignal(object)
    """The Path of a session that shall be opened instead of this one; None for a new one."""

    def __init__(self, document: Document, link: EngineLink, palette: Palette, store: Store | None = None) -> None:
        super().__init__()
        self.document, self.link, self.colours = document, link, palette
        self.deck = Deck(document, link)
        self.files = Files(document, self, lambda: round(self.roll.playhead_ticks))
        self.voice_card = VoiceCard(palette)
        self.roll = PianoRoll()
        self.roll_bar = RollBar(self.roll, palette)
        self.commands = all_commands(self)
        self.strip = Strip(palette)
        self.words = StripWords(self.strip, link)
        self.transport = TransportBar(self.commands, palette)
        self.tracks = TrackPanel(palette)
        self.takes = TakeKeeper(document, palette)
        self.console = Console(link, palette, lambda: self.document.path, self)
        self.drawer = Drawer(palette)
        self.drawer.add(MIXER, self.tr("Mixer"), self.console.mixer)
        self.drawer.add(CHAIN, self.tr("Effects"), self.console.editor)
        self.drawer.add("takes", self.tr("Takes"), self.takes.page)
        self.keeps_engine = False
        """Whether the engine plays on when this window closes, for the next one."""
        self._lay_out()
        self.palette_of_commands = CommandPalette(self.commands, palette, self)
        join(self)
        self._engine_side = EngineSide(self)
        self.preferences = Preferences(self, store or Store())
        self.setMinimumSize(1024, 640)
        self.roll.set_theme(palette)
        self._begin()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self.deck.frame)
        self._timer.start()
        self._keeping_on = KeepingOn(link.meters, lambda: self.deck.player.playing, self.deck.keep_on)
        self._keeping_on.begin()

    # What the hand does

    def do(self, edit: Edit | None) -> None:
        """One edit, done, kept and shown. [gui]"""
        if edit is not None:
            self._attempt(lambda: self.document.do(edit))

    def perform(self, operation: Any) -> None:
        """An operation on what is selected. [gui]"""
        self._attempt(lambda: self.roll.perform(operation.edit))

    def undo(self) -> None:
        """Take the last step back. [gui]"""
        if self.document.undo_name is not None:
            self._attempt(self.document.undo)

    def redo(self) -> None:
        """Do it again. [gui]"""
        if self.document.redo_name is not None:
            self._attempt(self.document.redo)

    def change(self, change: Change, goes_on: bool = False) -> None:
        """Something that is no note. [gui]"""
        self._attempt(lambda: self.document.change(change, goes_on))

    def act(self, act: Act) -> None:
        """Notes and setup in one step. [gui]"""
        self._attempt(lambda: self.document.act(act))

    def say(self, words: str, trouble: bool = False) -> None:
        """A line in the strip. [gui]"""
        self.words.say(words, trouble)

    # Views

    def toggle_theme(self) -> None:
        """Dark to light, or back. [gui]"""
        self.colours = LIGHT if self.colours is DARK else DARK
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        dress(app, self.colours)
        self.roll.set_theme(self.colours)
        for view in (
            self.strip,
            self.transport,
            self.tracks,
            self.palette_of_commands,
            self.voice_card,
            self.drawer,
            self.takes,
            self.roll_bar,
            self.console,
        ):
            view.set_palette(self.colours)
        self.preferences.keep_theme(self.colours)

    def ask_palette(self) -> None:
        """Find a command by a few letters. [gui]"""
        self.palette_of_commands.ask()

    def fit(self) -> None:
        """All notes in the window. [gui]"""
        self.roll.fit()

    def has_notes(self) -> bool:
        """Whether there is anything to be changed. [gui]"""
        return bool(len(self.roll.scene.notes))

    def panic(self) -> None:
        """Silence, here and at the port, at once. [gui]"""
        self.deck.stop()
        self.link.ask(lambda engine: engine.panic())

    def toggle_port(self) -> None:
        """What the tracks play goes to our MIDI port as well, or no longer. [gui]"""
        to_port = not self.document.setup.to_port
        self.change(Change(self.tr("MIDI port"), ("to_port",), to_port))
        told = self.tr("Tracks play to the MIDI port too."), self.tr("Tracks play here only.")
        self.say(told[not to_port])

    def choose_devices(self) -> None:
        """Which card, microphone, keyboards and port. [gui]"""
        dialog = SoundDialog(self.link.wishes, self)
        dialog.wished.connect(self.link.use)
        dialog.wished.connect(self.preferences.keep_wishes)
        self.link.ready.connect(dialog.show_running)
        self.link.trouble.connect(dialog.show_refusal)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def add_track(self) -> None:
        """One more track. [gui]"""
        number = len(self.document.score.tracks) + 1
        self.do(AddTrack(Track(self.tr("Track {number}").format(number=number), zones=(Zone(),))))
        self.choose_track(self.document.score.tracks[-1].id)

    def choose_track(self, track_id: int) -> None:
        """The track that is edited and recorded into. [gui]"""
        self.roll.set_score(self.document.score, track_id)
        self._show_tracks()

    # Life

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Nothing is asked: all that was done is in the journal, and comes back. [gui]"""
        self._timer.stop()
        self._keeping_on.close()
        self.voice_card.give_up()
        self.deck.stop()
        self.preferences.remember_window()
        self.files.close()
        self.takes.close()
        self.console.close()
        if not self.keeps_engine:
            self.link.close()
        self.document.look({"track": self.roll.track_id, "roll": look_of(self.roll), "drawer": self.drawer.open_page})
        self._attempt(self.document.close)
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """The palette stays in the middle. [gui]"""
        super().resizeEvent(event)
        if self.palette_of_commands.isVisible():
            self.palette_of_commands.ask()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Files may be let go over the window. [gui]"""
        mime = event.mimeData() if event is not None else None
        is_ours = event is not None and event.source() is self  # a clip on its way out
        if event is not None and mime is not None and any(url.isLocalFile() for url in mime.urls()) and not is_ours:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Files that were let go come in, each as what it is. [gui]"""
        mime = event.mimeData() if event is not None else None
        if event is not None and mime is not None:
            event.acceptProposedAction()
            self.files.bring_in([Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()])

    # Inside

    def _lay_out(self) -> None:
        edited = QWidget()
        lines = QVBoxLayout(edited)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.roll_bar)
        lines.addWidget(self.roll, 1)
        self.setAcceptDrops(True)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for view in (self.transport, self.strip, self.voice_card):
            column.addWidget(view)
        column.addWidget(OverDrawer(BesideTracks(self.tracks, edited), self.drawer), 1)
        self.setCentralWidget(whole)
        hang_menus(self)

    def _begin(self) -> None:
        self.takes.recover()
        view = self.document.setup.view
        take_look(self.roll, view.get("roll", {}) if isinstance(view.get("roll", {}), dict) else {})
        self.drawer.show_page(str(view.get("drawer", "")))
        self.show_all()
        if len(self.document.score.track(self.roll.track_id).notes):
            self.roll.fit()
        self.roll.setFocus()
        for words in (*self.document.recovered, *self.document.trouble):
            self.say(words)

    def _attempt(self, what: Any) -> None:
        try:
            what()
        except VocelloError as error:
            self.say(str(error), trouble=True)
        self.show_all()

    def show_all(self) -> None:
        """Give every view what it shows of the document. [gui]"""
        score, setup = self.document.score, self.document.setup
        self.roll.set_score(score)
        self.roll.set_ranges(ranges_of(setup))
        self.deck.follow_setup()
        self.transport.show_place(score.tempo, round(self.roll.playhead_ticks))
        name = self.document.name or self.tr("Unsaved session")
        changed = "" if self.document.is_saved else " •"
        self.transport.piece.setText(f"{name}{changed}")
        self.setWindowTitle(f"{name}{changed} – Vocello")
        self._show_tracks()
        self.takes.show(self.roll.track_id)
        show_lanes(self, self.roll.grid)
        self.show_state()

    def _show_tracks(self) -> None:
        score, setup = self.document.score, self.document.setup
        self.tracks.show_tracks(score, setup, self.roll.track_id)
        self.console.show(score, setup, self.roll.track_id)

    def show_state(self) -> None:
        """What plays and records, on the bar. [gui]"""
        setup = self.document.setup
        self.transport.show_state(self.deck.player.playing, self.deck.recorder.is_on, setup.loop.on, setup.punch.on)

    def show_playhead(self, ticks: int) -> None:
        """Where the music is. [gui]"""
        self.roll.set_playhead(ticks, follow=True)
        self.transport.show_place(self.document.score.tempo, ticks)

    def show_menu(self, where: QPoint) -> None:
        """What can be done to notes, under the hand. [gui]"""
        menu = QMenu(self)
        fill_menu(menu, lambda: (each for each in self.commands if each.menu == "notes"))
        menu.exec(where)
