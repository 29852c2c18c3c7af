"""A track as the messages of a MIDI file.

A Track in, mido messages out, whose `time` is the delta to the one before. Safe on any thread. At one tick notes end
first, then events happen, then notes begin: so a repeated key is struck again, and a note starts with its new program.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import mido

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
    text_bytes,
)
from score.midi_bytes import Verbatim
from score.midi_private import promise
from score.mpe import Seat, seats, telling
from score.note import NEUTRAL_BEND_ST, NEUTRAL_PRESSURE, NEUTRAL_TIMBRE, Note, value_at
from score.score import Track
from score.tempo import TempoMap
from score.zone import Zone

_SETUP, _ENDS, _EVENTS, _STARTS, _MOVES = range(5)
"""What comes first at one tick."""

_Timed = tuple[int, int, int, Any]


def conductor_messages(name: str, tempo: TempoMap, events: Iterable[Event]) -> Iterator[_Timed]:
    """What holds for the whole piece: its name, tempo and meter, its events. [any]"""
    order = count()
    yield 0, _SETUP, next(order), Verbatim(0xFF, NAME, text_bytes(name), 0)
    for change in tempo.tempos:
        yield change.ticks, _SETUP, next(order), Verbatim(0xFF, TEMPO, change.us_per_quarter.to_bytes(3, "big"), 0)
    for meter in tempo.meters:
        below = meter.denominator.bit_length() - 1
        said = bytes([meter.numerator, below, meter.clocks_per_click, meter.thirty_seconds_per_quarter])
        yield meter.ticks, _SETUP, next(order), Verbatim(0xFF, METER, said, 0)
    for event in events:
        yield event.ticks, _EVENTS, next(order), message(event)


def track_messages(track: Track) -> Iterator[_Timed]:
    """A track's name, zones, events and notes; to be sorted, and then given to `in_file_order`. [any]"""
    order = count()
    yield 0, _SETUP, next(order), Verbatim(0xFF, NAME, text_bytes(track.name), 0)
    for zone in track.zones:
        for control in telling(zone):
            yield 0, _SETUP, next(order), message(control)
    for event in track.events:
        yield event.ticks, _EVENTS, next(order), message(event)
    sounding = [note for note in track.notes if not note.muted]
    seat_of: dict[int, Seat] = {}
    for zone in track.zones:
        seat_of.update(seats((note for note in sounding if note.channel == zone.master), zone))
    tangled = _tangled(sounding, seat_of)
    for note in track.notes:
        begun = note.start_ticks, _STARTS, next(order)
        if note.muted:
            yield *begun, message(promise(note, note.channel))
            continue
        zone_of_note = track.zone_of(note.channel)
        seat = seat_of.get(note.id, Seat(note.channel, not note.is_expressive))
        if note.id in tangled or not seat.is_alone:
            yield *begun, message(promise(note, seat.channel))
        if zone_of_note is not None:
            yield from _expression(note, zone_of_note, seat.channel, order)
        key = {"channel": seat.channel, "note": note.pitch}
        yield (
            note.start_ticks,
            _STARTS,
            next(order),
            mido.Message("note_on", skip_checks=True, velocity=note.velocity, **key),
        )
        # Ends at one tick keep the order of the starts, which is that in which a reader pairs them.
        off = mido.Message("note_off", skip_checks=True, velocity=note.release_velocity, **key)
        yield note.end_ticks, _ENDS, next(order), off


def in_file_order(timed: Iterable[_Timed], end_ticks: int) -> list[Any]:
    """The messages in the order of the file, each with the delta to the one before, and the end of the track. [any]"""
    messages: list[Any] = []
    now = 0
    for ticks, _, _, said in sorted(timed, key=lambda item: item[:3]):
        said.time = ticks - now
        now = ticks
        messages.append(said)
    messages.append(mido.MetaMessage("end_of_track", time=max(0, end_ticks - now)))
    return messages


def message(event: Event) -> Any:
    """One event as a message; its time is not set. [any]"""
    match event:
        case Control(_, channel, number, value):
            return mido.Message("control_change", skip_checks=True, channel=channel, control=number, value=value)
        case Bend(_, channel, value):
            return mido.Message("pitchwheel", skip_checks=True, channel=channel, pitch=value)
        case Pressure(_, channel, value):
            return mido.Message("aftertouch", skip_checks=True, channel=channel, value=value)
        case KeyPressure(_, channel, pitch, value):
            return mido.Message("polytouch", skip_checks=True, channel=channel, note=pitch, value=value)
        case ProgramChange(_, channel, program):
            return mido.Message("program_change", skip_checks=True, channel=channel, program=program)
        case Sysex(_, data, continues):
            return Verbatim(0xF7 if continues else 0xF0, 0, data, 0)
        case Meta(_, kind, data):
            return Verbatim(0xFF, kind, data, 0)


def _expression(note: Note, zone: Zone, channel: int, order: Iterator[int]) -> Iterator[_Timed]:
    """How a note of a zone moves: where it begins, said even where it is neutral, and every point after that.

    Whoever starts to play in the middle of the file, or on a channel that another note has just bent, is right too.
    """

    def moved(ticks: int, name: str, value: float) -> Event:
        if name == "bend_st":
            return Bend(ticks, channel, zone.wheel(value))
        if name == "pressure":
            return Pressure(ticks, channel, int(value))
        return Control(ticks, channel, TIMBRE_CONTROL, int(value))

    for name, curve, neutral in (
        ("bend_st", note.bend_st, NEUTRAL_BEND_ST),
        ("pressure", note.pressure, NEUTRAL_PRESSURE),
        ("timbre", note.timbre, NEUTRAL_TIMBRE),
    ):
        first = moved(note.start_ticks, name, value_at(curve, 0, neutral))
        yield note.start_ticks, _STARTS, next(order), message(first)
        for offset, value in curve[1:]:
            ticks = note.start_ticks + offset
            # A point on the last tick has to come before the end, or it would belong to nothing.
            rank = _ENDS if offset == note.duration_ticks else _MOVES
            yield ticks, rank, next(order), message(moved(ticks, name, value))


def _tangled(sounding: Iterable[Note], seat_of: dict[int, Seat]) -> set[int]:
    """The notes whose end a reader would take for that of another note of the same key.

    An end says no more than its key, and readers give it to the note that has sounded longest.
    """
    same_key: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in sounding:
        same_key[seat_of[note.id].channel if note.id in seat_of else note.channel, note.pitch].append(note)
    return {
        note.id
        for notes in same_key.values()
        for note, first_to_end in zip(notes, sorted(notes, key=lambda note: note.end_ticks), strict=True)
        if note is not first_to_end
    }
