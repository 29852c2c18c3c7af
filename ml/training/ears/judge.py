"""How well a network's notes match those that were written down, and which boldness suits it best.

What flows in: a network and the recordings it never saw. What flows out: figures, and the tuning of `ml/notes.py` that
makes the best of them. The measures are mir_eval's (onsets within 50 ms, pitches within 50 cents, offsets within 50 ms
or a fifth of the note), matched here first come, first served, which is a thousandth or two lower; `bench/ears` has
the real ones. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ml.frames import HOP, HOP_S, RATE_HZ
from ml.learned.features import CLARITY, LEVEL_DB, LONG_CLARITY, PITCH_MIDI, TOLD
from ml.learned.heads import AGE, PITCH
from ml.learned.understood import Understood, understood
from ml.notes import Notes, Tuning
from ml.refine import Tuning as HindTuning
from ml.refine import notes_of
from ml.training.ears.network import Hindsight
from ml.training.ears.task import Piece, silence

_ONSET_S, _PITCH_ST = 0.05, 0.5
_OFFSET_S, _OFFSET_SHARE = 0.05, 0.2
_LATE_S = 0.15
_AGAIN_S, _AGAIN_ST = 0.1, 0.5
Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A recording as the network understood it. [any]"""

    name: str
    written: Table  # (notes, 3)
    chances: npt.NDArray[np.float32]  # (hops, OUTPUTS)
    told: Table  # (hops, TOLD)
    now_s: float  # when the first hop is known

    @property
    def minutes(self) -> float:
        """How long it is. [any]"""
        return len(self.told) * HOP_S / 60.0

    @cached_property
    def hops(self) -> list[Understood]:
        """Hop by hop, as the live ears have it. [any]"""
        first = round(self.now_s * RATE_HZ)
        both = zip(self.chances, self.told, strict=True)
        return [understood(first + HOP * i, chances, told) for i, (chances, told) in enumerate(both)]


def chances_of(said: torch.Tensor) -> npt.NDArray[np.float32]:
    """(hops, OUTPUTS) as the network says them → as chances. [main]"""
    out = torch.sigmoid(said)
    for head in (AGE, PITCH):
        out[..., head] = torch.softmax(said[..., head], -1)
    return np.asarray(out.numpy(), np.float32)


def case_of(model: nn.Module, piece: Piece) -> Case:
    """Let a network hear a recording. [main]"""
    rows = torch.from_numpy(piece.rows.astype(np.float32))[None]
    with torch.no_grad():
        said = model(rows) if isinstance(model, Hindsight) else model(rows, *silence(model, 1))[0]
    told = np.zeros((len(piece.rows), TOLD))
    told[:, [PITCH_MIDI, CLARITY, LEVEL_DB, LONG_CLARITY]] = piece.told
    return Case(piece.name, piece.notes, chances_of(said[0]), told, piece.now_s)


def heard_live(case: Case, tuning: Tuning) -> Table:
    """(notes, 5): emitted, onset, offset in seconds, pitch, and pitch as sent. [main]"""
    notes = Notes(2.0, float(HOP), tuning)
    for hop in case.hops:
        notes.hear(hop)
    notes.finish(case.hops[-1].frame)
    rows = [(s.emitted_frame, s.onset_frame, s.offset_frame, s.pitch_midi, s.sent_pitch_midi) for s in notes.sung]
    table = np.array(rows, np.float64).reshape(-1, 5)
    table[:, :3] /= RATE_HZ
    return table


def heard_afterwards(case: Case, tuning: HindTuning) -> Table:
    """The same of a finished take, where nothing was sent. [main]"""
    notes = notes_of(case.chances, case.told, case.now_s, tuning)
    return np.array([(np.nan, n.onset_s, n.offset_s, n.pitch_midi, n.pitch_midi) for n in notes]).reshape(-1, 5)


def matched(
    right: Table, mine: Table, pitch: Table | None, onset_s: float, *, offsets: bool = False
) -> list[tuple[int, int]]:
    """Pairs of notes that are the same. [any]"""
    free = np.ones(len(mine), bool)
    pairs = []
    for i, (onset, offset, meant) in enumerate(right):
        away = np.abs(mine[:, 1] - onset)
        fits = free & (away <= onset_s)
        if pitch is not None:
            fits &= ~(np.abs(pitch - meant) > _PITCH_ST)
        if offsets:
            fits &= np.abs(mine[:, 2] - offset) <= max(_OFFSET_S, _OFFSET_SHARE * (offset - onset))
        if fits.any():
            best = int(np.where(fits, away, np.inf).argmin())
            free[best] = False
            pairs.append((i, best))
    return pairs


