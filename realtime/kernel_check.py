"""Prove that compiled code may run on the audio thread: by reading it, not by trusting its author.

What flows in: a kernel, or the callback. What flows out: nothing, or a KernelError that names every offence and the
function it stands in. The code is compiled anew, its LLVM is read from the entry on, through all that can be reached
from there, and each of these is refused:

- memory taken or given back: the allocator has locks, and a block that waits for one is a block lost;
- the interpreter in any form, and exceptions, which are raised through it;
- calls to anything but libm and plain copies of memory, and, in a kernel, calls through addresses; a kernel that
  says so may wake another process;
- global arrays: numba freezes small ones into the code, where no edit reaches them, and reads large ones at the
  address that they have in this process. Tables belong into the state, where `prepare` fills them;
- addresses of this process, and variables outside: code that has them cannot be exported into a plugin.

numba wraps each C function into one that reports exceptions; only code that can raise none ever leaves it at zero,
so the wrapper is left out and the zeros are proved instead. [main]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
from numba import cfunc

from realtime.kernel import Kernel
from score.errors import KernelError

_LIBM = frozenset(
    [
        "acos",
        "acosh",
        "asin",
        "asinh",
        "atan",
        "atan2",
        "atanh",
        "cbrt",
        "ceil",
        "copysign",
        "cos",
        "cosh",
        "erf",
        "erfc",
        "exp",
        "exp2",
        "expm1",
        "fabs",
        "floor",
        "fma",
        "fmax",
        "fmin",
        "fmod",
        "frexp",
        "hypot",
        "ldexp",
        "lgamma",
        "log",
        "log10",
        "log1p",
        "log2",
        "logb",
        "modf",
        "nearbyint",
        "nextafter",
        "pow",
        "remainder",
        "rint",
        "round",
        "scalbn",
        "sin",
        "sincos",
        "sinh",
        "sqrt",
        "tan",
        "tanh",
        "tgamma",
        "trunc",
    ]
)
_MEMORY = frozenset({"memcpy", "memmove", "memset"})
_CLOCK = frozenset({"clock_gettime", "QueryPerformanceCounter"})
_WAKING = frozenset({"sem_post"})  # adds one and calls whoever sleeps; it takes no lock, and a signal handler may too

_NAME = re.compile(r'@(?:"([^"]*)"|([\w.$-]+))')
_ADDRESS = re.compile(r"inttoptr \(i64 -?\d+ to ptr\)")
_CALL_BY_ADDRESS = re.compile(r'\b(?:call|invoke)\b[^@\n]*?%(?:"[^"]*"|[\w.$-]+)\(')
_RETURNED = re.compile(r"^ +ret i32 (\S+)", re.MULTILINE)
_MADE = re.compile(r"^ +(%\S+) = (.*)", re.MULTILINE)
_PYTHON = re.compile(r"_?Py[A-Z_]|_ZN08NumbaEnv|numba_(?:gil|unpickle|do_raise|raise|runtime|adapt|unbox|box)")


def check(kernel: Kernel) -> None:
    """Raise a KernelError that names every way in which a kernel is unfit for the audio thread. [main]"""
    allowed = _LIBM | _MEMORY | (_WAKING if kernel.wakes else frozenset())
    _check(kernel.compile_fresh(), f"kernel '{kernel.name}'", allowed, by_address=False)


def check_callback() -> None:
    """The same for the callback itself, which may also read the clock and call kernels at their addresses. [main]"""
    from realtime.callback import PA_CALLBACK, callback

    compiled = cfunc(PA_CALLBACK, cache=False, error_model="numpy")(callback)
    _check(compiled, "the audio callback", _LIBM | _MEMORY | _CLOCK, by_address=True)


def _check(compiled: Any, what: str, allowed: frozenset[str], by_address: bool) -> None:
    code = _Code(compiled.inspect_llvm(), compiled.native_name, allowed, by_address)
    offences = list(dict.fromkeys(code.offences()))
    if offences:
        raise KernelError(f"{what} is not fit for the audio thread: {'; '.join(offences)}.")


class _Code:
    """The functions of a module that an entry can reach, and what is wrong with them."""

    def __init__(self, source: str, wrapper: str, allowed: frozenset[str], by_address: bool) -> None:
        self._module = llvm.parse_assembly(source)
        self._functions = {function.name: function for function in self._module.functions}
        self._variables = {variable.name: variable for variable in self._module.global_variables}
        self._allowed, self._by_address = allowed, by_address
        entry = wrapper.removeprefix("cfunc.")
        if entry == wrapper or entry not in self._functions:
            raise KernelError(f"'{wrapper}' cannot be read: numba has put it together in a way not known here.")
        self._reached = self._reach(entry)

    def _reach(self, entry: str) -> dict[str, str]:
        """Every function defined here that the entry may call, with its text."""
        reached: dict[str, str] = {}
        waiting = [entry]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached[name] = str(self._functions[name])
                waiting += [n for n in _names(reached[name]) if self._is_defined(n) and not n.startswith("NRT_")]
        return reached

    def _is_defined(self, name: str) -> bool:
        return name in self._functions and not self._functions[name].is_declaration

    def offences(self) -> Iterator[str]:
        """One line for each thing that is wrong, and where."""
        for name, text in self._reached.items():
            place = f"in {_readable(name)}"
            for used in _names(text):
                wrong = self._wrong_with(used)
                if wrong:
                    yield f"{wrong} {place}"
            if _ADDRESS.search(text):
                yield f"holds an address of this process {place}"
            if not self._by_address and _CALL_BY_ADDRESS.search(text):
                yield f"calls through an address {place}"
            if not self._never_raises(text):
                yield f"can raise an exception {place}"

    def _wrong_with(self, name: str) -> str:
        if name.startswith("NRT_"):
            return f"allocates or frees memory ({name})"
        if _PYTHON.match(name):
            return f"enters the interpreter ({_readable(name)})"
        if name in self._variables:
            return self._wrong_with_variable(name)
        if self._is_defined(name) or name.startswith("llvm."):
            return ""
        plain = name.removesuffix("f")
        return "" if name in self._allowed or plain in _LIBM else f"calls '{name}', which is not part of libm,"

    def _wrong_with_variable(self, name: str) -> str:
        variable = self._variables[name]
        text = str(variable)
        if name.startswith(".const.picklebuf"):
            return "can raise an exception"
        if name.startswith(".const.array.data"):
            return "reads a global array"
        if variable.is_declaration:
            return f"reaches for '{name}' outside"
        if _ADDRESS.search(text):
            return "holds an address of this process"
        is_constant = re.search(r"= (?:[\w()]+ )*constant ", text) is not None
        return "" if is_constant else f"keeps '{name}' outside its state"

    def _never_raises(self, text: str) -> bool:
        """Whether every way out returns zero, or what another function that never raises has returned."""
        made = dict(_MADE.findall(text))
        waiting, seen = _RETURNED.findall(text), set()
        while waiting:
            value = waiting.pop()
            if value == "0" or value in seen:
                continue
            seen.add(value)
            how = made.get(value, "")
            if how.startswith("phi i32 "):
                waiting += re.findall(r"\[ (\S+), %", how)
            elif how.startswith("select i1 "):
                waiting += re.findall(r"i32 ([^\s,]+)", how)
            elif not any(self._is_defined(name) for name in _names(how)):
                return False  # and one that is defined here is read like this one, and told of where it stands
        return True


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(quoted or plain for quoted, plain in _NAME.findall(text)))


def _readable(name: str) -> str:
    """numba's mangled names, as far as a reader wants to know: module and function."""
    parts, rest = [], name.removeprefix("_ZN")
    if rest == name:
        return name
    while match := re.match(r"(\d+)", rest):
        length = int(match[1])
        parts.append(rest[match.end() : match.end() + length])
        rest = rest[match.end() + length :]
    return ".".join(parts).replace("_3c", "<").replace("_3e", ">")
