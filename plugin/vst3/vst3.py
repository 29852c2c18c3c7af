"""A VST3 as a Processor: lives in a process of its own, is watched, and comes back as it was.

What flows in: which plugin, a card's rate and block, a saved state; a tick some fifty times a second. What flows out:
a part for the callback, and sentences about what went wrong. Nothing in here waits for the plugin while it plays: a
process that died, hangs or is being started is bypassed by the bridge meanwhile. [main]
"""

from __future__ import annotations

import base64
import binascii
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.processor import Parameter, Processor, Program
from plugin.vst3.bundle import accepted
from plugin.vst3.midi_bytes import BEND_RANGE_ST
from plugin.vst3.part import BridgePart
from plugin.vst3.process import NURSERY, WorkerProcess
from plugin.vst3.troubled import TroubleList
from score.errors import FileError, RackError

STATE_BYTES_AT_MOST = 64 << 20
_LOOKS_EVERY_S = 0.00005
_IN_STEP_HANGS_AFTER_S = 1.0
"""With a file nobody listens to the gap: a machine that stands still for a moment is no reason to kill anybody."""
_SLEEP_S = 0.002
_DEEDS = {"editor": "open its window", "restore": "take its state", "prepare": "get ready", "load": "load"}
_PACKETS_TO_TRUST = 16
"""A state that was not deadly for so long is not what a plugin died of."""


@dataclass(frozen=True)
class Policy:
    """How much patience there is with a plugin. [any]"""

    hangs_after_s: float = 0.25
    """So long without an answer while packets wait, and it is taken for dead."""
    loads_within_s: float = 60.0
    prepares_within_s: float = 3.0
    failures_at_most: int = 5
    within_s: float = 60.0
    """More failures than these in so long, and it stays bypassed and is put on the list of the troubled."""
    slow_load_s: float = 0.3
    """One that takes longer to load has a second process stand by, loaded, so that it is back at once."""
    tells_state_within_s: float = 1.0


POLICY = Policy()


