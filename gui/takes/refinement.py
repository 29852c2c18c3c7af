"""The bar of the second look: how much it would correct, each correction in a list, to be accepted or refused.

Corrections in, signals out; it owns nothing and listens to nobody. [gui]
"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.roll.scale import pitch_name
from gui.session.refined import Correction, Kind, counted
from gui.theme import metrics
from gui.theme.palette import Palette
from score.tempo import TempoMap

_SEEN_ROWS = 5
_ROW_PX = 7 * metrics.UNIT_PX


class RefinementBar(QFrame):
    """What the second look at a take has found. [gui]"""

    accepted = pyqtSignal(object)
    """A tuple of Corrections: one, or all."""
    rejected = pyqtSignal(object)
    looked = pyqtSignal(object)
    """A Correction that the hand looks at, or None: the roll may show it."""
    closed = pyqtSignal()
    """The hand wants to see it no more; what is open stays open."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: tuple[Correction, ...] = ()
        self._tempo = TempoMap()
        self.setAccessibleName(self.tr("Corrections of the take"))
        self.summary = QLabel()
        self.list_button = QPushButton(self.tr("Show"))
        self.list_button.clicked.connect(lambda: self.open_list(self.list.isHidden()))
        self.accept_button = QPushButton(self.tr("Accept all"))
        self.accept_button.clicked.connect(lambda: self.accepted.emit(self.found))
        self.reject_button = QPushButton(self.tr("Keep as sung"))
        self.reject_button.clicked.connect(lambda: self.rejected.emit(self.found))
        self.close_button = QPushButton(self.tr("Later"))
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.setContentsMargins(metrics.MARGIN_PX, metrics.UNIT_PX, metrics.GAP_PX, metrics.UNIT_PX)
        row.setSpacing(metrics.GAP_PX)
        row.addWidget(self.summary, 1)
        for button in (self.list_button, self.accept_button, self.reject_button, self.close_button):
            row.addWidget(button)
        self.list = _List()
        self.list.setAccessibleName(self.tr("Corrections: Enter accepts one, Delete keeps it as sung"))
        self.list.took.connect(lambda place: self.accepted.emit(self.found[place : place + 1]))
        self.list.refused.connect(lambda place: self.rejected.emit(self.found[place : place + 1]))
        self.list.currentRowChanged.connect(self._look)
        self.list.setMinimumHeight(_ROW_PX + 2 * metrics.UNIT_PX)
        self.list.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.list)
        self.set_palette(palette)
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self.setStyleSheet(
            f"RefinementBar {{ background: {palette.surface}; border-top: 1px solid {palette.border}; }}"
            f"RefinementBar QLabel {{ color: {palette.text}; }}"
            f"RefinementBar QListWidget {{ background: {palette.window}; color: {palette.text}; border: none;"
            f" outline: 0; selection-background-color: {palette.accent};"
            f" border-top: 1px solid {palette.border}; padding: {metrics.UNIT_PX}px {metrics.GAP_PX}px; }}"
            f"RefinementBar QListWidget::item {{ padding: 0 {metrics.GAP_PX}px;"
            f" border-radius: {metrics.RADIUS_PX}px; }}"
            f"RefinementBar QListWidget::item:selected {{ background: {palette.accent}; color: {palette.on_accent}; }}"
        )

    def show_progress(self) -> None:
        """Somebody listens again. [gui]"""
        self.found = ()
        self.summary.setText(self.tr("Listening to the take once more …"))
        self._set_buttons(False)
        self.open_list(False)
        self.show()

    def show_corrections(self, found: Sequence[Correction], tempo: TempoMap) -> None:
        """What is open; of nothing, the bar goes. [gui]"""
        place = self.list.currentRow()
        self.found, self._tempo = tuple(found), tempo
        self.summary.setText(self.words())
        self.list.blockSignals(True)
        self.list.clear()
        for each in self.found:
            item = QListWidgetItem(self.words_of(each))
            item.setSizeHint(QSize(0, _ROW_PX))
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setMaximumHeight(min(max(len(self.found), 1), _SEEN_ROWS) * _ROW_PX + 2 * metrics.UNIT_PX + 1)
        self._set_buttons(bool(self.found))
        self.setVisible(bool(self.found))
        if self.found and not self.list.isHidden():
            self.list.setCurrentRow(min(max(place, 0), len(self.found) - 1))
        if not self.found:
            self.looked.emit(None)

    def words(self) -> str:
        """ "3 notes corrected · 1 added": what the bar says. [gui]"""
        told = counted(self.found)
        corrected = told.get(Kind.MOVED, 0) + told.get(Kind.REPITCHED, 0)
        parts = []
        if corrected:
            words = self.tr("1 note corrected") if corrected == 1 else self.tr("{count} notes corrected")
            parts.append(words.format(count=corrected))
        if told.get(Kind.ADDED):
            parts.append(self.tr("{count} added").format(count=told[Kind.ADDED]))
        if told.get(Kind.REMOVED):
            parts.append(self.tr("{count} removed").format(count=told[Kind.REMOVED]))
        return " · ".join(parts)

    def words_of(self, correction: Correction) -> str:
        """One of them, as the list says it. [gui]"""
        at = self._tempo.position(correction.start_ticks)
        place = self.tr("bar {bar}, beat {beat}").format(bar=at.bar, beat=at.beat)
        before, after = correction.before, correction.after
        if correction.kind is Kind.ADDED and after is not None:
            what = self.tr("{pitch} was missed").format(pitch=pitch_name(after.pitch))
        elif correction.kind is Kind.REMOVED and before is not None:
            what = self.tr("{pitch} was no note").format(pitch=pitch_name(before.pitch))
        elif correction.kind is Kind.REPITCHED and before is not None and after is not None:
            what = self.tr("{before} was {after}").format(
                before=pitch_name(before.pitch), after=pitch_name(after.pitch)
            )
        else:
            assert before is not None and after is not None
            what = self._moved(before.start_ticks, after.start_ticks, before.end_ticks, after.end_ticks)
            what = self.tr("{pitch} {moved}").format(pitch=pitch_name(before.pitch), moved=what)
        return f"{place}  ·  {what}"

    def _moved(self, start: int, new_start: int, end: int, new_end: int) -> str:
        by_ms = 1000.0 * (self._tempo.seconds_at(new_start) - self._tempo.seconds_at(start))
        longer_ms = 1000.0 * (self._tempo.seconds_at(new_end) - self._tempo.seconds_at(end))
        if abs(by_ms) >= abs(longer_ms):
            words = self.tr("began {ms:.0f} ms earlier") if by_ms < 0 else self.tr("began {ms:.0f} ms later")
            return words.format(ms=abs(by_ms))
        words = self.tr("ended {ms:.0f} ms earlier") if longer_ms < 0 else self.tr("ended {ms:.0f} ms later")
        return words.format(ms=abs(longer_ms))

    def _set_buttons(self, can: bool) -> None:
        for button in (self.list_button, self.accept_button, self.reject_button):
            button.setEnabled(can)

    def open_list(self, is_open: bool) -> None:
        """See each of them, or only how many. [gui]"""
        self.list.setVisible(is_open)
        self.list_button.setText(self.tr("Hide") if is_open else self.tr("Show"))
        if is_open and self.found:
            self.list.setCurrentRow(max(self.list.currentRow(), 0))
            self.list.setFocus()
        else:
            self.looked.emit(None)

    def _look(self, place: int) -> None:
        self.looked.emit(self.found[place] if 0 <= place < len(self.found) else None)


class _List(QListWidget):
    """Rows that keys and double clicks decide on."""

    took = pyqtSignal(int)
    refused = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.itemDoubleClicked.connect(lambda item: self.took.emit(self.row(item)))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._emit(self.took)
        elif event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._emit(self.refused)
        else:
            super().keyPressEvent(event)

    def _emit(self, decided: pyqtBoundSignal) -> None:
        if self.currentRow() >= 0:
            decided.emit(self.currentRow())
