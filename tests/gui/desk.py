"""A roll on a desk, and a hand with a real mouse and real keys: Qt's events, from where a note is to elsewhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest as _QTest
from PyQt6.QtWidgets import QApplication

from gui.roll import PianoRoll
from gui.roll.grid import Grid
from gui.roll.kinds import Kind, y_of_value
from gui.roll.layout import y_of_velocity
from gui.roll.snap import Snap
from score.history import History
from score.note import Note
from score.score import Score

QTest: Any = _QTest
"""Its stubs take its functions for methods."""

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
QUARTER = 960
"""96 pixels at the zoom of the desk: a tenth of a pixel a tick."""


class Desk:
    """A shown roll, the history it writes into, and all that it said. Not the public API: a pair of hands."""

    def __init__(
        self, qtbot: Any, notes: tuple[Note, ...], snap: Snap | None = None, size: tuple[int, int] = (1000, 640)
    ):
        self.qtbot = qtbot
        self.history = History(Score().adding("Voice", notes))
        self.roll = PianoRoll()
        qtbot.addWidget(self.roll)
        self.said: list[tuple[str, Any]] = []
        self.roll.edited.connect(self._do)
        self.roll.picked.connect(lambda ids: self.said.append(("picked", ids)))
        self.roll.auditioned.connect(lambda pitch, on: self.said.append(("auditioned", (pitch, on))))
        self.roll.placed.connect(lambda ticks: self.said.append(("placed", ticks)))
        self.roll.ranged.connect(lambda ranges, goes_on: self.said.append(("ranged", (ranges, goes_on))))
        self.roll.asked.connect(lambda name: self.said.append(("asked", name)))
        self.roll.menu_asked.connect(lambda where: self.said.append(("menu", where)))
        self.roll.resize(*size)
        self.roll.set_score(self.history.score)
        grid = self.roll.grid
        self.roll.set_grid(Grid(grid.width_px, grid.height_px, 0.1, 16.0, 0.0, 16.0 * 48, grid.rows, grid.end_ticks))
        if snap is not None:
            self.roll.set_snap(snap)
        self.roll.show()
        qtbot.waitExposed(self.roll)
        self.roll.setFocus()

    def _do(self, edit: Any) -> None:
        self.said.append(("edited", edit))
        self.roll.set_score(self.history.do(edit))

    @property
    def notes(self) -> list[Note]:
        return list(self.history.score.tracks[0].notes)

    @property
    def edits(self) -> list[Any]:
        return [what for kind, what in self.said if kind == "edited"]

    def heard(self, kind: str) -> list[Any]:
        return [what for said, what in self.said if said == kind]

    def at(self, ticks: float, pitch: float) -> QPoint:
        """The pixel of a time, in the middle of the row of a pitch."""
        notes, grid = self.roll.layout_of_parts.notes, self.roll.grid
        return QPoint(notes.x + round(grid.x_of(ticks)), notes.y + round(grid.middle_of(pitch)))

    def in_lane(self, ticks: float, velocity: float) -> QPoint:
        lane = self.roll.layout_of_parts.lane
        return QPoint(lane.x + round(self.roll.grid.x_of(ticks)), round(y_of_velocity(lane, velocity)))

    def in_lane_of(self, kind: Kind, ticks: float, value: float) -> QPoint:
        lane = self.roll.layout_of_parts.lane_of(kind)
        return QPoint(lane.x + round(self.roll.grid.x_of(ticks)), round(y_of_value(kind, lane.y, lane.height, value)))

    def in_ruler(self, ticks: float, y: int = 24) -> QPoint:
        return QPoint(self.roll.layout_of_parts.ruler.x + round(self.roll.grid.x_of(ticks)), y)

    def click(self, at: QPoint, held: Any = PLAIN, button: Any = LEFT) -> None:
        QTest.mouseClick(self.roll, button, held, at)

    def double_click(self, at: QPoint, held: Any = PLAIN) -> None:
        QTest.mouseClick(self.roll, LEFT, held, at)
        QTest.mouseDClick(self.roll, LEFT, held, at)
        QTest.mouseRelease(self.roll, LEFT, held, at)

    def drag(self, *through: QPoint, held: Any = PLAIN, button: Any = LEFT, lets_go: bool = True) -> None:
        """Down at the first place, over all others in small steps, and up at the last."""
        QTest.mousePress(self.roll, button, held, through[0])
        for start, end in pairwise(through):
            for n in range(1, 9):
                self.move(start + (end - start) * n / 8, held, button)
        if lets_go:
            QTest.mouseRelease(self.roll, button, held, through[-1])

    def move(self, to: QPoint, held: Any = PLAIN, button: Any = LEFT) -> None:
        """QTest moves no mouse with a button and keys held; Qt's own event does."""
        here = QPointF(to)
        buttons = button if button is not None else Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, here, self.roll.mapToGlobal(here), Qt.MouseButton.NoButton, buttons, held
        )
        QApplication.sendEvent(self.roll, event)

    def key(self, key: Any, held: Any = PLAIN) -> None:
        QTest.keyClick(self.roll, key, held)

    def wheel(self, at: QPoint, steps: float, held: Any = PLAIN, pixels: QPoint | None = None) -> None:
        here = QPointF(at)
        event = QWheelEvent(
            here,
            self.roll.mapToGlobal(here),
            pixels or QPoint(),
            QPoint(0, round(120 * steps)),
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.roll, event)
