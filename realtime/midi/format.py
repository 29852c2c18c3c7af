"""Events become MIDI bytes, plainly: one channel for all notes of a channel, bends within a range that was
announced.

What flows in: EVENT records. What flows out: whole MIDI messages, and the promise that every note-on is
followed by its note-off: a key struck twice is released between, a release is sent once, `release_all` ends
what still sounds. Values only; the port is in `output`, the MPE way of saying the same in `mpe`.
"""

from __future__ import annotations

from typing import Any, Protocol

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
from realtime.midi.parse import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    BEND_CENTRE,
    CHANNELS,
    DATA_ENTRY,
    DATA_ENTRY_FINE,
    PLAIN_BEND_RANGE_ST,
    RPN,
    RPN_BEND_RANGE,
    RPN_FINE,
    RPN_NONE,
    SUSTAIN,
)
from score.errors import PortError

WIDEST_BEND_ST = 96.0
PLAIN_RELEASE = 64


class Format(Protocol):
    """How events are said to a receiver; holds which notes it has been told of."""

    @property
    def sounding(self) -> int:
        """Notes that were begun and not ended. [any]"""

    def announce(self) -> list[bytes]:
        """What a receiver must know beforehand; said again, it does no harm. [any]"""

    def format(self, events: npt.NDArray[Any]) -> list[bytes]:
        """The messages that say these events, in their order. [any]"""

    def release_all(self) -> list[bytes]:
        """The note-off of every note that sounds. [any]"""

    def panic(self) -> list[bytes]:
        """All that can silence a receiver: note-offs, pedals up, all sound off, all notes off. [any]"""

    def forget(self) -> None:
        """Start anew, for a receiver that knows nothing of what was said. [any]"""


class PlainFormat:
    """Notes keep their channel; a bend moves every note of its channel."""

    def __init__(self, bend_range_st: float = PLAIN_BEND_RANGE_ST, channels: tuple[int, ...] = (0,)) -> None:
        self._range_st = checked_range_st(bend_range_st)
        self._first_channels = channels
        self.forget()

    @property
    def sounding(self) -> int:
        """Notes that were begun and not ended. [any]"""
        return len(self._down)

    def forget(self) -> None:
        """Start anew, for a receiver that knows nothing of what was said. [any]"""
        self._down: dict[tuple[int, int], None] = {}  # in the order they were struck
        self._used = set(self._first_channels)

    def announce(self) -> list[bytes]:
        """The bend range, on every channel in use. [any]"""
        return [message for channel in sorted(self._used) for message in bend_range(channel, self._range_st)]

    def format(self, events: npt.NDArray[Any]) -> list[bytes]:
        """The messages that say these events, in their order. [any]"""
        messages: list[bytes] = []
        for _, value, kind, channel, number, *_ in events.tolist():
            for each in sorted(self._used) if channel == ALL_CHANNELS else (channel % CHANNELS,):
                if each not in self._used and kind not in (NOTES_OFF, SILENCE):
                    self._used.add(each)
                    messages += bend_range(each, self._range_st)
                self._say(messages, kind, each, number, value)
        return messages

    def release_all(self) -> list[bytes]:
        """The note-off of every note that sounds. [any]"""
        messages = [note_off(channel, key) for channel, key in self._down]
        self._down.clear()
        return messages

    def panic(self) -> list[bytes]:
        """All that can silence a receiver: note-offs, pedals up, all sound off, all notes off. [any]"""
        return self.release_all() + [each for channel in sorted(self._used) for each in silence(channel)]

    def _say(self, messages: list[bytes], kind: int, channel: int, number: int, value: float) -> None:
        note = channel, number
        if kind == NOTE_ON:
            if note in self._down:
                messages.append(note_off(channel, number))
            self._down[note] = None
            messages.append(note_on(channel, number, value))
        elif kind == NOTE_OFF:
            if note in self._down:
                del self._down[note]
                messages.append(note_off(channel, number, value))
        elif kind == BEND:
            messages.append(bend(channel, value, self._range_st))
        elif kind == PRESSURE:
            messages.append(bytes((0xD0 | channel, seven_bits(value))))
        elif kind == KEY_PRESSURE:
            messages.append(bytes((0xA0 | channel, number & 0x7F, seven_bits(value))))
        elif kind == CONTROL:
            messages.append(control(channel, number, seven_bits(value)))
        elif kind in (NOTES_OFF, SILENCE):
            for each, key in [note for note in self._down if note[0] == channel]:
                del self._down[each, key]
                messages.append(note_off(each, key))
            if kind == SILENCE:
                messages.append(control(channel, ALL_SOUND_OFF, 0))


def seven_bits(value: float) -> int:
    """0..1 as 0..127, the nearest; what is outside or no number is held inside. [any]"""
    return int(min(max(value, 0.0), 1.0) * 127 + 0.5) if value == value else 0


def note_on(channel: int, key: int, velocity: float) -> bytes:
    """A note-on that stays one: the softest is 1, since 0 would be a note-off. [any]"""
    return bytes((0x90 | channel, key & 0x7F, max(seven_bits(velocity), 1)))


def note_off(channel: int, key: int, velocity: float = PLAIN_RELEASE / 127) -> bytes:
    """A note-off. [any]"""
    return bytes((0x80 | channel, key & 0x7F, seven_bits(velocity)))


def control(channel: int, number: int, raw: int) -> bytes:
    """A controller set to a raw value. [any]"""
    return bytes((0xB0 | channel, number & 0x7F, raw & 0x7F))


def bend(channel: int, bend_st: float, range_st: float) -> bytes:
    """The raw bend nearest to these semitones; beyond the range it stays at its end. [any]"""
    raw = BEND_CENTRE
    if bend_st == bend_st:
        raw += round(min(max(bend_st / range_st, -1.0), 1.0) * BEND_CENTRE)
    raw = min(raw, 2 * BEND_CENTRE - 1)
    return bytes((0xE0 | channel, raw & 0x7F, raw >> 7))


def bend_range(channel: int, range_st: float) -> list[bytes]:
    """Registered parameter 0: how far a full bend goes. [any]"""
    semitones, cents = divmod(round(range_st * 100), 100)
    return parameter(channel, RPN_BEND_RANGE, semitones, cents)


def parameter(channel: int, number: int, coarse: int, fine: int | None = None) -> list[bytes]:
    """A registered parameter set, and closed. [any]"""
    messages = [control(channel, RPN, number >> 7), control(channel, RPN_FINE, number & 0x7F)]
    messages.append(control(channel, DATA_ENTRY, coarse))
    if fine is not None:
        messages.append(control(channel, DATA_ENTRY_FINE, fine))
    return [*messages, control(channel, RPN, RPN_NONE >> 7), control(channel, RPN_FINE, RPN_NONE & 0x7F)]


def silence(channel: int) -> list[bytes]:
    """Pedal up first: a receiver may hold what it was told to end for as long as the pedal is down. [any]"""
    return [control(channel, number, 0) for number in (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF)]


def checked_range_st(range_st: float) -> float:
    """The range, if a receiver can be told of it. [any]"""
    if not 0 < range_st <= WIDEST_BEND_ST or range_st != round(range_st, 2):
        raise PortError(
            f"a bend range of {range_st:g} semitones cannot be announced by MIDI.",
            f"Choose whole cents, up to {WIDEST_BEND_ST:g} semitones; 2 is what every synth expects.",
        )
    return float(range_st)
