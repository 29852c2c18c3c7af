"""What lanes are called: the controllers of MIDI 1.0 by number, and what notes have of their own. [any]"""

from __future__ import annotations

from collections.abc import Callable

from gui.roll.kinds import Kind, Of

CONTROLS = {
    0: "Bank",
    1: "Modulation",
    2: "Breath",
    4: "Foot",
    5: "Glide time",
    6: "Data entry",
    7: "Volume",
    8: "Balance",
    10: "Pan",
    11: "Expression",
    64: "Sustain",
    65: "Portamento",
    66: "Sostenuto",
    67: "Soft pedal",
    68: "Legato",
    70: "Variation",
    71: "Resonance",
    72: "Release",
    73: "Attack",
    74: "Brightness",
    75: "Decay",
    76: "Vibrato rate",
    77: "Vibrato depth",
    78: "Vibrato delay",
    84: "Glide from",
    91: "Reverb",
    92: "Tremolo",
    93: "Chorus",
    94: "Detune",
    95: "Phaser",
}
"""By the names that keyboards print; others are called by their number."""

USUAL = (1, 2, 7, 10, 11, 64, 74)
"""The controllers that a menu offers first."""


def lane_name(kind: Kind, tr: Callable[[str], str]) -> str:
    """As a menu and the lane itself say it. [any]"""
    if kind is Of.VELOCITY:
        return tr("Velocity")
    if kind is Of.PRESSURE:
        return tr("Note pressure")
    if kind is Of.TIMBRE:
        return tr("Note timbre")
    assert not isinstance(kind, Of)
    if kind.kind == "bend":
        name = tr("Pitch bend")
    elif kind.kind == "pressure":
        name = tr("Pressure")
    else:
        said = CONTROLS.get(kind.number)
        name = tr(said) if said is not None else tr("Controller {number}").format(number=kind.number)
    return name if kind.channel == 0 else tr("{name}, ch. {channel}").format(name=name, channel=kind.channel + 1)
