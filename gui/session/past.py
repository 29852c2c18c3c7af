"""One past for notes and faders: what was done, step by step, in the order in which the hand did it.

Edits and changes in, the state of the moment and records for the journal out; records in again after a crash, and the
same state out. Steps bear the number of their line in the journal, so that an undo that is replayed finds what it took
back, or knows that it was done before the journal began. [gui]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gui.session.act import Act
from gui.session.record import Changed, Crossed, Done, Record, Word
from gui.session.setup import Change
from gui.session.text import State
from score.edits import ChangeNotes, Edit
from score.errors import EditError, ScoreFileError
from score.history import History, Step
from score.score import Score
from score.written import can_write


@dataclass(frozen=True, slots=True)
class _Entry:
    """One step: the line it was done in, its name, and what crosses it, beside what History knows of the notes."""

    step: int
    name: str
    changes: tuple[Change, ...] = ()
    has_edits: bool = True
    place: tuple[str, ...] = ()
    """What its one change is about."""


class Past:
    """The state of a session, its past and its future. [gui]"""

    def __init__(self, state: State) -> None:
        self._history, self._setup = History(state.score), state.setup
        self._done: list[_Entry] = []
        self._undone: list[_Entry] = []
        self._saved_step = self._sealed_step = 0
        self._files_saved = self._files_now()
        """Of all takes that a session file may name."""
        self._open: Stepping | None = None

    @property
    def state(self) -> State:
        """What is. [gui]"""
        return State(self._setup, self._history.score)

    @property
    def last_step(self) -> int:
        """The number of the last step; 0 where there is none. [gui]"""
        return self._done[-1].step if self._done else 0

    @property
    def undo_name(self) -> str | None:
        """What undo would take back. [gui]"""
        return self._done[-1].name if self._done else None

    @property
    def redo_name(self) -> str | None:
        """What redo would do again. [gui]"""
        return self._undone[-1].name if self._undone else None

    @property
    def is_saved(self) -> bool:
        """Whether the state is as it was when `saved` was said of its last step. [gui]"""
        return self._open is None and self._saved_step == self.last_step

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was ever done here. [gui]"""
        return not (self._done or self._undone)

    def takes_in_reach(self) -> frozenset[str]:
        """The files of all takes that are there, here or in what was saved, or can be brought back. [gui]"""
        changes = (change for entry in (*self._done, *self._undone) for change in entry.changes)
        return self._files_saved.union(self._files_now(), *(change.take_files() for change in changes))

    def look(self, view: dict[str, Any]) -> None:
        """Another view; no step. [gui]"""
        self._setup = replace(self._setup, view=view)

    def begin(self, name: str) -> Stepping:
        """A step of several edits. [gui]"""
        self._open = Stepping(self, name, self._history.begin(name), self._history.score)
        return self._open

    def change(self, change: Change, goes_on: bool, number: int) -> Changed:
        """A change beside the notes, in the line of this number. [gui]"""
        self._setup, back = change.apply(self._setup)
        last = self._done[-1] if self._done else None
        goes_on = goes_on and last is not None and last.place == change.place
        if goes_on and last is not None and last.step not in (self._sealed_step, self._saved_step):
            # Where it came from stays known: the whole way of a fader is one step back.
            self._done[-1] = replace(last, step=number)
            self._undone.clear()
        else:
            goes_on = False
            self._push(_Entry(number, change.name, (back,), False, change.place))
        return Changed(change, goes_on)

    def act(self, act: Act, number: int) -> Done:
        """Edits and changes as one step, in the line of this number: all of it, or none. [gui]"""
        self._refuse_in_step()
        for edit in act.edits:
            _refuse_unwritable(edit)
        next_id = self._history.score.next_id
        setup, _, back = Act(act.name, (), act.changes).apply(self._setup, self._history.score)
        if act.edits:
            with self.begin(act.name) as stepping:
                for edit in act.edits:
                    stepping.do(edit)
                stepping.keep()
        self._setup = setup
        self._push(_Entry(number, act.name, back.changes, bool(act.edits)))
        return Done(act.name, act.edits, next_id, act.changes)

    def cross(self, word: Word) -> Crossed:
        """Undo, or redo. [gui]"""
        self._refuse_in_step()
        here, there = (self._done, self._undone) if word == "undo" else (self._undone, self._done)
        if not here:
            raise EditError(f"There is nothing to {word}.")
        entry = here[-1]
        setup, _, back = Act(entry.name, (), entry.changes).apply(self._setup, self._history.score)
        edits = self._cross_edits(word) if entry.has_edits else ()
        self._setup = setup
        there.append(replace(entry, changes=back.changes))
        here.pop()
        by: Edit | Change | Act = Act(entry.name, edits, entry.changes)
        if len(edits) + len(entry.changes) == 1:
            by = edits[0] if edits else entry.changes[0]
        return Crossed(word, entry.step, by)

    def _cross_edits(self, word: Word) -> tuple[Edit, ...]:
        edit = self._history.undo_edit if word == "undo" else self._history.redo_edit
        if edit is None:
            raise EditError(f"There is nothing to {word}.")
        if word == "undo":
            self._history.undo()
        else:
            self._history.redo()
        return (edit,)

    def seal(self) -> int:
        """A save begins: the last step, which nothing may be added to from now on. [gui]"""
        self._refuse_in_step()
        self._sealed_step = self.last_step
        self._files_saved |= self._files_now()
        return self.last_step

    def saved(self, step: int) -> None:
        """The state after this step is on the disk. [gui]"""
        self._saved_step = step

    def replay(self, number: int, record: Record) -> None:
        """Do what a journal says was done in the line of this number. [gui]"""
        if isinstance(record, Done):
            score = self._history.score
            self._history.score = replace(score, next_id=max(score.next_id, record.next_id))
            if record.changes:
                self.act(Act(record.name, record.edits, record.changes), number)
                return
            with self.begin(record.name) as stepping:
                for edit in record.edits:
                    stepping.do(edit)
                stepping.end(number)
        elif isinstance(record, Changed):
            self.change(record.change, record.goes_on, number)
        else:
            self._replay_crossing(record)

    def _replay_crossing(self, record: Crossed) -> None:
        forth, back = (record.step, -record.step) if record.word == "undo" else (-record.step, record.step)
        if self._done and self._done[-1].step == forth:
            self.cross("undo")
        elif self._undone and self._undone[-1].step == back:
            self.cross("redo")
        elif isinstance(record.by, Change):  # it was done before the journal began: its reverse is a step by itself
            self._setup, undoing = record.by.apply(self._setup)
            self._push(_Entry(back, record.by.name, (undoing,), False, record.by.place))
        elif isinstance(record.by, Act):
            self.act(record.by, back)
        else:
            with self.begin(record.by.name) as stepping:
                stepping.do(record.by)
                stepping.end(back)

    def _files_now(self) -> frozenset[str]:
        return frozenset(take.file for take in self._setup.takes)

    def _push(self, entry: _Entry) -> None:
        self._done.append(entry)
        self._undone.clear()

    def _refuse_in_step(self) -> None:
        if self._open is not None:
            raise EditError(f"'{self._open.name}' is not finished.", "End it, or cancel it, first.")


