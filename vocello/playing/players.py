"""A piece as what its players do: each track a player, or as many as it has channels, side by side.

What flows in: a score. What flows out: events at frames of a rate, with the channels and the cellos they are for. The
messages of each track go through the parser that hears the keyboards, so that bends, ranges, MPE, pedals and tunings
mean what they mean live. [main]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime.dsp.strings.controls import CONTROLS, PAN
from realtime.events import ALL_SLOTS, CONTROL, EVENT, FROM_APP, KEY_PRESSURE, NOTE_OFF, NOTE_ON, TUNE
from realtime.midi.parse import Parser, Row
from score.errors import UsageError
from score.midi_bytes import Verbatim
from score.note import counted
from score.score import Score, Track
from score.tempo import TempoMap
from score.track_to_midi import in_file_order, track_messages

CHANNELS = 16
CELLOS_AT_MOST = 8
_DRUMS = 9
_EXCLUSIVE, _META = 0xF0, 0xFF
_SPREAD = 0.35  # from the middle to the outermost player, where 0.5 is the wall
_PAN_CC = CONTROLS[PAN].cc

_Player = tuple[int, int]
"""A track and a channel of it."""


@dataclass(frozen=True)
class Performance:
    """What is to happen. [any]"""

    events: npt.NDArray[np.void]  # EVENT; `slot` counts the cellos
    frames: int
    players: int
    cellos: int
    notes: int
    left_out: tuple[str, ...]


def performance(score: Score, rate: float, transpose_st: int = 0) -> Performance:
    """A score as its players play it on a card of this rate. [main]"""
    heard = [_rows(track, score.tempo, rate) for track in score.tracks]
    left_out: list[str] = []
    groups: list[list[_Player]] = []  # who sit in one place
    for number, (track, rows) in enumerate(zip(score.tracks, heard, strict=True)):
        channels = sorted({row[3] for row in rows if row[2] == NOTE_ON})
        if not track.zones and _DRUMS in channels:
            channels.remove(_DRUMS)
            left_out.append(f"Track {number + 1} has drums on channel 10; no cello plays them.")
        if track.zones and channels:
            groups.append([(number, channel) for channel in channels])
        else:
            groups += [[(number, channel)] for channel in channels]
    seats = {player: seat for seat, player in enumerate(player for group in groups for player in group)}
    if len(seats) > CHANNELS * CELLOS_AT_MOST:
        raise UsageError(
            f"the piece has {counted(len(seats), 'player')}; {CHANNELS * CELLOS_AT_MOST} can play together.",
            "Render its tracks in several goes.",
        )
    made = [*_panned(groups, heard, seats)]
    for number, rows in enumerate(heard):
        for row in rows:
            seat = seats.get((number, row[3]))
            if row[2] == TUNE:
                made += [(*row[:6], cello, 0) for cello in range(_cellos(seats))]
            elif seat is not None:
                made += _moved(row, seat, transpose_st)
    events = np.array(made, EVENT) if made else np.zeros(0, EVENT)
    events = events[np.argsort(events["frame"], kind="stable")]
    frames = round(score.tempo.seconds_at(score.end_ticks) * rate)
    return Performance(
        events=events,
        frames=frames,
        players=len(groups),
        cellos=_cellos(seats),
        notes=int((events["kind"] == NOTE_ON).sum()),
        left_out=tuple(left_out),
    )


def _cellos(seats: dict[_Player, int]) -> int:
    return max(1, -(-len(seats) // CHANNELS))


def _rows(track: Track, tempo: TempoMap, rate: float) -> list[Row]:
    """A track as the parser hears it; at its end every key and pedal goes up."""
    parser = Parser()
    ticks = 0
    for message in in_file_order(track_messages(track), track.end_ticks):
        ticks += message.time
        at = round(tempo.seconds_at(ticks) * rate)
        if isinstance(message, Verbatim):
            if message.status != _META:  # system exclusive, or how one goes on
                parser.take(([_EXCLUSIVE] if message.status == _EXCLUSIVE else []) + [*message.data], at)
        elif not message.is_meta:
            parser.take(message.bytes(), at)
    rows = parser.drain()
    end = round(tempo.seconds_at(track.end_ticks) * rate)
    return [*rows, *(tuple(each.tolist()) for each in parser.release(end))]


def _panned(groups: list[list[_Player]], heard: list[list[Row]], seats: dict[_Player, int]) -> Iterable[Row]:
    """Where each sits, from left to right, unless the piece itself says where."""
    for place, group in enumerate(groups):
        share = 2.0 * place / (len(groups) - 1) - 1.0 if len(groups) > 1 else 0.0
        for player in group:
            told = any(row[2] == CONTROL and row[4] == _PAN_CC and row[3] == player[1] for row in heard[player[0]])
            if share and not told:
                seat = seats[player]
                value = 0.5 + _SPREAD * share
                yield (0, value, CONTROL, seat % CHANNELS, _PAN_CC, FROM_APP, seat // CHANNELS, 0)


def _moved(row: Row, seat: int, transpose_st: int) -> list[Row]:
    """The event as it is for a seat; a key that is transposed off the keyboard is none."""
    frame, value, kind, _, number, _, slot, offset = row
    assert slot == ALL_SLOTS
    if kind in (NOTE_ON, NOTE_OFF, KEY_PRESSURE):
        number += transpose_st
        if not 0 <= number <= 127:
            return []
    return [(frame, value, kind, seat % CHANNELS, number, FROM_APP, seat // CHANNELS, offset)]
