"""Tempo and meter as a hand sets them, and tempo taken from what was played: the grid comes to the notes.

A Score in, an Edit or None out; pure values, safe on any thread. To set a tempo moves the music, as a metronome does;
to take it from a performance moves nothing that is heard: every note keeps its second, and gets other ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from score.edits import ChangeNotes, Edit, SetEvents, SetLength, SetTempo, Together
from score.errors import EditError
from score.events import Event
from score.note import LAST_TICK, Curve, Note
from score.operations.selection import picked
from score.pulse import Onset, Pulse, find_pulse
from score.score import Score
from score.tempo import Meter, Position, Tempo, TempoMap

SLOWEST_BPM, FASTEST_BPM = 4.0, 1000.0
_STEADY_S = 0.015
"""Beats that lie so near a line are meant as one tempo."""
_AT_ONCE_S = 0.02
_UNHEARD_S = 0.0005
_LONGEST_US = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the list of tempos and meters: where it is, and what holds from there on. [any]"""

    ticks: int
    position: Position
    bpm: float | None = None
    meter: tuple[int, int] | None = None


def changes(tempo: TempoMap) -> tuple[Change, ...]:
    """Every change of tempo and meter, in order. [any]"""
    at: dict[int, Change] = {}
    for each in tempo.tempos:
        at[each.ticks] = Change(each.ticks, tempo.position(each.ticks), bpm_of(each))
    for meter in tempo.meters:
        before = at.get(meter.ticks, Change(meter.ticks, tempo.position(meter.ticks)))
        at[meter.ticks] = replace(before, meter=(meter.numerator, meter.denominator))
    return tuple(at[ticks] for ticks in sorted(at))


def bpm_of(tempo: Tempo) -> float:
    """Quarters a minute. [any]"""
    return 60_000_000.0 / tempo.us_per_quarter


@dataclass(frozen=True, slots=True)
class TempoHere:
    """Another tempo in place of the one that holds at a tick; or from that tick on, if it begins there. [any]"""

    ticks: int
    bpm: float
    begins_here: bool = False

    def edit(self, score: Score, ids: Collection[int] = ()) -> Edit | None:
        """The tempo as an edit. [any]"""
        if not SLOWEST_BPM <= self.bpm <= FASTEST_BPM:
            raise EditError(f"{self.bpm:g} beats a minute are no tempo.", f"Give {SLOWEST_BPM:g} to {FASTEST_BPM:g}.")
        at = self.ticks if self.begins_here else score.tempo.tempo_at(self.ticks).ticks
        return _set(score, score.tempo.with_tempo(Tempo(at, round(60_000_000.0 / self.bpm))))


@dataclass(frozen=True, slots=True)
class MeterHere:
    """Another meter in place of the one that holds at a tick; or from the bar of that tick on. [any]"""

    ticks: int
    numerator: int
    denominator: int
    begins_here: bool = False

    def edit(self, score: Score, ids: Collection[int] = ()) -> Edit | None:
        """The meter as an edit. [any]"""
        tempo = score.tempo
        bar = tempo.ticks_of(tempo.position(self.ticks).bar)
        held = tempo.meter_at(self.ticks)
        made = replace(held, ticks=bar if self.begins_here else held.ticks)
        return _set(score, tempo.with_meter(replace(made, numerator=self.numerator, denominator=self.denominator)))


@dataclass(frozen=True, slots=True)
class NoChangeAt:
    """What held before goes on through a tick. [any]"""

    ticks: int

    def edit(self, score: Score, ids: Collection[int] = ()) -> Edit | None:
        """The map without it, as an edit. [any]"""
        return _set(score, score.tempo.without_change_at(self.ticks))


@dataclass(frozen=True, slots=True)
class TempoFromNotes:
    """The beat that notes were played to becomes the piece's: the grid falls on them, and nothing sounds otherwise.

    With a number of beats, so many lie between the first note and the end of the last. The first begins a bar.
    """

    beats: int | None = None
    one_tempo: bool = False
    """One tempo for all of it, though it was played freely."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The piece over the tempo of these notes. [any]"""
        return retimed(score, self.tempo(score, ids), "Tempo from notes")

    def tempo(self, score: Score, ids: Collection[int]) -> TempoMap:
        """The map of that tempo. [any]"""
        notes = sorted(picked(score, ids), key=lambda note: note.start_ticks)
        pulse = self.pulse(score, notes)
        beats_s = _even(pulse.beats_s) if self.one_tempo or _is_steady(pulse.beats_s) else pulse.beats_s
        others = any(note.start_ticks < notes[0].start_ticks for _, note in score)
        return _laid_on(score.tempo, beats_s, notes[0].start_ticks if others else None)

    def pulse(self, score: Score, notes: Collection[Note]) -> Pulse:
        """The beats of these notes, in seconds of the piece as it is. [any]"""
        seconds_at = score.tempo.seconds_at
        onsets = [
            Onset(
                seconds_at(each.start_ticks), _weight(seconds_at(each.end_ticks) - seconds_at(each.start_ticks), each)
            )
            for each in notes
            if not each.muted
        ]
        return find_pulse(onsets, self.beats, max((seconds_at(each.end_ticks) for each in notes), default=0.0))


