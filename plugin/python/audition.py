"""What a kernel is made to hear on trial, and how it is played: every input that is unkind, every way to cut a stream.

What flows in: a kernel and its code. What flows out: takes (a name, a rate, sound, events, knobs), and what comes of
each. Played as the callback plays: slices that end at events, some of them without a frame, knobs turned by events,
samples written over what was read. [main]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    EVENT,
    KEY_PRESSURE,
    KNOB,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
    event,
)
from realtime.kernel_source import IO
from realtime.layout import BLOCK_AT_MOST
from realtime.rack import Part

Samples = npt.NDArray[np.float32]
Run = Callable[[int, int, int], Any]
"""void(state*, io*, frames)"""

RATES = (44_100.0, 48_000.0, 96_000.0)
FRAMES = 4_096
BLOCKS = (1, 2, 63, 64, 128, 1_000, 4_096)
_SEED = 20


@dataclass(frozen=True)
class Take:
    """Something to play to a kernel. [any]"""

    name: str
    rate: float
    sound: Samples  # channels × frames
    events: Sequence[npt.NDArray[Any]] = ()
    knobs: Mapping[str, float] = field(default_factory=dict)
    cuts: Sequence[int] = ()

    def __str__(self) -> str:
        return f"{self.name}, at {self.rate:g} Hz"


def takes(kernel: Part) -> Iterator[Take]:
    """Every sound at every rate, then every knob at its ends, then all of them on the move. [main]"""
    notes = tuple(_notes()) if kernel.hears_events else ()
    blocks = range(0, FRAMES, 128)
    for rate in RATES:
        for name, sound in sounds(kernel.inputs or kernel.outputs, rate).items():
            yield Take(name, rate, sound, notes, cuts=blocks)
    noise = sounds(kernel.inputs or kernel.outputs, 48_000.0)["noise"]
    for knob in kernel.knobs.values():
        for end in (knob.low, knob.high):
            yield Take(f"noise with {knob.name} at {end:g}", 48_000.0, noise, notes, {knob.name: end}, blocks)
    lowest = {knob.name: knob.low for knob in kernel.knobs.values()}
    highest = {knob.name: knob.high for knob in kernel.knobs.values()}
    for name, ends in (("lowest", lowest), ("highest", highest)):
        for rate in RATES[::2] if ends else ():
            yield Take(f"noise with every knob at its {name}", rate, noise, notes, ends, blocks)
    if kernel.knobs:
        turns = tuple(_turns(kernel))
        yield Take("noise with every knob on the move", 48_000.0, noise, (*notes, *turns), cuts=blocks)


def gestures(kernel: Part, cuts: Sequence[int] = (), rate: float = 48_000.0) -> Take:
    """Noise, notes and turning knobs, cut as is asked: what must sound the same however it is cut. [main]"""
    sound = sounds(kernel.inputs or kernel.outputs, rate)["noise"]
    events = (*(_notes() if kernel.hears_events else ()), *_turns(kernel))
    return Take("noise with every knob on the move", rate, sound, events, cuts=cuts)


def random_cuts(seed: int) -> list[int]:
    """Borders anywhere, neighbours among them, and some twice: between these lies a slice of no frames. [any]"""
    at = np.random.default_rng(seed).integers(0, FRAMES, 200)
    return sorted(int(border) for border in (*at, *(at[:50] + 1), *at[:20]) if border < FRAMES)


def sounds(channels: int, rate: float) -> dict[str, Samples]:
    """What comes in, by name. [any]"""
    random = np.random.default_rng(_SEED)
    shape = (max(channels, 1), FRAMES)
    sine = np.tile(0.5 * np.sin(2.0 * np.pi * 440.0 * np.arange(FRAMES) / rate), (shape[0], 1))
    impulse = np.zeros(shape)
    impulse[:, 100] = 1.0
    unfit = sine.copy()
    unfit[:, 100], unfit[:, 200], unfit[:, 300] = np.nan, np.inf, -np.inf
    made = {
        "silence": np.zeros(shape),
        "an impulse": impulse,
        "a sine": sine,
        "noise": random.uniform(-0.5, 0.5, shape),
        "a square wave of full scale": np.where(np.arange(FRAMES) % 200 < 100, 1.0, -1.0) + np.zeros(shape),
        "denormal numbers": random.uniform(-1e-39, 1e-39, shape),
        "a sine that holds NaN and infinity once": unfit,
    }
    return {name: sound.astype(np.float32) for name, sound in made.items()}


def play(run: Run, kernel: Part, take: Take, *, in_place: bool = True, bed: float = 0.0) -> Samples:
    """What comes out; an instrument adds to a `bed`. [main]"""
    state = kernel.new_state(take.rate, **take.knobs)
    frames = take.sound.shape[1]
    heard = np.full((max(kernel.inputs, kernel.outputs), frames), bed, np.float32)
    if kernel.inputs:
        heard[: kernel.inputs] = take.sound
    played = heard if in_place else np.full_like(heard, bed)
    io = np.zeros(1, IO)
    io["rate"] = take.rate
    for start, stop, now in slices(take):
        notes = turn(kernel, state, now)
        io["events"], io["events_used"], io["frame"] = notes.ctypes.data, len(notes), start
        for place, samples, count in (("inputs", heard, kernel.inputs), ("outputs", played, kernel.outputs)):
            for channel in range(count):
                io[place][0, channel] = samples[channel].ctypes.data + 4 * start
        run(state.ctypes.data, io.ctypes.data, stop - start)
    return played[: kernel.outputs]


def slices(take: Take) -> Iterator[tuple[int, int, list[npt.NDArray[Any]]]]:
    """From where to where each call goes, and the events that it is given. [any]"""
    frames = take.sound.shape[1]
    waiting = sorted(take.events, key=lambda each: int(each["frame"][0]))
    borders = sorted([0, *take.cuts, *(int(each["frame"][0]) for each in waiting), frames])
    for start, stop in itertools.pairwise(borders):
        now = []
        while waiting and waiting[0]["frame"][0] <= start:
            now.append(waiting.pop(0))
        for at in range(start, max(stop, start + 1), BLOCK_AT_MOST):
            yield at, min(at + BLOCK_AT_MOST, stop), now
            now = []


def turn(kernel: Part, state: npt.NDArray[Any], now: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Turn the knobs that events turn, as the callback does, and give the rest. [main]"""
    for each in now:
        if each["kind"][0] == KNOB:
            at = int(each["offset"][0])
            state.view(np.uint8)[at : at + 8] = each["value"].view(np.uint8)
    rest = [each for each in now if each["kind"][0] != KNOB] if kernel.hears_events else []
    return np.concatenate([*rest, np.zeros(0, EVENT)])


