"""What a gesture is told, and what it may answer: the scene before the hand, and the outcomes of what it did.

Values only, and no Qt: a gesture can be played to the roll by a test as by a mouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, NamedTuple

from gui.roll.grid import Grid
from gui.roll.kinds import Kind, value_at_y
from gui.roll.layout import Layout, Region
from gui.roll.snap import Snap
from gui.theme.metrics import TOUCH_PX
from score.edits import Edit
from score.harmony.scales import Scale
from score.note import Note
from score.notes import Notes
from score.operations.drawing import Shape
from score.score import Score, Track

_REACH_PX = 8.0
FEW = 512
"""So many notes are looked up one by one; of more, only those in the window."""


class Tool(Enum):
    """What the left button does in the field of notes. [any]"""

    SELECT = "select"
    DRAW = "draw"
    SPLIT = "split"
    ERASE = "erase"
    GLUE = "glue"
    PITCH = "pitch"
    """The pitch within a note is drawn, and its drift and its vibrato are pulled."""


class Handle(Enum):
    """What of a note's pitch is pulled. [any]"""

    DRIFT = "drift"
    VIBRATO = "vibrato"
    STRAIGHT = "straight"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A correction that somebody proposes: a note that is added, removed, or changed into another. [any]"""

    kind: Literal["added", "removed", "moved"]
    before: Note | None = None
    after: Note | None = None


class Button(Enum):
    """Which button went down. [any]"""

    LEFT = "left"
    RIGHT = "right"
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class At:
    """Where the hand is, in pixels of the widget, and which keys it holds. [any]"""

    x: float
    y: float
    button: Button = Button.LEFT
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    space: bool = False
    by_touch: bool = False

    @property
    def reach_px(self) -> float:
        """From so far it takes hold of a line or of a head. [any]"""
        return TOUCH_PX / 2 if self.by_touch else _REACH_PX


@dataclass(frozen=True, slots=True)
class Loop:
    """A part of the piece, as the ruler shows it. [any]"""

    start_ticks: int
    end_ticks: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """The parts that are drawn in the ruler. [any]"""

    loop: Loop | None = None
    """It is played again and again."""
    punch: Loop | None = None
    """Only in it is recorded."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a gesture can see. [any]"""

    score: Score
    track_id: int
    grid: Grid
    layout: Layout
    snap: Snap = field(default_factory=Snap)
    picked: frozenset[int] = frozenset()
    playhead_ticks: int = 0
    ranges: Ranges = Ranges()
    scale: Scale | None = None
    """To which notes are led while they are drawn and moved."""
    shape: Shape = "pencil"
    """What is drawn into lanes."""
    only_picked: bool = False
    """Whether lanes show selected notes only, where any are."""
    stretch: tuple[int, int] | None = None
    """From where to where the selected notes reach, where they can be stretched together."""
    proposals: tuple[Proposal, ...] = ()

    @property
    def track(self) -> Track | None:
        """The track under the hand, if there is one. [any]"""
        return next((track for track in self.score.tracks if track.id == self.track_id), None)

    @property
    def notes(self) -> Notes:
        """Its notes. [any]"""
        track = self.track
        return Notes() if track is None else track.notes

    def having(self, ids: frozenset[int]) -> list[Note]:
        """The notes with these ids that are still there, in the order they start. [any]"""
        notes = self.notes
        if len(ids) > FEW and 4 * len(ids) > len(notes):
            return [note for note in notes if note.id in ids]
        found = [note for note_id in ids if (note := notes.get(note_id)) is not None]
        return sorted(found, key=lambda note: (note.start_ticks, note.pitch, note.id))

    def seen(self, ids: frozenset[int], later_ticks: int = 0) -> list[Note]:
        """Those in the window, or that would be if they were later by so much: what a preview needs. [any]"""
        if len(ids) <= FEW:
            return self.having(ids)
        first, last = self.grid.visible_ticks()
        shown = self.notes.between(max(0, first - max(0, later_ticks)), last + max(0, -later_ticks))
        # Among so many nobody follows a curve, and to check each again would take longer than to draw them.
        return [
            Note(note.start_ticks, note.duration_ticks, note.pitch, note.velocity, muted=note.muted, id=note.id)
            for note in shown
            if note.id in ids
        ]

    def region(self, at: At) -> Region:
        """What lies under the hand. [any]"""
        return self.layout.region(at.x, at.y)

    def ticks(self, at: At) -> float:
        """The time under the hand. [any]"""
        return self.grid.ticks_at(at.x - self.layout.notes.x)

    def row(self, at: At) -> float:
        """The row under the hand, counted from the top. [any]"""
        return (at.y - self.layout.notes.y + self.grid.top_px) / self.grid.row_px

    def pitch(self, at: At) -> int:
        """The pitch under the hand. [any]"""
        return self.grid.rows.pitch_at(self.row(at))

    def snapping(self, at: At) -> Snap:
        """How the hand is led: not at all while Alt is held. [any]"""
        return replace(self.snap, is_on=self.snap.is_on and not at.alt)

    def leading(self, at: At) -> Scale | None:
        """The scale that the hand is led to: none while Alt is held. [any]"""
        return None if at.alt else self.scale

    def led_pitch(self, at: At) -> int:
        """The pitch under the hand, on the scale where it is led to one. [any]"""
        scale = self.leading(at)
        return self.pitch(at) if scale is None else scale.nearest(self.pitch(at))

    def value(self, kind: Kind, at: At) -> float:
        """The value in a lane at the height of the hand. [any]"""
        rect = self.layout.lane_of(kind)
        return value_at_y(kind, rect.y, rect.height, at.y)

    def nearest(self, ticks: float, at: At) -> int:
        """The time on the grid that is nearest. [any]"""
        return self.snapping(at).nearest(ticks, self.score.tempo, self.grid.px_per_tick)

    def step_ticks(self, ticks: int) -> int:
        """How long one step of the grid is there. [any]"""
        return self.snap.length(ticks, self.score.tempo, self.grid.px_per_tick)


