"""Everything in a track that is not a note: controls, bends, pressure, programs, sysex, texts, markers, keys.

Pure values, safe on any thread. They stay as raw as MIDI has them (a bend is 14 bits, a text is bytes), because what
they mean depends on the instrument that listens, and because a file has to come back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from score.errors import EditError
from score.note import LAST_TICK, whole

TEXT, COPYRIGHT, NAME, INSTRUMENT, LYRIC, MARKER, CUE = range(0x01, 0x08)
END, TEMPO, METER, KEY, SEQUENCER = 0x2F, 0x51, 0x58, 0x59, 0x7F
"""Kinds of Meta. END, and a TEMPO or METER that can be understood, never are events: the score says them itself."""

TIMBRE_CONTROL = 74


@dataclass(frozen=True, slots=True)
class Control:
    """A controller of a channel moves: 1 modulation, 7 volume, 11 expression, 64 sustain … [any]"""

    ticks: int
    channel: int
    number: int
    value: int

    def __post_init__(self) -> None:
        _channel_event(self.ticks, self.channel, self.number, self.value)


@dataclass(frozen=True, slots=True)
class Bend:
    """The pitch wheel of a channel, -8192 to 8191; how many semitones that is, the instrument decides. [any]"""

    ticks: int
    channel: int
    value: int

    def __post_init__(self) -> None:
        _channel_event(self.ticks, self.channel)
        whole(self.value, -8192, 8191, "a bend")


@dataclass(frozen=True, slots=True)
class Pressure:
    """The pressure of a whole channel. [any]"""

    ticks: int
    channel: int
    value: int

    def __post_init__(self) -> None:
        _channel_event(self.ticks, self.channel, self.value)


@dataclass(frozen=True, slots=True)
class KeyPressure:
    """The pressure of one key. [any]"""

    ticks: int
    channel: int
    pitch: int
    value: int

    def __post_init__(self) -> None:
        _channel_event(self.ticks, self.channel, self.pitch, self.value)


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """Another sound for a channel. [any]"""

    ticks: int
    channel: int
    program: int

    def __post_init__(self) -> None:
        _channel_event(self.ticks, self.channel, self.program)


@dataclass(frozen=True, slots=True)
class Sysex:
    """A message for one make of instrument, as the file has it after its first byte (0xF0), the last 0xF7 with it.

    `continues` marks what begins with 0xF7 in the file: the next packet of a long message, or bytes sent as they are.
    [any]
    """

    ticks: int
    data: bytes
    continues: bool = False

    def __post_init__(self) -> None:
        whole(self.ticks, 0, LAST_TICK, "the time of an event, in ticks,")
        _is_bytes(self.data)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a file tells its reader and never plays: `kind` is one of those above, or one that nobody knows. [any]"""

    ticks: int
    kind: int
    data: bytes

    kept_by_the_score: ClassVar[tuple[int, ...]] = (END, TEMPO, METER)

    def __post_init__(self) -> None:
        whole(self.ticks, 0, LAST_TICK, "the time of an event, in ticks,")
        whole(self.kind, 0, 255, "the kind of a meta event")
        _is_bytes(self.data)
        if self.kind in self.kept_by_the_score and not self._is_broken:
            raise EditError("Tempo, meter and the end are no events.", "Set them in the TempoMap, or in the Track.")

    @property
    def text(self) -> str:
        """Its words; files of old hold Latin-1, newer ones UTF-8. [any]"""
        return words(self.data)

    @property
    def key(self) -> tuple[int, bool] | None:
        """Sharps (flats below 0) and whether it is minor; None where this is no key signature. [any]"""
        if self.kind != KEY or len(self.data) != 2 or self.data[1] > 1:
            return None
        sharps = self.data[0] - 256 if self.data[0] > 127 else self.data[0]
        return (sharps, self.data[1] == 1) if -7 <= sharps <= 7 else None

    @property
    def _is_broken(self) -> bool:
        if self.kind == TEMPO:
            return len(self.data) != 3 or not any(self.data)
        if self.kind == METER:
            return not is_meter(self.data)
        return False


ChannelEvent = Control | Bend | Pressure | KeyPressure | ProgramChange
Event = ChannelEvent | Sysex | Meta


def text(ticks: int, kind: int, said: str) -> Meta:
    """A text, a lyric, a marker … [any]"""
    return Meta(ticks, kind, text_bytes(said))


def key_signature(ticks: int, sharps: int, minor: bool = False) -> Meta:
    """A key: so many sharps, or flats below 0. [any]"""
    whole(sharps, -7, 7, "the number of sharps (flats below 0)")
    return Meta(ticks, KEY, bytes([sharps % 256, minor]))


def is_meter(data: bytes) -> bool:
    """Whether these four bytes say a meter that has a length: 0/4 has none, and nobody counts 1/256. [any]"""
    return len(data) == 4 and data[0] > 0 and data[1] <= 7


def words(data: bytes) -> str:
    """Text of a MIDI file: UTF-8 where it is that, else Latin-1, which every byte is. [any]"""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def text_bytes(said: str) -> bytes:
    """Text as it is written to a MIDI file. [any]"""
    try:
        return said.encode("utf-8")
    except UnicodeEncodeError as odd:
        raise EditError(f"No file can hold the text {said!r}.", "Leave out its half characters.") from odd


def _channel_event(ticks: int, channel: int, *values: int) -> None:
    whole(ticks, 0, LAST_TICK, "the time of an event, in ticks,")
    whole(channel, 0, 15, "a channel")
    for value in values:
        whole(value, 0, 127, "the value of an event")


def _is_bytes(data: bytes) -> None:
    if type(data) is not bytes:
        raise EditError(f"The data of an event cannot be {data!r}.", "Give bytes.")
