"""Everything that can be scored, under one door: a name and a set of recordings in, what was heard in each out.

Three kinds: our ears in this process (`live.LISTENERS`), our second hearing of a finished take (`vocello listen
--refine`), and the peers in their own environment. A system that cannot be heard here raises `NotHeardError` with the
reason.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.ears import live, peers, tables
from bench.ears.metrics import Heard, NotHeardError
from ml.refine import refined
from score.errors import ModelError

REFINED = "vocello-refined"
ALL = (*live.LISTENERS, REFINED, *peers.PEERS)


@dataclass(frozen=True)
class Conditions:
    """How the systems are run. [any]"""

    block_frames: int = live.BLOCK_FRAMES
    environment: Path | None = None  # of the peers
    limit_s: float = peers.LIMIT_S


def hear(system: str, voices: Mapping[str, live.Sound], conditions: Conditions) -> dict[str, Heard]:
    """What a system hears in each recording of a set. [main]"""
    if system in live.LISTENERS:
        make = live.LISTENERS[system]
        live.warm(make)
        return {name: live.hear(voice, make(), conditions.block_frames, with_f0=True) for name, voice in voices.items()}
    if system == REFINED:
        return heard_again(voices)
    if system in peers.PEERS:
        python = peers.python_of(conditions.environment)
        return peers.hear_all(system, voices, live.RATE, python, conditions.limit_s)
    raise NotHeardError(f"nobody knows it; known are {', '.join(ALL)}")


def heard_again(voices: Mapping[str, live.Sound]) -> dict[str, Heard]:
    """The notes of each finished recording; nothing of it was sent live. [main]"""
    try:
        refined(np.zeros(live.RATE, np.float32), live.RATE)  # loaded and compiled before anything is timed
    except ModelError as trouble:
        raise NotHeardError(" ".join(str(trouble).split())) from trouble
    found = {}
    for name, voice in voices.items():
        began_s = time.process_time()
        notes = refined(voice, live.RATE)
        busy_s = time.process_time() - began_s
        rows = [(np.nan, each.onset_s, each.offset_s, each.pitch_midi, each.velocity, np.nan) for each in notes]
        table = np.array(rows, np.float64).reshape(-1, len(tables.EVENTS))
        found[name] = Heard(table, len(voice) / live.RATE, busy_s)
    return found
