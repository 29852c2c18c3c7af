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
        ("slot", "u2"),  # the slot of the rack that it is for, or a line; ALL_SLOTS reaches every instrument
        ("offset", "u2"),  # of the knob, in bytes into the slot's state
    ],
    align=True,
)

NOW = -1
ALL_SLOTS = 0xFFFF
ALL_CHANNELS = 0xFF

FIRST_LINE = 0x8000
"""From here on `slot` names no slot but a line, `slot - FIRST_LINE`, and reaches every slot whose `Reach` is of that
line. A slot's number is known to the engine alone, and is another when its code was exchanged; a line is whatever the
app says, for as long as it says so: a track's notes find their instrument though it was swapped while they sound."""
LINES = ALL_SLOTS - FIRST_LINE

METRONOME_LINE = LINES - 1
"""The line of the metronome that every live engine has; CLICKs are sent there and nowhere else."""

NOTE_ON, NOTE_OFF, BEND, PRESSURE, KEY_PRESSURE, CONTROL, KNOB, NOTES_OFF, SILENCE, TUNE, CLICK, FORGET = range(1, 13)
"""NOTES_OFF releases every note as if its key went up; SILENCE cuts within milliseconds whatever still sounds; TUNE
says which pitch a key has from now on, in semitones of which 69 is a'. All that fall on one frame are heard as one.

CLICK is a beat of the metronome; FORGET takes back whatever its source has sent for a frame that has not come yet: who
told music ahead of time and is stopped says this and NOTES_OFF."""

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
