"""What a file of your own imports: a kernel, knobs, and the small parts that the built-in effects are made of.

    from vocello.dsp import GLIDE, Knob, compiled, glide, kernel, tame

docs/dsp.md tells how such a file is written, and `vocello dsp new NAME` begins one.
"""

from __future__ import annotations

from plugin.python.parts import compiled
from realtime.dsp.decibels import MUTE_DB, factor
from realtime.dsp.glide import GLIDE, GLIDE_FRAMES, glide
from realtime.dsp.line import between, travel
from realtime.dsp.oscillator import saw, sine
from realtime.dsp.tame import settle, tame
from realtime.dsp.voices import CUT, FREE, HELD, PEDALLED, PLAYERS, RELEASED, VOICES, begin, follow
from realtime.events import (
    ALL_CHANNELS,
    BEND,
    CONTROL,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    NOTES_OFF,
    PRESSURE,
    SILENCE,
)
from realtime.kernel import Knob, kernel

__all__ = [
    "ALL_CHANNELS",
    "BEND",
    "CONTROL",
    "CUT",
    "FREE",
    "GLIDE",
    "GLIDE_FRAMES",
    "HELD",
    "KEY_PRESSURE",
    "MUTE_DB",
    "NOTES_OFF",
    "NOTE_OFF",
    "NOTE_ON",
    "PEDALLED",
    "PLAYERS",
    "PRESSURE",
    "RELEASED",
    "SILENCE",
    "VOICES",
    "Knob",
    "begin",
    "between",
    "compiled",
    "factor",
    "follow",
    "glide",
    "kernel",
    "saw",
    "settle",
    "sine",
    "tame",
    "travel",
]
