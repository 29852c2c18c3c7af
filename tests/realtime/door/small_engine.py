"""A small machine that keeps the whole contract but owns no card: what it is told it remembers, plays and reports.

`python -m tests.realtime.door.small_engine` serves it as a process of its own. With VOCELLO_DIARY set it writes there
what becomes of it, for a test that outlives it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.device.wish import Wish
from realtime.door.doorway import run_engine
from realtime.door.window import PITCH, Window
from realtime.latest import Writer
from realtime.layout import METERS
from realtime.racks import Racks
from realtime.stage import Stage
from score.errors import DeviceError, EngineError, PortError, RackError


class SmallMachine:
    """Plays on a device named "small", and knows no other."""

    def __init__(self) -> None:
        if os.environ.get("VOCELLO_NO_CARD"):
            raise DeviceError("the card is on fire.", "Type: extinguish")
        self.window = Window.create()
        self.racks = Racks(Stage())
        self.kept: dict[str, Any] = {"device": None, "slots": [], "keys": "none", "port": None, "hearing": True}
        self.ticks = 0
        self.break_tick = ""
        self.played: list[npt.NDArray[Any]] = []
        self._meters = Writer(self.window.meters_block, METERS)
        self._news: list[dict[str, Any]] = []

    def start(self, wish: Wish) -> dict[str, Any]:
        if wish.device != "small":
            raise DeviceError(f"there is no device '{wish.device}'.", "Choose small.")
        self.kept["device"] = wish.device
        return self.describe()

    def stop(self) -> None:
        self.kept["device"] = None

    def hear(self, on: bool) -> None:
        self.kept["hearing"] = on

    def measure(self, what: str) -> dict[str, Any]:
        return {"measuring": what == "begin"}

    def set_rack(self, slots: Sequence[Mapping[str, Any]]) -> None:
        if any(slot["kernel"] not in ("tone", "limiter") for slot in slots):
            raise RackError("there is no such kernel.", "Choose tone or limiter.")
        self.kept["slots"] = [{**slot, "knobs": dict(slot["knobs"])} for slot in slots]

    def turn(self, slot: str, knob: str, value: float) -> None:
        for kept in self.kept["slots"]:
            if kept["name"] == slot:
                kept["knobs"][knob] = value
                return
        raise RackError(f"the rack has no slot '{slot}'.")

    def play(self, events: npt.NDArray[Any], to_rack: bool = True, to_port: bool = False) -> None:
        if self.kept["device"] is None:
            raise EngineError("nothing plays yet.", "Start a device first.")
        self.played.append(events)

    def panic(self) -> None:
        self._news.append({"kind": "panic", "text": "All is silent."})

    def open_keys(self, choice: str) -> None:
        self.kept["keys"] = choice

    def open_port(self, port: Mapping[str, Any] | None) -> None:
        if port is not None and port["port"] == "taken":
            raise PortError("the port is taken.", "Choose another.")
        if port is not None and port["port"] == "bug":
            raise ZeroDivisionError("a bug")
        self.kept["port"] = None if port is None else dict(port)

    def send_clock(self, bpm: float | None) -> None:
        self.kept["bpm"] = bpm

    def record_to(self, folder: str) -> dict[str, Any]:
        self.kept["tape"] = folder
        return {"folder": folder, "stream": "", "lost_frames": 0}

    def lead(self, points: Sequence[tuple[float, float]], goes_on: bool = False) -> None:
        self.led = list(points)

    def song(self) -> dict[str, Any]:
        return {"running": False, "bpm": None, "beats": 0.0, "frame": 0.0, "age_s": None}

    def tick(self) -> None:
        self.ticks += 1
        if self.break_tick:
            raise RuntimeError(self.break_tick)
        for events in self.played:
            self.window.push_events(events)
        self.played.clear()
        pitch = np.zeros(1, PITCH)
        pitch["frame"], pitch["f0_hz"] = self.ticks, 440.0
        self.window.push_pitches(pitch)
        meters = np.zeros((), METERS)
        meters["blocks"], meters["rate"] = self.ticks, 48_000.0
        self._meters.write(meters)

    def news(self) -> list[dict[str, Any]]:
        told, self._news = self._news, []
        return told

    def describe(self) -> dict[str, Any]:
        return {"status": "playing" if self.kept["device"] else "stopped", "rate": np.float32(48_000.0)}

    def state(self) -> dict[str, Any]:
        return {**self.kept, "slots": [{**slot, "knobs": dict(slot["knobs"])} for slot in self.kept["slots"]]}

    def restore(self, state: Mapping[str, Any]) -> None:
        if state.keys() != self.kept.keys():
            raise EngineError("this state is none of an engine's.")
        self.kept = dict(state)

    def quiet_down(self) -> None:
        _write("quiet")

    def close(self) -> None:
        _write("closed")


def _write(line: str) -> None:
    if diary := os.environ.get("VOCELLO_DIARY"):
        with Path(diary).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(run_engine(SmallMachine, sys.argv[1:]))
