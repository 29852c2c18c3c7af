"""How the commands talk: tables and progress for people, one JSON object for programs.

What flows in: values. What flows out: text on standard output; progress goes to standard error, so that a pipe gets
the result alone. [main]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

console = Console(highlight=False)
_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
aside = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """A line for people, as it is: names may hold brackets. [main]"""
    console.print(text, soft_wrap=True, markup=False)


def say_trouble(listener: object) -> None:
    """One line when the ears are only those of rules, and what brings the better ones. [main]"""
    trouble = getattr(listener, "trouble", None)
    if trouble is not None:
        text = f"The ears go by rules and are less sure of their notes: {trouble}"
        aside.print(text, style="yellow", soft_wrap=True, markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """One object, on one line where nobody reads it, indented where somebody does. [main]"""
    print(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False, default=_plain))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; columns whose values are numbers stand to the right. [main]"""
    rows = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold", header_style="dim")
    for k, column in enumerate(columns):
        numeric = all(isinstance(row[k], (int, float)) for row in rows) and bool(rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(table)


class Step(Protocol):
    """Moves a progress bar to a share of its whole. [main]"""

    def __call__(self, share: float, text: str = "") -> None: ...


@contextmanager
def progress(what: str, shown: bool = True) -> Iterator[Step]:
    """A bar for whatever takes over a second; none where nobody looks. [main]"""
    if not (shown and aside.is_terminal):
        yield lambda share, text="": None
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=aside, transient=True) as bar:
        task = bar.add_task(what, total=1.0)

        def step(share: float, text: str = "") -> None:
            bar.update(task, completed=share, description=text or what)

        yield step


def meter(level: float, width: int = 24) -> str:
    """A level 0..1 as a bar on a scale of decibels, 48 dB wide. [any]"""
    filled = round(width * max(0.0, min(1.0, 1.0 + decibels(level) / 48.0)))
    return "█" * filled + "·" * (width - filled)


def decibels(level: float) -> float:
    """A level 0..1 in dB of full scale; the floor is at -120. [any]"""
    from math import log10

    return 20.0 * log10(max(level, 1e-6))


def name_of(pitch_midi: float) -> str:
    """A pitch as musicians call it: 69 is A4. [any]"""
    key = round(pitch_midi)
    return f"{_NAMES[key % 12]}{key // 12 - 1}"


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    return str(value)
