"""What lies where among the lanes of a track's takes: pure geometry, no Qt.

Takes and heights in; lanes under a hand, and ranges that it drew, out. Time is the roll's: its Grid says where a tick
is, so that a lane lies exactly under the notes that came from it. [any]
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gui.roll.grid import Grid
from gui.session.setup import Span, Take
from gui.theme import metrics

LANE_PX = 12 * metrics.UNIT_PX
HEAD_PX = 18 * metrics.UNIT_PX
"""At least so wide are the heads; wider where the roll's notes begin further right, so that time lies under time."""

_LEAST_SWIPE_PX = 3.0


@dataclass(frozen=True)
class Lanes:
    """The lanes as they are seen. [any]"""

    takes: tuple[Take, ...] = ()
    grid: Grid = field(default_factory=Grid)
    head_px: int = HEAD_PX
    height_px: int = 0
    top_px: int = 0
    """How far they are scrolled."""
    focused: int = 0
    """The lane that the keyboard is in."""
    cursor: int | None = None
    """A tick in it, from which a range is drawn with the keys."""
    drawn: Span | None = None
    """The range that is being drawn, or was, and is not chosen yet."""

    @property
    def whole_px(self) -> int:
        """All lanes, one under the other. [any]"""
        return len(self.takes) * LANE_PX

    @property
    def take(self) -> Take | None:
        """The one that the keyboard is in. [any]"""
        return self.takes[self.focused] if self.takes else None

    def lane_at(self, y: float) -> int | None:
        """The lane at a height of the widget. [any]"""
        lane = int((y + self.top_px) // LANE_PX)
        return lane if 0 <= lane < len(self.takes) else None

    def top_of(self, lane: int) -> int:
        """The upper edge of a lane in the widget. [any]"""
        return lane * LANE_PX - self.top_px

    def seen(self) -> range:
        """The lanes in sight. [any]"""
        last = -(-(self.top_px + max(self.height_px, 1)) // LANE_PX)
        return range(self.top_px // LANE_PX, min(last, len(self.takes)))

    def x_of(self, ticks: float) -> float:
        """Where a tick is in the widget. [any]"""
        return self.head_px + self.grid.x_of(ticks)

    def ticks_at(self, x: float) -> float:
        """The tick at a place of the widget. [any]"""
        return self.grid.ticks_at(x - self.head_px)

    def with_takes(self, takes: tuple[Take, ...]) -> Lanes:
        """The takes as they are now; the keyboard stays in the one that it was in. [any]"""
        before = self.take
        files = [take.file for take in takes]
        focused = files.index(before.file) if before is not None and before.file in files else 0
        stays = before is not None and bool(takes) and takes[focused].file == before.file
        kept = self if stays else replace(self, cursor=None, drawn=None)
        return replace(kept, takes=takes, focused=focused).within()

    def scrolled(self, down_px: int) -> Lanes:
        """Moved along, as far as there is something. [any]"""
        return replace(self, top_px=self.top_px + down_px).within()

    def within(self) -> Lanes:
        """Not scrolled beyond the ends. [any]"""
        return replace(self, top_px=min(max(self.top_px, 0), max(self.whole_px - self.height_px, 0)))

    def focus(self, lane: int) -> Lanes:
        """The keyboard in another lane, which comes into sight. [any]"""
        if not self.takes:
            return self
        lane = min(max(lane, 0), len(self.takes) - 1)
        other = self if lane == self.focused else replace(self, drawn=None)
        top, bottom = lane * LANE_PX, (lane + 1) * LANE_PX
        top_px = min(max(self.top_px, bottom - self.height_px), top)
        return replace(other, focused=lane, top_px=top_px).within()

    def swiped(self, from_ticks: int, to_ticks: int) -> Lanes:
        """A range drawn from one tick to another, in either direction. [any]"""
        low, high = sorted((max(from_ticks, 0), max(to_ticks, 0)))
        return replace(self, drawn=Span(low, high) if low < high else None)

    def is_swipe(self, from_x: float, to_x: float) -> bool:
        """Whether a hand moved far enough to mean it. [any]"""
        return abs(to_x - from_x) >= _LEAST_SWIPE_PX


def whole_of(take: Take) -> Span:
    """All of a take. [any]"""
    return Span(take.start_ticks, max(take.end_ticks, take.start_ticks + 1))
