"""Who looks after takes: from the deck into the session, from there into the lanes, and through the second look.

What flows in: what the deck took, what the session is now, what the hand does in the lanes and in the bar. What flows
out: acts for the document, words for the strip, and what the roll is to show. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gui.recording import Recorder
from gui.roll.backdrop import Waveform
from gui.session import comping
from gui.session.act import Act
from gui.session.document import Document
from gui.session.folder import TAKES
from gui.session.refined import Correction, Meant, accept, corrections, read_meant, reject
from gui.session.setup import Setup, Span, Take
from gui.session.take_notes import TakeNotes
from gui.session.takes import Finished, Recorded, Takes
from gui.session.unused import SOUND, Unused
from gui.takes.cleaning import CleaningQuestion, in_megabytes
from gui.takes.refinement import RefinementBar
from gui.takes.second_look import SecondLook
from gui.takes.view import TakeLanes
from gui.theme.palette import Palette
from score.edits import Edit
from score.errors import SessionError
from score.note import Note

_COMPARES_AFTER_MS = 150


class Passed(Protocol):
    """The music passing what is recorded, as the transport has it. [any]"""

    @property
    def start_ticks(self) -> int:
        """Where it began in the piece. [any]"""

    @property
    def is_over(self) -> bool:
        """Whether another one follows. [any]"""


class Taken(Protocol):
    """One take, as the transport hands it over. [any]"""

    @property
    def track_id(self) -> int:
        """Whose it is. [any]"""

    @property
    def of(self) -> Passed:
        """Where it lies. [any]"""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was heard. [any]"""

    @property
    def edit(self) -> Edit | None:
        """What brings the notes into the piece. [any]"""

    @property
    def first_frame(self) -> int:
        """Of the engine: where its sound begins. [any]"""

    @property
    def end_frame(self) -> int:
        """Where it ends. [any]"""


