"""Beats for the tests: mouths of `ml/drums/mouth.py` in a quiet room, heard as the engine hears them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.drums.drums import Drums
from ml.drums.kit import Kit
from ml.drums.mouth import MOUTH_RATE_HZ, Mouth, new_mouth
from ml.frames import HOP_S, Frames
from ml.said import Said
from realtime.events import NOTE_ON

RATE = MOUTH_RATE_HZ


def mouth(kind: str, seed: int) -> Mouth:
    return new_mouth(kind, np.random.default_rng([seed, 77]))


def beat(*strikes: npt.NDArray[np.float64], every_s: float = 0.4, first_s: float = 0.25) -> npt.NDArray[np.float32]:
    """The strikes one after another, over the hiss of a quiet room."""
    length = round((first_s + every_s * len(strikes) + 0.5) * RATE)
    sound = 10.0 ** (-72.0 / 20.0) * np.random.default_rng(5).standard_normal(length)
    for n, strike in enumerate(strikes):
        start = round((first_s + n * every_s) * RATE)
        sound[start : start + len(strike)] += strike[: length - start]
    return sound.astype(np.float32)


def at_16_khz(sound: npt.NDArray[np.float32], rate: int = RATE) -> npt.NDArray[np.float32]:
    return np.concatenate([hop.samples for hop in Frames(rate).hear(sound)])


def play(sound: npt.NDArray[np.float32], kit: Kit | None = None, rate: int = RATE) -> list[tuple[float, Said]]:
    """All that is said, with the time at which it was known."""
    drums, said = Drums(kit or Kit.factory()), list[tuple[float, Said]]()
    for n, hop in enumerate(Frames(rate).hear(sound), 1):
        said += [(n * HOP_S, each) for each in drums.hear(hop.samples)]
    return said + [(len(sound) / rate, each) for each in drums.finish()]


def struck(sound: npt.NDArray[np.float32], kit: Kit | None = None) -> list[int]:
    """The keys, in order."""
    return [each.number for _, each in play(sound, kit) if each.kind == NOTE_ON]


def examples(teacher: Mouth, count: int = 3, seed: int = 1) -> list[npt.NDArray[np.float32]]:
    chance = np.random.default_rng([seed, 3])
    return [at_16_khz(beat(teacher.strike(chance))) for _ in range(count)]


def tongue_pop(chance: np.random.Generator) -> npt.NDArray[np.float64]:
    """A sound that no factory knows: the hollow pop of a tongue, a short ring near 1.3 kHz with a second above."""
    t = np.arange(round(0.12 * RATE)) / RATE
    pitch_hz = 1_300.0 * float(np.exp(chance.normal(0.0, 0.04)))
    ring = np.sin(2.0 * np.pi * pitch_hz * t) + 0.3 * np.sin(2.0 * np.pi * 1.5 * pitch_hz * t)
    return 0.3 * float(np.exp(chance.normal(0.0, 0.2))) * ring * np.exp(-t / 0.012) * np.minimum(t / 0.001, 1.0)
