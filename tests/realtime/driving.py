"""A card for tests, that calls the callback's machine code through C, block by block; and kernels to watch it with.

What flows in: a host, the microphone's samples, sizes of blocks. What flows out: what the callback gave to the card.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, njit

from realtime.atomics import call_callback, load_acquire, pointer, sleep_ns
from realtime.dsp.glide import GLIDE, glide
from realtime.events import NOTE_ON, event
from realtime.host import Host
from realtime.kernel import Kernel, Knob, kernel
from realtime.kernel_source import IO
from realtime.layout import IN_LEFT, IN_RIGHT
from realtime.rack import BUS, MONITOR, Slot

RATE = 48_000.0
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_void_p,
)


class Card:
    """Plays a host, forwards only: what one call of `play` leaves off the next goes on with."""

    def __init__(self, host: Host, inputs: int = 1, outputs: int = 2, gate_open: bool = True) -> None:
        host.adopt_channels(inputs, outputs)
        self.host, self.inputs, self.outputs = host, inputs, outputs
        self._callback = CALLBACK(host.callback_address)
        if gate_open:  # at once, and not over some milliseconds: most tests look at single samples
            gate = host.record["gate"]
            gate["target"][0] = gate["aim"][0] = gate["value"][0] = 1.0

    def block(self, frames: int, mic: npt.NDArray[np.float32] | None = None, flags: int = 0) -> npt.NDArray[np.float32]:
        """One call of the callback: (frames, outputs); silence comes in unless something is given."""
        if mic is None:
            mic = np.zeros((frames, self.inputs), np.float32)
        mic = np.ascontiguousarray(mic, np.float32).reshape(frames, self.inputs)
        room = np.full((frames + 2, self.outputs), 7.5, np.float32)  # with a frame on either side that is none of its
        speaker = room[1:-1]
        heard = mic.copy()
        result = self._callback(
            mic.ctypes.data if self.inputs else None,
            speaker.ctypes.data if self.outputs else None,
            frames | 0xABCD << 32,  # as on Windows, where the upper half of an unsigned long is anybody's
            None,
            flags,
            self.host.address,
        )
        assert result == 0  # paContinue
        assert (room[[0, -1]] == 7.5).all()
        assert mic.tobytes() == heard.tobytes()
        return speaker

    def play(self, sizes: Iterable[int], mic: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
        """Blocks of these sizes, one after the other; all that came out."""
        played, at = [np.zeros((0, self.outputs), np.float32)], 0
        for size in sizes:
            played.append(self.block(size, None if mic is None else mic[at : at + size]).copy())
            at += size
        return np.concatenate(played)


def cut(frames: int, size: int) -> list[int]:
    """Blocks of one size that make up so many frames; the last may be shorter."""
    return [size] * (frames // size) + [frames % size] * (frames % size > 0)


def cut_anyhow(frames: int, seed: int, most: int = 1024) -> list[int]:
    """Blocks of sizes by chance that make up so many frames."""
    random, sizes = np.random.default_rng(seed), []
    while frames > 0:
        sizes.append(min(int(random.integers(1, most + 1)), frames))
        frames -= sizes[-1]
    return sizes


def notes(frames: Sequence[int], **fields: Any) -> npt.NDArray[Any]:
    """A note-on at each of these frames, numbered through by its value."""
    made = np.repeat(event(NOTE_ON, **fields), len(frames))
    made["frame"], made["value"] = frames, np.arange(len(frames))
    return made


def run(made: Kernel, state: np.ndarray, inputs: list[np.ndarray], events: Any = None, frame: int = 0) -> np.ndarray:
    """Call a kernel once: its outputs, one row a channel."""
    frames = len(inputs[0]) if inputs else 16
    samples = [np.ascontiguousarray(each, np.float32) for each in inputs]
    out = np.zeros((max(made.outputs, 1), frames), np.float32)
    io = np.zeros(1, IO)
    for c, each in enumerate(samples):
        io["inputs"][0, c] = each.ctypes.data
    for c in range(made.outputs):
        io["outputs"][0, c] = out[c].ctypes.data
    if events is not None:
        io["events"], io["events_used"] = events.ctypes.data, len(events)
    io["frame"], io["rate"] = frame, 48_000.0
    made.run(state, io, frames)
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def run_until(callback: Any, host: Any, mic: Any, speaker: Any, frames: int, stop: Any, pause_ns: int) -> int:
    """Call a callback over and over, as a card's thread would, until told to stop; a word at the end of `stop`'s line
    counts along. A mono microphone hears the number of each frame."""
    blocks = 0
    heard = carray(pointer(mic), (frames,), np.float32)
    while load_acquire(stop) == 0:
        for n in range(frames):
            heard[n] = np.float32(blocks * frames + n)
        call_callback(callback, mic, speaker, np.uint64(frames), np.uint64(0), np.uint64(0), host)
        blocks += 1
        if pause_ns > 0:
            sleep_ns(pause_ns)
    return blocks


LOG = np.dtype(
    [
        ("used", "i8"),
        ("slices", "i8"),
        ("frames", "i8"),
        ("next_frame", "i8"),
        ("jumps", "i8"),
        ("most_at_once", "i8"),
        ("at", "i8", (20_000,)),
        ("value", "f8", (20_000,)),
        ("kind", "i8", (20_000,)),
        ("source", "i8", (20_000,)),
    ],
    align=True,
)


@kernel(LOG)
def log(s: Any, x_left: Any, x_right: Any, y_left: Any, y_right: Any, events: Any, frame: int, frames: int) -> None:
    """Write down which event came in a slice that begins on which frame, and whether any frame was left out."""
    if s.slices > 0 and frame != s.next_frame:
        s.jumps += 1
    s.next_frame = frame + frames
    s.slices += 1
    s.frames += frames
    s.most_at_once = max(s.most_at_once, len(events))
    for n in range(len(events)):
        if s.used < 20_000:
            s.at[s.used] = frame
            s.value[s.used] = events[n].value
            s.kind[s.used] = events[n].kind
            s.source[s.used] = events[n].source
            s.used += 1
    for n in range(frames):
        y_left[n], y_right[n] = x_left[n], x_right[n]


PLAIN = np.dtype([("gain", "f8"), ("offset", "f8")], align=True)


@kernel(PLAIN, Knob("gain", 0.0, 4.0, 1.0), Knob("offset", -10.0, 10.0, 0.0))
def scale(s: Any, x: Any, y: Any, frames: int) -> None:
    """Multiply and add, at once and without a glide: where a knob turns is seen to the sample."""
    for n in range(frames):
        y[n] = x[n] * s.gain + s.offset


GLIDING = np.dtype([("gain", GLIDE)], align=True)


@kernel(GLIDING, Knob("gain", 0.0, 4.0, 1.0))
def gliding(s: Any, x: Any, y: Any, frames: int) -> None:
    """Multiply by a knob that glides."""
    for n in range(frames):
        y[n] = x[n] * glide(s.gain)


PLUCKED = np.dtype([("phase", "f8"), ("step", "f8"), ("level", "f8"), ("bright", GLIDE), ("last", "f8")], align=True)


@kernel(PLUCKED, Knob("bright", 0.01, 1.0, 0.5))
def plucked(s: Any, y_left: Any, y_right: Any, events: Any, rate: float, frames: int) -> None:
    """An instrument with everything that could depend on a block: phase, envelope, filter, glide, events."""
    for n in range(len(events)):
        if events[n].kind == NOTE_ON:
            s.level += events[n].value
            s.step = (110.0 + events[n].number) / rate
    for n in range(frames):
        s.phase += s.step
        s.phase -= np.floor(s.phase)
        s.level *= 0.9995
        s.last += glide(s.bright) * (np.sin(2.0 * np.pi * s.phase) * s.level - s.last)
        y_left[n] += s.last
        y_right[n] -= 0.5 * s.last


TALLY = np.dtype([("frames", "i8"), ("next_frame", "i8"), ("jumps", "i8")], align=True)


@kernel(TALLY)
def tally(s: Any, x_left: Any, x_right: Any, y_left: Any, y_right: Any, frame: int, frames: int) -> None:
    """Give out the number of each frame, from its own count."""
    if frame != s.next_frame:
        s.jumps += 1
    s.next_frame = frame + frames
    for n in range(frames):
        y_left[n] = x_left[n] + s.frames + n
        y_right[n] = x_right[n] - s.frames - n
    s.frames += frames


BREAKING = np.dtype([("kind", "f8")], align=True)


@kernel(BREAKING, Knob("kind", 0.0, 3.0, 0.0))
def breaking(s: Any, x: Any, y: Any, frames: int) -> None:
    """Whole samples, or none: NaN, infinity, minus infinity."""
    for n in range(frames):
        y[n] = x[n]
        if s.kind == 1.0:
            y[n] = np.nan
        elif s.kind == 2.0:
            y[n] = np.inf
        elif s.kind == 3.0:
            y[n] = -np.inf


FADING = np.dtype([("tiny", "f8"), ("half", "f8")], align=True)


@kernel(FADING)
def fading(s: Any, y_left: Any, y_right: Any, frames: int) -> None:
    """Halve a number that is as small as a normal one can be."""
    s.half = s.tiny * 0.5


WAITING = np.dtype([("inside", "u8"), ("go", "u8")], align=True)


@kernel(WAITING)
def stuck(s: Any, y_left: Any, y_right: Any, frames: int) -> None:
    """Stay inside the block until told to go: a moment in which the main thread may do its worst."""
    from_here = carray(pointer(s.inside), (1,), np.int64)
    from_here[0] = 1
    while load_acquire(s.go) == 0:
        sleep_ns(100_000)


SLOW = np.dtype([("nanoseconds", "i8")], align=True)


@kernel(SLOW)
def slow(s: Any, y_left: Any, y_right: Any, frames: int) -> None:
    """Take longer than the block lasts."""
    sleep_ns(s.nanoseconds)


def through(name: str = "through") -> Slot:
    """The microphone, straight to the card."""
    return Slot(name, scale, {}, MONITOR)


LOGGED = Slot("log", log, {}, BUS)
LOGGED_INPUT = Slot("log", log, {}, ((IN_LEFT, IN_RIGHT), BUS[1]))
