"""How a kernel's function, as it is written, becomes one with the C signature that the callback calls.

What flows in: a function `(s, x, y, frames)` and the dtype of its state. What flows out: a function `(state, io,
frames)` that begins by laying views on both, in the same file and on the same lines, or a KernelError that says what
was written and what may be. [main]
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import carray

from realtime.atomics import pointer
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

_WRITE_IT = "Write it as (s, x, y, frames)."
_KNOWN = "x…, y…, events, rate, frame and frames"


def arguments_of(function: Callable[..., None]) -> list[str]:
    """The names of a kernel's arguments; KernelError where they are none of a kernel's. [main]"""
    name = function.__name__
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters]
    plain = all(each.kind is each.POSITIONAL_OR_KEYWORD and each.default is each.empty for each in parameters)
    if not plain or inspect.iscoroutinefunction(function) or not name.isidentifier():
        raise KernelError(f"kernel '{name}' is no plain function.", _WRITE_IT)
    if names[-1:] != ["frames"] or len(names) < 2:
        raise KernelError(f"kernel '{name}' takes ({', '.join(names)}).", _WRITE_IT)
    for argument in names[1:-1]:
        if not argument.startswith(("x", "y")) and argument not in ("events", "rate", "frame"):
            raise KernelError(f"kernel '{name}' takes '{argument}', which is none of {_KNOWN}.")
    if max(channels_of(names)) > CHANNELS_AT_MOST:
        raise KernelError(f"kernel '{name}' has more than {CHANNELS_AT_MOST} channels on a side.")
    return names


def channels_of(arguments: list[str]) -> tuple[int, int]:
    """How many inputs and outputs a kernel's arguments name. [any]"""
    return sum(name.startswith("x") for name in arguments[1:]), sum(name.startswith("y") for name in arguments[1:])


def as_c_function(function: Callable[..., None], state: np.dtype[Any]) -> Callable[..., None]:
    """Rewrite `(s, x, y, frames)` into `(state, io, frames)` with views in front. [main]"""
    name, arguments = function.__name__, arguments_of(function)
    if function.__closure__:
        raise KernelError(f"kernel '{name}' uses variables of the function around it.", "Define it in a module.")
    try:
        source, first_line = inspect.getsourcelines(function)
    except OSError as error:
        raise KernelError(f"kernel '{name}' has no source that can be read.", "Define it in a file.") from error
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first_line - 1)
    definition = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    _refuse_unknown_fields(definition, arguments[0], state, inspect.getfile(function))
    state_name = f"__state_of_{name}_{first_line}__"  # two kernels of one name in a module keep their own states
    _put_views_in_front(definition, _views(arguments, state_name))
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


def _views(arguments: list[str], state_name: str) -> list[str]:
    """The lines that give each argument its meaning."""
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
            place = "__kernel_pointer__(__kernel_io__.events), (__kernel_io__.events_used,)"
            lines.append(f"events = __kernel_carray__({place}, __kernel_EVENT__)")
        else:
            lines.append(f"{argument} = __kernel_io__.{argument}")
    if len(lines) > 1:
        lines.insert(0, "__kernel_io__ = __kernel_carray__(__kernel_io_address__, (1,), __kernel_IO__)[0]")
    return lines


def _samples(name: str, field: str) -> str:
    place = f"__kernel_pointer__(__kernel_io__.{field}), (frames,)"
    return f"{name} = __kernel_carray__({place}, __kernel_float32__)"


def _put_views_in_front(definition: ast.FunctionDef, lines: list[str]) -> None:
    definition.decorator_list = []
    definition.returns = None
    definition.args.args = [ast.arg(each) for each in ("__kernel_state__", "__kernel_io_address__", "frames")]
    after_docstring = 1 if ast.get_docstring(definition, clean=False) is not None else 0
    if len(definition.body) == after_docstring:
        raise KernelError(f"kernel '{definition.name}' has no body.")
    first = definition.body[after_docstring]
    views = [node for line in lines for node in ast.parse(line).body]
    definition.body[after_docstring:after_docstring] = views
    for part in (definition.args, *views):
        for node in ast.walk(part):
            ast.copy_location(node, first)


def _refuse_unknown_fields(definition: ast.FunctionDef, s: str, state: np.dtype[Any], file: str) -> None:
    """A field that is misspelt, told with its line: numba would only say KeyError."""
    for node in ast.walk(definition):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == s):
            continue
        if node.attr not in (state.names or ()):
            raise KernelError(
                f"kernel '{definition.name}' uses {s}.{node.attr} ({file}, line {node.lineno}).",
                f"Its state has: {', '.join(state.names or ('nothing',))}.",
            )
