"""The names of chords: C, Am7/G, F#m7b5, Gsus4 …

Pitches or notes in, a name or None out; pure values, safe on any thread. Of all readings of the same pitch classes the
one with its root in the bass wins, then the plainest; fewer than three pitch classes are an interval, and only the
fifth has a name as a chord.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from score.harmony.scales import Scale, pitch_class_name
from score.note import Note, value_at
from score.notes import Notes

QUALITIES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("", (0, 4, 7)),
    ("m", (0, 3, 7)),
    ("7", (0, 4, 7, 10)),
    ("m7", (0, 3, 7, 10)),
    ("maj7", (0, 4, 7, 11)),
    ("dim", (0, 3, 6)),
    ("sus4", (0, 5, 7)),
    ("sus2", (0, 2, 7)),
    ("aug", (0, 4, 8)),
    ("m7b5", (0, 3, 6, 10)),
    ("dim7", (0, 3, 6, 9)),
    ("6", (0, 4, 7, 9)),
    ("m6", (0, 3, 7, 9)),
    ("m(maj7)", (0, 3, 7, 11)),
    ("7sus4", (0, 5, 7, 10)),
    ("add9", (0, 2, 4, 7)),
    ("m(add9)", (0, 2, 3, 7)),
    ("9", (0, 2, 4, 7, 10)),
    ("m9", (0, 2, 3, 7, 10)),
    ("maj9", (0, 2, 4, 7, 11)),
    ("6/9", (0, 2, 4, 7, 9)),
    ("9sus4", (0, 2, 5, 7, 10)),
    ("7b9", (0, 1, 4, 7, 10)),
    ("7#9", (0, 3, 4, 7, 10)),
    ("7#11", (0, 4, 6, 7, 10)),
    ("7b5", (0, 4, 6, 10)),
    ("7#5", (0, 4, 8, 10)),
    ("maj7#5", (0, 4, 8, 11)),
    ("maj7#11", (0, 4, 6, 7, 11)),
    ("11", (0, 2, 4, 5, 7, 10)),
    ("m11", (0, 2, 3, 5, 7, 10)),
    ("13", (0, 2, 4, 7, 9, 10)),
    ("maj13", (0, 2, 4, 7, 9, 11)),
    ("7", (0, 4, 10)),
    ("m7", (0, 3, 10)),
    ("maj7", (0, 4, 11)),
    ("9", (0, 2, 4, 10)),
    ("m9", (0, 2, 3, 10)),
    ("maj9", (0, 2, 4, 11)),
    ("13", (0, 4, 9, 10)),
)
"""Names behind the root, and semitones above it, the plainest first; those at the end are played without a fifth."""


class Named(NamedTuple):
    """A chord that sounds from one tick to another. [any]"""

    start_ticks: int
    end_ticks: int
    name: str


def chord_name(pitches: Iterable[int], scale: Scale | None = None) -> str | None:
    """The name of what sounds together, with its bass note where that is not the root. [any]"""
    sounding = sorted(set(pitches))
    if not sounding:
        return None
    classes, bass = {pitch % 12 for pitch in sounding}, sounding[0] % 12
    flats = scale.with_flats if scale is not None else None
    if len(classes) == 2:
        other = next(each for each in classes if each != bass)
        root = bass if (other - bass) % 12 == 7 else other
        if (bass + other - 2 * root) % 12 != 7:
            return None
        return _spelt(root, "5", bass, flats)
    readings: list[tuple[bool, int, int, str]] = []
    for root in classes:
        steps = tuple(sorted((each - root) % 12 for each in classes))
        readings += [(root != bass, n, root, name) for n, (name, wanted) in enumerate(QUALITIES) if wanted == steps]
    if not readings:
        return None
    # A sixth on the bass and a seventh turned round are the same notes: the bass decides, as it does for the ear.
    _, _, root, name = min(readings)
    return _spelt(root, name, bass, flats)


def pitches_at(notes: Notes, ticks: int) -> list[int]:
    """What sounds at a tick, bends heard, muted notes not. [any]"""
    return [_heard_at(note, ticks) for note in notes.between(ticks, ticks + 1) if not note.muted]


def chord_at(tracks: Iterable[Notes], ticks: int, scale: Scale | None = None) -> str | None:
    """The chord that some tracks make together at a tick. [any]"""
    return chord_name([pitch for notes in tracks for pitch in pitches_at(notes, ticks)], scale)


def chords_between(
    tracks: Collection[Notes], start_ticks: int, end_ticks: int, scale: Scale | None = None, shortest_ticks: int = 240
) -> Iterator[Named]:
    """The chords from one tick to another, one after the other; what passes more quickly has no name. [any]"""
    notes = [note for each in tracks for note in each.between(start_ticks, end_ticks) if not note.muted]
    edges = {start_ticks, end_ticks}
    for note in notes:
        edges.update(edge for edge in (note.start_ticks, note.end_ticks) if start_ticks < edge < end_ticks)
    starting = sorted(notes, key=lambda note: note.start_ticks)
    sounding: list[Note] = []
    open_chord: Named | None = None
    times, place = sorted(edges), 0
    for at, until in pairwise(times):
        sounding = [note for note in sounding if note.end_ticks > at]
        while place < len(starting) and starting[place].start_ticks <= at:
            sounding.append(starting[place])
            place += 1
        name = chord_name([_heard_at(note, at) for note in sounding], scale)
        if open_chord is not None and open_chord.name == name:
            open_chord = open_chord._replace(end_ticks=until)
            continue
        if open_chord is not None and open_chord.end_ticks - open_chord.start_ticks >= shortest_ticks:
            yield open_chord
        open_chord = Named(at, until, name) if name is not None else None
    if open_chord is not None and open_chord.end_ticks - open_chord.start_ticks >= shortest_ticks:
        yield open_chord


def _heard_at(note: Note, ticks: int) -> int:
    return round(note.pitch + value_at(note.bend_st, ticks - note.start_ticks, 0.0)) if note.bend_st else note.pitch


# What a root is called where no key is known: as one meets it most often in print.
_USUAL_FLATS = {1: False, 3: True, 6: False, 8: True, 10: True}


def _spelt(root: int, name: str, bass: int, flats: bool | None) -> str:
    def said(pitch: int) -> str:
        return pitch_class_name(pitch, _USUAL_FLATS.get(pitch, False) if flats is None else flats)

    return f"{said(root)}{name}" + (f"/{said(bass)}" if bass != root else "")
