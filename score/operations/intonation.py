"""The pitch of a note as it was sung, and how much of it shall stay: its drift, its vibrato, its way to the next note.

A Score and ids in, an Edit or None out; pure values, safe on any thread. A sung pitch is a slow line, on which the
voice wanders, and a fast one about it, the vibrato. The slow line is the mean over one swing of a vibrato, thrice: a
vibrato of that rate is not in it at all, and one between 4 and 8 Hz by less than a twentieth.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from score.edits import Edit
from score.errors import EditError
from score.note import BEND_LIMIT_ST, NEUTRAL_BEND_ST, Note, counted, value_at
from score.operations.curves import until
from score.operations.feel import ticks_in
from score.operations.selection import changed, parts, picked
from score.operations.smoothing import eased, reshaped, slow_line, spread, values_of
from score.score import Score
from score.tempo import TempoMap

VIBRATO_HZ = 5.5
_SAMPLE_MS = Fraction(5)
_MOST_SAMPLES = 20_000
_HEARD_ST = 0.02  # two cents: a smaller step of a bend nobody hears
_MEANT_FROM, _MEANT_TO = 0.2, 0.85  # of a note: a scoop into it and a fall from it say little of the pitch meant


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the voice wanders from where it is on the whole; vibrato stays. [any]"""

    flatten: float = 1.0
    """0 leaves all of it, 1 takes it away."""
    vibrato_hz: float = VIBRATO_HZ
    """About how fast the vibrato is; all that is slower is drift."""

    def __post_init__(self) -> None:
        _share(self.flatten, 1.0, "flattened")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with steadier pitches, as one edit. [any]"""
        return _retuned("Flatten drift of", score, ids, self.vibrato_hz, lambda x, s, c: x - self.flatten * (s - c))


@dataclass(frozen=True, slots=True)
class Vibrato:
    """How wide the vibrato is: 0 is none, 1 as it was sung, 2 twice as wide; drift stays. [any]"""

    amount: float = 1.0
    vibrato_hz: float = VIBRATO_HZ

    def __post_init__(self) -> None:
        _share(self.amount, 2.0, "a vibrato")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with other vibratos, as one edit. [any]"""
        return _retuned("Vibrato of", score, ids, self.vibrato_hz, lambda x, s, c: x + (self.amount - 1) * (x - s))


@dataclass(frozen=True, slots=True)
class Straighten:
    """The whole pitch toward a straight line: that of the key, or that on which the voice sang. [any]"""

    amount: float = 1.0
    in_tune: bool = True
    """Toward the key; else toward the sung pitch on the whole, so that only movement goes."""

    def __post_init__(self) -> None:
        _share(self.amount, 1.0, "straightened")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with straighter pitches, as one edit. [any]"""
        if self.amount == 1 and self.in_tune:
            notes = picked(score, ids)
            straight = [replace(note, bend_st=()) if note.bend_st else note for note in notes]
            return changed(f"Straighten {counted(len(notes), 'note')}", notes, straight)

        def line(sung: float, _: float, centre: float) -> float:
            return sung + self.amount * ((0.0 if self.in_tune else centre) - sung)

        return _retuned("Straighten", score, ids, VIBRATO_HZ, line)


@dataclass(frozen=True, slots=True)
class CentrePitch:
    """The pitch on the whole onto the key; drift, vibrato and the way into the note stay as they were sung. [any]"""

    amount: float = 1.0

    def __post_init__(self) -> None:
        _share(self.amount, 1.0, "centred")

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes in tune, as one edit. [any]"""
        return _retuned("Tune", score, ids, VIBRATO_HZ, lambda x, s, c: x - self.amount * c)


@dataclass(frozen=True, slots=True)
class Detune:
    """The whole pitch higher or lower by cents, with all its movement. [any]"""

    cents: float = 0.0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes that much higher, as one edit. [any]"""
        by = self.cents / 100
        before = picked(score, ids)
        after = [
            replace(note, bend_st=tuple((at, _within(st + by)) for at, st in note.bend_st or ((0, NEUTRAL_BEND_ST),)))
            for note in before
        ]
        return changed(f"Detune {counted(len(before), 'note')}", before, after)


@dataclass(frozen=True, slots=True)
class JoinPitch:
    """Where one note follows another at once and their pitches nearly meet, both bend a little until they do. [any]"""

    over_ms: float = 60.0
    """On either side."""
    most_st: float = 1.0
    """What is further apart is a step that was meant."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with pitches that meet, as one edit. [any]"""

        def join(left: Note, right: Note, apart_st: float) -> tuple[Note, Note]:
            if abs(apart_st) > self.most_st:
                return left, right
            over = min(ticks_in(self.over_ms, score.tempo, right.start_ticks), left.duration_ticks)
            begin = left.duration_ticks - over
            left = _bent(left, score.tempo, begin, left.duration_ticks, lambda s: apart_st / 2 * eased(s))
            over = min(ticks_in(self.over_ms, score.tempo, right.start_ticks), right.duration_ticks)
            return left, _bent(right, score.tempo, 0, over, lambda s: -apart_st / 2 * (1 - eased(s)))

        return _in_pairs("Join pitches of", score, ids, 0.0, join)


