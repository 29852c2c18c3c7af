"""What a compiler says, in words for whoever wrote the file: the line, what is wrong there, what to do.

What flows in: numba's errors, offences of `kernel_check`, LLVM with its lines. What flows out: problems. [any]
"""

from __future__ import annotations

import ast
import re

from plugin.python.report import Problem
from plugin.python.source import Source
from score.errors import KernelError

_PLACE = re.compile(r'File "([^"]+)", line (\d+)|\(([^()\n]+), line (\d+)\)|\(([^()\n]+):(\d+)\)')
_SHOWN = {
    "numba.unresolved": "calls itself",
    "allocates": "asks for memory, or gives some back",
    "interpreter": "enters the interpreter",
    "exception": "can raise an exception",
}
_NOISE = re.compile(
    r"^(Failed in nopython mode|Compilation is falling|During: |File |There are \d+ candidate|- Of which|Overload|"
    r"With argument|No match|Rejected as|Known signatures|This is not usually|To see Python|For more information|"
    r"https?:|This error |- resolution|<source|[-=*^ ]+$)"
)
_LOCATION = re.compile(r"!(\d+) = (?:distinct )?!DILocation\(line: (\d+)")
_DEFINE = re.compile(r'^define [^\n]*@(?:"([^"]+)"|([\w.$-]+))\(', re.MULTILINE)
_CALL = re.compile(r'@(?:"([^"]+)"|([\w.$-]+))\([^\n]*?(?:!dbg !(\d+))?$', re.MULTILINE)
_ALLOCATES = re.compile(r"NRT_(?:Allocate|MemInfo_(?:alloc|new|varsize|realloc)|Reallocate)")

_CURES = (
    ("numba.unresolved", "A function may not call itself: write a loop."),
    ("allocates", "Put arrays into the state; where a slice with arithmetic makes a new array, write a loop."),
    ("interpreter", "Compiled code may call numpy's mathematics, and functions decorated with @compiled."),
    ("exception", "Decorate helpers with @compiled; take out raise and assert."),
    ("global array", "Put tables into the state, where prepare fills them."),
    ("address", "Call functions by their names."),
    ("libm", "Of the C library there is its mathematics."),
    ("outside its state", "Keep what changes in the state."),
)  # fmt: skip


def of_an_exception(error: BaseException, source: Source, tree: ast.Module) -> Problem:
    """The problem that an error is which came up while the file was run or compiled. [any]"""
    text = error.what if isinstance(error, KernelError) else f"{type(error).__name__}: {error}"
    fix = error.fix if isinstance(error, KernelError) else ""
    line = _line_of(text, source) or _line_of_traceback(error, source)
    if "does not compile:" in text:
        what = _shortened(text)
        return Problem(what, line=line or _line_of_the_word(what, tree) or kernel_line(tree))
    text = _PLACE.sub("", text.replace(str(source.kept), source.name)).replace(" .", ".").strip()
    return Problem(text, fix, line or kernel_line(tree))


def of_an_offence(error: KernelError, source: Source, tree: ast.Module, allocating: list[int]) -> list[Problem]:
    """One problem for each thing that keeps a kernel from the audio thread. [any]"""
    said = error.what.partition("audio thread: ")[2].rstrip(".") or error.what
    kinds: dict[str, Problem] = {}
    for offence in said.split("; "):
        cure = next(((key, fix) for key, fix in _CURES if key in offence), ("", ""))
        what = _SHOWN.get(cure[0]) or offence.partition(" in ")[0]
        line = _line_of_function(offence, tree) or kernel_line(tree)
        if cure[0] == "exception":
            line = _line_that_raises(tree) or line
        kinds.setdefault(cure[0] or what, Problem(f"the kernel {what}.", cure[1], line))
    if "allocates" in kinds:  # where memory is asked for it can be missing: the rest follows from that
        what, fix, line = kinds["allocates"].what, kinds["allocates"].fix, kinds["allocates"].line
        return [Problem(what, fix, each) for each in allocating or [line]]
    for cause, consequences in (("numba.unresolved", ("address", "exception")), ("interpreter", ("libm", "exception"))):
        if cause in kinds:
            kinds = {key: problem for key, problem in kinds.items() if key not in consequences}
    return list(kinds.values())


