"""A user's file, read before anything of it runs: is it Python, and does it reach only for what sound is made of?

What flows in: the bytes of a file. What flows out: problems, each with its line. This guards against accidents: a
kernel pasted from somewhere that opens files, an import that takes a second to load. It is no jail; whoever means harm
finds a way round it, and so a file that the user does not know is not run at all (`trust`). [any]
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from plugin.python.report import Problem

_WHOLE = ("math", "typing", "__future__", "vocello.dsp", "realtime.dsp", "realtime.kernel", "realtime.events", "numpy")
_OF_NUMBA = frozenset((
    "njit", "jit", "types", "literal_unroll", "boolean", "int8", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64", "float32", "float64", "complex64", "complex128",
))  # fmt: skip
_NOT_OF_NUMPY = frozenset((
    "load", "save", "savez", "savez_compressed", "fromfile", "tofile", "memmap", "loadtxt", "savetxt",
    "genfromtxt", "DataSource", "ctypeslib", "f2py", "distutils", "testing", "lib", "core", "_core",
))  # fmt: skip
_NOT_CALLED = frozenset((
    "open", "exec", "eval", "compile", "__import__", "input", "breakpoint", "globals", "locals", "vars",
    "getattr", "setattr", "delattr", "memoryview", "exit", "quit", "help", "__builtins__", "__loader__",
    "__spec__",
))  # fmt: skip
_MAY_BE_IMPORTED = "A file may import numpy, math, typing, numba's njit, and vocello.dsp."


def read(data: bytes) -> tuple[ast.Module | None, list[Problem]]:
    """The syntax tree, or None, and what is wrong with the file. [any]"""
    try:
        tree = ast.parse(data)
    except SyntaxError as error:
        shown = (error.text or "").strip()
        return None, [Problem(f"{error.msg}{f': {shown}' if shown else ''}.", line=error.lineno or 1)]
    except (ValueError, RecursionError, MemoryError) as error:
        return None, [Problem(f"this is no Python: {error}.", line=1)]
    return tree, sorted(_refused(tree), key=lambda problem: problem.line)


def function_lines(tree: ast.Module) -> dict[str, int]:
    """Where each function begins. [any]"""
    return {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def loop_lines(tree: ast.Module) -> list[int]:
    """Where a loop stands whose end nobody has counted. [any]"""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.While)]


def _refused(tree: ast.Module) -> Iterator[Problem]:
    aliases: dict[str, str] = {}  # what this file calls numpy and numba
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                aliases[each.asname or each.name.split(".")[0]] = each.name if each.asname else each.name.split(".")[0]
                yield from _refused_module(each.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            yield from _refused_from(node)
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _NOT_CALLED - own:
            yield Problem(f"'{node.id}' has no place in a sound.", "Take it out.", node.lineno)
        elif isinstance(node, ast.Attribute):
            yield from _refused_attribute(node, aliases)


def _refused_from(node: ast.ImportFrom) -> Iterator[Problem]:
    module = node.module or ""
    if node.level:
        yield Problem("a file that stands alone has no neighbours to import.", _MAY_BE_IMPORTED, node.lineno)
    elif any(each.name == "*" for each in node.names):
        yield Problem(f"'from {module} import *' hides what is taken.", "Name what you need.", node.lineno)
    elif module in ("vocello", "realtime"):
        for each in node.names:
            yield from _refused_module(f"{module}.{each.name}", node.lineno)
    else:
        yield from _refused_module(module, node.lineno)
        for each in node.names:
            yield from _refused_name(module, each.name, node.lineno)


def _refused_module(module: str, line: int) -> Iterator[Problem]:
    known = module == "numba" or any(module == each or module.startswith(each + ".") for each in _WHOLE)
    if not known or _is_not_of_numpy(module):
        yield Problem(f"'{module}' may not be imported here.", _MAY_BE_IMPORTED, line)


def _is_not_of_numpy(module: str) -> bool:
    first, *rest = module.split(".")
    return first == "numpy" and bool(_NOT_OF_NUMPY & set(rest))


def _refused_name(module: str, name: str, line: int) -> Iterator[Problem]:
    if module == "numba" and name not in _OF_NUMBA:
        yield Problem(f"'numba.{name}' may not be used here.", "Of numba there is njit, and the types.", line)
    elif module.split(".")[0] == "numpy" and name in _NOT_OF_NUMPY:
        yield Problem(f"'{module}.{name}' may not be used here.", "It has to do with files, not with sound.", line)


def _refused_attribute(node: ast.Attribute, aliases: dict[str, str]) -> Iterator[Problem]:
    if node.attr.startswith("__") and node.attr.endswith("__"):
        yield Problem(f"'.{node.attr}' has no place in a sound.", "Take it out.", node.lineno)
    elif node.attr in ("ctypes", "tofile"):
        yield Problem(
            f"'.{node.attr}' may not be used here.", "A kernel reaches its state and its samples.", node.lineno
        )
    elif isinstance(node.value, ast.Name) and node.value.id in aliases:
        yield from _refused_name(aliases[node.value.id], node.attr, node.lineno)
