"""`vocello train ears`: from a folder of recordings to two models with their cards, in one command.

What flows in: recordings as `vocello data fetch` leaves them. What flows out, in the run's folder: `sounds`, all that
was made of them; `live` and `hindsight`, the two trainings; `models`, what Vocello loads. Stopped at any moment, the
same command goes on. [main]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ml.notes import Tuning as LiveTuning
from ml.refine import Tuning as HindTuning
from ml.training.checkpoint import read_weights
from ml.training.ears import judge
from ml.training.ears.corpus import takes
from ml.training.ears.network import Ears, Hindsight
from ml.training.ears.prepare import prepare
from ml.training.ears.ship import ship
from ml.training.ears.task import Lesson, Piece, load
from ml.training.plan import Plan, Result
from ml.training.progress import Progress
from ml.training.trainer import train

MADE_MINUTES = 230.0
VERSIONS = 8
_STEPS = {"live": 7_000, "hindsight": 4_000}
_VALIDATE_EVERY = 400
_LR = 2e-3
Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Course:
    """How much is made and learned; as it stands, what the shipped models had. [any]"""

    versions: int = VERSIONS
    made_minutes: float = MADE_MINUTES
    steps: dict[str, int] | None = None
    without: frozenset[str] = frozenset()  # corpora that are kept out, to hear how strangers fare
    validate_every: int = _VALIDATE_EVERY


def run(
    data: Path,
    folder: Path,
    report: Report,
    *,
    minutes: float | None = None,
    device: str = "auto",
    course: Course = Course(),
) -> Result:
    """Make sounds, teach both networks, tune and ship them; `minutes` for each network. [main]"""
    singing = data / "singing" if (data / "singing").is_dir() else data
    judged = frozenset(f"{take.corpus}_{take.kind}_{take.path.stem}" for take in takes(singing) if take.is_judged)
    for share in prepare(singing, folder / "sounds", course.versions, course.made_minutes, max(1, os.cpu_count() or 1)):
        report(Progress(step=0, steps=0, note=f"Making sounds to learn from: {100 * share:.0f} %"))
    learned, kept = load(folder / "sounds", without=course.without, judged=judged)
    result: Result | None = None
    for name in ("live", "hindsight"):
        lesson = Lesson(learned, kept, hindsight=name == "hindsight")
        steps = (course.steps or _STEPS)[name] if minutes is None else 10**9
        plan = Plan(steps=steps, minutes=minutes, lr=_LR, device=device, validate_every=course.validate_every)
        report(Progress(step=0, steps=steps, note=f"Learning to hear: {name}"))
        result = train(lesson, plan, folder / name, report)
        if result.ended == "interrupted":
            return result
        network = Hindsight() if name == "hindsight" else Ears()
        network.load_state_dict(read_weights(result.best_weights_path))
        report(Progress(step=0, steps=0, note=f"Tuning: {name}"))
        finish(network, kept, folder / "models", _told(minutes, course, result))
    assert result is not None
    return result


def finish(network: Ears | Hindsight, kept: Sequence[Piece], folder: Path, trained_by: str) -> dict[str, float]:
    """Tune a network on what it never saw, and ship it; returns its figures. [main]"""
    network.eval()
    cases = [judge.case_of(network, piece) for piece in kept]
    tuning: LiveTuning | HindTuning
    if isinstance(network, Ears):
        tuning, figures = judge.tuned(cases, LiveTuning(), judge.heard_live, judge.LIVE_GRID)
    else:
        tuning, figures = judge.tuned(cases, HindTuning(), judge.heard_afterwards, judge.AFTERWARDS_GRID)
    score: dict[str, Any] = {name: round(value, 4) for name, value in figures.items()}
    score["measured"] = "ml/training/ears/judge.py, on the takes kept out of training, on which it was tuned as well"
    ship(network, folder, tuning, score, trained_by)
    return figures


def _told(minutes: float | None, course: Course, result: Result) -> str:
    limit = "" if minutes is None else f" --minutes {minutes:g}"
    without = "".join(f" --without {corpus}" for corpus in sorted(course.without))
    return (
        f"vocello train ears FOLDER RUN{limit}{without} (seed 0, {result.best_step} steps, torch {torch.__version__})"
    )
