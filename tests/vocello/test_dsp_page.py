"""The page for those who write DSP: every file on it passes its trial, and it names all there is to import."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vocello.dsp
from plugin.python.proof import Proof
from plugin.python.source import read_source
from plugin.python.trust import EXAMPLES
from vocello.commands import dsp

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "dsp.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.findall(r"def (\w+)", block)[0])
def test_a_file_on_the_page_passes_its_trial(block: str, tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text(block, encoding="utf-8")
    report = Proof(read_source(path)).wait()
    assert report.passed, report.problems
    assert report.warnings == ()


def test_the_commands_on_the_page_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for room in ("trust", "processor", "beginning"):
        monkeypatch.setattr(f"plugin.python.{room}.own_folder", lambda: tmp_path)
    for line in COMMANDS[0].splitlines():
        program, room, what, argument = line.split()
        assert (program, room) == ("vocello", "dsp")
        if what == "new":
            dsp.new(argument, instrument=False, folder=None, as_json=False)
        else:
            {"check": dsp.check, "bench": dsp.bench}[what](Path(argument), agree=False, as_json=False)
    told = capsys.readouterr().out
    assert "'wobble' may play." in told
    assert "allocations" in told


def test_the_page_names_all_that_can_be_imported() -> None:
    missing = [name for name in vocello.dsp.__all__ if not re.search(rf"`{name}\b|, {name}\b|\b{name}\(", PAGE)]
    assert missing == []
    assert all(hasattr(vocello.dsp, name) for name in vocello.dsp.__all__)


def test_the_page_names_every_example() -> None:
    names = {path.name for path in EXAMPLES.glob("[a-z]*.py")}
    assert names == set(re.findall(r"`python:(\w+\.py)`", PAGE)) - {"wobble.py"}
