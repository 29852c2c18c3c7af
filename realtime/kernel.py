"""Write a kernel as a Python function, get machine code with one C signature: void(state*, io*, frames).

What flows in: a function `(s, x, y, frames)` and the dtype of its state. What flows out: an address that the audio
callback calls. The first argument is the state, whose fields are read and written as `s.field`; then follow, in any
order, inputs (names that begin with `x`), outputs (names that begin with `y`), and, where wanted, `events` (those of
this slice), `rate` (Hz) and `frame` (the slice's first, counted since the stream began); `frames` comes last. A slice
may have no frames at all, where more events fall on one frame than one slice can bring.

    LOWPASS = np.dtype([("cutoff_hz", GLIDE), ("last", "f8")], align=True)

    @kernel(LOWPASS, Knob("cutoff_hz", 20.0, 20_000.0, default=1_000.0, unit="Hz", curve="log"))
    def lowpass(s, x, y, rate, frames): ...

The function is rewritten once, at definition, into the C signature, with its own file and line numbers: so numba's
cache, tracebacks and compile errors all point at what was written. Nothing is compiled before its address is asked
for. A kernel reaches nothing but its state, its samples and libm; `realtime.kernel_check` proves it.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import cfunc, types

from realtime.dsp.glide import GLIDE
from realtime.kernel_source import arguments_of, as_c_function, channels_of
from score.errors import KernelError

SIGNATURE = types.void(types.voidptr, types.voidptr, types.int64)


@dataclass(frozen=True)
class Knob:
    """A field of the state that a hand may turn: a float, or a GLIDE that follows it without zipper noise. [any]"""

    name: str
    low: float
    high: float
    default: float
    unit: str = ""
    curve: str = "linear"  # or "log": how a slider spreads the range

    def clip(self, value: float) -> float:
        """The nearest value that the range allows; NaN becomes the default. [any]"""
        return min(max(value, self.low), self.high) if value == value else self.default


class Kernel:
    """One sound idea: state, knobs, and the machine code that the callback calls. [main]"""

    def __init__(
        self,
        function: Callable[..., None],
        state: np.dtype[Any],
        knobs: tuple[Knob, ...],
        latency_frames: int,
        wakes: bool = False,
    ) -> None:
        self.name = function.__name__
        self.doc = inspect.getdoc(function) or ""
        self.state = state
        self.knobs = {knob.name: knob for knob in knobs}
        self.latency_frames = latency_frames
        self.wakes = wakes
        arguments = arguments_of(function)
        self.inputs, self.outputs = channels_of(arguments)
        self.hears_events = "events" in arguments
        self._prepare: Callable[[Any, float], None] | None = None
        self._function = as_c_function(function, state)
        self._compiled: Any = None
        self._compiling = threading.Lock()
        for knob in knobs:
            self._refuse_unless_it_turns(knob.name)

    def _refuse_unless_it_turns(self, knob: str) -> None:
        """A KNOB event writes eight bytes at an offset of sixteen bits: nothing else may stand there."""
        if knob not in (self.state.names or ()) or self.state.fields is None:
            raise KernelError(f"kernel '{self.name}' has a knob '{knob}' that its state lacks.")
        kind, offset = self.state.fields[knob][:2]
        if kind not in (np.dtype("f8"), GLIDE):
            raise KernelError(f"'{knob}' of kernel '{self.name}' is no number to turn.", "Make it 'f8' or GLIDE.")
        if offset > 0xFFFF:
            raise KernelError(f"'{knob}' of kernel '{self.name}' stands too deep.", "Put knobs before tables.")

    def __repr__(self) -> str:
        return f"<kernel {self.name}: {self.inputs} in, {self.outputs} out, {self.state.itemsize} bytes>"

    def prepare(self, function: Callable[[Any, float], None]) -> Callable[[Any, float], None]:
        """Register `function(s, rate)`, which fills tables and coefficients of a fresh state. [main]"""
        self._prepare = function
        return function

    def new_state(self, rate: float, **knobs: float) -> npt.NDArray[Any]:
        """A fresh state for a card's rate, its knobs at their defaults or where they are told to be. [main]"""
        state = np.zeros(1, self.state)
        for name in knobs:
            if name not in self.knobs:
                raise KernelError(f"'{self.name}' has no knob '{name}'.", f"It has: {', '.join(self.knobs) or 'none'}.")
        for name, knob in self.knobs.items():
            value = knob.clip(knobs.get(name, knob.default))
            field = state[name]
            if field.dtype.names:  # a glide starts where it is going: a rack that loads makes no sweep
                field["target"], field["aim"], field["value"] = value, value, value
            else:
                field[0] = value
        if self._prepare is not None:
            self._prepare(state[0], rate)
        return state

    def knob_offset(self, name: str) -> int:
        """Where in the state a KNOB event writes; a glide's target is its first field. [main]"""
        if name not in self.knobs:
            raise KernelError(f"'{self.name}' has no knob '{name}'.", f"It has: {', '.join(self.knobs) or 'none'}.")
        fields = self.state.fields
        assert fields is not None
        return int(fields[name][1])

    @property
    def compiled(self) -> Any:
        """numba's C function; the first call compiles it, or loads it from the cache. [main]"""
        with self._compiling:
            if self._compiled is None:
                self._compiled = self._compile(cache=True)
        return self._compiled

    @property
    def address(self) -> int:
        """Where the machine code stands. [main]"""
        return int(self.compiled.address)

    def compile_fresh(self) -> Any:
        """The same function compiled anew past the cache, so that its LLVM can be read. [main]"""
        return self._compile(cache=False)

    def _compile(self, cache: bool) -> Any:
        try:
            return cfunc(SIGNATURE, cache=cache, error_model="numpy")(self._function)
        except Exception as error:  # whatever a compiler stumbles over is for the kernel's author to read
            raise KernelError(f"kernel '{self.name}' does not compile: {error}") from error

    def run(self, state: npt.NDArray[Any], io: npt.NDArray[Any], frames: int) -> None:
        """Call the machine code once, as the callback would; for tests and for offline work. [main]"""
        self.compiled.ctypes(state.ctypes.data, io.ctypes.data, frames)


def kernel(
    state: np.dtype[Any], *knobs: Knob, latency_frames: int = 0, wakes: bool = False
) -> Callable[[Callable[..., None]], Kernel]:
    """Make a kernel of a function; see this module's docstring. One that `wakes` may also post a semaphore, which
    never waits: another process sleeps until there is something to do for it. [main]"""

    def decorate(function: Callable[..., None]) -> Kernel:
        return Kernel(function, state, knobs, latency_frames, wakes)

    return decorate
