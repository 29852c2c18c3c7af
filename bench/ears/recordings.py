"""A set of recordings in memory, with what is known of each.

What flows in: a folder. What flows out: its recordings at 48 kHz and their tables, or some of them, spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.ears import live, tables
from bench.ears.metrics import Written

HALVES = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}


@dataclass(frozen=True)
class SetOfRecordings:
    """The recordings of a folder. [any]"""

    name: str
    paths: list[Path]
    voices: dict[str, live.Sound]  # by the file's name
    written: dict[str, Written]

    @property
    def minutes(self) -> float:
        """How long they are, all together. [any]"""
        return sum(len(voice) for voice in self.voices.values()) / live.RATE / 60.0


def load(folder: Path, at_most: int | None = None, half: str = "all") -> SetOfRecordings:
    """Read a folder, or a single recording; of a half every second file is meant, from the first or second. [main]"""
    paths = tables.recordings(folder)[HALVES[half]]
    if at_most is not None and at_most < len(paths):
        paths = [paths[place * len(paths) // at_most] for place in range(at_most)]
    voices = {path.name: live.voice_of(path) for path in paths}
    written = {path.name: Written(tables.written_notes(path), tables.written_f0(path)) for path in paths}
    return SetOfRecordings(folder.name, paths, voices, written)
