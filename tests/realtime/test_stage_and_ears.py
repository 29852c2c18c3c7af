"""A card that is lost, refuses, and comes back: whoever listened before must not listen on beside the next."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from realtime import stage as stage_module
from realtime.device.null import NullDevice
from realtime.device.wish import Wish
from realtime.events import EVENT
from realtime.machine import Machine
from score.errors import DeviceError


@dataclass(frozen=True)
class Quiet:
    """Nothing to be heard."""

    f0_hz: float = 0.0
    confidence: float = 0.0
    level_db: float = -120.0


class Attentive:
    """A listener that hears everything and makes nothing of it."""

    live = Quiet()

    def hear(self, frame: int, samples: np.ndarray) -> np.ndarray:
        return np.zeros(0, EVENT)

    def finish(self) -> np.ndarray:
        return np.zeros(0, EVENT)

    def reset(self, frame: int = 0) -> None:
        pass


class Refusing(NullDevice):
    """A card that is seen, and does not start."""

    def start(self, host: Any, after_block: Any = None) -> None:
        raise DeviceError("'null' does not start: it is busy.")


class Vanishing(NullDevice):
    """A card that goes away by itself."""

    gone = False

    def alive(self) -> bool:
        return super().alive() and not self.gone


def ears() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ears"]


def test_a_card_that_refuses_to_start_again_leaves_no_second_pair_of_ears(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ears()
    cards: list[NullDevice] = [Vanishing(), Refusing(), Refusing(), NullDevice()]
    monkeypatch.setattr(stage_module, "open_device", lambda wish: cards.pop(0))
    monkeypatch.setattr(stage_module, "_open_again", lambda wish: cards.pop(0))
    monkeypatch.setattr(stage_module, "_LOOK_AGAIN_AFTER_S", (0.0,))
    machine = Machine(lambda rate: Attentive())
    try:
        machine.start(Wish("null"))
        assert len(ears()) == 1
        first = machine.stage.device
        assert isinstance(first, Vanishing)
        first.gone = True
        end = time.monotonic() + 60.0
        while machine.stage.status != "playing" or machine.stage.device is first:
            machine.tick()
            assert len(ears()) <= 1
            assert time.monotonic() < end
            time.sleep(0.002)
        assert not cards
        assert len(ears()) == 1
    finally:
        machine.close()
    assert not ears()