class Stepping:
    """Edits that become one step. [gui]"""

    def __init__(self, past: Past, name: str, step: Step, before: Score) -> None:
        self.name = name
        self._past, self._step, self._next_id = past, step, before.next_id
        self._edits: list[Edit] = []

    @property
    def score(self) -> Score:
        """The score of this moment. [gui]"""
        return self._past.state.score

    def do(self, edit: Edit) -> Score:
        """One more edit. [gui]"""
        _refuse_unwritable(edit)
        score = self._step.do(edit)
        last = self._edits[-1] if self._edits else None
        if isinstance(last, ChangeNotes) and isinstance(edit, ChangeNotes) and _ids(last) == _ids(edit):
            self._edits.pop()  # the same notes moved on, as at every mouse move of a drag
        self._edits.append(edit)
        return score

    def end(self, number: int) -> Done | None:
        """Make it a step, done in the line of this number; None where nothing was done. [gui]"""
        if not self.keep() or not self._edits:
            return None
        self._past._push(_Entry(number, self.name))
        return Done(self.name, tuple(self._edits), self._next_id)

    def keep(self) -> bool:
        """The edits stand, as part of a step that another makes; False where it had ended. [gui]"""
        if self._past._open is not self:
            return False
        self._step.end()
        self._past._open = None
        return True

    def cancel(self) -> None:
        """As if it had never begun. [gui]"""
        if self._past._open is self:
            self._step.cancel()
            self._past._open = None

    def __enter__(self) -> Stepping:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


def _refuse_unwritable(edit: Edit) -> None:
    if not can_write(edit):
        raise ScoreFileError(f"No journal can say '{edit.name}'.", "Make it of the edits in score.edits.")


def _ids(edit: ChangeNotes) -> frozenset[int]:
    return frozenset(note.id for note in edit.notes)
