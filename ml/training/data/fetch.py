"""A set from its authors' servers to its places: fetch, check, convert, put in place, and remember.

What flows in: a set of the catalogue and a folder. What flows out, below that folder: the downloads as they came
(`downloads/<set>/`), the recordings that training reads, each place with its licence, and fetched.json. Whatever
stops it, typing it again goes on: a file half there is continued, a file that is there is checked and kept, and a set
takes its places only when all of it is made. [main]
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ml.training.data.catalogue import Dataset
from ml.training.data.checked import fetch_checked
from ml.training.data.converters import philharmonia, pjs, solfege, vocadito, vsco2
from ml.training.data.download import SPARE_BYTES, Patience, disk_fault
from ml.training.data.licences import write_licences
from ml.training.data.lock import Lock
from score.errors import FileError

RECIPE = 1  # of all converters: a higher number makes every set anew from its downloads
SOUNDS = (".flac", ".wav", ".mp3")

Step = Callable[[float, str], None]  # a share 0..1 of the set, and what is being done
Convert = Callable[[Path, Path, Path, Callable[[float], None]], "tuple[str, ...]"]

CONVERTERS: dict[str, Convert] = {
    "solfege": solfege.convert,
    "pjs": pjs.convert,
    "vocadito": vocadito.convert,
    "philharmonia-cello": philharmonia.convert,
    "vsco2-cello": vsco2.convert,
    "vsco2-violin": vsco2.convert,
    "vsco2-contrabass": vsco2.convert,
}
_FETCHING_SHARE = 0.8  # of the progress bar; the rest is converting
_PATIENCE = Patience()


@dataclass(frozen=True)
class Fetched:
    """What came of a set. [any]"""

    name: str
    recordings: int
    was_there: bool
    pinned: tuple[str, ...]  # files whose checksum nobody published, so that what came is what counts
    left_out: tuple[str, ...]


def fetch_dataset(
    dataset: Dataset, to: Path, step: Step, *, base_url: str = "", patience: Patience = _PATIENCE
) -> Fetched:
    """Fetch a set and put it in its places, or find that it is there. [main]"""
    try:
        to.mkdir(parents=True, exist_ok=True)
        with _alone(to):
            lock = Lock(to)
            if is_there(dataset, to, lock):
                made = lock.sets[dataset.name]
                return Fetched(dataset.name, made.recordings, True, (), made.left_out)
            raw = to / "downloads" / dataset.name
            _room_for(dataset, raw, to)
            _fetch_files(dataset, raw, lock, step, base_url, patience)
            left_out = _convert(dataset, raw, to, lock, step)
            recordings = count(dataset, to)
            lock.finish(dataset.name, RECIPE, recordings, left_out)
            pinned = tuple(file.path for file in dataset.files if not (file.sha256 or file.md5))
            return Fetched(dataset.name, recordings, False, pinned, left_out)
    except OSError as error:
        raise disk_fault(Path(error.filename or to), error) from error


def is_there(dataset: Dataset, to: Path, lock: Lock) -> bool:
    """Whether a set stands in its places, as far as counting can tell. [main]"""
    made = lock.sets.get(dataset.name)
    return made is not None and made.recipe == RECIPE and count(dataset, to) == made.recordings


def count(dataset: Dataset, to: Path) -> int:
    """The recordings in the places of a set. [main]"""
    found = 0
    for place in (to / each for each in dataset.places):
        if place.is_dir():
            found += sum(path.suffix in SOUNDS for path in place.iterdir())
        else:
            found += place.is_file()
    return found


def _fetch_files(dataset: Dataset, raw: Path, lock: Lock, step: Step, base_url: str, patience: Patience) -> None:
    """All files of a set, each checked."""
    for k, file in enumerate(dataset.files):
        text = f"{dataset.name}: {Path(file.path).name}"

        def told(here: int, total: int | None, k: int = k, text: str = text) -> None:
            share = (k + (here / total if total else 0.0)) / len(dataset.files)
            step(_FETCHING_SHARE * share, f"{text}, {here / 1e6:.1f} MB")

        fetch_checked(file, dataset.name, raw, lock, told, base_url, patience)


def _convert(dataset: Dataset, raw: Path, to: Path, lock: Lock, step: Step) -> tuple[str, ...]:
    """Make what training reads, beside its places, and move it there once all of it is made."""
    unfinished = to / f".{dataset.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    made, old = unfinished / "made", unfinished / "old"
    try:
        for folder in (made, old, unfinished / "work"):
            folder.mkdir(parents=True)

        def told(share: float) -> None:
            step(_FETCHING_SHARE + (1.0 - _FETCHING_SHARE) * share, f"{dataset.name}: converting")

        told(0.0)
        left_out = CONVERTERS[dataset.name](raw, unfinished / "work", made, told)
        if not count(dataset, made):
            raise FileError(
                f"'{raw}' holds none of the recordings of {dataset.name}: its layout is another than it was.",
                "Tell us, with its name and today's date.",
            )
        write_licences(dataset, raw, made)
        lock.unfinish(dataset.name)
        _put_in_place(dataset, made, old, to)
        return left_out
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put_in_place(dataset: Dataset, made: Path, old: Path, to: Path) -> None:
    for place in dataset.places:
        beside = Path(place).with_suffix(".LICENCE.txt")  # of a place that is a single file
        for each in (Path(place), beside):
            if not (made / each).exists():
                continue
            (to / each).parent.mkdir(parents=True, exist_ok=True)
            if (to / each).exists():
                (old / each).parent.mkdir(parents=True, exist_ok=True)
                os.replace(to / each, old / each)
            os.replace(made / each, to / each)


def _room_for(dataset: Dataset, raw: Path, to: Path) -> None:
    """Before anything is fetched: an hour's download must not end at a full disk."""
    here = sum(path.stat().st_size for path in raw.rglob("*") if path.is_file()) if raw.is_dir() else 0
    needed = max(0, dataset.needs_bytes - here) + SPARE_BYTES
    free = shutil.disk_usage(to).free
    if free < needed:
        raise FileError(
            f"'{to}' has {free / 1e6:.0f} MB free; {dataset.name} needs {needed / 1e6:.0f} MB, downloads included.",
            "Make room, or name a folder on another disk: --to FOLDER",
        )


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Two that fetch into one folder would write into each other's files; the system ends this when a process dies."""
    with (to / ".fetching").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileError(
                f"something else is fetching into '{to}'.", "Wait for it, or name another folder."
            ) from error
        yield
