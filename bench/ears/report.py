"""How the figures are shown: one table a set, a row a system. Markdown, which a terminal shows as well."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.ears.metrics import Figure

# Heading, and how a value is written.
SHOWN: dict[str, tuple[str, str]] = {
    "COn": ("COn", "{:.3f}"),
    "COnP": ("COnP", "{:.3f}"),
    "COnPOff": ("COnPOff", "{:.3f}"),
    "COnP as sent": ("COnP sent", "{:.3f}"),
    "COn as sent": ("COn sent", "{:.3f}"),
    "repeats": ("repeats", "{:.2f}"),
    "slurs": ("slurs", "{:.2f}"),
    "firsts": ("firsts", "{:.2f}"),
    "octave errors": ("octave err.", "{:.2%}"),
    "count": ("count", "{:.2f}"),
    "retracted": ("retracted", "{:.1%}"),
    "latency p50": ("p50 ms", "{:.0f}"),
    "latency p95": ("p95 ms", "{:.0f}"),
    "bias": ("bias ms", "{:+.0f}"),
    "f0": ("f0", "{:.3f}"),
    "false/min": ("false/min", "{:.1f}"),
    "notes/min": ("notes/min", "{:.1f}"),
    "CPU": ("CPU s/s", "{:.3f}"),
}
Figures = Mapping[str, Figure]
UNKNOWN = "\N{EN DASH}"


def cell(name: str, figure: Figure, *, intervals: bool = False) -> str:
    """A figure as it is printed; a dash where nothing was to be measured. [any]"""
    pattern = SHOWN[name][1]
    if math.isnan(figure.value):
        return UNKNOWN
    if not intervals or math.isnan(figure.low):
        return pattern.format(figure.value)
    return f"{pattern.format(figure.value)} ({pattern.format(figure.low)}…{pattern.format(figure.high)})"


def of_set(rows: Mapping[str, Figures], absent: Mapping[str, str], *, intervals: bool = False) -> str:
    """The systems of one set; a metric that none of them has is left out, what could not be heard is named. [any]"""
    shown = [name for name in SHOWN if any(not math.isnan(figures[name].value) for figures in rows.values())]
    body = [
        [system, *(cell(name, figures[name], intervals=intervals) for name in shown)]
        for system, figures in rows.items()
    ]
    lines = [table(["", *(SHOWN[name][0] for name in shown)], body)] if rows else []
    lines += [f"not heard: {system}: {reason}" for system, reason in absent.items()]
    return "\n".join(lines)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table whose columns stand under each other. [any]"""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]

    def line(cells: Sequence[str]) -> str:
        padded = [cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    rule = "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([line(headings), f"|{rule}|", *map(line, rows)])


def plain(figures: Figures) -> dict[str, Any]:
    """Figures as JSON has them: what is unknown is null. [any]"""
    return {
        name: None if math.isnan(figure.value) else [None if math.isnan(each) else each for each in figure]
        for name, figure in figures.items()
    }


def figure(told: Sequence[float | None] | None) -> Figure:
    """A figure of such JSON. [any]"""
    value, low, high = (math.nan if each is None else each for each in told or (None, None, None))
    return Figure(value, low, high)
