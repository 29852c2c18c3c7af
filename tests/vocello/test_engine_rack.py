"""Racks through the door: an app that holds the engine in another process loads, turns, learns and comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SlotPlan
from realtime.client import Engine
from realtime.events import CONTROL, event
from score.checked import brief
from score.errors import RackError, VocelloError

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

PLAN = RackPlan(
    "two", (ChainPlan("voice", MICROPHONE, (SlotPlan("f", "filter"), SlotPlan("g", "gain", values={"gain_db": -6.0}))),)
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.apart(module="vocello.engine_process") as made:
        made.load_rack(brief(PLAN))
        made.start("null")
        yield made


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60.0
    while not true():
        assert time.monotonic() < end, "this did not happen"
        time.sleep(0.02)


def values(engine: Engine, slot: str) -> dict[str, float]:
    rack = engine.ask("rack")
    return next(s for chain in rack["chains"] for s in chain.get("slots", []) if s["name"] == slot).get("values", {})


def test_a_rack_is_loaded_turned_and_told(engine: Engine) -> None:
    engine.turn("f", "cutoff_hz", 440.0)
    engine.turn("g/blend", "mix", 0.5)
    engine.turn("voice:fader", "level_db", -3.0)
    rack = engine.ask("rack")
    voice = rack["chains"][0]
    assert (voice["level_db"], voice["slots"][1]["mix"]) == (-3.0, 0.5)
    assert values(engine, "f")["cutoff_hz"] == 440.0
    described = engine.ask()["rack"]
    assert [each["slot"] for each in described] == ["f", "g"]
    assert next(p for p in described[0]["parameters"] if p["id"] == "cutoff_hz")["text"] == "440 Hz"


def test_a_controller_that_an_app_plays_is_learned(engine: Engine) -> None:
    engine.rack_do("learn", slot="f", parameter="cutoff_hz")
    engine.play(event(CONTROL, number=21, value=0.5))
    until(lambda: any(each["kind"] == "learned" for each in engine.news()))
    engine.play(event(CONTROL, number=21, value=0.0))
    until(lambda: values(engine, "f").get("cutoff_hz", 99.0) < 99.0)
    assert engine.ask("rack")["learned"] == [{"slot": "f", "parameter": "cutoff_hz", "controller": 21, "channel": 0}]


def test_mistakes_arrive_as_what_they_were_and_nothing_changes(engine: Engine) -> None:
    before = engine.ask("rack")
    for wrong in (
        lambda: engine.turn("nobody", "x", 1.0),
        lambda: engine.rack_do("recall", name="verse"),
        lambda: engine.rack_do("fly"),
        lambda: engine.load_rack({"chains": [{"name": "a", "to": "b"}]}),
    ):
        with pytest.raises(RackError):
            wrong()
    with pytest.raises(VocelloError):
        engine.load_rack({"chains": "none"})
    assert engine.ask("rack") == before


def test_an_engine_that_was_killed_comes_back_with_its_rack(engine: Engine) -> None:
    engine.turn("f", "cutoff_hz", 330.0)
    until(lambda: "rack" in engine.state and "330" in str(engine.state["rack"]))
    before = engine.ask("rack")
    os.kill(engine.pid, 9)
    until(lambda: not engine.alive)
    engine.restart()
    assert engine.ask("rack") == before
    frame = int(engine.meters()["frame"])
    until(lambda: int(engine.meters()["frame"]) > frame)
    assert np.isfinite(engine.meters()["peak_out"]).all()
