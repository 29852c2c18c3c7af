"""A small task to train on: a curve to be learned, by a net with dropout and a norm, which draw and remember.

What flows in: nothing. What flows out: batches that depend on their number alone. Run as a program, it trains in a
folder, so that it can be killed.
"""

from __future__ import annotations

import io
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml.training.plan import Plan
from ml.training.trainer import train

torch.set_num_threads(1)  # so small a net is only slowed down by a second one


@dataclass
class Toy:
    """Learns sin(3x) from 16 points a batch. [main]"""

    name: str = "toy"
    width: int = 12
    dropout: float = 0.1
    batch: int = 16
    norm: bool = True
    draws: bool = True
    pause_s: float = 0.0

    def model(self) -> nn.Module:
        norm = nn.BatchNorm1d(self.width) if self.norm else nn.Identity()
        return nn.Sequential(
            nn.Linear(1, self.width), norm, nn.Tanh(), nn.Dropout(self.dropout), nn.Linear(self.width, 1)
        )

    def batches(self, seed: int, step: int, rank: int, world: int) -> dict[str, Any]:
        """The whole batch of all processes is the same for any number of them. [worker]"""
        time.sleep(self.pause_s)
        x = np.random.default_rng((seed, step)).uniform(-1, 1, (self.batch, 1)).astype(np.float32)
        mine = x[rank::world]
        return {"x": torch.from_numpy(mine), "y": np.sin(3.0 * mine)}

    def loss(self, model: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
        noise = 0.01 * (random.random() + np.random.random() + float(torch.rand(()))) if self.draws else 0.0
        error = nn.functional.mse_loss(model(batch["x"] + noise).float(), batch["y"])
        return error, {"error": float(error.detach())}

    def validate(self, model: nn.Module) -> dict[str, float]:
        random.random(), np.random.random(), torch.rand(3)
        assert not model.training
        x = torch.linspace(-1, 1, 64)[:, None]
        return {"figure": float((model(x) - torch.sin(3.0 * x)).pow(2).mean()), "points": 64.0}

    def fingerprint(self) -> str:
        return f"width: {self.width}\ndropout: {self.dropout}\nbatch: {self.batch}"


SHORT = Plan(steps=60, lr=0.02, warmup=5, ema=0.9, validate_every=20, checkpoint_every=7, report_every=5, seed=3)


def state_in(folder: Path) -> dict[str, Any]:
    """The newest state of a run, without what a clock said. [main]"""
    path = max((folder / "checkpoints").glob("*.pt"))
    content = path.read_bytes()
    state: dict[str, Any] = torch.load(io.BytesIO(content[content.index(b"PK") :]), weights_only=True)["state"]
    del state["elapsed_s"]
    for rank in state["ranks"]:
        del rank["tally"]["seconds"]
    return state


def unlike(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two states differ by as much as one bit. [main]"""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return [] if one.dtype == other.dtype and torch.equal(one, other) else [at]
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return [f"{at}: {sorted(map(str, one))}, {sorted(map(str, other))}"]
        return [each for name in one for each in unlike(one[name], other[name], f"{at}/{name}")]
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        return [each for k, pair in enumerate(zip(one, other, strict=True)) for each in unlike(*pair, f"{at}/{k}")]
    return [] if one == other else [f"{at}: {one}, {other}"]


if __name__ == "__main__":
    train(Toy(pause_s=float(sys.argv[2])), SHORT, Path(sys.argv[1]), lambda progress: print(progress.step, flush=True))
