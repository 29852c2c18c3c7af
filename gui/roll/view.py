"""The piano roll: a track of a score to be seen, heard and edited; it owns no notes.

A Score in; signals out. What the hand does is told as edits, which whoever owns the History does, and then gives the
score back through `set_score`. What is drawn stands in `shown`, what the hand means in `gestures`; here Qt's events
become gestures, and their outcomes signals. All of it on the app's thread.
"""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PyQt6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from gui.roll.drags import is_far
from gui.roll.events import CURSORS, KEYS, ZOOM_STEP, at_of, button_of, place, turned, zoom_of
from gui.roll.layout import Region
from gui.roll.scene import (
    Audition,
    LaneMenu,
    Menu,
    Outcome,
    Pick,
    PickNew,
    Place,
    Scroll,
    SetRanges,
    SizeLane,
    TakeProposal,
    Tool,
)
from gui.roll.typing_in import RollTyping

FRAME_MS = 16
LONG_MS = 500
"""A finger that rests so long asks what can be done there."""

TOOL_KEYS = {
    Qt.Key.Key_V: Tool.SELECT,
    Qt.Key.Key_B: Tool.DRAW,
    Qt.Key.Key_C: Tool.SPLIT,
    Qt.Key.Key_E: Tool.ERASE,
    Qt.Key.Key_J: Tool.GLUE,
    Qt.Key.Key_P: Tool.PITCH,
}
TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class PianoRoll(RollTyping):
    """The roll with the hand in it. [gui]"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._space = False
        self._space_was_used = False
        self._pressed = self._pointer
        self._pulling = QTimer(self)
        self._pulling.setInterval(FRAME_MS)
        self._pulling.timeout.connect(self._pull)
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(LONG_MS)
        self._resting.timeout.connect(self._rested)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A gesture begins. [gui]"""
        if event is not None and (button := button_of(event)) is not None and self.hand.drag is None:
            self._rings = False
            self._space_was_used |= self._space
            self._pointer = self._pressed = at_of(event, button, self._space)
            self._come_true(self.hand.press(self.scene, self._pointer))
            self._after_pointer()
            if self._pointer.by_touch:
                self._resting.start()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """It goes on, or the pointer only passes. [gui]"""
        if event is not None:
            self._pointer = at_of(event, self._pointer.button, self._space)
            if self._resting.isActive() and is_far(self._pressed, self._pointer):
                self._resting.stop()
            self._come_true(self.hand.move(self.scene, self._pointer))
            self._after_pointer()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """It ends, when it is the button that it began with. [gui]"""
        self._resting.stop()
        if event is not None and button_of(event) is self._pointer.button:
            self._pointer = at_of(event, self._pointer.button, self._space)
            self._come_true(self.hand.release(self.scene, self._pointer))
            self._after_pointer()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """The second press of a double click. [gui]"""
        if event is not None and (button := button_of(event)) is not None:
            self._pointer = at_of(event, button, self._space)
            self._come_true(self.hand.double(self.scene, self._pointer))
            self._after_pointer()

    def leaveEvent(self, event: QEvent | None) -> None:
        """No key is named under a pointer that is elsewhere. [gui]"""
        if not self.hand.is_busy:
            self._name_key(None)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll; with Ctrl zoom time, with Ctrl and Shift pitch, about the pointer; with Shift to the side. [gui]"""
        if event is None:
            return
        held = event.modifiers()
        ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        if held & ctrl:
            over_keys = self.scene.region(place(event.position(), held)) is Region.KEYS
            self.zoom(event.position(), zoom_of(event), is_pitch=bool(held & shift) or over_keys)
        else:
            right, down = turned(event)
            self.set_grid(self.grid.scrolled(*((right + down, 0.0) if held & shift else (right, down))))
        self._come_true(self.hand.move(self.scene, self._pointer) if self.hand.drag else ())
        self._show_preview()
        event.accept()

    def zoom(self, about: QPointF, factor: float, is_pitch: bool = False) -> None:
        """Larger by a factor; what is under a point of the widget stays there. [gui]"""
        notes = self.layout_of_parts.notes
        x = min(max(about.x() - notes.x, 0.0), float(notes.width))
        y = min(max(about.y() - notes.y, 0.0), float(notes.height))
        time, pitch = (1.0, factor) if is_pitch else (factor, 1.0)
        self.set_grid(self.grid.zoomed(time, pitch, x, y))

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """The menu key asks at the playhead; a right click asks by itself when its button goes up. [gui]"""
        if event is not None and event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_asked.emit(event.globalPos())
        if event is not None:
            event.accept()

    def event(self, event: QEvent | None) -> bool:
        """Fingers on a trackpad or a screen; and keys that are the roll's before they are a shortcut. [gui]"""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(event.position(), 1.0 + event.value())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._come_true(self.hand.cancel(self.scene))
                centre = self.mapFromGlobal(pinch.centerPoint().toPoint())
                self.zoom(QPointF(centre), pinch.scaleFactor())
                before = pinch.lastCenterPoint() - pinch.centerPoint()
                self.set_grid(self.grid.scrolled(before.x(), before.y()))
                return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            mine = self.takes(event) or (event.key() in KEYS and KEYS[Qt.Key(event.key())] not in ("a",))
            if mine or (event.key() == Qt.Key.Key_Space and not event.modifiers()):
                event.accept()
                return True
        return super().event(event)

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows nudge, others act at once; letters choose a tool; Space held takes hold of the field. [gui]"""
        if event is None:
            return
        if self.takes(event):
            self.type_down(event)
            return
        key, held = Qt.Key(event.key()) if event.key() in _KNOWN else None, event.modifiers()
        ctrl = bool(held & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_was_used = True, False
        elif key in TOOL_KEYS and not held:
            self.set_tool(TOOL_KEYS[key])
        elif ctrl and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            notes = self.layout_of_parts.notes
            centre = QPointF(notes.x + notes.width / 2, notes.y + notes.height / 2)
            factor = 1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP
            self.zoom(centre, factor, is_pitch=bool(held & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            sign = 1 if key == Qt.Key.Key_PageDown else -1
            self.set_grid(self.grid.scrolled(sign * 0.8 * self.grid.width_px))
        elif key in KEYS:
            outcomes = self.hand.key(self.scene, KEYS[key], place(QPointF(), held))
            if outcomes is None:
                event.ignore()
                return
            self._come_true(outcomes)
            self._show_preview()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """What a held arrow nudged becomes an edit. [gui]"""
        if event is None or event.isAutoRepeat():
            return
        if self.takes(event):
            self.type_up(event)
        elif event.key() == Qt.Key.Key_Space and self._space:
            self._space = False
            if not self._space_was_used:
                self.asked.emit("play")
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._come_true(self.hand.rest(self.scene))
            self._show_preview()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """A ring shows where the keyboard is, for a hand that came by keyboard. [gui]"""
        self._rings = event is not None and event.reason() in TAB_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """A key whose release went elsewhere is up. [gui]"""
        self._rings = self._space = False
        self._come_true(self.hand.rest(self.scene))
        self._show_preview()
        self.update()

    # What comes of it

    def _come_true(self, outcomes: Iterable[Outcome]) -> None:
        next_id = self.score.next_id
        for outcome in outcomes:
            if isinstance(outcome, Pick):
                self.pick(outcome.ids)
            elif isinstance(outcome, PickNew):
                there = range(next_id, self.score.next_id)
                self.pick(number for number in there if self.scene.notes.get(number) is not None)
            elif isinstance(outcome, Audition):
                change = {outcome.pitch}
                sounding = self._picture.sounding
                self._sound(sounding | change if outcome.is_on else sounding - change)
                self.auditioned.emit(outcome.pitch, outcome.is_on)
            elif isinstance(outcome, Place):
                self.set_playhead(outcome.ticks)
                if self.hand.drag is None:
                    self.set_grid(self.grid.showing(outcome.ticks))
                self.placed.emit(outcome.ticks)
                self._describe()
            elif isinstance(outcome, SetRanges):
                self.set_ranges(outcome.ranges)
                self.ranged.emit(*outcome)
            elif isinstance(outcome, Scroll):
                self.set_grid(self.grid.scrolled(outcome.right_px, outcome.down_px))
            elif isinstance(outcome, Menu):
                self.menu_asked.emit(self.mapToGlobal(QPoint(int(outcome.x), int(outcome.y))))
            elif isinstance(outcome, LaneMenu):
                self._pop_lane_menu(outcome.kind, self.mapToGlobal(QPoint(int(outcome.x), int(outcome.y))))
            elif isinstance(outcome, SizeLane):
                self.size_lane(outcome.kind, outcome.height_px)
            elif isinstance(outcome, TakeProposal):
                self.proposal_taken.emit(outcome.place)
            else:
                next_id = self.score.next_id
                self.edited.emit(outcome)

    def _after_pointer(self) -> None:
        scene = self.scene
        self._show_preview()
        self.setCursor(CURSORS[self.hand.cursor(scene, self._pointer)])
        region = scene.region(self._pointer)
        is_on_rows = region in (Region.NOTES, Region.KEYS)
        self._name_key(scene.pitch(self._pointer) if is_on_rows else None)
        pulls = any(self.hand.pull(scene, self._pointer))
        if pulls and not self._pulling.isActive():
            self._pulling.start()

    def _rested(self) -> None:
        """A finger has rested on a place: what it began is nothing, and it asks for the menu. [gui]"""
        at = self._pressed
        self._come_true(self.hand.cancel(self.scene))
        lane = self.layout_of_parts.kind_at(at.y) if self.scene.region(at) is Region.LANE else None
        self._come_true((LaneMenu(lane, at.x, at.y) if lane is not None else Menu(at.x, at.y),))
        self._show_preview()

    def _come_to_rest(self) -> None:
        self._come_true(self.hand.cancel(self.scene))

    def _pull(self) -> None:
        """A frame of a drag at the edge: the window moves along, and the hand with it over the piece."""
        right, down = self.hand.pull(self.scene, self._pointer)
        if not right and not down:
            self._pulling.stop()
            return
        self.set_grid(self.grid.scrolled(right, down))
        self._come_true(self.hand.move(self.scene, self._pointer))
        self._show_preview()

    def _name_key(self, pitch: int | None) -> None:
        before, self._picture.named_pitch = self._picture.named_pitch, pitch
        if before != pitch:
            self._picture.strips.drop_keys(each for each in (before, pitch) if each is not None)
            self._touch()


_KNOWN = frozenset(
    key.value
    for key in (
        *KEYS,
        *TOOL_KEYS,
        Qt.Key.Key_Space,
        Qt.Key.Key_Plus,
        Qt.Key.Key_Equal,
        Qt.Key.Key_Minus,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    )
)
