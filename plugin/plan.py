"""A rack as it is written down: chains of slots, where their sound goes, what turns their knobs.

Everything is a value; to change a rack is to make another plan, and `plugin.workbench` finds out what is different.
What a plan names need not exist: a plugin that is missing keeps its place and its state. [any]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from realtime.reach import EVERYTHING, Reach
from score.errors import RackError

MAIN = "main"
MICROPHONE, NOTHING = "microphone", "nothing"
SOURCES = (MICROPHONE, NOTHING)
_CHAINS_AT_MOST = 64
_SLOTS_AT_MOST = 64
_LONGEST_NAME = 80
_LOWEST_DB, _HIGHEST_DB = -80.0, 12.0


@dataclass(frozen=True)
class SlotPlan:
    """One processor in a chain: switched on or not, how much of it is heard, and how its parameters stand. [any]"""

    name: str
    processor: str
    on: bool = True
    mix: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _name(self.name, "slot")
        if not 0.0 <= self.mix <= 1.0:
            raise RackError(f"'{self.name}' is mixed in by {self.mix:g}.", "From 0, dry, to 1, wet.")


@dataclass(frozen=True)
class SendPlan:
    """A part of a chain's sound that goes to another chain as well. [any]"""

    to: str
    level_db: float = 0.0
    before_fader: bool = False

    def __post_init__(self) -> None:
        _level(self.level_db, f"the send to '{self.to}'")


@dataclass(frozen=True)
class ChainPlan:
    """Slots in a row: what they hear, how loud they leave, and where to. [any]"""

    name: str
    hears: str = NOTHING
    slots: tuple[SlotPlan, ...] = ()
    to: str = MAIN
    sends: tuple[SendPlan, ...] = ()
    level_db: float = 0.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False
    reach: Reach = EVERYTHING

    def __post_init__(self) -> None:
        _name(self.name, "chain")
        _level(self.level_db, f"chain '{self.name}'")
        if self.hears not in SOURCES:
            raise RackError(f"chain '{self.name}' hears '{self.hears}'.", f"It may hear: {', '.join(SOURCES)}.")
        if not -1.0 <= self.pan <= 1.0:
            raise RackError(f"chain '{self.name}' is panned to {self.pan:g}.", "From -1, left, to 1, right.")
        if len(self.slots) > _SLOTS_AT_MOST:
            raise RackError(f"chain '{self.name}' has {len(self.slots)} slots.", f"At most {_SLOTS_AT_MOST} fit.")


@dataclass(frozen=True)
class LearnedPlan:
    """A controller of a keyboard that turns a parameter, over a part of its range. [any]"""

    slot: str
    parameter: str
    controller: int
    channel: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LanePlan:
    """How a parameter moves by itself: seconds from the beginning, and values; straight in between. [any]"""

    slot: str
    parameter: str
    points: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        what = f"the lane of '{self.parameter}' of '{self.slot}'"
        if any(len(point) != 2 for point in self.points):
            raise RackError(f"{what} has a point that is no pair.", "Write each as [seconds, value].")
        if any(left[0] >= right[0] for left, right in zip(self.points, self.points[1:], strict=False)):
            raise RackError(f"{what} goes back in time.", "Write its points in order.")


@dataclass(frozen=True)
class ScenePlan:
    """How parameters stood at a moment that one wants back: of each slot what differs from where it begins. [any]"""

    name: str
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _name(self.name, "scene")


