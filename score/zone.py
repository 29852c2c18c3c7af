"""An MPE zone: channels that are handed to notes one by one, so that each can bend alone.

Pure values, safe on any thread. As in MIDI Polyphonic Expression, M1-100-UM 1.1 (MIDI Association, 2022): the lower
zone has its master on the first channel and members from the second up, the upper zone lies mirrored at the sixteenth.
"""

from __future__ import annotations

from dataclasses import dataclass

from score.errors import EditError
from score.note import BEND_LIMIT_ST, whole

LOWER, UPPER = 0, 15
DEFAULT_BEND_ST = 48.0


@dataclass(frozen=True, slots=True)
class Zone:
    """A master channel, so many members, and how far a full bend of a member goes. [any]"""

    master: int = LOWER
    member_count: int = 15
    bend_range_st: float = DEFAULT_BEND_ST

    def __post_init__(self) -> None:
        if self.master not in (LOWER, UPPER) or type(self.master) is not int:
            raise EditError(f"No zone begins at channel {self.master}.", "Give 0 (lower) or 15 (upper).")
        whole(self.member_count, 1, 15, "the number of a zone's members")
        if (
            not 0.01 <= self.bend_range_st <= BEND_LIMIT_ST
            or round(self.bend_range_st * 100) / 100 != self.bend_range_st
        ):
            raise EditError(
                f"A bend range cannot be {self.bend_range_st} semitones.", "Give whole cents, 0.01 to 96 semitones."
            )

    @property
    def members(self) -> range:
        """The channels that notes are given, those nearest to the master first. [any]"""
        return range(1, 1 + self.member_count) if self.master == LOWER else range(14, 14 - self.member_count, -1)

    def bend_st(self, wheel: int) -> float:
        """Semitones of a pitch wheel of -8192 to 8191. [any]"""
        return wheel * self.bend_range_st / 8192

    def wheel(self, bend_st: float) -> int:
        """The pitch wheel that comes nearest to so many semitones. [any]"""
        return max(-8192, min(8191, round(bend_st * 8192 / self.bend_range_st)))

    def nearest_bend_st(self, bend_st: float) -> float:
        """What a bend becomes in MIDI: with ±48 semitones the wheel's steps are 0.6 cents. [any]"""
        return self.bend_st(self.wheel(bend_st))
