"""Processors made for tests: each does one thing that can be told from its samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.placeholder import Placeholder
from plugin.processor import Parameter, Processor
from plugin.shelf import find_processor
from plugin.workbench import Workbench
from realtime.atomics import clock_ns
from realtime.dsp.glide import GLIDE, glide
from realtime.events import NOTE_OFF, NOTE_ON, NOTES_OFF
from realtime.host import Host
from realtime.kernel import Kernel, Knob, kernel
from realtime.rack import Part
from score.errors import KernelError
from tests.realtime.driving import RATE, Card

LATE_FRAMES = 480
LATE = np.dtype([("line", "f4", (2, LATE_FRAMES)), ("at", "i8")])
TIMES = np.dtype([("by", GLIDE), ("seen", "i8")], align=True)
HUNGRY = np.dtype([("ms", "f8")])
HELD = np.dtype([("held", "i8", (128,)), ("level", "f8")])


@kernel(LATE, latency_frames=LATE_FRAMES)
def late(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Nothing but late."""
    at = s.at
    for n in range(frames):
        left, right = s.line[0, at], s.line[1, at]
        s.line[0, at], s.line[1, at] = xl[n], xr[n]
        yl[n], yr[n] = left, right
        at = (at + 1) % LATE_FRAMES
    s.at = at


@kernel(TIMES, Knob("by", -10.0, 10.0, 1.0))
def times(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Multiplies, and counts the frames it has seen."""
    for n in range(frames):
        by = glide(s.by)
        yl[n], yr[n] = xl[n] * by, xr[n] * by
    s.seen += frames


@kernel(TIMES, Knob("by", -10.0, 10.0, 1.0))
def times_minus(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """The version after it: the other way round."""
    for n in range(frames):
        by = -glide(s.by)
        yl[n], yr[n] = xl[n] * by, xr[n] * by
    s.seen += frames


@kernel(TIMES, Knob("by", -10.0, 10.0, 1.0))
def breaks(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Sends what is no number as soon as it is turned past 5."""
    for n in range(frames):
        by = glide(s.by)
        yl[n], yr[n] = xl[n], xr[n]
        if by > 5.0:
            yl[n] = np.float32(np.nan)


@kernel(HUNGRY, Knob("ms", 0.0, 1000.0, 0.0))
def hungry(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, frames: int) -> None:
    """Takes so long over each block."""
    until_ns = clock_ns() + int(1e6 * s.ms)
    while clock_ns() < until_ns:
        pass
    for n in range(frames):
        yl[n], yr[n] = xl[n], xr[n]


@kernel(HELD)
def held_keys(s: Any, yl: Any, yr: Any, events: Any, frames: int) -> None:
    """An instrument whose level is the sum of the keys that are held."""
    for e in range(len(events)):
        number = events[e].number
        if events[e].kind == NOTE_ON:
            s.held[number] = 1
        elif events[e].kind == NOTE_OFF:
            s.held[number] = 0
        elif events[e].kind == NOTES_OFF:
            for key in range(128):
                s.held[key] = 0
    level = 0.0
    for key in range(128):
        level += key * s.held[key]
    for n in range(frames):
        yl[n] += level
        yr[n] += level


@kernel(TIMES)
def one_channel(s: Any, x: Any, y: Any, frames: int) -> None:
    """Mono in, mono out."""
    for n in range(frames):
        y[n] = 2.0 * x[n]


@kernel(TIMES)
def one_to_two(s: Any, x: Any, yl: Any, yr: Any, frames: int) -> None:
    """Mono in, stereo out."""
    for n in range(frames):
        yl[n], yr[n] = x[n], -x[n]


@kernel(TIMES)
def two_to_one(s: Any, xl: Any, xr: Any, y: Any, frames: int) -> None:
    """Stereo in, mono out."""
    for n in range(frames):
        y[n] = xl[n] + 10.0 * xr[n]


KERNELS: dict[str, Kernel] = {
    each.name: each
    for each in (late, times, times_minus, breaks, hungry, held_keys, one_channel, one_to_two, two_to_one)
}


class Inhabitant(Processor):
    """One of the kernels above; it can be told to become another one."""

    def __init__(self, name: str) -> None:
        self.id = self.name = name
        self.kernel = KERNELS[name]
        self.kept: dict[str, Any] = {}
        self.closed = False
        self.settled = 0

    def become(self, name: str) -> None:
        self.kernel = KERNELS[name]
        self.version += 1

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        return {each.name: Parameter.of(each) for each in self.kernel.knobs.values()}

    @property
    def is_instrument(self) -> bool:
        return self.kernel.inputs == 0

    @property
    def latency_frames(self) -> int:
        return self.kernel.latency_frames

    def prepare(self, rate: float, block_frames: int) -> Part:
        if self.kept.get("refuses"):
            raise KernelError("it does not want to.")
        return self.kernel

    def state(self) -> Mapping[str, Any]:
        return self.kept

    def restore(self, state: Mapping[str, Any]) -> None:
        self.kept = dict(state)

    def settle(self, patience_s: float) -> bool:
        self.settled += 1
        return True

    def close(self) -> None:
        self.closed = True


def find(id: str, folder: Path | None = None) -> Processor:
    if id in KERNELS:
        return Inhabitant(id)
    return Placeholder(id, "nobody knows it.") if ":" in id else find_processor(id, folder)


class Bench:
    """A workbench with a card of its own."""

    def __init__(self, plan: Any, block_frames: int = 128, *, in_time: bool = True) -> None:
        self.bench = Workbench(find)
        self.bench.load(plan)
        self.host = Host(RATE)
        self.block_frames = block_frames
        self.bench.begin(self.host, block_frames, in_time=in_time)
        self.card = Card(self.host)

    def play(self, blocks: int, mic: npt.NDArray[np.float32] | float = 0.0, ticks: bool = True) -> Any:
        """So many blocks, a tick between each two: (frames, 2)."""
        frames = blocks * self.block_frames
        heard = np.full(frames, mic, np.float32) if isinstance(mic, float) else mic
        out = []
        for n in range(blocks):
            part = slice(n * self.block_frames, (n + 1) * self.block_frames)
            out.append(self.card.block(self.block_frames, heard[part]).copy())
            if ticks:
                self.news = [*getattr(self, "news", []), *self.bench.tick(self.host.played.pop_all())]
        return np.concatenate(out)

    def slot(self, name: str) -> Inhabitant:
        made = self.bench.processors[name]
        assert isinstance(made, Inhabitant)
        return made
