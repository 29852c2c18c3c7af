"""What was sung and played in the last ten minutes, whether anybody pressed record or not.

EVENTs of the engine in, as `realtime.client` gives them (at most a few hundred a second); notes of a score out, with
bends and pressure of their own. Arrays of a fixed size keep the past, so an hour costs no more than a minute. Not a
value: it belongs to one thread. Time goes on over a stream that ends and one that begins. [gui]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.session.heard import Hands, Heard, Kinds, Move
from gui.session.placing import Place
from score.events import Event
from score.note import Note
from score.score import Score
from score.tempo import TempoMap
from score.zone import DEFAULT_BEND_ST, Zone

KEPT_S = 600.0
KEPT_EVENTS = 1 << 19
"""Of a voice that bends 250 times a second, and swells as often, for all that time, there is room to spare."""
SILENCE_S = 5.0
"""So long nothing sounds between two things that were not meant as one."""
MOMENTS_S = 2.0
"""Notes that ended so shortly before a recording may belong to it."""
LIVE = (0, 1)
"""The sources that are captured: keys and voice. What the app plays itself is known already."""
_BETWEEN_STREAMS_S = 2 * SILENCE_S

_KEPT = np.dtype(
    [("at_s", "f8"), ("value", "f8"), ("kind", "u1"), ("channel", "u1"), ("number", "u1"), ("source", "u1")]
)

_SAME = {"kind": 24, "channel": 16, "number": 8, "source": 0}
"""Events that agree in these are words about the same thing, of which the last holds."""


@dataclass(frozen=True)
class Clip:
    """What one source played: a track to be. Of a zone, when its notes move by themselves. [any]"""

    source: int
    notes: tuple[Note, ...]
    events: tuple[Event, ...]
    zones: tuple[Zone, ...]

    def added_to(self, score: Score, name: str) -> Score:
        """The score with it as a track. [any]"""
        return score.adding(name, self.notes, self.events, self.zones)


class Capture:
    """The last minutes, and what sounds now. [gui]"""

    def __init__(
        self,
        frame_rate: float,
        kinds: Kinds | None = None,
        *,
        sources: Iterable[int] = LIVE,
        kept_s: float = KEPT_S,
        kept_events: int = KEPT_EVENTS,
    ) -> None:
        self._kinds, self._sources, self._kept_s = kinds or Kinds(), tuple(sources), kept_s
        self.forgets = True
        """Whether what is too old goes; what is being recorded stays, however long it becomes. [gui]"""
        self._ring, self._fewest = np.zeros(kept_events, _KEPT), kept_events
        self._count = 0
        """Events that were ever put into the ring; the newest stands at (count - 1) % its length."""
        self._rate, self._origin_s, self._now_s = frame_rate, 0.0, 0.0
        self._origin_frame: int | None = None
        self._hands = Hands(self._kinds)
        self._ended: deque[Heard] = deque()

    def begin_stream(self, frame_rate: float) -> None:
        """The engine started anew: its frames count from elsewhere, and nothing sounds any more. [gui]"""
        self._rate = frame_rate
        if self._origin_frame is not None:
            self._origin_s, self._origin_frame = self._now_s + _BETWEEN_STREAMS_S, None
            self._put(np.array([(self._now_s, 0.0, self._kinds.silence, 0xFF, 0, 0)], _KEPT))

    def add(self, events: npt.NDArray[Any]) -> None:
        """What was played since last asked. [gui]"""
        ends_all = np.isin(events["kind"], (self._kinds.silence, self._kinds.notes_off))  # whoever said it
        events = events[(np.isin(events["source"], self._sources) | ends_all) & (events["frame"] >= 0)]
        if len(events) == 0:
            return
        first = int(events["frame"][0])
        if self._origin_frame is not None and self._seconds(first) < self._now_s - SILENCE_S:
            self.begin_stream(self._rate)
        if self._origin_frame is None:
            self._origin_frame = first
        kept = np.zeros(len(events), _KEPT)
        for name in ("value", "kind", "channel", "number", "source"):
            kept[name] = events[name]
        # Sources take turns in a block; a moment that comes a little late belongs to the moment before.
        kept["at_s"] = np.maximum.accumulate(np.maximum(self._seconds(events["frame"]), self._now_s))
        self._put(kept)

    def pass_to(self, frame: int) -> None:
        """Time went on to this frame, whether anything was played or not. [gui]"""
        if self._origin_frame is not None:
            self._now_s = max(self._now_s, float(self._seconds(frame)))

    def frame_of(self, at_s: float) -> int | None:
        """The frame of the present stream that falls on a second of this capture; None where it began later. [gui]"""
        if self._origin_frame is None or at_s < self._origin_s:
            return None
        return self._origin_frame + round((at_s - self._origin_s) * self._rate)

    def live(self) -> tuple[Heard, ...]:
        """The notes that sound now, as far as they are played. [gui]"""
        return self._hands.sounding(self._now_s)

    def ended_after(self, at_s: float) -> list[Heard]:
        """The notes that have ended since, in this order: of a recording all, else those of the last moments. [gui]"""
        found = list(takewhile(lambda note: note.end_s > at_s, reversed(self._ended)))
        return found[::-1]

    def let_go(self, before_s: float) -> None:
        """Of notes that ended earlier no recording will ask. [gui]"""
        while self._ended and self._ended[0].end_s <= before_s:
            self._ended.popleft()

    @property
    def is_anchored(self) -> bool:
        """Whether anything was played in the present stream: only then its frames have seconds. [gui]"""
        return self._origin_frame is not None

    def second_of(self, frame: int) -> float:
        """The second of this capture that falls on a frame of the present stream. [gui]"""
        return float(self._seconds(frame))

    @property
    def now_s(self) -> float:
        """How far it has come, in its seconds. [gui]"""
        return self._now_s

    @property
    def held_s(self) -> float:
        """How far back it reaches. [gui]"""
        kept = self._past()
        return self._now_s - float(kept["at_s"][0]) if len(kept) else 0.0

    def clip(
        self,
        last_s: float | None = None,
        tempo: TempoMap | None = None,
        at_ticks: int = 0,
        bend_range_st: float = DEFAULT_BEND_ST,
    ) -> tuple[Clip, ...]:
        """The last seconds, or all since the last silence, as tracks, one a source; its beginning at a tick. [gui]"""
        return self.moment().clip(last_s, tempo, at_ticks, bend_range_st)

    def moment(self) -> Moment:
        """All that is kept now, for a clip to be made of elsewhere while one plays on. [gui]"""
        return Moment(self._past().copy(), self._now_s, self._sources, self._kinds)

    def _past(self) -> npt.NDArray[Any]:
        """The events that are not too old, in the order in which they came."""
        kept = self._ordered()
        if not self.forgets:
            return kept
        return kept[np.searchsorted(kept["at_s"], self._now_s - self._kept_s) :]

    def _ordered(self) -> npt.NDArray[Any]:
        size, count = len(self._ring), self._count
        return self._ring[:count] if count <= size else np.roll(self._ring, -(count % size))

    def _fit(self, more: int) -> None:
        """Grow while nothing may be forgotten, and become as it was afterwards."""
        size, held = len(self._ring), min(self._count, len(self._ring))
        wanted = self._fewest if self.forgets else max(size, 1 << (held + more - 1).bit_length())
        if wanted == size:
            return
        kept = self._ordered()[-wanted:]
        self._ring = np.zeros(wanted, _KEPT)
        self._ring[: len(kept)], self._count = kept, len(kept)

    def _put(self, kept: npt.NDArray[Any]) -> None:
        for row in kept.tolist():
            self._hands.take(*row)
        self._ended += self._hands.ended
        self._hands.forget_ended()
        self._fit(len(kept))
        size = len(self._ring)
        newest = kept[-size:]
        places = (self._count + len(kept) - len(newest) + np.arange(len(newest))) % size
        self._ring[places] = newest
        self._count += len(kept)
        self._now_s = float(kept["at_s"][-1])
        if self.forgets:
            self.let_go(self._now_s - MOMENTS_S)

    def _seconds(self, frame: Any) -> Any:
        return self._origin_s + (frame - (self._origin_frame or 0)) / self._rate


@dataclass(frozen=True)
class Moment:
    """The past as it was at a moment. [any]"""

    kept: npt.NDArray[Any]
    now_s: float
    sources: tuple[int, ...]
    kinds: Kinds

    def clip(
        self,
        last_s: float | None = None,
        tempo: TempoMap | None = None,
        at_ticks: int = 0,
        bend_range_st: float = DEFAULT_BEND_ST,
    ) -> tuple[Clip, ...]:
        """As Capture has it; a second for ten minutes of a voice, milliseconds for a phrase. [worker]"""
        # First only when notes sounded, which are few; then what moved them, which is much, and only from there on.
        sounded = self._sounded()
        if not sounded:
            return ()
        from_s = self._from_s(sounded, last_s)
        first_s = min([from_s, *(note.start_s for note in sounded if note.end_s > from_s)])
        heard, moves = self._heard(_from(self.kept, first_s))
        place = Place(tempo or TempoMap(), at_ticks, from_s)
        clips = []
        for source in self.sources:
            inside = [each for each in heard if each.source == source and each.end_s > from_s]
            if inside:
                moved = [each for each in moves if each.source == source]
                clips.append(Clip(source, *place.notes(inside, moved, bend_range_st)))
        return tuple(clips)

    def begins_s(self, last_s: float | None = None) -> float | None:
        """The second that such a clip begins at; None where there is nothing. [any]"""
        sounded = self._sounded()
        return self._from_s(sounded, last_s) if sounded else None

    def _from_s(self, sounded: list[Heard], last_s: float | None) -> float:
        return _after_silence(sounded) if last_s is None else max(self.now_s - last_s, float(self.kept["at_s"][0]))

    def _sounded(self) -> list[Heard]:
        begins_and_ends = (self.kinds.note_on, self.kinds.note_off, self.kinds.notes_off, self.kinds.silence)
        return self._heard(self.kept[np.isin(self.kept["kind"], begins_and_ends)])[0]

    def _heard(self, rows: npt.NDArray[Any]) -> tuple[list[Heard], list[Move]]:
        hands = Hands(self.kinds)
        for row in rows.tolist():
            hands.take(*row)
        return [*hands.ended, *hands.sounding(self.now_s)], hands.moves


def _from(kept: npt.NDArray[Any], first_s: float) -> npt.NDArray[Any]:
    """What was played from a second on, and before it the last word of each wheel, pedal and key."""
    at = int(np.searchsorted(kept["at_s"], first_s))
    before = kept[:at][::-1]
    which = sum(before[name].astype(np.uint32) << shift for name, shift in _SAME.items())
    last = np.sort(np.unique(which, return_index=True)[1])[::-1]
    return np.concatenate([before[last], kept[at:]])


def _after_silence(heard: Iterable[Heard]) -> float:
    """When the last phrase began: the last time that nothing sounded for long, looking back."""
    begin: float | None = None
    for note in sorted(heard, key=lambda each: each.end_s, reverse=True):
        if begin is not None and begin - note.end_s > SILENCE_S:
            break
        begin = note.start_s if begin is None else min(begin, note.start_s)
    return begin or 0.0
