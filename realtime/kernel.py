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

import ast
import inspect
import textwrap
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba import carray, cfunc, types

from realtime.atomics import pointer
from realtime.dsp.glide import GLIDE
from realtime.events import EVENT
from score.errors import KernelError

CHANNELS_AT_MOST = 4

IO = np.dtype(
    [
        ("inputs", "u8", (CHANNELS_AT_MOST,)),  # addresses of float32 samples, one array a channel
        ("outputs", "u8", (CHANNELS_AT_MOST,)),
        ("events", "u8"),
        ("events_used", "i8"),
        ("frame", "i8"),
        ("rate", "f8"),
    ],
    align=True,
)

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
    ) -> None:
        self.name = function.__name__
        self.doc = inspect.getdoc(function) or ""
        self.state = state
        self.knobs = {knob.name: knob for knob in knobs}
        self.latency_frames = latency_frames
        self.inputs, self.outputs = _channels(function)
        self.hears_events = "events" in _arguments(function)
        self._prepare: Callable[[Any, float], None] | None = None
        self._function = _as_c_function(function, state)
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
        except numba.core.errors.NumbaError as error:
            raise KernelError(f"kernel '{self.name}' does not compile: {error}") from error

    def run(self, state: npt.NDArray[Any], io: npt.NDArray[Any], frames: int) -> None:
        """Call the machine code once, as the callback would; for tests and for offline work. [main]"""
        self.compiled.ctypes(state.ctypes.data, io.ctypes.data, frames)


def kernel(state: np.dtype[Any], *knobs: Knob, latency_frames: int = 0) -> Callable[[Callable[..., None]], Kernel]:
    """Make a kernel of a function; see this module's docstring. [main]"""

    def decorate(function: Callable[..., None]) -> Kernel:
        return Kernel(function, state, knobs, latency_frames)

    return decorate


def _arguments(function: Callable[..., None]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _channels(function: Callable[..., None]) -> tuple[int, int]:
    names = _arguments(function)[1:]
    return sum(name.startswith("x") for name in names), sum(name.startswith("y") for name in names)


def _as_c_function(function: Callable[..., None], state: np.dtype[Any]) -> Callable[..., None]:
    """Rewrite `(s, x, y, frames)` into `(state, io, frames)` with views in front; file and lines stay."""
    name, arguments = function.__name__, _arguments(function)
    if function.__closure__:
        raise KernelError(f"kernel '{name}' uses variables of the function around it.", "Define it in a module.")
    if arguments[-1:] != ["frames"] or len(arguments) < 2:
        raise KernelError(f"kernel '{name}' takes ({', '.join(arguments)}).", "Write it as (s, x, y, frames).")

    source, first_line = inspect.getsourcelines(function)
    state_name = f"__state_of_{name}_{first_line}__"  # two kernels of one name in a module keep their own states
    lines = [f"{arguments[0]} = __kernel_carray__(__kernel_state__, (1,), {state_name})[0]"]
    inputs = outputs = 0
    for argument in arguments[1:-1]:
        if argument.startswith("x"):
            lines.append(_samples(argument, f"inputs[{inputs}]"))
            inputs += 1
        elif argument.startswith("y"):
            lines.append(_samples(argument, f"outputs[{outputs}]"))
            outputs += 1
        elif argument == "events":
            where = "__kernel_pointer__(__kernel_io__.events), (__kernel_io__.events_used,)"
            lines.append(f"events = __kernel_carray__({where}, __kernel_EVENT__)")
        elif argument in ("rate", "frame"):
            lines.append(f"{argument} = __kernel_io__.{argument}")
        else:
            known = "x…, y…, events, rate, frame and frames"
            raise KernelError(f"kernel '{name}' takes '{argument}', which is none of {known}.")
    if max(inputs, outputs) > CHANNELS_AT_MOST:
        raise KernelError(f"kernel '{name}' has more than {CHANNELS_AT_MOST} channels on a side.")
    if len(lines) > 1:
        lines.insert(0, "__kernel_io__ = __kernel_carray__(__kernel_io_address__, (1,), __kernel_IO__)[0]")

    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first_line - 1)
    definition = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    definition.decorator_list = []
    definition.returns = None
    definition.args.args = [ast.arg(each) for each in ("__kernel_state__", "__kernel_io_address__", "frames")]
    definition.args.defaults, definition.args.kwonlyargs = [], []
    after_docstring = 1 if ast.get_docstring(definition, clean=False) is not None else 0
    if len(definition.body) == after_docstring:
        raise KernelError(f"kernel '{name}' has no body.")
    place = definition.body[after_docstring]
    views = [ast.copy_location(node, place) for line in lines for node in ast.parse(line).body]
    definition.body[after_docstring:after_docstring] = views
    for node in [definition.args, *views]:
        for child in ast.walk(node):
            ast.copy_location(child, place)
    ast.fix_missing_locations(tree)

    scope = function.__globals__
    scope.update(
        __kernel_carray__=carray,
        __kernel_pointer__=pointer,
        __kernel_IO__=IO,
        __kernel_EVENT__=EVENT,
        __kernel_float32__=np.float32,
    )
    scope[state_name] = state
    made: dict[str, Any] = {}
    code = compile(tree, inspect.getfile(function), "exec", dont_inherit=True)
    exec(code, scope, made)
    rewritten: Callable[..., None] = made[name]
    rewritten.__module__, rewritten.__qualname__ = function.__module__, function.__qualname__
    return rewritten


def _samples(name: str, field: str) -> str:
    place = f"__kernel_pointer__(__kernel_io__.{field}), (frames,)"
    return f"{name} = __kernel_carray__({place}, __kernel_float32__)"
