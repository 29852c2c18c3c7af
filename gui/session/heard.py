"""Which notes were heard, out of single events: a key goes down, bends, swells, and goes up.

Events in, one by one in their order, as the engine numbers their kinds; notes in seconds out, ended or sounding still.
Bend, pressure and timbre of a channel are those of each note that sounds on it, from the moment it begins. Not a value:
it belongs to one thread. [gui]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from score.events import TIMBRE_CONTROL

_ALL_CHANNELS = 0xFF
_MOST_POINTS = 1 << 16
"""Of one note: half of them are forgotten when a drone of hours has more."""

Points = tuple[tuple[float, float], ...]


class Kinds(NamedTuple):
    """The numbers by which `realtime.events` calls what happens. [any]"""

    note_on: int = 1
    note_off: int = 2
    bend: int = 3
    pressure: int = 4
    key_pressure: int = 5
    control: int = 6
    notes_off: int = 8
    silence: int = 9


class Heard(NamedTuple):
    """A note as it was played; points are (seconds, value), each holds until the next. [any]"""

    source: int
    channel: int
    key: int
    velocity: float
    release: float
    start_s: float
    end_s: float
    bends_st: Points
    pressures: Points
    timbres: Points


class Move(NamedTuple):
    """A controller moved, which belongs to no single note. [any]"""

    source: int
    at_s: float
    channel: int
    number: int
    value: float


@dataclass
class _Sounding:
    velocity: float
    start_s: float
    bends_st: list[tuple[float, float]] = field(default_factory=list)
    pressures: list[tuple[float, float]] = field(default_factory=list)
    timbres: list[tuple[float, float]] = field(default_factory=list)


_Key = tuple[int, int, int]


class Hands:
    """Pairs the beginnings and ends of notes. [gui]"""

    def __init__(self, kinds: Kinds) -> None:
        self.ended: list[Heard] = []
        self.moves: list[Move] = []
        self._kinds = kinds
        self._sounding: dict[_Key, _Sounding] = {}
        self._stands: dict[tuple[int, int, str], float] = {}
        """How far each channel of each source is bent, pressed and coloured."""

    def take(self, at_s: float, value: float, kind: int, channel: int, number: int, source: int) -> None:
        """One more event. [gui]"""
        kinds = self._kinds
        if kind == kinds.note_on:
            self._begin((source, channel, number), at_s, value)
        elif kind == kinds.note_off:
            self._end((source, channel, number), at_s, value)
        elif kind == kinds.bend:
            self._move(source, channel, "bends_st", at_s, value)
        elif kind == kinds.pressure:
            self._move(source, channel, "pressures", at_s, value)
        elif kind == kinds.key_pressure:
            note = self._sounding.get((source, channel, number))
            if note is not None:
                _put(note.pressures, at_s, value)
        elif kind == kinds.control and number == TIMBRE_CONTROL:
            self._move(source, channel, "timbres", at_s, value)
        elif kind == kinds.control and number < 128:
            self.moves.append(Move(source, at_s, channel, number, value))
        elif kind in (kinds.notes_off, kinds.silence):
            for key in [key for key in self._sounding if channel in (key[1], _ALL_CHANNELS)]:
                self._end(key, at_s, 0.5)

    def sounding(self, now_s: float) -> tuple[Heard, ...]:
        """The notes that have not ended, up to now. [gui]"""
        return tuple(_heard(key, note, now_s, 0.5) for key, note in self._sounding.items())

    def forget_ended(self) -> None:
        """Keep only what sounds. [gui]"""
        self.ended.clear()
        self.moves.clear()

    def _begin(self, key: _Key, at_s: float, velocity: float) -> None:
        self._end(key, at_s, 0.5)  # a key that goes down twice was up in between
        for (source, channel, _), other in self._sounding.items():
            if (source, channel) == key[:2] and other.bends_st and other.bends_st[-1][0] == at_s:
                other.bends_st.pop()  # told for the note that begins, while the one that it slurs from still sounds
        note = _Sounding(velocity, at_s)
        for name in ("bends_st", "pressures", "timbres"):
            stands = self._stands.get((key[0], key[1], name))
            if stands is not None:
                getattr(note, name).append((at_s, stands))
        self._sounding[key] = note

    def _end(self, key: _Key, at_s: float, release: float) -> None:
        note = self._sounding.pop(key, None)
        if note is not None and at_s > note.start_s:
            self.ended.append(_heard(key, note, at_s, release))

    def _move(self, source: int, channel: int, name: str, at_s: float, value: float) -> None:
        for each in range(16) if channel == _ALL_CHANNELS else (channel,):
            self._stands[source, each, name] = value
        for key, note in self._sounding.items():
            if key[0] == source and channel in (key[1], _ALL_CHANNELS):
                _put(getattr(note, name), at_s, value)


def _put(points: list[tuple[float, float]], at_s: float, value: float) -> None:
    if points and points[-1][0] == at_s:
        points.pop()
    points.append((at_s, value))
    if len(points) > _MOST_POINTS:
        del points[: _MOST_POINTS // 2]


def _heard(key: _Key, note: _Sounding, end_s: float, release: float) -> Heard:
    """What is told at the very end of a note is meant for the one that follows."""
    curves = tuple(
        tuple(point for n, point in enumerate(points) if n == 0 or point[0] < end_s)
        for points in (note.bends_st, note.pressures, note.timbres)
    )
    bends_st, pressures, timbres = curves
    ends_s = max(end_s, note.start_s)
    return Heard(*key, note.velocity, release, note.start_s, ends_s, bends_st, pressures, timbres)
