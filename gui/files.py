"""Files in and out of a window: sessions, MIDI, recordings that become notes, and sound.

What flows in: what the hand chose, dropped or asked for. What flows out: edits, a session to be opened instead, and
lines for the strip. Whatever takes longer than a blink is done by another process. [gui]
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QMimeData, QObject, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDrag
from PyQt6.QtWidgets import QFileDialog, QWidget

from gui.errands import Errand
from gui.session.document import Document, suggested_folder
from gui.session.exchange import merging, read_midi, sung_at, write_midi
from gui.session.folder import SESSION_FILE
from score.edits import Edit
from score.errors import UsageError, VocelloError

MIDI_ENDINGS = (".mid", ".midi", ".smf", ".kar")
SOUND_ENDINGS = (".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3")


class Files(QObject):
    """All that a window does with files. [gui]"""

    made = pyqtSignal(object)
    """An Edit: what came in."""
    chosen = pyqtSignal(object)
    """The Path of a session that is to be opened instead; None for a new one."""
    said = pyqtSignal(str, bool)
    """A line, and whether it is trouble."""
    saved = pyqtSignal()

    def __init__(self, document: Document, window: QWidget, playhead: Callable[[], int]) -> None:
        super().__init__(window)
        self._document, self._window, self._playhead = document, window, playhead
        self.before_saving: Callable[[Callable[[], object]], object] = lambda then: then()
        """Lets whoever knows more of the session say it, and then goes on."""
        self._errands: set[Errand] = set()
        self._clips: list[tempfile.TemporaryDirectory[str]] = []
        """Where clips lie that were dragged out: another program may read one long after it was let go there."""

    # Sessions

    def new(self) -> None:
        """A new session; the one that was open is where it was. [gui]"""
        self.chosen.emit(None)

    def open(self) -> None:
        """A session that the hand shows. [gui]"""
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Open a session's folder"), str(Path.home()))
        if name:
            self.bring_in([Path(name)])

    def save(self) -> None:
        """Bring all to the session's folder. [gui]"""
        self.before_saving(self._save)

    def _save(self) -> None:
        if self._attempt(self._document.save):
            self.saved.emit()
            self.said.emit(self.tr("Saved in {where}.").format(where=self._document.path), False)

    def save_as(self) -> None:
        """Into a folder that the hand names. [gui]"""
        wanted = suggested_folder(self._document, Path.home())
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save the session as"), str(wanted))
        if name and self._attempt(lambda: self._document.save_as(Path(name))):
            self.saved.emit()
            self.said.emit(self.tr("Saved in {where}.").format(where=name), False)

    # In

    def bring_in_asked(self) -> None:
        """Files that the hand shows. [gui]"""
        endings = " ".join(f"*{ending}" for ending in MIDI_ENDINGS + SOUND_ENDINGS)
        several, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Import"), str(Path.home()), self.tr("MIDI and recordings") + f" ({endings})"
        )
        self.bring_in([Path(each) for each in several])

    def bring_in(self, paths: Sequence[Path]) -> None:
        """Each as what it is: a session is opened, MIDI becomes tracks, a recording is listened to. [gui]"""
        for path in paths:
            ending = path.suffix.lower()
            if path.is_dir() or path.name == SESSION_FILE:
                self.chosen.emit(path)
            elif ending in MIDI_ENDINGS:
                self._attempt(partial(self._bring_in_midi, path))
            elif ending in SOUND_ENDINGS:
                self._listen_to(path)
            else:
                known = ", ".join(MIDI_ENDINGS + SOUND_ENDINGS)
                self._tell(UsageError(f"'{path.name}' is nothing that can be imported.", f"These can be: {known}."))

    # Out

    def export_midi(self) -> None:
        """A MIDI file that any program reads. [gui]"""
        wanted = suggested_folder(self._document, Path.home()).with_suffix(".mid")
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export as MIDI file"), str(wanted), "MIDI (*.mid)")
        if name and self._attempt(lambda: write_midi(self._document.score, Path(name))):
            self.said.emit(self.tr("Written: {name}").format(name=name), False)

    def export_mix(self) -> None:
        """All tracks as one piece of sound. [gui]"""
        wanted = suggested_folder(self._document, Path.home()).with_suffix(".flac")
        kinds = "FLAC (*.flac);;WAV (*.wav)"
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export the mix"), str(wanted), kinds)
        if name:
            self.export_sound(Path(name), stems=False)

    def export_stems(self) -> None:
        """Each track as a file of its own. [gui]"""
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Export stems into a folder"), str(Path.home()))
        if name:
            self.export_sound(Path(name), stems=True)

    def export_sound(self, target: Path, *, stems: bool) -> None:
        """Play the session into files, by a process of its own; what is here is saved first. [gui]"""
        if not self._attempt(self._document.save):
            return
        self.saved.emit()
        words = ["export", str(self._document.path), "--output", str(target), "--json", *(["--stems"] if stems else [])]
        self.said.emit(self.tr("Writing {name} …").format(name=target.name), False)
        self._send(words, lambda told: self.said.emit(self.tr("Written: {name}").format(name=target), False))

    def clip_of(self, track_ids: tuple[int, ...] | None = None) -> Path | None:
        """Tracks as a MIDI file in a temporary place, to be dragged into another program; None where that fails."""
        folder = tempfile.TemporaryDirectory(prefix="vocello-clip-")
        self._clips.append(folder)
        path = Path(folder.name) / f"{self._clip_name(track_ids)}.mid"
        return path if self._attempt(lambda: write_midi(self._document.score, path, track_ids)) else None

    def drag_out(self, track_id: int) -> None:
        """A track as a MIDI file under the hand, to be let go in another program. [gui]"""
        path = self.clip_of((track_id,))
        if path is not None:
            drag, carried = QDrag(self._window), QMimeData()
            carried.setUrls([QUrl.fromLocalFile(str(path))])
            drag.setMimeData(carried)
            drag.exec(Qt.DropAction.CopyAction)

    def close(self) -> None:
        """Give up what is still on its way. [gui]"""
        for errand in tuple(self._errands):
            errand.give_up()
        for folder in self._clips:
            folder.cleanup()

    # Inside

    def _bring_in_midi(self, path: Path) -> None:
        imported = read_midi(path)
        score = self._document.score
        is_empty = not score.note_count
        edit = merging(score, imported.score, 0 if is_empty else self._playhead(), takes_tempo=is_empty)
        self.made.emit(edit)
        count = imported.score.note_count
        line = self.tr("{name}: {count} notes.").format(name=path.name, count=count)
        self.said.emit(" ".join((line, *imported.told)), imported.is_damaged)

    def _listen_to(self, path: Path) -> None:
        at_ticks = self._playhead()
        folder = tempfile.TemporaryDirectory(prefix="vocello-heard-")
        target = Path(folder.name) / f"{path.stem}.mid"
        self.said.emit(self.tr("Listening to {name} …").format(name=path.name), False)

        def heard(_told: dict[str, Any]) -> None:
            self._attempt(lambda: self._bring_in_heard(path, target, at_ticks))
            folder.cleanup()

        self._send(["listen", str(path), "--output", str(target), "--refine", "--json"], heard)

    def _bring_in_heard(self, path: Path, target: Path, at_ticks: int) -> None:
        imported = read_midi(target)
        tempo = self._document.score.tempo
        edit: Edit = merging(self._document.score, sung_at(imported.score, tempo, at_ticks))
        count = imported.score.note_count
        if count:
            self.made.emit(edit)
        self.said.emit(self.tr("{name}: {count} notes were sung.").format(name=path.name, count=count), False)

    def _send(self, words: Sequence[str], then: Callable[[dict[str, Any]], None]) -> None:
        errand = Errand(words, self)
        self._errands.add(errand)

        def over() -> None:
            self._errands.discard(errand)
            errand.deleteLater()

        def fail(why: str) -> None:
            over()
            self.said.emit(why, True)

        def finish(told: dict[str, Any]) -> None:
            over()
            then(told)

        errand.done.connect(finish)
        errand.failed.connect(fail)
        errand.begin()

    def _clip_name(self, track_ids: tuple[int, ...] | None) -> str:
        score = self._document.score
        names = [score.track(each).name for each in track_ids] if track_ids else [self._document.name]
        kept = "".join(sign for sign in "-".join(names) if sign.isalnum() or sign in " -_").strip()
        return kept or "clip"

    def _attempt(self, what: Callable[[], object]) -> bool:
        try:
            what()
        except VocelloError as error:
            self._tell(error)
            return False
        return True

    def _tell(self, error: VocelloError) -> None:
        self.said.emit(str(error), True)
