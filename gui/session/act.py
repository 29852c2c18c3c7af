"""What a hand means by one, though it touches notes and other things: a take comes in, another stands in the comp.

Pure values, safe on any thread. All of it happens, or none, and one undo takes all of it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from gui.session.setup import Change, Setup
from score.edits import Edit, Together
from score.score import Score


@dataclass(frozen=True)
class Act:
    """Edits of the score and changes of the setup that are one step: `document.act(Act("Record", …))`. [any]"""

    name: str
    edits: tuple[Edit, ...] = ()
    changes: tuple[Change, ...] = ()

    def apply(self, setup: Setup, score: Score) -> tuple[Setup, Score, Act]:
        """Both after it, and the act that leads back. [any]"""
        back: list[Change] = []
        for change in self.changes:
            setup, inverse = change.apply(setup)
            back.append(inverse)
        undone: tuple[Edit, ...] = ()
        if self.edits:
            score, edit = Together(self.name, self.edits).apply(score)
            undone = (edit,)
        return setup, score, Act(self.name, undone, tuple(reversed(back)))
