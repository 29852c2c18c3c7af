"""Play a kernel as the callback does: in place, and cut at its events."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.events import EVENT, KNOB, event
from realtime.kernel import Kernel
from realtime.kernel_source import IO
from realtime.layout import BLOCK_AT_MOST

RATE = 48_000.0

Samples = npt.NDArray[np.float32]


def turn(kernel: Kernel, frame: int, **knobs: float) -> list[npt.NDArray[Any]]:
    """Events that turn knobs at a frame."""
    return [
        event(KNOB, frame=frame, value=kernel.knobs[name].clip(value), offset=kernel.knob_offset(name))
        for name, value in knobs.items()
    ]


def play(
    kernel: Kernel,
    sound: Samples | int,
    events: Sequence[npt.NDArray[Any]] = (),
    cuts: Iterable[int] = (),
    *,
    state: npt.NDArray[Any] | None = None,
    rate: float = RATE,
    in_place: bool = True,
) -> Samples:
    """What a kernel makes of a sound (channels × frames, or so many frames of silence) and of events."""
    frames = sound if isinstance(sound, int) else sound.shape[-1]
    heard = np.zeros((max(kernel.inputs, kernel.outputs), frames), np.float32)
    if not isinstance(sound, int):
        heard[:] = sound
    played = heard if in_place else np.zeros_like(heard)
    state = kernel.new_state(rate) if state is None else state
    io = np.zeros(1, IO)
    io["rate"] = rate
    waiting = sorted((each for each in events), key=lambda each: int(each["frame"][0]))
    borders = {0, *cuts, *(int(each["frame"][0]) for each in waiting), frames}
    edges: list[int] = []
    for border in sorted(borders):
        while edges and border - edges[-1] > BLOCK_AT_MOST:
            edges.append(edges[-1] + BLOCK_AT_MOST)
        edges.append(border)
    if frames == 0:
        edges = [0, 0]  # one slice, of no length
    for start, stop in itertools.pairwise(edges):
        now = []
        while waiting and waiting[0]["frame"][0] <= start:
            now.append(waiting.pop(0))
        for each in now:
            if each["kind"][0] == KNOB:
                at = int(each["offset"][0])
                state.view(np.uint8)[at : at + 8] = each["value"].view(np.uint8)
        notes = np.concatenate([each for each in now if each["kind"][0] != KNOB] or [np.zeros(0, EVENT)]).astype(EVENT)
        io["events"], io["events_used"], io["frame"] = notes.ctypes.data, len(notes), start
        for field, samples, count in (("inputs", heard, kernel.inputs), ("outputs", played, kernel.outputs)):
            for channel in range(count):
                io[field][0, channel] = samples[channel, start:].ctypes.data
        kernel.run(state, io, stop - start)
    return played


def random_cuts(frames: int, count: int, seed: int) -> list[int]:
    """Borders anywhere, some of them neighbours."""
    random = np.random.default_rng(seed)
    at = random.integers(0, frames, count)
    return [int(border) for border in np.concatenate([at, at[: count // 4] + 1]) if border < frames]


def numbers(state: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Every float64 of a state, however deep it lies."""

    def walk(values: npt.NDArray[Any]) -> list[npt.NDArray[np.float64]]:
        if values.dtype.names:
            return [each for name in values.dtype.names for each in walk(values[name])]
        return [values.ravel()] if values.dtype == np.float64 else []

    return np.concatenate(walk(state))
