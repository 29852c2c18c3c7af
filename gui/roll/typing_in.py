"""Step input: notes set one after the other at the playhead, from a MIDI keyboard or the computer's own. [gui]"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QWidget

from gui.roll.choices import RollChoices
from gui.roll.stepping import StepInput, grid_of
from score.edits import Edit
from score.errors import EditError
from score.operations.stepping import Cursor

REST, BACK, TIE, DOWN, UP = " ", "\b", "\r", "Z", "X"
"""What keys of the computer do beside those of its piano: a rest, a step back, a tie, an octave down and up."""


class RollTyping(RollChoices):
    """The roll in which notes can be typed. [gui]"""

    stepping = pyqtSignal(bool)
    """Step input was turned on, or off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: StepInput | None = None

    @property
    def is_stepping(self) -> bool:
        """Whether keys set notes at the playhead. [gui]"""
        return self._steps is not None

    def set_stepping(self, is_on: bool) -> None:
        """Whether keys set notes at the playhead; the grid says how long a step is. [gui]"""
        if is_on != self.is_stepping:
            self._steps = StepInput() if is_on else None
            self._picture.corner_words = self.tr("Step input") if is_on else self._snap.name
            self._picture.make_stale()
            self._touch()
            self.stepping.emit(is_on)
            self.chosen.emit()

    def play_key(self, pitch: int, velocity: int, is_on: bool) -> bool:
        """A key of a MIDI keyboard goes down or up; whether step input takes it. [gui]"""
        if self._steps is None:
            return False
        if is_on:
            self._steps.press(pitch, max(1, velocity))
        else:
            self._set_chord(self._steps.release(pitch))
        return True

    def rest(self) -> None:
        """A step on, with nothing set. [gui]"""
        self._go(lambda cursor: (None, cursor.rest(self.score)))

    def tie(self) -> None:
        """What was set last sounds a step longer. [gui]"""
        self._go(lambda cursor: cursor.tie(self.score))

    def step_back(self) -> None:
        """A step back, and what was set there goes. [gui]"""
        self._go(lambda cursor: cursor.back(self.score))

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key of the computer means something to step input. [any]"""
        if self._steps is None or event.modifiers().value:
            return False
        sign = _sign(event)
        return sign in (REST, BACK, TIE, DOWN, UP) or self._steps.pitch_of(sign) is not None

    def type_down(self, event: QKeyEvent) -> None:
        """A key of the computer goes down. [gui]"""
        steps, sign = self._steps, _sign(event)
        if steps is None or event.isAutoRepeat():
            return
        pitch = steps.pitch_of(sign)
        if pitch is not None:
            steps.press(pitch, self.hand.velocity)
            self.auditioned.emit(pitch, True)
        elif sign in (DOWN, UP):
            steps.octave = min(max(steps.octave + (1 if sign == UP else -1), -5), 5)
        else:
            {REST: self.rest, BACK: self.step_back, TIE: self.tie}[sign]()

    def type_up(self, event: QKeyEvent) -> None:
        """It goes up. [gui]"""
        pitch = self._steps.pitch_of(_sign(event)) if self._steps is not None else None
        if self._steps is not None and pitch is not None and not event.isAutoRepeat():
            self.auditioned.emit(pitch, False)
            self._set_chord(self._steps.release(pitch))

    def _set_chord(self, chord: Mapping[int, int]) -> None:
        if chord:
            self._go(lambda cursor: cursor.play(self.score, chord, max(chord.values())))

    def _go(self, step: Callable[[Cursor], tuple[Edit | None, Cursor]]) -> None:
        if self.scene.track is None:
            return
        cursor = Cursor(self.track_id, max(0, round(self.playhead_ticks)), grid_of(self._snap))
        try:
            edit, cursor = step(cursor)
        except EditError:
            return  # behind the last step there is no time
        if edit is not None:
            self.edited.emit(edit)
        self.set_playhead(cursor.ticks)
        self.set_grid(self.grid.showing(cursor.ticks))
        self.placed.emit(cursor.ticks)


def _sign(event: QKeyEvent) -> str:
    key = event.key()
    return chr(key) if 32 <= key < 127 else _OTHERS.get(key, "")


_OTHERS: dict[int, str] = {Qt.Key.Key_Backspace.value: BACK, Qt.Key.Key_Return.value: TIE, Qt.Key.Key_Enter.value: TIE}
