"""Notes to other keys: by semitones, by steps of a scale, onto a scale, mirrored, and one note made a chord.

A Score and ids in, an Edit or None out; pure values, safe on any thread. A note's own bend goes with it. What would
leave the 128 keys is refused as a whole: a melody that is squeezed at the edge would not come back by the way it went.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from score.edits import Edit
from score.errors import EditError
from score.harmony.scales import C_MAJOR, Scale, Toward
from score.note import Note, counted
from score.operations.selection import added, changed, parts, picked, reworked
from score.score import Score

HIGHEST_PITCH = 127


@dataclass(frozen=True, slots=True)
class Transpose:
    """Up or down by semitones and octaves. [any]"""

    semitones: int = 0
    octaves: int = 0

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes that much higher, as one edit. [any]"""
        by = self.semitones + 12 * self.octaves
        return _repitched("Transpose", score, ids, lambda note: note.pitch + by)


@dataclass(frozen=True, slots=True)
class TransposeInScale:
    """Up or down by steps of a scale; what lies between its steps keeps its distance from the step below. [any]"""

    steps: int = 1
    scale: Scale = C_MAJOR

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes so many steps higher, as one edit. [any]"""
        return _repitched("Transpose", score, ids, lambda note: self.scale.stepped(note.pitch, self.steps))


@dataclass(frozen=True, slots=True)
class SnapToScale:
    """Every note to the nearest step of a scale, or the next one above or below. [any]"""

    scale: Scale = C_MAJOR
    toward: Toward = "nearest"

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes on the scale, as one edit. [any]"""
        return _repitched("Snap", score, ids, lambda note: self.scale.nearest(note.pitch, self.toward), " to scale")


@dataclass(frozen=True, slots=True)
class Invert:
    """Upside down about a pitch, or about the middle of what is picked; in a scale, step for step. [any]"""

    about_pitch: int | None = None
    scale: Scale | None = None

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes mirrored, bends too, as one edit. [any]"""
        pitches = [note.pitch for note in picked(score, ids)]
        if not pitches:
            return None
        scale = self.scale
        if scale is None:
            turn = min(pitches) + max(pitches) if self.about_pitch is None else 2 * self.about_pitch
            return _repitched("Invert", score, ids, lambda note: turn - note.pitch, mirrored=True)
        degrees = [scale.degree(pitch) for pitch in pitches]
        about = min(degrees) + max(degrees) if self.about_pitch is None else 2 * scale.degree(self.about_pitch)
        return _repitched(
            "Invert", score, ids, lambda note: scale.pitch(about - scale.degree(note.pitch)), mirrored=True
        )


@dataclass(frozen=True, slots=True)
class ToChord:
    """Each note becomes the lowest of a chord in a key: every second step of the scale above it. [any]"""

    scale: Scale = C_MAJOR
    chord: Literal["triad", "seventh", "ninth", "power", "octave"] = "triad"
    inversion: int = 0
    """How many of the lowest tones go up an octave."""

    def edit(self, score: Score, ids: Collection[int]) -> Edit | None:
        """The notes and those that are added to them, as one edit; what sounds there already is not doubled. [any]"""
        befores: list[Note] = []
        afters: list[Note] = []
        more: list[Edit | None] = []
        for track, notes in parts(score, ids):
            new: list[Note] = []
            for note in notes:
                tones = self.tones(note.pitch)
                befores.append(note)
                afters.append(note if tones[0] == note.pitch else replace(note, pitch=tones[0]))
                taken = {
                    (other.pitch, other.channel)
                    for other in track.notes.between(note.start_ticks, note.end_ticks)
                    if other.start_ticks == note.start_ticks
                }
                new += [replace(note, pitch=tone, id=0) for tone in tones[1:] if (tone, note.channel) not in taken]
            more.append(added(track.id, new))
        name = f"Make {counted(len(befores), 'chord')}"
        return reworked(name, changed(name, befores, afters), *more)

    def tones(self, pitch: int) -> tuple[int, ...]:
        """The pitches of the chord on a note, from the lowest up; those above the highest key are left out. [any]"""
        if self.chord == "octave":
            steps = [pitch, pitch + 12]
        elif self.chord == "power":
            steps = [pitch, pitch + 7, pitch + 12]
        else:
            count = {"triad": 3, "seventh": 4, "ninth": 5}[self.chord]
            steps = [self.scale.stepped(pitch, 2 * each) for each in range(count)]
        for _ in range(self.inversion):
            steps = sorted({*steps[1:], steps[0] + 12})
        return tuple(tone for tone in steps if tone <= HIGHEST_PITCH) or (pitch,)


def _repitched(
    verb: str,
    score: Score,
    ids: Collection[int],
    pitch_of: Callable[[Note], int],
    how: str = "",
    mirrored: bool = False,
) -> Edit | None:
    """Every note on the pitch that is asked for it, or a refusal of all."""
    before = picked(score, ids)
    pitches = [pitch_of(note) for note in before]
    if pitches and not 0 <= min(pitches) <= max(pitches) <= HIGHEST_PITCH:
        raise EditError("There are no keys so far up or down for all of these notes.", "Go less far.")
    after = [
        note if note.pitch == pitch and not (mirrored and note.bend_st) else _at_pitch(note, pitch, mirrored)
        for note, pitch in zip(before, pitches, strict=True)
    ]
    return changed(f"{verb} {counted(len(before), 'note')}{how}", before, after)


def _at_pitch(note: Note, pitch: int, mirrored: bool) -> Note:
    bend_st = tuple((ticks, -value) for ticks, value in note.bend_st) if mirrored else note.bend_st
    return replace(note, pitch=pitch, bend_st=bend_st)
