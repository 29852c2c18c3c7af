"""Lanes of a track: what a controller, the pitch wheel or the pressure of a channel does, drawn, ramped and thinned.

A Score and a lane in, an Edit or None out; pure values, safe on any thread. An event holds until the next of its lane.
Outside the drawn time nothing changes, except that the last value drawn may hold until the next event, as one means it
when one draws a crescendo.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from score.edits import ChangeEvents, Edit
from score.errors import EditError
from score.events import Bend, Control, Event, Pressure
from score.note import LAST_TICK, counted
from score.operations.curves import nearest
from score.operations.drawing import Stroke
from score.operations.smoothing import stairs
from score.score import Score, Track

LaneEvent = Control | Bend | Pressure
Value = tuple[int, int]
"""A tick, and what holds from there on."""

_MIDDLE = {8: 64, 10: 64, 71: 64, 72: 64, 73: 64, 74: 64, 75: 64, 76: 64, 77: 64, 78: 64}  # balance, pan, sound
_FULL = {7: 100, 11: 127}
_MOST_EVENTS = 4096


@dataclass(frozen=True, slots=True)
class Lane:
    """One thing that a channel of a track can do beside its notes. [any]"""

    kind: Literal["control", "bend", "pressure"] = "control"
    channel: int = 0
    number: int = 1
    """Of the controller; the other kinds have none."""

    def __post_init__(self) -> None:
        if self.kind not in ("control", "bend", "pressure"):
            raise EditError(f"There is no lane of {self.kind!r}.", "Give control, bend or pressure.")
        self.event(0, self.neutral)  # refuses a channel or number that none can have

    @property
    def lowest(self) -> int:
        """The least value of an event in it. [any]"""
        return -8192 if self.kind == "bend" else 0

    @property
    def highest(self) -> int:
        """The greatest value of an event in it. [any]"""
        return 8191 if self.kind == "bend" else 127

    @property
    def neutral(self) -> int:
        """What holds where nothing was said yet, as instruments reset. [any]"""
        return _FULL.get(self.number, _MIDDLE.get(self.number, 0)) if self.kind == "control" else 0

    def event(self, ticks: int, value: int) -> LaneEvent:
        """An event of it. [any]"""
        if self.kind == "control":
            return Control(ticks, self.channel, self.number, value)
        return Bend(ticks, self.channel, value) if self.kind == "bend" else Pressure(ticks, self.channel, value)

    def holds(self, event: Event) -> bool:
        """Whether an event is one of it. [any]"""
        if self.kind == "control":
            return isinstance(event, Control) and event.channel == self.channel and event.number == self.number
        return isinstance(event, Bend if self.kind == "bend" else Pressure) and event.channel == self.channel

    def events(self, track: Track, start_ticks: int = 0, end_ticks: int = LAST_TICK + 1) -> tuple[LaneEvent, ...]:
        """Its events from one tick to before another. [any]"""
        first = bisect_left(track.events, start_ticks, key=lambda event: event.ticks)
        last = bisect_left(track.events, end_ticks, key=lambda event: event.ticks)
        return tuple(event for event in track.events[first:last] if self.holds(event))  # type: ignore[misc]

    def values(self, track: Track) -> tuple[Value, ...]:
        """Its values, each with the tick from which it holds; of several at a tick the last. [any]"""
        return tuple({event.ticks: event.value for event in self.events(track)}.items())

    def value(self, track: Track, ticks: int) -> int:
        """What holds at a tick. [any]"""
        before = self.events(track, 0, ticks + 1)
        return before[-1].value if before else self.neutral


@dataclass(frozen=True, slots=True)
class DrawLane:
    """A stroke into a lane, in place of what was there. [any]"""

    lane: Lane
    stroke: Stroke
    tolerance: float = 0.5
    """In percent of the range: what is nearer to the shape is the hand's tremble."""
    last_value_holds: bool = True
    """Until the next event; else what held before returns behind the stroke."""

    def edit(self, score: Score, track_id: int) -> Edit | None:
        """The lane with the stroke in it, as one edit. [any]"""
        lane, track = self.lane, score.track(track_id)
        percent = (lane.highest - lane.lowest) / 100
        start, end = max(0, self.stroke.start_ticks), min(LAST_TICK, self.stroke.end_ticks)
        if end < start:
            return None
        path = self.stroke.simplified(self.tolerance * percent, _MOST_EVENTS).path()
        path = (
            (start, self.stroke.value(start)),
            *(p for p in path if start < p[0] < end),
            (end, self.stroke.value(end)),
        )
        step = 1.0 if lane.kind != "bend" else 16.0  # a full wheel of two semitones moves by 0.4 cents
        drawn = {
            ticks: max(lane.lowest, min(lane.highest, nearest(value)))
            for ticks, value in stairs(path, step, _MOST_EVENTS)
            if start <= ticks <= end
        }
        for ticks in (start, end):  # in a stroke of few ticks other points are rounded onto these
            drawn[ticks] = max(lane.lowest, min(lane.highest, nearest(self.stroke.value(ticks))))
        if not self.last_value_holds and end < LAST_TICK and not lane.events(track, end + 1, end + 2):
            drawn[end + 1] = lane.value(track, end)
        return _replaced(f"Draw {_said(lane)}", lane, track, start, end + 1, tuple(sorted(drawn.items())))


