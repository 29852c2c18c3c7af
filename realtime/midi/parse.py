"""MIDI bytes become events: the keyboard's side of the one vocabulary.

What flows in: the bytes of one port, in any pieces. What flows out: EVENT records with velocity, pressure
and controls 0..1 and bends in semitones, whatever range the sender has announced. Of an MPE controller,
which bends each note on a channel of its own and the whole zone on another, every note's channel carries
the sum. Of system exclusive messages, which may come in several pieces, those about tuning say what each key is.
Bytes that make no message are passed over: a cable pulled in mid-message costs that message and nothing after it.
Runs on the MIDI thread, and over files.

MIDI 1.0 Detailed Specification 4.2; MPE 1.0 (RP-053); response to Reset All Controllers (RP-015).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.tuning_messages import told_by
from realtime.events import (
    ALL_SLOTS,
    BEND,
    CONTROL,
    EVENT,
    FROM_KEYS,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    NOW,
    PRESSURE,
    SILENCE,
    TUNE,
)

CHANNELS = 16
BEND_CENTRE = 8192
"""Raw bends run from -8192 to 8191, and -8192 reaches the range announced: one raw value for every bend."""

PLAIN_BEND_RANGE_ST = 2.0
MPE_BEND_RANGE_ST = 48.0

MODULATION, DATA_ENTRY, EXPRESSION, DATA_ENTRY_FINE, SUSTAIN, TIMBRE = 1, 6, 11, 38, 64, 74
DATA_INCREMENT, DATA_DECREMENT, NRPN_FINE, NRPN, RPN_FINE, RPN = 96, 97, 98, 99, 100, 101
ALL_SOUND_OFF, RESET_CONTROLLERS, LOCAL_CONTROL, ALL_NOTES_OFF, OMNI_OFF = 120, 121, 122, 123, 124
PEDALS = (SUSTAIN, 65, 66, 67)
RPN_BEND_RANGE, RPN_MPE, RPN_NONE = 0, 6, 0x3FFF

LONGEST_EXCLUSIVE = 1_024
"""The longest message that is listened to; one about all 128 keys has 408 bytes."""

_EXCLUSIVE, _END_OF_EXCLUSIVE = 0xF0, 0xF7
_DATA_BYTES = (2, 2, 2, 2, 1, 1, 2)  # after 8x, 9x, … Ex
_SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_UNSAID_RELEASE = 64 / 127  # what the standard reads into a note-on of velocity 0

Row = tuple[int, float, int, int, int, int, int, int]
"""One event, its fields in EVENT's order; gathered first, since an array each costs more than parsing."""


_OF_THE_ZONE = (CONTROL, PRESSURE, NOTES_OFF, SILENCE)
"""MPE: what comes on the manager channel holds for the notes of all its members, a pedal above all."""


