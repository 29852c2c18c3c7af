"""Frames to sound, and the way back for gradients: sines and noise that PyTorch can learn through.

What flows in: amplitudes of harmonics and noise bands, 250 times a second, and a pitch. What flows out: sound, linear
between the frames. The sound is linear in the amplitudes and the pitch wants no gradient, so that both ways are a
rotation and two multiplications a sample and harmonic; nothing of the size samples times harmonics is ever kept. On a
GPU the same is written in PyTorch's own words. [main]
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from numba import njit
from torch import Tensor

from ml.training.instrument.analysis import HOP
from realtime.dsp.strings.sizes import BAND_CENTRES_HZ, BANDS, RATE_HZ

_RAMP = (np.arange(HOP) / HOP).astype(np.float32)
_NOISE_FRAMES = 1_000  # after so many the noise comes round again


@cache
def noise_tables(seed: int = 1) -> npt.NDArray[np.float32]:
    """(BANDS, samples): noise of 1 in each Hz of a band, nothing outside, and as much of its beginning at its end.

    [main]
    """
    samples = HOP * _NOISE_FRAMES
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples)) * np.sqrt(RATE_HZ / 2.0)
    hertz = np.fft.rfftfreq(samples, 1.0 / RATE_HZ)
    tables = np.empty((BANDS, samples + HOP), np.float32)
    for band in range(BANDS):
        shape = np.interp(hertz, BAND_CENTRES_HZ, np.arange(BANDS) == band)
        tables[band, :samples] = np.fft.irfft(white * shape, samples)
    tables[:, samples:] = tables[:, :HOP]
    return tables


def sounding(harmonics: Tensor, noise: Tensor, hertz: Tensor, begin: Tensor, tables: Tensor, offset: Tensor) -> Tensor:
    """(batch, (frames - 1) * HOP) samples.

    `harmonics` (batch, frames, n) and `noise` (batch, frames, BANDS) are amplitudes, `begin` (batch,) the phases in
    cycles at the first sample, `offset` (batch,) where in the `tables` each begins. [main]
    """
    if harmonics.device.type == "cpu":
        made: Tensor = _Bank.apply(harmonics, noise, hertz, begin, tables, offset)  # type: ignore[no-untyped-call]
        return made
    return _everywhere(harmonics, noise, hertz, begin, tables, offset)


def _everywhere(
    harmonics: Tensor, noise: Tensor, hertz: Tensor, begin: Tensor, tables: Tensor, offset: Tensor
) -> Tensor:
    """The same without numba, on any device."""
    batch, frames, count = harmonics.shape
    ramp = torch.arange(HOP, device=harmonics.device) / HOP
    each = _between(hertz.double()[..., None], ramp.double())[..., 0]  # (batch, samples)
    cycles = begin[:, None] + torch.cumsum(each, 1) / RATE_HZ
    bound = torch.maximum(hertz[:, :-1], hertz[:, 1:]).repeat_interleave(HOP, 1)
    sound = torch.zeros_like(each, dtype=harmonics.dtype)
    for k in range(count):
        wave = torch.sin(2.0 * torch.pi * torch.remainder(cycles * (k + 1), 1.0)).to(harmonics.dtype)
        wave = wave * ((k + 1) * bound <= RATE_HZ / 2.0)
        sound = sound + _between(harmonics[:, :, k : k + 1], ramp)[..., 0] * wave
    period = tables.shape[1] - HOP
    at = torch.arange(frames - 1, device=offset.device) * HOP
    places = torch.remainder(offset[:, None] + at, period)[..., None] + torch.arange(HOP, device=offset.device)
    for band in range(noise.shape[2]):
        gain = _between(noise[:, :, band : band + 1], ramp)[..., 0]
        sound = sound + gain * tables[band][places].reshape(batch, -1)
    return sound


def _between(frames: Tensor, ramp: Tensor) -> Tensor:
    """(batch, frames, n) -> (batch, (frames - 1) * HOP, n), in straight lines."""
    first, second = frames[:, :-1, None], frames[:, 1:, None]
    return (first + (second - first) * ramp[:, None]).reshape(frames.shape[0], -1, frames.shape[2])


class _Bank(torch.autograd.Function):
    """Sines and noise on the CPU."""

    @staticmethod
    def forward(
        ctx: Any, harmonics: Tensor, noise: Tensor, hertz: Tensor, begin: Tensor, tables: Tensor, offset: Tensor
    ) -> Tensor:
        sound = np.zeros((harmonics.shape[0], (harmonics.shape[1] - 1) * HOP), np.float32)
        given = hertz.double().numpy(), begin.double().numpy(), tables.numpy(), offset.numpy()
        _sing(harmonics.detach().float().contiguous().numpy(), given[0], given[1], sound)
        _hiss(noise.detach().float().contiguous().numpy(), given[2], given[3], sound)
        ctx.given, ctx.shapes = given, (harmonics.shape, noise.shape)
        return torch.from_numpy(sound)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_sound = gradients[0].float().contiguous().numpy()
        of_harmonics, of_noise = (np.zeros(shape, np.float32) for shape in ctx.shapes)
        hertz, begin, tables, offset = ctx.given
        _sing_back(of_sound, hertz, begin, of_harmonics)
        _hiss_back(of_sound, tables, offset, of_noise)
        return torch.from_numpy(of_harmonics), torch.from_numpy(of_noise), None, None, None, None


_fast = njit(cache=True, fastmath=True, error_model="numpy", nogil=True)


@_fast
def _turn(cycles, hertz, towards, cosine, sine):  # type: ignore[no-untyped-def]
    """The fundamental's cosine and sine for one hop; returns where its phase ends."""
    step = (towards - hertz) / HOP
    for n in range(HOP):
        cycles += (hertz + step * n) / RATE_HZ
        angle = 2.0 * np.pi * (cycles - np.floor(cycles))
        cosine[n], sine[n] = np.cos(angle), np.sin(angle)
    return cycles


