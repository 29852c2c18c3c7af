"""Recordings of a mouth, cut into hits: what a kit is taught from.

What flows in: samples at 16 kHz. What flows out: each hit as a piece of its own, and of a piece its strike. Runs where
somebody waits for it, never in step with sound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.drums.strike import Strike, StrikeFinder
from ml.frames import HOP, RATE_HZ
from score.errors import ModelError

HELD_S = 0.075
"""A hat that hisses for longer is an open one."""
STILL_DB = 12.0
"""What still sounds is no further below what it began with."""

_BEFORE_S, _AFTER_S = 0.1, 0.5
_QUIETER_DB = 20.0  # than the loudest: a breath, or lips that part, between the hits


class Example(NamedTuple):
    """The hit of one recording. [any]"""

    strike: Strike
    held: bool  # whether its hiss lasted


class _Found(NamedTuple):
    start: int  # sample
    example: Example


def example_of(samples: npt.NDArray[np.float32], what: str) -> Example:
    """The loudest hit of a recording, or an error that says `what` holds none. [any]"""
    found = _find(samples)
    if not found:
        raise ModelError(f"{what} holds no hit.", "Make the sound louder, nearer the microphone, and shorter.")
    return max(found, key=lambda each: each.example.strike.level_db).example


def cut_hits(samples: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """A piece for each hit that is not much quieter than the loudest, with some of the room before it. [any]"""
    found = _find(samples)
    if not found:
        return []
    loudest_db = max(each.example.strike.level_db for each in found)
    starts = [each.start for each in found if each.example.strike.level_db > loudest_db - _QUIETER_DB]
    before, after = round(_BEFORE_S * RATE_HZ), round(_AFTER_S * RATE_HZ)
    ends = [min(start + after, following) for start, following in zip(starts, [*starts[1:], len(samples)], strict=True)]
    return [samples[max(0, start - before) : end] for start, end in zip(starts, ends, strict=True)]


def _find(samples: npt.NDArray[np.float32]) -> list[_Found]:
    """Every hit: the recording behind a stretch of silence, since it may begin with one."""
    lead = round(_BEFORE_S * RATE_HZ) // HOP * HOP
    hops = np.zeros(lead + -(-len(samples) // HOP) * HOP + lead, np.float32)
    hops[lead : lead + len(samples)] = samples
    finder, found, hiss_db = StrikeFinder(), list[tuple[int, Strike]](), []
    for n, hop in enumerate(hops.reshape(-1, HOP)):
        strike = finder.hear(hop)
        hiss_db.append(finder.hiss_db())
        if strike is not None:
            found.append((n, strike))
    held_hops = round(HELD_S * RATE_HZ / HOP)
    made = []
    for n, strike in found:
        start = (n + 1) * HOP - strike.age_samples - lead
        began = n + 1 - strike.age_samples // HOP
        lasted = min(hiss_db[n : began + held_hops + 1], default=-200.0) > max(hiss_db[began : n + 1]) - STILL_DB
        made.append(_Found(start, Example(strike, lasted)))
    return made
