"""How near an instrument comes to recordings it never learned from, each resounded from its own pitch and loudness.

What flows in: a network and the takes that were kept out. What flows out: for single notes and for phrases the
distances of `distance.py`, how far the loudness strays, and how much louder or softer the top octave is (once with its
sign, so that one sees a bias, and once without, so that nothing cancels out); beside them what is reached at best, by
playing back the frames that were read from the recording, and by the string of physics alone. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt
import torch

from ml.training.instrument.analysis import HOP, MANY_NOTES, Array, Take, loudness_db
from ml.training.instrument.corpus import Sounds
from ml.training.instrument.distance import envelope_db, spectral
from ml.training.instrument.network import Strings
from ml.training.instrument.sound import noise_tables, sounding
from ml.training.instrument.task import resounded
from realtime.dsp.strings import brain
from realtime.dsp.strings.bank import VOICE
from realtime.dsp.strings.sizes import AMPLITUDES, HARMONICS, RATE_HZ

TOP_HZ = (8_000.0, 16_000.0)
_SOUNDS_DB = 30.0  # under a recording's loudest, where it is compared

Maker = Callable[[Take, int], Array]
Figures = dict[str, dict[str, dict[str, float]]]


def makers(network: Strings) -> dict[str, Maker]:
    """Who may resound a take: the network, and what it is measured by. [main]"""
    tables = torch.from_numpy(noise_tables())
    return {
        "network": lambda take, source: resounded(network, take, source, tables),
        "frames played back": lambda take, source: played_back(take, tables),
        "physics alone": lambda take, source: of_physics(take, tables),
    }


def kind_of(take: Take) -> str:
    """Whether a take is judged among the notes or the phrases. [any]"""
    return "phrases" if MANY_NOTES.search(take.name) else "notes"


def figures(network: Strings, sounds: Sounds) -> Figures:
    """For notes and phrases, of each maker, each figure's mean. [main]"""
    return judged(makers(network), sounds.kept)


def judged(some: Mapping[str, Maker], kept: Iterable[tuple[int, Take]]) -> Figures:
    """The same, of any makers. [main]"""
    told: dict[str, dict[str, dict[str, list[float]]]] = {}
    for source, take in kept:
        for maker, make in some.items():
            for name, value in compared(make(take, source), take).items():
                told.setdefault(kind_of(take), {}).setdefault(maker, {}).setdefault(name, []).append(value)
    return {
        kind: {
            maker: {name: round(float(np.mean(values)), 3) for name, values in names.items()}
            for maker, names in makers_told.items()
        }
        for kind, makers_told in told.items()
    }


def compared(made: Array, take: Take) -> dict[str, float]:
    """One sound against the recording. [any]"""
    length = min(len(made), len(take.sound))
    mine, right = torch.from_numpy(made[None, :length]), torch.from_numpy(take.sound[None, :length])
    frames = length // HOP
    level, wanted = loudness_db(made[: frames * HOP]), take.loudness_db[:frames]
    loud = wanted > wanted.max() - _SOUNDS_DB
    top = top_db(made[:length], loud) - top_db(take.sound[:length], loud)
    return {
        "envelope_db": float(envelope_db(mine, right)),
        "spectral": float(sum(spectral(mine, right))),
        "loudness_db": float(np.abs(level - wanted)[loud].mean()),
        "top_octave_db": top,
        "top_octave_off_db": abs(top),
    }


def top_db(sound: Array, loud: npt.NDArray[np.bool_]) -> float:
    """The mean power between 8 and 16 kHz, where the recording sounds. [any]"""
    spectrum = torch.stft(
        torch.from_numpy(sound), 1_024, HOP, window=torch.hann_window(1_024), return_complex=True
    ).abs()
    hertz = np.fft.rfftfreq(1_024, 1.0 / RATE_HZ)
    high = spectrum.numpy()[(hertz >= TOP_HZ[0]) & (hertz < TOP_HZ[1])][:, : len(loud)]
    return float(10.0 * np.log10(np.mean(np.square(high[:, loud[: high.shape[1]]])) + 1e-14))


def played_back(take: Take, tables: torch.Tensor) -> Array:
    """The frames that were read from a recording, as sound: no network can come nearer. [main]"""
    return _sounded(take.harmonics, take.noise, take.hertz, tables)


def of_physics(take: Take, tables: torch.Tensor) -> Array:
    """What plays without a network. [main]"""
    frames = thought(None, take.hertz, take.loudness_db)
    return _sounded(frames[:, :HARMONICS], frames[:, HARMONICS:], take.hertz, tables)


def thought(learned: Mapping[str, Array] | None, hertz: Array, loudness_db: Array) -> Array:
    """(frames, AMPLITUDES): what the compiled brain makes of a gesture, with a network's arrays or by physics alone.

    [main]
    """
    kinds = (brain.BRAIN, brain.MEMORY, brain.SCRATCH, VOICE)
    mind, memory, scratch, voice = (np.zeros(1, kind)[0] for kind in kinds)
    brain.begin(mind, RATE_HZ)
    if learned is not None:
        brain.learn(mind, learned)
    brain.forget(memory)
    frames = np.zeros((len(hertz), AMPLITUDES), np.float32)
    for t in range(len(hertz)):
        brain.think(mind, memory, scratch, voice, float(hertz[t]), float(loudness_db[t]), float(RATE_HZ))
        frames[t] = voice["goal"]
    return frames


def _sounded(harmonics: Array, noise: Array, hertz: Array, tables: torch.Tensor) -> Array:
    lines, bands, pitch = (torch.from_numpy(np.ascontiguousarray(each))[None] for each in (harmonics, noise, hertz))
    start, offset = torch.zeros(1), torch.zeros(1, dtype=torch.int64)
    made: Array = sounding(lines, bands, pitch, start, tables, offset)[0].numpy()
    return made
