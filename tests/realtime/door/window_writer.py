"""Another process that writes into a window as fast as it can, in sets that show whether one was torn."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime.block import Block
from realtime.door.window import Window
from realtime.events import EVENT
from realtime.latest import Writer
from realtime.layout import METERS


def meters_of(number: int) -> npt.NDArray[Any]:
    """METERS that say the same number in every field. [any]"""
    meters = np.zeros((), METERS)
    for name in METERS.names or ():
        meters[name] = number
    return meters


if __name__ == "__main__":
    window, last = Window(Block.mapped(int(sys.argv[1]))), int(sys.argv[2])
    writer = Writer(window.meters_block, METERS)
    print("ready", flush=True)
    sys.stdin.readline()
    written = 0
    for number in range(1, last + 1):
        batch = np.zeros(number % 300, EVENT)
        batch["frame"] = batch["value"] = np.arange(written, written + len(batch))
        written += len(batch)
        window.push_events(batch)
        for _ in range(10):
            writer.write(meters_of(number))
    print(written, flush=True)