class Parser:
    """The state of one port: running status, bend ranges, MPE zones, the keys that are down."""

    def __init__(self) -> None:
        self._status = 0
        self._data: list[int] = []
        self._wanted = 0
        self._exclusive: bytearray | None = None  # what has come of a system exclusive message
        self._rows: list[Row] = []
        self._frame = NOW
        self._down: set[tuple[int, int]] = set()
        self._pedals: set[tuple[int, int]] = set()
        self._rpn = [RPN_NONE] * CHANNELS
        self._range_st = [PLAIN_BEND_RANGE_ST] * CHANNELS
        self._range_fine_st = [0.0] * CHANNELS
        self._bend = [0.0] * CHANNELS  # as a share of the range
        self._told_bend_st = [0.0] * CHANNELS
        self._members = {
            0: range(0),
            15: range(0),
        }  # of the lower and the upper zone, by their manager channel

    def feed(self, data: Iterable[int], frame: int = NOW) -> npt.NDArray[Any]:
        """The events that these bytes complete, at this frame. [midi]"""
        self.take(data, frame)
        return as_events(self.drain())

    def take(self, data: Iterable[int], frame: int = NOW) -> None:
        """Hear bytes; what they complete waits for `drain`, so that a flood costs one array. [midi]"""
        self._frame = frame
        for byte in data:
            if byte >= 0xF8:  # clock and active sensing may fall between any two bytes of a message
                continue
            if byte >= 0x80:
                self._begin(byte)
            elif self._wanted:
                self._data.append(byte)
                if len(self._data) == self._wanted:
                    self._finish()
            elif self._exclusive is not None:
                self._exclusive.append(byte)
                if len(self._exclusive) > LONGEST_EXCLUSIVE:
                    self._exclusive = None

    def drain(self) -> list[Row]:
        """Every event heard since the last time, oldest first. [midi]"""
        rows, self._rows = self._rows, []
        return rows

    def release(self, frame: int = NOW) -> npt.NDArray[Any]:
        """What lifts every key and pedal that is down, for a port that cannot say so any more. [midi]"""
        self._frame = frame
        self._lift()
        self._status, self._wanted, self._exclusive = 0, 0, None
        self._data.clear()
        return as_events(self.drain())

    def bend_range_st(self, channel: int) -> float:
        """How far a full bend goes on this channel. [midi]"""
        return self._range_st[channel] + self._range_fine_st[channel]

    def _begin(self, status: int) -> None:
        self._data.clear()
        exclusive, self._exclusive = self._exclusive, None
        self._status = status
        if status < 0xF0:
            self._wanted = _DATA_BYTES[(status >> 4) - 8]
            return
        self._wanted = _SYSTEM_DATA_BYTES.get(status, 0)
        if status == _EXCLUSIVE:
            self._exclusive = bytearray([status])
        elif status == _END_OF_EXCLUSIVE and exclusive is not None:
            self._tune(bytes([*exclusive, status]))

    def _tune(self, message: bytes) -> None:
        for key, semitones in told_by(message):
            self._rows.append((self._frame, semitones, TUNE, 0, key, FROM_KEYS, ALL_SLOTS, 0))

    def _finish(self) -> None:
        first, second = self._data[0], self._data[-1]
        self._data.clear()
        if self._status >= 0xF0:
            self._wanted = 0  # no running status after a system message
            return
        kind, channel = self._status & 0xF0, self._status & 0x0F
        if kind == 0x90 and second:
            self._note_on(channel, first, second / 127)
        elif kind in (0x80, 0x90):
            self._down.discard((channel, first))
            self._add(NOTE_OFF, channel, first, second / 127 if kind == 0x80 else _UNSAID_RELEASE)
        elif kind == 0xA0:
            self._add(KEY_PRESSURE, channel, first, second / 127)
        elif kind == 0xB0:
            self._control(channel, first, second)
        elif kind == 0xD0:
            self._add(PRESSURE, channel, 0, first / 127)
        elif kind == 0xE0:
            self._bend[channel] = ((second << 7 | first) - BEND_CENTRE) / BEND_CENTRE
            self._tell_bends(channel)

    def _add(self, kind: int, channel: int, number: int, value: float) -> None:
        members = self._members.get(channel, ()) if kind in _OF_THE_ZONE else ()
        for each in (channel, *members):
            self._rows.append((self._frame, value, kind, each, number, FROM_KEYS, ALL_SLOTS, 0))

    def _note_on(self, channel: int, key: int, velocity: float) -> None:
        self._down.add((channel, key))
        self._tell_if_moved(channel)  # the zone may have been bent while this channel was silent
        self._add(NOTE_ON, channel, key, velocity)

    def _control(self, channel: int, number: int, raw: int) -> None:
        if number in (RPN, RPN_FINE):
            self._select(channel, number == RPN, raw)
        elif number in (NRPN, NRPN_FINE):
            self._rpn[channel] = RPN_NONE  # data that follows is for a parameter of the maker's own
            self._add(CONTROL, channel, number, raw / 127)
        elif number in (DATA_ENTRY, DATA_ENTRY_FINE, DATA_INCREMENT, DATA_DECREMENT):
            self._enter(channel, number, raw)
        elif number == ALL_SOUND_OFF:
            self._forget(channel)
            self._add(SILENCE, channel, 0, 0.0)
        elif number == RESET_CONTROLLERS:
            self._reset(channel)
        elif number >= ALL_NOTES_OFF:  # the mode messages above it release the notes as well
            self._down = {note for note in self._down if note[0] != channel}
            self._add(NOTES_OFF, channel, 0, 0.0)
        elif number != LOCAL_CONTROL:
            if number in PEDALS:
                (self._pedals.add if raw >= 64 else self._pedals.discard)((channel, number))
            self._add(CONTROL, channel, number, raw / 127)

    def _select(self, channel: int, coarse: bool, raw: int) -> None:
        rpn = self._rpn[channel]
        self._rpn[channel] = raw << 7 | rpn & 0x7F if coarse else rpn & 0x3F80 | raw

    def _enter(self, channel: int, number: int, raw: int) -> None:
        rpn = self._rpn[channel]
        if rpn == RPN_BEND_RANGE:
            if number == DATA_ENTRY:
                self._set_range(channel, float(raw), 0.0)
            elif number == DATA_ENTRY_FINE:
                self._set_range(channel, self._range_st[channel], raw / 100)
        elif rpn == RPN_MPE and channel in self._members:
            if number == DATA_ENTRY:
                self._set_zone(channel, min(raw, 15))
        elif rpn == RPN_NONE:
            self._add(CONTROL, channel, number, raw / 127)

    def _set_range(self, channel: int, range_st: float, fine_st: float) -> None:
        members = next((zone for zone in self._members.values() if channel in zone), (channel,))
        for each in members:  # MPE: the range of one member channel is the range of all
            self._range_st[each], self._range_fine_st[each] = range_st, fine_st
            self._tell_if_moved(each)

    def _set_zone(self, manager: int, members: int) -> None:
        lower = manager == 0
        other = 15 if lower else 0
        self._members[manager] = range(1, members + 1) if lower else range(15 - members, 15)
        room = min(len(self._members[other]), max(14 - members, 0))  # the newer zone goes first
        self._members[other] = range(15 - room, 15) if lower else range(1, room + 1)
        for channel in self._members[manager]:
            self._range_st[channel], self._range_fine_st[channel] = MPE_BEND_RANGE_ST, 0.0
            self._tell_if_moved(channel)
        self._range_st[manager], self._range_fine_st[manager] = PLAIN_BEND_RANGE_ST, 0.0

    def _manager(self, channel: int) -> int:
        return next((manager for manager, zone in self._members.items() if channel in zone), -1)

    def _full_bend_st(self, channel: int) -> float:
        bend_st = self._bend[channel] * self.bend_range_st(channel)
        manager = self._manager(channel)
        return bend_st if manager < 0 else bend_st + self._bend[manager] * self.bend_range_st(manager)

    def _tell_bends(self, channel: int) -> None:
        self._tell_bend(channel)
        for member in self._members.get(channel, ()):
            if any(down == member for down, _ in self._down):
                self._tell_bend(member)

    def _tell_if_moved(self, channel: int) -> None:
        if self._full_bend_st(channel) != self._told_bend_st[channel]:
            self._tell_bend(channel)

    def _tell_bend(self, channel: int) -> None:
        bend_st = self._told_bend_st[channel] = self._full_bend_st(channel)
        self._add(BEND, channel, 0, bend_st)

    def _reset(self, channel: int) -> None:
        self._rpn[channel], self._bend[channel] = RPN_NONE, 0.0
        self._tell_bends(channel)
        self._add(PRESSURE, channel, 0, 0.0)
        for number in (MODULATION, *PEDALS):
            self._add(CONTROL, channel, number, 0.0)
        self._add(CONTROL, channel, EXPRESSION, 1.0)
        self._pedals = {pedal for pedal in self._pedals if pedal[0] != channel}

    def _lift(self) -> None:
        for channel, key in sorted(self._down):
            self._add(NOTE_OFF, channel, key, _UNSAID_RELEASE)
        for channel, pedal in sorted(self._pedals):
            self._add(CONTROL, channel, pedal, 0.0)
        self._down.clear()
        self._pedals.clear()

    def _forget(self, channel: int) -> None:
        self._down = {note for note in self._down if note[0] != channel}


def as_events(rows: list[Row]) -> npt.NDArray[Any]:
    """Rows as the array that a ring takes. [any]"""
    return np.array(rows, EVENT) if rows else np.empty(0, EVENT)
