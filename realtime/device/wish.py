"""Which device a user asks for, what every device can do, and the way from the one to the other.

What flows in: a few words: `""`, `jack`, `USB`, `null`, `null:voice.wav`, `file:in.wav→out.wav`. What flows out: an
open device that has settled its rate and channels, and waits for a host. [main]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from realtime.host import Host
from realtime.layout import BLOCK_AT_MOST
from score.errors import DeviceError

CHANNELS_WANTED = 2
NULL_DEVICES = ("null", "null:loop")


@dataclass(frozen=True)
class Wish:
    """What a user asks of a sound device; None where the device may choose. [any]"""

    device: str = ""
    microphone: str = ""  # another card for the input, where one has ears and the other a mouth
    rate: float | None = None
    block_frames: int = 128

    def __post_init__(self) -> None:
        if not 1 <= self.block_frames <= BLOCK_AT_MOST:
            raise DeviceError(
                f"a block of {self.block_frames} frames is not possible.",
                f"Ask for 16 to {BLOCK_AT_MOST}: --frames 128",
            )
        if self.rate is not None and not 8_000 <= self.rate <= 768_000:
            raise DeviceError(f"a rate of {self.rate:g} Hz is not possible.", "Ask for one such as: --rate 48000")


class Device(Protocol):
    """What the engine needs of anything that can run the callback. [main]"""

    name: str
    rate: float
    block_frames: int
    inputs: int
    outputs: int
    input_latency_s: float
    output_latency_s: float
    in_step: bool  # whether the device waits for the ears after each block, as a file does

    def start(self, host: Host, after_block: Callable[[], None] | None = None) -> None:
        """Begin to run the host's callback. [main]"""

    def alive(self) -> bool:
        """Whether it still runs; a card that went away says False, as does a file that has ended. [main]"""

    def stop(self) -> None:
        """Return when the callback runs no more; may be called again, and on a device that went. [main]"""

    def let_go(self) -> None:
        """Turn away from a driver that hangs; its thread may come back, so the host is never used again. [main]"""


def open_device(wish: Wish) -> Device:
    """The device that a wish names, ready to start, or DeviceError with what is there instead. [main]"""
    if wish.device in NULL_DEVICES:
        from realtime.device.null import NullDevice

        return NullDevice(wish.rate or 48_000.0, wish.block_frames, loop=wish.device == "null:loop")
    if wish.device.startswith("null:"):
        from realtime.device.null import listening_to

        return listening_to(Path(wish.device.removeprefix("null:")), wish.rate, wish.block_frames)
    if wish.device.startswith("file:"):
        from realtime.device.file import FileDevice, file_paths

        return FileDevice(*file_paths(wish.device), rate=wish.rate, block_frames=wish.block_frames)
    from realtime.device.card import Card

    return Card(wish)
