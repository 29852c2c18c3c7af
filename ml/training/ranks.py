"""Several processes that learn one model: who is who, and what they tell each other.

What flows in: the environment that `torchrun` sets (RANK, WORLD_SIZE, LOCAL_RANK), and each process's gradients. What
flows out: their mean, the same in every process. Alone, all of this is nothing. The gradients are averaged here rather
than by a wrapper around the model, so that a task's loss may call whatever the model has, not `forward` alone. [main]
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from score.errors import UsageError, VocelloError

_T = TypeVar("_T")

# The first process validates while the others wait: they must not take that for its death.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Ranks:
    """One process among those that train together. [main]"""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes, validates and reports. [any]"""
        return self.rank == 0

    def start_alike(self, model: nn.Module) -> None:
        """Give every process the first one's weights. [main]"""
        if self.world > 1:
            for tensor in (*model.parameters(), *model.buffers()):
                dist.broadcast(tensor.detach(), 0)

    def mean_gradients(self, model: nn.Module) -> None:
        """Average the gradients over all processes, in one message; statistics of norms are the first's. [main]"""
        if self.world == 1:
            return
        weights = [each for each in model.parameters() if each.requires_grad]
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in weights]
        flat = torch.cat([each.reshape(-1) for each in gradients])
        dist.all_reduce(flat)
        flat /= self.world
        for weight, part in zip(weights, torch.split(flat, [each.numel() for each in weights]), strict=True):
            weight.grad = part.view_as(weight)
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)

    def highest(self, value: float) -> float:
        """The highest that any process has: so all agree on the time, and on stopping. [main]"""
        if self.world == 1:
            return value
        together = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.all_reduce(together, dist.ReduceOp.MAX)
        return float(together)

    def from_first(self, do: Callable[[], _T]) -> _T:
        """Let the first process do something, and tell the others what came of it, or why it failed. [main]"""
        if self.world == 1:
            return do()
        told: list[Any] = [None]
        if self.first:
            try:
                told = [do()]
            except VocelloError as error:
                told = [error]
        dist.broadcast_object_list(told, 0)
        if isinstance(told[0], VocelloError):
            raise told[0]
        came: _T = told[0]
        return came

    def gather(self, mine: _T) -> list[_T]:
        """What each process has, by rank. [main]"""
        if self.world == 1:
            return [mine]
        all_of_it: list[Any] = [None] * self.world
        dist.all_gather_object(all_of_it, mine)
        return all_of_it


def join(device: str) -> Ranks:
    """Join the other processes, if `torchrun` started any, until this one ends. [main]"""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    here = _device(device, int(os.environ.get("LOCAL_RANK", "0")) if world > 1 else None)
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if here.type == "cuda" else "gloo", timeout=_PATIENCE)
        # Not sooner: who leaves and joins again may meet the others' old meeting place, and wait there for ever.
        atexit.register(dist.destroy_process_group)
    return Ranks(rank, world, here)


def _device(name: str, local_rank: int | None) -> torch.device:
    """The device to train on; of several GPUs, each process has its own."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"there is no device '{name}' to train on.", "Use auto, cpu or cuda.") from error
    if device.type == "cuda":
        if local_rank is not None:
            device = torch.device("cuda", local_rank)
        torch.cuda.set_device(device)
    return device