def _notes() -> Iterator[npt.NDArray[Any]]:
    """Every kind of event, the lowest key and the highest, and the channel that means all."""
    for frame, number, value in ((0, 60, 0.8), (0, 64, 0.6), (500, 0, 1.0), (900, 127, 1.0), (1300, 69, 0.0)):
        yield event(NOTE_ON, frame=frame, number=number, value=value)
    yield event(NOTE_ON, frame=1500, channel=15, number=48, value=0.5)
    for channel in (0, ALL_CHANNELS):
        yield event(BEND, frame=1700, channel=channel, value=12.0)
        yield event(PRESSURE, frame=1800, channel=channel, value=1.0)
        yield event(KEY_PRESSURE, frame=1900, channel=channel, number=60, value=1.0)
        for number in (1, 11, 64, 127):
            yield event(CONTROL, frame=2000, channel=channel, number=number, value=1.0)
        yield event(BEND, frame=2200, channel=channel, value=-96.0)
    yield event(NOTE_OFF, frame=2500, number=60)
    yield event(NOTE_ON, frame=2700, number=64, value=1.0)
    yield event(NOTES_OFF, frame=3000, channel=ALL_CHANNELS)
    yield event(NOTE_ON, frame=3200, number=72, value=1.0)
    yield event(SILENCE, frame=3700, channel=ALL_CHANNELS)


def _turns(kernel: Part) -> Iterator[npt.NDArray[Any]]:
    """Every knob, from one end to the other and anywhere in between."""
    random = np.random.default_rng(_SEED)
    for frame in range(50, FRAMES - 100, 400):
        for knob in kernel.knobs.values():
            value = random.choice((knob.low, knob.high, random.uniform(knob.low, knob.high)))
            yield event(KNOB, frame=frame, value=knob.clip(float(value)), offset=kernel.knob_offset(knob.name))
