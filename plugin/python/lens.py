"""Where in the file it goes wrong: the same function, run by Python itself and watched line by line.

Machine code that reads past an array or gives NaN says that it did, not where. So the file is run once more, without
numba, over the very sound that it failed on, and the line is told on which it happens. Slow, and only for what failed.
What flows in: a source and a take. What flows out: a line, or 0 where Python sees nothing wrong. [main]
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType, FunctionType, MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core.dispatcher import Dispatcher

from plugin.python.audition import Take, slices, turn
from plugin.python.source import Source
from realtime.kernel import Kernel

PATIENCE_S = 6.0
_WATCHED_BYTES = 4_096
"""State beyond it is not looked at after each line: a delay line is written where the sample is written, too."""


class _Found(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def line_of_fault(source: Source, kernel: Kernel, take: Take) -> int:
    """The first line that reads past an array, or after which the output or the state is no number any more. [main]"""
    state = kernel.new_state(take.rate, **take.knobs)
    frames = take.sound.shape[1]
    played = np.zeros((kernel.outputs, frames), np.float32)
    try:
        function = _as_python(source, kernel.name)
        arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
        until = time.monotonic() + PATIENCE_S
        for start, stop, events in slices(take):
            notes = turn(kernel, state, events).view(np.recarray)
            out = played[:, start:stop]
            known = {"events": notes, "rate": take.rate, "frame": start, "frames": stop - start}
            xs, ys = iter(take.sound[:, start:stop].copy()), iter(out)
            given: list[Any] = [_as_record(state)]
            for name in arguments[1:]:
                given.append(next(xs) if name.startswith("x") else next(ys) if name.startswith("y") else known[name])
            _run_watched(function, given, str(source.kept), [out, *_numbers(state)], until)
    except _Found as found:
        return found.line
    except Exception as error:  # whatever Python makes of it: the innermost line of the user's is the place
        return _innermost(error, str(source.kept))
    return 0


def _run_watched(function: Any, given: list[Any], file: str, watched: list[npt.NDArray[Any]], until: float) -> None:
    """Call it; _Found as soon as one of the arrays holds what it did not hold before: something that is no number."""
    watched = [each for each in watched if np.isfinite(each).all()]
    last = {"line": 0}

    def trace(frame: FrameType, event: str, _argument: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != file:
            return None
        if event in ("line", "return") and last["line"]:
            if not all(np.isfinite(each).all() for each in watched):
                raise _Found(last["line"])
            if time.monotonic() > until:
                raise _Found(0)
        last["line"] = frame.f_lineno if event == "line" else last["line"]
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with np.errstate(all="ignore"):
            function(*given)
    finally:
        sys.settrace(before)


def _as_python(source: Source, name: str) -> FunctionType:
    """The kernel's function as it was written, in a module where nothing is compiled."""
    tree = ast.parse(source.data)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    scope: dict[str, Any] = {"__name__": "vocello_dsp_in_python", "__file__": str(source.kept)}
    exec(compile(tree, str(source.kept), "exec", dont_inherit=True), scope)
    done: dict[int, FunctionType] = {}
    for key, value in list(scope.items()):
        if isinstance(value, Dispatcher):
            scope[key] = _interpreted(value, done)
    function = scope[name]
    assert isinstance(function, FunctionType)
    return function


def _interpreted(compiled: Any, done: dict[int, FunctionType]) -> FunctionType:
    """A compiled helper of the program, as Python runs it, with the helpers that it calls."""
    if id(compiled) not in done:
        written = compiled.py_func
        scope = dict(written.__globals__)
        plain = FunctionType(written.__code__, scope, written.__name__, written.__defaults__, written.__closure__)
        done[id(compiled)] = plain
        for key in written.__code__.co_names:
            if isinstance(scope.get(key), Dispatcher):
                scope[key] = _interpreted(scope[key], done)
    return done[id(compiled)]


def _as_record(state: npt.NDArray[Any]) -> Any:
    """The state with fields to be read and written as `s.field`, the very bytes."""
    return state.view(np.recarray)[0]


def _numbers(state: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Every small field of floats, at any depth."""
    fields = state.dtype.fields or MappingProxyType({})
    for name in fields:
        inner = state[name]
        if inner.dtype.fields is not None:
            if inner.nbytes <= _WATCHED_BYTES:
                yield from _numbers(inner)
        elif inner.dtype.kind == "f" and inner.nbytes <= _WATCHED_BYTES:
            yield inner


def _innermost(error: BaseException, file: str) -> int:
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == file else line
        trace = trace.tb_next
    return line
