"""A voice taken apart by WORLD and put together again: the same mouth on another melody, at exact pitches.

What flows in: a recording at 24 kHz. What flows out: another, whose fundamental is known in every frame. [main]

Morise, Yokomori and Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system", 2016.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from score.errors import ModelError

RATE_HZ = 24_000
FRAME_S = 0.005
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 1_050.0
Curve = npt.NDArray[np.float64]


class Voice(NamedTuple):
    """What a recording is made of, a frame every 5 ms. [any]"""

    f0_hz: Curve  # (frames,), 0 where nothing vibrates
    envelope: Curve  # (frames, bins) power
    breath: Curve  # (frames, bins) 0..1: how much of it is noise

    def at(self, places: Curve) -> Voice:
        """The voice at these frames, which may lie between two. [any]"""
        places = np.clip(places, 0, len(self.f0_hz) - 1)
        low = places.astype(np.int64)
        high = np.minimum(low + 1, len(self.f0_hz) - 1)
        part = (places - low)[:, None]
        nearest = np.where(part[:, 0] < 0.5, low, high)
        return Voice(
            self.f0_hz[nearest],
            np.exp((1 - part) * np.log(self.envelope[low] + 1e-16) + part * np.log(self.envelope[high] + 1e-16)),
            (1 - part) * self.breath[low] + part * self.breath[high],
        )


def analysed(samples: npt.NDArray[np.float32]) -> Voice:
    """Take a voice apart. [main]"""
    pyworld = _pyworld()
    sound = np.ascontiguousarray(samples, np.float64)
    rough_hz, times_s = pyworld.dio(
        sound, RATE_HZ, f0_floor=_LOWEST_HZ, f0_ceil=_HIGHEST_HZ, frame_period=1e3 * FRAME_S
    )
    f0_hz = pyworld.stonemask(sound, rough_hz, times_s, RATE_HZ)
    envelope = pyworld.cheaptrick(sound, f0_hz, times_s, RATE_HZ)
    return Voice(f0_hz, envelope, pyworld.d4c(sound, f0_hz, times_s, RATE_HZ))


def sounding(
    voice: Voice, *, formants: float = 1.0, breathier: float = 1.0, tilt_db: float = 0.0
) -> npt.NDArray[np.float32]:
    """Put a voice together: formants so many times as high, breath louder or softer, brighter or darker. [main]"""
    pyworld = _pyworld()
    bins = voice.envelope.shape[1]
    f0_hz = np.where(voice.f0_hz > 0.0, np.clip(voice.f0_hz, _LOWEST_HZ, _HIGHEST_HZ), 0.0)
    source = np.clip(np.arange(bins) / formants, 0, bins - 1)
    low = np.minimum(source.astype(int), bins - 2)
    part = source - low
    octaves_up = np.log2(np.maximum(np.arange(bins) / bins * RATE_HZ / 2, 100.0) / 500.0)
    brighter = 10.0 ** (0.1 * tilt_db * octaves_up)
    envelope = (voice.envelope[:, low] * (1 - part) + voice.envelope[:, low + 1] * part) * brighter
    breath = np.clip(voice.breath, 1e-6, 1.0) ** (1.0 / breathier)
    sound = pyworld.synthesize(
        f0_hz, np.ascontiguousarray(envelope), np.ascontiguousarray(breath), RATE_HZ, 1e3 * FRAME_S
    )
    return sound.astype(np.float32)


@lru_cache(maxsize=1)
def _pyworld() -> Any:
    """pyworld's compiled part. Its Python part asks for pkg_resources, which setuptools has given up."""
    package = find_spec("pyworld")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder) / f"pyworld{suffix}"
            if path.exists():
                spec = spec_from_file_location("pyworld", path, loader=ExtensionFileLoader("pyworld", str(path)))
                assert spec is not None and spec.loader is not None
                module = module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    raise ModelError("the voices to learn from need pyworld.", "Install it: pip install 'vocello[train]'")
