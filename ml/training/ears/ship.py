"""From a finished training to what Vocello ships: two models, each with the card that proves it.

What flows in: networks, their tunings and figures. What flows out: `ears.onnx`, `hindsight.onnx`, and their cards.
[main]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml.frames import HOP, RATE_HZ
from ml.learned.features import WIDTH
from ml.learned.heads import OUTPUTS
from ml.notes import Tuning as LiveTuning
from ml.refine import Tuning as HindTuning
from ml.session import Network
from ml.training.ears.export import FLOAT16, FLOAT32, INT8, export, strays
from ml.training.ears.network import Ears, Hindsight, parameters_of
from score.atomic import write_whole
from score.errors import FileError

VERSION = "1"
DATA = (
    {
        "name": "HUST Solfege",
        "what": "61 sight-sung melodies, many singers, 36 minutes",
        "licence": "MIT",
        "fetch": "vocello data fetch solfege",
    },
    {
        "name": "PJS, the phoneme-balanced Japanese singing corpus (Koguchi, Takamichi, Morise 2020)",
        "what": "78 songs by one singer, 21 minutes; his spoken sentences and his empty room as what is not singing",
        "licence": "CC-BY-SA-4.0",
        "fetch": "vocello data fetch pjs",
    },
    {
        "name": "Voices made by espeak-ng and sung by WORLD; noises made by ml/training/ears/rooms.py",
        "what": "nonsense in 24 languages on melodies by chance, speech, breath, kettles, clicks, fans, mouth drums",
        "licence": "GPL-3.0-or-later",
        "fetch": "made on the spot",
    },
)
_WINDOW = 256  # frames of the band's window; the pitch looks back up to 740, the network's memory without end


def ship(
    network: Ears | Hindsight,
    folder: Path,
    tuning: LiveTuning | HindTuning,
    score: Mapping[str, Any],
    trained_by: str,
    precision: str = FLOAT16,
) -> Path:
    """Write a network and its card; returns the card. [main]"""
    name = "ears" if isinstance(network, Ears) else "hindsight"
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{name}.onnx"
    parity = {}
    for kind in (FLOAT32, FLOAT16, INT8):
        tried = folder / f".{name}.{kind}.onnx"
        export(network, tried, kind)
        parity[kind] = {"bytes": tried.stat().st_size, "strays": round(strays(network, tried), 7)}
        if kind == precision:
            tried.replace(weights)
        else:
            tried.unlink()
    opened = Network(weights)
    card = {
        "name": name,
        "version": VERSION,
        "task": "notes of a voice, live" if name == "ears" else "notes of a finished take",
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "licence": "CC-BY-SA-4.0",
        "rate_hz": RATE_HZ,
        "hop_frames": HOP,
        "window_frames": _WINDOW,
        "latency_frames": 0 if name == "ears" else None,
        "parameters": parameters_of(network),
        "precision": precision,
        "parity": parity,
        "inputs": {key: _said(value) for key, value in opened.inputs.items()},
        "outputs": {key: _said(value) for key, value in opened.outputs.items()},
        "meaning": f"{WIDTH} columns in: ml/learned/features.py; {OUTPUTS} out: ml/learned/heads.py",
        "tuning": asdict(tuning),
        "data": DATA,
        "score": score,
        "trained_by": trained_by,
    }
    path = folder / f"{name}.json"
    write_whole(path, (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode(), FileError)
    return path


def _said(tensor: Any) -> dict[str, Any]:
    return {"shape": list(tensor.shape), "dtype": str(tensor.dtype)}
