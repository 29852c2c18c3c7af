"""Recordings as training reads them: one channel, at the rate that was asked for, as FLAC.

What flows in: a sound file of any kind. What flows out: a FLAC file. Two channels are folded into one by their mean;
a change of rate keeps every moment where it was, because the labels stay. [main]
"""

from __future__ import annotations

from math import gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.device.sound_file import SoundReader, write_sound
from score.errors import AudioFileError

SINGING_HZ = 24_000
_MOST_SECONDS = 3_600.0

Sound = npt.NDArray[np.float32]


def keep(source: Path, to: Path, rate_hz: int | None = None) -> float:
    """Write a recording as one channel, at its own rate or another; its seconds come back. [main]"""
    sound, rate = _folded(source)
    if rate_hz is not None and rate_hz != rate:
        sound, rate = _at_rate(sound, rate, rate_hz), rate_hz
    write_sound(to, np.clip(sound, -1.0, 1.0), rate)
    return len(sound) / rate


def _folded(path: Path) -> tuple[Sound, int]:
    reader = SoundReader(path)
    try:
        if not 0.0 < reader.frames <= reader.rate * _MOST_SECONDS:
            raise AudioFileError(f"'{path}' lasts {reader.frames / max(reader.rate, 1.0):.0f} s: that is no recording.")
        return reader.read(reader.frames).mean(axis=1, dtype=np.float32), round(reader.rate)
    finally:
        reader.close()


def _at_rate(sound: Sound, rate: int, wanted: int) -> Sound:
    """Change the rate by a filter of symmetrical phase: nothing comes sooner or later than it did."""
    try:
        from scipy.signal import resample_poly
    except ImportError as error:
        raise AudioFileError(
            "recordings are brought to one rate by scipy, which is not installed.", "Type: pip install 'vocello[train]'"
        ) from error
    common = gcd(rate, wanted)
    changed: Sound = resample_poly(sound, wanted // common, rate // common).astype(np.float32)
    return changed
