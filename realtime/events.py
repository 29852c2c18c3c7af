"""What happens at a frame: one record of 24 bytes, the same from a keyboard, a voice, a file or a knob.

MIDI input, the ears and the app push these into rings; the callback pops them, splits its block at their frames and
hands each slice its events. A frame is a count since the stream began; `NOW` means the start of the next block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

EVENT = np.dtype(
    [
        ("frame", "i8"),
        ("value", "f8"),  # velocity, pressure and controls 0..1; bends in semitones; a knob in its own unit
        ("kind", "u1"),
        ("channel", "u1"),
        ("number", "u1"),  # key or controller
        ("source", "u1"),
        ("slot", "u2"),  # the slot of the rack that it is for; ALL_SLOTS reaches every instrument
        ("offset", "u2"),  # of the knob, in bytes into the slot's state
    ],
    align=True,
)

NOW = -1
ALL_SLOTS = 0xFFFF
ALL_CHANNELS = 0xFF

NOTE_ON, NOTE_OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL, KNOB, NOTES_OFF, SILENCE = range(1, 10)
"""NOTES_OFF releases every note as if its key went up; SILENCE cuts within milliseconds whatever still sounds."""

FROM_KEYS, FROM_VOICE, FROM_APP = range(3)
"""One ring each, since a ring has one producer: the MIDI thread, the ears thread, the main thread."""
SOURCES = 3


def event(
    kind: int,
    *,
    frame: int = NOW,
    channel: int = 0,
    number: int = 0,
    value: float = 0.0,
    slot: int = ALL_SLOTS,
    offset: int = 0,
) -> npt.NDArray[Any]:
    """One event, as an array of one that a ring takes. [any]"""
    made = np.zeros(1, EVENT)
    made[0] = (frame, value, kind, channel, number, 0, slot, offset)
    return made
