"""A clock that runs along from the start is on the beats that quantised notes are put onto."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np

from realtime.events import NOW
from realtime.layout import CLOCK
from realtime.leaving import Leaving
from realtime.midi.clock import START, TIMING
from tests.realtime.midi.far_end import until

RATE = 48_000.0
BEAT = 24_000


class Host:
    """A card whose clock stands where it is put, while its blocks go on."""

    rate = RATE

    def __init__(self, frame: int) -> None:
        self.frame = frame
        self.clock = SimpleNamespace(read=self._read)
        self._blocks = 0

    @property
    def blocks(self) -> int:
        self._blocks += 1
        return self._blocks

    def _read(self) -> Any:
        made = np.zeros(1, CLOCK)
        made[0] = (self.frame, time.perf_counter_ns(), 128, RATE)
        return made[0]


def test_the_first_pulse_of_a_clock_is_on_the_next_beat_of_the_stream() -> None:
    said: list[bytes] = []
    port = SimpleNamespace(
        send_bytes=lambda message, _at: said.append(message),
        all_notes_off=lambda: True,
        ahead_frames=lambda _clock: 0.0,
        moment=lambda _frame, _clock: NOW,
    )
    host = Host(4 * BEAT + 1234)
    leaving = Leaving(lambda: port)
    leaving.begin(host, SimpleNamespace(in_step=False, output_latency_s=0.0), None, 120.0)  # type: ignore[arg-type]
    assert said == []
    host.frame = 5 * BEAT - 90  # between the two, which are 96 frames apart
    until(lambda: said)
    time.sleep(0.15)  # longer than it sleeps before it asks for the time again
    assert said == [START]
    host.frame = 5 * BEAT
    until(lambda: len(said) > 1)
    assert said == [START, TIMING]
    leaving.end()
