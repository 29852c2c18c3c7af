"""What was lost and how fast it went since one last told of it.

What flows in: each step's losses, examples and seconds. What flows out: their means over steps and processes. The sums
belong to a checkpoint: the first record after a resumption is the one that would have been told. [main]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Sums over the steps since the last record. [main]"""

    steps: int = 0
    examples: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, named: Mapping[str, float], examples: int, seconds: float) -> None:
        """Count one step. [main]"""
        self.steps += 1
        self.examples += examples
        self.seconds += seconds
        for name, value in named.items():
            self.sums[name] = self.sums.get(name, 0.0) + value


def means(tallies: Sequence[Tally]) -> dict[str, float]:
    """The losses' means; every process has gone the same number of steps. [any]"""
    steps = sum(each.steps for each in tallies)
    names = dict.fromkeys(name for each in tallies for name in each.sums)
    return {name: sum(each.sums.get(name, 0.0) for each in tallies) / max(steps, 1) for name in names}


def examples_a_second(tallies: Sequence[Tally]) -> float:
    """Of all processes together. [any]"""
    return sum(each.examples / max(each.seconds, 1e-9) for each in tallies)
