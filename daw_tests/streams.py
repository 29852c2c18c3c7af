"""MIDI as it was sent and as it arrived: values, and what two witnesses of one wire must agree on.

What flows in: messages with the frames they were seen at. What flows out: notes, what still hangs, and the first place
at which two streams differ. Nothing of our own MIDI code is used: it would judge itself. [any]
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0


class Message(NamedTuple):
    """A message, and its frame on somebody's timeline. [any]"""

    frame: float
    data: bytes

    @property
    def kind(self) -> int:
        """What it says, without the channel; all of system messages is one kind. [any]"""
        return self.data[0] & 0xF0

    @property
    def channel(self) -> int:
        """0 to 15. [any]"""
        return self.data[0] & 0x0F

    @property
    def begins(self) -> bool:
        """Whether a note begins. [any]"""
        return self.kind == NOTE_ON and self.data[2] > 0

    @property
    def ends(self) -> bool:
        """Whether a note ends. [any]"""
        return self.kind == NOTE_OFF or (self.kind == NOTE_ON and self.data[2] == 0)


@dataclass
class Note:
    """A note from its on to its off; None while it hangs. [any]"""

    channel: int
    key: int
    velocity: int
    on: float
    off: float | None = None


def notes_of(messages: Iterable[Message]) -> list[Note]:
    """The notes in the order in which they began; an off ends the oldest that sounds on its key. [any]"""
    notes: list[Note] = []
    for each in messages:
        if each.begins:
            notes.append(Note(each.channel, each.data[1], each.data[2], each.frame))
        elif each.ends:
            sounding = (n for n in notes if n.off is None and (n.channel, n.key) == (each.channel, each.data[1]))
            note = next(sounding, None)
            if note is not None:
                note.off = each.frame
    return notes


def hanging(messages: Iterable[Message]) -> list[Note]:
    """The notes that nobody has ended. [any]"""
    return [note for note in notes_of(messages) if note.off is None]


def on_channels(messages: Iterable[Message]) -> list[Message]:
    """Without what belongs to no channel: clock, start and stop. [any]"""
    return [each for each in messages if each.data[0] < 0xF0]


def heard_by(folder: Path, tap: str = "notes") -> list[Message]:
    """What the performer took down at one of its ports. [main]"""
    rows = json.loads((folder / "heard.json").read_text())
    return [Message(frame, bytes.fromhex(data)) for name, frame, data in rows if name == tap]


def first_difference(sent: Sequence[Message], arrived: Sequence[Message]) -> str:
    """Where two streams part, in words; "" if they carry the same messages in the same order. [any]"""
    for n, (one, other) in enumerate(zip_longest(sent, arrived)):
        if one is None or other is None or one.data != other.data:
            return (
                f"message {n} of {len(sent)} sent and {len(arrived)} arrived:"
                f" sent {_said(sent, n)}, arrived {_said(arrived, n)}"
            )
    return ""


def note_messages(messages: Iterable[Message]) -> list[Message]:
    """Only what begins and ends notes; an end of what does not sound says nothing, and is said where a graph stumbled.
    [any]"""
    kept: list[Message] = []
    sounding: Counter[tuple[int, int]] = Counter()
    for each in messages:
        if each.begins:
            sounding[each.channel, each.data[1]] += 1
            kept.append(each)
        elif each.ends and sounding[each.channel, each.data[1]]:
            sounding[each.channel, each.data[1]] -= 1
            kept.append(each)
    return kept


def settled(messages: Iterable[Message]) -> list[Message]:
    """What falls on one frame has no order that lasts: ends first, then by what is said, as files keep it. [any]"""
    return sorted(messages, key=lambda each: (each.frame, each.begins, each.data))


def lines(messages: Iterable[Message]) -> dict[tuple[int, int, int], list[Message]]:
    """Each line that is drawn beside the notes, by kind, channel and number: bend, pressures, controllers.

    A line has one value at a time: of several at one frame the last holds, and one that is said again says nothing, for
    a synthesiser as for a DAW that keeps lines as curves. [any]
    """
    drawn: dict[tuple[int, int, int], list[Message]] = {}
    for each in messages:
        if each.kind in (KEY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND):
            number = each.data[1] if each.kind in (KEY_PRESSURE, CONTROL) else 0
            line = drawn.setdefault((each.kind, each.channel, number), [])
            if line and line[-1].frame == each.frame:
                line.pop()
            if not line or line[-1].data != each.data:
                line.append(each)
    return drawn


def distances(sent: Sequence[Message], arrived: Sequence[Message]) -> list[float]:
    """How much later each message arrived than it was sent, in frames. [any]"""
    return [other.frame - one.frame for one, other in zip(sent, arrived, strict=True)]


def arrived_as_sent(sent: list[Message], recorded: list[Message]) -> None:
    """Notes one by one in their order; bends, pressures and controllers line by line. [any]"""
    difference = first_difference(settled(note_messages(sent)), settled(note_messages(recorded)))
    assert not difference, difference
    lines_sent, lines_recorded = lines(sent), lines(recorded)
    assert lines_sent.keys() == lines_recorded.keys()
    for line, drawn in lines_sent.items():
        difference = first_difference(drawn, lines_recorded[line])
        assert not difference, f"{line}: {difference}"


def _said(messages: Sequence[Message], n: int) -> str:
    return ", ".join(f"{each.data.hex()} at {each.frame:g}" for each in messages[max(n - 1, 0) : n + 3]) or "nothing"
