"""The lanes under the notes as one chooses them: which are open, how high, and what is drawn into them. [gui]

Every choice is a method that a button, a menu or a command can call; `chosen` says that one of them was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QInputDialog, QMenu, QWidget

from gui.roll.kinds import LEAST_LANE_PX, MOST_LANE_PX, Kind, Of, OpenLane, span_of
from gui.roll.lane_heads import LaneHead
from gui.roll.lane_menu import fill_lane_menu
from gui.roll.lane_names import lane_name
from gui.roll.layout import KEYS_PX
from gui.roll.shown import RollView
from gui.theme import Palette
from score.note import Note
from score.operations.drawing import Shape, Stroke
from score.operations.lanes import DrawLane, Lane, lanes_of
from score.operations.selection import each_changed


class RollLanes(RollView):
    """The roll with lanes that can be opened, closed and made higher. [gui]"""

    chosen = pyqtSignal()
    """Something else is chosen now; whoever shows choices asks for them again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._heads: dict[Kind, LaneHead] = {}
        super().__init__(parent)

    def set_theme(self, palette: Palette) -> None:
        """Other colours. [gui]"""
        super().set_theme(palette)
        self._show_heads()

    def set_shape(self, shape: Shape) -> None:
        """What is drawn into lanes: freehand, lines or curves. [gui]"""
        self._shape = shape
        self.chosen.emit()

    @property
    def shape(self) -> Shape:
        """What is drawn into lanes. [gui]"""
        return self._shape

    @property
    def lanes(self) -> tuple[Kind, ...]:
        """What the open lanes are of, from the top. [gui]"""
        return tuple(lane.kind for lane in self._open_lanes)

    @property
    def channel(self) -> int:
        """The channel on which the track's controllers are: that of its zone, or of its notes. [gui]"""
        track = self.scene.track
        if track is None:
            return 0
        if track.zones:
            return track.zones[0].master
        return next((note.channel for note in track.notes), 0)

    def height_of(self, kind: Kind) -> int:
        """How high a lane was made, in a window that has room for it; 0 where it is not open. [gui]"""
        return next((lane.height_px for lane in self._open_lanes if lane.kind == kind), 0)

    def lanes_in_use(self) -> list[Kind]:
        """The lanes of the track in which something is. [gui]"""
        track = self.scene.track
        return [] if track is None else list(lanes_of(track))

    def open_lane(self, kind: Kind) -> None:
        """One more lane, below the others. [gui]"""
        if kind not in self.lanes:
            self._set_lanes((*self._open_lanes, OpenLane(kind)))

    def close_lane(self, kind: Kind) -> None:
        """A lane away; what is in it stays in the score. [gui]"""
        self._set_lanes(tuple(lane for lane in self._open_lanes if lane.kind != kind))

    def toggle_lane(self, kind: Kind) -> None:
        """A lane open or closed. [gui]"""
        if kind in self.lanes:
            self.close_lane(kind)
        else:
            self.open_lane(kind)

    def size_lane(self, kind: Kind, height_px: int) -> None:
        """A lane so high. [gui]"""
        height = min(max(height_px, LEAST_LANE_PX), MOST_LANE_PX)
        sized = (replace(lane, height_px=height) if lane.kind == kind else lane for lane in self._open_lanes)
        self._set_lanes(tuple(sized))

    def ask_controller(self) -> None:
        """Which controller, by its number; its lane opens. [gui]"""
        words = self.tr("Number of the controller, 0 to 127:")
        number, is_wanted = QInputDialog.getInt(self, self.tr("Open a lane"), words, 1, 0, 127)
        if is_wanted:
            self.open_lane(Lane("control", self.channel, number))

    def set_only_selected(self, only: bool) -> None:
        """Whether lanes show selected notes only, where any are. [gui]"""
        self._picture.only_picked = only
        self._picture.strips.drop_lanes()
        self._touch()
        self.chosen.emit()

    @property
    def shows_only_selected(self) -> bool:
        """Whether lanes show selected notes only. [gui]"""
        return self._picture.only_picked

    def nudge_lane(self, kind: Kind, by: int) -> None:
        """What holds at the playhead, or of all selected notes, so much higher. [gui]"""
        low, high, neutral = span_of(kind)

        def led(value: float) -> int:
            return round(min(max(value + by, low), high))

        def louder(note: Note) -> Note:
            return replace(note, velocity=max(1, led(note.velocity)))

        def lifted(note: Note) -> Note:
            assert isinstance(kind, Of)
            curve = getattr(note, kind.value) or ((0, neutral),)
            return replace(note, **{kind.value: tuple((t, led(v)) for t, v in curve)})  # type: ignore[arg-type]

        track = self.scene.track
        if isinstance(kind, Lane):
            at = max(0, round(self.playhead_ticks))
            stroke = None if track is None else Stroke(((float(at), float(led(kind.value(track, at)))),))
            edit = None if stroke is None else DrawLane(kind, stroke).edit(self.score, self.track_id)
        else:
            ids = [note.id for note in self.scene.having(self.selection)]
            change = louder if kind is Of.VELOCITY else lifted
            edit = each_changed(f"Change {kind.value} of", self.score, ids, change) if ids else None
        if edit is not None:
            self.edited.emit(edit)

    # How they keep themselves in order

    def _set_lanes(self, lanes: Iterable[OpenLane]) -> None:
        self._open_lanes = tuple(lanes)
        self._lay_out()
        self.chosen.emit()

    def _lay_out(self) -> None:
        super()._lay_out()
        self._show_heads()

    def _show_heads(self) -> None:
        layout, ink = self._picture.layout, self._picture.look.ink
        for kind in [kind for kind in self._heads if kind not in self.lanes]:
            self._heads.pop(kind).deleteLater()
        for lane, rect in zip(layout.open_lanes, layout.lanes, strict=True):
            head = self._heads.get(lane.kind)
            if head is None:
                head = self._heads[lane.kind] = self._new_head(lane.kind)
            head.show_lane(lane, ink, 0, rect.y, KEYS_PX, rect.height)

    def _new_head(self, kind: Kind) -> LaneHead:
        head = LaneHead(kind, lane_name(kind, self.tr), self)
        head.sized.connect(self.size_lane)
        head.closed.connect(self.close_lane)
        head.nudged.connect(self.nudge_lane)
        head.menu_asked.connect(self._pop_lane_menu)
        return head

    def _pop_lane_menu(self, kind: Kind, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_lane_menu(menu, self, kind)
        menu.popup(where)
