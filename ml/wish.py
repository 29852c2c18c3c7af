"""All that may be asked of the ears, in one value: how they hear, and what becomes of what they heard.

What flows in: choices of a command line or of a screen. What flows out: a `Hearing`, which goes to the ears, over a
pipe as well: into the engine's process it travels as JSON. Plain values on any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ml.beat.division import STRAIGHT, lines
from ml.beat.grid import FASTEST_BPM, SLOWEST_BPM
from ml.profile import Profile
from ml.shaping.chord import Chord
from ml.shaping.scale import Scale
from ml.shaping.shape import AUTO, Mode, Outside, Shape
from score.errors import SettingsError, VocelloError

PITCHES = ("trained", "crepe")
_CHANNELS = 16
_WIDEST_BEND_ST = 96.0


@dataclass(frozen=True)
class Quantise:
    """Notes put into time while they are sung. [any]"""

    division: str = "1/8"  # one of ml.beat.division.DIVISIONS
    strength: float = 1.0  # 0: as sung, 1: onto the line
    swing: float = STRAIGHT  # where the second of a pair falls: 0.5 is straight, 2/3 a triplet's
    bpm: float | None = None  # None: found from what is sung

    def __post_init__(self) -> None:
        lines(self.division, self.swing)  # refuses what is no grid
        if not 0.0 <= self.strength <= 1.0:
            raise SettingsError(f"A strength of {self.strength:g} is not possible.", "Choose from 0 to 1.")
        if self.bpm is not None and not SLOWEST_BPM <= self.bpm <= FASTEST_BPM:
            raise SettingsError(
                f"A tempo of {self.bpm:g} is not possible.", f"Choose from {SLOWEST_BPM:g} to {FASTEST_BPM:g}."
            )


@dataclass(frozen=True)
class Hearing:
    """What is asked of the ears; as it stands, the best they can, and nothing changed. [any]"""

    rules: bool = False  # the ears that need no network
    pitch: str = "trained"  # or "crepe": the second opinion says where the pitch is
    profile: Profile = field(default_factory=Profile)
    shape: Shape = field(default_factory=Shape)
    quantise: Quantise | None = None
    drums: bool = False  # beatboxing plays drums on MIDI channel 10
    channel: int = 0  # 0 to 15, as MIDI counts
    bend_range_st: float = 2.0

    def __post_init__(self) -> None:
        if self.pitch not in PITCHES:
            raise SettingsError(f"There is no pitch by '{self.pitch}'.", f"Choose one of: {', '.join(PITCHES)}.")
        if not 0 <= self.channel < _CHANNELS:
            raise SettingsError(f"There is no MIDI channel {self.channel + 1}.", f"Choose from 1 to {_CHANNELS}.")
        if not 0.0 <= self.bend_range_st <= _WIDEST_BEND_ST:
            raise SettingsError(
                f"A bend range of {self.bend_range_st:g} is not possible.", f"Choose from 0 to {_WIDEST_BEND_ST:g}."
            )

    def to_json(self) -> dict[str, Any]:
        """As plain values. [any]"""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "profile": self.profile.to_json(),
            "shape": _shape_to_json(self.shape),
            "quantise": None if self.quantise is None else asdict(self.quantise),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Hearing:
        """From plain values; what is not told is as it stands. [any]"""
        made = dict(told)
        try:
            if "profile" in made:
                made["profile"] = Profile.from_json(made["profile"])
            if "shape" in made:
                made["shape"] = _shape_from_json(made["shape"])
            if made.get("quantise") is not None:
                made["quantise"] = Quantise(**made["quantise"])
            return cls(**made)
        except VocelloError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise SettingsError("What was asked of the ears is nothing they can do.", f"({error})") from error


def _shape_to_json(shape: Shape) -> dict[str, Any]:
    """Every choice by the name a musician gives it."""
    told = {each.name: getattr(shape, each.name) for each in fields(shape)}
    return told | {
        "mode": shape.mode.value,
        "scale": shape.scale.name if isinstance(shape.scale, Scale) else shape.scale.value,
        "chord": shape.chord.name,
        "outside": shape.outside.value,
    }


def _shape_from_json(told: Mapping[str, Any]) -> Shape:
    made = dict(told)
    if "mode" in made:
        made["mode"] = Mode(made["mode"])
    if "scale" in made:
        made["scale"] = AUTO if made["scale"] == AUTO.value else Scale.parse(made["scale"])
    if "chord" in made:
        made["chord"] = Chord.parse(made["chord"])
    if "outside" in made:
        made["outside"] = Outside(made["outside"])
    return Shape(**made)
