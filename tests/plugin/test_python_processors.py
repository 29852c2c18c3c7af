"""The suite of every processor, over the examples of Python; and an effect that is saved anew while it sounds."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SlotPlan
from plugin.python.processor import PythonDsp
from plugin.python.trust import EXAMPLES, adopt
from plugin.workbench import Workbench
from realtime.host import Host
from tests.plugin.every_processor import EveryProcessor
from tests.realtime.driving import RATE, Card

pytestmark = pytest.mark.timeout(400)  # each is proved once

NAMES = sorted(path.name for path in EXAMPLES.glob("*.py") if path.stem != "__init__")
for _name in NAMES:
    _of = type(f"Test{_name}", (EveryProcessor,), {"make": staticmethod(lambda name=_name: PythonDsp(name))})
    globals()[f"Test{Path(_name).stem.title().replace('_', '')}"] = _of

EFFECT = """
import numpy as np
from vocello.dsp import Knob, kernel, tame

STATE = np.dtype([("by", "f8"), ("seen", "f8")], align=True)

@kernel(STATE, Knob("by", -4.0, 4.0, 1.0))
def effect(s, x, y, frames):
    for n in range(frames):
        {line}
        s.seen += 1.0
"""
PATIENCE_S = 60.0  # another process proves what was saved
TIMES, MINUS = "y[n] = tame(x[n]) * s.by", "y[n] = -tame(x[n]) * s.by"


def test_there_are_five_of_them():
    assert len(NAMES) == 5


def test_an_effect_that_is_saved_is_heard_and_one_that_is_broken_is_not(tmp_path, monkeypatch):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    file = tmp_path / "effect.py"

    def save(line: str) -> None:
        file.write_text(EFFECT.format(line=line))

    save(TIMES)
    adopt(file)
    bench, host = Workbench(), Host(RATE)
    bench.load(RackPlan("r", (ChainPlan("v", MICROPHONE, (SlotPlan("it", "python:effect.py"),)),)), tmp_path)
    bench.wait_until_ready(60.0)
    bench.begin(host, 128)
    card = Card(host)
    news: list[str] = []
    sound = np.full(128, 0.5, np.float32)
    last = [card.block(128, sound)[-1, 0]]

    def until(true) -> None:
        gives_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < gives_up:
            out = card.block(128, sound)[:, 0]
            assert np.abs(np.diff(np.concatenate([last, out]))).max() < 0.01
            last[:] = [out[-1]]
            news.extend(each.text for each in bench.tick(host.played.pop_all()))
            if true(out):
                return
        raise AssertionError(f"this did not happen; it said: {news}")

    try:
        until(lambda out: out[-1] == 0.5)
        bench.turn("it", "by", 1.0)
        save(MINUS)
        until(lambda out: out[-1] == -0.5)
        save("y[n] = x[n] +")
        until(lambda out: any("effect.py:10: invalid syntax" in text for text in news))
        assert any("The version before plays on" in text for text in news)
        until(lambda out: out[-1] == -0.5)
        save("y[n] = np.sqrt(-1.0 - abs(x[n]))")
        until(lambda out: any("no number" in text for text in news))
        save(TIMES)
        until(lambda out: out[-1] == 0.5)
        state = host.rack.state(
            next(slot.name for slot in host.rack.slots if slot.name.startswith("it/") and slot.name[3:].isdigit())
        )
        assert state["seen"][0] == host.frame  # through all versions
    finally:
        bench.close()
