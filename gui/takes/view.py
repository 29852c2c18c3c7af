"""Lanes of takes under the roll: each with its outline and its notes, lit where it is the one that stands.

Takes in, with what is seen and heard of them; signals out: a range of a lane was chosen, a lane renamed, deleted. It
owns nothing. A swipe over a lane chooses that part of it; the same goes with the keys. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PyQt6.QtCore import QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QLineEdit, QMenu, QSizePolicy, QWidget

from gui.roll.grid import Grid
from gui.roll.snap import Snap
from gui.session.comping import lanes_of
from gui.session.peaks import Peaks
from gui.session.setup import Setup, Span
from gui.session.take_notes import TakeNotes
from gui.takes.lanes import HEAD_PX, LANE_PX, Lanes, whole_of
from gui.takes.painting import LanePainter
from gui.theme import metrics
from gui.theme.palette import Palette
from score.tempo import TempoMap

MOST_LANES = 4
"""So many are seen at once; the others are scrolled to."""


class TakeLanes(QWidget):
    """The takes of one track, the newest on top. [gui]"""

    chosen = pyqtSignal(str, object)
    """A take by its file, and the Span in which it shall stand."""
    renamed = pyqtSignal(str, str)
    deleted = pyqtSignal(str)
    looked = pyqtSignal(str)
    """The keyboard, or a click, is in this take: its outline may be wanted behind the notes. "" for none."""
    wanted = pyqtSignal(str)
    """The outline and the notes of this take are to be seen: `show_sound`, `show_notes`."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes = Lanes()
        self.snap, self.tempo = Snap(), TempoMap()
        self._painter = LanePainter(palette)
        self._pressed: tuple[float, int] | None = None
        self._asked: set[str] = set()
        self._editor: QLineEdit | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.tr("Takes"))
        self._say()

    # What it shows

    def set_palette(self, palette: Palette) -> None:
        """Another theme. [gui]"""
        self._painter.set_palette(palette)
        self.update()

    def show_takes(self, setup: Setup, tempo: TempoMap, track_id: int) -> None:
        """The takes of a track as they are now. [gui]"""
        before = len(self.lanes.takes)
        self.tempo = tempo
        self.lanes = self.lanes.with_takes(lanes_of(setup, track_id))
        self._painter.set_tempo(tempo)
        if len(self.lanes.takes) != before:
            self.updateGeometry()
        self._say()
        self._want()
        self.update()

    def set_grid(self, grid: Grid, notes_at_px: int = HEAD_PX) -> None:
        """What part of time the roll shows, and where in this view its notes begin. [gui]"""
        self.lanes = replace(self.lanes, grid=grid, head_px=max(notes_at_px, HEAD_PX))
        self.update()

    def look_at(self, file: str) -> None:
        """The keyboard goes to this take, if it is here. [gui]"""
        found = [lane for lane, take in enumerate(self.lanes.takes) if take.file == file]
        if found:
            self._see(self.lanes.focus(found[0]))

    def show_sound(self, file: str, peaks: Peaks) -> None:
        """The outline of a take. [gui]"""
        self._painter.peaks[file] = peaks
        self.update()

    def sound_of(self, file: str) -> Peaks | None:
        """The outline that was shown of a take. [gui]"""
        return self._painter.peaks.get(file)

    def show_notes(self, heard: Mapping[str, TakeNotes]) -> None:
        """The notes of takes, by their files. [gui]"""
        self._painter.heard.update(heard)
        self.update()

    def forget(self, file: str) -> None:
        """This take is gone for good; another may bear its name one day. [gui]"""
        self._asked.discard(file)
        self._painter.peaks.pop(file, None)
        self._painter.heard.pop(file, None)

    def sizeHint(self) -> QSize:
        """As high as some lanes. [gui]"""
        seen = min(max(len(self.lanes.takes), 1), MOST_LANES)
        return QSize(80 * metrics.UNIT_PX, seen * LANE_PX + 1)

    def minimumSizeHint(self) -> QSize:
        """One lane; the others are scrolled to. [gui]"""
        return QSize(HEAD_PX, LANE_PX + 1)

    # What the hand does

    def choose(self) -> None:
        """The range that is drawn, or all of the take, stands from now on. [gui]"""
        take = self.lanes.take
        if take is not None:
            span = self.lanes.drawn or whole_of(take)
            self._see(replace(self.lanes, drawn=None, cursor=None))
            self.chosen.emit(take.file, span)

    def rename(self) -> None:
        """Give the lane another name, in place. [gui]"""
        take = self.lanes.take
        if take is None or self._editor is not None:
            return
        editor = _Name(take.name or take.stem, self)
        editor.setAccessibleName(self.tr("Name of the take"))
        height = 8 * metrics.UNIT_PX
        top = self.lanes.top_of(self.lanes.focused) + (LANE_PX - height) // 2
        editor.setGeometry(QRect(0, top, max(self.lanes.head_px, 2 * HEAD_PX), height))
        editor.selectAll()
        editor.editingFinished.connect(self._end_renaming)
        editor.left.connect(lambda: self._end_renaming(keeps=False))
        self._editor = editor
        editor.show()
        editor.setFocus()

    def delete(self) -> None:
        """The lane goes; undo brings it back. [gui]"""
        if self.lanes.take is not None:
            self.deleted.emit(self.lanes.take.file)

    def go(self, lanes_down: int) -> None:
        """The keyboard goes to another lane. [gui]"""
        self._see(self.lanes.focus(self.lanes.focused + lanes_down))
        self._look()

    def step(self, forward: bool, draws: bool = False) -> None:
        """The cursor goes one step of the grid; with `draws` a range goes with it. [gui]"""
        take = self.lanes.take
        if take is None:
            return
        at = self.lanes.cursor if self.lanes.cursor is not None else take.start_ticks
        px_per_tick = self.lanes.grid.px_per_tick
        if forward:
            to = self.snap.after(at, self.tempo, px_per_tick)
        else:
            to = self.snap.before(max(at - 1, 0), self.tempo, px_per_tick)
        lanes = replace(self.lanes, cursor=to)
        if draws:
            drawn = self.lanes.drawn
            other = at if drawn is None else drawn.start_ticks if drawn.end_ticks == at else drawn.end_ticks
            lanes = lanes.swiped(other, to)
        else:
            lanes = replace(lanes, drawn=None)
        self._see(lanes)

    # Qt's events

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A lane is looked at; a swipe begins. [gui]"""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        lane = self.lanes.lane_at(event.position().y())
        if lane is None:
            return
        self._see(replace(self.lanes.focus(lane), drawn=None, cursor=None))
        self._look()
        if event.position().x() >= self.lanes.head_px:
            self._pressed = event.position().x(), self._ticks(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """It goes on. [gui]"""
        if event is not None and self._pressed is not None:
            x, from_ticks = self._pressed
            if self.lanes.drawn is not None or self.lanes.is_swipe(x, event.position().x()):
                self._see(self.lanes.swiped(from_ticks, self._ticks(event)))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """What was swiped over is chosen. [gui]"""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            self._pressed = None
            if self.lanes.drawn is not None:
                self.choose()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """On the name: another name. On the lane: all of it. [gui]"""
        lane = self.lanes.lane_at(event.position().y()) if event is not None else None
        if event is None or lane is None:
            return
        self._see(self.lanes.focus(lane))
        if event.position().x() < self.lanes.head_px:
            self.rename()
        else:
            self.choose()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows go about, with Shift they draw a range, Enter chooses it. [gui]"""
        if event is None:
            return
        draws = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            event.ignore()
            return
        keys: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Up: lambda: self.go(-1),
            Qt.Key.Key_Down: lambda: self.go(1),
            Qt.Key.Key_Left: lambda: self.step(False, draws),
            Qt.Key.Key_Right: lambda: self.step(True, draws),
            Qt.Key.Key_Return: self.choose,
            Qt.Key.Key_Enter: self.choose,
            Qt.Key.Key_F2: self.rename,
            Qt.Key.Key_Delete: self.delete,
            Qt.Key.Key_Backspace: self.delete,
            Qt.Key.Key_Escape: lambda: self._see(replace(self.lanes, drawn=None, cursor=None)),
        }
        do = keys.get(event.key())
        if do is None or not self.lanes.takes:
            event.ignore()
            return
        do()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """More lanes than are seen. [gui]"""
        if event is not None:
            self._see(self.lanes.scrolled(-event.angleDelta().y() // 2))
            event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """What can be done with the lane. [gui]"""
        if event is None:
            return
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            lane = self.lanes.lane_at(event.pos().y())
            if lane is None:
                return
            self._see(self.lanes.focus(lane))
        if self.lanes.take is not None:
            place = QPoint(self.lanes.head_px, self.lanes.top_of(self.lanes.focused) + LANE_PX)
            at = event.globalPos() if event.reason() == QContextMenuEvent.Reason.Mouse else self.mapToGlobal(place)
            self.menu().popup(at)

    def menu(self) -> QMenu:
        """What can be done with the lane that the keyboard is in. [gui]"""
        menu = QMenu(self)
        for words, do in (
            (self.tr("Choose this take"), self.choose),
            (self.tr("Rename"), self.rename),
            (self.tr("Delete take"), self.delete),
        ):
            action = menu.addAction(words)
            assert action is not None
            action.triggered.connect(lambda _checked=False, do=do: do())
        return menu

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """The ring shows where the keyboard is. [gui]"""
        super().focusInEvent(event)
        self._look()
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """It is elsewhere. [gui]"""
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """More or fewer lanes are seen. [gui]"""
        super().resizeEvent(event)
        self.lanes = replace(self.lanes, height_px=self.height()).within()
        self._want()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """All lanes in sight. [gui]"""
        painter = QPainter(self)
        if not self.lanes.takes:
            words = self.tr("No takes on this track yet. Press R and sing: each one comes to lie here.")
            self._painter.paint_nothing(painter, self.rect(), words)
            return
        for lane in self.lanes.seen():
            self._painter.paint(painter, self.lanes, lane, self.width(), self.hasFocus())

    # Inside

    def _see(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self._say()
        self._want()
        self.update()

    def _look(self) -> None:
        self.looked.emit(self.lanes.take.file if self.lanes.take is not None else "")

    def _want(self) -> None:
        """Each take in sight is asked for once."""
        for lane in self.lanes.seen():
            file = self.lanes.takes[lane].file
            if file not in self._asked:
                self._asked.add(file)
                self.wanted.emit(file)

    def _ticks(self, event: QMouseEvent) -> int:
        """The nearest place on the grid; with Alt, exactly where the hand is."""
        ticks = max(self.lanes.ticks_at(event.position().x()), 0.0)
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return round(ticks)
        return self.snap.nearest(ticks, self.tempo, self.lanes.grid.px_per_tick)

    def _end_renaming(self, keeps: bool = True) -> None:
        editor, take = self._editor, self.lanes.take
        if editor is None:
            return
        self._editor = None
        name = editor.text().strip()
        editor.hide()
        editor.deleteLater()
        self.setFocus()
        if keeps and take is not None and name and name != take.name:
            self.renamed.emit(take.file, name)

    def _say(self) -> None:
        """For those who do not see it: the lane, how many there are, and what is drawn."""
        take = self.lanes.take
        if take is None:
            self.setAccessibleDescription(self.tr("No takes on this track yet."))
            return
        words = self.tr("{name}, take {number} of {count}").format(
            name=take.name or take.stem, number=self.lanes.focused + 1, count=len(self.lanes.takes)
        )
        if self.lanes.drawn is not None:
            words += ". " + self.tr("Drawn: {span}").format(span=self._place(self.lanes.drawn))
        elif take.chosen:
            words += ". " + self.tr("Stands in {span}").format(
                span="; ".join(self._place(each) for each in take.chosen)
            )
        else:
            words += ". " + self.tr("Stands nowhere")
        self.setAccessibleDescription(words)

    def _place(self, span: Span) -> str:
        first, last = (self.tempo.position(ticks) for ticks in (span.start_ticks, span.end_ticks))
        return self.tr("bar {first} to bar {last}").format(first=first.bar, last=last.bar)


class _Name(QLineEdit):
    """The field for a name; what ends it is none of the lanes' business."""

    left = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)
        if event is not None:
            event.accept()
