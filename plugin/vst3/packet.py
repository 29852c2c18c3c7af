"""The memory that the audio callback and a plugin's process share: where in it stands what, and who writes it.

What flows in: a block's length and how many parameters a plugin has. What flows out: offsets. Sound, parameters and
the number of events of one block make a packet; packets stand in a ring of a few slots, in each of which the answer
comes to stand beside the question. Every word has one writer. Nothing in here is an address or is trusted as an
index: whatever a plugin gone mad scribbles over it is wrong sound at worst, and never a crash of the callback.

This module is read by the plugin's process too, which starts the faster for knowing nothing of numba.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.events import EVENT

LINE = 64
"""Bytes of a cache line: what one side writes often stands on lines of its own."""

SLOTS = 4
"""The answer to a packet is read while the next is being collected; a plugin that is further behind has lost."""

EVENTS = 2048
PARAMETERS_AT_MOST = 4096

HEADER = np.dtype(
    {
        "names": [
            "published",  # number of the newest packet; the callback's
            "late",  # packets whose answer was not there when it was due
            "broken",  # frames that were no numbers, heard as silence
            "answered",  # number of the newest packet that was answered; the plugin's
            "events_taken",
            "skipped",  # packets that the plugin left out because newer ones were waiting
            "worst_ns",  # the longest that the plugin took for one packet
            "busy_ns",  # all its packets together
            "semaphore",  # what the plugin sleeps on
        ],
        "formats": ["i8"] * 8 + ["(4,)i8"],
        "offsets": [0, 8, 16, 64, 72, 80, 88, 96, 128],
        "itemsize": 192,
    }
)

SLOT = np.dtype(
    {
        "names": ["frame", "events_written", "events_lost", "answer"],
        "formats": ["i8"] * 4,
        "offsets": [0, 8, 16, 64],  # the answer is the plugin's, the rest the callback's
        "itemsize": 128,
    }
)

EVENTS_AT = HEADER.itemsize
SLOTS_AT = -(-(EVENTS_AT + EVENTS * EVENT.itemsize) // LINE) * LINE


def offset_of(record: np.dtype[np.void], name: str) -> int:
    """Where a field stands in its record, in bytes. [any]"""
    assert record.fields is not None
    return int(record.fields[name][1])


@dataclass(frozen=True)
class Layout:
    """Where things stand for one length of block and one number of parameters. [any]"""

    frames: int
    parameters: int

    @property
    def sound_at(self) -> int:
        """Of two inputs and two outputs, in a slot: behind the parameters, in the same lines as nothing else. [any]"""
        return SLOT.itemsize + _lines(8 * self.parameters)

    @property
    def channel_bytes(self) -> int:
        """From one channel of a slot to the next. [any]"""
        return _lines(4 * self.frames)

    @property
    def slot_bytes(self) -> int:
        """From one slot to the next. [any]"""
        return self.sound_at + 4 * self.channel_bytes

    @property
    def size(self) -> int:
        """Of the whole block. [any]"""
        return SLOTS_AT + SLOTS * self.slot_bytes


def _lines(size: int) -> int:
    return -(-size // LINE) * LINE
