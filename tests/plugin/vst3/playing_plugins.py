"""A rack of plugins that a test plays block by block, waiting for every answer, or not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.vst3.troubled import TroubleList
from plugin.vst3.vst3 import Policy, Vst3
from realtime.events import FROM_APP
from realtime.host import Host
from realtime.rack import BUS, MONITOR, Slot
from tests.realtime.driving import Card

PATIENCE_S = 60.0
PATIENT = Policy(hangs_after_s=20.0, failures_at_most=1000)
"""For tests of what is played: a machine that stands still for a while is no fault of the plugin's."""
FIRM = Policy(hangs_after_s=0.25, failures_at_most=1000)


@contextmanager
def hosted(path: Path, folder: Path, policy: Policy = PATIENT, **options: Any) -> Iterator[Vst3]:
    """A plugin, its list of the troubled in a folder of the test's, ended afterwards."""
    plugin = Vst3(path, policy=policy, troubled=TroubleList(folder / "troubled.json"), **options)
    try:
        yield plugin
    finally:
        plugin.close()


NO_KNOBS: Mapping[str, float] = {}


class Playing:
    """Plugins one after the other on a card; an effect hears the microphone."""

    def __init__(
        self,
        *plugins: Vst3,
        rate: float = 48_000.0,
        block: int = 128,
        inputs: int = 1,
        knobs: Mapping[str, float] = NO_KNOBS,
    ) -> None:
        self.plugins, self.block = plugins, block
        self.parts = [plugin.prepare(rate, block) for plugin in plugins]
        slots = []
        for n, (plugin, part) in enumerate(zip(plugins, self.parts, strict=True)):
            wires = BUS if plugin.is_instrument or n > 0 else MONITOR
            slots.append(Slot(f"slot {n}", part, knobs if n == 0 else NO_KNOBS, wires))
        self.host = Host(rate, tuple(slots))
        self.card = Card(self.host, inputs=inputs)
        self.said: list[str] = []

    def play(
        self,
        sizes: Iterable[int],
        mic: npt.NDArray[np.float32] | None = None,
        *,
        waits: bool = True,
        before: Callable[[int], None] = lambda block: None,
    ) -> npt.NDArray[np.float32]:
        """Blocks of these sizes; `before` each of them something may be done."""
        played, at = [], 0
        for number, size in enumerate(sizes):
            before(number)
            played.append(self.card.block(size, None if mic is None else mic[at : at + size]).copy())
            at += size
            for plugin in self.plugins:
                if waits:
                    assert plugin.settle(PATIENCE_S)
                self.said += plugin.tick()
        return np.concatenate(played)

    def turn(self, id_: str, value: float, slot: int = 0) -> None:
        """Turn a parameter from the next block on."""
        self.host.send(FROM_APP, self.host.rack.turn(f"slot {slot}", id_, value))

    def send(self, *events: npt.NDArray[Any]) -> None:
        """Events, at their frames."""
        for each in events:
            self.host.send(FROM_APP, each)


def noise(frames: int, seed: int = 1, sides: int = 1) -> npt.NDArray[np.float32]:
    """Something in which every frame is different."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, sides)).astype(np.float32)


def wait_until(true: Callable[[], object], what: str) -> None:
    """Until something is so; a test that waits in vain fails, and says for what."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"this never happened: {what}")
        time.sleep(0.005)


def runs(pid: int) -> bool:
    """Whether a process is there and is no corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """What happens to a process in the worst moment."""
    os.kill(pid, how)
    if how == signal.SIGSTOP:
        wait_until(lambda: stands_still(pid), "the process stands still")


def stands_still(pid: int) -> bool:
    """Whether every thread of a process has stopped."""
    return all(
        each.read_text().rsplit(")", 1)[1].split()[0] == "T" for each in Path(f"/proc/{pid}/task").glob("*/stat")
    )
