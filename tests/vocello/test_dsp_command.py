"""`vocello dsp`: a file to begin with, findings with their lines, figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.python import beginning, processor, trust
from score.errors import FileError, KernelError, UsageError
from vocello.commands import dsp


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder."""
    folder = tmp_path / "own"
    for room in (trust, beginning, processor):
        monkeypatch.setattr(room, "own_folder", lambda: folder)
    monkeypatch.setattr(trust, "_file", lambda: tmp_path / "trusted.json")
    return folder


@pytest.mark.parametrize("instrument", [False, True])
def test_what_new_writes_may_play_at_once(instrument: bool, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dsp.new("wobble", instrument, None, as_json=False)
    written = (own / "wobble.py").read_text(encoding="utf-8")
    assert "my_" not in written
    assert f"python:{'wobble.py'}" in capsys.readouterr().out
    dsp.check(Path("wobble.py"), agree=False, as_json=False)
    told = capsys.readouterr().out
    assert "'wobble' may play. An " + ("instrument" if instrument else "effect") in told


def test_a_file_begun_in_another_folder_is_the_users_own_too(tmp_path: Path) -> None:
    dsp.new("wobble", False, tmp_path / "elsewhere", as_json=True)
    path = tmp_path / "elsewhere" / "wobble.py"
    path.write_text(path.read_text() + "# edited\n")
    assert trust.is_trusted(path, path.read_bytes())


@pytest.mark.parametrize("name", ["a-b", "1st", "class", "", "_hidden", "sine", "tame", "ünder"])
def test_a_name_that_no_file_can_have_is_refused(name: str, own: Path) -> None:
    with pytest.raises(UsageError, match="vocello dsp new"):
        dsp.new(name, False, None, as_json=False)
    assert not own.exists()


def test_what_is_there_is_not_written_over(own: Path) -> None:
    dsp.new("wobble", False, None, as_json=False)
    (own / "wobble.py").write_text("mine")
    with pytest.raises(FileError, match="is there already"):
        dsp.new("wobble", True, None, as_json=False)
    assert (own / "wobble.py").read_text() == "mine"


def test_problems_are_named_with_their_lines(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own.mkdir()
    (own / "bad.py").write_text("import os\nimport socket\n")
    with pytest.raises(KernelError, match="2 problems keep 'bad"):
        dsp.check(Path("bad.py"), agree=False, as_json=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{own / 'bad.py'}:1: 'os'")
    assert second.startswith(f"{own / 'bad.py'}:2: 'socket'")


def test_what_is_not_the_users_own_runs_only_once_it_is_agreed_to(tmp_path: Path) -> None:
    path = tmp_path / "theirs.py"
    path.write_text("import os\n")
    with pytest.raises(trust.UntrustedError, match="--trust"):
        dsp.check(path, agree=False, as_json=False)
    with pytest.raises(KernelError, match="one problem"):
        dsp.check(path, agree=True, as_json=False)
    with pytest.raises(KernelError, match="one problem"):
        dsp.check(path, agree=False, as_json=False)


def test_figures_are_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    dsp.bench(Path("ring_modulator.py"), agree=False, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is True
    assert told["figures"]["allocations"] == 0
    assert told["figures"]["p50_us"] > 0.0
    dsp.bench(Path("ring_modulator.py"), agree=False, as_json=False)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("p50", "p99.9", "vectorised", "allocations"))


def test_a_file_that_imports_from_vocello_dsp_loads_no_engine() -> None:
    heavy = ("realtime.host", "realtime.machine", "sounddevice", "onnxruntime", "typer", "rich", "vocello.playing")
    code = f"import vocello.dsp, sys; sys.exit(sum(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
