"""What is trained: pitch and loudness in, the make-up of a bowed sound out.

What flows in: hertz and A-weighted loudness, 250 times a second. What flows out: amplitudes of harmonics and of noise
bands, relative to the loudness, so that silence is silence and no level is unheard of. Around the network stand what
no note changes: the wood, a gain at fixed frequencies that the harmonics slide along, and the hall, an impulse
response; both for each corpus of recordings its own. [main]
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from realtime.dsp.strings.sizes import (
    BANDS,
    BODY_LOW_HZ,
    BODY_PER_OCTAVE,
    BODY_POINTS,
    FADES_HZ,
    FOURIER,
    HALL_S,
    HARMONICS,
    HIDDEN,
    INPUTS,
    LOW_C_HZ,
    LOWEST_DB,
    RATE_HZ,
)

NEPER_A_DB = math.log(10.0) / 20.0
LOUDEST = 1.0  # neper: no harmonic is ever told to be louder
_DIES_S = 0.12
_HALL_SLOWER = 0.3
"""Of a hall each sample is a number to learn: they are many, and have to move less than the network's."""


class Strings(nn.Module):
    """The network, its wood and its hall. [main]"""

    def __init__(self, corpora: int = 1, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.corpora = corpora
        self.into = nn.Linear(INPUTS + corpora, hidden)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        self.middle = nn.Linear(2 * hidden, hidden)
        self.out = nn.Linear(hidden, HARMONICS + BANDS)
        self.body = nn.Parameter(torch.zeros(corpora, BODY_POINTS))
        samples = int(HALL_S * RATE_HZ)
        self.hall = nn.Parameter(torch.zeros(corpora, samples))
        self.dies: Tensor
        self.register_buffer(
            "dies", _HALL_SLOWER * torch.exp(-torch.arange(samples) / RATE_HZ / _DIES_S), persistent=False
        )
        nn.init.normal_(self.out.weight, std=0.01)

    def forward(self, hertz: Tensor, loudness_db: Tensor, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, frames) and (batch,) in; harmonics, noise, and the logarithms of both out. [main]"""
        told = torch.cat([inputs(hertz, loudness_db), self._flags(source, hertz.shape[1])], -1)
        seen = nn.functional.leaky_relu(self.into(told), 0.1)
        kept = self.memory(seen)[0]
        drawn = self.out(nn.functional.leaky_relu(self.middle(torch.cat([kept, seen], -1)), 0.1))
        drawn = drawn + (NEPER_A_DB * loudness_db)[..., None]
        partials_hz = hertz[..., None] * torch.arange(1, HARMONICS + 1, device=hertz.device)
        logs = torch.cat([drawn[..., :HARMONICS] + self._wood(partials_hz, source), drawn[..., HARMONICS:]], -1)
        amplitudes = torch.exp(logs.clamp(max=LOUDEST))
        audible = ((FADES_HZ[1] - partials_hz) / (FADES_HZ[1] - FADES_HZ[0])).clamp(0.0, 1.0)
        return amplitudes[..., :HARMONICS] * audible, amplitudes[..., HARMONICS:], logs

    def in_hall(self, dry: Tensor, source: Tensor) -> Tensor:
        """(batch, samples), with what the hall adds. [main]"""
        samples, tail = dry.shape[1], self.hall.shape[1]
        size = _easy_size(samples + tail)
        answers = torch.fft.rfft(self.answers(), size)[source]
        wet: Tensor = torch.fft.irfft(torch.fft.rfft(dry, size) * answers, size)[:, :samples]
        return dry + wet

    def answers(self) -> Tensor:
        """(corpora, samples): what each hall adds to a sound. [main]"""
        return self.hall * self.dies

    def _flags(self, source: Tensor, frames: int) -> Tensor:
        flags = nn.functional.one_hot(source, self.corpora).to(self.body.dtype)
        return flags[:, None].expand(-1, frames, -1)

    def _wood(self, partials_hz: Tensor, source: Tensor) -> Tensor:
        place = (torch.log2(partials_hz / BODY_LOW_HZ) * BODY_PER_OCTAVE).clamp(0.0, BODY_POINTS - 1.001)
        low = place.long()
        share = place - low
        flat = (low + (source * BODY_POINTS)[:, None, None]).flatten()
        gains = self.body.flatten()
        below = gains.index_select(0, flat).view_as(share)
        above = gains.index_select(0, flat + 1).view_as(share)
        return below + (above - below) * share


def inputs(hertz: Tensor, loudness_db: Tensor) -> Tensor:
    """(batch, frames, INPUTS): what the network is told of a frame. [any]"""
    octaves = torch.log2(hertz / LOW_C_HZ)
    before = torch.cat([loudness_db[:, :1], loudness_db[:, :-1]], 1)
    told = [octaves / 4.0, (loudness_db - LOWEST_DB) / 45.0 - 1.0, ((loudness_db - before) / 6.0).clamp(-2.0, 2.0)]
    for waves in FOURIER:
        told += [torch.sin(2.0 * math.pi * waves * octaves), torch.cos(2.0 * math.pi * waves * octaves)]
    return torch.stack(told, -1)


def _easy_size(least: int) -> int:
    """The smallest product of small primes that is large enough: an FFT of another size takes its time."""
    best = 1 << (least - 1).bit_length()
    for three in (1, 3, 9):
        for five in (1, 5):
            size = three * five
            while size < least:
                size *= 2
            best = min(best, size)
    return best
