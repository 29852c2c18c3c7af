"""What the ears say: to a synth while a note sounds, and of the note once it has ended.

Plain values, made on the ears thread and read anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Said(NamedTuple):
    """One thing to tell a synth, as an event has it. [any]"""

    kind: int
    number: int
    value: float


@dataclass(frozen=True)
class Sung:
    """A note that has ended. [any]"""

    emitted_frame: int  # when it was sent
    onset_frame: int
    offset_frame: int
    pitch_midi: float  # where the voice was for the most part, between the keys
    velocity: float  # 0..1
    sent_pitch_midi: float  # what was sent when it began, before any bend put it right


class Live(NamedTuple):
    """What the ears hear now, for meters. [any]"""

    f0_hz: float = 0.0
    confidence: float = 0.0  # 0..1
    level_db: float = -120.0
    note: int | None = None  # the key that sounds
    frame: int = 0  # of the card, how many had been heard when this was known
    sings: float = 0.0  # the chance that a note is being sung, before it is sure enough to be sent
