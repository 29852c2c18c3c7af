"""Events become MPE: each note on a channel of its own, so that one note bends and swells while the others
stay.

What flows in: EVENT records, in which a bend, a pressure or CC 74 of a channel means every note that
channel plays. What flows out: whole MIDI messages for an MPE lower zone of 15 member channels: bend (±48
semitones), pressure and timbre per note; pedals and every other controller on the manager channel, which
speaks for the whole zone.

MPE 1.0 (RP-053): members are taken in turn, the one silent for longest first, since a new note's bend would
be heard on the old note's release. A sixteenth note shares the channel of fewest notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
)
from realtime.midi.format import (
    bend,
    bend_range,
    checked_range_st,
    control,
    note_off,
    note_on,
    parameter,
    seven_bits,
    silence,
)
from realtime.midi.parse import ALL_SOUND_OFF, MPE_BEND_RANGE_ST, RPN_MPE, TIMBRE

MANAGER = 0
MEMBERS = range(1, 16)

Note = tuple[int, int]
"""The channel and key that the events speak of."""


@dataclass
class _Expression:
    """What a channel of the events has last been told, and what its next note therefore starts with."""

    bend_st: float = 0.0
    pressure: float = 0.0
    timbre: float = 0.5


@dataclass
class _Member:
    """One member channel: its notes, and when it last began or ended one."""

    notes: list[Note] = field(default_factory=list)
    turn: int = 0


class MpeFormat:
    """Notes are dealt to the member channels of a lower zone."""

    def __init__(self, bend_range_st: float = MPE_BEND_RANGE_ST) -> None:
        self._range_st = checked_range_st(bend_range_st)
        self.forget()

    @property
    def sounding(self) -> int:
        """Notes that were begun and not ended. [any]"""
        return len(self._member_of)

    def forget(self) -> None:
        """Start anew, for a receiver that knows nothing of what was said. [any]"""
        self._members = {channel: _Member(turn=channel) for channel in MEMBERS}
        self._turns = len(MEMBERS)
        self._member_of: dict[Note, int] = {}  # in the order they were struck
        self._expression: dict[int, _Expression] = {}

    def announce(self) -> list[bytes]:
        """The MPE configuration message, and the range if it is not the ±48 that it implies. [any]"""
        messages = parameter(MANAGER, RPN_MPE, len(MEMBERS))
        if self._range_st != MPE_BEND_RANGE_ST:
            messages += [message for member in MEMBERS for message in bend_range(member, self._range_st)]
        return messages

    def format(self, events: npt.NDArray[Any]) -> list[bytes]:
        """The messages that say these events, in their order. [any]"""
        messages: list[bytes] = []
        for _, value, kind, channel, number, *_ in events.tolist():
            if kind == NOTE_ON:
                self._begin(messages, (channel, number & 0x7F), value)
            elif kind == NOTE_OFF:
                self._end(messages, (channel, number & 0x7F), value)
            elif kind == KEY_PRESSURE:
                member = self._member_of.get((channel, number & 0x7F))
                if member is not None:
                    messages.append(_pressure(member, value))
            elif kind in (BEND, PRESSURE) or (kind == CONTROL and number == TIMBRE):
                self._express(messages, kind, channel, value)
            elif kind == CONTROL:
                messages.append(control(MANAGER, number, seven_bits(value)))
            elif kind in (NOTES_OFF, SILENCE):
                self._stop(messages, kind, channel)
        return messages

    def release_all(self) -> list[bytes]:
        """The note-off of every note that sounds. [any]"""
        messages: list[bytes] = []
        self._stop(messages, NOTES_OFF, ALL_CHANNELS)
        return messages

    def panic(self) -> list[bytes]:
        """All that can silence a receiver: note-offs, pedals up, all sound off, all notes off. [any]"""
        return self.release_all() + [each for channel in (MANAGER, *MEMBERS) for each in silence(channel)]

    def _begin(self, messages: list[bytes], note: Note, velocity: float) -> None:
        self._end(messages, note)
        channel, member = min(self._members.items(), key=lambda each: (len(each[1].notes), each[1].turn))
        self._take_turn(member)
        member.notes.append(note)
        self._member_of[note] = channel
        start = self._expression.get(note[0], _Expression())
        messages.append(bend(channel, start.bend_st, self._range_st))
        messages.append(control(channel, TIMBRE, seven_bits(start.timbre)))
        messages.append(_pressure(channel, start.pressure))
        messages.append(note_on(channel, note[1], velocity))

    def _end(self, messages: list[bytes], note: Note, velocity: float = 0.5) -> None:
        channel = self._member_of.pop(note, None)
        if channel is not None:
            self._take_turn(self._members[channel])
            self._members[channel].notes.remove(note)
            messages.append(note_off(channel, note[1], velocity))

    def _take_turn(self, member: _Member) -> None:
        self._turns += 1
        member.turn = self._turns

    def _express(self, messages: list[bytes], kind: int, channel: int, value: float) -> None:
        sources = {channel}
        if channel == ALL_CHANNELS:
            sources = {*self._expression, *(source for source, _ in self._member_of)}
        for source in sources:
            now = self._expression.setdefault(source, _Expression())
            if kind == BEND:
                now.bend_st = value
            elif kind == PRESSURE:
                now.pressure = value
            else:
                now.timbre = value
        for member in sorted({member for note, member in self._member_of.items() if note[0] in sources}):
            if kind == BEND:
                messages.append(bend(member, value, self._range_st))
            elif kind == PRESSURE:
                messages.append(_pressure(member, value))
            else:
                messages.append(control(member, TIMBRE, seven_bits(value)))

    def _stop(self, messages: list[bytes], kind: int, channel: int) -> None:
        notes = [note for note in self._member_of if channel in (note[0], ALL_CHANNELS)]
        members = sorted({self._member_of[note] for note in notes})
        for note in notes:
            self._end(messages, note)
        if kind == SILENCE:
            messages += [control(member, ALL_SOUND_OFF, 0) for member in members]


def _pressure(channel: int, value: float) -> bytes:
    return bytes((0xD0 | channel, seven_bits(value)))
