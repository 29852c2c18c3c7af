"""A track's chain as a value: slots in a row, added, removed, moved, switched; each deed is a Change. [any]

What flows in: a setup and what the hand wants. What flows out: changes of the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gui.mixing.arranged import INSTRUMENT, MASTER, MICROPHONE, effect_chain, effects_of, slot_name
from gui.mixing.chooser import processor_name
from gui.session.setup import Change, LearnedSetup, Setup, SlotSetup, TrackSetup

Place = tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """One slot as it is shown: what belongs to the instrument stays where it is. [any]"""

    name: str
    title: str
    processor: str
    is_effect: bool
    on: bool = True
    mix: float = 1.0


def links_of(place: Place, setup: TrackSetup) -> tuple[Link, ...]:
    """All slots of a chain, the instrument's first. [any]"""
    effects = tuple(
        Link(each.name, processor_name(each.processor), each.processor, True, each.on, each.mix) for each in setup.slots
    )
    if place[0] != "tracks" or setup.port:
        return effects
    if setup.rack_plan:
        brought = [
            Link(str(slot.get("name")), str(slot.get("name")), str(slot.get("processor")), False)
            for chain in setup.rack_plan.get("chains", ())
            for slot in chain.get("slots", ())
        ]
        return (*brought, *effects)
    if setup.instrument == MICROPHONE:
        return effects
    return (Link(INSTRUMENT, processor_name(setup.instrument), setup.instrument, False), *effects)


def setup_at(setup: Setup, place: Place) -> TrackSetup:
    """How the strip at a place of the session is set up. [any]"""
    if place[0] == "tracks":
        return setup.track(int(place[1]))
    return setup.master if place[0] == "master" else effects_of(setup).get(place[1], TrackSetup())


def rack_name(place: Place, slot: str) -> str:
    """What the engine calls a slot of this place. [any]"""
    owner = MASTER if place[0] == "master" else place[1] if place[0] == "tracks" else effect_chain(place[1])
    return slot_name(owner, slot)


def add(place: Place, setup: TrackSetup, processor: str, said: str) -> Change:
    """One more effect, behind all others. [any]"""
    taken = {link.name for link in links_of(place, setup)} | {INSTRUMENT}
    stem = processor.partition(":")[2].removesuffix(".py") or processor
    stem = "".join(each for each in stem if each not in "/:" and each.isprintable()).strip()[:60] or "effect"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem} {number}"
    return Change(said, (*place, "slots"), (*setup.slots, SlotSetup(name, processor)))


def remove(place: Place, setup: TrackSetup, name: str, said: str) -> Change:
    """The chain without a slot, and without all that was known of it. [any]"""
    rest = replace(
        setup,
        slots=tuple(each for each in setup.slots if each.name != name),
        turned={slot: values for slot, values in setup.turned.items() if slot != name},
        kept={slot: state for slot, state in setup.kept.items() if slot != name},
        learned=tuple(each for each in setup.learned if each.slot != name),
    )
    return Change(said, place, rest)


def move(place: Place, setup: TrackSetup, name: str, to: int, said: str) -> Change | None:
    """An effect at another place among the effects; None where it is there already. [any]"""
    names = [each.name for each in setup.slots]
    if name not in names or not 0 <= to < len(names) or names.index(name) == to:
        return None
    others = [each for each in setup.slots if each.name != name]
    others.insert(to, setup.slots[names.index(name)])
    return Change(said, (*place, "slots"), tuple(others))


def with_slot(place: Place, setup: TrackSetup, name: str, said: str, **changed: Any) -> Change:
    """An effect switched, or mixed otherwise. [any]"""
    slots = tuple(replace(each, **changed) if each.name == name else each for each in setup.slots)
    return Change(said, (*place, "slots"), slots)


def learned_by(setup: TrackSetup, slot: str, parameter: str) -> int | None:
    """The controller that turns a parameter; None where none does. [any]"""
    return next((each.controller for each in setup.learned if (each.slot, each.parameter) == (slot, parameter)), None)


def learn(
    place: Place, setup: TrackSetup, slot: str, parameter: str, found: Mapping[str, Any] | None, said: str
) -> Change:
    """A parameter turned by what the engine found; by nothing, where that is None. [any]"""
    others = tuple(each for each in setup.learned if (each.slot, each.parameter) != (slot, parameter))
    if found is not None:
        others = (*others, LearnedSetup(slot, parameter, int(found["controller"]), found.get("channel")))
    return Change(said, (*place, "learned"), others)
