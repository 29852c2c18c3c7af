"""What was done to a score, step by step, and all the way back.

Edits in, the score of the moment out. Not a value: it belongs to one thread, the app's. A step is what the hand means
by one: a drag of two hundred mouse moves is undone by one press. Undo has no limit, since a step keeps only what
changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import TracebackType

from score.edits import ChangeNotes, Edit, Together
from score.errors import EditError
from score.score import Score


@dataclass(frozen=True, slots=True)
class _Past:
    """One step: its name, the edit that leads to the other side of it, and a number that stays with it."""

    name: str
    edit: Edit
    number: int


class History:
    """A score and its past and future. [gui]"""

    def __init__(self, score: Score) -> None:
        self.score = score
        self._past: list[_Past] = []
        self._future: list[_Past] = []
        self._step: Step | None = None
        self._steps = 0
        self._saved = 0

    @property
    def undo_name(self) -> str | None:
        """What undo would take back; None when there is nothing. [gui]"""
        return self._past[-1].name if self._past else None

    @property
    def redo_name(self) -> str | None:
        """What redo would do again; None when there is nothing. [gui]"""
        return self._future[-1].name if self._future else None

    @property
    def undo_edit(self) -> Edit | None:
        """What undo would do to the score, for whoever writes down what happens. [gui]"""
        return self._past[-1].edit if self._past else None

    @property
    def redo_edit(self) -> Edit | None:
        """What redo would do to the score. [gui]"""
        return self._future[-1].edit if self._future else None

    @property
    def is_saved(self) -> bool:
        """Whether the score is as it was when `saved` was last called (or at first). [gui]"""
        return self._step is None and self._saved == self._last

    def saved(self) -> None:
        """The score of this moment is on the disk. [gui]"""
        self._refuse_in_step()
        self._saved = self._last

    def do(self, edit: Edit) -> Score:
        """One edit as one step. What had been undone can no longer be done again. [gui]"""
        with self.begin(edit.name) as step:
            return step.do(edit)

    def begin(self, name: str) -> Step:
        """A step of several edits: end() it, cancel() it, or use it with `with`. [gui]"""
        self._refuse_in_step()
        self._step = Step(self, name)
        return self._step

    def undo(self) -> Score:
        """The score before the last step. [gui]"""
        self._refuse_in_step()
        if not self._past:
            raise EditError("There is nothing to undo.")
        self._cross(self._past, self._future)
        return self.score

    def redo(self) -> Score:
        """The score after the step that was last undone. [gui]"""
        self._refuse_in_step()
        if not self._future:
            raise EditError("There is nothing to redo.")
        self._cross(self._future, self._past)
        return self.score

    @property
    def _last(self) -> int:
        return self._past[-1].number if self._past else 0

    def _cross(self, here: list[_Past], there: list[_Past]) -> None:
        step = here[-1]
        self.score, inverse = step.edit.apply(self.score)
        here.pop()
        there.append(_Past(step.name, inverse, step.number))

    def _keep(self, name: str, back: list[Edit]) -> None:
        self._step = None
        if back:
            self._steps += 1
            edit = back[0] if len(back) == 1 else Together(name, tuple(reversed(back)))
            self._past.append(_Past(name, edit, self._steps))
            self._future.clear()

    def _refuse_in_step(self) -> None:
        if self._step is not None:
            raise EditError(f"'{self._step.name}' is not finished.", "End it, or cancel it, first.")


class Step:
    """Edits that are undone together; the score follows each of them at once. [gui]"""

    def __init__(self, history: History, name: str) -> None:
        self.name = name
        self._history, self._before = history, history.score
        self._back: list[Edit] = []

    def do(self, edit: Edit) -> Score:
        """One more edit. [gui]"""
        if self._history._step is not self:
            raise EditError(f"'{self.name}' has ended.", "Begin another step.")
        self._history.score, inverse = edit.apply(self._history.score)
        last = self._back[-1] if self._back else None
        same = isinstance(last, ChangeNotes) and isinstance(inverse, ChangeNotes)
        if not (same and _ids(last) == _ids(inverse)):
            # Else the same notes moved on, as at every mouse move of a drag: where they came from is known already.
            self._back.append(inverse)
        return self._history.score

    def end(self) -> Score:
        """All of it is one step in the past. [gui]"""
        if self._history._step is self:
            self._history._keep(self.name, self._back)
        return self._history.score

    def cancel(self) -> Score:
        """As if it had never begun. [gui]"""
        if self._history._step is self:
            # Ids that it gave out stay spent.
            self._history.score = replace(self._before, next_id=self._history.score.next_id)
            self._history._step = None
        return self._history.score

    def __enter__(self) -> Step:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.end()
        else:
            self.cancel()


def _ids(edit: Edit | None) -> frozenset[int]:
    return frozenset(note.id for note in edit.notes) if isinstance(edit, ChangeNotes) else frozenset()
