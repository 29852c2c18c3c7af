"""MPE in MIDI files: which channels are handed to single notes, told by a file and told to one.

Events in, zones out, and back; notes in, a channel for each out. Safe on any thread. The messages are those of
M1-100-UM (MIDI Association): registered parameter 6 on a master channel makes a zone, parameter 0 on a member says how
far bends go, in semitones and cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from score.events import Control, Event
from score.note import BEND_LIMIT_ST, Note
from score.zone import DEFAULT_BEND_ST, LOWER, UPPER, Zone

_DATA, _DATA_FINE, _OTHER_NUMBER_FINE, _OTHER_NUMBER, _NUMBER_FINE, _NUMBER = 6, 38, 98, 99, 100, 101
"""Controllers that set parameters; the other numbers (NRPN) are those that nobody registered."""
_BEND_RANGE, _CONFIGURATION = 0, 6
_NONE = 127


@dataclass
class _Setting:
    """A registered parameter that is being set: which one, to what, and by which of the events."""

    channel: int
    number: int = _NONE
    number_fine: int = _NONE
    data: int | None = None
    data_fine: int = 0
    closed: int = 0
    by: list[int] = field(default_factory=list)


def zones_told(events: Sequence[Event]) -> tuple[tuple[Zone, ...], set[int]]:
    """The zones that these events make, and the places of the events that do nothing else. [any]"""
    settings = [setting for setting in _settings(events) if setting.number == 0 and setting.data is not None]
    counts: dict[int, int] = {}
    spent: set[int] = set()
    for setting in settings:
        if setting.number_fine == _CONFIGURATION and setting.channel in (LOWER, UPPER) and (setting.data or 0) <= 15:
            counts[setting.channel] = setting.data or 0
            other = UPPER - setting.channel
            if other in counts:
                counts[other] = max(0, min(counts[other], 14 - counts[setting.channel]))
            spent.update(setting.by)
    zones = []
    for master in (LOWER, UPPER):
        if counts.get(master):
            range_st, plain = DEFAULT_BEND_ST, Zone(master, counts[master])
            for setting in settings:
                if setting.number_fine == _BEND_RANGE and setting.channel in plain.members:
                    told_st = ((setting.data or 0) * 100 + setting.data_fine) / 100
                    if 0 < told_st <= BEND_LIMIT_ST:
                        range_st = told_st
                        spent.update(setting.by)
            zones.append(Zone(master, counts[master], range_st))
    return tuple(zones), spent


def telling(zone: Zone) -> Iterator[Control]:
    """The events at tick 0 that make a zone. [any]

    The range is told to every member, though one would do, for the sake of instruments that know no MPE.
    """
    yield from _set(zone.master, _CONFIGURATION, (_DATA, zone.member_count))
    semitones, cents = divmod(round(zone.bend_range_st * 100), 100)
    for member in zone.members:
        yield from _set(member, _BEND_RANGE, (_DATA, semitones), (_DATA_FINE, cents))


class Seat(NamedTuple):
    """The channel that a note sounds on, and whether it is alone there. [any]"""

    channel: int
    is_alone: bool


def seats(notes: Iterable[Note], zone: Zone) -> dict[int, Seat]:
    """A channel for each note, by its id; notes come in the order in which they start. [any]

    A free channel that has rested longest is taken, for the last note may still ring there, and would be bent with the
    new one. Where there is none, the new note joins the one that ends first.
    """
    channel_of: dict[int, int] = {}
    crowded: set[int] = set()
    sounding: dict[int, list[Note]] = {member: [] for member in zone.members}
    free_from = dict.fromkeys(zone.members, -1)
    for note in notes:
        channel = min(free_from, key=free_from.__getitem__)
        others = [other for other in sounding[channel] if other.end_ticks > note.start_ticks]
        if others:
            crowded.update(other.id for other in others)
            crowded.add(note.id)
        sounding[channel] = [*others, note]
        free_from[channel] = max(free_from[channel], note.end_ticks)
        channel_of[note.id] = channel
    return {note_id: Seat(channel, note_id not in crowded) for note_id, channel in channel_of.items()}


def _set(channel: int, number: int, *data: tuple[int, int]) -> Iterator[Control]:
    closing = (_NUMBER, _NONE), (_NUMBER_FINE, _NONE)
    for controller, value in ((_NUMBER, 0), (_NUMBER_FINE, number), *data, *closing):
        yield Control(0, channel, controller, value)


def _settings(events: Sequence[Event]) -> list[_Setting]:
    """What is set, in order. A number is said, then data, then perhaps "no number any more" (twice 127)."""
    settings: list[_Setting] = []
    current: dict[int, _Setting] = {}
    for place, event in enumerate(events):
        if not isinstance(event, Control):
            continue
        channel, value = event.channel, event.value
        setting = current.get(channel)
        if event.number in (_OTHER_NUMBER_FINE, _OTHER_NUMBER):
            current.pop(channel, None)
        elif event.number in (_DATA, _DATA_FINE):
            if setting is not None and not setting.closed:
                setting.by.append(place)
                if event.number == _DATA:
                    setting.data = value
                else:
                    setting.data_fine = value
        elif event.number in (_NUMBER, _NUMBER_FINE):
            if value == _NONE:
                if setting is not None and setting.data is not None:
                    setting.by.append(place)
                    setting.closed += 1
                if setting is not None and (setting.data is None or setting.closed == 2):
                    del current[channel]
                continue
            if setting is None or setting.data is not None:
                known = (setting.number, setting.number_fine) if setting else (_NONE, _NONE)
                setting = current[channel] = _Setting(channel, *known)
                settings.append(setting)
            setting.by.append(place)
            if event.number == _NUMBER:
                setting.number = value
            else:
                setting.number_fine = value
    return settings
