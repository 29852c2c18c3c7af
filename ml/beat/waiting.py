"""The queue in which notes wait for their time, and leave it in the order they came.

What flows in: starts and ends of notes, each with the frame it is due. What flows out: what is due. Runs on the ears
thread, and only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ml.said import Said
from realtime.events import KEY_PRESSURE


@dataclass
class Start:
    """A note-on that waits, and the bends and pressures it starts with. [ears]"""

    due: int
    said: Said
    before: list[Said]
    sung_frame: int
    held: bool = False  # back, for a line
    after: list[Said] = field(default_factory=list)  # pressure of the key itself means nothing before its note
    note_ended: bool = False
    sent: bool = False
    dropped: bool = False

    def take(self, move: Said) -> None:
        """A bend or a pressure that came while the note waits. [ears]"""
        mine = move.kind == KEY_PRESSURE and move.number == self.said.number
        (self.after if mine else self.before).append(move)

    def lose(self, newer: Said) -> None:
        """Of each bend and pressure only the newest is kept. [ears]"""
        for kept in (self.before, self.after):
            kept[:] = [each for each in kept if (each.kind, each.number) != (newer.kind, newer.number)]


@dataclass
class End:
    """A note-off that waits, and the note-on it belongs to, if that is known. [ears]"""

    due: int
    said: Said
    start: Start | None
    sung_frame: int


@dataclass
class Passing:
    """Anything else, which goes at once, but not before what it came after. [ears]"""

    due: int
    said: Said


@dataclass
class Note:
    """A note that was begun and has not been ended by the ears. [ears]"""

    start: Start
    ended: bool = False


class Queue:
    """First in, first out, each at its due frame. [ears]"""

    def __init__(self, shortest_frames: int) -> None:
        self._shortest = shortest_frames
        self._items: list[Start | End | Passing] = []

    def __len__(self) -> int:
        return len(self._items)

    @property
    def last_due(self) -> int:
        """When the last of them is due. [ears]"""
        return self._items[-1].due

    def append(self, item: End | Passing) -> None:
        """One more behind all others. [ears]"""
        self._items.append(item)
        self._settle()

    def begin(self, start: Start, frame: int) -> None:
        """A note behind all others. Those that ended and still wait were short notes before it: they go now. [ears]"""
        for item in self._items:
            if isinstance(item, Start) and item.note_ended:
                item.due = min(item.due, frame)
            elif isinstance(item, End) and item.sung_frame == frame:
                item.due = start.due  # a slur: the voice did not stop between the two
        self._items.append(start)
        self._settle()

    def give(self, move: Said, frame: int) -> bool:
        """A bend or a pressure to the note that waits and was sung last, or to the first of its chord, if one waits.
        [ears]"""
        chord: list[Start] = []
        for item in reversed(self._items):
            if isinstance(item, Start) and item.due > frame and (not chord or item.due == chord[0].due):
                chord.append(item)
            elif chord:
                break
        for start in chord:
            start.lose(move)
        if chord:
            mine = move.kind == KEY_PRESSURE
            owner = next((start for start in chord if mine and start.said.number == move.number), chord[-1])
            owner.take(move)
        return bool(chord)

    def drop_waiting(self, frame: int) -> None:
        """What has not begun will not; what sounds ends now. [ears]"""
        for item in self._items:
            if isinstance(item, Start):
                item.dropped = item.due > frame
            elif isinstance(item, End):
                item.due = min(item.due, frame)
        self._items = [item for item in self._items if not _belongs_to_dropped(item)]
        self._settle()

    def leaving(self, frame: int, early_frames: int) -> Iterator[tuple[int, Said]]:
        """All that is due by a frame, or would be before long. [ears]"""
        count = 0
        while count < len(self._items) and self._items[count].due <= frame + early_frames:
            count += 1
        leaving, self._items = self._items[:count], self._items[count:]
        for item in leaving:
            if isinstance(item, Start):
                item.sent = True
            yield from ((item.due, said) for said in _told(item))

    def emptied(self, frame: int) -> list[tuple[int, Said]]:
        """All at once: notes that wait without an end are never begun, those with one sound for a moment. [ears]"""
        for item in self._items:
            item.due = min(item.due, frame)
            if isinstance(item, Start):
                item.dropped = not item.note_ended
        self._items = [item for item in self._items if not _belongs_to_dropped(item)]
        self._settle()
        return [(max(due, frame), said) for due, said in self.leaving(self.last_due if self._items else frame, 0)]

    def shift(self, frames: int) -> None:
        """All are due so much later, or earlier below 0. [ears]"""
        for item in self._items:
            item.due += frames
            if isinstance(item, Start):
                item.sung_frame += frames

    def _settle(self) -> None:
        """No thing after a note-on that follows it, none before what it follows, and every note heard."""
        limit: int | None = None
        for item in reversed(self._items):
            if limit is not None:
                item.due = min(item.due, limit)
            if isinstance(item, Start):
                limit = item.due
        last: int | None = None
        for item in self._items:
            if last is not None:
                item.due = max(item.due, last)
            if isinstance(item, End) and item.start is not None and item.start.held:
                item.due = max(item.due, item.start.due + self._shortest)
            last = item.due


def _told(item: Start | End | Passing) -> list[Said]:
    return [*item.before, item.said, *item.after] if isinstance(item, Start) else [item.said]


def _belongs_to_dropped(item: Start | End | Passing) -> bool:
    start = item if isinstance(item, Start) else item.start if isinstance(item, End) else None
    return start is not None and start.dropped