def retimed(score: Score, tempo: TempoMap, name: str = "Change tempo") -> Edit | None:
    """The piece over another map of tempo, every note and event at the second where it was. [any]"""
    if tempo == score.tempo:
        return None
    before = score.tempo

    def moved(ticks: int) -> int:
        return moved_ticks(before, tempo, ticks)

    edits: list[Edit] = [SetTempo(tempo, name)]
    notes = [(note, _moved(note, moved)) for _, note in score]
    if changed := tuple(new for old, new in notes if new != old):
        edits.append(ChangeNotes(changed, name))
    for track_id, events in ((None, score.events), *((track.id, track.events) for track in score.tracks)):
        there = _events_moved(events, moved)
        if there != tuple(events):
            edits.append(SetEvents(track_id, there, name))
    edits += [SetLength(track.id, moved(track.length_ticks)) for track in score.tracks if track.length_ticks]
    return Together(name, tuple(edits))


def moved_ticks(before: TempoMap, after: TempoMap, ticks: int) -> int:
    """The tick of one map that comes at the second at which a tick of another came: a loop's end, a marker. [any]"""
    return min(max(round(after.ticks_at(before.seconds_at(ticks))), 0), LAST_TICK)


def _set(score: Score, tempo: TempoMap) -> Edit | None:
    return SetTempo(tempo) if tempo != score.tempo else None


def _weight(lasts_s: float, note: Note) -> float:
    return (0.5 + 2.0 * min(lasts_s, 1.0)) * (0.5 + note.velocity / 127.0)


def _even(beats_s: tuple[float, ...]) -> tuple[float, ...]:
    """The straight line that lies nearest to the beats."""
    count = len(beats_s)
    middle, mean = (count - 1) / 2.0, sum(beats_s) / count
    beat_s = sum((n - middle) * (at - mean) for n, at in enumerate(beats_s)) / sum(
        (n - middle) ** 2 for n in range(count)
    )
    return tuple(mean + (n - middle) * beat_s for n in range(count))


def _is_steady(beats_s: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _STEADY_S for a, b in zip(beats_s, _even(beats_s), strict=True))


def _laid_on(tempo: TempoMap, beats_s: tuple[float, ...], after_ticks: int | None) -> TempoMap:
    """The map whose beats fall on these seconds; what comes before other notes stays as it is."""
    beat_s = (beats_s[-1] - beats_s[0]) / (len(beats_s) - 1)
    start, from_s = 0, 0.0
    if after_ticks is not None:
        place = tempo.position(round(tempo.ticks_at(max(beats_s[0] - 0.5 * beat_s, 0.0))))
        start = tempo.ticks_of(place.bar, place.beat)
        from_s = tempo.seconds_at(start)
    meter = tempo.meter_at(start)
    ticks = _beat_ticks(tempo, meter)
    waits_s = beats_s[0] - from_s
    before = max(round(waits_s / beat_s), 1) if waits_s > _AT_ONCE_S else 0
    made = [each for each in tempo.tempos if each.ticks < start]
    times = [from_s, *beats_s] if before else [from_s, *beats_s[1:]]
    at, said_s = start, from_s
    for n, ends in enumerate(times[1:]):
        count = before if before and n == 0 else 1
        # By what was said, and not by what was meant: no rounding adds up.
        us = round((ends - said_s) * 1e6 * tempo.ticks_per_quarter / (ticks * count))
        us = min(max(us, 1), _LONGEST_US)
        goes_on = made[-1].us_per_quarter if made and made[-1].ticks >= start else us
        if abs(goes_on - us) * ticks * count / tempo.ticks_per_quarter / 1e6 < _UNHEARD_S and n > 0:
            us = goes_on  # another tempo is said where one would hear that it is missing
        if not made or made[-1].us_per_quarter != us or made[-1].ticks < start:
            made.append(Tempo(at, us))
        said_s += us * ticks * count / tempo.ticks_per_quarter / 1e6
        at += ticks * count
    first = start + before * ticks
    meters = [each for each in tempo.meters if each.ticks <= first]
    laid = TempoMap(tempo.ticks_per_quarter, tuple(made), tuple(meters))
    place = laid.position(first)
    return laid if (place.beat, place.ticks) == (1, 0) else laid.with_meter(replace(meter, ticks=first))


def _beat_ticks(tempo: TempoMap, meter: Meter) -> int:
    """What is felt as a beat: a quarter, a half in 2/2, a dotted quarter in 6/8."""
    part = max(4 * tempo.ticks_per_quarter // meter.denominator, 1)
    is_grouped = meter.denominator >= 8 and meter.numerator > 3 and meter.numerator % 3 == 0
    return 3 * part if is_grouped else part


def _moved(note: Note, moved: Callable[[int], int]) -> Note:
    start = min(moved(note.start_ticks), LAST_TICK - 1)
    duration = max(moved(note.end_ticks) - start, 1)
    if (start, duration) == (note.start_ticks, note.duration_ticks) and not note.is_expressive:
        return note

    def curve(points: Curve) -> Curve:
        there = {min(max(moved(note.start_ticks + at) - start, 0), duration): value for at, value in points}
        return tuple(sorted(there.items()))

    return replace(
        note,
        start_ticks=start,
        duration_ticks=duration,
        bend_st=curve(note.bend_st),
        pressure=curve(note.pressure),
        timbre=curve(note.timbre),
    )


def _events_moved(events: Iterable[Event], moved: Callable[[int], int]) -> tuple[Event, ...]:
    return tuple(replace(each, ticks=moved(each.ticks)) for each in events)