@_fast
def _sing(amplitudes, hertz, begin, sound):  # type: ignore[no-untyped-def]
    batch, frames, count = amplitudes.shape
    cosine, sine = np.empty(HOP, np.float32), np.empty(HOP, np.float32)
    real, imaginary, mixed = np.empty(HOP, np.float32), np.empty(HOP, np.float32), np.empty(HOP, np.float32)
    for b in range(batch):
        cycles = begin[b]
        for t in range(frames - 1):
            cycles = _turn(cycles, hertz[b, t], hertz[b, t + 1], cosine, sine)
            for n in range(HOP):
                real[n], imaginary[n], mixed[n] = 1.0, 0.0, 0.0
            for k in range(min(count, int(RATE_HZ * 0.5 / max(hertz[b, t], hertz[b, t + 1])))):
                first = amplitudes[b, t, k]
                rise = amplitudes[b, t + 1, k] - first
                for n in range(HOP):
                    turned = real[n] * cosine[n] - imaginary[n] * sine[n]
                    imaginary[n] = real[n] * sine[n] + imaginary[n] * cosine[n]
                    real[n] = turned
                    mixed[n] += (first + rise * _RAMP[n]) * imaginary[n]
            for n in range(HOP):
                sound[b, t * HOP + n] += mixed[n]


@_fast
def _sing_back(of_sound, hertz, begin, gradient):  # type: ignore[no-untyped-def]
    batch, frames, count = gradient.shape
    cosine, sine = np.empty(HOP, np.float32), np.empty(HOP, np.float32)
    real, imaginary = np.empty(HOP, np.float32), np.empty(HOP, np.float32)
    whole, late = np.empty(HOP, np.float32), np.empty(HOP, np.float32)
    for b in range(batch):
        cycles = begin[b]
        for t in range(frames - 1):
            cycles = _turn(cycles, hertz[b, t], hertz[b, t + 1], cosine, sine)
            for n in range(HOP):
                real[n], imaginary[n] = 1.0, 0.0
                whole[n] = of_sound[b, t * HOP + n]
                late[n] = whole[n] * _RAMP[n]
            for k in range(min(count, int(RATE_HZ * 0.5 / max(hertz[b, t], hertz[b, t + 1])))):
                both, second = np.float32(0.0), np.float32(0.0)
                for n in range(HOP):
                    turned = real[n] * cosine[n] - imaginary[n] * sine[n]
                    imaginary[n] = real[n] * sine[n] + imaginary[n] * cosine[n]
                    real[n] = turned
                    both += whole[n] * imaginary[n]
                    second += late[n] * imaginary[n]
                gradient[b, t, k] += both - second
                gradient[b, t + 1, k] += second


@_fast
def _hiss(gains, tables, offset, sound):  # type: ignore[no-untyped-def]
    batch, frames, count = gains.shape
    period = tables.shape[1] - HOP
    for b in range(batch):
        for t in range(frames - 1):
            at = (offset[b] + t * HOP) % period
            some = sound[b, t * HOP : (t + 1) * HOP]
            for band in range(count):
                first = gains[b, t, band]
                rise = gains[b, t + 1, band] - first
                table = tables[band, at : at + HOP]
                for n in range(HOP):
                    some[n] += (first + rise * _RAMP[n]) * table[n]


@_fast
def _hiss_back(of_sound, tables, offset, gradient):  # type: ignore[no-untyped-def]
    batch, frames, count = gradient.shape
    period = tables.shape[1] - HOP
    for b in range(batch):
        for t in range(frames - 1):
            at = (offset[b] + t * HOP) % period
            some = of_sound[b, t * HOP : (t + 1) * HOP]
            for band in range(count):
                table = tables[band, at : at + HOP]
                both, second = np.float32(0.0), np.float32(0.0)
                for n in range(HOP):
                    weighed = some[n] * table[n]
                    both += weighed
                    second += weighed * _RAMP[n]
                gradient[b, t, band] += both - second
                gradient[b, t + 1, band] += second
