"""What the network should have said of each hop, given the notes. [main]"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ml.frames import HOP_S
from ml.learned.heads import (
    AGE,
    DRUMS,
    ELSEWHERE,
    OCTAVE_ST,
    OLDEST_MS,
    PITCH,
    PITCH_REACH_ST,
    PITCH_STEP_ST,
    PITCHES,
    SINGS,
    SOONEST_MS,
    SOUNDS,
    SPAN_MS,
    SPANS,
)

NO_ONSET = 1e4
_HUMAN_MS = 9.0  # two who mark the same onset differ by so much
_PITCH_WEIGHTS = (8, 12, 24, 30), (2.0, 1.0, 1.0, 0.2)  # by hops: what is sent wrong is heard; later it is bent right
_JOINED_S, _AGAIN_ST = 0.1, 0.6
_SLUR_WEIGHT, _AGAIN_WEIGHT = 1.5, 3.0  # of onsets without a rest before: few, and the hardest to hear
_DRUM_S = 0.04
_RIGHT_ST = 0.45
_ANTICIPATED_S = 0.015
_SPEECH_WEIGHT = 0.5

COLUMNS = (
    "age_ms",
    "away_st",
    "pitch_weight",
    "sounds",
    "sings",
    "sings_weight",
    "drums",
    "drums_weight",
    "age_weight",
)


class Weights(NamedTuple):
    """How much each part of the loss counts. [any]"""

    age: float = 1.0
    pitch: float = 0.6
    sounds: float = 0.5
    sings: float = 0.15
    drums: float = 0.1


def targets(
    notes: npt.NDArray[np.float64],
    beaten: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.float32],
    clarity: npt.NDArray[np.float16],
    level_db: npt.NDArray[np.float16],
    now_s: float,
    *,
    is_music: bool,
) -> npt.NDArray[np.float32]:
    """(hops, COLUMNS) of one file. [main]"""
    hops = len(pitch)
    at_s = now_s + HOP_S * np.arange(hops)
    out = np.zeros((hops, len(COLUMNS)), np.float32)
    out[:, 0] = NO_ONSET
    out[:, 8] = 1.0
    last_offset_s, last_pitch = -1.0, np.nan
    for onset_s, offset_s, meant in notes:
        first = np.searchsorted(at_s, onset_s + 1e-3 * (SOONEST_MS - 3 * _HUMAN_MS))
        last = np.searchsorted(at_s, onset_s + 1e-3 * (OLDEST_MS + 3 * _HUMAN_MS))
        out[first:last, 0] = 1e3 * (at_s[first:last] - onset_s)
        if onset_s - last_offset_s < _JOINED_S:
            out[first:last, 8] = _SLUR_WEIGHT if abs(meant - last_pitch) > _AGAIN_ST else _AGAIN_WEIGHT
        last_offset_s, last_pitch = offset_s, meant
        begins, ends = np.searchsorted(at_s, (onset_s, offset_s))
        out[begins:ends, 3] = 1.0
        if np.isfinite(meant):
            early = np.searchsorted(at_s, onset_s - _ANTICIPATED_S)
            heard = np.isfinite(pitch[early:ends]) & (clarity[early:ends] > 0.4)
            out[early:ends, 1] = np.where(heard, meant - np.nan_to_num(pitch[early:ends]), 0.0)
            out[early:ends, 2] = np.interp(np.arange(early, ends) - begins, *_PITCH_WEIGHTS) * heard
    out[:, 4] = out[:, 3]
    audible = (level_db > np.percentile(level_db, 60)) & (clarity > 0.5)
    out[:, 5] = out[:, 3] if is_music else audible * _SPEECH_WEIGHT
    for at in beaten:
        first, last = np.searchsorted(at_s, (at, at + _DRUM_S))
        out[first:last, 6] = 1.0
    out[:, 7] = 1.0 if not is_music else 0.2
    return out


def loss_of(said: Tensor, right: Tensor, weights: Weights = Weights()) -> tuple[Tensor, dict[str, float]]:  # noqa: B008
    """(…, OUTPUTS) against (…, COLUMNS). [main]"""
    ages = -(soft_ages(right[..., 0]) * functional.log_softmax(said[..., AGE], -1)).sum(-1)
    age = (ages * right[..., 8]).mean()
    weight = right[..., 2]
    pitches = -(soft_pitches(right[..., 1]) * functional.log_softmax(said[..., PITCH], -1)).sum(-1)
    pitch = (pitches * weight).sum() / (weight.sum() + 1.0)
    sounds = functional.binary_cross_entropy_with_logits(said[..., SOUNDS], right[..., 3])
    each = functional.binary_cross_entropy_with_logits(said[..., SINGS], right[..., 4], reduction="none")
    sings = (each * right[..., 5]).sum() / (right[..., 5].sum() + 1.0)
    each = functional.binary_cross_entropy_with_logits(said[..., DRUMS], right[..., 6], reduction="none")
    drums = (each * right[..., 7]).mean()
    parts = {"age": age, "pitch": pitch, "sounds": sounds, "sings": sings, "drums": drums}
    total = sum(getattr(weights, name) * part for name, part in parts.items())
    return total, {name: float(part.detach()) for name, part in parts.items()}


def soft_ages(age_ms: Tensor) -> Tensor:
    """Chances over the spans, as wide as a human's hand is uncertain; the rest is: none. [any]"""
    edges = SOONEST_MS + SPAN_MS * torch.arange(SPANS + 1, device=age_ms.device)
    below = torch.special.ndtr((edges - age_ms[..., None]) / _HUMAN_MS)
    spans = below[..., 1:] - below[..., :-1]
    return torch.cat([spans, 1.0 - spans.sum(-1, keepdim=True)], -1)


def soft_pitches(away_st: Tensor) -> Tensor:
    """All at one step or shared by two neighbours; or an octave away, or elsewhere. [any]"""
    place = (away_st + PITCH_REACH_ST) / PITCH_STEP_ST
    steps = torch.arange(PITCHES, device=away_st.device)
    near = (1.0 - (place[..., None] - steps).abs()).clamp(min=0.0)
    inside = (near.sum(-1) > 0.5).float()
    near = near / near.sum(-1, keepdim=True).clamp(min=1e-6) * inside[..., None]
    down = ((away_st + OCTAVE_ST).abs() < 1.0).float() * (1 - inside)
    up = ((away_st - OCTAVE_ST).abs() < 1.0).float() * (1 - inside)
    other = 1.0 - inside - down - up
    assert ELSEWHERE == 3
    return torch.cat([near, torch.stack([down, up, other], -1)], -1)
