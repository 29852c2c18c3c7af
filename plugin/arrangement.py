"""From a plan to what the callback runs: slots on wires, in order, with every chain as late as the latest.

What flows in: a plan, and the part that each of its slots holds. What flows out: flat slots for `realtime.rack`, which
controllers turn what, and how late the whole is. Each slot of the plan becomes up to four: what makes the dry sound
wait for the wet, the part itself, and a blend of both, whose switch takes the slot out without a click. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from plugin.plan import MAIN, MICROPHONE, ChainPlan, RackPlan, SlotPlan, in_order, targets
from realtime.dsp.routing.blend import blend
from realtime.dsp.routing.fader import fader
from realtime.dsp.routing.joints import clear, double, fade, fold, send
from realtime.dsp.routing.wait import LONGEST_FRAMES, wait
from realtime.layout import IN_LEFT, IN_RIGHT, OUT_LEFT, OUT_RIGHT, WIRES
from realtime.rack import Part, Slot
from realtime.reach import Learned
from score.errors import RackError

Pair = tuple[int, int]

MICROPHONE_WIRES: Pair = (IN_LEFT, IN_RIGHT)
CARD_WIRES: Pair = (OUT_LEFT, OUT_RIGHT)

BLEND, DRY, FADER, WET = "blend", "dry", "fader", "wet"


@dataclass(frozen=True)
class Cast:
    """Who plays a slot of the plan: its part, and the part that it takes over from. [main]"""

    part: Part
    serial: int = 0
    """Grows with every part that the slot has had: each has a state of its own."""
    version: int = 0
    """Of the processor that gave it."""
    before: Part | None = None
    """While both are here, the sound fades over from it."""
    before_serial: int | None = None
    """Whose fields it takes over, where they fit."""


@dataclass(frozen=True)
class Arrangement:
    """What a plan comes to. [main]"""

    slots: tuple[Slot, ...]
    learned: tuple[Learned, ...]
    latency_frames: int
    chain_latency_frames: Mapping[str, int]


def arrange(
    plan: RackPlan, cast: Mapping[str, Cast], is_hushed: Callable[[str], bool] = lambda chain: False
) -> Arrangement:
    """Lay a plan out; slots that `cast` has nobody for let their sound pass. [main]"""
    return _Layout(plan, cast, is_hushed).result()


def heard(plan: RackPlan, is_hushed: Callable[[str], bool] = lambda chain: False) -> frozenset[str]:
    """The chains that are let through: not muted, and, where some are soloed, one of these or fed by any. [any]"""
    some_solo = any(chain.solo for chain in plan.chains)
    fed = {MAIN, *(to for chain in plan.chains for to in targets(chain))}
    return frozenset(
        chain.name
        for chain in plan.chains
        if not chain.mute and not is_hushed(chain.name)
        if not some_solo or chain.solo or chain.name in fed
    )


def played_name(slot: str, serial: int) -> str:
    """What a slot's part is called in the flat rack. [any]"""
    return f"{slot}/{serial}" if serial else slot


def part_of(name: str, which: str) -> str:
    """What stands beside a slot: its blend. No slot and no chain has a stroke or a colon in its name. [any]"""
    return f"{name}/{which}"


def end_of(chain: str, which: str = FADER) -> str:
    """What stands around a chain: its fader. [any]"""
    return f"{chain}:{which}"


def way_in(chain: str, source: str) -> str:
    """What brings the sound of another chain into this one, and how loud. [any]"""
    return end_of(chain, f"from {source}")


@dataclass
class _Feed:
    """Sound on its way to a chain: on which wires, how late, how loud. [main]"""

    chain: str
    wires: Pair
    late: int
    send: Slot | None = None


