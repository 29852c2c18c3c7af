"""An instrument's weights as plain arrays, which the program plays, and back, so that another one can begin with them.

What flows in: a network, or what names one: a finished run's folder, a file NAME.npz, a shipped instrument. What flows
out: arrays as `realtime.dsp.strings.brain` learns them and `realtime.dsp.strings.hall` hears them. [main]
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.training.checkpoint import read_weights
from ml.training.instrument.network import Strings
from models.cards import card
from realtime.dsp.strings import brain
from realtime.dsp.strings.sizes import INPUTS
from score.errors import ModelError, UsageError

MODELS = "models"
"""In a run's folder: what the program loads."""

Array = npt.NDArray[np.float32]


def arrays(network: Strings, source: int = 0) -> dict[str, Array]:
    """What the program learns from, as one corpus sounded, and its hall. [main]"""
    own = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    into = own["into.weight"]
    told = {
        "in_weight": into[:, :INPUTS].T,
        "in_bias": own["into.bias"] + into[:, INPUTS + source],
        "gru_in_weight": own["memory.weight_ih_l0"].T,
        "gru_in_bias": own["memory.bias_ih_l0"],
        "gru_weight": own["memory.weight_hh_l0"].T,
        "gru_bias": own["memory.bias_hh_l0"],
        "mid_weight": own["middle.weight"].T,
        "mid_bias": own["middle.bias"],
        "out_weight": own["out.weight"].T,
        "out_bias": own["out.bias"],
        "body": own["body"][source],
        "hall": network.answers().detach().cpu().numpy()[source],
    }
    return {name: np.ascontiguousarray(values, np.float32) for name, values in told.items()}


def weights_of(told: Mapping[str, Array]) -> dict[str, Tensor]:
    """The way back: the weights of a network that knows one corpus; a ModelError if the arrays are no instrument's.

    [main]
    """
    brain.learn(np.zeros(1, brain.BRAIN)[0], told)
    dies = Strings().dies.numpy()
    hall = np.asarray(told.get("hall", np.zeros(0)), np.float32)
    if hall.shape != dies.shape or not np.isfinite(hall).all():
        raise ModelError(f"The instrument's hall has {hall.size} numbers, where {dies.size} are needed.")
    own = {
        "into.weight": np.concatenate([told["in_weight"].T, np.zeros((len(told["in_bias"]), 1))], 1),
        "into.bias": told["in_bias"],
        "memory.weight_ih_l0": told["gru_in_weight"].T,
        "memory.bias_ih_l0": told["gru_in_bias"],
        "memory.weight_hh_l0": told["gru_weight"].T,
        "memory.bias_hh_l0": told["gru_bias"],
        "middle.weight": told["mid_weight"].T,
        "middle.bias": told["mid_bias"],
        "out.weight": told["out_weight"].T,
        "out.bias": told["out_bias"],
        "body": told["body"][None],
        "hall": (hall / dies)[None],
    }
    return {name: torch.from_numpy(np.ascontiguousarray(values, np.float32)) for name, values in own.items()}


def weights_in(path: Path) -> dict[str, Tensor]:
    """Of a file NAME.npz, or of a training's best.pt. [main]"""
    if path.suffix != ".npz":
        return read_weights(path)
    try:
        with np.load(path) as file:
            told = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"'{path}' holds no instrument.", "Name a finished run's folder, or its NAME.npz.") from error
    return weights_of(told)


def origin(told: str) -> Path:
    """The file of the instrument that a run's folder, a NAME.npz or a shipped one's name stands for. [main]"""
    path = Path(told)
    if path.is_dir():
        found = sorted((path / MODELS).glob("*.npz"))
        if len(found) != 1:
            raise UsageError(
                f"'{path}' holds {len(found) or 'no'} finished instruments.",
                "Finish its training first, or name one: --from RUN/models/NAME.npz",
            )
        return found[0]
    if path.is_file():
        return path
    try:
        return card(told).path
    except ModelError as error:
        raise UsageError(
            f"there is no instrument '{told}' to begin with.",
            "Name a run's folder, a file NAME.npz, or an instrument that Vocello brings: --from cello",
        ) from error
