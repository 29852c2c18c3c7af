"""From a finished training to what Vocello ships: an instrument's weights and the card that proves them.

What flows in: a network, and the recordings it is judged on. What flows out: `NAME.npz`, plain arrays that are read
without PyTorch, and `NAME.json`. [main]
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml.training.instrument.corpus import Sounds, seconds
from ml.training.instrument.export import arrays
from ml.training.instrument.judge import figures, thought
from ml.training.instrument.network import Strings
from ml.training.instrument.parting import parted
from realtime.dsp.strings.sizes import FRAMES_A_SECOND, HIDDEN, RATE_HZ
from score.atomic import write_whole
from score.errors import FileError, ModelError

VERSION = "1"
STRAYS_AT_MOST = 1e-4
KNOWN: dict[str, dict[str, str]] = {
    "philharmonia-cello": {
        "name": "Philharmonia Orchestra sound samples, cello",
        "what": "single notes from pianissimo to fortissimo, and phrases, bowed",
        "licence": "CC-BY-SA-3.0; free for any use but as samples. Credit: Philharmonia Orchestra",
        "fetch": "vocello data fetch philharmonia-cello",
    },
    **{
        f"vsco2-{name}": {
            "name": f"VSCO 2 Community Edition, {name}",
            "what": "long notes with vibrato",
            "licence": "CC0-1.0",
            "fetch": f"vocello data fetch vsco2-{name}",
        }
        for name in ("cello", "violin", "contrabass")
    },
}
_FREE = "CC0-1.0"


def strays(network: Strings, source: int = 0, frames: int = 500) -> float:
    """How far the kernel's amplitudes are from PyTorch's, at most, on a gesture over the whole range. [main]"""
    t = np.arange(frames) / frames
    hertz = (65.4 * 2.0 ** (4.0 * t + 0.01 * np.sin(90.0 * t))).astype(np.float32)
    loudness = (-45.0 + 25.0 * np.sin(37.0 * t)).astype(np.float32)
    with torch.no_grad():
        told = torch.from_numpy(hertz)[None], torch.from_numpy(loudness)[None], torch.tensor([source])
        harmonics, noise, _ = network(*told)
        right = torch.cat([harmonics, noise], -1)[0].numpy()
    return float(np.abs(thought(arrays(network, source), hertz, loudness) - right).max())


def ship(network: Strings, sounds: Sounds, folder: Path, name: str, trained_by: str) -> Path:
    """Write an instrument, its wood and its room told apart, and its card; returns the card. [main]"""
    network = parted(network)
    apart = strays(network)
    if not apart <= STRAYS_AT_MOST:
        raise ModelError(
            f"'{name}' would not sound as it was trained: the compiled network is {apart:.2g} off "
            f"({STRAYS_AT_MOST:g} is allowed).",
            "Tell us, with the file RUN/second/best.pt.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    told = arrays(network)
    np.savez(packed, **told)  # type: ignore[arg-type]
    weights = folder / f"{name}.npz"
    write_whole(weights, packed.getvalue(), FileError)
    data = [KNOWN.get(corpus, {"name": corpus, "licence": "yours"}) for corpus in sounds.corpora]
    card: dict[str, Any] = {
        "name": name,
        "version": VERSION,
        "task": "a bowed string: pitch and loudness in, harmonics and noise out",
        "weights": weights.name,
        "sha256": hashlib.sha256(packed.getvalue()).hexdigest(),
        "licence": _licence(data),
        "rate_hz": RATE_HZ,
        "hop_frames": RATE_HZ // FRAMES_A_SECOND,
        "latency_frames": 0,
        "parameters": sum(values.size for key, values in told.items() if key != "hall"),
        "hidden": HIDDEN,
        "parity": {"kernel against PyTorch, of amplitudes up to 1": round(apart, 8)},
        "meaning": "realtime/dsp/strings/brain.py reads the arrays, realtime/dsp/strings/hall.py the hall",
        "data": data,
        "learned_s": round(seconds(sounds.learned)),
        "kept_out": sorted(take.name for _, take in sounds.kept),
        "score": figures(network, sounds),
        "trained_by": trained_by,
    }
    path = folder / f"{name}.json"
    write_whole(path, (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode(), FileError)
    return path


def _licence(data: list[dict[str, str]]) -> str:
    licences = {each["licence"] for each in data}
    if licences == {_FREE}:
        return _FREE
    return "CC-BY-SA-3.0" if any(each.startswith("CC-BY-SA") for each in licences) else "as its recordings"
