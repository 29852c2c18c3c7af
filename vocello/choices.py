"""What a user chose of the ears on the command line, in words, and the `Hearing` that it comes to.

What flows in: words and numbers as they were typed. What flows out: a `Hearing`, checked, with the voice that was
measured on this machine unless it is to be left out. Nothing heavy is loaded before somebody asks. [main]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from score.errors import UsageError

if TYPE_CHECKING:
    from ml.profile import Profile
    from ml.wish import Hearing, Quantise

PLAIN_BEND_ST, MPE_BEND_ST = 2.0, 48.0


@dataclass(frozen=True)
class Choices:
    """All choices, as they stand when nothing was typed. [any]"""

    rules: bool = False
    pitch: str = "trained"
    profile: bool = True
    mode: str = ""
    scale: str = ""
    chord: str = ""
    octave: int = 0
    transpose: int = 0
    lowest: str = "0"
    highest: str = "127"
    outside: str = "fold"
    hold: bool = False
    portamento: bool = True
    vibrato: float | None = None
    quantise: str = ""
    strength: float | None = None
    swing: float | None = None
    bpm: float | None = None
    drums: bool = False
    follow: bool = False
    patience: float | None = None

    @property
    def transpose_st(self) -> int:
        """How much higher it sounds than it is sung. [any]"""
        return 12 * self.octave + self.transpose

    def hearing(self, bend_st: float = PLAIN_BEND_ST) -> Hearing:
        """What they ask of the ears, told to a synth that bends so far. [main]"""
        from ml.shaping.shape import Shape
        from ml.wish import Hearing

        shape = Shape.parse(
            mode=self.mode or None,
            scale=self.scale or None,
            chord=self.chord or None,
            octave=self.octave,
            transpose_st=self.transpose,
            lowest=self.lowest,
            highest=self.highest,
            outside=self.outside,
            hold=self.hold,
            portamento=self.portamento,
            vibrato=self._vibrato_of_notes(),
            bend_range_st=bend_st,
        )
        return Hearing(
            rules=self.rules,
            pitch=self.pitch,
            profile=self._voice(),
            shape=shape,
            quantise=self._quantise(),
            drums=self.drums,
        )

    def _voice(self) -> Profile:
        """The voice that was calibrated, or any, waited for as long as was typed."""
        from ml.profile import Profile, load_profile

        known = (load_profile() if self.profile else None) or Profile()
        if self.patience is None:
            return known
        if self.rules:
            raise UsageError("'--patience' is of the trained ears; rules wait for nobody.", "Leave one of the two out.")
        return replace(known, patience=self.patience)

    def _vibrato_of_notes(self) -> float | None:
        """A string that follows can swing more than was sung; what the notes keep of it is all at most."""
        if self.follow and self.vibrato is not None:
            if not 0.0 <= self.vibrato <= 2.0:
                raise UsageError(f"a vibrato of {self.vibrato:g} is too much.", "0 is none, 1 as sung, 2 twice that.")
            return min(self.vibrato, 1.0)
        return self.vibrato

    def _quantise(self) -> Quantise | None:
        from ml.wish import Quantise

        if self.quantise:
            unset = Quantise(self.quantise)
            return Quantise(
                self.quantise,
                strength=unset.strength if self.strength is None else self.strength,
                swing=unset.swing if self.swing is None else self.swing,
                bpm=self.bpm,
            )
        for name, value in (("strength", self.strength), ("swing", self.swing), ("bpm", self.bpm)):
            if value is not None:
                raise UsageError(f"'--{name}' is of a grid, and there is none.", "Give one: --quantise 1/8")
        return None


def is_as_sung(hearing: Hearing) -> bool:
    """Whether what leaves is what was sung, with nothing made of it. [any]"""
    from ml.shaping.shape import Shape

    return replace(hearing.shape, bend_range_st=Shape().bend_range_st) == Shape() and hearing.quantise is None
