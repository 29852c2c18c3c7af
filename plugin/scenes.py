"""Scenes: how all parameters stood, and every way between two of them.

What flows in: values by slot and parameter, and what the parameters are. What flows out: values again. A morph goes as
a slider would: evenly along its way, so that a frequency moves by octaves; a choice changes half way. [any]
"""

from __future__ import annotations

from collections.abc import Mapping

from plugin.plan import ScenePlan
from plugin.processor import Parameter

Values = Mapping[str, Mapping[str, float]]
Parameters = Mapping[str, Mapping[str, Parameter]]


def scene_of(name: str, values: Values, parameters: Parameters) -> ScenePlan:
    """A scene of how things stand: what is where it begins need not be told. [any]"""
    kept = {
        slot: {
            each: value
            for each, value in of_slot.items()
            if each not in parameters.get(slot, {}) or value != parameters[slot][each].default
        }
        for slot, of_slot in values.items()
    }
    return ScenePlan(name, kept)


def morph(one: ScenePlan, other: ScenePlan, amount: float, parameters: Parameters) -> dict[str, dict[str, float]]:
    """Every parameter of the slots that both know, `amount` of the way from one scene to the other. [any]"""
    amount = min(max(amount, 0.0), 1.0)
    between: dict[str, dict[str, float]] = {}
    for slot in one.values:
        if slot not in other.values or slot not in parameters:
            continue
        between[slot] = {}
        for id, parameter in parameters[slot].items():
            here = parameter.clip(one.values[slot].get(id, parameter.default))
            there = parameter.clip(other.values[slot].get(id, parameter.default))
            between[slot][id] = _between(parameter, here, there, amount)
    return between


def _between(parameter: Parameter, here: float, there: float, amount: float) -> float:
    if amount == 0.0 or here == there:
        return here
    if amount == 1.0:
        return there
    if parameter.choices:
        return here if amount < 0.5 else there
    return parameter.at(parameter.part(here) + amount * (parameter.part(there) - parameter.part(here)))
