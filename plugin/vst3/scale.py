"""From a plugin's 0…1 to the numbers on its face, and back.

What flows in: a parameter that can be asked for its text at any place. What flows out: a scale that both sides can
reckon with: even, logarithmic, a list of choices, or the bare 0…1 where none of these fits what the plugin writes.
A few dozen questions for each parameter are enough; a host that asks a thousand waits seconds for some plugins.
[worker]
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_PLACES = 32
_MORE_PLACES = 1000
_CHOICES_AT_MOST = 200
_NEAR = 0.02
"""How far, as a part of the range, a plugin's own text may lie from the scale that stands for it."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf)\s*(\S*)\s*", re.IGNORECASE)
_THOUSANDS = {"khz": (1000.0, "Hz"), "k": (1000.0, "")}
_YES, _NO = {"on", "yes", "true", "enabled"}, {"off", "no", "false", "disabled"}


@dataclass(frozen=True)
class Scale:
    """How a parameter is counted. [any]"""

    id: str
    name: str
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    curve: str = "linear"
    choices: tuple[str, ...] = ()

    def raw(self, value: float) -> float:
        """The plugin's 0…1 of a value. [worker]"""
        value = min(max(value, self.low), self.high)
        if self.high == self.low:
            return 0.0
        if self.curve == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, raw: float) -> float:
        """The value of the plugin's 0…1. [worker]"""
        raw = min(max(raw, 0.0), 1.0)
        if self.choices:
            return float(round(raw * self.high))
        if self.curve == "log":
            return self.low * (self.high / self.low) ** raw
        return self.low + raw * (self.high - self.low)

    def about(self) -> dict[str, Any]:
        """As JSON. [any]"""
        return asdict(self)


def ids_of(names: Iterable[str]) -> list[str]:
    """What parameters are called in files and events: plain letters, each its own. [worker]"""
    found: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or f"parameter_{number}"
        again = 2
        id_ = plain
        while id_ in found:
            id_, again = f"{plain}_{again}", again + 1
        found[id_] = None
    return list(found)


def scale_of(id_: str, parameter: Any) -> Scale:
    """The scale of a parameter that has `name`, `label`, `num_steps` and `get_text_for_raw_value`. [worker]"""
    name, label = str(parameter.name), str(parameter.label or "").strip()
    places = _PLACES
    if 2 <= int(parameter.num_steps) <= _CHOICES_AT_MOST:  # its steps, each once
        places = int(parameter.num_steps) - 1
    points = _ask(parameter, places)
    numbers = [_number(text) for _, text in points]
    if places == 1 and [number and number[0] for number in numbers] == [0.0, 1.0]:
        return Scale(id_, name, choices=("off", "on"))
    if all(number is not None for number in numbers):
        return _even(id_, name, label, [(raw, *n) for (raw, _), n in zip(points, numbers, strict=True) if n])
    if places == _PLACES:  # a list that does not say how long it is
        points = _ask(parameter, _MORE_PLACES)
    texts = list(dict.fromkeys(text for _, text in points))
    if not 2 <= len(texts) <= _CHOICES_AT_MOST or not all(texts) or not _stand_evenly(points, texts):
        return Scale(id_, name)
    if len(texts) == 2 and {each.lower() for each in texts} & (_YES | _NO):
        texts = [each.lower() for each in texts]
    return Scale(id_, name, 0.0, len(texts) - 1.0, choices=tuple(texts))


def _ask(parameter: Any, places: int) -> list[tuple[float, str]]:
    return [(n / places, str(parameter.get_text_for_raw_value(n / places) or "").strip()) for n in range(places + 1)]


def _number(text: str) -> tuple[float, str] | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    times, unit = _THOUSANDS.get(found[2].lower(), (1.0, found[2]))
    return float(found[1]) * times, unit


def _even(id_: str, name: str, label: str, points: list[tuple[float, float, str]]) -> Scale:
    """Whichever curve the numbers on the plugin's face lie on."""
    (_, first, _), (_, last, _) = points[0], points[-1]
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        return Scale(id_, name)
    units = {unit for *_, unit in points if unit}
    unit = label or (units.pop() if len(units) == 1 else "")
    for curve in ("linear", "log"):
        scale = Scale(id_, name, first, last, unit, curve)
        if curve == "log" and first <= 0.0:
            break
        if all(math.isfinite(value) and abs(scale.raw(value) - raw) <= _NEAR for raw, value, _ in points):
            return scale
    return Scale(id_, name)


def _stand_evenly(points: list[tuple[float, str]], texts: list[str]) -> bool:
    """Whether the choice that is reckoned for a place is the one that the plugin writes there."""
    last = len(texts) - 1
    ends = [n / last for n in range(last + 1)]
    nearest = [min(points, key=lambda point: abs(point[0] - end))[1] for end in ends]
    return nearest == texts
