"""The network of the ears: rows in, and for each hop what it makes of them. Its memory goes in and comes out.

What flows in: rows of `ml/learned/features.py`. What flows out, hop by hop: how long ago the newest note
began, as chances over spans of 10 ms; where the pitch of that note lies from the pitch now heard; whether a note
sounds, whether the voice sings, whether a mouth drummed. [main]

Three convolutions that look back 22 hops, and a recurrent layer for all that was before.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.learned.features import WIDTH
from ml.learned.heads import OUTPUTS

State = tuple[Tensor, Tensor, Tensor, Tensor]

_NEAR, _FAR, _FAR_STRIDE = 5, 3, 4


class Ears(nn.Module):
    """Hears while it is sung. [main]"""

    def __init__(self, channels: int = 72, memory: int = 160, dropout: float = 0.15) -> None:
        super().__init__()
        self.channels, self.memory = channels, memory
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("spread", torch.ones(WIDTH))
        self.near = nn.Conv1d(WIDTH, channels, _NEAR)
        self.middle = nn.Conv1d(channels, channels, _NEAR)
        self.far = nn.Conv1d(channels, channels, _FAR, dilation=_FAR_STRIDE)
        self.recurrent = nn.GRU(channels, memory, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.inner = nn.Linear(memory + channels, 80)
        self.outer = nn.Linear(80, OUTPUTS)

    def silence(self, batch: int = 1) -> State:
        """What it remembers before the first hop. [main]"""
        device = self.mean.device
        return (
            torch.zeros(batch, WIDTH, _NEAR - 1, device=device),
            torch.zeros(batch, self.channels, _NEAR - 1, device=device),
            torch.zeros(batch, self.channels, (_FAR - 1) * _FAR_STRIDE, device=device),
            torch.zeros(1, batch, self.memory, device=device),
        )

    def forward(self, rows: Tensor, near: Tensor, middle: Tensor, far: Tensor, memory: Tensor) -> tuple[Tensor, ...]:
        """(batch, hops, WIDTH) and memory → (batch, hops, OUTPUTS) and memory. [main]"""
        x = ((rows - self.mean) / self.spread).clamp(-6.0, 6.0).transpose(1, 2)
        x = torch.cat([near, x], 2)
        near = x[:, :, -near.shape[2] :]
        x = nn.functional.silu(self.near(x))
        joined = torch.cat([middle, x], 2)
        middle = joined[:, :, -middle.shape[2] :]
        x = x + nn.functional.silu(self.middle(joined))
        joined = torch.cat([far, x], 2)
        far = joined[:, :, -far.shape[2] :]
        x = (x + nn.functional.silu(self.far(joined))).transpose(1, 2)
        remembered, memory = self.recurrent(self.dropout(x), memory)
        x = nn.functional.silu(self.inner(self.dropout(torch.cat([remembered, x], 2))))
        return self.outer(self.dropout(x)), near, middle, far, memory


class Hindsight(nn.Module):
    """Hears a finished take, from both ends. [main]"""

    def __init__(self, channels: int = 72, memory: int = 112, dropout: float = 0.2) -> None:
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("spread", torch.ones(WIDTH))
        self.near = nn.Conv1d(WIDTH, channels, 9, padding=4)
        self.far = nn.Conv1d(channels, channels, 7, padding=12, dilation=4)
        self.first = nn.GRU(channels, memory, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.inner = nn.Linear(2 * memory + channels, 80)
        self.outer = nn.Linear(80, OUTPUTS)

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, hops, WIDTH) → (batch, hops, OUTPUTS). [main]"""
        x = ((rows - self.mean) / self.spread).clamp(-6.0, 6.0).transpose(1, 2)
        x = nn.functional.silu(self.near(x))
        x = (x + nn.functional.silu(self.far(x))).transpose(1, 2)
        y, _ = self.first(self.dropout(x))
        x = nn.functional.silu(self.inner(self.dropout(torch.cat([y, x], 2))))
        return self.outer(self.dropout(x))


def parameters_of(network: nn.Module) -> int:
    """How many numbers it learned. [main]"""
    return sum(each.numel() for each in network.parameters())
