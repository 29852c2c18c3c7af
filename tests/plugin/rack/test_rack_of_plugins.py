"""Real plugins in a rack: they meet the others to the sample, keep their state, and go without taking anyone along."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SlotPlan
from plugin.rack_file import load_rack, save_rack
from plugin.shelf import find_processor
from plugin.workbench import Workbench
from realtime.host import Host
from tests.house import skips
from tests.plugin.rack.inhabitants import KERNELS, Inhabitant
from tests.realtime.driving import RATE, Card

pytestmark = [
    pytest.mark.skipif(not Path("/usr/lib/vst3/ZaMaximX2.vst3").exists(), reason=skips.NO_ZAM.why),
    pytest.mark.timeout(400),
]
BLOCK = 128
NOISE = np.random.default_rng(2).normal(0.0, 0.05, BLOCK * 60).astype(np.float32)


class Playing:
    """A rack whose slots may be plugins, waited for between blocks."""

    def __init__(self) -> None:
        self.bench = Workbench(lambda id, folder: Inhabitant(id) if id in KERNELS else find_processor(id, folder))
        self.host = Host(RATE)
        self.news: list[str] = []

    def load(self, plan: RackPlan) -> None:
        self.bench.load(plan)
        self.bench.wait_until_ready(60.0)
        self.bench.begin(self.host, BLOCK)
        self.card = Card(self.host)

    def play(self, sound: np.ndarray) -> np.ndarray:
        out = []
        for at in range(0, len(sound), BLOCK):
            out.append(self.card.block(BLOCK, sound[at : at + BLOCK]).copy())
            self.bench.settle()
            self.news += [news.text for news in self.bench.tick(None)]
        return np.concatenate(out)


@pytest.fixture
def rack() -> Iterator[Playing]:
    made = Playing()
    yield made
    made.bench.close()


def side_by_side(plugin: str, **values: float) -> RackPlan:
    return RackPlan(
        "r",
        (
            ChainPlan("wet", MICROPHONE, (SlotPlan("p", plugin, values=values),)),
            ChainPlan("dry", MICROPHONE, (SlotPlan("minus", "times_minus"),)),
        ),
    )


def test_a_plugin_that_looks_ahead_meets_the_dry_sound_without_a_sample_of_error(rack):
    rack.load(side_by_side("vst3:ZaMaximX2"))
    assert rack.bench.latency_frames == BLOCK + 480
    out = rack.play(NOISE)[:, 0]
    assert np.abs(NOISE).max() < 0.5  # below its threshold it changes nothing
    assert np.abs(out).max() == 0.0


def test_what_was_turned_is_saved_and_comes_back_with_the_file(rack, tmp_path):
    rack.load(RackPlan("r", (ChainPlan("v", MICROPHONE, (SlotPlan("p", "vst3:ZaMaximX2"),)),)))
    rack.bench.turn("p", "output_ceiling", -12.0)
    rack.play(NOISE[: BLOCK * 8])
    save_rack(rack.bench.current(), tmp_path / "a.rack")
    plan = load_rack(tmp_path / "a.rack")
    assert plan.slot("p").values["output_ceiling"] == -12.0
    again = Playing()
    try:
        again.load(plan)
        first, second = rack.play(NOISE), again.play(NOISE)
        late = rack.bench.latency_frames
        np.testing.assert_allclose(second[late + 2000 :], first[late + 2000 :], atol=1e-3)
        assert again.bench.current().slot("p").values["output_ceiling"] == -12.0
    finally:
        again.bench.close()


def test_a_plugin_that_is_killed_leaves_the_other_chains_untouched_and_comes_back(rack):
    rack.load(
        RackPlan(
            "r",
            (
                ChainPlan("wet", MICROPHONE, (SlotPlan("p", "vst3:ZaMaximX2"),), mute=True),
                ChainPlan("dry", MICROPHONE),
            ),
        )
    )
    late = rack.bench.latency_frames
    plugin = rack.bench.processors["p"]
    rack.play(NOISE)
    for _ in range(3):
        before = plugin.pid
        os.kill(before, signal.SIGKILL)
        out = rack.play(NOISE)[:, 0]
        np.testing.assert_array_equal(out[late:], NOISE[:-late])
        assert plugin.pid not in (0, before)
    assert len([text for text in rack.news if "p: " in text]) >= 3
