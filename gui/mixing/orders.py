"""From one rack of the session to the next: a few turned knobs, where that is all that is different.

What flows in: two racks as the engine loads them. What flows out: turns, each of which glides; or the word that the
rack has to be loaded anew, which lets all sound on that stays. [any]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Rack = dict[str, Any]
_OF_A_FADER = ("level_db", "pan", "mute", "solo")
_OF_A_BLEND = {"on": 1.0, "mix": 1.0}


@dataclass(frozen=True)
class Turn:
    """One knob of the engine's. [any]"""

    slot: str
    knob: str
    value: float


def turns_between(before: Rack, after: Rack) -> list[Turn] | None:
    """The knobs that lead from one rack to the other; None where no knobs do. [any]"""
    if _shape(before) != _shape(after):
        return None
    turns: list[Turn] = []
    for old, new in zip(before["chains"], after["chains"], strict=True):
        turns += _of_chain(old, new)
        for one, other in zip(old.get("slots", ()), new.get("slots", ()), strict=True):
            values, becomes = one.get("values", {}), other.get("values", {})
            if not values.keys() <= becomes.keys():
                return None  # back to where it comes from: only who knows the processor knows where that is
            turns += _turns(f"{other['name']}/blend", one, other, _OF_A_BLEND)
            turns += [Turn(other["name"], each, becomes[each]) for each in becomes if values.get(each) != becomes[each]]
    return turns


def _of_chain(old: Rack, new: Rack) -> Iterator[Turn]:
    yield from _turns(f"{new['name']}:fader", old, new, dict.fromkeys(_OF_A_FADER, 0.0))
    for one, other in zip(old.get("sends", ()), new.get("sends", ()), strict=True):
        yield from _turns(f"{other['to']}:from {new['name']}", one, other, {"level_db": 0.0})


def _turns(slot: str, old: Rack, new: Rack, usual: dict[str, float]) -> Iterator[Turn]:
    for knob, default in usual.items():
        value = float(new.get(knob, default))
        if value != float(old.get(knob, default)):
            yield Turn(slot, knob, value)


def _shape(rack: Rack) -> Rack:
    """A rack without all that a knob can turn, and without what plugins keep, which is theirs while they are here."""
    return rack | {"chains": [_shape_of(chain) for chain in rack.get("chains", ())]}


def _shape_of(chain: Rack) -> Rack:
    slots = [_without(slot, ("values", "state", *_OF_A_BLEND)) for slot in chain.get("slots", ())]
    sends = [_without(send, ("level_db",)) for send in chain.get("sends", ())]
    return _without(chain, _OF_A_FADER) | {"slots": slots, "sends": sends}


def _without(said: Rack, words: tuple[str, ...]) -> Rack:
    return {name: value for name, value in said.items() if name not in words}
