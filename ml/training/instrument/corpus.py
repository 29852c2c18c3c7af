"""The recordings an instrument learns from: found, analysed once, parted into what teaches and what judges.

What flows in: a folder of sound files, or of folders of them. What flows out: takes, cached beside the run. Each
folder is one microphone in one room, which the network is told apart, so that it need not mix them. [main]
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ml.training.instrument.analysis import HOP, MANY_NOTES, Take, analysed
from realtime.dsp.strings.sizes import RATE_HZ
from score.errors import AudioFileError, FileError

SOUNDS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"})
OTHER_PLAYING = re.compile("pizz|col-legno|con-sord|harmonic|ponticello|tasto", re.IGNORECASE)
"""Ways to play that pitch and loudness do not tell from the plain one: to learn both would be to learn neither."""

JUDGED, JUDGED_PHRASES = 0.05, 0.15
"""The share of recordings that is kept out of training; of whole phrases more, since there are few."""

_WORTH_A_PROCESS = 8  # recordings: it takes some seconds until another process is ready to begin
_VERSION = 4  # of the analysis: older caches are made anew


@dataclass(frozen=True)
class Corpus:
    """One room's recordings. [any]"""

    name: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Sounds:
    """All that was analysed; the number beside each take says which of the corpora it is of. [any]"""

    corpora: tuple[str, ...]
    learned: tuple[tuple[int, Take], ...]
    kept: tuple[tuple[int, Take], ...]
    left_out: tuple[str, ...] = ()  # which files teach nothing, and why


def corpora(folder: Path, name: str) -> tuple[Corpus, ...]:
    """The folder itself, or those of its folders that are named after the instrument, or all: the largest first.

    [main]
    """
    if not folder.is_dir():
        raise FileError(f"'{folder}' is no folder.", "Name the folder that holds the recordings.")
    folder = folder / "strings" if (folder / "strings").is_dir() else folder  # as `vocello data fetch` leaves them
    found = [Corpus(each.name, _sounds_in(each)) for each in (folder, *sorted(folder.iterdir())) if each.is_dir()]
    found = [corpus for corpus in found if corpus.paths]
    named = [corpus for corpus in found if name.lower() in corpus.name.lower()]
    chosen = sorted(named or found, key=lambda corpus: -sum(path.stat().st_size for path in corpus.paths))
    if not chosen:
        raise FileError(
            f"no recordings in '{folder}'.",
            f"Put sound files there ({', '.join(sorted(SOUNDS))}): one voice, no effects.",
        )
    return tuple(chosen)


def is_judged(name: str) -> bool:
    """Whether a recording is kept out of training: decided by its name alone, so that no run ever learns it. [any]"""
    share = JUDGED_PHRASES if MANY_NOTES.search(name) else JUDGED
    return _drawn(name) < share


def analyse(some: tuple[Corpus, ...], cache: Path, workers: int) -> Iterator[float]:
    """Analyse what the cache lacks; yields the share done. [main]"""
    cache.mkdir(parents=True, exist_ok=True)
    every = {_cached(path, cache): path for corpus in some for path in corpus.paths}
    due = [(path, target) for target, path in every.items() if not target.exists()]
    if not due:
        return
    processes = min(workers, len(due) // _WORTH_A_PROCESS)
    if processes < 2:
        for done, each in enumerate(due, 1):
            _analyse_one(each)
            yield done / len(due)
        return
    afresh = get_context("spawn")  # a process copied from one with torch's threads in it may wait for them for ever
    with ProcessPoolExecutor(processes, afresh) as pool:
        for done, _ in enumerate(pool.map(_analyse_one, due, chunksize=4), 1):
            yield done / len(due)


def load(some: tuple[Corpus, ...], cache: Path) -> Sounds:
    """What was analysed, for training. [main]"""
    learned, kept = list[tuple[int, Take]](), list[tuple[int, Take]]()
    left_out = list[str]()
    for number, corpus in enumerate(some):
        for path in corpus.paths:
            take = read_frames(_cached(path, cache), path.stem)
            if isinstance(take, str):
                left_out.append(f"{corpus.name}/{path.name}: {take}")
            else:
                (kept if is_judged(path.stem) else learned).append((number, take))
    if not (learned or kept):
        why = f" ({left_out[0]})" if left_out else ""
        raise FileError(
            f"no pitch was found in any of the {len(left_out)} recordings{why}.",
            "Give recordings of one voice, without others beside it, at least a minute in all.",
        )
    if not kept:  # a handful of recordings: the one that the lottery would have chosen next
        learned.sort(key=lambda each: _drawn(each[1].name))
        kept = learned[:1]
        learned = learned[1:] or kept
    learned = learned or kept  # one recording alone teaches and judges, which says little
    return Sounds(tuple(corpus.name for corpus in some), tuple(learned), tuple(kept), tuple(left_out))


def _drawn(name: str) -> float:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32


def _sounds_in(folder: Path) -> tuple[Path, ...]:
    paths = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SOUNDS and path.is_file())
    return tuple(path for path in paths if path.name[0] != "." and not OTHER_PLAYING.search(path.stem))


def _cached(path: Path, cache: Path) -> Path:
    """By name and content: copied, moved or touched, a recording is still the same; an edited one is another."""
    digest = hashlib.sha256(f"{_VERSION} {path.name} ".encode())
    try:
        digest.update(path.read_bytes())
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror}.", "Let it be read, or take it away.") from error
    return cache / f"{path.stem}-{digest.hexdigest()[:12]}.npz"


def _analyse_one(due: tuple[Path, Path]) -> None:
    path, target = due
    try:
        take, why = analysed(path), "no pitch is found in it"
    except AudioFileError as error:
        take, why = None, error.what.removeprefix(f"'{path}' ").rstrip(".")
    half = target.with_suffix(f".{os.getpid()}.part")
    with half.open("wb") as file:
        if take is None:
            np.savez(file, why=np.array(why))
        else:
            np.savez(
                file,
                sound=take.sound,
                hertz=take.hertz,
                is_voiced=take.is_voiced,
                loudness_db=take.loudness_db,
                harmonics=take.harmonics,
                noise=take.noise,
            )
    half.replace(target)


def read_frames(path: Path, name: str) -> Take | str:
    """What the cache holds of a recording: a take, or why there is none. [main]"""
    with np.load(path) as file:
        if "why" in file:
            return str(file["why"])
        return Take(name, **{each: file[each] for each in file.files})


def seconds(takes: tuple[tuple[int, Take], ...]) -> float:
    """How long they are together. [any]"""
    return sum(len(take) for _, take in takes) * HOP / RATE_HZ
