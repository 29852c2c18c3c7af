"""Voices whose pitch is known exactly: recordings sung anew along a curve of pitch.

    python bench/ears/exact.py FROM_FOLDER TO_FOLDER [--files 12] [--shift 0]

What flows in: recordings. What flows out: for each, `name.wav`, WORLD's resynthesis (Morise et al., 2016) of it, and
`name.f0.csv`, the pitch that it was made along, so that no tracker's opinion is the truth; and its notes, if it has
any. The voice, the breath and the consonants are the singer's; the pitch is what WORLD found, smoothed within each
voiced stretch. `--shift` sings it so many semitones higher. Then: `python bench/ears/run.py TO_FOLDER`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.ears import tables
from bench.ears.live import RATE, resampled
from bench.ears.recordings import load
from bench.ears.segment import stretches
from ml.training.ears.world import FRAME_S, RATE_HZ, analysed, sounding
from score.errors import ModelError

SHORTEST_FRAMES = 8  # of a voiced stretch: what is shorter is a tracker's guess, and is left unvoiced
LOWEST_HZ, HIGHEST_HZ = 70.0, 1_000.0  # where WORLD sings just as it is asked
EDGE_FRAMES = 3  # where a voice begins or ends it can hardly be heard: not asked for
Array = npt.NDArray[np.float64]


def smooth(f0_hz: Array) -> Array:
    """Without short guesses, and without steps inside a stretch. [any]"""
    smoothed = np.zeros_like(f0_hz)
    kernel = np.hanning(7)[1:-1] / np.hanning(7)[1:-1].sum()
    for first, last in stretches(f0_hz > 0.0):
        if last - first >= SHORTEST_FRAMES:
            padded = np.pad(np.log(f0_hz[first:last]), 2, mode="edge")
            smoothed[first:last] = np.exp(np.convolve(padded, kernel, "valid"))
    return smoothed


def asked_for(f0_hz: Array) -> Array:
    """The curve without the edges of its stretches. [any]"""
    kept = np.zeros_like(f0_hz)
    for first, last in stretches(f0_hz > 0.0):
        inner = slice(first + EDGE_FRAMES, last - EDGE_FRAMES)
        kept[inner] = f0_hz[inner]
    return kept


def sung_anew(voice: npt.NDArray[np.float32], shift_st: float = 0.0) -> tuple[npt.NDArray[np.float32], Array]:
    """A voice at RATE_HZ sung again, and (frames, 2): the seconds and the pitch it was made along. [main]"""
    found = analysed(voice)
    f0_hz = smooth(found.f0_hz) * 2.0 ** (shift_st / 12.0)
    f0_hz[(f0_hz < LOWEST_HZ) | (f0_hz > HIGHEST_HZ)] = 0.0
    made = sounding(found._replace(f0_hz=f0_hz))[: len(voice)]
    return made, np.column_stack([FRAME_S * np.arange(len(f0_hz)), asked_for(f0_hz)])


def main() -> None:
    """Sing a folder anew. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("source", type=Path, metavar="FROM_FOLDER")
    parser.add_argument("target", type=Path, metavar="TO_FOLDER")
    parser.add_argument("--files", type=int, default=12, metavar="N", help="at most so many, spread evenly")
    parser.add_argument("--shift", type=float, default=0.0, metavar="ST", help="semitones higher")
    wanted = parser.parse_args()
    try:
        some = load(wanted.source, wanted.files)
        wanted.target.mkdir(parents=True, exist_ok=True)
        for path in some.paths:
            made, f0 = sung_anew(resampled(some.voices[path.name], RATE, RATE_HZ), wanted.shift)
            target = wanted.target / f"{path.stem}.wav"
            soundfile.write(target, made, RATE_HZ, subtype="FLOAT")
            tables.write(target.with_suffix(".f0.csv"), tables.F0, f0)
            notes = some.written[path.name].notes
            if notes is not None:
                tables.write(target.with_suffix(".csv"), tables.WRITTEN, notes + np.array([0.0, 0.0, wanted.shift]))
            print(target, flush=True)
    except (tables.TableError, ModelError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