class Vst3(Processor):
    """One plugin, in a process of its own. [main]"""

    def __init__(
        self,
        path: Path | str,
        plugin_name: str = "",
        *,
        policy: Policy = POLICY,
        troubled: TroubleList | None = None,
        bend_range_st: float = BEND_RANGE_ST,
    ) -> None:
        self.path, self.plugin_name, self.policy = accepted(path), plugin_name, policy
        self._troubled = troubled if troubled is not None else TroubleList()
        if (known := self._troubled.find(self.path, plugin_name)) is not None:
            raise RackError(
                f"'{known.name}' is not started since {known.when}: {known.why}.",
                f"To try it again: vocello plugins forget '{known.name}'",
            )
        self._bend_range_st = bend_range_st
        self._part: BridgePart | None = None
        self._spare: WorkerProcess | None = None
        self._raw, self._controls = "", list[str]()
        self._deaths_with_raw = 0
        self._failures: deque[float] = deque()
        self._said: list[str] = []
        self._turned: dict[str, float] = {}
        self._moved_at, self._seen, self._taken_over_at = 0.0, (0, 0), 0
        self._told_state = self._is_preparing = False
        self._refused = ""
        self._is_in_step = False
        self.restarts = 0
        self.trouble = ""
        """Why it is no longer started, "" while it is."""
        self._worker: WorkerProcess | None = self._start()
        self._about = self._wait_until_loaded()
        self._is_member = True
        NURSERY.join()
        self.name = str(self._about["name"])
        self.id = f"{'au' if self.path.suffix == '.component' else 'vst3'}:{self.name}"
        self._parameters = {
            each["id"]: Parameter(**{**each, "choices": tuple(each["choices"])}) for each in self._about["parameters"]
        }

    # What it is

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What can be turned, by id, as the plugin orders it. [any]"""
        return self._parameters

    @property
    def is_instrument(self) -> bool:
        """Whether it sounds by itself. [any]"""
        return bool(self._about["is_instrument"])

    @property
    def latency_frames(self) -> int:
        """One packet and what the plugin itself declares, since it was prepared. [main]"""
        return self._part.latency_frames if self._part is not None else 0

    @property
    def programs(self) -> tuple[Program, ...]:
        """The presets that it brings. [any]"""
        names = self._about["programs"]
        return tuple(Program(name, {"current_program": float(index)}) for index, name in enumerate(names))

    @property
    def about(self) -> Mapping[str, Any]:
        """What the plugin says of itself: vendor, version, kind, channels, latency. [any]"""
        return self._about

    @property
    def pid(self) -> int:
        """The process that it runs in now; 0 while there is none. [any]"""
        return self._worker.pid if self._worker is not None else 0

    @property
    def late_packets(self) -> int:
        """Packets whose answer was not there in time, since it was prepared. [any]"""
        return int(self._part.words["late"]) if self._part is not None else 0

    # Sound

    def prepare(self, rate: float, block_frames: int) -> BridgePart:
        """Get ready for a card, and give what the callback runs; waits until the plugin is ready too.

        The part of an earlier `prepare` is bypassed from now on. [main]
        """
        until = time.monotonic() + 2.0 * self.policy.prepares_within_s
        part = self._part = self._new_part(rate, block_frames, int(self._about["latency"]))
        self._is_preparing = True
        if self._worker is not None:
            self._hand_over(self._worker, part)
        while self._worker is not None and time.monotonic() < until:
            self._look_after()
            if self._worker is None or not self._worker.is_prepared:
                time.sleep(_SLEEP_S)
            elif part.latency_frames != block_frames + int(self._about["latency"]):  # it is later at this rate
                part = self._part = self._new_part(rate, block_frames, int(self._about["latency"]))
                self._hand_over(self._worker, part)
            else:
                break
        self._is_preparing = False
        return part

    def _new_part(self, rate: float, block_frames: int, latency: int) -> BridgePart:
        knobs = {id_: parameter.knob() for id_, parameter in self._parameters.items()}
        return BridgePart(self.name, knobs, rate, block_frames, latency, self.is_instrument)

    def _hand_over(self, worker: WorkerProcess, part: BridgePart) -> None:
        worker.is_prepared = False
        self._moved_at = time.monotonic()
        order = {"rate": part.rate, "frames": part.layout.frames}
        worker.send({"prepare": order}, part.block.descriptor)

    # State

    def state(self) -> Mapping[str, Any]:
        """The plugin's own bytes, as new as it will tell within a moment. [main]"""
        if self._worker is not None and not self.trouble:
            self._worker.send({"state": True})
            until, before = time.monotonic() + self.policy.tells_state_within_s, self._worker
            self._refused = ""
            self._told_state = False
            while not self._told_state and self._worker is before and not self._refused and time.monotonic() < until:
                self._worker.wait(0.02)
                self._look_after()
        return {"raw": self._raw} if self._raw else {}

    def known_state(self) -> Mapping[str, Any]:
        """The plugin's own bytes as it told them last. [main]"""
        return {"raw": self._raw} if self._raw else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be as when `state` was asked; RackError where that cannot be read. [main]"""
        raw = state.get("raw", "")
        try:
            if not isinstance(raw, str) or len(base64.b64decode(raw, validate=True)) > STATE_BYTES_AT_MOST:
                raise ValueError
        except (ValueError, binascii.Error) as error:
            raise RackError(
                f"the state kept for '{self.name}' cannot be read.", "It starts as it is by itself."
            ) from error
        self._raw, self._deaths_with_raw = raw, 1  # if it dies of this, it is not given it again
        if self._worker is not None:
            self._worker.send({"restore": {"raw": raw, "controls": []}})

    def turned(self) -> dict[str, float]:
        """Parameters that the plugin moved by itself since last asked, in its window or with a state. [main]"""
        turned, self._turned = self._turned, {}
        return turned

    # Life

    def tick(self) -> list[str]:
        """Start what died, and say so. [main]"""
        self._listen()
        if self._worker is not None:
            why = self._worker.why_ended() or self._why_hanging()
            if why:
                self._replace(why)
        self._keep_spare()
        NURSERY.keep()
        said, self._said = self._said, []
        return said

    def _look_after(self) -> None:
        """Tick in between, and keep what there is to say for the next tick."""
        said = self.tick()
        self._said = [*said, *self._said]

    def settle(self, patience_s: float) -> bool:
        """Wait until every packet is answered, whoever has to be started for it. [main]"""
        until, self._is_in_step = time.monotonic() + patience_s, True
        while self._part is not None and not self.trouble:
            words = self._part.words
            if words["answered"] == words["published"]:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(_LOOKS_EVERY_S)
            self._look_after()
        return not self.trouble

    def try_again(self) -> None:
        """Start it once more after it was given up. [main]"""
        if self._worker is None:
            self._failures.clear()
            self._troubled.forget(str(self.path))
            self.trouble = ""
            self._take_over(self._start())

    def show_editor(self, on: bool = True) -> None:
        """Open the plugin's own window, or close it; where there is no display, `tick` says so. [main]"""
        if self._worker is not None:
            self._worker.send({"editor": on})

    def close(self) -> None:
        """End its processes; its parts may no longer be run. [main]"""
        for each in (self._worker, self._spare):
            if each is not None:
                each.kill()
        self._worker = self._spare = None
        if self._is_member:
            self._is_member = False
            NURSERY.part()

    def _start(self, in_background: bool = False) -> WorkerProcess:
        worker = WorkerProcess() if in_background else NURSERY.take()
        worker.started_s = time.monotonic()
        order = {"path": str(self.path), "name": self.plugin_name, "bend_range_st": self._bend_range_st}
        worker.send({"load": {**order, "in_background": in_background}})
        return worker

    def _wait_until_loaded(self) -> dict[str, Any]:
        worker = self._worker
        assert worker is not None
        until = time.monotonic() + self.policy.loads_within_s
        why = ""
        while worker.about is None and not why:
            worker.wait(0.05)
            said = worker.answers()
            why = next((str(each["why"]) for each in said if "refused" in each), "") or worker.why_ended()
            if time.monotonic() > until:
                why = f"it took longer than {self.policy.loads_within_s:g} s"
        if worker.about is None:
            worker.kill()
            raise RackError(f"'{self.path.name}' cannot be loaded: {why}.", "See: vocello plugins scan")
        return worker.about

    def _listen(self) -> None:
        """What it says; one that has gone mad may say anything."""
        worker = self._worker
        try:
            for said in worker.answers() if worker is not None else ():
                self._hear(said)
        except (KeyError, TypeError, ValueError, AttributeError):
            if worker is not None and worker is self._worker:
                self._replace("it spoke nonsense")

    def _hear(self, said: dict[str, Any]) -> None:
        if "state" in said:
            self._told_state = True
            self._raw, self._controls = str(said["state"]["raw"]), list(said["state"]["controls"])
            self._deaths_with_raw = 0
        elif "turned" in said:
            self._turned |= {id_: float(value) for id_, value in said["turned"].items() if id_ in self._parameters}
        elif "prepared" in said:
            self._moved_at = time.monotonic()
            self._meet_latency(int(said["prepared"]["latency"]))
        elif "latency" in said:
            self._meet_latency(int(said["latency"]))
        elif "trouble" in said and self._worker is not None:
            self._replace(f"it went wrong ({said['trouble']})")
        elif "refused" in said:
            self._refused = str(said["why"])
            self._said.append(f"'{self.name}' did not {_DEEDS.get(said['refused'], 'obey')}: {said['why']}.")

    def _meet_latency(self, latency: int) -> None:
        """A plugin may be later at this rate, or with these parameters, than it was when it was loaded: who knows how
        late everything is has to ask for another part."""
        self._about["latency"] = latency
        part = self._part
        if part is not None and part.latency_frames != part.layout.frames + latency and not self._is_preparing:
            self.version += 1

    def _why_hanging(self) -> str:
        now = time.monotonic()
        worker, part = self._worker, self._part
        assert worker is not None
        if worker.about is None:
            late = now - worker.started_s > self.policy.loads_within_s
            return f"it did not load within {self.policy.loads_within_s:g} s" if late else ""
        if part is None:
            return ""
        if not worker.is_prepared:
            return "it never got ready" if now - self._moved_at > self.policy.prepares_within_s else ""
        seen = int(part.words["published"]), int(part.words["answered"])
        was_idle = self._seen[0] == self._seen[1]  # then it is asked since now, however long nobody looked
        if seen[0] == seen[1] or seen[1] != self._seen[1] or was_idle:
            self._seen, self._moved_at = seen, now
            if seen[1] - self._taken_over_at > _PACKETS_TO_TRUST:
                self._deaths_with_raw = 0
        patience_s = max(self.policy.hangs_after_s, _IN_STEP_HANGS_AFTER_S if self._is_in_step else 0.0)
        return "it hung" if now - self._moved_at > patience_s else ""

    def _replace(self, why: str) -> None:
        """End what is left of it, and start another; unless this happens all the time."""
        assert self._worker is not None
        self._worker.kill()
        self._worker = None
        now = time.monotonic()
        self._failures.append(now)
        while now - self._failures[0] > self.policy.within_s:
            self._failures.popleft()
        if len(self._failures) > self.policy.failures_at_most:
            times = f"{len(self._failures)} times within {self.policy.within_s:g} s"
            self.trouble = f"{why}, {times}"
            self._said.append(f"'{self.name}' stays bypassed: {self.trouble}.")
            with suppress(FileError):  # a list that cannot be written is no reason to stop playing
                self._troubled.add(self.path, self.name, self.trouble)
            return
        self._deaths_with_raw += 1
        lost = self._deaths_with_raw > 1 and bool(self._raw)
        if lost:
            self._raw = ""
        self.restarts += 1
        self._said.append(f"'{self.name}' is started anew: {why}{'; its state was given up' if lost else ''}.")
        spare, self._spare = self._spare, None
        self._take_over(spare if spare is not None else self._start())

    def _take_over(self, worker: WorkerProcess) -> None:
        self._worker = worker
        worker.send({"restore": {"raw": self._raw, "controls": self._controls}})
        if self._part is not None:
            self._taken_over_at = int(self._part.words["answered"])
            self._hand_over(worker, self._part)

    def _keep_spare(self) -> None:
        """One that loads slowly has a second stand by."""
        worker = self._worker
        if self._spare is not None:
            self._spare.answers()
            if self._spare.why_ended():
                self._spare.kill()
                self._spare = None
        elif worker is not None and worker.about is not None and worker.load_took_s > self.policy.slow_load_s:
            self._spare = self._start(in_background=True)
