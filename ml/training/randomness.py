"""Every generator of random numbers a training may draw from, as one thing: seeded, kept, and put back.

What flows in: a seed, or states. What flows out: states that a checkpoint can hold without holding code. [main]
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Python's, numpy's and PyTorch's generators, those of the GPUs among them. [main]"""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def states() -> dict[str, Any]:
    """Where every generator stands. [main]"""
    numpy_state: Any = np.random.get_state(legacy=False)
    kept: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": {
            "key": torch.from_numpy(numpy_state["state"]["key"].astype(np.int64)),
            "pos": int(numpy_state["state"]["pos"]),
            "has_gauss": int(numpy_state["has_gauss"]),
            "gauss": float(numpy_state["gauss"]),
        },
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        kept["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        kept["mps"] = torch.mps.get_rng_state()
    return kept


def restore(kept: dict[str, Any]) -> None:
    """Put every generator back to where it stood; those of a GPU that is not here stay as they are. [main]"""
    numpy_state = kept["numpy"]
    random.setstate(kept["python"])
    key = numpy_state["key"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", key, numpy_state["pos"], numpy_state["has_gauss"], numpy_state["gauss"]))
    torch.set_rng_state(kept["torch"])
    if "cuda" in kept and torch.cuda.is_available():
        torch.cuda.set_rng_state(kept["cuda"])
    if "mps" in kept and torch.backends.mps.is_available():
        torch.mps.set_rng_state(kept["mps"])


@contextmanager
def untouched() -> Iterator[None]:
    """What is drawn in here is given back: looking at a model changes nothing about how it learns. [main]"""
    kept = states()
    try:
        yield
    finally:
        restore(kept)


def make_repeatable(device: torch.device) -> None:
    """Ask a GPU for the ways of adding up that give the same sum twice, where it has them. [main]"""
    if device.type != "cuda":
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.use_deterministic_algorithms(True, warn_only=True)
