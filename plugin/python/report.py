"""What a trial found: problems that keep a file from sounding, warnings that do not, and what it costs.

What flows in: findings, on their way as JSON from the process of the trial. What flows out: the same, for a terminal,
a face and the workshop. [any]
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

VERSION = 2


@dataclass(frozen=True)
class Problem:
    """One finding: what is wrong, what to do about it, and on which line of the user's file (0: on none). [any]"""

    what: str
    fix: str = ""
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.what} {self.fix}".rstrip()


@dataclass(frozen=True)
class Figures:
    """What a kernel is and costs, measured where nothing else runs in its process. [any]"""

    name: str
    inputs: int
    outputs: int
    hears_events: bool
    knobs: tuple[str, ...]
    latency_frames: int
    state_bytes: int
    block_frames: int
    rate: float
    p50_us: float
    p999_us: float
    worst_us: float
    ns_per_sample: float
    vectorised: str
    """As `machine_code.vectorised` says it."""
    allocations: int
    compile_s: float
    reaches: tuple[str, ...]
    """The functions of the C library that it calls."""

    @property
    def budget_us(self) -> float:
        """How long a block lasts. [any]"""
        return self.block_frames / self.rate * 1e6

    @property
    def share(self) -> float:
        """The part of a block's time that goes into one run, half of all times. [any]"""
        return self.p50_us / self.budget_us


@dataclass(frozen=True)
class Report:
    """All that a trial found out about one version of a file. [any]"""

    sha: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    figures: Figures | None = None
    code_sha: str = ""
    """Of the machine code that was proved; what is loaded is that, or nothing."""

    @property
    def passed(self) -> bool:
        """Whether it may sound. [any]"""
        return not self.problems and self.figures is not None

    def to_json(self) -> str:
        """On one line. [any]"""
        return json.dumps({"version": VERSION, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> Report | None:
        """The report that was written; None where the text is none. [any]"""
        try:
            told: dict[str, Any] = json.loads(text)
            if told["version"] != VERSION:
                return None
            figures = told["figures"]
            if figures is not None:
                figures = Figures(**(figures | {key: tuple(figures[key]) for key in ("knobs", "reaches")}))
            problems, warnings = ([Problem(**each) for each in told[key]] for key in ("problems", "warnings"))
            return cls(str(told["sha"]), tuple(problems), tuple(warnings), figures, str(told["code_sha"]))
        except (ValueError, KeyError, TypeError):
            return None
