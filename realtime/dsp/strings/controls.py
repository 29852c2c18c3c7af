"""What a player's hands can do besides playing notes: each way to shape the sound, its range, and its controller.

What flows in: nothing. What flows out: the table that the kernel's knobs, the MIDI map, the documentation and the tests
are made of. A control has a value for the instrument, the knob, and may have one for each channel, which the last
controller on that channel set: so every finger of an MPE keyboard has a bow of its own. [any]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Control:
    """One way to shape the sound. [any]"""

    name: str
    cc: int
    low: float
    high: float
    default: float
    unit: str
    curve: str
    heard: str  # what more of it does


CONTROLS = (
    Control(
        "expression", 11, 0.0, 1.0, 1.0, "", "linear", "the bow moves faster: louder and brighter, down to silence"
    ),
    Control("breath", 2, 0.0, 1.0, 1.0, "", "linear", "the same, for breath and wind controllers"),
    Control("volume", 7, 0.0, 1.0, 1.0, "", "linear", "louder, with the same timbre"),
    Control("vibrato", 1, 0.0, 1.0, 0.3, "", "linear", "a wider vibrato, up to ±60 cents"),
    Control("vibrato_rate", 19, 3.0, 9.0, 5.6, "Hz", "linear", "a faster vibrato"),
    Control("vibrato_delay", 20, 0.0, 1.5, 0.25, "s", "linear", "the vibrato waits longer after the note began"),
    Control("human", 21, 0.0, 1.0, 0.4, "", "linear", "pitch, loudness and vibrato wander more"),
    Control("bow_pressure", 22, 0.0, 1.0, 0.5, "", "linear", "flautando at 0, plain in the middle, harsh at 1"),
    Control(
        "bow_position", 74, 0.0, 1.0, 0.5, "", "linear", "sul tasto at 0, plain in the middle, sul ponticello at 1"
    ),
    Control("mute", 23, 0.0, 1.0, 0.0, "", "linear", "a heavier sordino on the bridge"),
    Control("portamento", 5, 0.005, 1.0, 0.045, "s", "log", "slurs slide longer"),
    Control("attack", 73, 0.005, 0.6, 0.045, "s", "log", "the bow takes hold more slowly"),
    Control("release", 72, 0.03, 2.0, 0.22, "s", "log", "the string rings longer when the key goes up"),
    Control("accent", 24, 0.0, 1.0, 0.3, "", "linear", "the first moment of a note is louder"),
    Control("tremolo", 25, 0.0, 1.0, 0.0, "", "linear", "the bow goes to and fro more markedly"),
    Control("tremolo_rate", 26, 4.0, 16.0, 10.0, "Hz", "linear", "and faster"),
    Control("trill", 27, 0.0, 12.0, 0.0, "st", "linear", "a trill to a note so much higher"),
    Control("trill_rate", 28, 3.0, 14.0, 7.5, "Hz", "linear", "a faster trill"),
    Control("flageolet", 29, 0.0, 1.0, 0.0, "", "linear", "a finger touches the string's middle: the octave whistles"),
    Control("hair", 30, 0.0, 1.0, 0.5, "", "linear", "the bow's hair hisses more"),
    Control("playing", 31, 0.0, 5.0, 0.0, "", "linear", "bowed, detached, staccato, spiccato, pizzicato, col legno"),
    Control("hall", 91, 0.0, 2.0, 1.0, "", "linear", "more of the hall"),
    Control("pan", 10, 0.0, 1.0, 0.5, "", "linear", "further to the right"),
    Control(
        "slurring", 3, 0.0, 1.0, 1.0, "", "linear", "keys struck up to so hard are slurred to, harder ones bowed anew"
    ),
)

NAMES = tuple(control.name for control in CONTROLS)
COUNT = len(CONTROLS)
(
    EXPRESSION,
    BREATH,
    VOLUME,
    VIBRATO,
    VIBRATO_RATE,
    VIBRATO_DELAY,
    HUMAN,
    BOW_PRESSURE,
    BOW_POSITION,
    MUTE,
    PORTAMENTO,
    ATTACK,
    RELEASE,
    ACCENT,
    TREMOLO,
    TREMOLO_RATE,
    TRILL,
    TRILL_RATE,
    FLAGEOLET,
    HAIR,
    PLAYING,
    HALL,
    PAN,
    SLURRING,
) = range(COUNT)

BOWED, DETACHED, STACCATO, SPICCATO, PIZZICATO, COL_LEGNO = range(6)
"""Ways of playing, as `playing` counts them, and as the keys under the instrument's lowest choose them."""

SUSTAIN, SOSTENUTO, SOFT = 64, 66, 67
"""Pedals; the third puts the sordino on."""

NO_CONTROL = -1


def cc_map() -> npt.NDArray[np.int8]:
    """(128,): which control each controller turns, as it comes; MIDI-learn writes others into it. [main]"""
    turned = np.full(128, NO_CONTROL, np.int8)
    for number, control in enumerate(CONTROLS):
        turned[control.cc] = number
    return turned


def ranges() -> npt.NDArray[np.float64]:
    """(COUNT, 3): lowest, highest, and 1 where a controller moves on a logarithmic scale. [main]"""
    return np.array([(each.low, each.high, each.curve == "log") for each in CONTROLS], np.float64)


def markdown() -> str:
    """The controls as the table that the documentation shows. [any]"""
    rows = ["| Control | CC | From | To | At first | More of it |", "|---|---|---|---|---|---|"]
    for each in CONTROLS:
        unit = f" {each.unit}" if each.unit else ""
        low, high, default = (f"{value:g}{unit}" for value in (each.low, each.high, each.default))
        rows.append(f"| `{each.name}` | {each.cc} | {low} | {high} | {default} | {each.heard} |")
    return "\n".join(rows)
