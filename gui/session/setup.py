"""What a session knows beside its score: which instrument plays a track and how loud, key, loop, takes, the view.

Immutable values in and out; safe on any thread. A change is a value too, a name and a place and what shall stand
there, and applying it gives the change that takes it back: so one undo goes through notes and faders alike. Words that
only a later Vocello knows are kept in `others` and written again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from score.checked import read, shown
from score.errors import SessionError

_OTHERS = "others"
LOWEST_DB, HIGHEST_DB = -120.0, 24.0


@dataclass(frozen=True)
class SlotSetup:
    """An effect in a track's chain: its name there, who it is, whether it is on, and how much of it is heard. [any]"""

    name: str
    processor: str
    on: bool = True
    mix: float = 1.0
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _within(self.mix, 0.0, 1.0, f"The part of '{self.name}'")


@dataclass(frozen=True)
class LearnedSetup:
    """A controller that turns a parameter of a track's chain; without a channel, on each. [any]"""

    slot: str
    parameter: str
    controller: int
    channel: int | None = None
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrackSetup:
    """How a track sounds: by an instrument or a rack's file, or at a MIDI port. [any]"""

    instrument: str = "cello"
    rack: str = ""
    """The file that its instrument came from, where that is a whole rack."""
    port: str = ""
    channel: int = 0
    level_db: float = 0.0
    pan: float = 0.0
    """-1 is left, 1 is right."""
    muted: bool = False
    solo: bool = False
    armed: bool = False
    colour: str = ""
    sends: Mapping[str, float] = field(default_factory=dict)
    """To each effect that is shared, in dB."""
    rack_plan: Mapping[str, Any] = field(default_factory=dict)
    """What the rack's file said when it was chosen, so that a session needs nothing beside itself."""
    slots: tuple[SlotSetup, ...] = ()
    """The effects behind the instrument."""
    turned: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Parameters that are not as they come, by slot; the instrument is a slot called `instrument`."""
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What slots keep beside their parameters: a plugin's state."""
    learned: tuple[LearnedSetup, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _within(self.channel, 0, 15, "A track's channel")
        _within(self.level_db, LOWEST_DB, HIGHEST_DB, "A track's level, in dB,")
        _within(self.pan, -1.0, 1.0, "A track's pan")


@dataclass(frozen=True)
class Span:
    """A part of the piece, from a tick to before another. [any]"""

    start_ticks: int
    end_ticks: int
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.start_ticks < self.end_ticks:
            raise SessionError(f"Nothing lies from {self.start_ticks} to {self.end_ticks}.", "Give its start first.")


@dataclass(frozen=True)
class Take:
    """A recording in the folder: its file, where in the piece it begins, and of which track it is. [any]"""

    file: str
    track_id: int
    start_ticks: int = 0
    end_ticks: int = 0
    """Where it ends; 0 where nobody said."""
    name: str = ""
    """As its lane says it; the file's, if nothing else."""
    chosen: tuple[Span, ...] = ()
    """Where its notes are the ones that stand in the track."""
    note_ids: tuple[tuple[int, ...], ...] = ()
    """Which notes of the track came from it: ids in a row, each as the first and how many."""
    rejected: tuple[str, ...] = ()
    """What the second look at it would correct, and the hand would not: each correction by its key."""
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.file.split("/")
        if not self.file or "\\" in self.file or ":" in self.file or any(part in ("", ".", "..") for part in parts):
            raise SessionError(f"The take {self.file!r} is not inside the session.", "Name it as takes/NAME.flac.")
        if any(len(each) != 2 for each in self.note_ids):
            raise SessionError(f"The take {self.file!r} names its notes in a way nobody knows.", "Give [first, count].")

    @property
    def stem(self) -> str:
        """Its file without folder and ending: what belongs to it bears this name. [any]"""
        return self.file.rpartition("/")[2].rpartition(".")[0]


@dataclass(frozen=True)
class Loop:
    """The part that is played again and again. [any]"""

    start_ticks: int = 0
    end_ticks: int = 0
    on: bool = False
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.start_ticks <= self.end_ticks:
            raise SessionError(f"No loop goes from {self.start_ticks} to {self.end_ticks}.", "Give its start first.")


@dataclass(frozen=True)
class Key:
    """The key that the piece is in: its tonic from 0 (C) to 11 (B), and the name of a scale. [any]"""

    tonic: int = 0
    scale: str = "major"
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _within(self.tonic, 0, 11, "A tonic")


@dataclass(frozen=True)
class Setup:
    """All of a session but its notes. [any]"""

    name: str = ""
    tracks: Mapping[str, TrackSetup] = field(default_factory=dict)
    """By the track's id in the score, as a text; a track that is missing here is as a new one."""
    key: Key | None = None
    loop: Loop = field(default_factory=Loop)
    takes: tuple[Take, ...] = ()
    metronome: bool = False
    view: Mapping[str, Any] = field(default_factory=dict)
    """What the windows remember of themselves: zoom, place, which lanes are open."""
    others: Mapping[str, Any] = field(default_factory=dict)
    punch: Loop = field(default_factory=Loop)
    """The part in which is recorded, where it is on; around it music is only played."""
    master: TrackSetup = field(default_factory=TrackSetup)
    """Where all tracks meet: its effects and its level."""
    effects: Mapping[str, TrackSetup] = field(default_factory=dict)
    """Effects that tracks share by sending to them, by name; there is a reverb called `hall` without a word."""
    to_port: bool = True
    """Whether what instruments here play goes to our MIDI port as well, each track on a channel of its own."""

    def track(self, track_id: int) -> TrackSetup:
        """How a track of the score sounds. [any]"""
        return self.tracks.get(str(track_id)) or TrackSetup()


@dataclass(frozen=True)
class Change:
    """Something other than a note becomes another: `Change("Level", ("tracks", "3", "level_db"), -6.0)`.

    None takes out what stands there: a track's setup, a send; or makes it again as it comes. [any]
    """

    name: str
    place: tuple[str, ...]
    value: Any = None

    def plain(self) -> dict[str, Any]:
        """As a journal has it: a value says there what it would say in the session's file. [any]"""
        return {"name": self.name, "place": list(self.place), "value": _inner(self.value)}

    def take_files(self) -> frozenset[str]:
        """The files of the takes that it brings. [any]"""
        said = _inner(self.value) if self.place == ("takes",) else None
        return frozenset(each["file"] for each in said or ())

    def apply(self, setup: Setup) -> tuple[Setup, Change]:
        """The setup after it, and the change that leads back; SessionError where it makes no sense. [any]"""
        _refuse_strange(self.place)
        said: dict[str, Any] = written(setup)
        inner: Any = said
        made_at: int | None = None
        for n, word in enumerate(self.place[:-1], 1):
            if isinstance(inner, dict) and word not in inner:
                inner[word], made_at = {}, made_at or n
            inner = inner[word] if isinstance(inner, dict) else None
            if not isinstance(inner, dict):
                raise SessionError(f"{'.'.join(self.place[:n])} holds nothing that could change.")
        before = inner.pop(self.place[-1], None)
        if self.value is not None:
            inner[self.place[-1]] = _inner(self.value)
        # What had to be made around it goes again with it.
        return understood(said), Change(self.name, self.place[:made_at], before)


def written(setup: Any) -> dict[str, Any]:
    """A setup as a file has it: only what is not as it comes, and the words of later versions as they were. [any]"""
    said: dict[str, Any] = {}
    for each in fields(setup):
        value = getattr(setup, each.name)
        if each.name == _OTHERS or value == _usual(each):
            continue
        said[each.name] = _inner(value)
    return said | {name: value for name, value in setup.others.items() if name not in said}


def understood(said: Mapping[str, Any]) -> Setup:
    """The setup that a file describes; SessionError where it describes none. [any]"""
    setup: Setup = read(Setup, sorted_out(Setup, said), "session", SessionError)
    for track_id in setup.tracks:
        if not track_id.isdecimal():
            raise SessionError(f"session.tracks knows no {shown(track_id)}.", "Its words are the ids of tracks.")
    return setup


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _inner(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_inner(each) for each in value]
    if is_dataclass(value):
        return written(value)
    return value


def sorted_out(kind: Any, said: Any) -> Any:
    """The same with strange words among the `others`, where a class has room for them, however deep it lies. [any]"""
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(said, Mapping):
        hints = get_type_hints(kind)
        known = {name: sorted_out(hints[name], each) for name, each in said.items() if name in _known(kind)}
        strange = {name: each for name, each in said.items() if name not in known}
        return known | ({_OTHERS: strange} if strange else {})
    parts = get_args(kind)
    if get_origin(kind) in (Union, UnionType) and said is not None:
        return sorted_out(parts[0], said)
    if get_origin(kind) is tuple and isinstance(said, list):
        return [sorted_out(parts[0], each) for each in said]
    if parts and isinstance(said, dict) and is_dataclass(parts[-1]):
        return {name: sorted_out(parts[-1], each) for name, each in said.items()}
    return said


def _refuse_strange(place: tuple[str, ...]) -> None:
    """A file may bring words that this version does not know; a hand may not."""
    if not place:
        raise SessionError("A change does not say what changes.", "Give its place in the setup.")
    kind: Any = Setup
    for n, word in enumerate(place, 1):
        if isinstance(kind, type) and is_dataclass(kind):
            if word not in _known(kind):
                raise SessionError(f"A session knows no '{'.'.join(place[:n])}'.", f"Here: {', '.join(_known(kind))}.")
            kind = get_type_hints(kind)[word]
        else:
            parts = get_args(kind)
            kind = parts[-1] if parts and isinstance(parts[-1], type) else Any
        kind = get_args(kind)[0] if get_origin(kind) in (Union, UnionType) else kind


@cache
def _known(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name != _OTHERS)


def _usual(each: Any) -> Any:
    if each.default_factory is not dataclasses.MISSING:
        return each.default_factory()
    return each.default


def _within(value: float, low: float, high: float, what: str) -> None:
    if not low <= value <= high:
        raise SessionError(f"{what} cannot be {value}.", f"Give {low:g} to {high:g}.")
