"""`vocello listen`: a recording becomes notes by the path that a live voice takes, block by block.

What flows in: a sound file. What flows out: the notes as MIDI, as a table with the moment each was sent, and as
sound. The clock is the recording's: `emitted_s` is the end of the block during which the note-on was decided, which
is when a card would have let it out. [main]
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.listener import Sung
from realtime.device.file import FileDevice
from realtime.device.wish import Wish
from realtime.machine import Machine
from score.errors import FileError
from score.midifile import write
from score.performed import score_of
from vocello.screen import print_json, print_table, progress, say
from vocello.wiring import machine

COLUMNS = ("emitted_s", "onset_s", "offset_s", "pitch_midi", "velocity")


@dataclass(frozen=True)
class Note:
    """A note as it was heard, in seconds of the recording. [any]"""

    emitted_s: float
    onset_s: float
    offset_s: float
    pitch_midi: float
    velocity: int

    def row(self) -> tuple[str, ...]:
        """As the table has it. [any]"""
        times = (f"{each:.6f}" for each in (self.emitted_s, self.onset_s, self.offset_s))
        return *times, f"{self.pitch_midi:.3f}", str(self.velocity)


@dataclass(frozen=True)
class Heard:
    """What a whole recording came to. [any]"""

    notes: tuple[Note, ...]
    rate: float
    seconds: float
    took_s: float


def listen(
    source: Path, midi: Path | None, events: Path | None, sound: Path | None, frames: int, as_json: bool
) -> None:
    """Listen to a file, write what was asked for, and tell. [main]"""
    for path in (midi, events):
        if path is not None and not path.parent.is_dir():
            raise FileError(f"there is no folder '{path.parent}'.", f"Make it: mkdir -p '{path.parent}'")
    with machine(shown=not as_json) as engine:
        heard = hear_file(engine, source, sound, frames, shown=not as_json)
    write_notes(heard, midi, events)
    if as_json:
        print_json(summary(heard, source) | {"notes": [vars(note) for note in heard.notes]})
        return
    if not (midi or events or sound):
        print_table("Notes", ("sent at s", "from s", "to s", "pitch", "velocity"), [n.row() for n in heard.notes])
    written = ", ".join(f"'{path}'" for path in (midi, events, sound) if path)
    say(
        f"{len(heard.notes)} notes in {heard.seconds:.1f} s of '{source.name}'"
        + (f", written to {written}" if written else "")
        + f"; {heard.seconds / max(heard.took_s, 1e-9):.0f} times as fast as live."
    )


def hear_file(engine: Machine, source: Path, sound: Path | None, frames: int, *, shown: bool) -> Heard:
    """Play a file through an engine, and collect what its ears heard. [main]"""
    began = time.monotonic()
    spec = f"file:{source}" + (f"→{sound}" if sound else "")
    engine.start(Wish(spec, block_frames=frames))
    device = engine.stage.device
    assert isinstance(device, FileDevice)
    with progress(f"Listening to {source.name}", shown) as step:
        while not device.wait(0.1):
            step(min(1.0, device.frames_done / max(device.frames, 1)))
    engine.stop()
    assert engine.listener is not None
    notes = tuple(_note(sung, device.rate, frames) for sung in engine.listener.sung)  # type: ignore[attr-defined]
    return Heard(notes, device.rate, device.frames / device.rate, time.monotonic() - began)


def write_notes(heard: Heard, midi: Path | None, events: Path | None) -> None:
    """The notes as MIDI and as a table, each in one step. [main]"""
    if midi is not None:
        rows = [(note.onset_s, note.offset_s, note.pitch_midi, note.velocity) for note in heard.notes]
        write(score_of(rows), midi)
    if events is not None:
        write_text(events, table(heard.notes))


def table(notes: Sequence[Note]) -> str:
    """The notes as comma-separated values, a row a note. [any]"""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(note.row() for note in notes)
    return text.getvalue()


def write_text(path: Path, text: str) -> None:
    """A text file, whole or not at all. [main]"""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise FileError(f"'{path}' cannot be written: {error.strerror}.", "Name another place.") from error


def summary(heard: Heard, source: Path) -> dict[str, Any]:
    """The figures of a recording. [any]"""
    return {
        "source": str(source),
        "rate": heard.rate,
        "seconds": round(heard.seconds, 3),
        "took_s": round(heard.took_s, 3),
        "note_count": len(heard.notes),
    }


def _note(sung: Sung, rate: float, block_frames: int) -> Note:
    emitted_frame = math.ceil(sung.emitted_frame / block_frames) * block_frames
    return Note(
        emitted_s=emitted_frame / rate,
        onset_s=sung.onset_frame / rate,
        offset_s=sung.offset_frame / rate,
        pitch_midi=sung.pitch_midi,
        velocity=max(1, min(127, round(sung.velocity * 127))),
    )
