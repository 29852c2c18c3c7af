"""Which events reach a slot: from whom, on which channels, of which keys; and which controllers turn its knobs.

Both are values that a rack is described with; the callback reads them as numbers. [any]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from realtime.events import FROM_APP, FROM_KEYS, FROM_VOICE, LINES
from score.errors import RackError

CHANNELS = 16
KEYS = 128
EVERY_CHANNEL = (1 << CHANNELS) - 1
EVERYBODY = 1 << FROM_KEYS | 1 << FROM_VOICE | 1 << FROM_APP
_TWO_OCTAVES_OF_OCTAVES = 48

REACH = np.dtype(
    [
        ("channels", "i8"),  # a bit each, like sources
        ("sources", "i8"),
        ("lowest", "i8"),
        ("highest", "i8"),
        ("transpose_st", "i8"),
        ("line", "i8"),  # -1 for none
    ],
    align=True,
)

LEARNED = np.dtype(
    [
        ("channel", "i8"),  # -1 for any
        ("controller", "i8"),
        ("slot", "i8"),
        ("offset", "i8"),
        ("low", "f8"),
        ("high", "f8"),
        ("is_log", "i8"),
    ],
    align=True,
)
LEARNED_AT_MOST = 128


@dataclass(frozen=True)
class Reach:
    """What an instrument hears of all that is played. [any]"""

    channels: int = EVERY_CHANNEL
    sources: int = EVERYBODY
    lowest: int = 0
    highest: int = KEYS - 1
    transpose_st: int = 0
    line: int = -1
    """Events for this line are for it as well; what is for every slot reaches it all the same."""

    def __post_init__(self) -> None:
        if not 0 < self.channels <= EVERY_CHANNEL:
            raise RackError("an instrument that hears no channel is never heard.", "Name some of 1 to 16.")
        if not 0 < self.sources <= EVERYBODY:
            raise RackError("an instrument that hears nobody is never heard.", "Name some of keys, voice and app.")
        if not 0 <= self.lowest <= self.highest < KEYS:
            raise RackError(f"there are no keys from {self.lowest} to {self.highest}.", "Keys go from 0 to 127.")
        if abs(self.transpose_st) > _TWO_OCTAVES_OF_OCTAVES:
            most = _TWO_OCTAVES_OF_OCTAVES
            raise RackError(f"{self.transpose_st} semitones are too far.", f"Transpose by at most {most}.")
        if not -1 <= self.line < LINES:
            raise RackError(f"there is no line {self.line}.", f"They go from 0 to {LINES - 1}; -1 is none.")

    def numbers(self) -> tuple[int, int, int, int, int, int]:
        """As REACH has it. [any]"""
        return self.channels, self.sources, self.lowest, self.highest, self.transpose_st, self.line

    def includes(self, other: Reach) -> bool:
        """Whether all that reaches another reaches this one too, and as the same keys. [any]"""
        more = replace(other, sources=self.sources | other.sources, channels=self.channels | other.channels)
        return self == more


EVERYTHING = Reach()


@dataclass(frozen=True)
class Learned:
    """A controller that turns a knob of a slot, over a range of it. [any]"""

    slot: str
    knob: str
    controller: int
    channel: int | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.controller < KEYS:
            raise RackError(f"there is no controller {self.controller}.", "They go from 0 to 127.")
        if self.channel is not None and not 0 <= self.channel < CHANNELS:
            raise RackError(f"there is no channel {self.channel + 1}.", "They go from 1 to 16.")
