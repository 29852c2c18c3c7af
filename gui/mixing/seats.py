"""On which channel a note sounds: its track's own, or, where it bends beside another, one that is free, to bend alone.

What flows in: where each track's notes go, notes, and the frames they last. What flows out: channels. A track with a
line to its own instrument has all channels for itself; tracks that share a way, to a port or to a plain rack, share
what none of them calls its own. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gui.mixing.routes import EVERYWHERE, Route
from realtime.client import ALL_CHANNELS, ALL_SLOTS
from score.note import Note
from score.score import Track

_CHANNELS = 16
_OWN_HOME = 1
"""Of a track that is alone: the first channel is left to keys and voice, whose bends and pedals are not the score's."""


@dataclass(frozen=True)
class Way:
    """How one track's notes travel. [gui]"""

    route: Route
    home: int
    spare: tuple[int, ...]
    busy_until: list[int]
    """Of each channel, the frame at which its last note ends."""

    def take(self, note: Note, begins: int, ends: int) -> int:
        """The channel that a note sounds on. [gui]"""
        channel = self.home
        if note.is_expressive and self.busy_until[channel] > begins:
            channel = next((each for each in self.spare if self.busy_until[each] <= begins), self.home)
        self.busy_until[channel] = max(self.busy_until[channel], ends)
        return channel

    @property
    def all_channels(self) -> int:
        """What reaches every note of the track, and no other's: a pedal, a controller. [gui]"""
        return ALL_CHANNELS if self.route.is_alone else self.home


class Seats:
    """The channels of all ways, while one plays. [gui]"""

    def __init__(self) -> None:
        self.route: Callable[[Track], Route] = lambda track: EVERYWHERE
        """Where the notes of a track go."""
        self.also: Callable[[Track], Route | None] = lambda track: None
        """Where they go besides; None for nowhere."""
        self._busy: dict[int, list[int]] = {}

    def begin(self) -> None:
        """Nothing sounds. [gui]"""
        self._busy.clear()

    def ways(self, tracks: Sequence[Track]) -> Iterator[tuple[Track, Way]]:
        """Each track, and how its notes travel now; twice, where they go two ways. [gui]"""
        travels = [
            (place, track, route)
            for place, track in enumerate(tracks)
            for route in (self.route(track), self.also(track))
            if route is not None
        ]
        homes = {_home(place, route) for place, _, route in travels if not route.is_alone}
        for place, track, route in travels:
            taken = {0, _OWN_HOME} if route.is_alone else homes
            busy = self._busy.setdefault(route.slot if route.is_alone else ALL_SLOTS, [0] * _CHANNELS)
            spare = tuple(channel for channel in range(_CHANNELS) if channel not in taken)
            yield track, Way(route, _home(place, route), spare, busy)


def _home(place: int, route: Route) -> int:
    if route.is_alone:
        return _OWN_HOME
    return place % _CHANNELS if route.channel is None else route.channel
