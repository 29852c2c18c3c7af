"""From recordings and made voices to rows that a network learns from, once, in as many processes as are asked for.

What flows in: the corpus and a number of versions. What flows out: a folder of `.npz` files, one a take and version,
each with rows, the trackers' values and the notes; a file that exists is not made again. [main]
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.frames import HOP_S, Frames
from ml.learned.features import CLARITY, LEVEL_DB, PITCH_MIDI, Features
from ml.training.ears import rooms
from ml.training.ears.corpus import QUIET, SPOKEN, SUNG, Take, takes
from ml.training.ears.singing import Notes, resung, spoken_nonsense_sung
from ml.training.ears.speech import LANGUAGES, VARIANTS, nonsense, say
from ml.training.ears.world import RATE_HZ, Voice, analysed, sounding

Sound = npt.NDArray[np.float32]
MADE = "made"
_PIECE_S = 40.0
_VOICED_CLARITY = 0.8


@dataclass(frozen=True)
class Job:
    """One or more files to make: all versions of a take, or one piece of made sound. [any]"""

    name: str
    take: Take | None
    versions: tuple[int, ...]
    out: Path
    neighbours: tuple[Path, ...]


def jobs(singing: Path, out: Path, versions: int, made_minutes: float) -> list[Job]:
    """All that is to be made; the plain recordings first. [main]"""
    all_takes = list(takes(singing))
    beside = tuple(take.path for take in all_takes if take.kind in (SPOKEN, QUIET) and not take.is_judged)
    found = []
    for first, last in ((0, 4), (4, 9), (9, versions + 1)):  # so that a training may begin before all is there
        steps = tuple(range(first, min(last, versions + 1)))
        for take in all_takes:
            if steps and (first == 0 or not take.is_judged):
                wanted = (0,) if take.is_judged else steps
                found.append(Job(f"{take.corpus}_{take.kind}_{take.path.stem}", take, wanted, out, beside))
        pieces = int(made_minutes * 60 / _PIECE_S / 3)
        for number in range(pieces):
            share = number + pieces * (0 if first == 0 else 1 if first == 4 else 2)
            kind = ("sung", "sung", "sung", "spoken", "quiet")[share % 5]
            found.append(Job(f"{MADE}_{kind}_{share}", None, (0,), out, beside))
    return found


def prepare(singing: Path, out: Path, versions: int, made_minutes: float, processes: int) -> Iterator[float]:
    """Make all files; yields the share that is done. [main]"""
    out.mkdir(parents=True, exist_ok=True)
    todo = jobs(singing, out, versions, made_minutes)
    afresh = get_context("spawn")  # a process copied from one with torch's threads in it may wait for them for ever
    with ProcessPoolExecutor(processes, afresh) as pool:
        for number, _ in enumerate(pool.map(_do, todo)):
            yield (number + 1) / len(todo)


def _do(job: Job) -> None:
    sound: Sound | None = None
    voice: Voice | None = None
    for version in job.versions:
        path = job.out / f"{job.name}_v{version}.npz"
        if path.exists():
            continue
        chance = np.random.default_rng(zlib.crc32(path.name.encode()))
        if job.take is None:
            made, notes = _MAKERS[job.name.split("_")[1]](chance)
            beaten: npt.NDArray[np.float64] = np.zeros(0)
            if "quiet" in job.name:
                made, beaten = _quiet(chance)
            _write(path, rooms.recorded(made, chance, _near(job)), notes, beaten)
            continue
        sound = job.take.sound() if sound is None else sound
        if version and version % 2 == 0 and job.take.kind == SUNG and voice is None:
            voice = analysed(sound)
        _write(path, *_version(job, job.take, sound, voice, version, chance), np.zeros(0))


def _version(
    job: Job, take: Take, sound: Sound, voice: Voice | None, version: int, chance: np.random.Generator
) -> tuple[Sound, Notes]:
    """As it was recorded (0), at another speed and in another room (odd), on another melody (even)."""
    notes = take.notes()
    if take.kind == SUNG and take.is_score:
        notes = _as_sung(sound, notes)
    if version == 0:
        return sound, notes
    if voice is None or version % 2:
        sound, notes = _other_speed(sound, notes, chance)
    else:
        made = resung(voice, notes, chance)
        sound, notes = made.samples, made.notes
    return rooms.recorded(sound, chance, _near(job)), notes


def _other_speed(sound: Sound, notes: Notes, chance: np.random.Generator) -> tuple[Sound, Notes]:
    """A tape that runs faster is higher, shorter, and has a smaller mouth."""
    from scipy.signal import resample_poly

    up = int(chance.integers(75, 140))
    faster = up / 100.0
    moved = np.asarray(resample_poly(sound, 100, up), np.float32)
    return moved, np.column_stack([notes[:, :2] / faster, notes[:, 2] + 12 * np.log2(faster)])


def _as_sung(sound: Sound, notes: Notes) -> Notes:
    """The pitch that was sung in place of the score's; no number where it cannot be told."""
    hops = np.array([hop.samples for hop in Frames(RATE_HZ).hear(sound)])
    told = Features().hear_all(hops).told
    notes = notes.copy()
    for note in notes:
        first, last = int(note[0] / HOP_S) + 8, int(note[1] / HOP_S)
        pitch = told[first:last, PITCH_MIDI][told[first:last, CLARITY] > _VOICED_CLARITY]
        note[2] = np.nan if len(pitch) < 4 else np.median(pitch)
        if abs(note[2] - note[2].round()) > 6:
            note[2] = np.nan
    return notes


