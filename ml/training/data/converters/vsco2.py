"""VSCO 2's strings, as many as are there, into `strings/vsco2-*`: WAV files with the note in the name.

What flows in: files as they lie in the authors' repository, `susvib_G2_v3_1.wav`. What flows out: one channel at their
own rate, named by the pitch that sounds, in small letters: `g3.flac`, `csharp3.flac`. The authors count the octaves of
the cello and the contrabass from another C; a cello that learned them so would play an octave too low. [main]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ml.training.data.sound import keep
from score.errors import FileError

# Where it lies, where it goes, and how many octaves its names are too low.
INSTRUMENTS = (
    ("Strings/Cello Section/susvib", "vsco2-cello", 1),
    ("Strings/Solo Violin/Arco Vib", "vsco2-violin", 0),
    ("Strings/Solo Contrabass/SusVib", "vsco2-contrabass", 1),
)
_NOTE = re.compile(r"_([A-G])(#?)(-?\d)_")


def convert(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
    """Convert the set; what had to be left out comes back. [main]"""
    pairs = [
        (source, to / "strings" / folder / f"{sounding_name(source.name, octaves)}.flac")
        for there, folder, octaves in INSTRUMENTS
        for source in sorted((raw / there).glob("*.wav"))
    ]
    for k, (source, target) in enumerate(pairs):
        target.parent.mkdir(parents=True, exist_ok=True)
        keep(source, target)
        step((k + 1) / len(pairs))
    return ()


def sounding_name(file_name: str, octaves_low: int) -> str:
    """`BKCtbss_SusVib_C#2_v3_rr1.wav` of a contrabass → `csharp3`. [any]"""
    match = _NOTE.search(file_name)
    if match is None:
        raise FileError(f"'{file_name}' has no note in its name.")
    letter, sharp, octave = match.groups()
    return f"{letter.lower()}{'sharp' if sharp else ''}{int(octave) + octaves_low}"
