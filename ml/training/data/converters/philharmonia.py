"""The Philharmonia's cello into `strings/philharmonia-cello`: an archive of archives, `cello.zip` among them.

What flows in: `all-samples.zip`, or the cello's own archive under that name. What flows out: the MP3 files of the cello
as they are, under their own names, which say pitch, length, dynamic and articulation:
`cello_As2_15_forte_arco-normal.mp3`. [main]
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ml.training.data.unpack import unpack
from score.errors import FileError

_INSTRUMENT = re.compile(r"(?:^|/)cello\.zip$")
_RECORDING = re.compile(r"(?:^|/)cello_[^/]+\.mp3$")


def convert(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
    """Convert the set; what had to be left out comes back. [main]"""
    folder = to / "strings" / "philharmonia-cello"
    folder.mkdir(parents=True)
    archive = raw / "all-samples.zip"
    inner = unpack(archive, work / "outer", lambda name: _is_at(name, _INSTRUMENT) or _is_at(name, _RECORDING))
    recordings = [path for path in inner if path.suffix == ".mp3"]
    for each in inner:
        if each.suffix == ".zip":
            recordings += unpack(each, work / "inner", lambda name: _is_at(name, _RECORDING))
    if not recordings:
        raise FileError(
            f"'{archive}' holds no recordings of a cello: its layout is another than it was.",
            f"Get the cello's own archive from the orchestra's page and save it as '{archive}'.",
        )
    left_out = []
    for k, recording in enumerate(sorted(recordings)):
        if recording.stat().st_size:
            shutil.move(recording, folder / recording.name)
        else:
            left_out.append(f"{recording.name}: it is empty")
        step((k + 1) / len(recordings))
    return tuple(left_out)


def _is_at(name: str, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(name)) and "__MACOSX" not in name
