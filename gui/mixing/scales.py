"""How far a knob goes: from a value to the part of the way where its handle stands, to a text, and back.

What flows in: numbers, texts that somebody typed. What flows out: numbers within the scale, texts as one reads them.
[any]
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SILENT_DB = -80.0
_FADER = ((SILENT_DB, 0.0), (-60.0, 0.06), (-40.0, 0.18), (-20.0, 0.42), (-10.0, 0.6), (0.0, 0.8), (12.0, 1.0))
"""A fader's way: most of it where one mixes, 0 dB at four fifths, and at its foot silence."""

_STEPS = 100.0
_MINUS = "\N{MINUS SIGN}"
_SILENT = f"{_MINUS}∞"
_DIGITS = 6


@dataclass(frozen=True)
class Scale:
    """One knob's range, and how a hand goes over it. [any]"""

    low: float
    high: float
    usual: float
    unit: str = ""
    curve: str = "linear"
    """Or "log", which needs 0 < low, or "fader"."""
    choices: tuple[str, ...] = ()
    """Where it is a list: the value is the index."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Scale:
        """The scale of a parameter as the engine describes it. [any]"""
        choices = tuple(str(each) for each in told.get("choices", ()))
        low, high, usual = (float(told[each]) for each in ("low", "high", "default"))
        curve = "log" if told.get("curve") == "log" and low > 0.0 else "linear"
        return cls(low, high, usual, str(told.get("unit", "")), curve, choices)

    @property
    def is_switch(self) -> bool:
        """Whether it knows on and off alone. [any]"""
        return len(self.choices) == 2 and {each.casefold() for each in self.choices} == {"off", "on"}

    @property
    def is_two_sided(self) -> bool:
        """Whether its middle is what others call nothing. [any]"""
        return self.curve == "linear" and self.low < 0.0 < self.high and self.low == -self.high

    def clip(self, value: float) -> float:
        """The nearest value that can be. [any]"""
        if value != value:
            return self.usual
        value = min(max(value, self.low), self.high)
        return float(round(value)) if self.choices else value

    def part(self, value: float) -> float:
        """How far the handle stands from its beginning, 0 to 1. [any]"""
        value = self.clip(value)
        if self.high == self.low:
            return 0.0
        if self.curve == "fader":
            return _between(value, [(db, part) for db, part in _FADER])
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def at(self, part: float) -> float:
        """The value of a handle that stands there. [any]"""
        part = min(max(part, 0.0), 1.0)
        if self.curve == "fader":
            return self.clip(_between(part, [(part, db) for db, part in _FADER]))
        if self.curve == "log":
            return self.clip(self.low * (self.high / self.low) ** part)
        return self.clip(self.low + part * (self.high - self.low))

    def stepped(self, value: float, steps: float) -> float:
        """So many steps of a key or a wheel further: half a decibel, a choice, a hundredth of the way. [any]"""
        if self.choices:
            return self.clip(value + (1.0 if steps > 0.0 else -1.0))
        if self.curve == "fader" and value > -40.0:
            return self.clip(round(2.0 * value) / 2.0 + 0.5 * steps if abs(steps) >= 1.0 else value + 0.5 * steps)
        return self.at(self.part(value) + steps / _STEPS)

    def text(self, value: float) -> str:
        """As one reads it. [any]"""
        value = self.clip(value)
        if self.choices:
            return self.choices[int(value)]
        if self.curve == "fader":
            return _SILENT if value <= SILENT_DB else f"{value:+.1f}" if abs(value) >= 0.05 else "0.0"
        step = abs(value) / 100.0 if self.curve == "log" else (self.high - self.low) / 1000.0
        digits = min(max(-math.floor(math.log10(step)) if step > 0.0 else 0, 0), _DIGITS)
        written = f"{value:.{digits}f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return f"{'0' if written == '-0' else written} {self.unit}".rstrip()

    def value(self, text: str) -> float | None:
        """What somebody meant who typed this; None where it means nothing here. [any]"""
        typed = text.strip().casefold()
        for index, choice in enumerate(self.choices):
            if choice.casefold() == typed:
                return float(index)
        typed = typed.removesuffix(self.unit.casefold()).removesuffix("db")
        typed = typed.strip().replace(_MINUS, "-").replace(",", ".")
        if self.curve == "fader" and typed in ("-∞", "-inf", "∞", "off"):
            return self.low
        try:
            return self.clip(float(typed)) if math.isfinite(float(typed)) else None
        except ValueError:
            return None


LEVEL = Scale(SILENT_DB, 12.0, 0.0, "dB", "fader")
SEND = Scale(SILENT_DB, 12.0, SILENT_DB, "dB", "fader")
PART = Scale(0.0, 1.0, 1.0)


@dataclass(frozen=True)
class PanScale(Scale):
    """Left, middle, right, as one says it. [any]"""

    def text(self, value: float) -> str:
        """`L 30`, `C`, `R 100`. [any]"""
        hundredths = round(100.0 * self.clip(value))
        return "C" if not hundredths else f"{'L' if hundredths < 0 else 'R'} {abs(hundredths)}"

    def value(self, text: str) -> float | None:
        """The same back; a number alone is to the right, or, below 0, to the left. [any]"""
        typed = text.strip().casefold()
        if typed in ("c", "0", "middle"):
            return 0.0
        sign = -1.0 if typed.startswith("l") else 1.0
        try:
            return self.clip(sign * float(typed.lstrip("lr ").replace(_MINUS, "-")) / 100.0)
        except ValueError:
            return None


PAN = PanScale(-1.0, 1.0, 0.0)


def meter_part(peak: float) -> float:
    """How far a meter is filled by a peak: on the fader's own way, so that both can be read beside each other. [any]"""
    if peak <= 0.0:
        return 0.0
    return LEVEL.part(20.0 * math.log10(peak))


def _between(at: float, points: list[tuple[float, float]]) -> float:
    """On the line through these points."""
    after = bisect_right([x for x, _ in points], at)
    if after == 0:
        return points[0][1]
    if after == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[after - 1], points[after]
    return y0 + (at - x0) / (x1 - x0) * (y1 - y0)
