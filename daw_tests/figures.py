"""What was measured on the way, beside what was proved: rows for the table at the end, and for a page.

What flows in: a case, words, and numbers. What flows out: `figures.json`, and a table on the terminal. A figure is
never a verdict: a machine that stands still for a while makes it worse, and no test red. [main]
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One line of the table. [any]"""

    case: str
    what: str
    value: str
    numbers: dict[str, float]


class Figures:
    """All that was measured in one run. [main]"""

    def __init__(self) -> None:
        self.rows: list[Figure] = []

    def tell(self, case: str, what: str, value: object, **numbers: float) -> None:
        """A figure in words. [main]"""
        self.rows.append(Figure(case, what, str(value), numbers))

    def spread(self, case: str, what: str, frames: Sequence[float], rate: int) -> None:
        """A distribution of times, given in frames. [main]"""
        if not len(frames):
            self.tell(case, what, "none")
            return
        ms = np.asarray(frames, float) * 1e3 / rate
        low, half, high, most = (float(np.percentile(ms, each)) for each in (5, 50, 95, 100))
        value = f"p5 {low:.2f}  p50 {half:.2f}  p95 {high:.2f}  max {most:.2f} ms  (n = {len(ms)})"
        self.tell(case, what, value, p5_ms=low, p50_ms=half, p95_ms=high, max_ms=most, count=len(ms))

    def write(self, path: Path) -> None:
        """All of it, for a page. [main]"""
        told = {"machine": platform.platform(), "figures": [asdict(each) for each in self.rows]}
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def table(self) -> Iterable[str]:
        """Lines for a terminal. [any]"""
        width = max((len(each.what) for each in self.rows), default=0)
        for each in sorted(self.rows, key=lambda row: row.case):
            yield f"{each.case:<6} {each.what:<{width}}  {each.value}"
