"""How a training is going: one record every few steps, for a terminal, a page, and the file that both may read later.

What flows in: records, from the trainer. What flows out: lines of JSON in `RUN/progress.jsonl`, each step once, however
often the run was stopped and resumed. Nothing here loads PyTorch. [main]
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any

FILE_NAME = "progress.jsonl"


@dataclass(frozen=True)
class Progress:
    """How far a training is; losses are means since the record before. [any]"""

    step: int
    steps: int
    losses: Mapping[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)  # empty where nothing was validated
    lr: float = 0.0
    gradient_norm: float = 0.0  # before it was clipped
    examples_s: float = 0.0
    elapsed_s: float = 0.0
    left_s: float | None = None
    epoch: float | None = None
    best: float | None = None  # the smallest figure so far
    best_step: int | None = None
    note: str = ""  # a word for people; such a record is not written down

    def line(self) -> str:
        """The record as one line of JSON, which knows no infinity. [any]"""
        return json.dumps({name: _plain(value) for name, value in asdict(self).items() if name != "note"})


def progress_of(line: str) -> Progress | None:
    """The record that a line holds, or None if the line was cut off. [any]"""
    try:
        held: Any = json.loads(line)
        known = {each.name for each in fields(Progress)}
        return Progress(**{name: _figure(value) for name, value in held.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return None


def read(folder: Path) -> list[Progress]:
    """All records of a run, in order; none if it has not begun. [any]"""
    path = folder / FILE_NAME
    if not path.is_file():
        return []
    records = (progress_of(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [each for each in records if each is not None]


class Journal:
    """Writes a run's records, a line each, at once; begins by taking back what was written after `step`. [main]"""

    def __init__(self, folder: Path, step: int) -> None:
        path = folder / FILE_NAME
        kept = [each.line() + "\n" for each in read(folder) if each.step <= step]
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text("".join(kept), encoding="utf-8")
        unfinished.replace(path)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115  closed with the journal

    def __call__(self, progress: Progress) -> None:
        """Write a record down, where a reader sees it now. [main]"""
        if not progress.note:
            self._file.write(progress.line() + "\n")
            self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _figure(value: Any) -> Any:
    """Where a loss was no number, the file has none; among figures that reads as one again."""
    return (
        {name: math.nan if each is None else each for name, each in value.items()} if isinstance(value, dict) else value
    )
