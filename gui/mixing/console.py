"""The mixer, the editor of chains and what the engine knows of both, tied to each other: one thing for the window.

What flows in: the session as it is. What flows out: changes, edits, words to be said, and which page is to be seen.
The two views do not know each other; this is where they meet. [gui]
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from gui.engine_link import EngineLink
from gui.mixing.chain import Place, setup_at
from gui.mixing.mixer import Mixer
from gui.mixing.mixing import Mixing
from gui.mixing.rack_editor import RackEditor
from gui.mixing.rack_files import write_rack_files
from gui.session.setup import Change, Setup
from gui.theme.palette import Palette
from score.errors import VocelloError
from score.score import Score

MIXER, CHAIN = "mixer", "chain"
_LOOKS_EVERY_MS = 250
_KEEPS_WITHIN_MS = 1500


class Console(QObject):
    """All that is about how tracks sound. [gui]"""

    changed = pyqtSignal(object, bool)
    """A Change of the setup, and whether one hand still draws the same thing."""
    edited = pyqtSignal(object)
    """An Edit of the score."""
    chosen = pyqtSignal(int)
    said = pyqtSignal(str, bool)
    """A line for the strip, and whether it is trouble."""
    page_wanted = pyqtSignal(str)

    def __init__(
        self, link: EngineLink, palette: Palette, folder: Callable[[], Path], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.mixing = Mixing(link, folder, self)
        self.mixer, self.editor = Mixer(palette), RackEditor(palette)
        self._score, self._setup, self._chosen = Score(), Setup(), 0
        self._names: list[tuple[int, str]] | None = None
        self._place: Place | None = None
        """Whose chain is edited; None for that of the chosen track."""
        mixing, mixer, editor = self.mixing, self.mixer, self.editor
        for view in (mixer, editor):
            view.changed.connect(self.changed)
            view.shelf_wanted.connect(mixing.ask_shelf)
        mixer.chosen.connect(self.chosen)
        mixer.edited.connect(self.edited)
        mixer.chain_wanted.connect(self.open_chain)
        mixer.rack_wanted.connect(mixing.read_rack)
        editor.learn_wanted.connect(mixing.learn)
        editor.engine_wanted.connect(mixing.do)
        editor.file_wanted.connect(mixing.begin_file)
        mixing.begun.connect(editor.take_file)
        editor.said.connect(self._say)
        mixing.levelled.connect(mixer.show_levels)
        mixing.shelved.connect(mixer.show_shelf)
        mixing.shelved.connect(editor.show_shelf)
        mixing.described.connect(editor.show_described)
        mixing.read.connect(mixer.take_rack)
        mixing.troubled.connect(self._complain)
        mixing.loaded.connect(self._look)
        mixing.wished.connect(self._learned)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.mixer.set_palette(palette)
        self.editor.set_palette(palette)

    def show(self, score: Score, setup: Setup, chosen: int) -> None:
        """The session as it is now: shown, and heard. Where only notes are others, nothing has to be done. [gui]"""
        names = [(track.id, track.name) for track in score.tracks]
        if (setup, chosen, names) == (self._setup, self._chosen, self._names):
            return
        self._names = names
        if chosen != self._chosen or (self._place is not None and not self._is_there(self._place, score)):
            self._place = None
        self._score, self._setup, self._chosen = score, setup, chosen
        self.mixing.follow(score, setup, chosen)
        self.mixer.show_mix(score, setup, chosen)
        self._show_chain()

    def open_chain(self, place: Place) -> None:
        """Have the effects of a strip seen. [gui]"""
        if place[0] == "tracks":
            self.chosen.emit(int(place[1]))
        self._place = place
        self._show_chain()
        self.mixing.ask_shelf()
        self.page_wanted.emit(CHAIN)

    def keep(self, then: Callable[[], object]) -> None:
        """Have the session say what only the engine knows, plugins' states above all; then go on, whatever comes of
        it and however long the engine takes: before a save. [gui]"""
        waits = [then]

        def go_on() -> None:
            while waits:
                waits.pop()()

        def take(changes: tuple[Change, ...]) -> None:
            if waits:
                for change in changes:
                    self.changed.emit(change, False)
            go_on()

        QTimer.singleShot(_KEEPS_WITHIN_MS, go_on)
        self.mixing.collect(take)

    def write_files(self, folder: Path) -> None:
        """Each track's chain as a rack file in the session's folder, after a save. [gui]"""
        try:
            write_rack_files(folder, self._score, self._setup)
        except VocelloError as error:
            self.said.emit(str(error), True)

    def close(self) -> None:
        """The window closes. [gui]"""
        self._timer.stop()
        self.mixing.close()

    def _show_chain(self) -> None:
        place = self._place if self._place is not None else ("tracks", str(self._chosen))
        self.editor.show_chain(place, self._name(place), setup_at(self._setup, place))

    def _name(self, place: Place) -> str:
        if place[0] == "tracks":
            names = {str(track.id): track.name for track in self._score.tracks}
            return names.get(place[1]) or self.tr("Track")
        return self.tr("Master") if place[0] == "master" else place[1].capitalize()

    def _is_there(self, place: Place, score: Score) -> bool:
        return place[0] != "tracks" or any(str(track.id) == place[1] for track in score.tracks)

    def _look(self) -> None:
        if self.editor.isVisible():
            self.mixing.ask_slots()

    def _learned(self, change: Change) -> None:
        self.changed.emit(change, False)
        self.editor.learned()

    def _say(self, words: str) -> None:
        self.said.emit(words, False)

    def _complain(self, words: str) -> None:
        self.said.emit(words, True)
