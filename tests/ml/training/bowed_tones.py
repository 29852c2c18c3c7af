"""Bowed tones made of what they are said to be made of: known harmonics, and noise of a known density."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from ml.training.instrument.analysis import HOP, Take
from realtime.dsp.strings.sizes import BANDS, HARMONICS, RATE_HZ

torch.set_num_threads(1)  # so small a machine's cores have others to serve

Sound = npt.NDArray[np.float64]


def tone(
    hertz: float | npt.NDArray[np.float64], seconds: float, level: float = 0.1, density: float = 3e-5, seed: int = 0
) -> tuple[Sound, npt.NDArray[np.float64]]:
    """A sawtooth of harmonics, 1/k each, under the audible end, with white noise; and the harmonics' amplitudes."""
    chance = np.random.default_rng(seed)
    samples = round(seconds * RATE_HZ)
    each = np.broadcast_to(np.asarray(hertz, np.float64), samples)
    cycles = np.cumsum(each) / RATE_HZ
    count = min(HARMONICS, int(21_000.0 / each.max()))
    amplitudes = level / np.arange(1, count + 1)
    sound = sum(
        amplitude * np.sin(2.0 * np.pi * ((k + 1) * cycles + chance.random())) for k, amplitude in enumerate(amplitudes)
    )
    return sound + density * np.sqrt(RATE_HZ / 2.0) * chance.standard_normal(samples), amplitudes


def bowed(hertz: float, seconds: float, level: float = 0.1, seed: int = 0) -> Sound:
    """The same with a beginning, a swell and an end."""
    sound, _ = tone(hertz, seconds, level, seed=seed)
    t = np.arange(len(sound)) / RATE_HZ
    return sound * np.clip(np.minimum(t / 0.05, (seconds - t) / 0.1), 0.0, 1.0) * (0.7 + 0.3 * np.sin(6.0 * t))


def write(folder: Path, name: str, sound: npt.NDArray[np.floating], rate: int = RATE_HZ) -> Path:
    """A recording of it."""
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / name, sound, rate, subtype="PCM_24")
    return folder / name


def take(name: str = "made", frames: int = 400, hertz: float = 220.0, seed: int = 0) -> Take:
    """A take as the analysis would give it, made up."""
    chance = np.random.default_rng(seed)
    sound, amplitudes = tone(hertz, frames * HOP / RATE_HZ, seed=seed)
    harmonics = np.zeros((frames, HARMONICS), np.float32)
    harmonics[:, : len(amplitudes)] = amplitudes
    return Take(
        name,
        sound.astype(np.float32),
        np.full(frames, hertz, np.float32),
        np.ones(frames, np.bool_),
        chance.uniform(-25.0, -20.0, frames).astype(np.float32),
        harmonics,
        np.full((frames, BANDS), 3e-5, np.float32),
    )
