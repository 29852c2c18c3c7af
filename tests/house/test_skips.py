"""Only a registered reason skips a test, and on CI only one that CI cannot help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import skips
from tests.house.tree import ROOT

THREE_TESTS = """
import pytest

def test_that_is_skipped():
    pytest.skip({reason!r})

@pytest.mark.skipif(True, reason={reason!r})
def test_that_is_marked():
    assert False

def test_that_passes():
    assert True
"""

A_FILE = """
import pytest

pytest.skip({reason!r}, allow_module_level=True)
"""


def run_pytest(folder: Path, source: str, ci: str = "") -> tuple[int, str]:
    """The tests in `source`, under the rules of this house: their exit code and last line."""
    (folder / "test_them.py").write_text(source)
    (folder / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\nmarkers = jack\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-c", "pytest.ini", "--rootdir", ".", "test_them.py"]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return answer.returncode, answer.stdout.strip().splitlines()[-1]


def test_a_registered_reason_skips(tmp_path: Path):
    code, last = run_pytest(tmp_path, THREE_TESTS.format(reason=skips.NO_DISPLAY.why))
    assert (code, last.split(" in ")[0]) == (0, "1 passed, 2 skipped")


def test_any_other_reason_fails(tmp_path: Path):
    code, last = run_pytest(tmp_path, THREE_TESTS.format(reason="it was red this morning"))
    assert (code, last.split(" in ")[0]) == (1, "1 failed, 1 passed, 1 error")


def test_a_file_is_not_skipped_for_any_other_reason_either(tmp_path: Path):
    code, last = run_pytest(tmp_path, A_FILE.format(reason="it was red this morning"))
    assert code != 0
    assert "error" in last


def test_on_ci_a_missing_server_is_a_failure(tmp_path: Path):
    source = THREE_TESTS.format(reason=skips.NO_JACK.why)
    assert run_pytest(tmp_path, source)[0] == 0
    code, last = run_pytest(tmp_path, source, ci="true")
    assert (code, last.split(" in ")[0]) == (1, "1 failed, 1 passed, 1 error")


@pytest.mark.parametrize("reason", skips.REASONS.values(), ids=lambda reason: reason.why)
def test_a_reason_says_what_would_make_the_test_run(reason: skips.Reason):
    assert reason.cure
    assert skips.objection(f"Skipped: {reason.why}", ci=False) is None
    assert (skips.objection(reason.why, ci=True) is not None) == reason.ci_has_it
