"""A finished take in time: which tempo it had, and its notes on the lines of that tempo.

What flows in: the notes of a take, in seconds, as `score.performed` takes them. What flows out: a score whose bars
follow the singer, its notes moved as far towards the lines as is asked for. Pure, on any thread; some milliseconds a
note.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from ml.beat.curve import beat_times, tempo_map
from ml.beat.division import STRAIGHT, lines, nearest
from ml.beat.smoothing import place
from score.errors import SettingsError
from score.note import LAST_TICK, Note
from score.performed import Row, score_of
from score.score import Score
from score.tempo import TICKS_PER_QUARTER, TempoMap
from score.zone import Zone

_SAME_S = 0.03  # onsets so close are one
_FEWEST = 4  # onsets that make a tempo
# Where notes are taken to belong while the tempo is found; triplets only where they are meant.
_FINE = (0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0)


@dataclass(frozen=True)
class Timing:
    """The tempo of a take: 120 and no confidence where there are too few notes to tell. [any]"""

    tempo: TempoMap
    beats_s: tuple[float, ...] = ()  # when each beat was
    confidence: float = 0.0  # 0..1: how likely it is this tempo and none other, in the mean


def timing(onsets_s: Iterable[float]) -> Timing:
    """The tempo of a take, from the times its notes began. [worker]"""
    onsets: list[float] = []
    for onset_s in sorted(onset_s for onset_s in onsets_s if onset_s >= 0.0):
        if not onsets or onset_s - onsets[-1] >= _SAME_S:
            onsets.append(onset_s)
    if len(onsets) < _FEWEST:
        return Timing(TempoMap())
    times = np.array(onsets)
    placed = place(times)
    belong = np.maximum.accumulate([floor(beat) + nearest(_FINE, beat % 1.0) for beat in placed.beats])
    first, beats_s = beat_times(times, belong, placed.bpm)
    tempo, _ = tempo_map(first, beats_s)
    return Timing(tempo, tuple(float(beat_s) for beat_s in beats_s), float(placed.probability.mean()))


def in_time(
    rows: Iterable[Row],
    division: str = "1/16",
    strength: float = 1.0,
    swing: float = STRAIGHT,
    name: str = "Voice",
    zone: Zone | None = None,
) -> Score:
    """A take as a score in its own tempo, each note moved so much (0 to 1) of the way to its line.

    A note keeps its length; one that ended before the next began does so still. Of two notes that have one line the
    first stays where it was sung: it is an ornament. [worker]
    """
    if not 0.0 <= strength <= 1.0:
        raise SettingsError(f"The strength of a grid cannot be {strength}.", "Give 0 (none) to 1 (onto the line).")
    places = lines(division, swing)
    rows = sorted(rows)
    sung = score_of(rows, name=name, zone=zone)  # at 120 throughout, but all else is as it shall be
    notes = sorted(sung.tracks[0].notes, key=lambda note: note.start_ticks)
    seconds = sung.tempo.seconds_at
    found = timing(row[0] for row in rows)
    tempo = found.tempo
    as_sung = [tempo.ticks_at(seconds(note.start_ticks)) for note in notes]
    lengths = [tempo.ticks_at(seconds(note.end_ticks)) - start for note, start in zip(notes, as_sung, strict=True)]
    moved = [_moved(start, places, strength) for start in as_sung] if found.confidence > 0.0 else as_sung
    starts = _ornaments_kept(as_sung, moved)
    timed = _fitted(notes, as_sung, starts, lengths)
    return Score(tempo, name=name).adding(name, timed, zones=sung.tracks[0].zones)


def _moved(start_ticks: float, places: Sequence[float], strength: float) -> float:
    beat, rest = divmod(start_ticks / TICKS_PER_QUARTER, 1.0)
    return start_ticks + strength * ((beat + nearest(places, rest)) * TICKS_PER_QUARTER - start_ticks)


def _ornaments_kept(as_sung: list[float], moved: list[float]) -> list[int]:
    starts = [round(start) for start in moved]
    for n in range(len(starts) - 2, -1, -1):
        apart = round(as_sung[n]) < round(as_sung[n + 1])
        if apart and starts[n] >= starts[n + 1]:
            starts[n] = min(round(as_sung[n]), starts[n + 1] - 1)
    return [max(0, start) for start in starts]


def _fitted(notes: list[Note], as_sung: list[float], starts: list[int], lengths: list[float]) -> list[Note]:
    """The notes at their new starts, none longer than until the next, if it ended before that."""
    timed = []
    order = sorted(set(starts))
    for note, sung, start, length in zip(notes, as_sung, starts, lengths, strict=True):
        end = start + max(1, round(length))
        later = bisect_left(as_sung, sung + max(length - 0.5, 0.5))
        following = starts[later] if later < len(starts) else LAST_TICK
        if following <= start:  # an ornament after it has been moved behind it
            at = bisect_left(order, start + 1)
            following = order[at] if at < len(order) else LAST_TICK
        end = min(end, following, LAST_TICK)
        timed.append(replace(note, start_ticks=start, duration_ticks=max(1, end - start), id=0))
    return timed


def changes_of_tempo(tempo: TempoMap) -> list[tuple[float, float]]:
    """The tempo as a curve to draw: seconds, and beats a minute from there on. [any]"""
    return [(tempo.seconds_at(change.ticks), 60e6 / change.us_per_quarter) for change in tempo.tempos]
