"""Turns of what stands around slots: a slot's blend and switch, a chain's fader, a send.

What flows in: a plan, and a knob as a face names it. What flows out: the plan with it turned, and which knobs of the
flat rack follow. A chain that is muted or soloed turns what is heard of the others as well. [any]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from plugin.arrangement import BLEND, FADER, end_of, heard, part_of, way_in
from plugin.plan import RackPlan
from realtime.dsp.routing.fader import fader
from realtime.dsp.routing.joints import send
from score.errors import RackError

FlatTurn = tuple[str, str, float]
"""A slot of the flat rack, its knob, a value."""

_FROM = "from "
_OF_A_FADER = ("level_db", "pan", "mute", "solo")


def turn_beside(
    plan: RackPlan, slot: str, parameter: str, value: float, is_hushed: Callable[[str], bool]
) -> tuple[RackPlan, list[FlatTurn]] | None:
    """What turning `SLOT/blend`, `CHAIN:fader` or `TO:from CHAIN` comes to; None for a slot's own parameter. [any]"""
    if value != value:
        raise RackError(f"'{parameter}' of '{slot}' cannot be turned to what is no number.")
    name, kind, which = slot.rpartition("/" if "/" in slot else ":")
    if kind == "/" and which == BLEND and parameter in ("mix", "on"):
        blended: dict[str, Any] = {"on": value >= 0.5} if parameter == "on" else {"mix": min(max(value, 0.0), 1.0)}
        changed = plan.with_slot(replace(plan.slot(name), **blended))
        return changed, [(slot, parameter, float(blended[parameter]))]
    if kind == ":" and which == FADER and parameter in _OF_A_FADER:
        if parameter in ("mute", "solo"):
            switched: dict[str, Any] = {parameter: value >= 0.5}
            changed = plan.with_chain(replace(plan.chain(name), **switched))
            through = heard(changed, is_hushed)
            return changed, [(end_of(c.name), "heard", float(c.name in through)) for c in changed.chains]
        faded: dict[str, Any] = {parameter: fader.knobs[parameter].clip(value)}
        return plan.with_chain(replace(plan.chain(name), **faded)), [(slot, parameter, faded[parameter])]
    if kind == ":" and which.startswith(_FROM) and parameter == "level_db":
        return _send(plan, name, which.removeprefix(_FROM), value)
    return None


def blend_of(slot: str) -> str:
    """What a slot's mix and switch are called. [any]"""
    return part_of(slot, BLEND)


def fader_of(chain: str) -> str:
    """What a chain's fader is called. [any]"""
    return end_of(chain)


def send_of(chain: str, to: str) -> str:
    """What the send of one chain to another is called. [any]"""
    return way_in(to, chain)


def _send(plan: RackPlan, to: str, source: str, value: float) -> tuple[RackPlan, list[FlatTurn]]:
    chain, level_db = plan.chain(source), send.knobs["level_db"].clip(value)
    if not any(each.to == to for each in chain.sends):
        here = ", ".join(each.to for each in chain.sends) or "nowhere"
        raise RackError(f"chain '{source}' sends nothing to '{to}'.", f"It sends to: {here}.")
    sends = tuple(replace(each, level_db=level_db) if each.to == to else each for each in chain.sends)
    return plan.with_chain(replace(chain, sends=sends)), [(way_in(to, source), "level_db", level_db)]
