"""The two scroll bars of the roll, which say where the window is in the piece and are dragged to elsewhere. [gui]"""

from __future__ import annotations

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QScrollBar, QWidget

from gui.roll.grid import Grid
from gui.roll.layout import Layout
from gui.theme import metrics

MOST = 2.0**31 - 1


class Bars(QObject):
    """A bar under the field for time, and one beside it for pitch. [gui]"""

    moved = pyqtSignal(int, int)
    """A hand moved one of them: pixels from the beginning, and from the top."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._across = QScrollBar(Qt.Orientation.Horizontal, owner)
        self._down = QScrollBar(Qt.Orientation.Vertical, owner)
        self._across.setAccessibleName(self.tr("Time"))
        self._down.setAccessibleName(self.tr("Pitch"))
        self._is_settling = False
        for bar in (self._across, self._down):
            bar.valueChanged.connect(self._tell)

    def lay_out(self, layout: Layout) -> None:
        """Along the edges of the field. [gui]"""
        notes, bar = layout.notes, metrics.SCROLL_BAR_PX
        self._across.setGeometry(notes.x, layout.height - bar, notes.width, bar)
        self._down.setGeometry(layout.width - bar, notes.y, bar, notes.height)

    def settle(self, grid: Grid) -> None:
        """Say what the grid is; while they are told they do not answer. [gui]"""
        self._is_settling = True
        for bar, place, page, whole in (
            (self._across, grid.left_px, grid.width_px, grid.whole_width_px),
            (self._down, grid.top_px, grid.height_px, grid.whole_height_px),
        ):
            bar.setRange(0, int(min(max(0.0, whole - page), MOST)))
            bar.setPageStep(max(1, int(page)))
            bar.setSingleStep(max(1, int(page) // 16))
            bar.setValue(int(min(place, MOST)))
        self._is_settling = False

    def _tell(self) -> None:
        if not self._is_settling:
            self.moved.emit(self._across.value(), self._down.value())
