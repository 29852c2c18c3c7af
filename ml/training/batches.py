"""Batches, prepared by threads ahead of the step that needs them, and moved to where the model is.

What flows in: a function from a step's number to its batch. What flows out: the batches in order. Whichever thread is
faster, batch 7 comes after batch 6 and is the same: a batch depends on its number alone. [main], prepared on [worker]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from types import TracebackType
from typing import Any

import numpy as np
import torch


class Ahead:
    """The batches `first` to `last` (excluded), of which two a thread wait ready. [main]"""

    def __init__(self, make: Callable[[int], Any], first: int, last: int, threads: int) -> None:
        self._make, self._next, self._last = make, first, last
        self._ahead = 2 * threads
        self._waiting: deque[Future[Any]] = deque()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="batches") if threads else None

    def take(self) -> Any:
        """The next batch; an error that its making raised is raised here. [main]"""
        if self._pool is None:
            self._next += 1
            return self._make(self._next - 1)
        while len(self._waiting) <= self._ahead and self._next < self._last:
            self._waiting.append(self._pool.submit(self._make, self._next))
            self._next += 1
        return self._waiting.popleft().result()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def each_tensor(batch: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The same batch with every tensor in it changed; arrays become tensors first. [any]"""
    if isinstance(batch, np.ndarray):
        batch = torch.from_numpy(batch)
    if isinstance(batch, torch.Tensor):
        return change(batch)
    if isinstance(batch, dict):
        return {name: each_tensor(value, change) for name, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(each_tensor(value, change) for value in batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(each_tensor(value, change) for value in batch)
    if is_dataclass(batch) and not isinstance(batch, type):
        return replace(batch, **{each.name: each_tensor(getattr(batch, each.name), change) for each in fields(batch)})
    return batch


def on_device(batch: Any, device: torch.device) -> Any:
    """The batch on a device; the copy to a GPU goes on beside the work already given to it. [main]"""
    return each_tensor(batch, lambda tensor: tensor.to(device, non_blocking=True))


def pinned(batch: Any) -> Any:
    """The batch in memory that a GPU fetches from by itself. [worker]"""
    return each_tensor(batch, lambda tensor: tensor.pin_memory())


def examples_in(batch: Any) -> int:
    """How many examples a batch has: the first size of its first tensor. [any]"""
    sizes: list[int] = []

    def look(tensor: torch.Tensor) -> torch.Tensor:
        sizes.append(tensor.shape[0] if tensor.dim() else 1)
        return tensor

    each_tensor(batch, look)
    return sizes[0] if sizes else 1