@dataclass(frozen=True, slots=True)
class Portamento:
    """A slur becomes a slide: a note that follows another begins on its pitch and glides to its own. [any]"""

    time_ms: float = 90.0
    reach_ms: float = 30.0
    """Notes with no longer a rest between are slurred."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes with glides, as one edit; `Glue` across pitches makes one note of them. [any]"""

        def glide(left: Note, right: Note, apart_st: float) -> tuple[Note, Note]:
            over = min(ticks_in(self.time_ms, score.tempo, right.start_ticks), right.duration_ticks)
            return left, _bent(right, score.tempo, 0, over, lambda s: -apart_st * (1 - eased(s)))

        return _in_pairs("Portamento of", score, ids, self.reach_ms, glide)


def pitch_parts(note: Note, tempo: TempoMap, vibrato_hz: float = VIBRATO_HZ) -> list[tuple[int, float, float]]:
    """For a view: ticks since the note began, the bend there, and the slow line under it, in semitones. [any]"""
    times = spread(note.duration_ticks, _sample_ticks(tempo, note), _MOST_SAMPLES)
    sung = list(values_of(note.bend_st, NEUTRAL_BEND_ST, times))
    return list(zip(times, sung, slow_line(sung, _width(times, tempo, note, vibrato_hz)), strict=True))


Line = Callable[[float, float, float], float]
"""From what was sung, the slow line there, and the pitch on the whole: what shall be."""


def _retuned(verb: str, score: Score, ids: Collection[int], vibrato_hz: float, line: Line) -> Edit | None:
    if not 1 <= vibrato_hz <= 20:
        raise EditError(f"No voice swings {vibrato_hz} times a second.", "Give 1 to 20; most are near 5.5.")
    before = picked(score, ids)
    after = [_one_retuned(note, score.tempo, vibrato_hz, line) if note.bend_st else note for note in before]
    return changed(f"{verb} {counted(len(before), 'note')}", before, after)


def _one_retuned(note: Note, tempo: TempoMap, vibrato_hz: float, line: Line) -> Note:
    heard = pitch_parts(note, tempo, vibrato_hz)
    times, slow = [ticks for ticks, _, _ in heard], [each for _, _, each in heard]
    middle = slow[int(len(slow) * _MEANT_FROM) : int(len(slow) * _MEANT_TO)] or slow
    centre = sum(middle) / len(middle)

    def value_of(ticks: int, sung: float) -> float:
        low = bisect_right(times, ticks) - 1
        high = min(low + 1, len(times) - 1)
        share = (ticks - times[low]) / (times[high] - times[low]) if high > low else 0.0
        here = slow[low] + share * (slow[high] - slow[low])
        return _within(line(sung, here, centre))

    return replace(note, bend_st=reshaped(note.bend_st, NEUTRAL_BEND_ST, times, value_of, _HEARD_ST))


def _bent(note: Note, tempo: TempoMap, begin: int, end: int, more: Callable[[float], float]) -> Note:
    """The note with more of a bend from one of its ticks to another; `more` takes the share of the way."""
    if end <= begin:
        return note
    times = [begin + each for each in spread(end - begin, _sample_ticks(tempo, note), _MOST_SAMPLES)] + [end]

    def value_of(ticks: int, sung: float) -> float:
        if not begin <= ticks <= end:
            return sung
        return _within(sung + more((ticks - begin) / (end - begin)))

    bend_st = reshaped(note.bend_st, NEUTRAL_BEND_ST, times, value_of, _HEARD_ST)
    return replace(note, bend_st=until(bend_st, note.duration_ticks))


def _in_pairs(
    verb: str,
    score: Score,
    ids: Collection[int],
    reach_ms: float,
    join: Callable[[Note, Note, float], tuple[Note, Note]],
) -> Edit | None:
    """Each picked note and the one that follows it, in each channel: both as they are when they have met."""
    before: list[Note] = []
    after: list[Note] = []
    for part in parts(score, ids):
        before += part.notes
        now = {note.id: note for note in part.notes}
        for channel in {note.channel for note in part.notes}:
            voice = [note.id for note in part.notes if note.channel == channel]
            for first, second in pairwise(voice):
                left, right = now[first], now[second]
                rest = right.start_ticks - left.end_ticks
                if right.start_ticks == left.start_ticks or rest > ticks_in(reach_ms, score.tempo, left.end_ticks):
                    continue
                ended = value_at(left.bend_st, min(left.duration_ticks, right.start_ticks - left.start_ticks) - 1, 0.0)
                begun = value_at(right.bend_st, 0, 0.0)
                apart_st = right.pitch + begun - left.pitch - ended
                if abs(apart_st) >= _HEARD_ST:
                    now[first], now[second] = join(left, right, apart_st)
        after += [now[note.id] for note in part.notes]
    return changed(f"{verb} {counted(len(before), 'note')}", before, after)


def _sample_ticks(tempo: TempoMap, note: Note) -> Fraction:
    us_per_quarter = tempo.tempo_at(note.start_ticks).us_per_quarter
    return _SAMPLE_MS * 1000 * tempo.ticks_per_quarter / us_per_quarter


def _width(times: list[int], tempo: TempoMap, note: Note, vibrato_hz: float) -> int:
    """How many samples one swing of the vibrato takes."""
    swing_ticks = ticks_in(1000 / vibrato_hz, tempo, note.start_ticks)
    return round(swing_ticks * len(times) / note.duration_ticks)


def _within(bend_st: float) -> float:
    return max(-BEND_LIMIT_ST, min(BEND_LIMIT_ST, bend_st))


def _share(value: float, most: float, what: str) -> None:
    if not 0 <= value <= most:
        raise EditError(f"Nothing is {what} by {value}.", f"Give 0 to {most:g}.")
