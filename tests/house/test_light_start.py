"""`vocello --help` answers at once, because it loads nothing that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

HEAVY = {"numba", "llvmlite", "numpy", "scipy", "sounddevice", "onnxruntime", "pedalboard", "rtmidi", "torch", "PyQt6"}

WHAT_IS_LOADED = """
import contextlib, io, json, sys
from vocello.command_line import run
with contextlib.redirect_stdout(io.StringIO()) as said:
    code = run(json.loads(sys.argv[1]))
print(json.dumps([code, said.getvalue(), sorted({name.split(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["live", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]):
    asked = [sys.executable, "-c", WHAT_IS_LOADED, json.dumps(arguments)]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    code, said, loaded = json.loads(answer.stdout)
    assert code == 0
    assert "vocello" in said
    assert sorted(HEAVY & set(loaded)) == []
