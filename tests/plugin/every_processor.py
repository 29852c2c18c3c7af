"""What every processor promises, wherever its sound is made: one suite, for all of them.

A class of tests to inherit from. `make` gives a fresh processor; sound goes through a rack of one chain, so that what
is proved is proved of what a player hears.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from plugin.plan import MICROPHONE, ChainPlan, RackPlan, SlotPlan
from plugin.processor import Processor
from plugin.workbench import Workbench
from realtime.events import FROM_KEYS, NOTE_OFF, NOTE_ON, event
from realtime.host import Host
from tests.realtime.driving import RATE, Card

Samples = npt.NDArray[np.float32]
BLOCK = 128
HUGE = float(np.finfo(np.float32).max)


class Played:
    """A processor alone in a rack, played block by block."""

    def __init__(self, processor: Processor, rate: float = RATE, values: dict[str, float] | None = None) -> None:
        self.processor = processor
        slot = SlotPlan("it", processor.id, values=values or {})
        chain = ChainPlan("only", MICROPHONE, (slot,))
        self.bench = Workbench(lambda id, folder: processor)
        self.bench.load(RackPlan("r", (chain,)))
        self.bench.wait_until_ready(60.0)
        self.host = Host(rate, input_channels=2)
        self.bench.begin(self.host, BLOCK)
        assert not self.bench.resting, self.bench.resting
        self.card = Card(self.host, inputs=2)

    def play(self, sound: Samples) -> Samples:
        """(frames, 2) in and out; whole blocks."""
        out = []
        for at in range(0, len(sound), BLOCK):
            out.append(self.card.block(BLOCK, sound[at : at + BLOCK]).copy())
            self.bench.settle()
        return np.concatenate(out)

    def note(self, kind: int, frame: int, number: int = 60) -> None:
        self.host.send(FROM_KEYS, event(kind, frame=frame, number=number, value=0.8))


def music(frames: int, seed: int = 3) -> Samples:
    random = np.random.default_rng(seed)
    t = np.arange(frames)[:, None] / RATE
    tones = sum(0.1 * np.sin(2 * np.pi * hz * t + random.uniform(0, 6, 2)) for hz in random.uniform(80, 4000, 5))
    return (tones + random.normal(0.0, 0.02, (frames, 2))).astype(np.float32)


class EveryProcessor:
    """Inherit, and say how one is made."""

    make: Callable[[], Processor]
    repeats = True
    """Whether a fresh one does bit by bit what another did."""

    @pytest.fixture
    def fresh(self) -> Any:
        made: list[Processor] = []

        def make() -> Processor:
            made.append(type(self).make())
            return made[-1]

        yield make
        for each in made:
            each.close()

    def test_its_parameters_read_and_write_themselves(self, fresh):
        for id, parameter in fresh().parameters.items():
            assert parameter.id == id
            assert parameter.low <= parameter.default <= parameter.high
            for part in (0.0, 0.25, 0.5, 1.0):
                value = parameter.at(part)
                assert parameter.low <= value <= parameter.high
                again = parameter.value(parameter.text(value))
                close = 0.02 * (parameter.high - parameter.low) + 0.02 * abs(value)
                assert abs(again - value) <= close, (id, value, parameter.text(value))
            assert parameter.clip(float("nan")) == parameter.default

    def test_it_is_as_late_as_it_says(self, fresh):
        processor = fresh()
        played = Played(processor)
        late = played.bench.latency_frames
        assert played.bench.arrangement is not None
        assert late == played.bench.arrangement.latency_frames >= processor.latency_frames
        sound = np.zeros((BLOCK * 12 + late // BLOCK * BLOCK + BLOCK, 2), np.float32)
        sound[BLOCK * 2] = 0.5
        played.note(NOTE_ON, BLOCK * 2)
        out = played.play(sound)
        # before its time nothing may sound; a filter may ring a little ahead of its middle
        assert np.abs(out[: BLOCK * 2 + max(late - 64, 0)]).max(initial=0.0) < 0.5

    def test_a_fresh_one_repeats(self, fresh):
        sound = music(BLOCK * 40)
        outs = []
        for _ in range(2):
            played = Played(fresh())
            played.note(NOTE_ON, 100)
            played.note(NOTE_OFF, 3000)
            outs.append(played.play(sound))
        if self.repeats:
            np.testing.assert_array_equal(outs[0], outs[1])
        else:
            np.testing.assert_allclose(outs[0], outs[1], atol=1e-3)

    def test_whatever_comes_in_numbers_come_out(self, fresh):
        sound = music(BLOCK * 30)
        sound[200:210] = np.nan
        sound[400:410] = np.inf
        sound[600:700] = HUGE
        sound[900:950] = -1e-42
        played = Played(fresh())
        out = played.play(sound)
        assert np.isfinite(out).all()
        assert np.isfinite(played.play(np.zeros((BLOCK * 30, 2), np.float32))).all()

    def test_every_parameter_can_stand_at_both_ends(self, fresh):
        processor = fresh()
        sound = music(BLOCK * 8)
        played = Played(processor)
        for id, parameter in processor.parameters.items():
            for value in (parameter.low, parameter.high, parameter.default):
                played.bench.turn("it", id, value)
                out = played.play(sound)
                assert np.isfinite(out).all(), (id, value)
        assert not [news for news in played.bench.tick() if news.kind == "resting"]

    def test_silence_comes_back_once_nothing_sounds(self, fresh):
        processor = fresh()
        played = Played(processor)
        played.note(NOTE_ON, 0)
        played.note(NOTE_OFF, 2000)
        played.play(music(BLOCK * 40))
        longest = int(processor.tail_s * RATE / BLOCK) + 1
        quiet = np.zeros((BLOCK * 100, 2), np.float32)
        for _ in range(longest // 100 + 1):
            if np.abs(played.play(quiet)).max() < 1e-4:
                return
        raise AssertionError(f"it still sounds {processor.tail_s} s later")

    def test_its_state_is_put_back(self, fresh):
        one, other = fresh(), fresh()
        other.restore(one.state())
        assert dict(other.state()) == dict(one.state())
