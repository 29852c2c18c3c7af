"""A take: a part of a tape as a sound file, from one frame of the engine to another.

What flows in: a stream, and two of its frames. What flows out: a FLAC file of one channel and 24 bits, which appears
under its name when it is whole; where frames are missing it is silent, so that time stays true. It reads the tape from
the disk, and so needs no engine: what one that was killed had recorded is cut in the same way. [worker]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.device.sound_file import SoundWriter
from realtime.tape import TapeStream, segments_of
from score.errors import AudioFileError

_PIECE_S = 5.0
_LOOK_AGAIN_S = 0.05
STANDS_STILL_S = 1.5
"""A tape that has not grown for so long grows no more: its engine has gone, or its device."""


@dataclass(frozen=True)
class Cut:
    """What a take came to. [any]"""

    first_frame: int
    frames: int
    rate: float
    lost_frames: int


def cut_take(
    stream: Path,
    first: int,
    end: int | None,
    target: Path,
    watch: Callable[[npt.NDArray[np.float32]], None] = lambda samples: None,
    stands_still_s: float = STANDS_STILL_S,
) -> Cut:
    """Write the frames from `first` to before `end` as a sound file, or all there are, and show them as they pass.

    The end may lie a little ahead: what is still on its way to the disk is waited for. [worker]
    """
    tape = TapeStream.open(stream)
    if end is None:
        end = tape.reach()[1]
    else:
        _wait_for(tape, end, stands_still_s)
    segments = [each for each in segments_of(stream) if each.end > first and each.first < end]
    if not segments:
        raise AudioFileError(f"the tape has nothing of frames {first} to {end}.", "Nothing was recorded then.")
    lost = 0
    writer = SoundWriter(target, tape.rate, 1)
    try:
        piece = max(1, round(_PIECE_S * tape.rate))
        for start in range(first, end, piece):
            samples = tape.read(start, min(start + piece, end), segments)
            missing = np.isnan(samples)
            lost += int(missing.sum())
            samples[missing] = 0.0
            writer.write(samples.reshape(-1, 1))
            watch(samples)
    except BaseException:
        writer.abandon()
        raise
    writer.close()
    return Cut(first, end - first, tape.rate, lost)


def _wait_for(tape: TapeStream, end: int, stands_still_s: float) -> None:
    reached, since_s = tape.reach()[1], time.monotonic()
    while reached < end and time.monotonic() - since_s < stands_still_s:
        time.sleep(_LOOK_AGAIN_S)
        now = tape.reach()[1]
        if now > reached:
            reached, since_s = now, time.monotonic()
