"""The piano roll as it is seen: a score, a theme, a playhead and a singing voice in; pixels out.

Only what changed is painted: an image holds all that stands still (`picture`), and what moves is laid over it. All
of it on the app's thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PyQt6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent, QShowEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from gui.roll import overlay
from gui.roll.areas import area_of_live, area_of_preview, whole_field
from gui.roll.backdrop import Heard, Waveform
from gui.roll.bars import Bars
from gui.roll.columns import HIGHEST, LOWEST, PITCH
from gui.roll.corrections import paint_proposals
from gui.roll.gestures import Hand
from gui.roll.grid import Grid, Rows
from gui.roll.handles import paint_bracket
from gui.roll.kinds import VELOCITIES, OpenLane
from gui.roll.layout import RULER_PX, Layout
from gui.roll.overlay import LiveNote, Trace
from gui.roll.picture import Picture
from gui.roll.scale import Key
from gui.roll.scene import NOTHING, At, Proposal, Ranges, Scene
from gui.roll.snap import Snap
from gui.roll.spoken import first_words, in_words
from gui.roll.stretching import BRACKET_PX, reach_of
from gui.theme import DARK, Palette, metrics
from score.harmony.scales import Scale
from score.operations.drawing import Shape
from score.score import Score

FRAME_MS, CALM_MS, AHEAD_MS = 8, 60, 3.0
"""How long after a frame tiles are drawn ahead, how long after a frame of a zoom, and how long at a time."""

SETTLE_MS = 1000
"""So long after it appears a window may still be given its size."""

LEAST_BARS = 16
"""An empty piece can be scrolled through so many bars."""


class RollView(QWidget):
    """The roll as it is seen; `PianoRoll` adds the hand. [gui]"""

    edited = pyqtSignal(object)
    """An Edit that the hand made. Do it, and give the score back."""
    picked = pyqtSignal(object)
    """The ids of the notes that are selected now, a frozenset."""
    auditioned = pyqtSignal(int, bool)
    """A pitch is to be heard, or no longer."""
    placed = pyqtSignal(int)
    """The playhead was put at this tick."""
    ranged = pyqtSignal(object, bool)
    """The Ranges as they are now, and whether one hand drew them just before already."""
    viewed = pyqtSignal(object)
    """The Grid as it is now: for other lanes of the same time."""
    menu_asked = pyqtSignal(QPoint)
    """The hand asks what can be done here, at this place of the screen."""
    asked = pyqtSignal(str)
    """A command of the app by its name: "play" when Space was pressed and nothing was dragged with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hand = Hand()
        self.score, self.track_id = Score(), 0
        self.selection: frozenset[int] = frozenset()
        self.playhead_ticks = 0.0
        self.ranges = Ranges()
        self._picture = Picture(DARK)
        self._key: Key | None = None
        self._is_folded = False
        self._snap = Snap()
        self._scale: Scale | None = None
        self._leads_to_scale = False
        self._shape: Shape = "pencil"
        self._open_lanes: tuple[OpenLane, ...] = (VELOCITIES,)
        self._names_chords = False
        self._proposals: tuple[Proposal, ...] = ()
        self._chosen_proposal: int | None = None
        self._stretch: tuple[int, int] | None = None
        self._fit_waits = False
        self._live: tuple[LiveNote, ...] = ()
        self._trace: Trace = ()
        self._live_area = QRect()
        self._preview = NOTHING
        self._preview_area = QRegion()
        self._pointer = At(0.0, 0.0)
        self._rings = False
        self._bars = Bars(self)
        self._bars.moved.connect(self._bar_moved)
        self._painted_zoom = 0.0
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.timeout.connect(self._draw_ahead)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80 * metrics.UNIT_PX, 60 * metrics.UNIT_PX)
        self.setAccessibleName(self.tr("Piano roll"))
        self._grid = Grid().showing(0, 48)
        self._picture.corner_words = self._snap.name
        self._lay_out()

    # What is seen

    @property
    def grid(self) -> Grid:
        """What part of the piece is in the window. [gui]"""
        return self._grid

    @property
    def layout_of_parts(self) -> Layout:
        """Where the keys, the bars, the notes and the lane are. [gui]"""
        return self._picture.layout

    @property
    def snap(self) -> Snap:
        """What the hand is led by. [gui]"""
        return self._snap

    @property
    def scene(self) -> Scene:
        """What a gesture sees. [gui]"""
        playhead = max(0, round(self.playhead_ticks))
        return Scene(
            self.score,
            self.track_id,
            self._grid,
            self._picture.layout,
            self._snap,
            self.selection,
            playhead,
            self.ranges,
            self._scale if self._leads_to_scale else None,
            self._shape,
            self._picture.only_picked,
            self._stretch,
            self._proposals,
        )

    def set_score(self, score: Score, track_id: int | None = None) -> None:
        """The score as it is now, and which of its tracks is edited (the same as before, or the first). [gui]"""
        if track_id is None:
            ids = [track.id for track in score.tracks]
            track_id = self.track_id if self.track_id in ids else (ids[0] if ids else 0)
        was_empty, before = self._is_empty(), self.track_id
        self.score, self.track_id = score, track_id
        self._picture.follow(score, track_id)
        kept = frozenset() if before != track_id else self.selection
        notes = self.scene.notes
        if kept:
            kept = frozenset(note_id for note_id in kept if notes.get(note_id) is not None)
        self.pick(kept)
        self._measure()
        bars = score.tempo.ticks_of(LEAST_BARS + 1)
        self._see(self._grid.lasting(max(self._picture.end_ticks, bars)))
        if self._is_folded:
            self._fold()
        if self._is_empty() != was_empty:
            self._picture.make_stale()
        self._show_preview()
        self._touch()
        self._describe()

    def set_grid(self, grid: Grid) -> None:
        """Another part of the piece; scrolling is by whole pixels of the screen, so that nothing blurs. [gui]"""
        self._fit_waits = False
        self._see(grid)

    def _see(self, grid: Grid) -> None:
        density = self.devicePixelRatioF()
        grid = replace(
            grid, left_px=round(grid.left_px * density) / density, top_px=round(grid.top_px * density) / density
        )
        is_other = grid != self._grid
        self._grid = grid
        self._picture.see(grid, self._layout(), density)
        if is_other:
            self._bars.settle(self._grid)
            self.viewed.emit(grid)
        self._touch()

    def fit(self) -> None:
        """All notes of the track in the window; in one that is not shown yet, as soon as it has its size. [gui]"""
        self._fit_waits = False
        self._lay_out()  # a window that was not shown yet has not been told its size
        notes = self.scene.notes
        if len(notes):
            block = self._picture.columns.block
            self._see(self._grid.fitted(0, notes.end_ticks, int(block[LOWEST].min()), int(block[HIGHEST].max())))
        self._fit_waits = not self.isVisible()

    def set_theme(self, palette: Palette) -> None:
        """Other colours. [gui]"""
        self._picture.wear(palette)
        self._touch()

    def set_ranges(self, ranges: Ranges) -> None:
        """The part that is played again and again, and the one that is recorded in. [gui]"""
        if ranges != self.ranges:
            self.ranges = self._picture.ranges = ranges
            self._picture.make_stale(QRect(*self._picture.layout.ruler))
            self._touch()
            self.update()  # what lies outside the loop is dimmed

    def set_playhead(self, ticks: float, follow: bool = False) -> None:
        """Where the piece is played: only the line is painted. With `follow` the window goes along. [gui]"""
        layout = self._picture.layout
        before = overlay.playhead_x(layout, self._grid, self.playhead_ticks)
        self.playhead_ticks = ticks
        x = self._grid.x_of(ticks)
        if follow and not self.hand.is_busy and not 0 <= x <= 0.9 * self._grid.width_px:
            self._see(self._grid.scrolled(x - 0.1 * self._grid.width_px))
        after = overlay.playhead_x(layout, self._grid, ticks)
        for line in {before, after} if before != after else ():
            self.update(line - 6, 0, 13, RULER_PX)
            self.update(line, RULER_PX, 1, self.height())

    def set_live(self, notes: Sequence[LiveNote], trace: Trace = ()) -> None:
        """Notes that are being sung now, with ends that grow, and the voice itself up to now. [gui]"""
        was_empty = self._is_empty()
        self._live, self._trace = tuple(notes), trace
        area = area_of_live(self._picture, self._live, self._trace)
        self.update(area.united(self._live_area) if not area.isEmpty() else self._live_area)
        self._live_area = area
        self._sound(frozenset(note.pitch for note in notes if note.is_on))
        if self._is_empty() != was_empty:
            self.update()

    def set_behind(self, waveform: Waveform | None = None, f0: Heard | None = None) -> None:
        """The take behind its notes: its waveform, its raw pitch, either or neither. [gui]"""
        self._picture.waveform, self._picture.heard = waveform, f0
        self._picture.make_stale()
        self._touch()

    def pick(self, ids: Iterable[int]) -> None:
        """Select these notes and no others. [gui]"""
        chosen = frozenset(ids)
        if chosen != self.selection:
            self.selection = chosen
            self._picture.pick(chosen)
            self._measure()
            self._touch()
            self._describe()
            self.picked.emit(chosen)

    # What is drawn

    def sizeHint(self) -> QSize:
        """As large as the rest of a window allows. [gui]"""
        return QSize(960, 540)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The picture, and over it what moves. [gui]"""
        if event is None:
            return
        image, density = self._picture.image(), self._picture.density
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        rect = event.rect()  # the clip leaves out what lies between the parts of the region
        source = QRectF(rect.x() * density, rect.y() * density, rect.width() * density, rect.height() * density)
        painter.drawImage(QRectF(rect), image, source)
        self._paint_overlay(painter)
        zooms = self._grid.px_per_tick != self._painted_zoom
        self._painted_zoom = self._grid.px_per_tick
        if zooms:
            self._ahead.start(CALM_MS)  # what is drawn ahead now would be of no use in the next frame
        elif not self._ahead.isActive():
            self._ahead.start(FRAME_MS)

    def settle(self) -> None:
        """Draw well now what was drawn roughly: for a picture of the window. [gui]"""
        self._picture.settle()
        self._touch()

    def showEvent(self, event: QShowEvent | None) -> None:
        """A window that has just appeared may be resized once more by the desktop, but not much later. [gui]"""
        super().showEvent(event)
        QTimer.singleShot(SETTLE_MS, self._is_settled)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """The same part of the piece, and as much more as there is room. [gui]"""
        if self._fit_waits:
            self.fit()
            self._fit_waits = True
        else:
            self._lay_out()

    def changeEvent(self, event: QEvent | None) -> None:
        """Another screen may have another density. [gui]"""
        if event is not None and event.type() == QEvent.Type.DevicePixelRatioChange:
            self._see(self._grid)
        super().changeEvent(event)

    def _paint_overlay(self, painter: QPainter) -> None:
        picture, layout, grid = self._picture, self._picture.layout, self._grid
        ink, notes = picture.look.ink, layout.notes
        if self._is_empty() and self._preview is NOTHING:
            overlay.paint_empty(painter, layout, ink, *first_words(self.scene, self.tr))
        painter.save()
        painter.setClipRect(QRect(*notes), Qt.ClipOperation.IntersectClip)
        painter.translate(notes.x, notes.y)
        overlay.paint_ranges(painter, grid, ink, self.ranges, notes.height)
        if self._proposals:
            paint_proposals(painter, grid, ink, self._proposals, self._preview.proposal, self._chosen_proposal)
        overlay.paint_live(painter, grid, ink, self._live, self._trace)
        if self._stretch is not None and not self._preview.notes:
            paint_bracket(painter, grid, ink, self._stretch)
        overlay.paint_preview(painter, grid, picture.look, self._preview, picture.density)
        painter.restore()
        overlay.paint_preview_lane(painter, layout, grid, ink, self._preview)
        overlay.paint_playhead(painter, layout, grid, ink, self.playhead_ticks)
        if self._preview.words:
            field = QRectF(whole_field(picture))
            overlay.paint_words(painter, ink, self._pointer.x, self._pointer.y, self._preview.words, field)
        if self._rings:
            overlay.paint_focus(painter, layout, ink)

    # How it keeps itself in order

    def _show_preview(self) -> None:
        """What the gesture would come to, painted where it is and where it was. [gui]"""
        preview = self.hand.preview(self.scene)
        if preview == self._preview and not preview.words:
            return
        if self._stretch is not None and bool(preview.notes) != bool(self._preview.notes):
            self.update(QRect(*self._picture.layout.notes))  # the bracket goes while notes are in the hand
        self._preview = preview
        self._picture.hide(preview.hidden)
        area = area_of_preview(self._picture, preview, self._pointer)
        self.update(area.united(self._preview_area))
        self._preview_area = area
        self._touch()

    def _sound(self, pitches: frozenset[int]) -> None:
        """These keys sound."""
        before, self._picture.sounding = self._picture.sounding, pitches
        self._picture.strips.drop_keys(before ^ pitches)
        self._touch()

    def _is_empty(self) -> bool:
        return not len(self.scene.notes) and not self._live

    def _draw_ahead(self) -> None:
        """Between frames, a few milliseconds at a time."""
        if not self._picture.prepare(AHEAD_MS):
            self._ahead.start(FRAME_MS)
        self._touch()

    def _fold(self) -> None:
        """Only the rows of the key, and those in use, when it is folded."""
        rows = Rows()
        if self._is_folded and self._key is not None:
            rows = Rows.folded(self._key, set(self._picture.columns.block[PITCH].tolist()))
        if rows != self._grid.rows:
            self._see(self._grid.with_rows(rows))

    def _measure(self) -> None:
        """From where to where the selected notes reach, when there are several."""
        before, self._stretch = self._stretch, reach_of(self.scene, self._picture.columns, self._picture.picked)
        if before != self._stretch:
            field = self._picture.layout.notes
            self.update(field.x, field.y, field.width, BRACKET_PX)

    def _touch(self) -> None:
        """Have painted what is no longer true in the picture."""
        if not self._picture.stale.isEmpty():
            self.update(self._picture.stale)

    def _layout(self) -> Layout:
        return Layout(self.width(), self.height(), self._open_lanes, self._names_chords)

    def _is_settled(self) -> None:
        self._fit_waits = False

    def _lay_out(self) -> None:
        layout = self._layout()
        self._bars.lay_out(layout)
        self._see(self._grid.resized(layout.notes.width, layout.notes.height))
        self._bars.settle(self._grid)

    def _bar_moved(self, left_px: int, top_px: int) -> None:
        right, down = left_px - self._grid.left_px, top_px - self._grid.top_px
        # A bar counts whole pixels; what the grid has beyond them is not its business.
        self.set_grid(self._grid.scrolled(right if abs(right) >= 1 else 0.0, down if abs(down) >= 1 else 0.0))

    def _describe(self) -> None:
        """The value, for somebody who hears the window instead of seeing it."""
        self.setAccessibleDescription(in_words(self.scene, self._picture.look.prefers_flats, self.tr))
