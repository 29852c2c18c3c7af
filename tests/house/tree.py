"""The house as its tests see it: which files it has, and what they import.

What flows in: the checkout. What flows out: paths, relative to its root, and imports with the line they stand on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ROOMS = ("vocello", "gui", "server", "ml", "plugin", "realtime", "score", "models")
_NOT_OURS = {"build", "dist", "demo"}
_TEXT = {".py", ".md", ".cfg", ".toml", ".txt", ".sh", ".yml", ".yaml", ".json", ""}


@dataclass(frozen=True)
class Import:
    """One imported module, and where: a line of a file, at its top or inside a function. [any]"""

    module: str
    file: str
    line: int
    at_top: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


@cache
def text_files() -> tuple[Path, ...]:
    """Everything somebody wrote, from the root. [main]"""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in (".ci", ".github", ".gitignore")
        if hidden or path.name.startswith("__pycache__") or path.name.endswith(".egg-info") or path.is_symlink():
            continue
        if path.is_dir():
            if folder != ROOT or path.name not in _NOT_OURS:
                yield from _walk(path)
        elif path.suffix in _TEXT:
            yield path.relative_to(ROOT)


def python_files() -> list[Path]:
    """All of Python, tests and benchmarks too. [main]"""
    return [path for path in text_files() if path.suffix == ".py"]


def program_files(*rooms: str) -> list[Path]:
    """What is installed: the rooms named, or all. [main]"""
    return [path for path in python_files() if path.parts[0] in (rooms or ROOMS) and len(path.parts) > 1]


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file. [main]"""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """What an import has to say to get this file. [any]"""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Every module of the program, by name. [main]"""
    return {module_name(path): path for path in program_files()}


def imports_of(path: Path) -> list[Import]:
    """What a file imports when it runs; what only the type checker reads is left out. [main]"""
    return list(_imports(tree_of(path), path, at_top=True))


def _imports(node: ast.AST, path: Path, at_top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(name.name, path.as_posix(), child.lineno, at_top)
        elif isinstance(child, ast.ImportFrom):
            for module in _targets(child, path):
                yield Import(module, path.as_posix(), child.lineno, at_top)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _imports(other, path, at_top)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(child, path, at_top and not inside)


def _targets(node: ast.ImportFrom, path: Path) -> list[str]:
    """`from a import b` is an import of a.b when that is a module, and of a when it is a name in it."""
    module = node.module or ""
    if node.level:
        package = path.parent.parts[: len(path.parent.parts) - node.level + 1]
        module = ".".join((*package, module) if module else package)
    if module.split(".")[0] not in ROOMS:
        return [f"{module}.{name.name}" for name in node.names]
    found = [f"{module}.{name.name}" for name in node.names if f"{module}.{name.name}" in modules()]
    return found if len(found) == len(node.names) else [module, *found]
