"""The tables the benchmark reads and writes, and the recordings beside them.

What flows in and out: `name.flac` or `.wav`; beside it, where someone listened to it, `name.csv` (onset_s, offset_s,
pitch_midi) and, where it is known exactly, `name.f0.csv` (time_s, f0_hz; 0 where nobody sings); and notes that some
program heard, as `vocello listen --events` writes them. Only the standard library and numpy: the peers' own
environment reads this file too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]

SOUNDS = (".flac", ".wav", ".ogg", ".aiff", ".mp3")
WRITTEN = ("onset_s", "offset_s", "pitch_midi")
EVENTS = ("emitted_s", "onset_s", "offset_s", "pitch_midi", "velocity", "sent_pitch_midi")
F0 = ("time_s", "f0_hz")


class TableError(Exception):
    """A table is not what it has to be. [any]"""


def recordings(folder: Path) -> list[Path]:
    """The recordings of a folder, or the one that was named. [main]"""
    if folder.is_file():
        return [folder]
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUNDS) if folder.is_dir() else []
    if not found:
        raise TableError(f"There is no recording in '{folder}'. Name a folder of {' or '.join(SOUNDS[:2])} files.")
    return found


def written_notes(recording: Path) -> Table | None:
    """(notes, 3): what someone wrote down, or None where nobody did. [main]"""
    path = recording.with_suffix(".csv")
    return read(path, WRITTEN) if path.exists() else None


def written_f0(recording: Path) -> Table | None:
    """(frames, 2): the exact f0, or None where it is not known. [main]"""
    path = recording.with_suffix(".f0.csv")
    return read(path, F0) if path.exists() else None


def heard_notes(path: Path) -> Table:
    """(notes, 6): what a program heard; the moment of sending, velocity and pitch as sent are nan if unsaid. [main]"""
    return read(path, EVENTS, may_lack=("emitted_s", "velocity", "sent_pitch_midi"))


def read(path: Path, columns: Sequence[str], may_lack: Sequence[str] = ()) -> Table:
    """(rows, columns) of a table whose first line names its columns, in any order; an empty cell is nan. [main]"""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = [name for name in columns if name not in (*(rows.fieldnames or ()), *may_lack)]
        if missing:
            raise TableError(f"'{path}' lacks the column {', '.join(missing)}. Its first line must name its columns.")
        try:
            cells = [[float(row.get(name) or "nan") for name in columns] for row in rows]
        except ValueError as error:
            raise TableError(f"'{path}' holds something that is not a number: {error}.") from error
    return np.array(cells, np.float64).reshape(-1, len(columns))


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    """A table that `read` reads; nan is an empty cell. [main]"""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(["" if np.isnan(cell) else f"{cell:.6f}" for cell in row] for row in rows)
