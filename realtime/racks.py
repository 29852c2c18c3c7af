"""What the engine plays: a flat list of kernels, or a rack that the room above understands.

What flows in: slots by name, or a plan as it was written down; hands on knobs; the tick. What flows out: programs for
the host. A flat list is all that a plain engine needs; chains, plugins and users' own code belong to a workbench that
is given from above, as the ears are. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy.typing as npt

from realtime.dsp.catalogue import find_kernel
from realtime.host import Host
from realtime.rack import Slot
from realtime.stage import News, Stage
from score.errors import EngineError

RACK_STATE = ("slots", "rack", "rack_folder")
"""What of an engine's state is about its rack."""


class Workbench(Protocol):
    """Who understands plans of racks. [main]"""

    def load_plain(self, said: Mapping[str, Any], folder: str) -> None:
        """Have the rack that an object describes, from now on. [main]"""

    def begin(self, host: Host, block_frames: int) -> None:
        """Get ready for a host, before its first block. [main]"""

    def tick(self, played: npt.NDArray[Any] | None) -> list[News]:
        """Whatever a rack does by itself; `played` is what was heard since. [main]"""

    def settle(self) -> None:
        """Between two blocks of a file: wait for whoever works elsewhere. [main]"""

    def turn(self, slot: str, parameter: str, value: float) -> None:
        """Turn a parameter. [main]"""

    def do(self, what: str, words: Mapping[str, Any]) -> dict[str, Any]:
        """Learn or forget a controller, keep or recall a scene, show a window. [main]"""

    def plain(self) -> dict[str, Any]:
        """The plan as it stands now. [main]"""

    def recent(self) -> dict[str, Any]:
        """The plan as it stood a moment ago, for whoever looks at it all the time. [main]"""

    def levels(self) -> npt.NDArray[Any] | None:
        """How loud each chain is that has a line, as LEVELs; None while nothing plays. [main]"""

    def describe(self) -> list[dict[str, Any]]:
        """Each slot: what it is, how it stands, what it costs, what is wrong with it. [main]"""

    def close(self) -> None:
        """Let go of everything. [main]"""


class Racks:
    """The rack of one engine. [main]"""

    def __init__(self, stage: Stage, make_workbench: Callable[[], Workbench] | None = None) -> None:
        self._stage, self._make_workbench = stage, make_workbench
        self._bench: Workbench | None = None
        self._folder = ""

    def set_flat(self, slots: Sequence[Mapping[str, Any]]) -> None:
        """Play these slots; those whose names stay keep sounding. [main]"""
        made = tuple(
            Slot(str(slot["name"]), find_kernel(str(slot["kernel"])), dict(slot.get("knobs", {}))) for slot in slots
        )
        self._put_away()
        self._stage.arrange(made)

    def load(self, said: Mapping[str, Any], folder: str = "") -> None:
        """Play a rack that the room above understands. [main]"""
        if self._make_workbench is None:
            raise EngineError("this engine plays flat racks only.", "Give it a workbench.")
        bench = self._bench if self._bench is not None else self._make_workbench()
        bench.load_plain(said, folder)
        self._folder = folder
        if self._bench is None:
            self._bench = bench
            self._stage.slots = ()
            if self._stage.host is not None and self._stage.device is not None:
                bench.begin(self._stage.host, self._stage.device.block_frames)

    def do(self, what: str, words: Mapping[str, Any]) -> dict[str, Any]:
        """What only a workbench can. [main]"""
        if self._bench is None:
            raise EngineError("no rack is loaded.", "Load one first.")
        return self._bench.do(what, words)

    def turn(self, slot: str, knob: str, value: float) -> None:
        """Turn a knob. [main]"""
        if self._bench is not None:
            self._bench.turn(slot, knob, value)
        else:
            self._stage.turn(slot, knob, value)

    def begin(self, host: Host, block_frames: int) -> None:
        """Before a device's first block. [main]"""
        if self._bench is not None:
            self._bench.begin(host, block_frames)

    def tick(self, played: npt.NDArray[Any] | None) -> list[News]:
        """Whatever racks do by themselves. [main]"""
        return self._bench.tick(played) if self._bench is not None else []

    def step(self) -> None:
        """Between two blocks of a file. [main]"""
        if self._bench is not None:
            self._bench.settle()

    def levels(self) -> npt.NDArray[Any] | None:
        """How loud its chains are that have a line; None where there are none to have any. [main]"""
        return self._bench.levels() if self._bench is not None else None

    def plain(self) -> dict[str, Any]:
        """The rack that is loaded, as it stands; empty where a flat one plays. [main]"""
        return self._bench.plain() if self._bench is not None else {}

    def describe(self) -> list[dict[str, Any]]:
        """What stands in it, and what it costs. [main]"""
        if self._bench is not None:
            return self._bench.describe()
        host = self._stage.host
        return [
            {"slot": name, "worst_us": worst / 1e3, "total_us": total / 1e3}
            for name, worst, total in (host.rack.program.times_ns() if host is not None else ())
        ]

    def state(self) -> dict[str, Any]:
        """What `restore` needs. [main]"""
        if self._bench is not None:
            return {"rack": self._bench.recent(), "rack_folder": self._folder}
        slots = [{"name": s.name, "kernel": s.kernel.name, "knobs": dict(s.knobs)} for s in self._stage.slots]
        return {"slots": slots}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Have the rack that a state tells of. [main]"""
        if "rack" in state:
            self.load(state["rack"], str(state.get("rack_folder", "")))
        elif "slots" in state:
            self.set_flat(state["slots"])
        else:
            raise EngineError("this state is none of an engine's.", "Start afresh.")

    def close(self) -> None:
        """Let go of the workbench. [main]"""
        self._put_away()

    def _put_away(self) -> None:
        if self._bench is not None:
            bench, self._bench = self._bench, None
            bench.close()
