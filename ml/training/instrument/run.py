"""`vocello train instrument`: from a folder of recordings to a model with its card, in one command.

What flows in: recordings of one instrument, a name for it, and perhaps another instrument to begin with. What flows
out, in the run's folder: `frames`, what was read from the recordings; `first` and `second`, the two lessons; `models`,
what Vocello loads. Stopped at any moment, the same command goes on. Under `torchrun`, the first process reads the
recordings and ships; all of them learn. [main]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ml.training.checkpoint import read_weights
from ml.training.instrument.corpus import Corpus, Sounds, analyse, corpora, load, seconds
from ml.training.instrument.export import MODELS, origin
from ml.training.instrument.network import Strings
from ml.training.instrument.ship import ship
from ml.training.instrument.task import Lesson
from ml.training.plan import Plan, Result
from ml.training.progress import Progress
from ml.training.ranks import join
from ml.training.trainer import train
from score.errors import UsageError

Report = Callable[[Progress], None]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STEPS_A_SECOND = 0.25  # of recordings: a small set is soon known by heart, and must be looked at more often
_OFTEN = 50  # steps between two validations, at least
_LEFT_OUT_SHOWN = 5


@dataclass(frozen=True)
class Course:
    """How much is learned; as it stands, what the shipped cello had. [any]"""

    first_steps: int = 3_000
    second_steps: int = 10_000
    first_share: float = 0.12  # of the minutes, where minutes are given
    first_lr: float = 3e-3
    second_lr: float = 1.5e-3
    validate_every: int = 500  # steps, at most
    patience: int = 10  # validations without a better figure


def run(
    data: Path,
    folder: Path,
    report: Report,
    *,
    minutes: float | None = None,
    device: str = "auto",
    name: str = "cello",
    begin: str = "",
    course: Course = Course(),
) -> Result:
    """Analyse, teach both lessons, and ship; `minutes` for both lessons together, `begin` as `origin` reads it.

    [main]
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no name for an instrument.", "Use small letters, digits and hyphens: --name oboe"
        )
    start = origin(begin) if begin else None
    ranks = join(device)
    told = report if ranks.first else lambda progress: None
    some, frames = corpora(data, name), folder / "frames"
    ranks.from_first(lambda: _read(some, frames, told))
    sounds = load(some, frames)
    for line in _about(some, sounds):
        told(Progress(step=0, steps=0, note=line))
    result: Result | None = None
    for lesson, plan in _lessons(minutes, device, course, seconds(sounds.learned)):
        by_sound = lesson == "second"
        told(Progress(step=0, steps=plan.steps, note="Learning by ear" if by_sound else "Learning what to draw"))
        result = train(Lesson(sounds, by_sound, start), plan, folder / lesson, told)
        if result.ended == "interrupted":
            return result
        start = result.best_weights_path
    assert result is not None
    options = (f" --from {begin}" if begin else "") + ("" if minutes is None else f" --minutes {minutes:g}")
    words = f"vocello train instrument FOLDER RUN --name {name}{options}"
    best = result
    told(Progress(step=0, steps=0, note="Judging it by the recordings that were kept out"))
    ranks.from_first(lambda: finish(sounds, best, folder / MODELS, name, words))
    return result


def finish(sounds: Sounds, result: Result, folder: Path, name: str, words: str) -> None:
    """Ship what a training found; `words` are the command that found it. [main]"""
    network = Strings(len(sounds.corpora))
    network.load_state_dict(read_weights(result.best_weights_path))
    told = f"{words} (seed 0, {result.best_step} steps by ear, torch {torch.__version__})"
    ship(network.eval(), sounds, folder, name, told)


def _read(some: tuple[Corpus, ...], cache: Path, report: Report) -> None:
    shown = -1
    for share in analyse(some, cache, os.cpu_count() or 1):
        twentieths = int(20 * share)
        if twentieths > shown:  # hundreds of lines would say no more
            report(Progress(step=0, steps=0, note=f"Reading the recordings: {5 * twentieths} %"))
            shown = twentieths


def _about(some: tuple[Corpus, ...], sounds: Sounds) -> list[str]:
    """What is learned from, so that one sees it before an hour has gone by."""
    lines = []
    for number, corpus in enumerate(some):
        learned, kept = ([each for each in takes if each[0] == number] for takes in (sounds.learned, sounds.kept))
        lines.append(
            f"'{corpus.name}' teaches {len(learned)} recordings, {seconds(tuple(learned)) / 60:.1f} min; "
            f"{len(kept)} are kept out to judge by."
        )
    lines += [f"Left out: {each}." for each in sounds.left_out[:_LEFT_OUT_SHOWN]]
    if len(sounds.left_out) > _LEFT_OUT_SHOWN:
        lines.append(f"Left out: {len(sounds.left_out) - _LEFT_OUT_SHOWN} more.")
    return lines


def _lessons(minutes: float | None, device: str, course: Course, learned_s: float) -> tuple[tuple[str, Plan], ...]:
    steps = (course.first_steps, course.second_steps) if minutes is None else (10**9, 10**9)
    limits = (None, None) if minutes is None else (course.first_share * minutes, (1.0 - course.first_share) * minutes)
    often = min(course.validate_every, max(_OFTEN, int(np.ceil(_STEPS_A_SECOND * learned_s))))
    first, second = (
        Plan(steps[k], lr=lr, minutes=limits[k], device=device, validate_every=often, ema=ema, patience=course.patience)
        for k, lr, ema in ((0, course.first_lr, 0.995), (1, course.second_lr, 0.999))
    )
    return ("first", first), ("second", second)