@dataclass
class _Layout:
    plan: RackPlan
    cast: Mapping[str, Cast]
    is_hushed: Callable[[str], bool]
    slots: list[Slot] = field(default_factory=list)
    late: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._free: list[Pair] = [(wire, wire + 1) for wire in range(WIRES - 2, OUT_RIGHT, -2)]
        self._feeds: dict[str, list[_Feed]] = {chain.name: [] for chain in self.plan.chains}
        self._held: dict[Pair, int] = {}
        self._heard = heard(self.plan, self.is_hushed)

    def result(self) -> Arrangement:
        for chain in in_order(self.plan.chains):
            self._chain(chain)
        return Arrangement(tuple(self.slots), self._learned(), self.late[MAIN], dict(self.late))

    def _chain(self, chain: ChainPlan) -> None:
        now, late = self._gather(chain)
        for slot in chain.slots:
            if slot.name in self.cast:
                late = self._slot(chain, slot, now, late)
        self.late[chain.name] = late
        before = [each for each in chain.sends if each.before_fader]
        after = [each for each in chain.sends if not each.before_fader]
        for each in before:
            kept = self._take()
            self._put(end_of(chain.name, f"before {each.to}"), send, now, kept, clears=True)
            self._feed(chain, each.to, each.level_db, kept, late)
        knobs = {"level_db": chain.level_db, "pan": chain.pan, "heard": float(chain.name in self._heard)}
        to_card = chain.name == MAIN
        out = CARD_WIRES if to_card else now
        self.slots.append(Slot(end_of(chain.name), fader, knobs, (now, out)))
        for each in after:
            self._feed(chain, each.to, each.level_db, now, late)
        if to_card:
            self._give(now)
        else:
            self._feed(chain, chain.to, 0.0, now, late)

    def _gather(self, chain: ChainPlan) -> tuple[Pair, int]:
        """All that comes into a chain on one pair of wires, each as late as the latest of them."""
        feeds = self._feeds[chain.name]
        if chain.hears == MICROPHONE:
            feeds = [_Feed("", MICROPHONE_WIRES, 0), *feeds]
        late = max((each.late for each in feeds), default=0)
        now = self._take()
        self.slots.append(Slot(end_of(chain.name, "clear"), clear, wires=((), now)))
        for feed in feeds:
            name = way_in(chain.name, feed.chain or "the microphone")
            source = feed.wires
            with self._scratch() as waited:
                if self.plan.compensates:  # even by nothing: another number of frames is faded over to
                    self._wait(f"{name}, waiting", late - feed.late, source, waited)
                    source = waited
                level = feed.send.knobs if feed.send is not None else {}
                self.slots.append(Slot(name, send, level, (source, now)))
            if feed.wires != MICROPHONE_WIRES:
                self._give(feed.wires)
        return now, late

    def _slot(self, chain: ChainPlan, slot: SlotPlan, now: Pair, late: int) -> int:
        """One slot: from `now`, by way of its part, back to `now`; how late that is."""
        cast = self.cast[slot.name]
        is_instrument, own = cast.part.inputs == 0, cast.part.latency_frames
        after = max(late, own) if is_instrument else late + own
        with self._scratch() as wet, self._scratch() as dry:
            heir_of = "" if cast.before_serial is None else played_name(slot.name, cast.before_serial)
            self._part(chain, slot, cast.part, played_name(slot.name, cast.serial), now, wet, heir_of)
            if cast.before is not None:
                with self._scratch() as old:
                    self._part(chain, slot, cast.before, heir_of, now, old)
                    fading = part_of(slot.name, f"fade {cast.serial}")
                    self.slots.append(Slot(fading, fade, wires=((*old, *wet), wet)))
            if is_instrument and self.plan.compensates:
                self._wait(part_of(slot.name, WET), after - own, wet, wet)
            source = now
            if after > late and (self.plan.compensates or not is_instrument):
                self._wait(part_of(slot.name, DRY), after - late, now, dry)
                source = dry
            knobs = {
                "mix": slot.mix,
                "on": float(slot.on),
                "adds": float(is_instrument),
                "forgives": float(cast.serial),
            }
            self.slots.append(Slot(part_of(slot.name, BLEND), blend, knobs, ((*source, *wet), now)))
        return after

    def _part(
        self, chain: ChainPlan, slot: SlotPlan, part: Part, name: str, now: Pair, wet: Pair, heir_of: str = ""
    ) -> None:
        shape = part.inputs, part.outputs
        inputs, outputs = now, wet
        knobs = {each: slot.values.get(each, knob.default) for each, knob in part.knobs.items()}

        def put(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> None:
            self.slots.append(Slot(name, part, knobs, (inputs, outputs), chain.reach, heir_of))

        if part.inputs == 0:
            self.slots.append(Slot(f"{name}/clear", clear, wires=((), wet)))
        if shape in ((0, 1), (0, 2), (1, 1), (2, 2)):
            put(() if part.inputs == 0 else inputs, outputs)
        elif shape == (1, 2):
            with self._scratch() as one:
                self.slots.append(Slot(f"{name}/fold", fold, wires=(inputs, one[:1])))
                put(one[:1], outputs)
        elif shape == (2, 1):
            with self._scratch() as one:
                put(inputs, one[:1])
                self.slots.append(Slot(f"{name}/double", double, wires=(one[:1], outputs)))
        else:
            raise RackError(f"'{slot.name}' has {shape[0]} in and {shape[1]} out.", "A rack is stereo.")

    def _wait(self, name: str, frames: int, source: Pair, target: Pair) -> None:
        if frames >= LONGEST_FRAMES:
            raise RackError(f"chains are {frames} frames apart.", f"At most {LONGEST_FRAMES - 1} can be made up for.")
        self.slots.append(Slot(name, wait, {"frames": float(frames)}, (source, target)))

    def _put(self, name: str, kernel: Part, source: Pair, target: Pair, clears: bool = False) -> None:
        if clears:
            self.slots.append(Slot(f"{name}/clear", clear, wires=((), target)))
        self.slots.append(Slot(name, kernel, wires=(source, target)))

    def _feed(self, chain: ChainPlan, to: str, level_db: float, wires: Pair, late: int) -> None:
        """Leave the sound on its wires until the chain that it goes to is laid out."""
        self._held[wires] = self._held.get(wires, 0) + 1
        knobs = {"level_db": level_db}
        self._feeds[to].append(_Feed(chain.name, wires, late, Slot("", send, knobs)))

    def _learned(self) -> tuple[Learned, ...]:
        learned = []
        for each in self.plan.learned:
            cast = self.cast.get(each.slot)
            if cast is not None and each.parameter in cast.part.knobs:
                name = played_name(each.slot, cast.serial)
                low_high = each.low, each.high
                learned.append(Learned(name, each.parameter, each.controller, each.channel, *low_high))
        return tuple(learned)

    def _take(self) -> Pair:
        if not self._free:
            raise RackError("this rack needs more wires at once than there are.", "Join some of its chains.")
        return self._free.pop()

    def _give(self, wires: Pair) -> None:
        left = self._held.get(wires, 1) - 1
        self._held[wires] = left
        if left <= 0:
            self._held.pop(wires)
            self._free.append(wires)

    @contextmanager
    def _scratch(self) -> Iterator[Pair]:
        """A pair of wires for a moment."""
        pair = self._take()
        yield pair
        self._free.append(pair)
