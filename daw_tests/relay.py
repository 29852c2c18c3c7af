"""MIDI tracks that record one after the other: each is patched to our port before the one before it is taken away.

Ardour 7.3 walks through all that it has of a region for every message that it adds. What a voice sends in ten minutes,
ninety thousand messages, is more than it can add in time: after eight minutes its disk thread needs a processor for
itself, and it loses sound and notes. Of a hundred seconds it loses nothing. All tracks are armed from the start: where
one is armed while another records, that one loses the end of a note.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import ceil, inf

from daw_tests.ardour import Ardour
from daw_tests.session_files import Session
from daw_tests.stage import RATE, Stage
from daw_tests.streams import Message

SPAN_S, BOTH_S = 100, 20
_SURE_S = 3
"""Of the time in which two record: so long at both ends something may still be under way."""
_QUIET_FRAMES = RATE // 20


class Relay:
    """As many tracks as a recording needs. [main]"""

    def __init__(self, stage: Stage, daw: Ardour, port: str, seconds: int) -> None:
        self.tracks = [f"Notes {n + 1}" for n in range(max(1, ceil((seconds - BOTH_S) / SPAN_S)))]
        self._stage, self._port = stage, port
        inputs = [daw.do("midi_track", track, *([port] if n == 0 else [])) for n, track in enumerate(self.tracks)]
        self._ahead: deque[tuple[float, str, str]] = deque()
        for n, (before, after) in enumerate(pairwise(f"ardour:{each[0]}" for each in inputs), 1):
            self._ahead += [(n * SPAN_S * RATE, "connect", after), ((n * SPAN_S + BOTH_S) * RATE, "disconnect", before)]

    def look(self, passed_frames: float) -> None:
        """Patch the next track, or take one away, if it is time. [main]"""
        while self._ahead and self._ahead[0][0] <= passed_frames:
            _, verb, track = self._ahead.popleft()
            self._stage.performer.ask(verb, source=self._port, target=track)

    def recorded(self, session: Session, sent: list[Message], began: int, shift: int) -> list[Message]:
        """What all tracks hold, put together where nothing was sent and no note was held. [main]

        `shift` leads from the frames in which it was sent to those of the session.
        """
        seams = [-inf]
        for n in range(1, len(self.tracks)):
            since = began + (n * SPAN_S + _SURE_S) * RATE
            seams.append(_seam(sent, since, since + (BOTH_S - 2 * _SURE_S) * RATE) + shift)
        seams.append(inf)
        return [
            message
            for track, (since, until) in zip(self.tracks, pairwise(seams), strict=True)
            for message in session.region(track).messages()
            if since <= message.frame < until
        ]


def _seam(sent: list[Message], since: float, until: float) -> float:
    """The middle of the longest silence, without a note that is held, between two frames. [any]"""
    held: set[tuple[int, int]] = set()
    found = [(0.0, since)]
    for each, after in pairwise(sent):
        key = (each.data[0] & 0x0F, each.data[1])
        if each.begins:
            held.add(key)
        elif each.ends:
            held.discard(key)
        if not held and since <= each.frame and after.frame < until:
            found.append((after.frame - each.frame, (each.frame + after.frame) / 2))
    longest, middle = max(found)
    assert longest >= _QUIET_FRAMES, f"from frame {since:g} to {until:g} nobody is quiet"
    return middle
