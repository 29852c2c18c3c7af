"""Where a track's notes go: down a line of the rack to its own instrument, or to a MIDI port on a channel.

What flows in: a score and a setup. What flows out: numbers that stay a track's own for as long as it is there, whatever
is added, moved or taken out beside it. [any]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from realtime.client import ALL_SLOTS, FIRST_LINE, LINES
from score.score import Score

EFFECT_LINES, MASTER_LINE = LINES - 258, LINES - 2
"""From the first of these on, lines are those of effects that are shared; the last of all but one is the master's."""


@dataclass(frozen=True)
class Route:
    """Where the notes of one track go. [any]"""

    slot: int = ALL_SLOTS
    """Of the rack: a line, or every instrument that listens."""
    to_rack: bool = True
    to_port: bool = True
    channel: int | None = None
    """The channel that its notes take where they need none of their own; None where the track's place says it."""
    is_alone: bool = False
    """Whether no other track's notes come the same way, so that all channels are its own."""


EVERYWHERE = Route()


def lines_of(track_ids: Iterable[int]) -> dict[int, int]:
    """A line for each track. [any]"""
    lines: dict[int, int] = {}
    taken: set[int] = set()
    for track_id in sorted(track_ids):
        line = track_id % EFFECT_LINES
        while line in taken:
            line = (line + 1) % EFFECT_LINES
        taken.add(line)
        lines[track_id] = line
    return lines


def lines_of_score(score: Score) -> dict[int, int]:
    """A line for each track of a score. [any]"""
    return lines_of(track.id for track in score.tracks)


def route_of(track_id: int, port: str, channel: int, lines: Mapping[int, int]) -> Route:
    """Where the notes of a track go: to its port where it has one, else down its line. [any]"""
    if port:
        return Route(to_rack=False, channel=channel)
    line = lines.get(track_id)
    return EVERYWHERE if line is None else Route(slot_of(line), to_port=False, is_alone=True)


def effect_lines(names: Iterable[str]) -> dict[str, int]:
    """A line for each shared effect, to tell their levels by. [any]"""
    return {name: EFFECT_LINES + n for n, name in enumerate(sorted(names))}


def slot_of(line: int) -> int:
    """What an event's `slot` is that goes down a line. [any]"""
    return FIRST_LINE + line
