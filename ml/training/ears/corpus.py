"""The recordings there are to learn from, and which of them a network never sees.

What flows in: a folder as `vocello data fetch` leaves it. What flows out: takes, each with its notes and its part in
the work. A singer or a recording is learned from or judged by, never both; the one singer of PJS is in both, and the
runs that keep a whole corpus out say what that hides. [main]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.training.ears.world import RATE_HZ
from score.errors import FileError

SUNG, SPOKEN, QUIET = "sung", "spoken", "quiet"
_JUDGED_OF_SOLFEGE = range(22, 34)  # a block of neighbours in number, who are often the same singer
_JUDGED_OF_PJS = "38"  # songs whose number ends so


@dataclass(frozen=True)
class Take:
    """One recording. [any]"""

    corpus: str
    path: Path
    kind: str
    is_judged: bool  # kept out of training, unless all is asked for
    is_score: bool = False  # its pitches are what should have been sung

    def sound(self) -> npt.NDArray[np.float32]:
        """Mono, at 24 kHz. [main]"""
        from fractions import Fraction

        import soundfile
        from scipy.signal import resample_poly

        samples, rate = soundfile.read(self.path, dtype="float32", always_2d=True)
        ratio = Fraction(RATE_HZ, rate).limit_denominator(1000)
        return np.asarray(resample_poly(samples.mean(axis=1), ratio.numerator, ratio.denominator), np.float32)

    def notes(self) -> npt.NDArray[np.float64]:
        """(notes, 3): onset and offset in seconds, pitch. [main]"""
        table = self.path.with_suffix(".csv")
        if not table.exists():
            return np.zeros((0, 3))
        return np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)[:, :3]


def takes(folder: Path) -> Iterator[Take]:
    """Every take of a folder `singing`. [main]"""
    solfege = sorted((folder / "solfege").glob("*.flac"), key=lambda path: (len(path.stem), path.stem))
    pjs = sorted((folder / "pjs").glob("*.flac"))
    if not solfege and not pjs:
        raise FileError(
            f"there are no recordings to learn from in '{folder}'.", "Get them: vocello data fetch solfege pjs"
        )
    for place, path in enumerate(solfege):
        yield Take("solfege", path, SUNG, place in _JUDGED_OF_SOLFEGE)
    for path in pjs:
        yield Take("pjs", path, SUNG, path.stem[-1] in _JUDGED_OF_PJS, is_score=True)
    for place, path in enumerate(sorted((folder / "pjs-speech").glob("*.flac"))):
        yield Take("pjs", path, SPOKEN, place % 5 == 4)
    if (folder / "room_noise.flac").exists():
        yield Take("pjs", folder / "room_noise.flac", QUIET, False)
