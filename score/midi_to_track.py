"""A track of a MIDI file as notes and events: starts paired with ends, and what moves one note given to that note.

mido messages in (see `score.midi_bytes`), a `TrackRead` out. Safe on any thread. Nothing is dropped in silence: what
could not be taken as it stands is counted in `odd`, in words for the user.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from score.events import (
    METER,
    NAME,
    TEMPO,
    TIMBRE_CONTROL,
    Bend,
    Control,
    Event,
    KeyPressure,
    Meta,
    Pressure,
    ProgramChange,
    Sysex,
    is_meter,
    words,
)
from score.midi_private import Promise, understand
from score.mpe import zones_told
from score.note import LAST_TICK, NEUTRAL_BEND_ST, NEUTRAL_PRESSURE, NEUTRAL_TIMBRE, Note
from score.tempo import Meter, Tempo
from score.zone import Zone

NEUTRAL: dict[str, float] = {"bend_st": NEUTRAL_BEND_ST, "pressure": NEUTRAL_PRESSURE, "timbre": NEUTRAL_TIMBRE}
Curves = dict[str, list[tuple[int, float]]]


class Key(NamedTuple):
    """A key goes down, or up (`is_down` False). [any]"""

    ticks: int
    channel: int
    pitch: int
    velocity: int
    is_down: bool


@dataclass
class TrackRead:
    """What a track of a file holds. [any]"""

    names: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    zones: tuple[Zone, ...] = ()
    end_ticks: int = 0
    odd: Counter[str] = field(default_factory=Counter)

    @property
    def is_for_the_piece(self) -> bool:
        """Whether nothing in it is meant for an instrument: then it holds for all tracks. [any]"""
        return not self.notes and all(isinstance(event, Meta | Sysex) for event in self.events)


@dataclass(slots=True)
class _Sounding:
    """A note that has begun and has not ended."""

    place: int
    key: Key
    promise: Promise | None
    curves: Curves


def sort_out(messages: Iterable[Any], items: list[Event | Key], track: TrackRead, most_names: int) -> None:
    """Messages as events and keys, appended one by one, so that what came before a fault is there. [any]

    A track of type 0 can have two names: the piece's, then its own.
    """
    for message in messages:
        item = _item(message)
        if isinstance(item, Meta) and item.kind == NAME and item.ticks == 0 and len(track.names) < most_names:
            track.names.append(words(item.data))
        elif isinstance(item, Tempo):
            track.tempos.append(item)
        elif isinstance(item, Meter):
            track.meters.append(item)
        else:
            items.append(item)


def give_to_notes(items: Sequence[Event | Key], track: TrackRead, zones_elsewhere: Sequence[Zone] = ()) -> None:
    """Fills in notes, events and zones; a zone told by the piece holds where the track tells none. [any]"""
    begins = min((item.ticks for item in items if isinstance(item, Key) and item.is_down), default=LAST_TICK)
    # All that falls on the first note's tick is as early as it: in what order a file tells them, it need not keep.
    before = [(place, item) for place, item in enumerate(items) if not isinstance(item, Key) and item.ticks <= begins]
    told, spent_there = zones_told([item for _, item in before])
    spent = {before[n][0] for n in spent_there}
    track.zones = told or tuple(zones_elsewhere)
    pairing = _Pairing(track)
    for place, item in enumerate(items):
        if place not in spent:
            pairing.take(item)
    pairing.finish(items)


class _Pairing:
    def __init__(self, track: TrackRead) -> None:
        self.track = track
        self.notes: list[Note | None] = []
        self.zone_of = {member: zone for zone in track.zones for member in zone.members}
        self.state: dict[int, dict[str, float]] = {member: dict(NEUTRAL) for member in self.zone_of}
        self.sounding: dict[tuple[int, int], deque[_Sounding]] = defaultdict(deque)
        self.on_channel: dict[int, dict[int, _Sounding]] = defaultdict(dict)
        self.unheard: dict[tuple[int, str], float] = {}
        self.promises: dict[tuple[int, int, int], Promise] = {}

    def take(self, item: Event | Key) -> None:
        if isinstance(item, Key):
            if item.is_down:
                self._start(item)
            else:
                self._end(item)
            return
        if isinstance(item, Meta):
            promised = understand(item)
            if promised is not None and promised.note.channel not in self.zone_of:
                if promised.note.muted:
                    self.notes.append(promised.note)
                else:
                    self.promises[item.ticks, promised.sounds_on, promised.note.pitch] = promised
                return
        elif isinstance(item, Bend | Pressure | Control) and item.channel in self.zone_of:
            moved = self._moved(item)
            if moved is not None:
                self._move(item.channel, item.ticks, *moved)
                return
        self.track.events.append(item)

    def finish(self, items: Sequence[Event | Key]) -> None:
        """Ends what never ended, and puts all notes in the order in which they began."""
        hanging = [note for notes in self.sounding.values() for note in notes]
        if hanging:
            self.track.odd["a note had no end and was given one"] += len(hanging)
            strokes: dict[tuple[int, int], list[int]] = defaultdict(list)
            for item in items:
                if isinstance(item, Key) and item.is_down:
                    strokes[item.channel, item.pitch].append(item.ticks)
            for sounding in hanging:
                key = sounding.key
                ticks = strokes[key.channel, key.pitch]
                # The next stroke of the key would have ended it on any instrument.
                after = bisect_right(ticks, key.ticks)
                end_ticks = ticks[after] if after < len(ticks) else max(self.track.end_ticks, key.ticks)
                self._close(sounding, end_ticks, 64)
        for (_, name), value in self.unheard.items():
            self._leave_out(name, value)
        if self.promises:
            changed = "a note had been changed by a program that does not know what Vocello said of it"
            self.track.odd[changed] += len(self.promises)
        self.track.notes = [note for note in self.notes if note is not None]

    def _start(self, key: Key) -> None:
        curves = {name: [(0, value)] for name, value in self.state.get(key.channel, {}).items()}
        promised = self.promises.pop((key.ticks, key.channel, key.pitch), None)
        sounding = _Sounding(len(self.notes), key, promised, curves)
        self.notes.append(None)
        self.sounding[key.channel, key.pitch].append(sounding)
        for name in curves:
            self.unheard.pop((key.channel, name), None)
        if curves:
            self.on_channel[key.channel][sounding.place] = sounding

    def _end(self, key: Key) -> None:
        waiting = self.sounding.get((key.channel, key.pitch))
        if not waiting:
            self.track.odd["an end belonged to no note and was left out"] += 1
            return
        self._close(waiting.popleft(), key.ticks, key.velocity)

    def _close(self, sounding: _Sounding, end_ticks: int, release_velocity: int) -> None:
        key = sounding.key
        self.on_channel[key.channel].pop(sounding.place, None)
        if sounding.promise is not None:
            self.notes[sounding.place] = sounding.promise.note
            return
        if end_ticks <= key.ticks:
            self.track.odd["a note had no length and was given one tick"] += 1
        start = min(key.ticks, LAST_TICK - 1)
        duration = max(1, end_ticks - start)
        zone = self.zone_of.get(key.channel)
        self.notes[sounding.place] = Note(
            start,
            duration,
            key.pitch,
            key.velocity,
            key.channel if zone is None else zone.master,
            release_velocity,
            **{
                name: tuple(point for point in points if point[0] <= duration)
                for name, points in sounding.curves.items()
            },  # type: ignore[arg-type]
        )

    def _moved(self, event: Bend | Pressure | Control) -> tuple[str, float] | None:
        if isinstance(event, Bend):
            return "bend_st", self.zone_of[event.channel].bend_st(event.value)
        if isinstance(event, Pressure):
            return "pressure", event.value
        return ("timbre", event.value) if event.number == TIMBRE_CONTROL else None

    def _move(self, channel: int, ticks: int, name: str, value: float) -> None:
        self.state[channel][name] = value
        if not self.on_channel[channel]:
            # It may be how the next note begins; two of them in a row, and the first moved nothing but a dying sound.
            if (channel, name) in self.unheard:
                self._leave_out(name, self.unheard[channel, name])
            self.unheard[channel, name] = value
        for sounding in self.on_channel[channel].values():
            points, offset = sounding.curves[name], ticks - sounding.key.ticks
            if points[-1][0] == offset:
                points.pop()
            points.append((offset, value))

    def _leave_out(self, name: str, value: float) -> None:
        if value != NEUTRAL[name]:
            self.track.odd["a bend, pressure or timbre came when its note had ended and was left out"] += 1


def _item(message: Any) -> Event | Key | Tempo | Meter:
    time = message.time
    match message.type:
        case "note_on" if message.velocity > 0:
            return Key(time, message.channel, message.note, message.velocity, True)
        case "note_on":
            return Key(time, message.channel, message.note, 64, False)
        case "note_off":
            return Key(time, message.channel, message.note, message.velocity, False)
        case "control_change":
            return Control(time, message.channel, message.control, message.value)
        case "pitchwheel":
            return Bend(time, message.channel, message.pitch)
        case "aftertouch":
            return Pressure(time, message.channel, message.value)
        case "polytouch":
            return KeyPressure(time, message.channel, message.note, message.value)
        case "program_change":
            return ProgramChange(time, message.channel, message.program)
    if message.status != 0xFF:
        return Sysex(time, message.data, message.status == 0xF7)
    kind, data = message.kind, message.data
    if kind == TEMPO and len(data) == 3 and any(data):
        return Tempo(time, int.from_bytes(data, "big"))
    if kind == METER and is_meter(data):
        return Meter(time, data[0], 1 << data[1], data[2], data[3])
    return Meta(time, kind, data)
