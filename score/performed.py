"""What was sung, as a score: seconds become ticks, and what lies between two keys becomes the note's own bend.

Rows of numbers in, a Score out; a pure value, safe on any thread. The track is an MPE zone, so that each note keeps its
own intonation in any program that opens the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from score.errors import EditError
from score.note import LAST_TICK, Note
from score.score import Score
from score.tempo import Tempo, TempoMap
from score.zone import Zone

Row = tuple[float, float, float, int]
"""Onset and offset in seconds, pitch in semitones (69 is the A of 440 Hz), velocity from 1 to 127."""


def score_of(
    rows: Iterable[Row],
    us_per_quarter: int = 500_000,
    name: str = "Voice",
    zone: Zone | None = None,
) -> Score:
    """Sung notes as a score of one track, at a tempo (500 000 µs a quarter is 120 a minute). [any]"""
    zone = zone or Zone()
    tempo = TempoMap(tempos=(Tempo(0, us_per_quarter),))
    notes = sorted((_note(row, tempo, zone) for row in rows), key=lambda note: (note.start_ticks, note.pitch))
    return Score(tempo, name=name).adding(name, notes, zones=(zone,))


def _note(row: Row, tempo: TempoMap, zone: Zone) -> Note:
    onset_s, offset_s, pitch, velocity = row
    if not all(isfinite(value) for value in (onset_s, offset_s, pitch)):
        raise EditError(f"No note is sung at {onset_s} s, to {offset_s} s, at {pitch}.", "Give finite numbers.")
    if not 0 <= onset_s <= offset_s:
        raise EditError(f"No note lasts from {onset_s} s to {offset_s} s.", "Give its onset first, from 0 on.")
    start = round(tempo.ticks_at(onset_s))
    if start >= LAST_TICK:
        raise EditError(f"A note at {onset_s} s is beyond every score.", "Cut the recording into parts.")
    end = min(LAST_TICK, max(start + 1, round(tempo.ticks_at(offset_s))))
    key = min(127, max(0, round(pitch)))
    bend_st = zone.nearest_bend_st(pitch - key)
    if abs(bend_st - (pitch - key)) > zone.bend_range_st / 8192:
        raise EditError(
            f"No bend of ±{zone.bend_range_st:g} semitones reaches {pitch} from the key {key}.", "Give a wider zone."
        )
    return Note(start, end - start, key, int(velocity), zone.master, bend_st=((0, bend_st),))
