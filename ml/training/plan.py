"""What is trained, and how long and how carefully: the two things a training is given, and the one it gives back.

What flows in: nothing. What flows out: the shape of a task, a plan's settings, a result. Nothing here loads PyTorch, so
that a command or a page can speak of trainings without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from score.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

PRECISIONS = ("float32", "bfloat16", "float16")

# What may differ between a run and its resumption without changing what is learned: how often one looks and saves, how
# many threads prepare, when one gives up, and on which machine. Everything else is guarded.
FREE = ("validate_every", "checkpoint_every", "report_every", "epoch_steps", "patience", "device", "loader_threads")


class Task(Protocol):
    """A model, its data and its aim, as the trainer asks for them. [main]"""

    name: str

    def model(self) -> nn.Module:
        """A fresh model, on the CPU; the trainer has seeded every generator before. [main]"""
        ...

    def batches(self, seed: int, step: int, rank: int, world: int) -> Any:
        """Batch number `step` (from 0) for one of `world` processes: a pure function of its four arguments.

        It runs on several threads at once, so it draws from a generator of its own, as from
        `numpy.random.default_rng((seed, step, rank))`, never from a global one. Tensors and arrays may lie in tuples,
        lists, dictionaries and dataclasses; they are moved to the device for `loss`. [worker]
        """
        ...

    def loss(self, model: nn.Module, batch: Any) -> tuple[Tensor, dict[str, float]]:
        """The mean loss of a batch, and its parts by name, to be shown. [main]"""
        ...

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Figures of the averaged weights; the one called 'figure' is made as small as can be.

        Called in evaluation mode, without gradients, in full precision, and by the first process alone. What it draws
        from global generators is given back to them afterwards. [main]
        """
        ...

    def fingerprint(self) -> str:
        """Lines of `name: value` for all that the weights depend on: the model's sizes, the data's digest. [main]"""
        ...


@dataclass(frozen=True)
class Plan:
    """How long, how fast and how carefully to learn. [any]

    A run of so many steps is repeated bit by bit on the same machine with the same number of threads. With `minutes`
    the learning rate follows the time spent, which no two runs spend alike: such a run is resumed exactly, but repeated
    only in its spirit. Where both are given, the budget that runs out first ends the run.
    """

    steps: int
    lr: float = 1e-3
    lr_floor: float = 0.01  # of lr, where the cosine ends
    warmup: int = 100  # steps
    weight_decay: float = 0.01  # not for biases and norms
    clip: float = 1.0  # the gradient's norm at most; 0: as it comes
    ema: float = 0.999  # how much of the averaged weights a step keeps; 0: no averaging
    validate_every: int = 500
    checkpoint_every: int = 500
    report_every: int = 10
    epoch_steps: int = 0  # how many steps go through the data once, only to be shown
    patience: int | None = None  # validations without a better figure
    seed: int = 0
    minutes: float | None = None
    precision: str = "float32"
    device: str = "auto"  # cuda where there is one, else cpu; or a device's name
    loader_threads: int = 2  # 0: prepare each batch when it is needed

    def __post_init__(self) -> None:
        for name in ("steps", "validate_every", "checkpoint_every", "report_every"):
            _need(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        for name in ("warmup", "weight_decay", "clip", "epoch_steps", "loader_threads", "seed"):
            _need(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        _need(self.lr > 0.0, "lr", self.lr, "above 0")
        _need(0.0 <= self.lr_floor <= 1.0, "lr_floor", self.lr_floor, "between 0 and 1")
        _need(0.0 <= self.ema < 1.0, "ema", self.ema, "0, or more and below 1")
        _need(self.patience is None or self.patience >= 1, "patience", self.patience, "None, or 1 or more")
        _need(self.minutes is None or self.minutes > 0.0, "minutes", self.minutes, "None, or above 0")
        _need(self.precision in PRECISIONS, "precision", self.precision, f"one of {', '.join(PRECISIONS)}")

    def identity(self) -> str:
        """Lines of `name: value` for every setting that the weights depend on. [any]"""
        return "\n".join(f"{each.name}: {getattr(self, each.name)}" for each in fields(self) if each.name not in FREE)


@dataclass(frozen=True)
class Result:
    """What a training came to. [any]"""

    best_weights_path: Path  # `checkpoint.read_weights` opens it
    figures: Mapping[str, float]  # of the best weights
    best_step: int
    steps: int  # done in all, over every resumption
    elapsed_s: float  # likewise
    ended: str  # "steps", "minutes", "patience", or "interrupted": then the same call goes on


def _need(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise UsageError(f"a training's {name} cannot be {value!r}.", f"It must be {wanted}.")
