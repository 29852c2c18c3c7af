"""`vocello train`: a model learns, and the terminal shows how it goes.

What flows in: progress records, from the trainer. What flows out: a panel on standard error while somebody looks, a
line now and then where nobody does, and the result on standard output. [main]
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ml.training.progress import Progress, read
from score.errors import UsageError
from vocello.screen import aside, print_json, print_table, say

if TYPE_CHECKING:
    from ml.training.plan import Result

# Each has `run(data, folder, report, *, minutes, device) -> Result`; an instrument's takes `name` and `begin` as well.
TRAININGS = {"ears": "ml.training.ears", "instrument": "ml.training.instrument.run"}
INSTRUMENT = "instrument"
_NEEDS = ("torch", "soundfile", "parselmouth", "soxr")  # of the extra `train`; the last two are an instrument's

_SPOKEN = {"torch": "PyTorch", "parselmouth": "praat-parselmouth"}
_BARS = "▁▂▃▄▅▆▇█"
_A_LINE_EVERY_S = 30.0


def train(
    what: str,
    data: Path,
    run_folder: Path,
    minutes: float | None,
    device: str,
    as_json: bool,
    name: str = "",
    begin: str = "",
) -> None:
    """Train, or go on with what the folder holds; raises KeyboardInterrupt after a Ctrl-C has been seen to.

    `name` and `begin` are an instrument's: what it is called, and which one it begins with. [main]
    """
    if what not in TRAININGS:
        raise UsageError(f"there is no '{what}' to train.", f"What can learn: {', '.join(TRAININGS)}")
    options: dict[str, str] = {}
    if what == INSTRUMENT:
        if not name:
            raise UsageError("an instrument needs a name.", f"Type: {_again(what, data, run_folder)} --name oboe")
        options = {"name": name, "begin": begin}
    elif name or begin:
        raise UsageError(f"{what} have no --name and no --from.", f"Type: {_again(what, data, run_folder)}")
    for library in _NEEDS if what == INSTRUMENT else _NEEDS[:1]:
        if find_spec(library) is None:
            raise UsageError(
                f"training needs {_SPOKEN.get(library, library)}, which is not installed.",
                "Type: pip install 'vocello[train]'",
            )
    if not data.exists():
        raise UsageError(f"there is no '{data}' to learn from.", "Name the folder that holds the recordings.")
    run = import_module(TRAININGS[what]).run
    with shown_on_terminal(f"{name or what}, in {run_folder}", read(run_folder)) as report:
        result: Result = run(data, run_folder, report, minutes=minutes, device=device, **options)
    if _is_first():
        _tell(result, as_json, _again(what, data, run_folder, name, begin, minutes), _closing(run_folder, name))
    if result.ended == "interrupted":
        raise KeyboardInterrupt


@contextmanager
def shown_on_terminal(title: str, before: Sequence[Progress] = ()) -> Iterator[Callable[[Progress], None]]:
    """Where to report to: a panel that moves, or lines where no terminal is; `before` is what earlier sittings told.

    [main]
    """
    if not _is_first():
        yield lambda progress: None
        return
    if not aside.is_terminal:
        yield _Lines()
        return
    panel = Panel(title, before)
    with Live(panel.drawn(), console=aside, refresh_per_second=4, transient=True) as live:

        def report(progress: Progress) -> None:
            panel.take(progress)
            live.update(panel.drawn())

        yield report


class Panel:
    """What is shown of a training: its losses, its figures, its pace, and what is left. [main]"""

    def __init__(self, title: str, before: Sequence[Progress] = ()) -> None:
        self.title = title
        self.history: dict[str, list[float]] = {}
        self.notes: list[str] = []
        self.last: Progress | None = None
        for progress in before:
            self.take(progress)

    def take(self, progress: Progress) -> None:
        """One more record. [main]"""
        if progress.note:
            self.notes.append(progress.note)
            return
        self.last = progress
        for name, value in (*progress.losses.items(), *((f"✓ {k}", v) for k, v in progress.validation.items())):
            self.history.setdefault(name, []).append(value)

    def drawn(self) -> Group:
        """As rich draws it. [main]"""
        head = Text(self.title, style="bold")
        notes = [Text(note, style="yellow") for note in self.notes[-3:]]
        if self.last is None:
            return Group(head, *notes, Text("The first steps are on their way.", style="dim"))
        curves = Table(box=None, pad_edge=False, show_header=False)
        for name, values in self.history.items():
            curves.add_row(name, f"{values[-1]:.5g}", Text(sparkline(values), style="cyan"))
        bar = ProgressBar(total=self.last.steps, completed=self.last.step, width=40)
        return Group(head, *notes, curves, bar, Text(summary(self.last), style="dim"))


class _Lines:
    """Where nobody looks, a line at every validation, and one now and then between."""

    def __init__(self) -> None:
        self._told_s = -_A_LINE_EVERY_S

    def __call__(self, progress: Progress) -> None:
        if progress.note:
            aside.print(progress.note, soft_wrap=True)
        elif progress.validation or time.monotonic() - self._told_s >= _A_LINE_EVERY_S:
            self._told_s = time.monotonic()
            figures = {**progress.losses, **{f"✓ {k}": v for k, v in progress.validation.items()}}
            told = "  ".join(f"{name} {value:.5g}" for name, value in figures.items())
            aside.print(f"{summary(progress)}  {told}", soft_wrap=True)


def summary(progress: Progress) -> str:
    """How far, how fast, how long, and how good so far, on one line. [any]"""
    parts = [f"step {progress.step} of {progress.steps}"]
    if progress.epoch is not None:
        parts.append(f"epoch {progress.epoch:.2f}")
    parts += [f"{progress.examples_s:.0f} examples/s", f"lr {progress.lr:.2g}", f"{duration(progress.elapsed_s)} done"]
    if progress.left_s is not None:
        parts.append(f"{duration(progress.left_s)} left")
    if progress.best is not None:
        parts.append(f"best {progress.best:.5g} at step {progress.best_step}")
    return " · ".join(parts)


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """A curve in one line: each column the mean of its share of the values; what is no number is a gap. [any]"""
    columns = min(width, len(values))
    cut = [values[k * len(values) // columns : (k + 1) * len(values) // columns] for k in range(columns)]
    means = [sum(each) / len(each) for each in cut]
    numbers = [each for each in means if abs(each) < float("inf")]
    if not numbers:
        return " " * columns
    low, span = min(numbers), max(numbers) - min(numbers)
    top = len(_BARS) - 1
    return "".join(
        _BARS[round((each - low) / span * top) if span else 0] if abs(each) < float("inf") else " " for each in means
    )


def duration(seconds: float) -> str:
    """As one says it: 7 s, 3 min 20 s, 2 h 05 min. [any]"""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _is_first() -> bool:
    """Whether this process speaks: of those that `torchrun` started, one does."""
    return os.environ.get("RANK", "0") == "0"


def _again(
    what: str, data: Path, run_folder: Path, name: str = "", begin: str = "", minutes: float | None = None
) -> str:
    """The command that goes on with a training: with the same options, or it would be another one."""
    given = {"--name": name, "--from": begin, "--minutes": "" if minutes is None else f"{minutes:g}"}
    words = [what, str(data), str(run_folder), *(word for pair in given.items() if pair[1] for word in pair)]
    return f"vocello train {' '.join(shlex.quote(word) for word in words)}"


def _closing(run_folder: Path, name: str) -> str:
    """How to play what an instrument's training left behind."""
    weights = shlex.quote(str(run_folder / "models" / f"{name}.npz"))
    return f"Play it: vocello play --instrument {weights}" if name else ""


def _tell(result: Result, as_json: bool, again: str, closing: str) -> None:
    if as_json:
        print_json({**asdict(result), "best_weights_path": str(result.best_weights_path)})
        return
    if result.figures:
        print_table(f"Best, at step {result.best_step}", ("", ""), list(result.figures.items()))
    ends = {
        "steps": "All its steps are done",
        "minutes": "Its time is spent",
        "patience": "It has stopped getting better",
        "interrupted": "Stopped",
    }
    say(f"{ends[result.ended]}, after {result.steps} steps in {duration(result.elapsed_s)}.")
    if result.ended == "interrupted":
        say(f"To go on, type: {again}")
    else:
        say(f"Its weights: '{result.best_weights_path}'")
        if closing:
            say(closing)
