"""The records that the callback and the main thread share: the rack program, the meters, the host's whole state.

Every field has one writer. Words that change hands between threads while sound runs are read and written by the
atomics; the counters are plain words that only the callback writes, and whose age of a block nobody minds.
"""

from __future__ import annotations

import numpy as np

from realtime.dsp.glide import GLIDE
from realtime.events import EVENT, SOURCES
from realtime.kernel_source import CHANNELS_AT_MOST, IO
from realtime.reach import LEARNED, LEARNED_AT_MOST, REACH

BLOCK_AT_MOST = 4096
"""A longer block of a card is played in pieces of this size."""

WIRES = 96
IN_LEFT, IN_RIGHT, OUT_LEFT, OUT_RIGHT = range(4)
"""A wire carries one channel through the rack. The first four are the card's; steps may use the rest among them."""

STEPS_AT_MOST = 1024
COPIES_AT_MOST = 512
SLICE_EVENTS = 256
PENDING_EVENTS = 4096

STEP = np.dtype(
    [
        ("kernel", "u8"),
        ("state", "u8"),
        ("state_bytes", "i8"),
        ("slot", "i8"),
        ("inputs", "i2", (CHANNELS_AT_MOST,)),  # wires, -1 where the kernel has no such channel
        ("outputs", "i2", (CHANNELS_AT_MOST,)),
        ("hears_events", "i8"),
        ("reach", REACH),
        ("worst_ns", "i8"),
        ("total_ns", "i8"),
    ],
    align=True,
)

COPY = np.dtype([("source", "u8"), ("target", "u8"), ("size", "i8")], align=True)
"""What of an old state lives on in a new one; addresses and bytes."""

PROGRAM = np.dtype(
    [
        ("serial", "i8"),
        ("has_begun", "i8"),
        ("copies_used", "i8"),
        ("learned_used", "i8"),
        ("steps_used", "i8"),
        ("copies", COPY, (COPIES_AT_MOST,)),  # done once, before its first block
        ("learned", LEARNED, (LEARNED_AT_MOST,)),
        ("steps", STEP, (STEPS_AT_MOST,)),
    ],
    align=True,
)

LOAD_BINS = 64
"""How much of its time each block took, in quarter octaves; bin 48 is where the deadline stands."""
DEADLINE_BIN = 48

METERS = np.dtype(
    [
        ("frame", "i8"),  # the first of the newest block
        ("began_ns", "i8"),  # when that block's callback began
        ("blocks", "i8"),
        ("block_frames", "i8"),
        ("rate", "f8"),
        ("missed", "i8"),  # blocks that took longer than they last, or that the card flagged
        ("flagged", "i8"),  # … of them: those that the card's driver flagged
        ("late_starts", "i8"),  # blocks that began more than two periods after the one before
        ("worst_ns", "i8"),
        ("load", "f8"),  # share of the deadline, smoothed
        ("peak_in", "f8", (2,)),
        ("rms_in", "f8", (2,)),
        ("peak_out", "f8", (2,)),
        ("rms_out", "f8", (2,)),
        ("quiet_frames", "i8"),  # since the output was last above -70 dB
        ("broken_inputs", "i8"),  # frames of the card that were NaN or infinite, heard as silence
        ("broken_samples", "i8"),  # NaN or infinite at the end of the rack, silenced
        ("late_events", "i8"),
        ("capture_lost", "i8"),  # frames that found the ears' ring full
        ("program", "i8"),  # serial of the rack that played
        ("load_bins", "i8", (LOAD_BINS,)),
    ],
    align=True,
)

CLOCK = np.dtype([("frame", "i8"), ("began_ns", "i8"), ("block_frames", "i8"), ("rate", "f8")], align=True)

GAP = np.dtype([("position", "i8"), ("lost", "i8")])
"""Before sample `position` of a ring of samples, `lost` frames are missing."""

TAP = np.dtype([("gaps", "u8"), ("lost_now", "i8"), ("taken", "i8"), ("gap", GAP)], align=True)
"""How far a ring of samples has come, and what it lacks: `taken` frames are in it, `lost_now` found no room since."""

HOST = np.dtype(
    [
        ("program", "u8"),
        ("running", "i8"),  # serial of the program that the newest block began with
        ("wires", "u8"),
        ("rate", "f8"),
        ("frame", "i8"),
        ("input_channels", "i8"),
        ("output_channels", "i8"),
        ("event_rings", "u8", (SOURCES,)),
        ("played", "u8"),  # ring of every event taken, for those who watch
        ("capture", "u8"),  # the ears' ring; 0 while nobody listens
        ("tape", "u8"),  # the tape's
        ("ears_tap", TAP),
        ("tape_tap", TAP),
        ("clock", "u8"),
        ("meters_out", "u8"),
        ("gate", GLIDE),  # closes before the card stops, so that a stop is a fade and not a click
        ("previous_began_ns", "i8"),
        ("pending_used", "i8"),
        ("pending", EVENT, (PENDING_EVENTS,)),
        ("sorting", EVENT, (PENDING_EVENTS,)),  # room to merge runs of events in
        ("slice_events", EVENT, (SLICE_EVENTS,)),
        ("io", IO),
        ("meters", METERS),
    ],
    align=True,
)


def field_offset(record: np.dtype[np.void], name: str) -> int:
    """Where a field stands in its record, in bytes. [any]"""
    assert record.fields is not None
    return int(record.fields[name][1])