class TakeKeeper(QObject):
    """The takes of a session, and their two views: `page`. [gui]"""

    acted = pyqtSignal(object)
    """An Act: `document.act`, and show everything."""
    said = pyqtSignal(str, bool)
    """A line, and whether it is trouble."""
    behind = pyqtSignal(object)
    """The Waveform of the take that is looked at, or None."""
    proposed = pyqtSignal(object, object)
    """All open Corrections of that take, and the one that the hand looks at, or None."""
    _finished = pyqtSignal(object)

    def __init__(self, document: Document, palette: Palette, look: SecondLook | None = None) -> None:
        super().__init__()
        self._document = document
        self.takes = Takes(document, self._finished.emit)
        self.recorder = Recorder(self.takes)
        self.look = look or SecondLook(lambda file: document.path / file)
        self.lanes, self.bar = TakeLanes(palette), RefinementBar(palette)
        self.page = QWidget()
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.lanes)
        column.addStretch(1)
        self.loop_start: Callable[[], int | None] = lambda: None
        """Where the next pass begins, if the music goes round."""
        self._track_id, self._file = 0, ""
        self._open: tuple[Correction, ...] = ()
        self._meant: dict[str, tuple[Meant, ...]] = {}
        self._soon = QTimer(self.page)  # while a hand draws, nothing is compared
        self._soon.setSingleShot(True)
        self._soon.setInterval(_COMPARES_AFTER_MS)
        self._soon.timeout.connect(self._show_corrections)
        self._finished.connect(self._finish)
        self.lanes.chosen.connect(self._choose)
        self.lanes.renamed.connect(
            lambda file, name: self._act(comping.renamed(self.tr("Rename take"), self._setup, file, name))
        )
        self.lanes.deleted.connect(lambda file: self._act(comping.deleted(self.tr("Delete take"), self._setup, file)))
        self.lanes.looked.connect(self._look_at)
        self.lanes.wanted.connect(self._want)
        self.bar.accepted.connect(self._accept)
        self.bar.rejected.connect(self._reject)
        self.bar.looked.connect(lambda one: self.proposed.emit(self._open, one))
        self.bar.closed.connect(self.bar.hide)
        self.look.begun.connect(self._begun)
        self.look.found.connect(self._found)
        self.look.failed.connect(self._not_found)

    # What comes in

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.lanes.set_palette(palette)
        self.bar.set_palette(palette)

    def know_tape(self, told: Mapping[str, Any]) -> None:
        """Which stream of the tape bears the engine's frames now, as `record_to` answers. [gui]"""
        self.recorder.tape = str(told.get("stream", ""))

    def show(self, track_id: int) -> None:
        """The session as it is now, and the track that is chosen. [gui]"""
        document, is_other = self._document, track_id != self._track_id
        self._track_id = track_id
        self.lanes.show_takes(document.setup, document.score.tempo, track_id)
        mine = comping.lanes_of(document.setup, track_id)
        if is_other or not any(take.file == self._file for take in mine):
            self._file = mine[0].file if mine else ""
            self._show_behind()
            self._show_corrections()
        else:
            self._soon.start()

    def keep(self, taken: Taken, replaces: bool) -> None:
        """A pass that was recorded is a take, with notes and sound, in one step. [gui]"""
        heard, frames = TakeNotes(taken.notes), (taken.first_frame, taken.end_frame)
        recorded = self.recorder.keep(frames, taken.track_id, taken.of.start_ticks, heard)
        goes_over = replaces and taken.edit is not None
        self._take_in(self.tr("Record"), recorded, goes_over, taken.edit)
        again = self.loop_start()
        if self.recorder.is_on and taken.of.is_over and again is not None:
            self.recorder.begin(taken.end_frame, again, taken.track_id)

    def recall(self, frame: int, place_ticks: int, track_id: int) -> bool:
        """What was just sung is a take, though nobody pressed record; False where there was nothing. [gui]"""
        recorded = self.recorder.recall(frame, self._document.score.tempo, place_ticks, track_id)
        if recorded is None:
            return False
        self._take_in(self.tr("Keep what was sung"), recorded, False, None)
        return True

    def accept_at(self, number: int) -> None:
        """The correction of this number, in the order in which they were proposed, is right. [gui]"""
        if 0 <= number < len(self._open):
            self._accept((self._open[number],))

    def ask_to_clean(self) -> None:
        """Say which recordings nothing needs any more, and have them gone if the hand agrees. [gui]"""
        try:
            unused = self.takes.left_over()
        except SessionError as wrong:
            self.said.emit(str(wrong), True)
            return
        if not unused:
            self.said.emit(self.tr("Each sound file here is used by a take, or undo may bring it back."), False)
            return
        question = CleaningQuestion(unused, self.page.window())
        question.agreed.connect(self._clean)
        question.open()

    def recover(self) -> None:
        """What a crash left of takes is brought back. [gui]"""
        for words in self.takes.recover():
            self.said.emit(words, False)

    def close(self) -> None:
        """Finish what is being made. [gui]"""
        self._soon.stop()
        self.look.close()
        self.takes.close()

    # Inside

    @property
    def _setup(self) -> Setup:
        return self._document.setup

    def _take(self, file: str) -> Take | None:
        return next((take for take in self._setup.takes if take.file == file), None)

    def _act(self, act: Act | None) -> None:
        if act is not None:
            self.acted.emit(act)

    def _take_in(self, name: str, recorded: Recorded, replaces: bool, edit: Edit | None) -> None:
        if recorded.take is not None:
            self._file = recorded.take.file
            self.lanes.show_notes({recorded.take.file: recorded.heard})
        self._act(self.takes.act(name, recorded, replaces, edit))
        if recorded.take is not None:
            self.lanes.look_at(recorded.take.file)

    def _clean(self, those: tuple[Unused, ...]) -> None:
        try:
            gone, freed = self.takes.clean(those)
        except SessionError as wrong:
            self.said.emit(str(wrong), True)
            return
        for each in gone:
            file = f"{TAKES}/{each.stem}{SOUND}"
            self._meant.pop(file, None)
            self.lanes.forget(file)
        words = self.tr("{count} sound files were removed; {size} are free again.")
        self.said.emit(words.format(count=len(gone), size=in_megabytes(freed)), False)

    def _choose(self, file: str, span: Span) -> None:
        take = self._take(file)
        if take is None:
            return
        try:
            heard = self.takes.heard(take)
        except SessionError as wrong:
            self.said.emit(str(wrong), True)
            return
        self._act(comping.choose(self.tr("Choose take"), self._document.score, self._setup, file, span, heard))

    def _want(self, file: str) -> None:
        take = self._take(file)
        if take is not None:
            self.takes.ask_peaks(take)
            try:
                self.lanes.show_notes({file: self.takes.heard(take)})
            except SessionError:
                return  # it is being made; its notes came with it

    def _look_at(self, file: str) -> None:
        if file and file != self._file:
            self._file = file
            self._show_behind()
            self._show_corrections()

    def _finish(self, done: Finished) -> None:
        """A take is a file, or an outline is there."""
        if done.trouble or done.told:
            self.said.emit(done.trouble or done.told, bool(done.trouble))
        if done.peaks is None:
            return
        self.lanes.show_sound(done.file, done.peaks)
        if done.file == self._file:
            self._show_behind()
        if self._meant_in(done.file) is None and self._take(done.file) is not None:
            self.look.ask(done.file)

    def _show_behind(self) -> None:
        take, peaks = self._take(self._file), self.lanes.sound_of(self._file)
        if take is None or peaks is None:
            self.behind.emit(None)
            return
        begins_s, zoom = self._document.score.tempo.seconds_at(take.start_ticks), peaks.zooms[0]
        self.behind.emit(Waveform(zoom.low, zoom.high, begins_s, zoom.blocks_per_second))

    # The second look

    def _begun(self, file: str) -> None:
        if file == self._file:
            self.bar.show_progress()

    def _found(self, file: str) -> None:
        if file == self._file:
            self._show_corrections()

    def _not_found(self, file: str, why: str) -> None:
        if file == self._file:
            self.bar.hide()
        self.said.emit(self.tr("The take was not listened to again: {why}").format(why=why), True)

    def _show_corrections(self) -> None:
        document = self._document
        self._soon.stop()
        meant = self._meant_in(self._file)
        if meant is None:
            self._open = ()
            if self._file and self.look.file == self._file:
                self.bar.show_progress()
                return
        else:
            self._open = corrections(document.score, document.setup, self._file, meant)
        self.bar.show_corrections(self._open, document.score.tempo)
        self.proposed.emit(self._open, None)

    def _meant_in(self, file: str) -> tuple[Meant, ...] | None:
        if file and file not in self._meant:
            meant = read_meant(self._document.path / file)
            if meant is None:
                return None
            self._meant[file] = meant
        return self._meant.get(file)

    def _accept(self, some: tuple[Correction, ...]) -> None:
        self._act(accept(self.tr("Correct"), self._document.score, self._setup, self._file, some))
        self._show_corrections()

    def _reject(self, some: tuple[Correction, ...]) -> None:
        self._act(reject(self.tr("Keep as sung"), self._setup, self._file, some))
        self._show_corrections()
