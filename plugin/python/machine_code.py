"""Machine code as a thing by itself: taken out of one process, loaded into another, and given back when it is spent.

What flows in: what numba compiled in the trial's process. What flows out: an object file, and where the engine loads
it, an address. numba never gives machine code back: a process that compiles a file a thousand times grows by more
than a gigabyte, and one that loads it a thousand times from numba's cache still by 26 MB. A loaded object lives in an
execution engine of its own, which goes with the last kernel that holds it. It is also the very code that was proved,
with nothing left to compile. [main]
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm
from numba.core.registry import cpu_target

from score.errors import KernelError

_VECTOR = re.compile(r"= (?:f(?:add|sub|mul|div|neg)|(?:tail )?call) [^\n]*?<(\d+) x (?:float|double)>")
_SCALAR = re.compile(r"= f(?:add|sub|mul|div) (?:[a-z]+ )*(?:float|double) ")
_LABEL = re.compile(r"^([\w.$\"-]+):", re.MULTILINE)
_BRANCH = re.compile(r"label %([\w.$\"-]+)")
_LOOP = re.compile(r"!llvm\.loop !(\d+)")


ENTRY = "vocello_kernel"
_INTRINSIC = re.compile(r"llvm\.(\w+)(?:\.[\w.]*)?\.(f32|f64)$")


class MachineCode:
    """An object file in memory, ready to run; it goes when nobody holds it any more. [main]"""

    def __init__(self, data: bytes, reaches: Iterable[str]) -> None:
        _set_up()
        for name in reaches:
            if llvm.address_of_symbol(name) is None:  # LLVM would leave a hole where the call goes
                raise KernelError(f"machine code calls '{name}', which this machine does not have.")
        empty = llvm.parse_assembly("")
        empty.triple = llvm.get_process_triple()
        self._engine = llvm.create_mcjit_compiler(empty, _machine())
        try:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(data))
            self._engine.finalize_object()
        except RuntimeError as error:
            raise KernelError(f"machine code cannot be loaded: {error}.", "Save the file again.") from error
        self.address = int(self._engine.get_function_address(ENTRY))
        if not self.address:
            raise KernelError("machine code has no entry.", "Save the file again.")


def emit(compiled: Any) -> tuple[bytes, tuple[str, ...]]:
    """The object file of what numba has just compiled and kernel_check has read, and the functions that it calls.

    numba's own wrapper, which would tell Python of exceptions, is left behind: there are none, and with it goes all
    that the code would need of Python. [main]
    """
    _set_up()
    module = llvm.parse_assembly(_without_python(compiled.inspect_llvm(), compiled.native_name))
    module.verify()
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(_machine(), llvm.create_pipeline_tuning_options()))
    declared = [function.name for function in module.functions if function.is_declaration]
    return bytes(_machine().emit_object(module)), tuple(sorted({_in_c(name) for name in declared} - {""}))


def _without_python(text: str, wrapper: str) -> str:
    """The module with a plain entry in the place of numba's wrapper."""
    native = wrapper.removeprefix("cfunc.")
    begins = re.search(rf'^define [^\n]*@"?{re.escape(wrapper)}"?\([^\n]*\{{$', text, re.MULTILINE)
    if native == wrapper or begins is None:
        raise KernelError(f"'{wrapper}' cannot be read: numba has put it together in a way not known here.")
    ends = text.index("\n}", begins.end()) + 2
    entry = f"""define void @{ENTRY}(ptr %state, ptr %io, i64 %frames) {{
  %nothing = alloca ptr
  %raised = alloca ptr
  %status = call i32 @"{native}"(ptr %nothing, ptr %raised, ptr %state, ptr %io, i64 %frames)
  ret void
}}"""
    return text[: begins.start()] + entry + text[ends:]


def _in_c(name: str) -> str:
    """What the C library calls it: sinf for llvm.sin.f32; nothing, for what the processor does itself."""
    if not name.startswith("llvm."):
        return name
    match = _INTRINSIC.match(name)
    called = match[1] + ("f" if match[2] == "f32" else "") if match is not None else ""
    return called if called and llvm.address_of_symbol(called) is not None else ""


def vectorised(text: str, entry: str) -> str:
    """Whether the loops over frames do several at once, read from the optimised code: "yes, 4 at once", "in part, …"
    or "no". [any]

    Counted are the innermost loops that compute. LLVM marks those that it has vectorised, and their remainders with
    them; the few turns that are left over where it has unrolled a loop are marked, too, and count for nothing.
    """
    body = _function(text, entry.removeprefix("cfunc."))
    marked, left_over = _loops_that_say(text, "isvectorized"), _loops_that_say(text, "unroll.disable")
    at_once, whole, part, scalar = 0, 0, 0, 0
    for loop, mark in _innermost(body):
        widths = [int(width) for width in _VECTOR.findall(loop)]
        if widths:
            at_once = max(at_once, *widths)
        if mark in marked:
            whole += bool(widths)
        elif widths:
            part += 1
        elif _SCALAR.search(loop) and mark not in left_over:
            scalar += 1
    if not at_once:
        return "no"
    if part or scalar:
        return f"in part: {whole + part} of {whole + part + scalar} loops, {at_once} at once"
    return f"yes, {at_once} at once"


def _loops_that_say(text: str, what: str) -> set[str]:
    """The numbers of loops that say this of themselves."""
    says = set(re.findall(rf'^!(\d+) = !\{{!"llvm\.loop\.{re.escape(what)}"[^\n]*\}}', text, re.MULTILINE))
    loops = re.findall(r"^!(\d+) = distinct !\{([^\n]*)\}", text, re.MULTILINE)
    return {number for number, inside in loops if says & set(re.findall(r"!(\d+)", inside))}


def _function(text: str, name: str) -> str:
    """A function's body, as text."""
    begins = re.search(rf'^define [^\n]*@"?{re.escape(name)}"?\([^\n]*\{{$', text, re.MULTILINE)
    if begins is None:
        return ""
    return text[begins.end() : text.index("\n}", begins.end())]


def _innermost(body: str) -> list[tuple[str, str]]:
    """The text of each loop that has no loop inside, and the number of its mark: from a label to the jump back."""
    parts = _LABEL.split(body)
    blocks = list(zip(["", *parts[1::2]], parts[::2], strict=True))
    places = {label: k for k, (label, _) in enumerate(blocks)}
    loops = []
    for k, (_, inside) in enumerate(blocks):
        for line in inside.splitlines():
            if line.lstrip().startswith(("br ", "switch ")):
                mark = _LOOP.search(line)
                loops += [
                    (places[to], k, mark[1] if mark else "")
                    for to in _BRANCH.findall(line)
                    if places.get(to, k + 1) <= k
                ]
    return [
        ("".join(inside for _, inside in blocks[first : last + 1]), mark)
        for first, last, mark in loops
        if not any(first <= a and b <= last and (a, b) != (first, last) for a, b, _ in loops)
    ]


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True, codemodel="jitdefault"
    )


def _set_up() -> None:
    """Have numba set LLVM up and tell it where the C library's mathematics is."""
    _ = cpu_target.target_context
