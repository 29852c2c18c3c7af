"""Events as the bytes that a plugin understands, and what of them has to be said again to a plugin that starts anew.

What flows in: EVENTs. What flows out: MIDI 1.0 messages. Nothing here knows time. [worker]
"""

from __future__ import annotations

from typing import Any

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

BEND_RANGE_ST = 2.0
"""How far a bend goes at its end, where nobody has agreed on anything else."""

CHANNELS = 16
_SOUND_OFF, _NOTES_OFF, _RESET = 120, 123, 121
_RELEASE_VELOCITY = 64


def messages(event: Any, bend_range_st: float = BEND_RANGE_ST) -> list[bytes]:
    """The messages that an event is: mostly one, sixteen where it is for all channels, none for a knob. [worker]"""
    kind, value = int(event["kind"]), float(event["value"])
    channel, number = int(event["channel"]), int(event["number"]) & 0x7F
    channels = range(CHANNELS) if channel == ALL_CHANNELS else (channel & 0x0F,)
    return [made for each in channels if (made := _message(kind, each, number, value, bend_range_st))]


def _message(kind: int, channel: int, number: int, value: float, bend_range_st: float) -> bytes:
    if kind == NOTE_ON:  # a velocity of 0 would be a release
        return bytes((0x90 | channel, number, max(_seven_bits(value), 1)))
    if kind == NOTE_OFF:
        return bytes((0x80 | channel, number, _seven_bits(value) or _RELEASE_VELOCITY))
    if kind == BEND:
        steps = 8192 + round(min(max(value / bend_range_st, -1.0), 1.0) * 8192.0)
        steps = min(steps, 16383)
        return bytes((0xE0 | channel, steps & 0x7F, steps >> 7))
    if kind == PRESSURE:
        return bytes((0xD0 | channel, _seven_bits(value)))
    if kind == KEY_PRESSURE:
        return bytes((0xA0 | channel, number, _seven_bits(value)))
    if kind == CONTROL:
        return bytes((0xB0 | channel, number, _seven_bits(value)))
    if kind == NOTES_OFF:
        return bytes((0xB0 | channel, _NOTES_OFF, 0))
    if kind == SILENCE:
        return bytes((0xB0 | channel, _SOUND_OFF, 0))
    return b""


def _seven_bits(value: float) -> int:
    return round(min(max(value, 0.0), 1.0) * 127.0) if value == value else 0


def every_note_off() -> list[bytes]:
    """What ends all that sounds: said where events were lost, one of which may have been a note's end. [worker]"""
    return [bytes((0xB0 | channel, number, 0)) for channel in range(CHANNELS) for number in (_SOUND_OFF, _NOTES_OFF)]


def bend_range(semitones: float) -> list[bytes]:
    """Registered parameter 0: how far a bend goes, for plugins that listen to that. [worker]"""
    whole, cents = int(semitones), round(semitones % 1.0 * 100.0)
    pairs = ((101, 0), (100, 0), (6, whole), (38, cents), (101, 127), (100, 127))
    return [bytes((0xB0 | channel, number, value)) for channel in range(CHANNELS) for number, value in pairs]


class Controls:
    """Pedals, wheels, bends and pressures as they stand: a plugin that starts anew is told of them. [worker]"""

    def __init__(self) -> None:
        self._last: dict[bytes, bytes] = {}

    def heard(self, message: bytes) -> None:
        """Remember what a message has moved. [worker]"""
        kind = message[0] & 0xF0
        if kind == 0xB0 and message[1] < _SOUND_OFF:
            self._last[message[:2]] = message
        elif kind in (0xD0, 0xE0):
            self._last[message[:1]] = message
        elif kind == 0xB0 and message[1] == _RESET:
            self._last = {key: each for key, each in self._last.items() if (key[0] ^ message[0]) & 0x0F}

    def messages(self) -> list[bytes]:
        """All that is not as it was at first, as messages. [worker]"""
        return list(self._last.values())
