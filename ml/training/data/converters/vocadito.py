"""vocadito into `evaluation/vocadito`: `Audio/vocadito_<n>.wav` with `Annotations/Notes/vocadito_<n>_notesA1.csv`.

What flows in: the archive; its note tables hold onset, frequency and duration. What flows out: the recordings at
their own rate, `<id>.csv` by the first annotator and `second/<id>.csv` by the second, because two people who disagree
say how well a machine can be judged at all. [main]
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from ml.training.data.sound import keep
from ml.training.data.tables import Row, read_numbers, write_table
from ml.training.data.unpack import unpack

_WANTED = re.compile(r"(?:^|/)(vocadito_\d+)(?:\.wav|_notesA[12]\.csv)$")


def convert(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
    """Convert the set; what had to be left out comes back. [main]"""
    folder = to / "evaluation" / "vocadito"
    (folder / "second").mkdir(parents=True)
    found = {
        path.name: path
        for path in unpack(
            raw / "vocadito.zip", work, lambda name: bool(_WANTED.search(name)) and "__MACOSX" not in name
        )
    }
    names = sorted({match[1] for name in found if (match := _WANTED.search(name))})
    left_out = []
    for k, name in enumerate(names):
        sound, first, second = (found.get(name + end) for end in (".wav", "_notesA1.csv", "_notesA2.csv"))
        if sound is None or first is None:
            left_out.append(f"{name}: its {'notes are' if first is None else 'sound is'} missing")
            continue
        keep(sound, folder / f"{name}.flac")
        write_table(folder / f"{name}.csv", rows_of(first))
        if second is not None:
            write_table(folder / "second" / f"{name}.csv", rows_of(second))
        step((k + 1) / len(names))
    return tuple(left_out)


def rows_of(labels: Path) -> list[Row]:
    """The notes of one annotator. [main]"""
    return [
        Row(onset, onset + lasts, 69.0 + 12.0 * math.log2(hz / 440.0))
        for onset, hz, lasts in read_numbers(labels, ",", 3)
        if hz > 0.0
    ]