class Pick(NamedTuple):
    """These notes are selected from now on. [any]"""

    ids: frozenset[int]


class Audition(NamedTuple):
    """A pitch is to be heard, or no longer. [any]"""

    pitch: int
    is_on: bool


class Place(NamedTuple):
    """The playhead is put there. [any]"""

    ticks: int


class SetRanges(NamedTuple):
    """The loop and the punched part are these now. [any]"""

    ranges: Ranges
    goes_on: bool = False
    """Whether the same hand drew them just before."""


class Scroll(NamedTuple):
    """The window moves over the piece. [any]"""

    right_px: float
    down_px: float


class Menu(NamedTuple):
    """The hand asks what can be done here. [any]"""

    x: float
    y: float


class LaneMenu(NamedTuple):
    """The hand asks what can be done with a lane. [any]"""

    kind: Kind
    x: float
    y: float


class SizeLane(NamedTuple):
    """A lane is made so high. [any]"""

    kind: Kind
    height_px: int


class TakeProposal(NamedTuple):
    """A proposed correction is accepted. [any]"""

    place: int


class PickNew(NamedTuple):
    """The notes that the edit before it brought are selected, once they have their ids. [any]"""


Outcome = Edit | Pick | PickNew | Audition | Place | SetRanges | Scroll | Menu | LaneMenu | SizeLane | TakeProposal
Outcomes = Iterator[Outcome]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is drawn while a gesture goes on; the score has not changed yet. [any]"""

    hidden: frozenset[int] = frozenset()
    """Notes that are drawn elsewhere, or will be gone."""
    notes: tuple[Note, ...] = ()
    """Notes as they would be."""
    outline: tuple[tuple[float, float], ...] = ()
    """A box or a lasso, as (ticks, rows from the top): it stays where it is in the piece while the window scrolls."""
    cut_ticks: int | None = None
    cut_pitches: tuple[int, ...] = field(default=())
    words: str = ""
    """What it comes to, said beside the hand."""
    lane: Kind | None = None
    """The lane into which a stroke goes, or in which a time is emptied."""
    stroke: tuple[tuple[float, float], ...] = ()
    cleared: tuple[float, float] | None = None
    handled: Note | None = None
    """The note whose pitch can be pulled by handles, and the handle under the hand."""
    handle: Handle | None = None
    proposal: int | None = None
    """The proposed correction under the hand."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw. [any]"""
        return self == NOTHING


NOTHING = Preview()