def figures(cases: Iterable[Case], hear: Callable[[Case], Table]) -> dict[str, float]:
    """All that a run is judged by. [main]"""
    scores: dict[str, list[float]] = {}
    late: list[float] = []
    again = [0, 0]
    octaves = [0, 0]
    busy = {"speech": [0.0, 1e-9], "quiet": [0.0, 1e-9]}
    for case in cases:
        mine, right = hear(case), case.written
        corpus, kind = case.name.split("_")[:2]
        if kind != "sung":
            name = "speech" if kind == "spoken" else "quiet"
            busy[name][0] += len(mine)
            busy[name][1] += case.minutes
            continue
        both = max(len(right) + len(mine), 1)
        onsets = matched(right, mine, None, _ONSET_S)
        repaired = matched(right, mine, mine[:, 3], _ONSET_S)
        for name, pairs in (
            ("con", onsets),
            ("conp", repaired),
            ("sent", matched(right, mine, mine[:, 4], _ONSET_S)),
            ("conpoff", matched(right, mine, mine[:, 3], _ONSET_S, offsets=True)),
        ):
            scores.setdefault(f"{corpus}_{name}", []).append(2.0 * len(pairs) / both)
        scores.setdefault(f"{corpus}_ratio", []).append(len(mine) / max(len(right), 1))
        if corpus == "solfege":
            late += [mine[j, 0] - right[i, 0] for i, j in matched(right, mine, mine[:, 3], _LATE_S)]
        found = {i for i, _ in onsets}
        repeats = [
            i
            for i in range(1, len(right))
            if right[i, 0] - right[i - 1, 1] < _AGAIN_S and abs(right[i, 2] - right[i - 1, 2]) < _AGAIN_ST
        ]
        again = [again[0] + len(found & set(repeats)), again[1] + len(repeats)]
        wrong = [abs(mine[j, 3] - right[i, 2]) for i, j in onsets if right[i, 2] == right[i, 2]]
        octaves = [
            octaves[0] + sum(abs(w - 12.0 * max(1, round(w / 12))) < 1.0 for w in wrong),
            octaves[1] + len(wrong),
        ]
    out = {name: float(np.mean(values)) for name, values in scores.items()}
    late_ms = 1e3 * np.array(late or [9.0])  # of a finished take: no number, and no matter
    out |= {"late_p50": float(np.median(late_ms)), "late_p95": float(np.percentile(late_ms, 95))}
    out |= {"again": again[0] / max(again[1], 1), "octaves": octaves[0] / max(octaves[1], 1)}
    return out | {name: notes / minutes for name, (notes, minutes) in busy.items()}


def worth(got: dict[str, float]) -> float:
    """One number for all of it: right notes, early, and silence when nobody sings. [any]"""
    value = sum(
        got.get(f"{corpus}_{name}", 0.0) * share for corpus in ("solfege", "pjs") for name, share in _WORTH[corpus]
    )
    value -= 0.008 * max(0.0, got["late_p50"] - 20.0) + 0.003 * max(0.0, got["late_p95"] - 40.0)
    return value - 0.002 * max(got["speech"] - 4.0, 0.0) - 0.01 * got["quiet"] + 0.1 * got["again"]


_WORTH = {
    "solfege": (("con", 0.8), ("conp", 0.6), ("sent", 0.6), ("conpoff", 0.2)),
    "pjs": (("con", 0.8), ("conpoff", 0.1)),
}
LIVE_GRID: dict[str, Sequence[Any]] = {
    "likely": (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7),
    "likely_still": (0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8),
    "sure": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98),
    "patience_ms": (20.0, 30.0, 40.0, 50.0, 55.0, 60.0, 70.0, 80.0, 100.0),
    "relaxes": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    "sounds": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    "sings": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "clear": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "apart_ms": (50.0, 60.0, 75.0, 90.0, 105.0),
    "dated_back_ms": (-10.0, -7.5, -5.0, -2.5, 0.0, 2.5, 5.0, 7.5),
    "ends": (0.2, 0.3, 0.4, 0.5, 0.6),
    "hold_hops": (3, 4, 5, 7, 9),
    "missed": (0.75, 0.85, 0.92, 2.0),
    "missed_hops": (10, 16, 24),
    "slur_st": (0.7, 0.8, 0.9, 1.1, 1.3),
    "slur_hops": (10, 14, 18, 24),
}


AFTERWARDS_GRID: dict[str, Sequence[Any]] = {
    "likely": (0.03, 0.05, 0.08, 0.1, 0.12, 0.15, 0.18, 0.22, 0.26, 0.3, 0.35, 0.4),
    "smooth_hops": (1.0, 1.5, 2.0, 3.0),
    "apart_ms": (40.0, 60.0, 80.0, 100.0, 120.0),
    "moved_ms": (-10.0, -5.0, 0.0, 5.0, 10.0),
    "sounds": (0.2, 0.3, 0.4, 0.5, 0.6),
    "sings": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    "clear": (0.3, 0.4, 0.5, 0.6, 0.7),
    "hold_ms": (30.0, 60.0, 90.0, 130.0),
    "shortest_ms": (30.0, 50.0, 70.0, 90.0),
}
T = TypeVar("T", Tuning, HindTuning)


def tuned(
    cases: Sequence[Case], tuning: T, hear: Callable[[Case, T], Table], grid: dict[str, Sequence[Any]], rounds: int = 2
) -> tuple[T, dict[str, float]]:
    """The best tuning found by turning one knob after the other. [main]"""

    def got_with(tried: T) -> dict[str, float]:
        return figures(cases, lambda case: hear(case, tried))

    best = got_with(tuning)
    for _ in range(rounds):
        before = worth(best)
        for name, values in grid.items():
            for value in values:
                if value == getattr(tuning, name):
                    continue
                tried = replace(tuning, **{name: value})
                got = got_with(tried)
                if worth(got) > worth(best) + 2e-4:
                    tuning, best = tried, got
        if worth(best) == before:
            break
    return tuning, best
