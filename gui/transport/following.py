"""Another program's song leads: what its MIDI clock says, as begin, stop, and how much faster we must be.

What flows in: the song as the engine hears it, our own line of time. What flows out: what to do. We come to the other's
beat by a pace that is a little quicker or slower, and jump only where it jumped; while it stands, we stand where it
does. Values and one state, no Qt. [gui]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from score.tempo import TempoMap

SILENT_AFTER_S = 0.5
_JUMPED_BEATS = 1.0
_CATCH_UP_PER_S = 2.0
"""By this much of what is missing we come nearer in a second."""
_MOST = 1.5
_SIXTEENTHS = 4


@dataclass(frozen=True)
class Song:
    """Where another's song stands. [any]"""

    running: bool = False
    bpm: float | None = None
    beats: float = 0.0
    frame: float = 0.0
    """On which the beat fell."""
    age_s: float | None = None
    """Since something was heard of it; None where nothing ever was."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Song:
        """As the engine tells it. [any]"""
        return cls(*(told.get(name) for name in ("running", "bpm", "beats", "frame", "age_s")))  # type: ignore[arg-type]

    @property
    def is_heard(self) -> bool:
        """Whether there is a clock to follow. [any]"""
        return self.bpm is not None and self.age_s is not None and self.age_s < SILENT_AFTER_S

    def beats_at(self, frame: float, rate: float) -> float:
        """The beat on a frame, if it goes on as it does. [any]"""
        return self.beats + ((frame - self.frame) / rate * self.bpm / 60.0 if self.bpm is not None else 0.0)


@dataclass(frozen=True)
class Begin:
    """Play from a tick, which falls or fell on a frame, at a pace. [any]"""

    ticks: int
    frame: float
    speed: float


@dataclass(frozen=True)
class Stop:
    """Stop, at the tick where the other stands now. [any]"""

    ticks: int


@dataclass(frozen=True)
class Stand:
    """The other stands, and was put at a tick. [any]"""

    ticks: int


@dataclass(frozen=True)
class Steer:
    """Go on at another pace. [any]"""

    speed: float


class Follower:
    """Who follows. [gui]"""

    def __init__(self) -> None:
        self.song = Song()
        self._follows = False

    def let_go(self) -> None:
        """Our own hand has stopped us, or nobody is followed. [gui]"""
        self._follows = False

    def hear(
        self, song: Song, tempo: TempoMap, place: float, frame: float, rate: float
    ) -> Begin | Stop | Stand | Steer | None:
        """The song as it is heard now, while we are at a place on a frame. [gui]"""
        before, self.song = self.song, song
        if not song.running:
            was, self._follows = self._follows, False
            stands_at = round(song.beats * tempo.ticks_per_quarter)
            if was:
                return Stop(stands_at)
            was_heard = before.age_s is not None and song.age_s is not None
            was_put = was_heard and not before.running and song.beats != before.beats
            return Stand(stands_at) if was_put else None
        if not song.is_heard or song.bpm is None:
            return None
        beats = song.beats_at(frame, rate)
        ticks = beats * tempo.ticks_per_quarter
        if not self._follows:
            if before.running and before.is_heard and before.bpm is not None:
                return None  # it ran already when our hand stopped us: we begin when it begins
            self._follows = True
            start = int(song.beats * _SIXTEENTHS) / _SIXTEENTHS
            return self._begin(start, song.frame - (song.beats - start) * 60.0 / song.bpm * rate, tempo)
        late = beats - place / tempo.ticks_per_quarter
        if abs(late) > _JUMPED_BEATS:
            return self._begin(beats, frame, tempo)
        late_s = tempo.seconds_at(max(ticks, 0.0)) - tempo.seconds_at(max(place, 0.0))
        catch_up = min(max(1.0 + _CATCH_UP_PER_S * late_s, 1.0 / _MOST), _MOST)
        return Steer(self._pace(place, tempo) * catch_up)

    def _begin(self, beats: float, frame: float, tempo: TempoMap) -> Begin:
        ticks = max(round(beats * tempo.ticks_per_quarter), 0)
        return Begin(ticks, frame, self._pace(ticks, tempo))

    def _pace(self, ticks: float, tempo: TempoMap) -> float:
        """Seconds of the piece in a second, so that its beats are the other's."""
        assert self.song.bpm is not None
        return self.song.bpm * tempo.tempo_at(ticks).us_per_quarter / 60e6
