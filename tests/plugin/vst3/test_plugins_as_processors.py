"""A plugin in a process of its own keeps every promise that a processor makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugin.vst3.vst3 import Vst3
from tests.plugin.every_processor import BLOCK, EveryProcessor, Played, music
from tests.plugin.vst3.building import build, zam
from tests.plugin.vst3.playing_plugins import PATIENT


class TestAMonoEffect(EveryProcessor):
    @staticmethod
    def make() -> Vst3:
        return Vst3(zam("ZamGate"), policy=PATIENT)


class TestAStereoEffectThatIsLate(EveryProcessor):
    @staticmethod
    def make() -> Vst3:
        return Vst3(zam("ZaMaximX2"), policy=PATIENT)


class TestAnInstrument(EveryProcessor):
    @staticmethod
    def make() -> Vst3:
        return Vst3(build("sine", "TestSine"), policy=PATIENT)

    def test_every_parameter_can_stand_at_both_ends(self, fresh: Any) -> None:
        """All but the two that are there to kill it."""
        played = Played(fresh())
        for value in (0.0, 1.0, 0.5):
            played.bench.turn("it", "gain", value)
            assert np.isfinite(played.play(music(BLOCK * 8))).all()
