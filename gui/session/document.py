"""A session that is open: its score and its setup, one undo through both, and a folder that always knows.

Edits and changes in; states, files and what was recovered, in words, out. Everything that the hand does goes through
here, in one order: it is done, it is in the journal, it is shown. Saving writes the state whole and begins the journal
anew; whatever ends this process between any two of these, the next start finds all of it. [gui]
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from gui.session.act import Act
from gui.session.clips import Clips, names_of
from gui.session.folder import CLIPS, MAKING, TAKES, Folder, create_unsaved, file_name, is_unsaved
from gui.session.journal import Journal
from gui.session.past import Past, Stepping
from gui.session.recent import remember
from gui.session.recovery import recover
from gui.session.setup import Change, Setup, Take
from gui.session.text import Contained, Saved, State
from score.edits import Edit
from score.errors import FileError, SessionError
from score.score import Score


@dataclass(frozen=True)
class Saving:
    """A save on its way: what to write, and which step it holds. [any]"""

    folder: Folder
    saved: Saved
    step: int

    def write(self) -> str:
        """Write it; a second for 100 000 notes, so that a face may want to do it elsewhere. [worker]"""
        return self.folder.write(self.saved)


class Document:
    """One open session. Made by `new`, `open` or `of`. [gui]"""

    def __init__(self, folder: Folder, journal: Journal, past: Past, clips: tuple[str, ...], home: Path | None) -> None:
        self._folder, self._journal, self._past, self._home = folder, journal, past, home
        self._clips, self._clip_names = Clips(folder.path), clips
        self.recovered: tuple[str, ...] = ()
        """What a crash had left and was brought back, a sentence each. [gui]"""

    @classmethod
    def new(cls, home: Path | None = None, state: State | None = None) -> Document:
        """A session without a name, in a folder of its own. [gui]"""
        return cls._made(create_unsaved(home), state or State(Setup(), Score()), home)

    @classmethod
    def open(cls, path: Path, home: Path | None = None) -> Document:
        """A session as it was when it was last touched, saved or not. [gui]"""
        folder = Folder.open(path)
        try:
            saved, base = folder.read()
            past = Past(saved.state)
            journal, told = recover(folder.journal_file, base, saved.contains, past)
        except BaseException:
            folder.close()
            raise
        document = cls(folder, journal, past, saved.clips, home)
        document.recovered = told
        if not document.is_unsaved_folder:
            remember(folder.path, document.name, home)
        return document

    @classmethod
    def _made(cls, folder: Folder, state: State, home: Path | None) -> Document:
        try:
            base = folder.write(Saved(state))
            journal = Journal.begin(folder.journal_file, base)
        except BaseException:
            folder.leave()
            raise
        return cls(folder, journal, Past(state), (), home)

    # What it is

    @property
    def score(self) -> Score:
        """The score of this moment. [gui]"""
        return self._past.state.score

    @property
    def setup(self) -> Setup:
        """All else of this moment. [gui]"""
        return self._past.state.setup

    @property
    def path(self) -> Path:
        """Its folder. [gui]"""
        return self._folder.path

    @property
    def name(self) -> str:
        """What its window says. [gui]"""
        return self.setup.name or ("" if self.is_unsaved_folder else self.path.name)

    @property
    def is_unsaved_folder(self) -> bool:
        """Whether nobody has said yet where it shall be. [gui]"""
        return is_unsaved(self.path, self._home)

    @property
    def is_saved(self) -> bool:
        """Whether the session file says all that is here. [gui]"""
        return self._past.is_saved

    @property
    def undo_name(self) -> str | None:
        """What undo would take back; None when there is nothing. [gui]"""
        return self._past.undo_name

    @property
    def redo_name(self) -> str | None:
        """What redo would do again; None when there is nothing. [gui]"""
        return self._past.redo_name

    @property
    def trouble(self) -> tuple[str, ...]:
        """What is not as safe as it should be: a journal that cannot be written, takes that are gone. [gui]"""
        journal = (str(self._journal.trouble),) if self._journal.trouble is not None else ()
        gone = tuple(
            f"The recording '{take.file}' is not in '{self.path}'."
            for take in self.setup.takes
            if not (self.path / take.file).is_file()
            and not (self.path / take.file).with_suffix(MAKING).is_file()  # it is being made
        )
        return (*journal, *self._clips.trouble, *gone)

    # What is done

    def do(self, edit: Edit) -> Score:
        """One edit as one step. [gui]"""
        with self.begin(edit.name) as step:
            return step.do(edit)

    def begin(self, name: str) -> DocumentStep:
        """A step of several edits, as a drag is: end() it, cancel() it, or use it with `with`. [gui]"""
        return DocumentStep(self._journal, self._past.begin(name))

    def change(self, change: Change, goes_on: bool = False) -> Setup:
        """A change beside the notes; `goes_on` while one hand still draws the same fader. [gui]"""
        self._journal.append(self._past.change(change, goes_on, self._journal.last_line + 1))
        return self.setup

    def act(self, act: Act) -> State:
        """Notes and other things in one step. [gui]"""
        self._journal.append(self._past.act(act, self._journal.last_line + 1))
        return self._past.state

    def undo(self) -> State:
        """Before the last step, whatever it was. [gui]"""
        self._journal.append(self._past.cross("undo"))
        return self._past.state

    def redo(self) -> State:
        """After the step that was undone last. [gui]"""
        self._journal.append(self._past.cross("redo"))
        return self._past.state

    def look(self, view: dict[str, object]) -> None:
        """What the windows remember of themselves: kept with the next save, and no step. [gui]"""
        self._past.look(view)

    # Takes

    def new_take(self, name: str, ending: str = "flac") -> str:
        """Where a recording shall be written, inside the session. [gui]"""
        return self._folder.new_take(name, ending)

    def takes_in_reach(self) -> frozenset[str]:
        """The files of all takes that are there, on the disk or here, or that undo or redo can bring back. [gui]"""
        return self._past.takes_in_reach()

    def add_take(self, take: Take) -> Setup:
        """A recording is there and belongs to the session. [gui]"""
        return self.change(Change("Record", ("takes",), (*self.setup.takes, take)))

    # Saving

    def save(self) -> None:
        """Bring all to the session file, or raise and leave it as it was. [gui]"""
        saving = self.begin_save()
        self.end_save(saving, saving.write())

    def begin_save(self) -> Saving:
        """The state of this moment, to be written elsewhere while the hand goes on. [gui]"""
        step, contains = self._past.seal(), Contained(self._journal.id, self._journal.last_line)
        return Saving(self._folder, Saved(self._past.state, contains, names_of(self.score)), step)

    def end_save(self, saving: Saving, base: str) -> None:
        """It is written: the journal begins anew, with what was done meanwhile. [gui]"""
        if saving.folder is not self._folder:
            return
        self._past.saved(saving.step)
        self._journal.restart(base, saving.saved.contains.line)
        self._clips.write(saving.saved.state.score, self._clip_names)
        self._clip_names = saving.saved.clips
        if not self.is_unsaved_folder:
            remember(self.path, self.name, self._home)

    def save_as(self, path: Path) -> None:
        """Save into a new folder, and go on there; the old one stays as it was last saved. [gui]"""
        step, old, takes = self._past.seal(), self._folder, self._folder.takes()
        was_unsaved, old_journal, old_clips = self.is_unsaved_folder, self._journal, self._clip_names
        folder = Folder.create(path)
        try:
            folder.bring(takes, old.path)
            base = folder.write(Saved(self._past.state, clips=names_of(self.score)))
            journal = Journal.begin(folder.journal_file, base, self._journal.last_line)
        except BaseException:
            folder.leave(takes)
            raise
        self._clips.wait()
        self._folder, self._journal, self._clips = folder, journal, Clips(folder.path)
        self._past.saved(step)
        self._clip_names = names_of(self.score)
        self._clips.write(self.score)
        remember(self.path, self.name, self._home)
        _part_from(old, old_journal, (*takes, *(f"{CLIPS}/{name}" for name in old_clips)) if was_unsaved else None)

    def sync(self) -> bool:
        """Wait until the disk has all that was done; False where it cannot. [gui]"""
        return self._journal.sync()

    def close(self) -> None:
        """Part from it. What was not saved stays in the journal, and is there when it is opened again. [gui]"""
        self._clips.wait()
        is_empty = self.is_unsaved_folder and self._past.is_untouched and self._is_new
        reached_the_disk = self._journal.close()
        if is_empty:
            self._folder.leave()
        else:
            self._folder.close()
        if not reached_the_disk and not self.is_saved:
            raise SessionError(str(self._journal.trouble), "It was closed all the same.")

    @property
    def _is_new(self) -> bool:
        """Whether there is nothing that anybody could miss."""
        is_bare = self.score == Score() and replace(self.setup, view={}) == Setup()
        return is_bare and not any((self.path / TAKES).glob("*"))

    def __enter__(self) -> Document:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class DocumentStep:
    """Edits that are undone together; the score follows each at once, the journal at the end. [gui]"""

    def __init__(self, journal: Journal, stepping: Stepping) -> None:
        self._journal, self._stepping = journal, stepping

    def do(self, edit: Edit) -> Score:
        """One more edit. [gui]"""
        return self._stepping.do(edit)

    def end(self) -> Score:
        """All of it is one step. [gui]"""
        done = self._stepping.end(self._journal.last_line + 1)
        if done is not None:
            self._journal.append(done)
        return self._stepping.score

    def cancel(self) -> Score:
        """As if it had never begun. [gui]"""
        self._stepping.cancel()
        return self._stepping.score

    def __enter__(self) -> DocumentStep:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.end()
        else:
            self.cancel()


def suggested_folder(document: Document, where: Path) -> Path:
    """A folder that is not there yet, for a session to be saved in. [gui]"""
    stem = file_name(document.name or document.score.name or "My session")
    path, number = where / stem, 1
    while path.exists():
        number += 1
        path = where / f"{stem} {number}"
    return path


def _part_from(folder: Folder, journal: Journal, copied: tuple[str, ...] | None) -> None:
    """All of it is in another folder now. What had no name is taken away; what had one is again as it was saved."""
    journal.close()
    if copied is not None:
        folder.leave(copied)
        return
    with suppress(FileError):  # else it would be brought back there as well, and nothing is lost
        Journal.begin(folder.journal_file, folder.base()).close()
    folder.close()
