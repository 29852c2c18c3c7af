"""Rules of the house that a machine can read: sizes, names, docstrings, threads, and words that are never written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, program_files, python_files, text_files, tree_of

LINES_AT_MOST = 400
VAGUE = {"base", "common", "core", "helper", "helpers", "lib", "manager", "misc", "stuff", "tools", "util", "utils"}

# The last words of a public function of the engine and the ears: who may call it.
THREADS = ("audio", "ears", "midi", "main", "gui", "worker", "any")
THREAD_TAG = re.compile(rf"(\[({'|'.join(THREADS)})\]\s?)+$")

# Written so that this file does not find itself.
NEVER = {
    "a folder of one machine": re.compile(r"(?<![\w.~$}/])[/](work|root|home|Users|tmp|opt)[/]\w"),
    "a folder beside the checkout": re.compile(r"\.\.[/]shared"),
    "the address of a registry": re.compile(r"[p]ypi\.org|pythonhosted[.]org|(extra-)?index-url[ =]|--find[-]links"),
    "work left undone": re.compile(r"\b([T]ODO|[F]IXME|[X]XX)\b|raise [N]otImplementedError"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """Of the module and of its public classes; what stands inside a function is nobody's to call."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (each for each in node.body if isinstance(each, Function) and not each.name.startswith("_"))


def untagged(tree: ast.Module) -> list[str]:
    return [
        f"{function.name}, line {function.lineno}"
        for function in public_functions(tree)
        if not THREAD_TAG.search((ast.get_docstring(function) or "").strip()) and not is_setter(function)
    ]


def is_setter(function: Function) -> bool:
    """The setter of a property is told about in the property's own docstring."""
    return any(isinstance(each, ast.Attribute) and each.attr == "setter" for each in function.decorator_list)


def never_in(text: str) -> list[str]:
    return [
        f"line {number}: {what}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in NEVER.items()
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_a_reader_can_hold():
    scripts = [Path("run"), Path("check")]
    long = {str(path): n for path in (*python_files(), *scripts) if (n := text_of(path).count("\n")) > LINES_AT_MOST}
    assert long == {}


def test_names_say_what_is_inside():
    vague = [
        str(path)
        for path in python_files()
        if any(VAGUE & set(part.removesuffix(".py").lower().split("_")) for part in path.parts)
    ]
    assert vague == []


def test_every_module_says_what_it_is():
    assert [str(path) for path in python_files() if not ast.get_docstring(tree_of(path))] == []


def test_every_public_function_of_engine_and_ears_names_its_thread():
    paths = program_files("realtime", "ml")
    assert len(paths) > 20
    assert {str(path): missing for path in paths if (missing := untagged(tree_of(path)))} == {}


def test_a_missing_thread_would_be_seen():
    tree = ast.parse(
        'class Ring:\n def push(self):\n  """Push. [audio] [ears]"""\n def pop(self):\n  """Pop."""\n'
        'def _inner(): ...\ndef silent(): ...\ndef strange():\n  """Runs. [attic]"""\n'
    )
    assert untagged(tree) == ["pop, line 4", "silent, line 7", "strange, line 8"]


def test_nothing_stands_in_a_file_that_only_its_writer_understands():
    assert len(text_files()) > 50
    assert {str(path): found for path in text_files() if (found := never_in(text_of(path)))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "open('" + "/" + "root/voice.wav')",
        "see .." + "/" + "shared/notes",
        "pip install --index" + "-url example.org",
        "# TO" + "DO: later",
        "raise Not" + "ImplementedError",
    ],
)
def test_what_must_not_stand_in_a_file_would_be_seen(line: str):
    assert len(never_in(line)) == 1


def test_commands_can_be_run_and_say_what_they_run_in():
    for name in ("run", "check", ".ci/run"):
        path = ROOT / name
        assert path.stat().st_mode & 0o111, f"{name} is not executable"
        assert text_of(Path(name)).startswith("#!/usr/bin/env bash\n")
