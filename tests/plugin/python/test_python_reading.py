"""A user's file is read before it runs, and what has no place in a sound is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.python.reading import read
from tests.plugin.python.written import text, tried


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import os", "'os' may not be imported"),
        ("from subprocess import run", "'subprocess' may not be imported"),
        ("import socket as s", "'socket'"),
        ("import numpy.ctypeslib", "'numpy.ctypeslib'"),
        ("from numpy import save", "'numpy.save'"),
        ("np.load('a.npy')", "'numpy.load'"),
        ("np.memmap('a')", "'numpy.memmap'"),
        ("from numba import carray", "'numba.carray'"),
        ("import numba\nnumba.cuda", "'numba.cuda'"),
        ("from numba.extending import intrinsic", "'numba.extending'"),
        ("from realtime.host import Host", "'realtime.host'"),
        ("from realtime import machine", "'realtime.machine'"),
        ("from vocello import Cello", "'vocello.Cello'"),
        ("from . import neighbour", "stands alone"),
        ("from numpy import *", "hides what is taken"),
        ("open('a', 'w')", "'open'"),
        ("exec('1')", "'exec'"),
        ("__import__('os')", "'__import__'"),
        ("().__class__.__base__", "'.__base__'"),
        ("np.zeros(3).tofile('a')", "'.tofile'"),
    ],
)
def test_what_has_no_place_in_a_sound_is_named_with_its_line(line: str, words: str) -> None:
    written = text(before=f"{line}\n")
    _, problems = read(written.encode())
    wanted = written.splitlines().index(line.splitlines()[-1]) + 1
    assert any(words in problem.what and problem.line == wanted for problem in problems), problems


def test_what_sound_is_made_of_may_be_imported() -> None:
    lines = (
        "from __future__ import annotations",
        "import math",
        "import numpy",
        "import numpy as np",
        "from numpy import pi, sin",
        "from typing import Any",
        "from numba import njit, float32",
        "from realtime.kernel import kernel",
        "from realtime.dsp.tame import tame",
        "from realtime.events import NOTE_ON",
        "from vocello import dsp",
        "from vocello.dsp import glide",
    )
    assert read("\n".join(lines).encode())[1] == []


def test_a_word_that_a_file_uses_for_something_of_its_own_is_its_own() -> None:
    assert read(b"def f(x):\n    input = x\n    return input\n")[1] == []


def test_a_mistake_in_the_grammar_is_shown_with_its_line() -> None:
    tree, (problem,) = read(b"a = 1\nfor n in range(3)\n    pass\n")
    assert tree is None
    assert problem.line == 2
    assert "for n in range(3)" in problem.what


@pytest.mark.parametrize("data", [b"\0", b"\xff\xfe\0a", b"# coding: nowhere\n", b"(" * 5000, b"-" * 100_000 + b"1"])
def test_what_is_no_text_is_a_problem_and_no_crash(data: bytes) -> None:
    assert read(data)[1]


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(data: bytes) -> None:
    tree, problems = read(data)
    assert (tree is not None) or problems


def test_nothing_of_a_refused_file_has_run(tmp_path: Path) -> None:
    trace = tmp_path / "it ran"
    path = tmp_path / "spy.py"
    path.write_text(f"import pathlib\npathlib.Path({str(trace)!r}).write_text('!')\n" + text())
    report = tried(path)
    assert not report.passed
    assert str(report.problems[0]).startswith(f"{path}:1: ")
    assert not trace.exists()
