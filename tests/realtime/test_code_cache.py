"""The folder of compiled code: named after the sources, chosen before numba looks, cleared of what is old."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realtime import code_cache

ROOT = Path(__file__).resolve().parents[2]


COMPILES = "from numba import njit\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with rooms of its own, and a home for its cache."""
    for room in ("realtime", "ml", "plugin", "gui"):
        (tmp_path / "house" / room).mkdir(parents=True)
        (tmp_path / "house" / room / "__init__.py").write_text("")
        (tmp_path / "house" / room / "code.py").write_text(COMPILES)
    monkeypatch.setattr(code_cache, "__file__", str(tmp_path / "house" / "realtime" / "code_cache.py"))
    monkeypatch.setattr(code_cache, "user_cache_path", lambda name: tmp_path / "home" / name)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    return tmp_path / "house"


@pytest.mark.parametrize("room", ["realtime", "ml", "plugin"])
@pytest.mark.parametrize(
    "text",
    [
        "import numba\n",
        "from numba import carray\n",
        "from realtime.kernel import kernel\n@kernel(STATE)\ndef hum(s, frames): ...\n",
        "from realtime.callback import compiled\n@compiled\ndef hum(): ...\n",
    ],
)
def test_an_edit_of_what_is_compiled_makes_another_folder(house: Path, room: str, text: str) -> None:
    (house / room / "deeper").mkdir()
    made = house / room / "deeper" / "made.py"
    folders = {code_cache.cache_folder()}
    for edit in (text, text + "# edited\n", text + "# edited again\n"):
        made.write_text(edit)
        folders.add(code_cache.cache_folder())
    assert len(folders) == 4


@pytest.mark.parametrize(
    "line",
    [
        "from realtime.layout import SIZE",
        "from realtime.layout import OTHER, SIZE as MOST",
        "from realtime.layout import (\n    OTHER,\n    SIZE,\n)",
        "from realtime import layout",
        "from realtime import layout as shapes",
        "from realtime import (\n    events,\n    layout,\n)",
        "import realtime.layout",
        "import realtime.layout as shapes",
        "from realtime.between import SIZE",  # which has it from there
    ],
)
def test_an_edit_of_what_compiled_code_imports_makes_another_folder(house: Path, line: str) -> None:
    """A constant is frozen into machine code: an old one would be heard."""
    (house / "realtime" / "between.py").write_text("from realtime.layout import SIZE\n")
    (house / "realtime" / "layout.py").write_text("SIZE = 1\n")
    (house / "ml" / "code.py").write_text(COMPILES + line + "\n")
    folder = code_cache.cache_folder()
    (house / "realtime" / "layout.py").write_text("SIZE = 2\n")
    assert code_cache.cache_folder() != folder


def test_an_edit_of_what_is_not_compiled_keeps_what_was(house: Path) -> None:
    (house / "realtime" / "pipe.py").write_text("import os\n")
    folder = code_cache.cache_folder()
    (house / "gui" / "code.py").write_text(COMPILES + "# edited\n")
    (house / "realtime" / "pipe.py").write_text("import os, sys\n")
    (house / "realtime" / "notes.txt").write_text("not code")
    assert code_cache.cache_folder() == folder


def test_text_that_moves_from_one_file_to_the_next_makes_another_folder(house: Path) -> None:
    (house / "realtime" / "a.py").write_text(COMPILES + COMPILES)
    (house / "realtime" / "b.py").write_text(COMPILES)
    folder = code_cache.cache_folder()
    (house / "realtime" / "a.py").write_text(COMPILES)
    (house / "realtime" / "b.py").write_text(COMPILES + COMPILES)
    assert code_cache.cache_folder() != folder


def test_the_folder_is_made_and_told_to_a_numba_that_is_here_already(house: Path) -> None:
    import numba

    code_cache.keep_code()
    folder = code_cache.cache_folder()
    assert folder.is_dir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder) == numba.config.CACHE_DIR


def test_a_folder_of_the_users_own_choice_stays(house: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    code_cache.keep_code()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "mine")
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_written_to_is_no_error(house: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    code_cache.keep_code()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_old_folders_go_and_the_newest_and_whatever_ran_today_stay(house: Path) -> None:
    parent = code_cache.cache_folder().parent
    day_s = 24 * 3600
    for n in range(12):
        (parent / f"old {n}" / "deeper").mkdir(parents=True)
        age_s = (n + 1) * 3600 if n < 6 else (n + 1) * day_s
        os.utime(parent / f"old {n}", (time.time() - age_s,) * 2)
    code_cache.keep_code()
    left = {each.name for each in parent.iterdir()}
    assert left == {code_cache.cache_folder().name, *(f"old {n}" for n in range(6))}


def test_a_run_keeps_its_folder_young(house: Path) -> None:
    code_cache.keep_code()
    folder = code_cache.cache_folder()
    os.utime(folder, (1.0, 1.0))
    del os.environ["NUMBA_CACHE_DIR"]
    code_cache.keep_code()
    assert folder.stat().st_mtime > time.time() - 3600


def test_a_folder_that_vanishes_while_old_ones_are_looked_for_costs_nobody_his_cache(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two programs start at once, and the other one clears up first."""

    def gone(parent: Path) -> None:
        raise FileNotFoundError(parent)

    monkeypatch.setattr(code_cache, "_forget_old", gone)
    code_cache.keep_code()
    assert os.environ.get("NUMBA_CACHE_DIR") == str(code_cache.cache_folder())


def test_it_is_warm_when_the_callback_lies_there_and_not_before(house: Path) -> None:
    assert not code_cache.is_warm()
    code_cache.keep_code()
    assert not code_cache.is_warm()
    folder = code_cache.cache_folder() / "realtime_abc"
    folder.mkdir(parents=True)
    (folder / "ring.push-42.py311.nbi").write_bytes(b"")
    (folder / "callback.wire-246.py311.nbi").write_bytes(b"")  # a part of it; the run was broken off
    assert not code_cache.is_warm()
    (folder / "callback.callback-60.py311.nbi").write_bytes(b"")
    assert code_cache.is_warm()


SCRIPT = """
from numba.core import event

class Count(event.Listener):
    passes = 0
    def on_start(self, what): Count.passes += 1
    def on_end(self, what): pass

import realtime
event.register("numba:run_pass", Count())
from realtime.callback import callback_address
from realtime.code_cache import is_warm
from realtime.dsp.lowpass import lowpass
before = is_warm()
callback_address()
lowpass.address
print(before, Count.passes, is_warm())
"""


def test_a_warm_start_compiles_neither_the_callback_nor_a_kernel() -> None:
    def start() -> list[str]:
        command = [sys.executable, "-c", SCRIPT]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    start()
    assert start() == ["True", "0", "True"]