def _sung(chance: np.random.Generator) -> tuple[Sound, Notes]:
    made = spoken_nonsense_sung(chance, _PIECE_S)
    sound = made.samples
    if chance.random() < 0.5:
        breath = rooms.breaths(len(sound), chance)
        sung = np.zeros(len(sound), np.float32)
        for onset_s, offset_s, _ in made.notes:
            sung[max(0, int((onset_s - 0.2) * RATE_HZ)) : int(offset_s * RATE_HZ)] = 1.0
        sound = sound + breath * (1 - sung) * 10 ** (-chance.uniform(8, 35) / 20)
    return sound / (np.abs(sound).max() + 1e-9), made.notes


def _spoken(chance: np.random.Generator) -> tuple[Sound, Notes]:
    parts: list[Sound] = []
    while sum(len(part) for part in parts) < _PIECE_S * RATE_HZ:
        from ml.training.ears.singing import _at_rate

        language, variant = str(chance.choice(LANGUAGES)), str(chance.choice(VARIANTS))
        words, rate = nonsense(chance, language, int(chance.integers(8, 40))), int(chance.integers(110, 260))
        spoken = say(words, language, variant, rate, int(chance.integers(5, 95)))
        sound = _at_rate(spoken.samples, spoken.rate)
        if chance.random() < 0.5:
            voice = analysed(sound)
            slow = np.interp(
                np.arange(len(voice.f0_hz)),
                np.arange(0, len(voice.f0_hz) + 60, 60),
                chance.normal(0, 2.0, len(voice.f0_hz) // 60 + 2)[: len(np.arange(0, len(voice.f0_hz) + 60, 60))],
            )
            sound = sounding(
                voice._replace(f0_hz=voice.f0_hz * 2 ** ((slow + chance.uniform(-4, 8)) / 12)),
                formants=float(chance.uniform(0.85, 1.2)),
                breathier=float(np.exp(chance.uniform(-0.5, 1))),
            )
        parts += [sound, np.zeros(int(chance.uniform(0.1, 1.5) * RATE_HZ), np.float32)]
    sound = np.concatenate(parts)
    return sound / (np.abs(sound).max() + 1e-9), np.zeros((0, 3))


def _none(chance: np.random.Generator) -> tuple[Sound, Notes]:
    return np.zeros(1, np.float32), np.zeros((0, 3))


def _quiet(chance: np.random.Generator) -> tuple[Sound, npt.NDArray[np.float64]]:
    """Everything that is not a voice."""
    samples = int(_PIECE_S * RATE_HZ)
    kind = int(chance.integers(8))
    if kind in (0, 1):
        return rooms.mouth_drums(samples, chance)
    makers = (rooms.breaths, rooms.kettle, rooms.clicks, rooms.fan, rooms.coloured, rooms.hum)
    sound = makers[kind - 2](samples, chance)
    if chance.random() < 0.5:
        sound = sound * np.repeat(10 ** chance.uniform(-2, 0, samples // 2_400 + 1), 2_400)[:samples].astype(np.float32)
    if chance.random() < 0.4:
        sound = sound / (sound.std() + 1e-9) + rooms.breaths(samples, chance) * 3
    return np.asarray(sound / (np.abs(sound).max() + 1e-9), np.float32), np.zeros(0)


_MAKERS: dict[str, Callable[[np.random.Generator], tuple[Sound, Notes]]] = {
    "sung": _sung,
    "spoken": _spoken,
    "quiet": _none,
}


def _near(job: Job) -> list[Sound]:
    """What else is heard there: somebody talking, or the room alone."""
    import soundfile

    return [soundfile.read(path, dtype="float32")[0] for path in job.neighbours[:: max(1, len(job.neighbours) // 8)]]


def _write(path: Path, sound: Sound, notes: Notes, beaten: npt.NDArray[np.float64]) -> None:
    hops = list(Frames(RATE_HZ).hear(sound))
    now_s = hops[0].frame / RATE_HZ  # when the first hop is known
    shown = Features().hear_all(np.array([hop.samples for hop in hops]))
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            rows=shown.row.astype(np.float16),
            pitch=shown.told[:, PITCH_MIDI].astype(np.float32),
            clarity=shown.told[:, CLARITY].astype(np.float16),
            level_db=shown.told[:, LEVEL_DB].astype(np.float16),
            notes=notes,
            beaten=beaten,
            now_s=now_s,
        )
    unfinished.replace(path)