def kernel_line(tree: ast.Module) -> int:
    """Where the kernel begins. [any]"""
    decorated = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    return next((node.lineno for node in decorated if "kernel(" in ast.unparse(node.decorator_list[0])), 0)


def line_counting_on_the_block(tree: ast.Module) -> int:
    """A line that computes with how many frames a call has, which is a card's affair and no sound's; or 0. [any]"""
    ranges = {
        id(inside)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
        for inside in ast.walk(node)
    }
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "frames"]
    return next((node.lineno for node in names if id(node) not in ranges), 0)


def allocating_lines(text: str, last_line: int) -> list[int]:
    """The lines that ask for memory, of LLVM compiled with debug information; lines of other files are left out by
    the functions they stand in. [any]"""
    starts = [*_DEFINE.finditer(text)]
    bodies = {begin[1] or begin[2]: text[begin.end() : text.find("\n}", begin.end())] for begin in starts}
    calls = {
        name: [(quoted or plain, mark) for quoted, plain, mark in _CALL.findall(body)] for name, body in bodies.items()
    }
    allocates = {name for name in calls if _ALLOCATES.search(name)}
    grown = True
    while grown:
        new = {
            name
            for name, made in calls.items()
            if name not in allocates and any(to in allocates or _ALLOCATES.match(to) for to, _ in made)
        }
        allocates |= new
        grown = bool(new)
    lines = dict(_LOCATION.findall(text))
    own = [made for name, made in calls.items() if "vocello_dsp_" in name and "numba2" not in name]
    found = {
        int(lines[mark])
        for made in own
        for to, mark in made
        if mark in lines and (to in allocates or _ALLOCATES.match(to)) and "vocello_dsp_" not in to
    }
    return sorted(line for line in found if 0 < line <= last_line)


def _line_of(text: str, source: Source) -> int:
    """The last line of the user's file that a message names: the innermost."""
    found = [
        int(match[2] or match[4] or match[6])
        for match in _PLACE.finditer(text)
        if (match[1] or match[3] or match[5]).endswith(source.name)
    ]
    return found[-1] if found else 0


def _line_of_traceback(error: BaseException, source: Source) -> int:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(source.kept):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _line_of_function(offence: str, tree: ast.Module) -> int:
    where = offence.rpartition(" in ")[2].split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in where:
            return node.lineno
    return 0


def _line_of_the_word(what: str, tree: ast.Module) -> int:
    """Where a name stands that a message quotes without saying where."""
    for word in reversed(re.findall(r"'(\w+)'", what)):
        for node in ast.walk(tree):
            if getattr(node, "attr", None) == word or (isinstance(node, ast.Name) and node.id == word):
                return int(node.lineno)  # type: ignore[attr-defined]
    return 0


def _line_that_raises(tree: ast.Module) -> int:
    return next((node.lineno for node in ast.walk(tree) if isinstance(node, (ast.Raise, ast.Assert))), 0)


def _shortened(text: str) -> str:
    """What is left of numba's message for one line: the sentence that says what, and the types that did not fit."""
    lines = [line.strip() for line in text.partition("does not compile:")[2].splitlines()]
    said = [line for line in lines if line and not _NOISE.match(line)]
    shown = next((line.removeprefix(">>>").strip() for line in said if line.startswith(">>>")), "")
    first = next((line for line in said if not line.startswith(">>>")), "it does not compile")
    first = re.sub(r"Function\(<(?:built-in )?function (\w+)[^)]*\)", r"'\1'", first)
    first = re.sub(r" found for signature:?$", " fits these types", first).rstrip(".:")
    first = re.sub(r"^'(\w+)'$", r"a record has no field '\1'", first)
    return f"{first}{f': {shown}' if shown else ''}."[:400]
