"""Where a tick and a pitch lie on the screen, and back: the only place that knows pixels of time and of pitch.

A Grid is a value: scrolling and zooming give another one. x and y are pixels from the upper left corner of the field of
notes. Pure, safe on any thread; nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import floor

from gui.roll.scale import Key
from score.note import LAST_TICK

LEAST_ROW_PX, MOST_ROW_PX = 3.0, 48.0
LEAST_PX_PER_TICK, MOST_PX_PER_TICK = 2.0**-16, 8.0
"""A piece of hours in one window, or single ticks that a hand can hit."""

ALL_PITCHES = tuple(range(127, -1, -1))


@dataclass(frozen=True, slots=True)
class Rows:
    """The pitches that have a row, from the top; a pitch between two of them lies on the line between them. [any]"""

    pitches: tuple[int, ...] = ALL_PITCHES
    places: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """The row of every pitch, from 0 to 127."""

    def __post_init__(self) -> None:
        row_of = {pitch: float(row) for row, pitch in enumerate(self.pitches)}
        places, below = [], float(len(self.pitches))
        for pitch in range(128):
            below = row_of.get(pitch, below)
            places.append(below if pitch in row_of else below - 0.5)
        object.__setattr__(self, "places", tuple(places))

    @staticmethod
    def folded(key: Key, used: Iterable[int]) -> Rows:
        """Only the rows of a key, and those with a note all the same: no note is ever out of sight. [any]"""
        kept = set(used)
        return Rows(tuple(pitch for pitch in ALL_PITCHES if key.has(pitch) or pitch in kept))

    def __len__(self) -> int:
        return len(self.pitches)

    def place(self, pitch: float) -> float:
        """The row of a pitch, counted from the top; between rows for what lies between pitches. [any]"""
        low = min(max(floor(pitch), 0), 126)
        part = pitch - low
        return self.places[low] + (self.places[low + 1] - self.places[low]) * part

    def pitch_at(self, row: float) -> int:
        """The pitch of the row that a place lies in; the nearest one beyond the ends. [any]"""
        return self.pitches[min(max(floor(row), 0), len(self.pitches) - 1)]


@dataclass(frozen=True, slots=True)
class Grid:
    """What part of a track is seen, and how large. [any]"""

    width_px: float = 800.0
    height_px: float = 480.0
    px_per_tick: float = 0.1
    row_px: float = 16.0
    left_px: float = 0.0
    """How far it is scrolled: pixels from tick 0, and from the top row."""
    top_px: float = 0.0
    rows: Rows = Rows()
    end_ticks: int = 0
    """Where the piece ends; one can scroll a little beyond, to go on writing."""

    def x_of(self, ticks: float) -> float:
        """Pixels from the left edge. [any]"""
        return ticks * self.px_per_tick - self.left_px

    def ticks_at(self, x: float) -> float:
        """The time at a place, fractions of a tick included; below 0 to the left of the beginning. [any]"""
        return (x + self.left_px) / self.px_per_tick

    def y_of(self, pitch: float) -> float:
        """The upper edge of the row of a pitch, pixels from the top. [any]"""
        return self.rows.place(pitch) * self.row_px - self.top_px

    def middle_of(self, pitch: float) -> float:
        """Where exactly this pitch is drawn: the middle of its row, or between two of them. [any]"""
        return self.y_of(pitch) + self.row_px / 2

    def pitch_at(self, y: float) -> int:
        """The pitch of the row at a place. [any]"""
        return self.rows.pitch_at((y + self.top_px) / self.row_px)

    def visible_ticks(self) -> tuple[int, int]:
        """The first tick that is seen, and the one after the last. [any]"""
        first = max(0, floor(self.ticks_at(0)))
        return first, max(first + 1, floor(self.ticks_at(self.width_px)) + 1)

    def visible_pitches(self) -> tuple[int, int]:
        """The lowest and the highest pitch that is seen. [any]"""
        return self.pitch_at(self.height_px - 1), self.pitch_at(0)

    @property
    def whole_width_px(self) -> float:
        """How far there is to scroll to: the piece, and most of a window after it. [any]"""
        return min(self.end_ticks, LAST_TICK) * self.px_per_tick + 0.75 * self.width_px

    @property
    def whole_height_px(self) -> float:
        """All rows, one under the other. [any]"""
        return len(self.rows) * self.row_px

    def scrolled(self, right_px: float = 0.0, down_px: float = 0.0) -> Grid:
        """Moved along by so many pixels, as far as there is something. [any]"""
        return replace(self, left_px=self.left_px + right_px, top_px=self.top_px + down_px).within()

    def resized(self, width_px: float, height_px: float) -> Grid:
        """In a window of another size. [any]"""
        return replace(self, width_px=max(1.0, width_px), height_px=max(1.0, height_px)).within()

    def zoomed(self, time: float = 1.0, pitch: float = 1.0, x: float = 0.0, y: float = 0.0) -> Grid:
        """Larger by these factors; what is under (x, y) stays there, where the edges allow it. [any]"""
        px_per_tick = min(max(self.px_per_tick * time, LEAST_PX_PER_TICK), MOST_PX_PER_TICK)
        row_px = min(max(self.row_px * pitch, LEAST_ROW_PX), MOST_ROW_PX)
        return replace(
            self,
            px_per_tick=px_per_tick,
            row_px=row_px,
            left_px=(x + self.left_px) * (px_per_tick / self.px_per_tick) - x,
            top_px=(y + self.top_px) * (row_px / self.row_px) - y,
        ).within()

    def with_rows(self, rows: Rows) -> Grid:
        """With other rows; the pitch in the middle of the window stays there. [any]"""
        held = self.pitch_at(self.height_px / 2)
        shift = self.y_of(held)
        other = replace(self, rows=rows)
        return other.scrolled(0.0, other.y_of(held) - shift)

    def lasting(self, end_ticks: int) -> Grid:
        """Over a piece of another length. [any]"""
        return replace(self, end_ticks=end_ticks).within()

    def showing(self, ticks: float, pitch: float | None = None, margin_px: float = 32.0) -> Grid:
        """Scrolled as little as is needed to see a time, and a pitch. [any]"""
        x = self.x_of(ticks)
        margin_x = min(margin_px, self.width_px / 4)
        right = min(0.0, x - margin_x) + max(0.0, x - (self.width_px - margin_x))
        down = 0.0
        if pitch is not None:
            y, margin_y = self.y_of(pitch), min(margin_px, self.height_px / 4)
            down = min(0.0, y - margin_y) + max(0.0, y + self.row_px - (self.height_px - margin_y))
        return self.scrolled(right, down)

    def fitted(self, start_ticks: int, end_ticks: int, lowest: int, highest: int) -> Grid:
        """All of this range in the window, with some room around it. [any]"""
        span = max(1, end_ticks - start_ticks)
        px_per_tick = min(max(0.92 * self.width_px / span, LEAST_PX_PER_TICK), MOST_PX_PER_TICK)
        rows = self.rows.place(lowest) - self.rows.place(highest) + 1
        row_px = float(min(max(floor(self.height_px / (rows + 4)), LEAST_ROW_PX), 20.0))
        left = start_ticks * px_per_tick - 0.04 * self.width_px
        top = (self.rows.place(highest) + rows / 2) * row_px - self.height_px / 2
        return replace(self, px_per_tick=px_per_tick, row_px=row_px, left_px=max(0.0, left), top_px=top).within()

    def within(self) -> Grid:
        """Scrolled no farther than to the edges. [any]"""
        left = min(max(self.left_px, 0.0), max(0.0, self.whole_width_px - self.width_px))
        top = min(max(self.top_px, 0.0), max(0.0, self.whole_height_px - self.height_px))
        return self if (left, top) == (self.left_px, self.top_px) else replace(self, left_px=left, top_px=top)
