"""A rack in the hand, while it sounds: plans in, changes of what the callback plays out.

What flows in: a plan, hands on knobs, controllers to be learned, and a tick some fifty times a second. What flows out:
programs for the host, turned knobs, and news. A plan that replaces another keeps the processors of slots that both
have, by name; what is different is found out here, and chains whose order changes are faded out for the moment of the
change, so that nothing clicks. [main]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy.typing as npt

from plugin.arrangement import Arrangement, Cast, arrange, played_name
from plugin.arrivals import Arrivals, Find
from plugin.describing import describe_slots, levels_of
from plugin.hands import obey
from plugin.held import Held
from plugin.lanes import Lanes
from plugin.placeholder import Placeholder
from plugin.plan import LearnedPlan, RackPlan, ScenePlan, SlotPlan
from plugin.processor import Parameter, Processor
from plugin.rack_file import from_plain
from plugin.scenes import morph, scene_of
from plugin.shelf import find_processor
from plugin.showcase import Showcase
from plugin.swaps import Swaps
from plugin.turns import turn_beside
from realtime.events import ALL_CHANNELS, CONTROL, FROM_APP
from realtime.host import Host
from realtime.rack import Part
from realtime.reach import Reach
from realtime.stage import News
from score.checked import brief
from score.errors import RackError, VocelloError

_AHEAD_S = 0.25
_SETTLES_WITHIN_S = 5.0
_ANYTHING = 1e12
_RECENT_S = 0.5


class Workbench:
    """One rack. [main]"""

    def __init__(self, find: Find = find_processor) -> None:
        self.plan = RackPlan()
        self.processors: dict[str, Processor] = {}
        self.resting: dict[str, str] = {}
        """Slots that were taken out because of what they did, and why."""
        self.arrangement: Arrangement | None = None
        self._arrivals = Arrivals(find)
        self._host: Host | None = None
        self._rate, self._block_frames = 0.0, 0
        self._casts: dict[str, Cast] = {}
        self._swaps = Swaps()
        self._in_time = True
        self._held = Held()
        self.showcase = Showcase()
        self._lanes: Lanes | None = None
        self._learns: tuple[str, str] | None = None
        self._news: list[News] = []
        self._leaving: list[Processor] = []
        self._recent: tuple[RackPlan, float, dict[str, Any]] | None = None
        self._rested_at: dict[str, int] = {}
        self._serials: dict[str, int] = {}
        self._good: dict[str, Part] = {}
        """Of code that was exchanged: what played before it, to go back to."""

    # What it holds

    def load(self, plan: RackPlan, folder: Path | None = None) -> None:
        """Have this rack, from now on; what stays of the one before sounds on, what takes time comes later. [main]"""
        kept = {slot.name: slot for slot in self.plan.slots()}
        wanted = {slot.name: slot for slot in plan.slots()}
        found: dict[str, Processor] = {}
        self._arrivals.keep_only(wanted)
        for name, slot in wanted.items():
            if name in self.processors and kept[name].processor == slot.processor:
                found[name] = self.processors[name]
            elif not self._arrivals.is_coming(slot) and (arrived := self._arrivals.call(slot, folder)) is not None:
                found[name] = arrived.processor
                self._tell("missing", arrived.news)
        gone = [each for name, each in self.processors.items() if found.get(name) is not each]
        before, self.plan, self.processors = self.plan, plan, found
        self.resting = {name: why for name, why in self.resting.items() if found.get(name) not in (None, *gone)}
        self._casts = {name: cast for name, cast in self._casts.items() if found.get(name) not in (None, *gone)}
        if self._host is not None:
            self._cast_all()
            self._swaps.change(self._host, before, plan, self._play)
        self._leaving += gone

    def wait_until_ready(self, patience_s: float) -> None:
        """Until everybody is here whom the plan names, or for so long. [main]"""
        self._arrivals.wait(patience_s)
        self._welcome()

    def load_plain(self, said: Mapping[str, Any], folder: str) -> None:
        """Have the rack that an object describes. [main]"""
        self.load(from_plain(dict(said)), Path(folder) if folder else None)

    def plain(self) -> dict[str, Any]:
        """The plan as it stands now, as JSON. [main]"""
        said: dict[str, Any] = brief(self.current())
        return said

    def recent(self) -> dict[str, Any]:
        """The same without asking a plugin, and at most half a second old: it is looked at with every tick. [main]"""
        if self._recent is None or self._recent[0] is not self.plan or monotonic() >= self._recent[1]:
            self._recent = self.plan, monotonic() + _RECENT_S, brief(self.current(asks=False))
        return self._recent[2]

    def close(self) -> None:
        """Let go of everything. [main]"""
        self._arrivals.close()
        for each in (*self.processors.values(), *self._leaving):
            each.close()
        self._leaving.clear()
        self.processors, self._casts, self._host = {}, {}, None

    def begin(self, host: Host, block_frames: int, *, in_time: bool = True) -> None:
        """Get ready for a host, before its first block; one that plays into a file has all the time there is. [main]"""
        self._in_time = in_time
        fresh = host is not self._host or host.rate != self._rate or block_frames != self._block_frames
        self._host, self._rate, self._block_frames = host, host.rate, block_frames
        if fresh:
            self._casts = {}
        self._cast_all()
        self._swaps.forget()
        self._play()
        self._lanes = Lanes(self.plan.lanes, host.rate, host.frame)
        self._feed(host)

    # Hands

    def turn(self, slot: str, parameter: str, value: float) -> None:
        """Turn a parameter of a slot; of `SLOT/blend` its mix and on, of `CHAIN:fader` its level_db, pan, mute and
        solo, of `TO:from CHAIN` the level_db of a send. [main]"""
        beside = turn_beside(self.plan, slot, parameter, value, self._swaps.is_hushed)
        if beside is not None:
            self.plan, flat = beside
            for each in flat:
                self._turn_flat(*each)
            return
        turned = self.plan.slot(slot)
        value = self._parameter(slot, parameter).clip(value)
        self.plan = self.plan.with_slot(replace(turned, values={**turned.values, parameter: value}))
        cast = self._casts.get(slot)
        if cast is not None:
            self._turn_flat(played_name(slot, cast.serial), parameter, value)

    def learn(self, slot: str, parameter: str) -> None:
        """Let the next controller that moves turn this parameter. [main]"""
        self._parameter(slot, parameter)
        self._learns = slot, parameter

    def forget(self, slot: str, parameter: str) -> None:
        """Let no controller turn it any more. [main]"""
        self._learns = None
        kept = tuple(each for each in self.plan.learned if (each.slot, each.parameter) != (slot, parameter))
        self._relearn(kept)

    def keep_scene(self, name: str) -> ScenePlan:
        """Remember how all parameters stand, under a name. [main]"""
        values = {slot.name: slot.values for slot in self.current().slots()}
        scene = scene_of(name, values, self.parameters())
        others = tuple(each for each in self.plan.scenes if each.name != name)
        self.plan = replace(self.plan, scenes=(*others, scene))
        return scene

    def recall(self, name: str, to: str = "", amount: float = 0.0) -> None:
        """Go to a scene, or some way from it to another. [main]"""
        scene = self.plan.scene(name)
        for slot, values in morph(scene, self.plan.scene(to or name), amount, self.parameters()).items():
            for parameter, value in values.items():
                self.turn(slot, parameter, value)

    def do(self, what: str, words: Mapping[str, Any]) -> dict[str, Any]:
        """One of the hands above by its name, as a face asks for it. [main]"""
        return obey(self, what, words)

    # By itself

    def tick(self, played: npt.NDArray[Any] | None = None) -> list[News]:
        """Look after all processors, exchange what has a new version, notice what has gone wrong. [main]"""
        self._welcome()
        for name, processor in self.processors.items():
            for text in processor.tick():
                self._tell("processor", f"{name}: {text}")
            for parameter, value in processor.turned().items():
                slot = self.plan.slot(name)
                self.plan = self.plan.with_slot(replace(slot, values={**slot.values, parameter: value}))
        host = self._host
        if host is not None:
            self._exchange(host)
            self._swaps.tick(host, lambda: self.latency_frames, self._play)
            self._look_for_faults(host)
            self._feed(host)
        if not self._swaps.waits:
            while self._leaving:
                self._leaving.pop().close()
        if played is not None:
            self._follow(played)
        told, self._news = self._news, []
        return told

    def settle(self) -> None:
        """Between two blocks of a file: wait for whoever works elsewhere, and tell the next turns. [main]"""
        for processor in self.processors.values():
            processor.settle(_SETTLES_WITHIN_S)
        if self._host is not None:
            self._feed(self._host)

    # What is seen

    def current(self, asks: bool = True) -> RackPlan:
        """The plan as it stands now: controllers' turns and plugins' states with it. [main]"""
        plan = self.plan
        for slot in plan.slots():
            processor = self.processors.get(slot.name)
            if processor is None or isinstance(processor, Placeholder):
                continue
            state = processor.state() if asks else processor.known_state()
            values = {**slot.values, **self._live_values(slot)}
            if values != slot.values or state != slot.state:
                plan = plan.with_slot(replace(slot, values=values, state=dict(state)))
        return plan

    def parameters(self) -> dict[str, Mapping[str, Parameter]]:
        """Every slot's parameters. [main]"""
        return {name: processor.parameters for name, processor in self.processors.items()}

    @property
    def latency_frames(self) -> int:
        """How late the rack's sound leaves. [main]"""
        return self.arrangement.latency_frames if self.arrangement is not None else 0

    def levels(self) -> npt.NDArray[Any] | None:
        """How loud each chain is that has a line, as its fader sees it; None while nothing plays. [main]"""
        return levels_of(self.plan, self._host) if self._host is not None else None

    def describe(self) -> list[dict[str, Any]]:
        """Each slot: what it is, how it stands, what it costs, what is wrong with it. [main]"""
        slots = [replace(slot, values={**slot.values, **self._live_values(slot)}) for slot in self.plan.slots()]
        return describe_slots(slots, self.processors, self._casts, self.resting, self._host)

    # Inside

    def _welcome(self) -> None:
        """Let in who has come; the chain is dipped for it."""
        arrived = self._arrivals.here()
        for each in arrived:
            self.processors[each.slot] = each.processor
            self._tell("missing", each.news)
        names = {each.slot for each in arrived if not isinstance(each.processor, Placeholder)}
        if names and self._host is not None:
            chains = {chain.name for chain in self.plan.chains if names & {slot.name for slot in chain.slots}}
            self._swaps.dip(self._host, self.plan, chains, self._play)

    def _cast_all(self) -> None:
        """Have every slot's part ready for this rate and block."""
        for name, processor in self.processors.items():
            if name in self._casts or name in self.resting or isinstance(processor, Placeholder):
                continue
            try:
                part = processor.prepare(self._rate, self._block_frames)
            except VocelloError as error:  # whatever a plugin stumbles over: the rest of the rack plays
                self._rest(name, str(error))
            else:
                self._casts[name] = Cast(part, version=processor.version)

    def _play(self) -> None:
        """Give the host what the plan comes to now."""
        assert self._host is not None
        if not self._swaps.waits:
            self._cast_all()
        self.arrangement = arrange(self._swaps.shown(self.plan), self._casts, self._swaps.is_hushed)
        self._host.play(self.arrangement.slots, self.arrangement.learned, self._ends)

    def _exchange(self, host: Host) -> None:
        """Fade over to new versions of parts; drop the old ones when they are silent."""
        changed = False
        for name, processor in self.processors.items():
            cast = self._casts.get(name)
            known = cast.version if cast is not None else self._rested_at.get(name)
            if isinstance(processor, Placeholder) or known == processor.version or self._swaps.is_fading(name):
                continue
            try:
                part = processor.prepare(self._rate, self._block_frames)
            except VocelloError as error:  # one that came and cannot play is no reason for others not to
                self._rest(name, str(error))
                continue
            self.resting.pop(name, None)
            if cast is None:
                self._casts[name] = Cast(part, self._next_serial(name), processor.version)
            else:
                self._good[name] = cast.part
                serial = self._next_serial(name)
                self._casts[name] = Cast(part, serial, processor.version, cast.part, cast.serial)
                self._swaps.begin_fade(name, host)
            changed = True
        for name in self._swaps.faded(host):
            if name in self._casts:
                self._casts[name] = replace(self._casts[name], before=None)
                changed = True
        if changed:
            self._play()

    def _look_for_faults(self, host: Host) -> None:
        for name, why in self._swaps.faults(host, self._casts, in_time=self._in_time):
            good = self._good.pop(name, None)
            if good is None:
                self._rest(name, f"{why} It comes back with its next version, or when it is put in anew.")
            else:  # its state is afresh: the one it has may be what is wrong
                self._tell("went back", f"'{name}' went back to the version before: {why}")
                self._swaps.rest(name)
                self._casts[name] = Cast(good, self._next_serial(name), self._casts[name].version)
            self._play()

    def _next_serial(self, name: str) -> int:
        self._serials[name] = self._serials.get(name, 0) + 1
        return self._serials[name]

    def _rest(self, name: str, why: str) -> None:
        self._casts.pop(name, None)
        self._swaps.rest(name)
        self.resting[name] = why
        self._rested_at[name] = self.processors[name].version
        self._tell("resting", f"'{name}' was taken out: {why}")

    def _feed(self, host: Host) -> None:
        """Tell the callback the turns of lanes that are due soon."""
        if self._lanes is None:
            return
        for turn in self._lanes.until(host.frame + int(_AHEAD_S * host.rate)):
            cast = self._casts.get(turn.slot)
            if cast is not None and turn.parameter in cast.part.knobs:
                name = played_name(turn.slot, cast.serial)
                host.send(FROM_APP, host.rack.turn(name, turn.parameter, turn.value, turn.frame))

    def _follow(self, played: npt.NDArray[Any]) -> None:
        """Know what is held; learn what is turned."""
        if self._host is not None and len(ends := self._held.follow(played, self._host.frame)):
            self._host.send(FROM_APP, ends)
        if self._learns is not None:
            self._listen_for_controller(played)

    def _ends(self, before: Reach, after: Reach, slot: int) -> npt.NDArray[Any]:
        assert self._host is not None
        blocks = 2 * int(self._host.counters()["block_frames"])  # until the new rack is surely the one that plays
        return self._held.ends(before, after, slot, self._host.frame + blocks)

    def _listen_for_controller(self, played: npt.NDArray[Any]) -> None:
        moved = played[played["kind"] == CONTROL]
        if not len(moved) or self._learns is None:
            return
        (slot, parameter), self._learns = self._learns, None
        number, channel = int(moved[-1]["number"]), int(moved[-1]["channel"])
        others = tuple(each for each in self.plan.learned if (each.slot, each.parameter) != (slot, parameter))
        self._relearn((*others, LearnedPlan(slot, parameter, number, None if channel == ALL_CHANNELS else channel)))
        self._tell("learned", f"Controller {number} turns '{parameter}' of '{slot}'.")

    def _relearn(self, learned: tuple[LearnedPlan, ...]) -> None:
        self.plan = replace(self.plan, learned=learned)
        if self._host is not None:
            self._play()

    def _live_values(self, slot: SlotPlan) -> dict[str, float]:
        """Of parameters that something else than a hand here can turn: where they stand."""
        cast, host = self._casts.get(slot.name), self._host
        if cast is None or host is None:
            return {}
        moved = {each.parameter for each in self.plan.learned if each.slot == slot.name}
        moved |= {each.parameter for each in self.plan.lanes if each.slot == slot.name}
        name = played_name(slot.name, cast.serial)
        return {each: host.rack.value(name, each) for each in moved if each in cast.part.knobs}

    def _turn_flat(self, slot: str, knob: str, value: float) -> None:
        host = self._host
        if host is not None and any(each.name == slot for each in host.rack.slots):
            host.send(FROM_APP, host.rack.turn(slot, knob, value))

    def _parameter(self, slot: str, parameter: str) -> Parameter:
        self.plan.slot(slot)
        known = self.processors[slot].parameters if slot in self.processors else {}
        if slot in self._arrivals.names:
            return Parameter(parameter, parameter, -_ANYTHING, _ANYTHING)  # it is not known yet how far it goes
        if parameter not in known:
            raise RackError(f"'{slot}' has no parameter '{parameter}'.", f"It has: {', '.join(known) or 'none'}.")
        return known[parameter]

    def _tell(self, kind: str, text: str) -> None:
        if text:
            self._news.append(News(kind, text))
