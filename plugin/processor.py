"""What all that live in a rack are: a built-in effect, the cello, a user's Python, a VST3 in a process of its own.

What flows in: a rate, a block's length, values for parameters. What flows out: a part that the audio callback runs,
and what a face shows of it. A processor is made once; `prepare` may be called again and again, as cards come and go.
What a processor's parameters are set to is known to the rack that it stands in, not to the processor. [main]
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime.kernel import Knob
from realtime.rack import Part
from score.errors import RackError

_STEPS_OF_A_SLIDER = 1000


@dataclass(frozen=True)
class Parameter:
    """Something to turn: how far, in what unit, how a slider spreads it, and how it is written. [any]"""

    id: str
    name: str
    low: float = 0.0
    high: float = 1.0
    default: float = 0.0
    unit: str = ""
    curve: str = "linear"  # or "log", which needs 0 < low
    choices: tuple[str, ...] = ()
    """Where it is a list and no slider: the value is the index."""

    @classmethod
    def of(cls, knob: Knob, choices: tuple[str, ...] = ()) -> Parameter:
        """The parameter that a kernel's knob is. [any]"""
        shown = knob.name.removesuffix("_" + knob.unit.lower()) if knob.unit else knob.name
        title = shown.replace("_", " ")
        return cls(knob.name, title, knob.low, knob.high, knob.default, knob.unit, knob.curve, choices)

    def knob(self) -> Knob:
        """The same, as a kernel has it. [any]"""
        return Knob(self.id, self.low, self.high, self.default, self.unit, self.curve)

    def clip(self, value: float) -> float:
        """The nearest value that can be; NaN becomes the default. [any]"""
        if value != value:
            return self.default
        value = min(max(value, self.low), self.high)
        return float(round(value)) if self.choices else value

    def part(self, value: float) -> float:
        """Where a slider stands, 0 to 1, for a value. [any]"""
        value = self.clip(value)
        if self.high == self.low:
            return 0.0
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def at(self, part: float) -> float:
        """The value where a slider stands at `part`, 0 to 1. [any]"""
        part = min(max(part, 0.0), 1.0)
        if self.curve == "log":
            return self.clip(self.low * (self.high / self.low) ** part)
        return self.clip(self.low + part * (self.high - self.low))

    def text(self, value: float) -> str:
        """A value as one reads it: `440 Hz`, `-6.5 dB`, or the choice's name. [any]"""
        value = self.clip(value)
        if self.choices:
            return self.choices[int(value)]
        step = (self.high - self.low) / _STEPS_OF_A_SLIDER if self.curve == "linear" else abs(value) / 100.0
        digits = min(max(-math.floor(math.log10(step)) if step > 0.0 else 0, 0), 6)
        written = f"{value:.{digits}f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return f"{'0' if written == '-0' else written} {self.unit}".rstrip()

    def value(self, text: str) -> float:
        """The value that a text means; RackError where it means none. [any]"""
        written = text.strip()
        if self.choices:
            for index, choice in enumerate(self.choices):
                if choice.casefold() == written.casefold():
                    return float(index)
        elif self.unit and written.casefold().endswith(self.unit.casefold()):
            written = written[: -len(self.unit)].strip()
        try:
            return self.clip(float(written))
        except ValueError:
            meant = f"One of: {', '.join(self.choices)}." if self.choices else f"Write a number, in {self.unit or '1'}."
            raise RackError(f"'{text}' is no value of '{self.name}'.", meant) from None


@dataclass(frozen=True)
class Program:
    """A preset that a processor brings: its name, the parameters it sets, and whatever else it keeps. [any]"""

    name: str
    values: Mapping[str, float] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


class Processor(ABC):
    """Something that sounds or changes sound, and what a rack has to know of it. [main]"""

    id: str
    """As a rack file names it: "reverb", "python:wobble.py", "vst3:ZamComp"."""
    name: str
    """As a face shows it."""
    version = 0
    """Grows when `prepare` gives another part than before: code that was exchanged while it sounds."""

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Parameter]:
        """What can be turned, by id, in the order in which it is shown. [any]"""

    @property
    @abstractmethod
    def is_instrument(self) -> bool:
        """Whether it sounds by itself; an instrument adds to what it is given. [any]"""

    @abstractmethod
    def prepare(self, rate: float, block_frames: int) -> Part:
        """Get ready for a card that asks for blocks of so many frames at most, and give what the callback runs.

        The part of an earlier `prepare` may go on sounding until `close`. [main]
        """

    @property
    def latency_frames(self) -> int:
        """How late its sound leaves, since it was prepared. [main]"""
        return 0

    @property
    def tail_s(self) -> float:
        """How long it sounds on at most, once nothing comes in. [any]"""
        return 10.0

    @property
    def programs(self) -> tuple[Program, ...]:
        """The presets that it brings. [any]"""
        return ()

    def state(self) -> Mapping[str, Any]:
        """What it keeps beside its parameters, as JSON. [main]"""
        return {}

    def known_state(self) -> Mapping[str, Any]:
        """The newest state that is at hand, where to ask for it would take time. [main]"""
        return self.state()

    def restore(self, state: Mapping[str, Any]) -> None:  # noqa: B027 - most keep nothing
        """Be as when `state` was asked. [main]"""

    def turned(self) -> Mapping[str, float]:
        """Parameters that it moved by itself since last asked: in a window of its own. [main]"""
        return {}

    def tick(self) -> list[str]:
        """Look after itself, some fifty times a second; what there is to say to the player. [main]"""
        return []

    def settle(self, patience_s: float) -> bool:
        """Wait until all that the callback handed over has come back, between two blocks of a file. [main]"""
        return True

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of processes and files; its parts may no longer be run. [main]"""
