"""What was heard, on its way to files: notes as they were sung, notes as they were sent, tables and MIDI.

What flows in: the notes that the ears say have ended, and the events they sent. What flows out: rows of a table, and
scores. The clock is the recording's: `emitted_s` is the end of the block during which the note-on was decided, which
is when a card would have let it out. Plain values on any thread.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ml.said import Sung
from realtime.events import NOTE_OFF, NOTE_ON, NOTES_OFF, SILENCE
from score.atomic import write_whole
from score.errors import FileError
from score.midifile import write
from score.performed import Row, score_of
from score.score import Score

COLUMNS = ("emitted_s", "onset_s", "offset_s", "pitch_midi", "velocity", "sent_pitch_midi")
DRUM_CHANNEL = 9


@dataclass(frozen=True)
class Note:
    """A note as it was heard, in seconds of the recording. [any]"""

    emitted_s: float
    onset_s: float
    offset_s: float
    pitch_midi: float
    velocity: int
    sent_pitch_midi: float

    @classmethod
    def of(cls, sung: Sung, rate: float, block_frames: int, first_frame: int = 0) -> Note:
        """A sung note on the clock of a recording that began with `first_frame`. [any]"""
        emitted_frame = math.ceil(sung.emitted_frame / block_frames) * block_frames
        return cls(
            emitted_s=(emitted_frame - first_frame) / rate,
            onset_s=max(0.0, (sung.onset_frame - first_frame) / rate),
            offset_s=(sung.offset_frame - first_frame) / rate,
            pitch_midi=sung.pitch_midi,
            velocity=velocity_of(sung.velocity),
            sent_pitch_midi=sung.sent_pitch_midi,
        )

    def row(self) -> tuple[str, ...]:
        """As the table has it. [any]"""
        times = (f"{each:.6f}" for each in (self.emitted_s, self.onset_s, self.offset_s))
        return *times, f"{self.pitch_midi:.3f}", str(self.velocity), f"{self.sent_pitch_midi:.3f}"

    @classmethod
    def of_row(cls, row: Sequence[str]) -> Note:
        """The note of a table's row; ValueError for what is none. [any]"""
        emitted, onset, offset, pitch, velocity, sent = row
        return cls(float(emitted), float(onset), float(offset), float(pitch), int(velocity), float(sent))


@dataclass(frozen=True)
class Heard:
    """What a whole recording came to. [any]"""

    notes: tuple[Note, ...]
    rate: float
    seconds: float
    took_s: float
    played: tuple[Played, ...] = ()
    """What left the ears, where that is not what was sung."""


@dataclass(frozen=True)
class Played:
    """A key as it went down and up at the synth, in seconds of the recording. [any]"""

    on_s: float
    off_s: float
    key: int
    velocity: int
    channel: int = 0


@dataclass
class Sent:
    """Note-ons and note-offs in the order they were sent; bends and pressures go by. [any]"""

    rate: float
    first_frame: int = 0
    played: list[Played] = field(default_factory=list)
    _down: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)

    def take(self, events: npt.NDArray[Any]) -> None:
        """Some more events. [any]"""
        for each in events:
            kind = int(each["kind"])
            if kind in (NOTE_ON, NOTE_OFF, NOTES_OFF, SILENCE):
                at_s = (int(each["frame"]) - self.first_frame) / self.rate
                self.turn(kind == NOTE_ON, at_s, int(each["channel"]), int(each["number"]), velocity_of(each["value"]))
                if kind in (NOTES_OFF, SILENCE):
                    self.finish(at_s)

    def turn(self, on: bool, at_s: float, channel: int, key: int, velocity: int) -> None:
        """A key goes down, or up; one that goes down twice is struck again. [any]"""
        begun = self._down.pop((channel, key), None)
        if begun is not None:
            self.played.append(Played(begun[0], max(begun[0], at_s), key, begun[1], channel))
        if on:
            self._down[channel, key] = (max(0.0, at_s), velocity)

    def down(self) -> list[tuple[int, int, float, int]]:
        """What has not gone up: channel, key, since when, how hard. [any]"""
        return [(channel, key, since, velocity) for (channel, key), (since, velocity) in self._down.items()]

    def finish(self, at_s: float) -> tuple[Played, ...]:
        """Let everything go up; all that was played, in order. [any]"""
        for channel, key in list(self._down):
            self.turn(False, at_s, channel, key, 0)
        return tuple(sorted(self.played, key=lambda each: (each.on_s, each.channel, each.key)))


def score(notes: Iterable[Note], played: Iterable[Played] = (), *, as_sung: bool = True) -> Score:
    """The notes as sung, or as sent where something was made of them; drums have a track of their own. [any]"""
    played = list(played)
    voice: list[Row] = [(each.onset_s, each.offset_s, each.pitch_midi, each.velocity) for each in notes]
    if not as_sung:
        voice = [_row(each) for each in played if each.channel != DRUM_CHANNEL]
    made = score_of(voice)
    drums = [each for each in played if each.channel == DRUM_CHANNEL]
    if not drums:
        return made
    struck = [note for track in score_of(_row(each) for each in drums).tracks for note in track.notes]
    return made.adding("Drums", [_on_drum_channel(each) for each in struck])


def write_notes(notes: Sequence[Note], made: Score, midi: Path | None, events: Path | None) -> None:
    """The notes as MIDI and as a table, each whole or not at all. [main]"""
    if midi is not None:
        write(made, midi)
    if events is not None:
        write_whole(events, table(notes).encode(), FileError)


def table(notes: Sequence[Note]) -> str:
    """The notes as comma-separated values, a row a note, in the order they began. [any]"""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(note.row() for note in sorted(notes, key=lambda note: (note.onset_s, note.emitted_s)))
    return text.getvalue()


def velocity_of(value: float) -> int:
    """0..1 as MIDI counts it; what sounds is never 0. [any]"""
    return max(1, min(127, round(value * 127)))


def _row(each: Played) -> Row:
    return each.on_s, each.off_s, float(each.key), each.velocity


def _on_drum_channel(note: Any) -> Any:
    from dataclasses import replace

    return replace(note, channel=DRUM_CHANNEL, bend_st=())
