"""Small networks of the ears, and small lessons: the same code as the shipped ones, with fewer numbers.

What flows in: seeds. What flows out: networks whose numbers are drawn by chance, and pieces made by hand.
"""

from __future__ import annotations

import numpy as np
import torch

from ml.learned.features import WIDTH
from ml.training.ears.network import Ears, Hindsight
from ml.training.ears.targets import COLUMNS
from ml.training.ears.task import Piece


def small_ears(seed: int = 1) -> Ears:
    """Ears that say something, though nothing they learned."""
    torch.manual_seed(seed)
    return _wakened(Ears(channels=12, memory=20))


def small_hindsight(seed: int = 1) -> Hindsight:
    """The same for a finished take."""
    torch.manual_seed(seed)
    return _wakened(Hindsight(channels=10, memory=8))


def _wakened(network):
    with torch.no_grad():
        for numbers in network.parameters():
            numbers.mul_(2.0)  # or all chances would be nearly alike, and a slip of memory hard to see
    network.mean.copy_(torch.randn(WIDTH))
    network.spread.copy_(torch.rand(WIDTH) + 0.5)
    return network.eval()


def piece(name: str, hops: int = 900, seed: int = 0) -> Piece:
    """A prepared file of random rows; its right answers are of silence."""
    chance = np.random.default_rng(seed)
    right = np.zeros((hops, len(COLUMNS)), np.float32)
    right[:, 0] = 1e4
    right[:, -1] = 1.0
    return Piece(
        name,
        chance.standard_normal((hops, WIDTH)).astype(np.float16),
        right,
        np.tile(np.array([60.0, 0.9, -20.0, 0.9], np.float32), (hops, 1)),
        np.zeros((0, 3)),
        0.006,
    )
