"""Weights averaged over the last steps: steadier than those of any single step, and what is validated and shipped.

What flows in: the model after each step. What flows out: a second model of the same kind, whose weights are the
exponential moving average of the first's (Polyak and Juditsky 1992). Early on the average is short, so that it forgets
the random weights it began with. [main]
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn


class Average:
    """The moving average of a model; `model` holds it, ready to be run. [main]"""

    def __init__(self, model: nn.Module, keep: float) -> None:
        self.model = deepcopy(model).requires_grad_(False).eval()
        self.keep = keep
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step; what is no weight (a norm's statistics) is taken as it is. [main]"""
        self.updates += 1
        keep = min(self.keep, self.updates / (9.0 + self.updates))
        for mean, now in zip(self.model.parameters(), model.parameters(), strict=True):
            mean.lerp_(now, 1.0 - keep)
        for held, seen in zip(self.model.buffers(), model.buffers(), strict=True):
            held.copy_(seen)

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs to go on. [main]"""
        return {"updates": self.updates, "weights": self.model.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. [main]"""
        self.updates = state["updates"]
        self.model.load_state_dict(state["weights"])