@dataclass(frozen=True, slots=True)
class ScaleLane:
    """What is in a lane from one tick to before another, made larger or smaller, evenly or along a ramp. [any]"""

    lane: Lane
    start_ticks: int
    end_ticks: int
    first: float = 1.0
    last: float = 1.0
    about: int | None = None
    """The value that stays: that of rest for a bend, else 0."""

    def edit(self, score: Score, track_id: int) -> Edit | None:
        """The lane scaled, as one edit. [any]"""
        lane, track = self.lane, score.track(track_id)
        about = (lane.neutral if lane.kind == "bend" else 0) if self.about is None else self.about
        span = max(1, self.end_ticks - self.start_ticks)

        def scaled(event: LaneEvent) -> int:
            factor = self.first + (self.last - self.first) * (event.ticks - self.start_ticks) / span
            return max(lane.lowest, min(lane.highest, nearest(about + factor * (event.value - about))))

        events = lane.events(track, self.start_ticks, self.end_ticks)
        values = tuple((event.ticks, scaled(event)) for event in events)
        return _replaced(f"Scale {_said(lane)}", lane, track, self.start_ticks, self.end_ticks, values, repeats=True)


@dataclass(frozen=True, slots=True)
class ThinOut:
    """Fewer events, that say nearly the same: a wheel of hardware sends hundreds a second. [any]"""

    lane: Lane
    start_ticks: int = 0
    end_ticks: int = LAST_TICK + 1
    percent: float = 1.0
    """Of the range: a smaller step goes."""

    def edit(self, score: Score, track_id: int) -> Edit | None:
        """The lane with fewer events, as one edit. [any]"""
        lane, track = self.lane, score.track(track_id)
        events = lane.events(track, self.start_ticks, self.end_ticks)
        most = self.percent * (lane.highest - lane.lowest) / 100
        kept: list[Value] = []
        for event, following in zip_longest(events, events[1:]):
            if following is not None and following.ticks == event.ticks:
                continue  # it holds for no time at all
            # The last one stays: it holds for longer than all the others.
            if not kept or abs(event.value - kept[-1][1]) > most or (following is None and event.value != kept[-1][1]):
                kept.append((event.ticks, event.value))
        if len(kept) == len(events):
            return None
        name = f"Thin out {counted(len(events), 'event')}"
        return _replaced(name, lane, track, self.start_ticks, self.end_ticks, kept, repeats=True)


@dataclass(frozen=True, slots=True)
class ClearLane:
    """Nothing in a lane from one tick to before another. [any]"""

    lane: Lane
    start_ticks: int = 0
    end_ticks: int = LAST_TICK + 1

    def edit(self, score: Score, track_id: int) -> Edit | None:
        """The lane without these events, as one edit. [any]"""
        return _replaced(
            f"Clear {_said(self.lane)}", self.lane, score.track(track_id), self.start_ticks, self.end_ticks, ()
        )


def lanes_of(track: Track) -> list[Lane]:
    """The lanes in which something is, wheel and pressure first, then controllers by number. [any]"""
    found: set[tuple[str, int, int]] = set()
    for event in track.events:
        if isinstance(event, Control):
            found.add(("control", event.channel, event.number))
        elif isinstance(event, Bend | Pressure):
            found.add(("bend" if isinstance(event, Bend) else "pressure", event.channel, 1))
    ordered = sorted(found, key=lambda lane: (lane[1], lane[0] == "control", lane[0] == "pressure", lane[2]))
    return [Lane(kind, channel, number) for kind, channel, number in ordered]  # type: ignore[arg-type]


def _replaced(
    name: str, lane: Lane, track: Track, start: int, end: int, values: Sequence[Value], repeats: bool = False
) -> Edit | None:
    """These values in place of all that the lane holds there; a value that changes nothing is not said again."""
    gone = lane.events(track, start, end)
    new: list[LaneEvent] = []
    for ticks, value in values:
        if repeats or not new or value != new[-1].value:
            new.append(lane.event(ticks, value))
    return ChangeEvents(track.id, gone, tuple(new), name) if gone != tuple(new) else None


def _said(lane: Lane) -> str:
    return f"controller {lane.number}" if lane.kind == "control" else lane.kind
