"""PJS into `singing/pjs`, `singing/pjs-speech`, `singing/room_noise.flac` and `evaluation/pjs`.

What flows in: the archive: `pjs<nnn>/pjs<nnn>_song.wav`, `_speech.wav`, `.lab` and `.musicxml` of each song, and
`background_noise/`. What flows out: 24 kHz, a table of the score's notes and the phonemes of each song.

The singer followed a click from the beginning of the file, so that a score note begins where its vowel does: a
consonant stands before the beat, the vowel on it. Where the two disagree, the score is laid along the vowels as a
whole; a song in which no such place is found is left out, because wrong onsets teach more harm than few. [main]
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.training.data.musicxml import read_notes
from ml.training.data.sound import SINGING_HZ, keep
from ml.training.data.tables import Phoneme, Row, read_phonemes, write_table
from ml.training.data.unpack import unpack
from score.errors import FileError

VOWELS = frozenset("aiueoNAIUEO")  # N is sung as long as a vowel; capital vowels are whispered
WITHIN_S = 0.05
ENOUGH = 0.8  # of the notes must have a vowel within that time
_TRIED_NOTES = 24

_WANTED = re.compile(
    r"(?:^|/)(?:(pjs\d{3})(_song\.wav|_speech\.wav|\.lab|\.musicxml|\.xml)|background_noise/[^/]+\.wav)$"
)

Times = npt.NDArray[np.float64]


def is_kept_apart(number: int) -> bool:
    """Whether a song is for judging: a fifth of them, evenly spread, and two more. [any]"""
    return number % 5 == 1 or number in (22, 62)


def is_spoken_kept(number: int) -> bool:
    """Whether the sentence of a song stands for speech: two in ten, of the songs not kept apart. [any]"""
    return number % 10 in (2, 5) and not is_kept_apart(number)


def convert(raw: Path, work: Path, to: Path, step: Callable[[float], None]) -> tuple[str, ...]:
    """Convert the set; what had to be left out comes back. [main]"""
    songs, noises = _sorted_out(
        unpack(raw / "PJS_corpus_ver1.1.zip", work, lambda name: bool(_WANTED.search(name)) and "__MACOSX" not in name)
    )
    sung, spoken, judged = to / "singing" / "pjs", to / "singing" / "pjs-speech", to / "evaluation" / "pjs"
    for folder in (sung, spoken, judged):
        folder.mkdir(parents=True)
    left_out = []
    for k, (name, files) in enumerate(sorted(songs.items())):
        number = int(name.removeprefix("pjs"))
        if fault := _convert_song(name, files, judged if is_kept_apart(number) else sung):
            left_out.append(f"{name}: {fault}")
        if is_spoken_kept(number) and "_speech.wav" in files:
            keep(files["_speech.wav"], spoken / f"{name}.flac", SINGING_HZ)
        step((k + 1) / len(songs))
    if noises:
        # There may be several takes of the empty room: the longest says most about it.
        keep(max(noises, key=lambda path: path.stat().st_size), to / "singing" / "room_noise.flac", SINGING_HZ)
    return tuple(left_out)


def _sorted_out(paths: list[Path]) -> tuple[dict[str, dict[str, Path]], list[Path]]:
    songs: dict[str, dict[str, Path]] = {}
    noises = []
    for path in paths:
        match = re.fullmatch(r"(pjs\d{3})(_song\.wav|_speech\.wav|\.lab|\.musicxml|\.xml)", path.name)
        if match is None:
            noises.append(path)
        else:
            songs.setdefault(match[1], {})[match[2]] = path
    return songs, noises


def _convert_song(name: str, files: dict[str, Path], folder: Path) -> str:
    """Write a song; a word about what is wrong with it comes back if it cannot be used."""
    sound, labels = files.get("_song.wav"), files.get(".lab")
    score = files.get(".musicxml") or files.get(".xml")
    if sound is None or labels is None or score is None:
        return "its sound, its phonemes or its score is missing"
    try:
        notes, phonemes = read_notes(score), read_phonemes(labels)
    except FileError as error:
        return error.what
    laid = laid_along(notes, phonemes)
    if laid is None:
        return "its score does not fit what is sung"
    lasts_s = keep(sound, folder / f"{name}.flac", SINGING_HZ)
    rows = [Row(row.onset_s, min(row.offset_s, lasts_s), row.pitch_midi) for row in laid if 0 <= row.onset_s < lasts_s]
    write_table(folder / f"{name}.csv", rows)
    shutil.copyfile(labels, folder / f"{name}.lab")
    return ""


def laid_along(notes: list[Row], phonemes: list[Phoneme]) -> list[Row] | None:
    """The notes of a score where the vowels are sung; None if there is no such place. [any]"""
    vowels = np.array([each.onset_s for each in phonemes if each.name in VOWELS])
    onsets = np.array([note.onset_s for note in notes])
    if not len(vowels) or not len(onsets):
        return None
    if share_near(onsets, vowels) >= ENOUGH:
        return notes  # as it was played to: exactly on the beat
    shifts = (vowels[:, None] - onsets[None, :_TRIED_NOTES]).ravel()
    best = max(shifts, key=lambda shift: share_near(onsets + shift, vowels))
    # One vowel chose the place; the middle of all that came near decides within it.
    gaps = gaps_to_nearest(onsets + best, vowels)
    shift = float(best + np.median(gaps[np.abs(gaps) <= WITHIN_S]))
    if share_near(onsets + shift, vowels) < ENOUGH:
        return None
    return [Row(note.onset_s + shift, note.offset_s + shift, note.pitch_midi) for note in notes]


def gaps_to_nearest(onsets: Times, vowels: Times) -> Times:
    """From each note to the vowel that is nearest to its onset, in seconds. [any]"""
    gaps = vowels[None, :] - onsets[:, None]
    nearest: Times = gaps[np.arange(len(onsets)), np.abs(gaps).argmin(axis=1)]
    return nearest


def share_near(onsets: Times, vowels: Times) -> float:
    """How many of the notes have a vowel close by. [any]"""
    return float(np.mean(np.abs(gaps_to_nearest(onsets, vowels)) <= WITHIN_S))
