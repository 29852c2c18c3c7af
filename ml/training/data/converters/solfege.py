"""SSVD 2.0 into `singing/solfege`: `train&valid/<id>.flac` with `<id>.txt`, a note a line, divided by tabs.

What flows in: single files as they lie in the authors' repository. What flows out: 24 kHz and a table each. The
authors took their pitches from the middle of a band of the spectrogram, about a quarter of a semitone above what is
sung; a network that learned them so would tell every singer to be flat. [main]
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ml.training.data.sound import SINGING_HZ, keep
from ml.training.data.tables import Row, read_numbers, write_table

SHARP_ST = 0.25


def convert(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
    """Convert the set; what had to be left out comes back. [main]"""
    folder = to / "singing" / "solfege"
    folder.mkdir(parents=True)
    sources = sorted((raw / "train&valid").glob("*.flac"))
    for k, source in enumerate(sources):
        keep(source, folder / f"{source.stem}.flac", SINGING_HZ)
        write_table(folder / f"{source.stem}.csv", rows_of(source.with_suffix(".txt")))
        step((k + 1) / len(sources))
    return ()


def rows_of(labels: Path) -> list[Row]:
    """The notes of a label file, at the pitch that is sung. [main]"""
    return [Row(onset, offset, pitch - SHARP_ST) for onset, offset, pitch in read_numbers(labels, None, 3)]
