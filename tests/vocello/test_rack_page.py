"""The page about racks: its file loads and sounds, its lines of Python run, what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from plugin.builtin import builtin_names
from plugin.rack_file import from_text
from tests.plugin.rack.inhabitants import Bench

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rack.md").read_text(encoding="utf-8")


def test_the_rack_of_the_page_sounds():
    plan = from_text(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    bench = Bench(plan)
    sound = np.random.default_rng(1).normal(0, 0.1, 128 * 100).astype(np.float32)
    assert np.abs(bench.play(100, sound)).max() > 0.05
    assert not bench.bench.resting
    for slot in plan.slots():
        assert set(slot.values) <= set(bench.bench.processors[slot.name].parameters)


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL), ids=lambda block: block[:30])
def test_its_python_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs/rack.md", "exec"), {})


def test_the_effects_it_names_exist():
    table = PAGE.split("## What stands in it")[1].split("##")[0]
    named = re.findall(r"`(\w+)`", table.split("vst3:")[0])
    assert set(named) <= set(builtin_names())
    assert {"reverb", "cello"} <= set(named)