@dataclass(frozen=True)
class RackPlan:
    """Chains that sound side by side, and one, `main`, in which they meet. [any]"""

    name: str = "rack"
    chains: tuple[ChainPlan, ...] = ()
    learned: tuple[LearnedPlan, ...] = ()
    lanes: tuple[LanePlan, ...] = ()
    scenes: tuple[ScenePlan, ...] = ()
    compensates: bool = True
    """Whether quick chains wait for slow ones, so that they meet as they were played."""

    def __post_init__(self) -> None:
        if not any(chain.name == MAIN for chain in self.chains):
            object.__setattr__(self, "chains", (*self.chains, ChainPlan(MAIN)))
        if len(self.chains) > _CHAINS_AT_MOST:
            raise RackError(f"a rack of {len(self.chains)} chains is too large.", f"At most {_CHAINS_AT_MOST} fit.")
        _once([chain.name for chain in self.chains], "chains")
        _once([slot.name for slot in self.slots()], "slots")
        _once([scene.name for scene in self.scenes], "scenes")
        names = {chain.name for chain in self.chains}
        for chain in self.chains:
            for to in targets(chain):
                if to not in names:
                    raise RackError(f"chain '{chain.name}' goes to '{to}'.", f"There are: {', '.join(sorted(names))}.")
        in_order(self.chains)

    def slots(self) -> Iterator[SlotPlan]:
        """Every slot, chain by chain. [any]"""
        for chain in self.chains:
            yield from chain.slots

    def slot(self, name: str) -> SlotPlan:
        """The slot of that name; RackError where there is none. [any]"""
        for slot in self.slots():
            if slot.name == name:
                return slot
        here = ", ".join(slot.name for slot in self.slots()) or "nothing"
        raise RackError(f"the rack has no slot '{name}'.", f"It holds: {here}.")

    def chain(self, name: str) -> ChainPlan:
        """The chain of that name; RackError where there is none. [any]"""
        for chain in self.chains:
            if chain.name == name:
                return chain
        raise RackError(f"the rack has no chain '{name}'.", f"It has: {', '.join(each.name for each in self.chains)}.")

    def scene(self, name: str) -> ScenePlan:
        """The scene of that name; RackError where there is none. [any]"""
        for scene in self.scenes:
            if scene.name == name:
                return scene
        here = ", ".join(scene.name for scene in self.scenes) or "none"
        raise RackError(f"the rack has no scene '{name}'.", f"It has: {here}.")

    def with_slot(self, changed: SlotPlan) -> RackPlan:
        """The same rack with one slot changed. [any]"""
        self.slot(changed.name)
        chains = tuple(
            replace(chain, slots=tuple(changed if slot.name == changed.name else slot for slot in chain.slots))
            for chain in self.chains
        )
        return replace(self, chains=chains)

    def with_chain(self, changed: ChainPlan) -> RackPlan:
        """The same rack with one chain changed. [any]"""
        self.chain(changed.name)
        return replace(self, chains=tuple(changed if each.name == changed.name else each for each in self.chains))


def targets(chain: ChainPlan) -> tuple[str, ...]:
    """Where a chain's sound goes; `main` goes to the card. [any]"""
    return (*(() if chain.name == MAIN else (chain.to,)), *(send.to for send in chain.sends))


def in_order(chains: tuple[ChainPlan, ...]) -> tuple[ChainPlan, ...]:
    """Each chain before those that it goes to; RackError where sound would go in a circle. [any]"""
    left = {chain.name: chain for chain in chains}
    ordered: list[ChainPlan] = []
    while left:
        fed = {to for chain in left.values() for to in targets(chain)}
        ready = [chain for chain in left.values() if chain.name not in fed]
        if not ready:
            raise RackError(f"sound goes in a circle: {', '.join(left)}.", "Send one of them elsewhere.")
        for chain in ready:
            ordered.append(left.pop(chain.name))
    return tuple(ordered)


def _name(name: str, what: str) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable() or set(name) & set("/:"):
        fix = "Give it a short name that can be read, without a colon or a stroke."
        raise RackError(f"a {what} is called {name[:_LONGEST_NAME]!r}.", fix)


def _level(level_db: float, what: str) -> None:
    if not _LOWEST_DB <= level_db <= _HIGHEST_DB:
        raise RackError(f"{what} has a level of {level_db:g} dB.", f"From {_LOWEST_DB:g} to {_HIGHEST_DB:g} dB.")


def _once(names: list[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise RackError(f"two {what} are called '{sorted(twice)[0]}'.", "Give each its own name.")
