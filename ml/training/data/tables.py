"""The tables that training reads, and the label files they are made from.

What flows in: onset, offset and pitch of notes; phonemes in the format of HTK, a line each, in units of 100 ns. What
flows out: `name.csv` with the columns onset_s, offset_s, pitch_midi. [main]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from score.errors import FileError

HEAD = "onset_s,offset_s,pitch_midi"
_MOST_TEXT_BYTES = 4_000_000


@dataclass(frozen=True)
class Row:
    """A note of a recording; a whole number for a pitch means that it came from a score. [any]"""

    onset_s: float
    offset_s: float
    pitch_midi: float


@dataclass(frozen=True)
class Phoneme:
    """A sound of speech, and when. [any]"""

    onset_s: float
    offset_s: float
    name: str


def write_table(path: Path, rows: Iterable[Row]) -> None:
    """Write the notes of a recording. [main]"""
    lines = [HEAD]
    for row in rows:
        pitch = str(row.pitch_midi) if isinstance(row.pitch_midi, int) else f"{row.pitch_midi:.2f}"
        lines.append(f"{row.onset_s:.4f},{row.offset_s:.4f},{pitch}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_numbers(path: Path, separator: str | None, columns: int) -> list[tuple[float, ...]]:
    """The lines of a label file as numbers; a first line of words is passed over. [main]"""
    found = []
    for number, line in enumerate(read_text(path).splitlines()):
        cells = [cell for cell in line.split(separator) if cell.strip()]
        if not cells:
            continue
        try:
            values = tuple(float(cell) for cell in cells[:columns])
            if len(values) < columns:
                raise ValueError(line)
        except ValueError as error:
            if number == 0:
                continue
            raise FileError(f"'{path}' has a line {number + 1} that is no label: {line[:60]!r}.") from error
        found.append(values)
    return found


def read_phonemes(path: Path) -> list[Phoneme]:
    """A label file in HTK's format. [main]"""
    found = []
    for line in read_text(path).splitlines():
        cells = line.split()
        if not cells:
            continue
        try:
            found.append(Phoneme(int(cells[0]) * 1e-7, int(cells[1]) * 1e-7, cells[2]))
        except (ValueError, IndexError) as error:
            raise FileError(f"'{path}' has a line that is no label: {line[:60]!r}.") from error
    return found


def read_text(path: Path) -> str:
    """A small text of a set, in UTF-8 or, where its authors work on Windows in Japan, in their encoding. [main]"""
    data = path.read_bytes()[:_MOST_TEXT_BYTES]
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932", errors="replace")
