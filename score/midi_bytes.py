"""The frame of a Standard MIDI File: its header, its chunks, its messages one by one.

Bytes in; mido messages out, whose `time` is ticks since the track began. Safe on any thread. mido's own file reader
is not used, for it takes the delta of a meta event that it does not know for 0 (what follows plays too early), reads
0xF7 as 0xF0, and gives nothing of a file that breaks off; its messages are used, and its writer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import mido

from score.errors import MidiFileError
from score.events import END
from score.note import LAST_TICK

MOST_MESSAGES = 2_000_000
"""More than this of messages would fill the memory with a file of a few megabytes."""

_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_NOT_IN_FILES = {0xF1: 1, 0xF2: 2, 0xF3: 1} | dict.fromkeys((0xF4, 0xF5, 0xF6, *range(0xF8, 0xFF)), 0)


class Verbatim:
    """Sysex or meta with its bytes as they stand in the file; mido would lose some of them. [any]"""

    __slots__ = ("data", "kind", "status", "time")
    type = "verbatim"
    is_meta, is_realtime = True, False  # so that mido writes what bytes() says

    def __init__(self, status: int, kind: int, data: bytes, time: int) -> None:
        self.status, self.kind, self.data, self.time = status, kind, data, time

    def bytes(self) -> bytes:
        """As mido's writer wants it, without the delta. [any]"""
        head = bytes([self.status, self.kind] if self.status == 0xFF else [self.status])
        return head + _length(len(self.data)) + self.data


class Header(NamedTuple):
    """Type 0, 1 or 2, how many tracks there should be, and what a tick is (`division`, as in the file). [any]"""

    type: int
    track_count: int
    division: int
    end: int


def read_header(data: bytes, name: str) -> Header:
    """The first chunk of a file. [any]"""
    if not data:
        raise MidiFileError(f"{name} is empty.", "Take an earlier copy of it.")
    if data[:4] != b"MThd":
        raise MidiFileError(f"{name} is no MIDI file: it begins with {data[:4]!r}.", "A MIDI file begins with 'MThd'.")
    if len(data) < 14:
        raise MidiFileError(f"{name} ends within its header, after {len(data)} bytes.", "Take an earlier copy of it.")
    length, kind, track_count, division = struct.unpack(">LHHh", data[4:14])
    if length < 6:
        raise MidiFileError(f"{name} has a header of {length} bytes; it needs 6.", "Take an earlier copy of it.")
    if kind > 2:
        raise MidiFileError(f"{name} says it is of type {kind}; there are 0, 1 and 2.", "Take an earlier copy of it.")
    if division == 0 or (division < 0 and (-(division >> 8) not in (24, 25, 29, 30) or division & 0xFF == 0)):
        raise MidiFileError(f"{name} does not say what a tick is.", "Export it again from the program that made it.")
    return Header(kind, track_count, division, 8 + length)


class TrackBytes:
    """The messages of one track; `position`, `ticks` and `ended` say how far it was read. [any]"""

    def __init__(self, data: bytes, begin: int, end: int, budget: int = MOST_MESSAGES) -> None:
        self._data, self._end, self._budget = data, end, budget
        self.position, self.ticks, self.ended = begin, 0, False
        self.count, self.left_out = 0, 0

    def __iter__(self) -> Iterator[Any]:
        running = 0
        while self.position < self._end:
            event_at = self.position
            try:
                status, at = self._status(running, event_at)
                if status < 0xF0:
                    running = status
                    message = self._channel_message(status, at)
                elif status in (0xF0, 0xF7, 0xFF):
                    message = self._verbatim(status, at)
                else:
                    message = None
                    self.left_out += 1
                    self._take(at, _NOT_IN_FILES[status])
            except IndexError:
                self.position = event_at
                raise MidiFileError(f"it breaks off within the event at byte {event_at}") from None
            if isinstance(message, Verbatim) and message.status == 0xFF and message.kind == END:
                self.ended = True
                return
            self.count += 1
            if self.count > self._budget:
                raise MidiFileError(f"it has more than {MOST_MESSAGES} messages")
            if message is not None:
                yield message

    def _status(self, running: int, event_at: int) -> tuple[int, int]:
        """Takes the delta; returns the status, and where its data begin."""
        delta, at = self._number(event_at)
        if self.ticks + delta > LAST_TICK:
            raise MidiFileError(
                f"the event at byte {event_at} lies {self.ticks + delta} ticks away, beyond {LAST_TICK}"
            )
        status = self._byte(at)
        if status < 0x80 and not running:
            raise MidiFileError(f"there is no message at byte {at}, only data ({status:#04x})")
        self.ticks += delta
        return (status, at + 1) if status >= 0x80 else (running, at)

    def _channel_message(self, status: int, at: int) -> Any:
        data = self._take(at, _DATA_BYTES[status & 0xF0])
        try:
            return mido.Message.from_bytes([status, *data], time=self.ticks)
        except ValueError:
            raise MidiFileError(f"the message at byte {at} ({status:#04x}) has data of 128 or more") from None

    def _verbatim(self, status: int, at: int) -> Verbatim:
        kind = 0
        if status == 0xFF:
            kind, at = self._byte(at), at + 1
        length, at = self._number(at)
        return Verbatim(status, kind, self._take(at, length), self.ticks)

    def _take(self, at: int, length: int) -> bytes:
        if at + length > self._end:
            raise IndexError
        self.position = at + length
        return self._data[at : at + length]

    def _byte(self, at: int) -> int:
        if at >= self._end:
            raise IndexError
        return self._data[at]

    def _number(self, at: int) -> tuple[int, int]:
        """A number of variable length, of four bytes at most, and where it ends."""
        value = 0
        for n in range(4):
            byte = self._byte(at + n)
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, at + n + 1
        raise MidiFileError(f"the number at byte {at} does not end")


def _length(value: int) -> bytes:
    said = [value & 0x7F]
    while value := value >> 7:
        said.append(value & 0x7F | 0x80)
    return bytes(reversed(said))
