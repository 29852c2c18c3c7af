"""How well the ears hear where others sound as well: a far microphone, a second singer, the cello in the speakers.

    python bench/ears/rooms.py FOLDER [--strings FOLDER] [--systems vocello,aubio] [--files N]

What flows in: a folder of recordings with their notes (see `bench/ears/run.py`), and one of bowed strings. What flows
out: a table, a row for each condition. The notes that count are always those of the singer of the recording, and a
level is relative to hers, each measured as loud as its loudest twentieth. The same is mixed at every run.

- A laptop stands 1 m away in a living room: walls by the image method (Allen and Berkley 1979), which is none of the
  rooms that the ears learned from; its microphone has no bass, and its fan runs. Sound takes no time to get there, so
  that latencies compare.
- A second singer sings the next recording of the folder at the same time.
- The speakers play one string after another, at a second each, into the microphone. Nothing is taken off again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from bench.ears import report, systems, tables
from bench.ears.live import RATE, Sound, resampled, voice_of
from bench.ears.metrics import NotHeardError, score, summarise
from bench.ears.peers import LIMIT_S
from bench.ears.recordings import SetOfRecordings, load
from bench.ears.segment import HOP_S, levels_db
from ml.training.ears import rooms
from ml.training.ears.world import RATE_HZ as NOISE_RATE

SHOWN = ("COn", "COnP", "COnP as sent", "octave errors", "count", "false/min", "latency p50", "latency p95")
ROOM_M = (4.6, 3.7, 2.5)
MOUTH_M, LAPTOP_M = (2.0, 1.5, 1.2), (2.7, 2.1, 0.85)  # 1 m apart
REFLECTS = 0.83  # of the pressure, at each wall: a clap lasts 0.36 s, and its echoes are louder than itself
SPEED_M_S, LASTS_S = 343.0, 0.4
MICROPHONE_HZ = 150.0
NOISES_DB, SINGERS_DB, STRINGS_DB = (-40, -30, -20), (0, -6, -12, -18), (-6, -12, -18, -24)
STRING_S, FADE_S = 1.0, 0.03

# What becomes of a set's recordings.
Condition = Callable[[Mapping[str, Sound]], dict[str, Sound]]


def loud_db(sound: Sound) -> float:
    """How loud the loudest twentieth of a sound is at least. [any]"""
    return float(np.percentile(levels_db(sound, RATE, int(len(sound) / RATE / HOP_S)), 95)) if len(sound) else -100.0


def beside(voice: Sound, other: Sound, level_db: float) -> Sound:
    """Another sound with a voice, so many dB above it; repeated where it is too short. [any]"""
    gain = 10.0 ** ((loud_db(voice) + level_db - loud_db(other)) / 20.0)
    return np.asarray(voice + gain * np.resize(other, len(voice)), np.float32)


def walls() -> Sound:
    """What a clap at the mouth sounds like at the laptop, from the moment it arrives and as loud as that. [any]"""
    most = [int(SPEED_M_S * LASTS_S / (2.0 * length_m)) + 1 for length_m in ROOM_M]
    count = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), -1).reshape(-1, 3)
    heard = np.zeros(int(LASTS_S * RATE) + 1)
    for mirrored in np.ndindex(2, 2, 2):
        image_m = 2.0 * count * np.array(ROOM_M) + np.where(mirrored, -1.0, 1.0) * np.array(MOUTH_M)
        away_m = np.linalg.norm(image_m - np.array(LAPTOP_M), axis=1)
        bounces = np.abs(2 * count - np.array(mirrored)).sum(axis=1)
        frame = np.round((away_m - _direct_m()) / SPEED_M_S * RATE).astype(int)
        arrives = frame < len(heard)
        np.add.at(heard, frame[arrives], (REFLECTS**bounces * _direct_m() / away_m)[arrives])
    return np.asarray(heard, np.float32)


def _direct_m() -> float:
    return float(np.linalg.norm(np.array(MOUTH_M) - np.array(LAPTOP_M)))


def far(noise_db: float) -> Condition:
    """A laptop at 1 m, with its fan. [any]"""
    echoes = walls()
    thin = butter(2, MICROPHONE_HZ, "high", fs=RATE, output="sos")

    def heard(name: str, voice: Sound) -> Sound:
        there = np.asarray(sosfilt(thin, fftconvolve(voice, echoes)[: len(voice)]), np.float32)
        fan = rooms.fan(round(len(voice) / RATE * NOISE_RATE), chance_of(name))
        return beside(there, resampled(fan, NOISE_RATE, RATE), noise_db)

    return lambda voices: {name: heard(name, voice) for name, voice in voices.items()}


def second_singer(level_db: float) -> Condition:
    """The next recording of the folder beside each. [any]"""

    def mixed(voices: Mapping[str, Sound]) -> dict[str, Sound]:
        names = list(voices)
        others = dict(zip(names, [*names[1:], names[0]], strict=True))
        return {name: beside(voice, voices[others[name]], level_db) for name, voice in voices.items()}

    return mixed


def strings(paths: Sequence[Path], level_db: float) -> Condition:
    """Strings from the speakers beside each. [any]"""

    def mixed(voices: Mapping[str, Sound]) -> dict[str, Sound]:
        return {
            name: beside(each, played(paths, len(each), chance_of(name)), level_db) for name, each in voices.items()
        }

    return mixed


def played(paths: Sequence[Path], frames: int, chance: np.random.Generator) -> Sound:
    """Strings one after another, all as loud. [main]"""
    made = np.zeros(0, np.float32)
    while len(made) < frames:
        before = len(made)
        for place in chance.permutation(len(paths)):
            if len(made) < frames:
                made = np.concatenate([made, struck(paths[place])])
        if len(made) == before:
            raise tables.TableError(f"'{paths[0].parent}' holds no sound. Name a folder of strings, a note each.")
    return made[:frames]


@lru_cache(maxsize=1024)
def struck(path: Path) -> Sound:
    """A string from its attack on, for a second at most, at -20 dB. [main]"""
    note = voice_of(path)
    sounds = np.flatnonzero(np.abs(note) > 0.03 * np.abs(note).max(initial=1e-6))
    if not len(sounds):
        return note[:0]
    note = note[sounds[0] :][: round(STRING_S * RATE)] * np.float32(10.0 ** (-(loud_db(note) + 20.0) / 20.0))
    fade = min(round(FADE_S * RATE), len(note))
    note[len(note) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return np.asarray(note)


def chance_of(name: str) -> np.random.Generator:
    """The same dice for a recording in every condition and at every run. [any]"""
    return np.random.default_rng(list(name.encode()))


def conditions(bowed: Sequence[Path]) -> dict[str, Condition]:
    """Every row of the table. [any]"""
    return {
        "as recorded": dict,
        **{f"laptop at 1 m, fan at {each} dB": far(each) for each in NOISES_DB},
        **{f"second singer at {each} dB": second_singer(each) for each in SINGERS_DB},
        **{f"strings at {each} dB": strings(bowed, each) for each in (STRINGS_DB if bowed else ())},
    }


def rows(
    some: SetOfRecordings, wanted: Sequence[str], each_of: Mapping[str, Condition], how: systems.Conditions
) -> list[list[str]]:
    """What each system makes of the set in each condition, as it is printed. [main]"""
    made = []
    for name, condition in each_of.items():
        voices = condition(some.voices)
        for system in wanted:
            print(f"{some.name}, {name}: {system} listens", file=sys.stderr, flush=True)
            heard = systems.hear(system, voices, how)
            figures = summarise([score(some.written[recording], each) for recording, each in heard.items()])
            label = name if len(wanted) == 1 else f"{name}: {system}"
            made.append([label, *(report.cell(metric, figures[metric]) for metric in SHOWN)])
    return made


def main() -> None:
    """Print the table of a folder. [main]"""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--strings", type=Path, metavar="FOLDER", help="recordings of bowed strings, a note each")
    parser.add_argument("--systems", default="vocello", help=f"of {','.join(systems.ALL)}")
    parser.add_argument("--files", type=int, metavar="N", help="at most so many of the folder, spread evenly")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="their environment; or the variable VOCELLO_PEERS")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="S", help="for a peer to hear one folder")
    wanted = parser.parse_args()
    try:
        some = load(wanted.folder, wanted.files)
        known = {name: voice for name, voice in some.voices.items() if some.written[name].notes is not None}
        if len(known) < 2:
            sys.exit(f"'{wanted.folder}' holds fewer than two recordings with notes beside them.")
        bowed = tables.recordings(wanted.strings) if wanted.strings else []
        some = replace(some, voices=known)
        how = systems.Conditions(environment=wanted.peers, limit_s=wanted.limit)
        table = rows(some, wanted.systems.split(","), conditions(bowed), how)
    except (tables.TableError, NotHeardError) as error:
        sys.exit(str(error))
    print(f"\n{some.name}: {len(known)} recordings, {some.minutes:.1f} min\n")
    print(report.table(["", *(report.SHOWN[name][0] for name in SHOWN)], table))


if __name__ == "__main__":
    main()
