"""What a face shows of a slot: who stands there, how its parameters read, what it costs, what is wrong. [any]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from plugin.arrangement import Cast, end_of, played_name
from plugin.placeholder import Placeholder
from plugin.plan import RackPlan, SlotPlan
from plugin.processor import Parameter, Processor
from plugin.python.report import Problem, Report
from realtime.door.window import LEVEL
from realtime.host import Host


@runtime_checkable
class Written(Protocol):
    """A processor that its user writes: in which file, and what is wrong with it. [main]"""

    path: Path
    report: Report | None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps the file from playing as it was saved last. [main]"""


def describe_slots(
    slots: Iterable[SlotPlan],
    processors: Mapping[str, Processor],
    casts: Mapping[str, Cast],
    resting: Mapping[str, str],
    host: Host | None,
) -> list[dict[str, Any]]:
    """Slots as JSON, as they stand, with what each costs. [main]"""
    times = {name: (worst, total) for name, worst, total in host.rack.program.times_ns()} if host else {}
    return [describe_slot(each, processors.get(each.name), casts.get(each.name), times, resting) for each in slots]


def describe_slot(
    slot: SlotPlan,
    processor: Processor | None,
    cast: Cast | None,
    times_ns: Mapping[str, tuple[int, int]],
    resting: Mapping[str, str],
) -> dict[str, Any]:
    """One slot as JSON. [any]"""
    worst, total = times_ns.get(played_name(slot.name, cast.serial), (0, 0)) if cast is not None else (0, 0)
    why = processor.why if isinstance(processor, Placeholder) else resting.get(slot.name, "")
    told: dict[str, Any] = {
        "slot": slot.name,
        "processor": slot.processor,
        "on": slot.on,
        "mix": slot.mix,
        "worst_us": worst / 1e3,
        "total_us": total / 1e3,
        "latency_frames": cast.part.latency_frames if cast is not None else 0,
        "trouble": why,
    }
    if isinstance(processor, Written):
        told["file"] = str(processor.path)
        told["problems"] = [asdict(each) for each in processor.problems]
        told["is_refused"] = processor.report is not None and not processor.report.passed
        told["plays"] = cast is not None
    if processor is not None:
        told["is_instrument"] = processor.is_instrument
        told["programs"] = [program.name for program in processor.programs]
        told["parameters"] = [
            describe_parameter(each, slot.values.get(id, each.default)) for id, each in processor.parameters.items()
        ]
    return told


def levels_of(plan: RackPlan, host: Host) -> npt.NDArray[Any]:
    """How loud each chain is that has a line: LEVELs, from the faders that play. [main]"""
    shown = [chain for chain in plan.chains if chain.reach.line >= 0]
    levels = np.zeros(len(shown), LEVEL)
    present = {slot.name for slot in host.rack.slots}
    for n, chain in enumerate(shown):
        levels[n]["line"] = chain.reach.line
        if end_of(chain.name) in present:
            levels[n]["peak"] = host.rack.state(end_of(chain.name))["peak"][0]
    return levels


def describe_parameter(parameter: Parameter, value: float) -> dict[str, Any]:
    """One parameter and where it stands. [any]"""
    return {**asdict(parameter), "value": value, "text": parameter.text(value)}
