"""What is typed, dragged and turned in the transport: the clock that takes a place, the tempo, the meter.

What flows in: what holds at the playhead. What flows out: a place, a tempo, a meter, each once the hand is done with
it, so that one gesture is one step to undo. [gui]
"""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QLineEdit, QWidget

from gui.theme import metrics
from gui.theme.fonts import font
from gui.transport.places import meter_of, place_of, shown_place
from score.tempo import TempoMap

SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0
USUAL_METERS = ("4/4", "3/4", "2/4", "6/8", "5/4", "7/8", "9/8", "12/8", "2/2")
_RESTS_MS = 400
_BPM_PER_PX, _FINE_BPM_PER_PX = 0.5, 0.1
_DRAGS_FROM_PX = 3


class ClockField(QLineEdit):
    """Shows where the playhead is; typed into, it sends it elsewhere. [gui]"""

    place_wanted = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("1.1.000", parent)
        self._tempo, self._ticks, self._count = TempoMap(), 0, 0
        self.setFont(font(metrics.LARGE_TEXT_PX, bold=True))
        self.setFixedWidth(26 * metrics.UNIT_PX)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Bar, beat and tick"))
        self.setToolTip(self.tr("Where the playhead is. Type a bar (5), a beat (5.3), a time (1:23.4) or bars (+4)."))
        self.returnPressed.connect(self._go)

    def show_place(self, tempo: TempoMap, ticks: int) -> None:
        """Where the playhead is; a hand that types is not disturbed. [gui]"""
        self._tempo, self._ticks = tempo, ticks
        if not self.hasFocus():
            self._show()

    def show_count(self, beats: int) -> None:
        """So many beats until it begins, in place of where it is. [gui]"""
        self._count = beats
        if not self.hasFocus():
            self._show()

    def focusInEvent(self, event: object) -> None:
        """All of it is picked: the first key begins a new place. [gui]"""
        super().focusInEvent(event)  # type: ignore[arg-type]
        QTimer.singleShot(0, self.selectAll)

    def focusOutEvent(self, event: object) -> None:
        """What was typed and not meant is forgotten. [gui]"""
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self._show()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape gives the keyboard back. [gui]"""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _go(self) -> None:
        ticks = place_of(self.text(), self._tempo, self._ticks)
        if ticks is None:
            self.selectAll()
            return
        self._ticks = ticks
        self._leave()
        self.place_wanted.emit(ticks)

    def _leave(self) -> None:
        self.clearFocus()
        self._show()

    def _show(self) -> None:
        self.setText(f"\N{MINUS SIGN}{self._count}" if self._count else shown_place(self._tempo.position(self._ticks)))


class TempoField(QDoubleSpinBox):
    """Typed, turned by the wheel, or dragged up and down; Shift drags finely. [gui]"""

    committed = pyqtSignal(float)
    """The tempo, when the hand is done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(SLOWEST_BPM, FASTEST_BPM)
        self.setDecimals(1)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setSuffix(self.tr(" bpm"))
        self.setKeyboardTracking(False)
        self.setFixedWidth(27 * metrics.UNIT_PX)
        self.setAccessibleName(self.tr("Tempo, quarters a minute"))
        self.setToolTip(self.tr("Tempo at the playhead. Type it, turn the wheel, or drag up and down."))
        self._shown = self.value()
        self._rests = QTimer(self)
        self._rests.setSingleShot(True)
        self._rests.setInterval(_RESTS_MS)
        self._rests.timeout.connect(self._commit)
        self._dragged_from: tuple[QPointF, float] | None = None
        self._drags = False
        field = self.lineEdit()
        assert field is not None
        field.installEventFilter(self)
        self.valueChanged.connect(lambda _: None if self._drags else self._rests.start())
        self.editingFinished.connect(self._commit)

    def show_tempo(self, bpm: float) -> None:
        """What holds; while a hand is at it, what that wants. [gui]"""
        if self._drags or self._rests.isActive():
            return
        self.blockSignals(True)
        self.setValue(bpm)
        self.blockSignals(False)
        self._shown = self.value()

    def show_tapped(self, bpm: float) -> None:
        """A tempo that is tapped and not had yet. [gui]"""
        self.blockSignals(True)
        self.setValue(bpm)
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """A beat a minute for a notch, a tenth with Ctrl; no focus is needed. [gui]"""
        if event is None:
            return
        fine = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120.0
        self.setValue(self.value() + notches * (0.1 if fine else 1.0))
        event.accept()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """A drag that begins on the figures. [gui]"""
        if isinstance(event, QMouseEvent) and watched is self.lineEdit():
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._dragged_from = event.globalPosition(), self.value()
            elif event.type() == QEvent.Type.MouseMove and self._dragged_from is not None:
                return self._drag(event)
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._dragged_from = None
                if self._drags:
                    self._drags = False
                    self._commit()
                    return True
        return super().eventFilter(watched, event)

    def _drag(self, event: QMouseEvent) -> bool:
        assert self._dragged_from is not None
        pressed, began = self._dragged_from
        up = pressed.y() - event.globalPosition().y()
        self._drags = self._drags or abs(up) > _DRAGS_FROM_PX
        if self._drags:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.setValue(began + up * (_FINE_BPM_PER_PX if fine else _BPM_PER_PX))
        return self._drags

    def _commit(self) -> None:
        self._rests.stop()
        if self.value() != self._shown and not self._drags:
            self._shown = self.value()
            self.committed.emit(self._shown)


class MeterField(QComboBox):
    """The usual meters, and any other that is typed. [gui]"""

    committed = pyqtSignal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItems(USUAL_METERS)
        self.setFixedWidth(19 * metrics.UNIT_PX)
        self.setAccessibleName(self.tr("Meter"))
        self.setToolTip(self.tr("Meter at the playhead. Choose one or type it, as 7/8."))
        self._shown = "4/4"
        field = self.lineEdit()
        assert field is not None
        field.editingFinished.connect(self._commit)
        self.activated.connect(lambda _: self._commit())

    def show_meter(self, numerator: int, denominator: int) -> None:
        """What holds. [gui]"""
        field = self.lineEdit()
        assert field is not None
        self._shown = f"{numerator}/{denominator}"
        if not field.hasFocus() and self.currentText() != self._shown:
            self.setEditText(self._shown)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """A meter is not changed by a hand that only scrolls by. [gui]"""
        if event is not None:
            event.ignore()

    def _commit(self) -> None:
        wanted = meter_of(self.currentText())
        if wanted is None or f"{wanted[0]}/{wanted[1]}" == self._shown:
            self.setEditText(self._shown)
            return
        self._shown = f"{wanted[0]}/{wanted[1]}"
        self.setEditText(self._shown)
        self.committed.emit(*wanted)


class NameLabel(QLabel):
    """A name of any length: what does not fit is said by three dots, and by the tip. [gui]"""

    def setText(self, text: str | None) -> None:
        """Another name. [gui]"""
        super().setText(text)
        self.setToolTip(text or "")

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Its beginning, as much as there is room for. [gui]"""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        said = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment()), said)
